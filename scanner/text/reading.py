"""Bytes of any origin as text, and text as a document."""

from __future__ import annotations

import codecs
import hashlib
from pathlib import Path
from typing import NoReturn

from scanner.base.problem import Problem, ProblemsError
from scanner.text.document import Document
from scanner.text.json import BeyondLimitsError, read_json
from scanner.text.lines import Lines
from scanner.text.yaml import read_yaml, read_yaml_stream

MAX_BYTES = 16 * 1024 * 1024
"""More is not read. CloudFormation itself takes templates of up to 1 MB (AWS CloudFormation quotas)."""

_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def read(raw: bytes, path: str, *, cloudformation: bool) -> Document:
    """Read JSON or YAML, whichever it is. Raises `ProblemsError`.

    What begins with a bracket may be either: a flow mapping of YAML looks like JSON until its first unquoted word.
    """
    text = decode(raw, path)
    begin = text.lstrip(" \t\r\n")[:1]
    if begin not in ("{", "["):
        return read_yaml(text, path, cloudformation=cloudformation)
    try:
        return read_json(text, path)
    except BeyondLimitsError:
        raise
    except ProblemsError as as_json:
        if path.lower().endswith(".json"):
            raise
        try:
            return read_yaml(text, path, cloudformation=cloudformation)
        except ProblemsError as as_yaml:
            if _begins_like_json(text):
                raise as_json from None
            raise as_yaml from None


def read_stream(raw: bytes, path: str) -> list[Document]:
    """Read the documents of a YAML stream, or the one of a JSON file. Raises `ProblemsError`."""
    text = decode(raw, path)
    if path.lower().endswith(".json"):
        return [read_json(text, path)]
    return read_yaml_stream(text, path)


def decode(raw: bytes, path: str, most: int = MAX_BYTES) -> str:
    """Text of a file: UTF-8, or UTF-16 where a byte order mark says so.

    Raises `ProblemsError` for any other encoding.
    """
    if len(raw) > most:
        raise ProblemsError([too_large(len(raw), path)])
    if raw.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        # CloudFormation takes no such file, and neither do YAML's and JSON's readers here.
        raise ProblemsError([Problem(path, "the file is in UTF-32", 1, 1, "save the file as UTF-8")])
    encoding = _UTF16.get(raw[:2], "utf-8")
    body = raw.removeprefix(raw[:2] if encoding != "utf-8" else codecs.BOM_UTF8)
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        before = body[: error.start].decode(encoding, "replace")
        name = "UTF-8" if encoding == "utf-8" else "UTF-16"
        if "\0" in before:
            _fail_for_nul(before, path)
        found = " ".join(f"0x{byte:02x}" for byte in body[error.start : error.end][:4])
        _fail(before, len(before), path, f"{found} is not valid {name}", "save the file as UTF-8")
    if "\0" in text:
        _fail_for_nul(text, path)
    return text


def too_large(size: int, path: str) -> Problem:
    """What to say of a file of `size` bytes, which is more than `MAX_BYTES`."""
    limit = f"{MAX_BYTES // (1024 * 1024)} MiB"
    message = f"the file has {size / 1_000_000:,.1f} MB; at most {limit} are read, and CloudFormation takes 1 MB"
    return Problem(path, message)


def _begins_like_json(text: str) -> bool:
    """Whether the first word after the bracket is quoted as JSON quotes, so that JSON's error is the telling one."""
    return text.lstrip(" \t\r\n")[1:].lstrip(" \t\r\n")[:1] in ('"', "{", "[")


def _fail_for_nul(text: str, path: str) -> NoReturn:
    _fail(text, text.index("\0"), path, "a NUL byte stands here, so this is no text", None)


def _fail(text: str, offset: int, path: str, message: str, hint: str | None) -> NoReturn:
    line, column = Lines(text).at(offset)
    raise ProblemsError([Problem(path, message, line, column, hint)])


def digest_of(path: Path) -> str | None:
    """Of as much of a file as is ever read, in SHA-256; None where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.sha256(file.read(MAX_BYTES + 1)).hexdigest()
    except (OSError, ValueError):
        return None
