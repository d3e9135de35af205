"""A policy document as data, with what is unknown in it kept unknown.

The grammar is that of "Grammar of the IAM JSON policy language" (IAM User Guide).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from scanner.base.problem import did_you_mean
from scanner.base.record import record
from scanner.iam.operators import Operator, operator_named, operator_names
from scanner.iam.terms import Defect, Path, Term, Terms, invalid, is_settled, json_type, terms_of
from scanner.model.deferred import OpenMap
from scanner.model.partial_text import Text, text_of
from scanner.model.unknown import OpenList, Unknown

Effect = Literal["Allow", "Deny"]
Version = Literal["2008-10-17", "2012-10-17"]
PrincipalType = Literal["*", "AWS", "Service", "Federated", "CanonicalUser"]

_DOCUMENT_KEYS = ("Version", "Id", "Statement")
_STATEMENT_KEYS = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
_PRINCIPAL_TYPES: tuple[PrincipalType, ...] = ("AWS", "Service", "Federated", "CanonicalUser")
# Where the text of a document nests deeper than any policy can, reading it would only exhaust the stack.
_MOST_NESTING = 64
_MOST_HINTS = 20
_LONGEST_WORD = 100
# A character of no policy, in place of a name that only deployment gives.
_MARK = "\U000f0ff0"


@record
class Selector:
    """`Action`, `NotAction`, `Resource` or `NotResource`."""

    terms: Terms
    negated: bool = False


@record
class PrincipalTerm:
    """`"*"` alone is the type `*` with the value `*`."""

    type: PrincipalType
    value: Term


@record
class PrincipalSelector:
    """`Principal` or `NotPrincipal`; `more` says why there may be others."""

    items: tuple[PrincipalTerm, ...]
    negated: bool = False
    more: Unknown | None = None


@record
class Condition:
    """One operator over one key; all of a statement's must hold."""

    operator: Operator
    key: str
    values: Terms
    path: Path


@record
class Statement:
    """`conditions_more` says why there may be other conditions. An element that a statement lacks is None."""

    index: int
    path: Path
    sid: str | None
    effect: Effect | Unknown
    action: Selector
    resource: Selector | None
    principal: PrincipalSelector | None
    conditions: tuple[Condition, ...] = ()
    conditions_more: Unknown | None = None

    @property
    def source(self) -> str:
        """The statement as reports name it."""
        return f"Statement[{self.index}]"


@record
class PolicyDocument:
    """`more` says why there may be other statements; `defects` is what IAM would refuse, in order of place."""

    version: Version | Unknown
    statements: tuple[Statement, ...]
    more: Unknown | None = None
    defects: tuple[Defect, ...] = ()


def parse_document(value: object) -> PolicyDocument:
    """The document, from resolved data, its JSON text or itself. Never raises: malformed parts are defects, unknown."""
    if isinstance(value, PolicyDocument):
        return value
    if _known is None or not isinstance(value, dict):
        return _parsed(value)
    known = _known.get(id(value))
    if known is not None:
        return known[1]
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    parsed = _parsed(value)
    _known[id(value)] = value, parsed
    return parsed


_known: dict[int, tuple[dict[str, object], PolicyDocument]] | None = None
_MOST_KNOWN = 256


@contextmanager
def documents_stay() -> Iterator[None]:
    """Within it no document is changed, and each is parsed once for all rules that ask it one after the other."""
    global _known  # noqa: PLW0603  # of the process, as what is judged is
    before, _known = _known, {}
    try:
        yield
    finally:
        _known = before


def _parsed(value: object) -> PolicyDocument:
    defects: list[Defect] = []
    if isinstance(value, str):
        value = _decoded(value, defects)
    if isinstance(value, Text):
        value = _decoded_with_names(value)
    if isinstance(value, Text):
        return PolicyDocument(value.unknown, (), value.unknown)
    if isinstance(value, Unknown):
        return PolicyDocument(value, (), value, tuple(defects))
    if not isinstance(value, dict):
        message = f"a policy document is an object, not {json_type(value)}"
        defects.append(Defect((), message))
        return PolicyDocument("2008-10-17", (), invalid(message), tuple(defects))
    _check_keys(value, _DOCUMENT_KEYS, (), defects)
    more = value.unknown if isinstance(value, OpenMap) else None
    version = _version(value, more, defects)
    raw = value.get("Statement")
    if isinstance(raw, Unknown):
        return PolicyDocument(version, (), raw, tuple(defects))
    if raw is None:
        if "Statement" in value or more is None:
            defects.append(Defect(("Statement",) if "Statement" in value else (), "the document has no `Statement`"))
            more = invalid("the document has no `Statement`")
        return PolicyDocument(version, (), more, tuple(defects))
    statements: list[Statement] = []
    single = not isinstance(raw, list)
    for index, item in enumerate(raw if isinstance(raw, list) else [raw]):
        path: Path = ("Statement",) if single else ("Statement", index)
        if isinstance(item, dict):
            statements.append(_statement(item, index, path, defects))
            continue
        if isinstance(item, Unknown):
            more = item
            continue
        message = f"a statement is an object, not {json_type(item)}"
        defects.append(Defect(path, message))
        more = invalid(message)
    if isinstance(raw, OpenList):
        more = raw.unknown
    return PolicyDocument(version, tuple(statements), more, tuple(defects))


