"""What a file or a folder is, told from its bytes before anything is parsed."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Sequence
from typing import Literal

from scanner.inputs.root_keys import has_sections, is_object, is_of_macro, is_unusual

Kind = Literal["template", "assembly", "snapshot", "manifest", "dump", "sql", "config", "terraform"]

SNAPSHOT_SCHEMA = "tenantproof-snapshot/"

_SECTIONS = (b"AWSTemplateFormatVersion", b"Resources")
_NAMES = b"(?:AWSTemplateFormatVersion|Resources)"
# The first line that says something: no comment, directive or document start.
_FIRST_LINE = re.compile(rb"^([ ]*+)(?![ \t\r\n#%]|---)", re.MULTILINE)
_KEY_ON_LINE = re.compile(
    rb"^([ ]*+)(?:%(n)s|\"%(n)s\"|'%(n)s')[ \t]*+:(?=[ \t\r\n]|\Z)" % {b"n": _NAMES}, re.MULTILINE
)
# The closing quote is optional so that an unfinished string is one match and not a search from each of its characters.
# A quote within a word of YAML begins no string, and what is behind `#` is a comment.
_FLOW_TOKEN = re.compile(
    rb"(?<![^\s,{\[:])(?:\"(?:[^\"\\]++|\\.)*+\"?|'(?:[^']++|'')*+'?)|(?<!\S)#[^\r\n]*+|[{}\[\]]"
    rb"|(?<![\w.:/-])%(n)s(?=\s*+:)" % {b"n": _NAMES},
    re.DOTALL,
)
# What may stand between a key of YAML and its value: comments and ends of lines.
_LIST_ON_LINE = re.compile(rb"[ \t\r]*+(?:#[^\n]*+)?(?:\n[ \t\r]*+(?:#[^\n]*+)?)*+(?:-[ \t\r\n]|\[)")
_LIST_IN_BRACES = re.compile(rb"\s*+:\s*+\[")
_API_VERSION = re.compile(rb"^apiVersion[ \t]*:[ \t]+[\"']?[A-Za-z]", re.MULTILINE)
_KIND = re.compile(rb"^kind[ \t]*:[ \t]+[\"']?[A-Z]", re.MULTILINE)
_LIST_OF_OBJECTS = re.compile(
    rb'\s*+\{\s*+(?:"kind"\s*+:\s*+"[A-Za-z]{0,80}List"\s*+,\s*+)?"apiVersion"\s*+:\s*+"[a-zA-Z0-9./-]{1,255}"\s*+,'
    rb'\s*+(?:"metadata"\s*+:\s*+\{[^{}]{0,2000}\}\s*+,\s*+)?"items"\s*+:\s*+\['
)
_SQL = re.compile(
    rb"\b(?:create\s+(?:\w+\s+){0,2}table|row\s+level\s+security|(?:create|alter|drop)\s+policy|bypassrls|superuser"
    rb"|(?:create|alter)\s+(?:role|user|default\s+privileges)|grant\s+[^;]{1,200}\bto|revoke\s+[^;]{1,200}\bfrom"
    rb"|(?:create|alter)\s+(?:or\s+replace\s+)?(?:\w+\s+){0,2}(?:view|function|procedure)|(?:alter|drop)\s+table"
    rb"|select\s+[^;]{1,400}\binto)\b",
    re.IGNORECASE,
)
_OF_PLANS = (b'"planned_values"', b'"resource_changes"', b'"values"', b'"terraform_version"')
_OF_PARTS = ((b'"provider_config"', b'"root_module"'), (b'"resource_changes"', b'"provider_name"'))
# The marks of UTF-32 begin with those of UTF-16, or not with the letters of any text.
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_TRANSFORM = re.compile(rb"(?:^|[{,])[ \t\r\n]*+[\"']?(?:Fn::)?Transform[\"']?[ \t]*+:", re.MULTILINE)
_LETTER = re.compile(rb"\\(?:x|u00|U000000)[4-7][0-9A-Fa-f]")
_colon = re.compile(rb"\s*+:").match


def is_template(raw: bytes) -> bool:
    """Whether it has a top-level `AWSTemplateFormatVersion`, or `Resources` that are no list or that a macro makes.

    Other formats have a list of that name: AppSpec files of CodeDeploy ("AppSpec 'resources' section").

    Well-formedness does not matter: what looks like a template and cannot be parsed is an error to report. The text may
    be cut off at its end, in which case only what stands before counts.
    """
    raw = _as_ascii_superset(raw)
    if any(name in raw for name in _SECTIONS) and _has_section(raw):
        return True
    if _may_spell(raw, _SECTIONS) and _is_unusual(raw) and has_sections(raw):
        return True
    return b"Transform" in raw and _TRANSFORM.search(raw) is not None and is_of_macro(raw)


def _has_section(raw: bytes) -> bool:
    begin = raw.lstrip()[:1]
    if begin in (b"{", b"["):
        return begin == b"{" and _has_section_in_braces(raw)
    first = _FIRST_LINE.search(raw)
    return first is not None and any(
        key[1] == first[1] and not (b"Resources" in key[0] and _LIST_ON_LINE.match(raw, key.end()))
        for key in _KEY_ON_LINE.finditer(raw)
    )


def is_manifest(raw: bytes) -> bool:
    """Whether the text may be of Kubernetes: `apiVersion` and `kind` at its top level, as every object has them."""
    raw = _as_ascii_superset(raw)
    if b"apiVersion" in raw and b"kind" in raw and _is_object(raw):
        return True
    return _may_spell(raw, (b"apiVersion",)) and _is_unusual(raw) and is_object(raw)


def _is_object(raw: bytes) -> bool:
    if raw.lstrip()[:1] == b"{":
        return b'"apiVersion"' in raw and b'"kind"' in raw
    return _API_VERSION.search(raw) is not None and _KIND.search(raw) is not None


def _is_unusual(raw: bytes) -> bool:
    # In braces from the first character on, only escapes hide a key from a look at the text.
    return (_LETTER.search(raw) is not None) if raw.lstrip()[:1] in (b"{", b"[") else is_unusual(raw)


def _may_spell(raw: bytes, names: Sequence[bytes]) -> bool:
    """Whether one of the names is there, if need be in escapes of its letters."""
    return any(name in raw for name in names) or _LETTER.search(raw) is not None


def is_dump(raw: bytes) -> bool:
    """Whether the text may be a list of objects as `kubectl get -o json` prints it, which may be very long.

    Its keys are in the order of the alphabet, so that what kind of list it is stands at its end; the API's own lists
    begin with it.
    """
    return _LIST_OF_OBJECTS.match(_as_ascii_superset(raw)) is not None


def is_config(raw: bytes) -> bool:
    """Whether the text may hold configuration items of AWS Config, in a list of them or one a line."""
    head = _as_ascii_superset(raw).lstrip()
    if head[:1] != b"{":
        return False
    listed = b'"configurationItems"' in raw and (b'"configSnapshotId"' in raw or b'"fileVersion"' in raw)
    one = b'"resourceType"' in raw and b'"configurationItemStatus"' in raw
    return listed or one or b'"baseConfigurationItems"' in raw


def is_terraform(raw: bytes) -> bool:
    """Whether the text may be what `terraform show -json` writes of a plan or a state."""
    head = _as_ascii_superset(raw).lstrip()
    if head[:1] != b"{":
        return False
    if b'"format_version"' in head:
        return any(key in head for key in _OF_PLANS)
    # Sorted by another program and cut off, so that what is first in Terraform's order is missing.
    return any(all(key in head for key in keys) for keys in _OF_PARTS)


def is_binary_plan(raw: bytes) -> bool:
    """Whether this is what `terraform plan -out` writes: an archive whose first entry is the plan."""
    return raw.startswith(b"PK\x03\x04") and b"tfplan" in raw[:200]


def is_lfs_pointer(raw: bytes) -> bool:
    """Whether this stands in the place of a file that Git LFS keeps elsewhere ("Git LFS Specification": pointers)."""
    return raw.startswith(b"version https://git-lfs.github.com/spec/")


def is_state_file(raw: bytes) -> bool:
    """Whether this is a state as Terraform keeps it, and not as `terraform show -json` writes it."""
    head = _as_ascii_superset(raw).lstrip()
    if head[:1] != b"{":
        return False
    # OpenTofu encrypts states and plans where it is told to ("State and Plan Encryption").
    encrypted = all(key in head for key in (b'"encrypted_data"', b'"encryption_version"'))
    return encrypted or all(key in head for key in (b'"lineage"', b'"serial"', b'"terraform_version"'))


def is_sql(raw: bytes) -> bool:
    """Whether the text says anything of PostgreSQL's tables, their policies, or who may pass these by."""
    return _SQL.search(raw) is not None


