"""A text that nobody could read, as a bundle keeps it: its keys and its layout, so that it fails again as it failed.

Where nothing says which values are secret, none is shown: letters become `x`, digits of numbers `1`. Lines and columns
stay, and so do the values by which readers tell what a file is.
"""

from __future__ import annotations

import re

from scanner.model.secrets import scrubbed

_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*+"?|\'[^\'\n]*+\'?|[^\s"\'{}\[\],]++')
_COLON = re.compile(r"[ \t]*+:(?=[\s\"'{\[]|\Z)")
_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)*(?:[eE][-+]?[0-9]+)?\Z")
_WORDS = frozenset(
    {"true", "false", "null", "yes", "no", "on", "off", "~", "---", "...", "|", ">", "|-", ">-", "|+", ">+", "-"}
)
# What says of what form a file is.
_SAID = frozenset(
    {
        "AWSTemplateFormatVersion", "Transform", "Type", "address", "apiVersion", "format_version", "kind", "mode",
        "name", "provider_name", "terraform_version", "type", "version",
    }
)  # fmt: skip
_PLAIN = re.compile(r"[\w.:/\[\]@-]{1,200}\Z", re.ASCII)


def masked(content: bytes) -> bytes:
    """The text with as many bytes of each line as there are in letters of ASCII; what is no UTF-8 is left out whole."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return b""
    made: list[str] = []
    at = 0
    key = ""
    for found in _TOKEN.finditer(text):
        word = found[0]
        made.append(text[at : found.start()])
        at = found.end()
        if word.strip(":") and (word.endswith(":") or _COLON.match(text, at) is not None):
            key = word.rstrip(":").strip("\"'")
            made.append(word if scrubbed(word) == word else _hidden(word))
        elif word.strip(":"):
            made.append(word if key in _SAID and _is_plain(word) else _hidden(word))
            key = ""
        else:
            made.append(word)
    made.append(text[at:])
    return "".join(made).encode("utf-8")


def _is_plain(word: str) -> bool:
    """Whether it is a word such as a type, and nothing that a detector takes for a secret."""
    inside = word.strip("\"'")
    return _PLAIN.match(inside) is not None and scrubbed(inside) == inside


def _hidden(word: str) -> str:
    if word.lower() in _WORDS:
        return word
    if _NUMBER.match(word):
        return "".join("1" if each in "123456789" else each for each in word)
    if word.startswith(("!", "&", "*")) and word[1:].isidentifier():
        return word  # a tag or an anchor of YAML
    return "".join("x" if each.isalnum() else each for each in word)


__all__ = ["masked"]
