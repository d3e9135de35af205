"""Files in UTF-16, with the mark that says so, looked at as UTF-8 and given back as they were."""

from __future__ import annotations

import codecs

_ENCODINGS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def as_utf8(content: bytes) -> bytes:
    """The text in UTF-8; what is no UTF-16 as it is."""
    encoding = _ENCODINGS.get(content[:2])
    if encoding is None:
        return content
    try:
        return content[2:].decode(encoding).encode("utf-8")
    except UnicodeDecodeError:
        return content


def as_before(text: bytes, before: bytes) -> bytes:
    """A text in UTF-8 in the encoding of the file that it was made of."""
    encoding = _ENCODINGS.get(before[:2])
    if encoding is None or as_utf8(before) is before:
        return text
    return before[:2] + text.decode("utf-8", "surrogateescape").encode(encoding, "surrogatepass")


__all__ = ["as_before", "as_utf8"]
