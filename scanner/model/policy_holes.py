"""Holes in the template of a session policy: the tenant's, and those that somebody else fills.

A variable of the policy language (`${aws:PrincipalTag/TenantId}`) has a colon in its name and is none ("IAM policy
elements: Variables and tags"). What is written like a hole of a template language in common use is one, because no
name in AWS that data is reached by holds such text for its own sake; a hole too many costs a proof, one too few is
taken for a name, and then the policy seems to grant nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from scanner.base.record import record
from scanner.model.deferred import OpenMap
from scanner.model.partial_text import Part, Text, text_of
from scanner.model.unknown import Unknown, unknowns

HOLE = "${tenant}"
"""How the tenant's hole is written in the model, whatever the file has."""

USUAL = ("${tenant}", "{{tenant}}", "{tenant}", "{0}")
"""The spellings of the tenant's hole that need no declaration; within `{{}}` blanks may stand around the name."""

_BLANK = r"[^\S\n]{0,8}"
_ANY = re.compile(
    r"\$\{[*?$]\}"  # literals of the policy language, matched so that nothing else takes a part of them
    r"|\$folder\$"  # what Hadoop writes at the end of keys that stand for folders
    r"|\$\{[^{}:\n]{0,100}:(?!:)[^{}\n]{0,400}\}"  # a variable of the policy language
    r"|(?P<hole>"
    r"\{\{[^{}\n]{0,100}\}\}"  # Mustache, Jinja, Handlebars, Go
    r"|\[\[[^\[\]\n]{1,100}\]\]"
    r"|<%[^%\n]{0,100}%>"  # ERB, EJS
    r"|[$#%@]\{[^{}\n]{0,100}\}"  # shell and JavaScript, Ruby, Terraform
    r"|\$\([A-Za-z_][\w.-]{0,100}\)"  # make
    r"|\{[A-Za-z_][\w.\[\]-]{0,100}(?:![rsa])?\}|\{\d{0,3}\}"  # Python, C#, Rust
    r"|<[A-Za-z_][\w .-]{0,100}>"  # what documents have
    r"|%\([A-Za-z_]\w{0,100}\)[sdr]|%(?:\d{1,2}\$)?[sdvq](?![0-9A-Fa-f])"  # printf
    r"|%[A-Z_]{2,60}%"
    r"|\$[A-Za-z_]\w{0,100}"  # string.Template
    r"|__[A-Z][A-Z0-9_]{1,60}?__|@@?[A-Z][A-Z0-9_]{1,60}@@?"
    r")"
)
_SILENT = frozenset({"Sid", "Id"})
_SAYS_TENANT = re.compile("tenant", re.IGNORECASE)
_UNFILLED = "`{}` has the hole `{}`, and nothing scanned says what is written there"
_IF_TENANTS = '; if it is the tenant\'s id, declare `hole: "{}"` beside `session_policy`'
_IF_DELIMITED = ' (or `hole: "{}"`, where `{}` belongs to the key)'


@record
class Template:
    """A policy whose holes are known: `document` has the tenant's as `${tenant}` and every other as an Unknown.

    `tenants` says that the tenant's is among them, `others` are the rest as they are written.
    """

    document: object
    tenants: bool
    others: tuple[str, ...]


def declared_holes(spellings: Sequence[str]) -> re.Pattern[str]:
    """What the tenant's hole looks like: as declared, or in one of the usual spellings where none is."""
    wanted = tuple(dict.fromkeys(spellings)) or USUAL
    said = bool(spellings)
    return re.compile("|".join(_spelled(each, said=said) for each in sorted(wanted, key=len, reverse=True)))


def _spelled(hole: str, *, said: bool) -> str:
    if hole.startswith("{{") and hole.endswith("}}"):
        return rf"\{{\{{{_BLANK}{re.escape(hole[2:-2].strip())}{_BLANK}\}}\}}"
    # `{tenant}` inside `{{tenant}}` or `${tenant}` is no hole of its own.
    # Neither is that of `#{tenant}`, unless somebody says so: then the sign is a delimiter of the key.
    before = (r"(?<![{$])" if said else r"(?<![{$#%@])") if hole.startswith("{") else ""
    after = r"(?!\w)" if hole.startswith("$") and not hole.endswith("}") else ""
    return before + re.escape(hole) + after