def kind_of_folder(manifest: bytes, *, marked: bool) -> Literal["assembly", "snapshot"] | None:
    """What the folder is that holds this `manifest.json`; `marked` says that a file `cdk.out` lies beside it.

    ("AWS CDK Cloud Assembly specification": an assembly has `manifest.json`, with `version` and `artifacts`.)
    """
    try:
        content: object = json.loads(manifest)
    except (ValueError, RecursionError):
        # Broken, but what it was is still to be seen; reading it will say what is wrong.
        if SNAPSHOT_SCHEMA.encode() in manifest:
            return "snapshot"
        return "assembly" if marked or (b'"artifacts"' in manifest and b'"version"' in manifest) else None
    if not isinstance(content, dict):
        return "assembly" if marked else None
    if str(content.get("schema", "")).startswith(SNAPSHOT_SCHEMA):
        return "snapshot"
    return "assembly" if "version" in content and (marked or "artifacts" in content) else None


def _as_ascii_superset(raw: bytes) -> bytes:
    for bom, encoding in _WIDE:
        if raw.startswith(bom):
            return raw[len(bom) :].decode(encoding, "ignore").encode("utf-8", "ignore")
    if b"\0" in raw[:4]:  # UTF-16 or UTF-32 that does not say so: found here, so that reading can refuse it aloud.
        return raw.replace(b"\0", b"")
    while raw.startswith(codecs.BOM_UTF8):  # A second one is passed over by the readers of YAML.
        raw = raw.removeprefix(codecs.BOM_UTF8)
    return raw


def _has_section_in_braces(raw: bytes) -> bool:
    depth = 0
    for found in _FLOW_TOKEN.finditer(raw):
        token = found[0]
        if token in (b"{", b"["):
            depth += 1
        elif token in (b"}", b"]"):
            depth -= 1
        elif depth == 1 and token.strip(b"\"'") in _SECTIONS and _colon(raw, found.end()):
            listed = b"Resources" in token and _LIST_IN_BRACES.match(raw, found.end())
            if not listed:
                return True
    return False
