"""Plans and states of Terraform and items of AWS Config as a bundle keeps them: without secrets, and read as before.

By the marks of the plan itself ("JSON Output Format", Terraform: `sensitive_values`, `after_sensitive`, `sensitive`),
by the names of arguments, and by the detectors. What is found at such a place is also taken out where it stands again.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import field
from typing import Any

from scanner.base.record import mutable
from scanner.bundle.masked_text import masked
from scanner.model.secrets import SETTING, is_reference, kind_of, redaction, scrubbed, secret_places, speaks_of_secret

SHORTEST = 6
"""Characters of a value that is looked for wherever it stands: a shorter one is a part of many words."""
_MOST_BYTES = 512 * 1024 * 1024
_CHECKED = 8  # bytes at the end of gzip: a sum and a length (RFC 1952)
# What takes scripts or the secret itself, and maps in which every value is a setting of somebody's program.
_ARGUMENTS = frozenset(
    {"secret_string", "secret_binary", "user_data", "user_data_base64", "custom_data", "content_base64", "auth_token"}
)
_MAPS = frozenset({"variables", "environment_variables", "stage_variables"})
_LISTS = frozenset({"environment_variable", "custom_header", "environment", "environmentvariables"})
_BESIDE = ("name", "key", "Name", "Key", "ParameterKey")
# It names a key, and is none.
_NO_SECRET = re.compile(r"(?i)encryption[-_]?key\Z")
_VALUES = frozenset({"value", "default", "constant_value", "before", "after"})
_MARKS = {"sensitive_values": "values", "after_sensitive": "after", "before_sensitive": "before"}


def without_secrets_of_data(content: bytes) -> bytes:
    """JSON, a line of JSON each, or either by gzip; the bytes themselves where nothing in them is secret.

    What cannot be looked through has its values masked, and what unpacks to more than is read is empty.
    """
    if content.startswith(b"\x1f\x8b"):
        try:
            with gzip.open(io.BytesIO(content)) as file:
                inner = file.read(_MOST_BYTES + 1)
        except (OSError, EOFError, zlib.error):
            return _cut_off(content)
        if len(inner) > _MOST_BYTES:
            return b""
        safe = without_secrets_of_data(inner)
        return content if safe is inner else gzip.compress(safe, mtime=0)
    try:
        text = content.decode("utf-8-sig")
        made = _safe(whole := json.loads(text))
    except RecursionError:
        return masked(content)
    except ValueError:
        lines = b"".join(_line(line) for line in content.splitlines(keepends=True))
        return content if lines == content else lines
    if made == whole:
        return content
    wide = re.search(r"\n( +|\t)", text[:2_000])
    layout: dict[str, Any] = {"indent": wide[1]} if wide is not None else {"separators": (",", ":")}
    return json.dumps(made, ensure_ascii=False, **layout).encode("utf-8", "surrogatepass")


def _cut_off(content: bytes) -> bytes:
    """What can be unpacked of a damaged file, masked, and as damaged: without the end by which it is checked."""
    try:
        inner = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content, _MOST_BYTES)
    except zlib.error:
        inner = b""
    return gzip.compress(masked(inner), mtime=0)[:-_CHECKED]


def without_secrets_of_parameters(content: bytes, hidden: Collection[str]) -> bytes:
    """Values of parameters, as JSON or YAML; `hidden` are names that templates declare with NoEcho."""
    text = content.decode("utf-8", "surrogateescape")

    def shown(found: re.Match[str]) -> str:
        name, value = found["name"], found["value"].strip()
        plain = value.strip("\"'")
        if not (name in hidden or speaks(name)) or is_reference(plain) or plain.startswith("<redacted "):
            return found[0]
        quote = "'" if found.re is _OVERRIDES else '"'
        return f"{found['before']}{quote}{redaction(kind_of(plain))}{quote}"

    for pattern in (_OVERRIDES, _GIVEN, _KEYED):
        text = pattern.sub(shown, text)
    return scrubbed(text).encode("utf-8", "surrogateescape")


# `Name: value` and `"Name": "value"`, and the two keys by which the CLI of AWS takes a parameter.
_SCALAR = r"""(?P<value>"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+'|[^\s,{}\[\]#"'&*!|>][^,{}\[\]\n#]*+)"""
_GIVEN = re.compile(
    rf"""(?P<before>["']?(?P<name>[A-Za-z][A-Za-z0-9]{{0,254}})["']?[ \t]{{0,40}}:[ \t]{{1,40}}){_SCALAR}"""
)
# `parameter_overrides` of SAM's CLI.
_OVERRIDES = re.compile(
    r"""(?P<before>(?<![\w-])(?P<name>[A-Za-z][A-Za-z0-9]{0,254})=)(?P<value>\\"[^"\n]{0,4096}"|'[^'\n]{0,4096}'|[^\s"',\]]++)"""
)
_KEYED = re.compile(
    rf"""(?P<before>ParameterKey["']?\s{{0,40}}:\s{{0,40}}["']?(?P<name>[A-Za-z0-9]{{1,255}})["']?\s{{0,40}},?\s{{0,40}}"""
    rf"""["']?ParameterValue["']?\s{{0,40}}:\s{{0,40}}){_SCALAR}"""
)


def secrets_of_data(content: bytes) -> frozenset[str]:
    """Values of a plan or a state that are secret wherever they stand; none of what cannot be read."""
    try:
        data: object = json.loads(content.decode("utf-8-sig"))
        found = _Finder()
        found.walk(data, named=False, marks=None)
    except (ValueError, RecursionError):
        return frozenset()
    return frozenset(found.values)


def _line(line: bytes) -> bytes:
    body = line.rstrip(b"\r\n")
    try:
        safe = _safe(data := json.loads(body))
    except (ValueError, RecursionError):
        return masked(body) + line[len(body) :]
    if safe == data:
        return line
    made = json.dumps(safe, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return made + line[len(body) :]


def _safe(data: object) -> object:
    found = _Finder()
    found.walk(data, named=False, marks=None)
    told = sorted((re.escape(each) for each in found.values if len(each) >= SHORTEST), key=len, reverse=True)
    return _Writer(re.compile("|".join(told)) if told else None, found.places).written(data, ())


@mutable
class _Finder:
    """`places` are paths of whole values, `values` those that are told nowhere."""

    places: dict[tuple[str | int, ...], str] = field(default_factory=dict)
    values: set[str] = field(default_factory=set)

    def walk(self, node: object, *, named: bool, marks: object, path: tuple[str | int, ...] = ()) -> None:
        """`marks` says of the same structure what is sensitive in it: true, or the marks of its parts."""
        named = named or marks is True
        if isinstance(node, Mapping):
            beside = next((each for key in _BESIDE if isinstance(each := node.get(key), str)), None)
            said = node.get("sensitive") is True and "value" in node
            for key, child in node.items():
                inner = marks.get(key) if isinstance(marks, Mapping) else None
                for mark, of in _MARKS.items():
                    if key == of and mark in node:
                        inner = node[mark]
                if key in _MARKS or key == "references" or (named and key in _BESIDE):
                    continue
                secret = named or (said and key == "value") or _in_settings(key, path)
                # A module, an output or a variable of such a name holds more than its value.
                secret = secret or (speaks(key) and not isinstance(child, Mapping))
                secret = secret or (key in _VALUES and bool(path) and speaks(str(path[-1])))
                secret = secret or (key in ("value", "ParameterValue") and beside is not None and speaks(beside))
                self.walk(child, named=secret, marks=inner, path=(*path, key))
        elif isinstance(node, list):
            for place, child in enumerate(node):
                inner = marks[place] if isinstance(marks, list) and place < len(marks) else None
                self.walk(child, named=named, marks=inner, path=(*path, place))
        elif isinstance(node, str) and node[:1] in "{[" and (inside := _parsed(node)) is not None:
            for _place, value in _told_in(inside):
                self._tell(value)
        elif named and _is_told(node):
            self.places[path] = kind_of(node)
            self._tell(node)

    def _tell(self, value: object) -> None:
        if isinstance(value, str) and kind_of(value) != SETTING:
            self.values.add(value)


@mutable
class _Writer:
    told: re.Pattern[str] | None
    places: Mapping[tuple[str | int, ...], str]

    def written(self, node: object, path: tuple[str | int, ...]) -> object:
        if (kind := self.places.get(path)) is not None:
            return redaction(kind)
        if isinstance(node, Mapping):
            return {key: self.written(child, (*path, key)) for key, child in node.items()}
        if isinstance(node, list):
            return [self.written(child, (*path, place)) for place, child in enumerate(node)]
        if not isinstance(node, str):
            return node
        text = scrubbed(node)
        return self.told.sub(lambda found: redaction(kind_of(found[0])), text) if self.told is not None else text


def speaks(name: str) -> bool:
    """Whether what is called so is taken for a secret, by its name alone."""
    return (speaks_of_secret(name) or name in _ARGUMENTS) and _NO_SECRET.search(name) is None


def holds_settings(name: str, above: tuple[str, ...]) -> bool:
    """Whether an argument is a map of settings of somebody's program; `above` are the names that it stands under."""
    return name in _MAPS and (name != "variables" or above[-1:] == ("environment",))


def _in_settings(key: str, path: tuple[str | int, ...]) -> bool:
    """Whether it is a setting of a program: of a map of them, or the value of one in a list."""
    names = [each.lower() for each in path if isinstance(each, str)]
    if names[-1:] and names[-1] in _MAPS:
        return names[-1] != "variables" or names[-2:-1] == ["environment"]
    return key.lower() == "value" and bool(names) and names[-1] in _LISTS


def _told_in(data: object) -> Iterator[tuple[object, object]]:
    """What is secret in a text that is JSON itself, such as the containers of a task."""
    for path, _ in secret_places("", data):
        value: Any = data
        for step in path:
            value = value[step]
        yield path, value
    for each in data if isinstance(data, list) else [data]:
        listed = each.get("environment") if isinstance(each, Mapping) else None
        for variable in listed if isinstance(listed, list) else ():
            if isinstance(variable, Mapping):
                yield (), variable.get("value")


def _parsed(text: str) -> object | None:
    try:
        return json.loads(text)  # type: ignore[no-any-return]  # JSON of any form
    except (ValueError, RecursionError):
        return None


def _is_told(value: object) -> bool:
    if isinstance(value, str):
        return bool(value) and not is_reference(value) and not value.startswith("<redacted ")
    return isinstance(value, int | float) and not isinstance(value, bool)


__all__ = [
    "SHORTEST",
    "holds_settings",
    "secrets_of_data",
    "speaks",
    "without_secrets_of_data",
    "without_secrets_of_parameters",
]