def decoded(value: object) -> object:
    """What a JSON text says, with the names that only deployment gives left open in it; other values are as they are.

    A text that is no JSON is unknown.
    """
    if isinstance(value, str):
        return _decoded(value, [])
    if not isinstance(value, Text):
        return value
    found = _decoded_with_names(value)
    return value.unknown.plain() if isinstance(found, Text) else found


def _decoded(text: str, defects: list[Defect]) -> object:
    repeated: list[str] = []

    def mapping(pairs: list[tuple[str, object]]) -> dict[str, object]:
        entries = dict(pairs)
        if len(entries) < len(pairs):
            seen: set[str] = set()
            repeated.extend(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # add is the bookkeeping
        return entries

    try:
        _check_nesting(text)
        value: object = json.loads(text, object_pairs_hook=mapping)
    except json.JSONDecodeError as error:
        message = f"not JSON: {error.msg.lower()} at line {error.lineno} column {error.colno}"
    except (ValueError, RecursionError) as error:
        message = f"not JSON: {error}"
    else:
        if not repeated:
            return value
        message = f"the key `{repeated[0]}` stands twice in one object"
    defects.append(Defect((), message))
    return invalid(f"the policy is malformed: {message}")


def _decoded_with_names(text: Text) -> object:
    """The JSON text with the names that deployment gives left open in it; the text itself where that is not possible.

    Such a name holds no quote and no backslash, so where a string of JSON ends does not depend on it.
    """
    if not all(is_settled(hole) for hole in text.holes) or any(
        _MARK in part for part in text.parts if isinstance(part, str)
    ):
        return text
    marked = "".join(part if isinstance(part, str) else f"{_MARK}{at:04d}" for at, part in enumerate(text.parts))
    found = _decoded(marked, [])
    return text if isinstance(found, Unknown) else _with_names(found, text)


def _with_names(value: object, text: Text) -> object:
    if isinstance(value, dict):
        if any(_MARK in str(key) for key in value):
            return OpenMap({}, text.unknown.plain())
        return {key: _with_names(child, text) for key, child in value.items()}
    if isinstance(value, list):
        return [_with_names(child, text) for child in value]
    if not isinstance(value, str) or _MARK not in value:
        return value
    head, *rest = value.split(_MARK)
    parts: list[str | Text | Unknown] = [head]
    for piece in rest:
        parts += [text.parts[int(piece[:4])], piece[4:]]
    return text_of(parts)


def _check_nesting(text: str) -> None:
    depth = 0
    if text.count("{") + text.count("[") <= _MOST_NESTING:
        return
    quoted = False
    escaped = False
    for character in text:
        if quoted:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                quoted = False
        elif character == '"':
            quoted = True
        elif character in "{[":
            depth += 1
            if depth > _MOST_NESTING:
                raise ValueError(f"nested deeper than {_MOST_NESTING} levels")
        elif character in "}]":
            depth -= 1


def _version(document: dict[str, object], more: Unknown | None, defects: list[Defect]) -> Version | Unknown:
    value = document.get("Version")
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Text):
        return value.unknown
    # "IAM JSON policy elements: Version": without the element the version is 2008-10-17.
    if value is None:
        return more or "2008-10-17"
    if value == "2012-10-17":
        return "2012-10-17"
    if value == "2008-10-17":
        return "2008-10-17"
    message = f"`{value}` is no policy version, expected `2012-10-17` or `2008-10-17`"
    defects.append(Defect(("Version",), message))
    return invalid(message)


def _check_keys(mapping: dict[str, object], known: tuple[str, ...], path: Path, defects: list[Defect]) -> None:
    for key in mapping:
        if key not in known:
            defects.append(Defect((*path, key), f"unknown key `{key}`", _hint(str(key), known, defects)))


def _statement(body: dict[str, object], index: int, path: Path, defects: list[Defect]) -> Statement:
    before = len(defects)
    _check_keys(body, _STATEMENT_KEYS, path, defects)
    more = body.unknown if isinstance(body, OpenMap) else None
    if len(defects) > before and more is None:
        # A misspelt element may be any that seems to be missing.
        more = invalid(defects[-1].message)
    sid = body.get("Sid")
    conditions, conditions_more = _conditions(body.get("Condition"), (*path, "Condition"), defects)
    if "Condition" not in body:
        conditions_more = more
    action = _selector(body, "Action", more, path, defects)
    if action is None:
        defects.append(Defect(path, "the statement has neither `Action` nor `NotAction`"))
        action = Selector(Terms((), invalid("the statement has neither `Action` nor `NotAction`")))
    return Statement(
        index=index,
        path=path,
        sid=sid if isinstance(sid, str) else None,
        effect=_effect(body, more, path, defects),
        action=action,
        resource=_selector(body, "Resource", more, path, defects),
        principal=_principal(body, more, path, defects),
        conditions=conditions,
        conditions_more=conditions_more,
    )