def holes_in_text(text: str) -> list[str]:
    """Everything in a text that is written like a hole, as it is written."""
    return [found["hole"] for found in _ANY.finditer(text) if found["hole"] is not None]


def complain_of(hole: str) -> str | None:
    """What is wrong with a declared spelling of the tenant's hole."""
    if not 2 <= len(hole) <= 100 or hole != hole.strip() or "\n" in hole or '"' in hole:  # noqa: PLR2004  # one letter stands anywhere
        return "must be the hole as the file has it, such as `{tenant_id}`"
    found = _ANY.fullmatch(hole)
    if found is not None and found["hole"] is None:
        return "is a variable of the policy language, which AWS fills itself: declare it as `tenant_key`"
    return None


def filled(document: object, path: str, spellings: Sequence[str] = ()) -> Template:
    """The document as a broker makes it: in version 2012-10-17, for its holes are filled whatever the version says."""
    filler = _Filler(path, declared_holes(spellings))
    if isinstance(document, dict):
        old = document.get("Version") != "2012-10-17"
        made = filler.value(document, escape=old)
        document = (
            {**made, "Version": "2012-10-17"} if isinstance(made, dict) and not isinstance(made, OpenMap) else made
        )
    return Template(document, filler.tenants, tuple(filler.others))


def unfilled(value: object, path: str) -> Unknown | None:
    """The first hole inside that nobody fills."""
    return next((each for each in unknowns(value) if each.symbol is not None and each.symbol[:2] == _name(path)), None)


def holds_hole(value: object) -> bool:
    """Whether the tenant's hole is inside, as the model writes it."""
    if isinstance(value, str):
        return HOLE in value
    if isinstance(value, Text):
        return any(isinstance(part, str) and HOLE in part for part in value.parts)
    if isinstance(value, dict):
        return any(map(holds_hole, value)) or any(map(holds_hole, value.values()))
    return isinstance(value, list) and any(map(holds_hole, value))


def _name(path: str) -> tuple[str, str]:
    return ("session-policy-hole", path)


class _Filler:
    def __init__(self, path: str, tenants: re.Pattern[str]) -> None:
        self._path = path
        self._hole = tenants
        self.tenants = False
        self.others: dict[str, None] = {}

    def value(self, value: object, *, escape: bool) -> object:
        if isinstance(value, str):
            return self._text(value, escape=escape)
        if isinstance(value, list):
            return [self.value(child, escape=escape) for child in value]
        if not isinstance(value, dict):
            return value
        entries: dict[str, object] = {}
        open_key: Unknown | None = None
        for key, child in value.items():
            name = self._text(key, escape=False) if isinstance(key, str) else key
            made = child if key in _SILENT else self.value(child, escape=escape)
            if isinstance(name, str):
                entries[name] = made
            else:
                open_key = open_key or next(unknowns(name))
        return entries if open_key is None else OpenMap(entries, open_key)

    def _text(self, text: str, *, escape: bool) -> object:
        parts: list[Part] = []
        at = 0
        for found in self._hole.finditer(text):
            parts.extend(self._others(text[at : found.start()], escape=escape))
            parts.append(HOLE)
            self.tenants = True
            at = found.end()
        parts.extend(self._others(text[at:], escape=escape))
        return text_of(parts)

    def _others(self, text: str, *, escape: bool) -> list[Part]:
        """In the old version `${...}` of a policy is text; only the holes that a broker fills are not."""
        parts: list[Part] = []
        at = 0
        for found in _ANY.finditer(text):
            hole = found["hole"]
            if hole is None:
                continue
            parts += [_literal(text[at : found.start()], escape=escape), self._unknown(hole)]
            at = found.end()
        return [*parts, _literal(text[at:], escape=escape)]

    def _unknown(self, hole: str) -> Unknown:
        self.others[hole] = None
        detail = _UNFILLED.format(self._path, hole)
        if _SAYS_TENANT.search(hole):
            spelled = hole.replace("\\", "\\\\").replace('"', '\\"')
            detail += _IF_TENANTS.format(spelled)
            if hole.startswith(("#{", "%{", "@{")):
                detail += _IF_DELIMITED.format(spelled[1:], hole[0])
        return Unknown("runtime-policy", detail, (*_name(self._path), hole))


def _literal(text: str, *, escape: bool) -> str:
    return text.replace("${", "${$}{") if escape else text
