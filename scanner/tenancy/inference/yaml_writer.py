"""The text of a tenancy.yaml with the evidence beside each line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from scanner.base.terminal import one_line
from scanner.tenancy.identifiers import ANY_TAG_VALUE
from scanner.tenancy.inference.evidence import Proposal, Section

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*(?: [A-Za-z][A-Za-z0-9_]*)*")
# What YAML 1.1 and 1.2 take for something else than a string.
_WORDS = frozenset({"y", "n", "yes", "no", "true", "false", "on", "off", "null", "nan", "inf"})
_LONGEST_COMMENT = 240
_MOST_REASONS = 4
_MOST_SEEN = 10
_IDS: tuple[Section, ...] = ("tags", "claims", "shared_values", "examples")
_LISTS: tuple[Section, ...] = ("sessions", "owned", "principals", "database")
_PATTERN = "what every id matches in full: a regular expression, uuid or numeric; the narrower, the more can be proved"


def write_tenancy(proposals: Sequence[Proposal], heading: Sequence[str] = (), *, guessing: bool = False) -> str:
    """YAML that loads; what is not strong stands in comments. Whatever names are made of, no line breaks out.

    With `guessing`, for people: of several who may choose the tenant, whom to trust is left to them.
    """
    lines = [*(_comment(each, "") for each in heading), "version: 1"]
    of = {section: [each for each in proposals if each.section == section] for section in (*_IDS, *_LISTS)}
    forms = [each for each in proposals if each.section == "pattern" and each.strong]
    if forms or any(of[section] for section in _IDS):
        lines += ["", "tenant_id:", _comment(_PATTERN, "  ")]
        lines += [_comment(f"{each.what} ({each.place})", "  ") for form in forms[:1] for each in form.evidence[:1]]
        lines += [f"  pattern: {_flow(forms[0].value) if forms else ANY_TAG_VALUE}"]
        for section in _IDS:
            lines += _list(section, of[section], "  ")
    for section in _LISTS:
        if of[section]:
            lines += ["", *_list(section, of[section], "", guessing=guessing)]
    routes = [each for each in proposals if each.section == "routes"]
    if routes and guessing:
        lines += ["", "# routes:", "#   public:"]
        for each in routes:
            lines += [
                _comment(f"{each.evidence[0].what} ({each.evidence[0].place})", "#     "),
                f"#     - {_flow(each.value)}",
            ]
    others = [each for each in proposals if each.section == "seen"]
    if others and guessing:
        lines += ["", _comment("What else speaks of tenants:", "")]
        lines += [
            _comment(f"{why.what} ({why.place})", "") for each in others[:_MOST_SEEN] for why in each.evidence[:1]
        ]
    return "\n".join(lines) + "\n"


def _list(name: str, proposals: Sequence[Proposal], indent: str, *, guessing: bool = False) -> Iterator[str]:
    if not proposals:
        return
    strong = any(each.strong for each in proposals)
    # What one reason makes sure, another one need not guess as well.
    sure = [each.value for each in proposals if each.strong]
    proposals = [each for each in proposals if each.strong or each.value not in sure]
    yield f"{indent}{name}:" if strong else f"{indent}# {name}:"
    for proposal in sorted(proposals, key=lambda each: not each.strong):
        for reason in proposal.evidence[:_MOST_REASONS]:
            yield _comment(f"{reason.what} ({reason.place})", indent + "  ")
        if len(proposal.evidence) > _MOST_REASONS:
            yield _comment(f"and {len(proposal.evidence) - _MOST_REASONS} more like it", indent + "  ")
        mark = "" if proposal.strong else "# "
        value, binders = proposal.value, None
        if guessing and isinstance(value, Mapping) and isinstance(several := value.get("binders"), list):
            binders = several if len(several) > 1 else None
            value = {key: child for key, child in value.items() if key != "binders" or binders is None}
        yield f"{indent}  {mark}- {_flow(value)}"
        if binders is not None:
            yield _comment(
                f"- a guess for that entry, without whom it must not be: binders: {_flow(binders)}", indent + "  "
            )


def _comment(text: str, indent: str) -> str:
    text = one_line(text)
    if len(text) > _LONGEST_COMMENT:
        text = text[: _LONGEST_COMMENT - 1] + "…"
    return f"{indent}# {text}"


def _flow(value: object) -> str:
    """One value on one line, in YAML's flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(key))}: {_flow(child)}" for key, child in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return scalar(str(value))


def scalar(text: str) -> str:
    """The text as YAML reads it back: plain where it can be nothing else, else in double quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return '"' + "".join(_quoted(character) for character in text) + '"'


def _quoted(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character == " " or (character.isprintable() and character != "\ufeff"):
        return character
    code = ord(character)
    if code <= 0xFF:  # noqa: PLR2004  # what two digits can hold
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004  # what four digits can hold