def _effect(body: dict[str, object], more: Unknown | None, path: Path, defects: list[Defect]) -> Effect | Unknown:
    value = body.get("Effect")
    if value == "Allow":
        return "Allow"
    if value == "Deny":
        return "Deny"
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Text):
        return value.unknown
    if value is None:
        if more is not None:
            return more
        message = "the statement has no `Effect`"
        defects.append(Defect(path, message))
        return invalid(message)
    message = f"`{value}` is no effect, expected `Allow` or `Deny`"
    defects.append(Defect((*path, "Effect"), message))
    return invalid(message)


def _selector(
    body: dict[str, object], name: str, more: Unknown | None, path: Path, defects: list[Defect]
) -> Selector | None:
    inverse = f"Not{name}"
    if name in body and inverse in body:
        message = f"a statement has `{name}` or `{inverse}`, not both"
        defects.append(Defect((*path, inverse), message))
        return Selector(Terms((), invalid(message)))
    for key, negated in ((name, False), (inverse, True)):
        if key in body:
            terms = terms_of(body[key], (*path, key), defects)
            if not terms.items and terms.more is None:
                defects.append(Defect((*path, key), f"`{key}` is empty"))
            return Selector(terms, negated)
    return None if more is None else Selector(Terms((), more))


def _principal(
    body: dict[str, object], more: Unknown | None, path: Path, defects: list[Defect]
) -> PrincipalSelector | None:
    if "Principal" in body and "NotPrincipal" in body:
        message = "a statement has `Principal` or `NotPrincipal`, not both"
        defects.append(Defect((*path, "NotPrincipal"), message))
        return PrincipalSelector((), False, invalid(message))
    for key, negated in (("Principal", False), ("NotPrincipal", True)):
        if key in body:
            items, others = _principal_terms(body[key], (*path, key), defects)
            return PrincipalSelector(items, negated, others)
    # A misspelt `Principal` leaves the other elements readable; identity policies rightly have none.
    return None if more is None else PrincipalSelector((), False, more)


def _principal_terms(
    value: object, path: Path, defects: list[Defect]
) -> tuple[tuple[PrincipalTerm, ...], Unknown | None]:
    if value == "*":
        return (PrincipalTerm("*", "*"),), None
    if isinstance(value, Unknown):
        return (), value
    if isinstance(value, Text):
        return (), value.unknown
    if not isinstance(value, dict):
        shown = f"`{value}`" if isinstance(value, str) else json_type(value)
        message = f'a principal is `"*"` or an object such as `{{"AWS": ...}}`, not {shown}'
        defects.append(Defect(path, message))
        return (), invalid(message)
    items: list[PrincipalTerm] = []
    more = value.unknown if isinstance(value, OpenMap) else None
    for name, raw in value.items():
        if name not in _PRINCIPAL_TYPES:
            message = f"unknown principal type `{name}`"
            defects.append(Defect((*path, name), message, _hint(str(name), _PRINCIPAL_TYPES, defects)))
            more = invalid(message)
            continue
        terms = terms_of(raw, (*path, name), defects)
        kind = next(known for known in _PRINCIPAL_TYPES if known == name)
        items.extend(PrincipalTerm(kind, item) for item in terms.items)
        more = more or terms.more
    return tuple(items), more


def _conditions(value: object, path: Path, defects: list[Defect]) -> tuple[tuple[Condition, ...], Unknown | None]:
    if value is None:
        return (), None
    if isinstance(value, Unknown):
        return (), value
    if not isinstance(value, dict):
        message = f"`Condition` is an object, not {json_type(value)}"
        defects.append(Defect(path, message))
        return (), invalid(message)
    found: list[Condition] = []
    more = value.unknown if isinstance(value, OpenMap) else None
    for name, block in value.items():
        place = (*path, name)
        operator = operator_named(name) if isinstance(name, str) else None
        if operator is None:
            message = f"unknown condition operator `{name}`"
            defects.append(Defect(place, message, _near_operator(str(name), defects)))
            more = invalid(message)
            continue
        if isinstance(block, Unknown):
            more = block
            continue
        if not isinstance(block, dict):
            message = f"`{name}` takes an object of condition keys, not {json_type(block)}"
            defects.append(Defect(place, message))
            more = invalid(message)
            continue
        if isinstance(block, OpenMap):
            more = block.unknown
        for key, raw in block.items():
            terms = terms_of(raw, (*place, key), defects, scalars=True)
            found.append(Condition(operator, str(key), terms, (*place, key)))
    return tuple(found), more


def _near_operator(name: str, defects: list[Defect]) -> str | None:
    rest = name.rpartition(":")[2]
    if rest.lower().endswith("ifexists"):
        rest = rest[: -len("ifexists")]
        if rest.lower() == "null":
            return "`Null` takes no `IfExists`"
    return _hint(rest, operator_names(), defects)


def _hint(word: str, known: Sequence[str], defects: list[Defect]) -> str | None:
    # A search for a near name takes a millisecond, too long for a document that is wrong throughout.
    return did_you_mean(word[:_LONGEST_WORD], known) if len(defects) < _MOST_HINTS else None
