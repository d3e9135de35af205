"""Where policies bind data to the caller: a variable of the session in the data's key, name, context or tag."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from scanner.base.record import record
from scanner.iam.policy_document import PolicyDocument, Selector, Statement, parse_document
from scanner.iam.terms import Term
from scanner.model.deferred import settle, settle_all
from scanner.model.partial_text import Text
from scanner.model.resource import Keys, Resource
from scanner.model.unknown import Reference, Unknown
from scanner.model.world import Leaf, TooManyWorldsError, UndecidedError, World, explore

Kind = Literal["items", "objects", "prefix", "context", "name", "object-tag", "resource-tag", "request-tag", "mention"]
DATA_KINDS: frozenset[Kind] = frozenset({"items", "objects", "prefix", "context", "name", "object-tag"})

PRINCIPAL_TAG = "aws:PrincipalTag/"
# What a broker's template writes where the tenant's id goes; read as one more variable.
TEMPLATE_KEY = "tenant"
_VARIABLE = re.compile(r"\$\{([^{},]{1,300})(?:, '[^']*')?\}")
# Holes of the template itself, written so that no policy text can be taken for one.
HOLE_MARK = "\ue000"
_MARK = re.compile("\ue000([0-9]+)\ue001")
_SUBJECT = re.compile(r"[A-Za-z0-9./_:-]+:sub")
_CONTEXT = "kms:encryptioncontext:"
_TAGGED = ("aws:requesttag/", "s3:existingobjecttag/", "s3:requestobjecttag/")
_WORDS = ("principaltag/", "requesttag/", "resourcetag/", "existingobjecttag/", "sts:tagsession", ":sub}", "${tenant}")


@record
class Flat:
    """A term as one string in which each hole of the template is a mark; `holes` are what the marks stand for."""

    text: str
    holes: tuple[Unknown, ...]

    def references(self) -> tuple[str, ...]:
        """Addresses of the resources it names by a symbol."""
        return tuple(each.resource for each in self.holes if isinstance(each, Reference))

    def after(self, start: int) -> Flat:
        """The rest from an offset on; a mark counts as its characters."""
        return Flat(self.text[start:], self.holes)


@record
class Guard:
    """`key` is the session's, as it is spelled; `pattern` is what it must match; `over` are the ARNs beside it.

    `name` is the context's key or the tag's. `keys` lead to the pattern inside `holder`.
    """

    kind: Kind
    key: str
    pattern: Flat
    over: tuple[Flat, ...]
    name: str
    actions: tuple[str, ...]
    holder: Resource
    keys: Keys


@record
class Written:
    """A policy document at `keys` of a resource's fields, in one world that the template allows."""

    holder: Resource
    keys: Keys
    document: PolicyDocument
    world: World

    @property
    def is_trust(self) -> bool:
        """Whether it says who may assume a role."""
        return "AssumeRolePolicyDocument" in self.keys


def written_in(resource: Resource) -> Iterator[Written]:
    """The documents of a resource that may speak of tenants. What differs between worlds is read in each."""
    properties = resource.fields.get("Properties")
    if isinstance(properties, dict) and not any("olic" in str(name) for name in properties):
        return  # most resources have none, and need not be settled to see that
    for leaf in worlds_of(resource):
        properties = leaf.result
        for name, value in properties.items() if isinstance(properties, dict) else ():
            if "olic" not in str(name):
                continue
            for keys, raw in _documents(value, ("Properties", name)):
                if _speaks(raw):
                    yield Written(resource, keys, parse_document(raw), leaf.world)


def worlds_of(resource: Resource) -> list[Leaf[object]]:
    """The properties in every world that they differ in; none where these are too many."""
    try:
        world = World()
        return [Leaf(settle_all(settle(resource.fields.get("Properties"), world), world), world)]
    except UndecidedError:
        pass
    try:
        return explore(lambda world: settle_all(resource.fields.get("Properties"), world))
    except TooManyWorldsError:
        return []


def _documents(value: object, keys: Keys, depth: int = 0) -> Iterator[tuple[Keys, object]]:
    if isinstance(value, str):
        if value.lstrip()[:1] == "{" and '"Statement"' in value:
            yield keys, value
    elif isinstance(value, dict):
        if "Statement" in value:
            yield keys, value
        elif depth < 4:  # noqa: PLR2004  # deeper than any property that holds a policy
            for name, child in value.items():
                yield from _documents(child, (*keys, name), depth + 1)
    elif isinstance(value, list) and depth < 4:  # noqa: PLR2004  # the same
        for index, child in enumerate(value):
            yield from _documents(child, (*keys, index), depth + 1)


def _speaks(value: object) -> bool:
    """Whether a document has any of the words at all, before it is taken apart."""
    if isinstance(value, str):
        lower = value.lower()
        return any(word in lower for word in _WORDS)
    if isinstance(value, Text):
        return _speaks(str(value)) or any(_speaks(part) for part in value.parts if isinstance(part, str))
    if isinstance(value, dict):
        return any(_speaks(key) or _speaks(child) for key, child in value.items())
    return isinstance(value, list) and any(_speaks(child) for child in value)


def flat(term: Term) -> Flat:
    """The term flattened; empty where the text itself holds the mark."""
    if isinstance(term, str):
        return Flat("" if HOLE_MARK in term else term, ())
    if isinstance(term, Unknown):
        return Flat("\ue0000\ue001", (term,))
    parts: list[str] = []
    holes: list[Unknown] = []
    for part in term.parts:
        if isinstance(part, Unknown):
            parts.append(f"\ue000{len(holes)}\ue001")
            holes.append(part)
        elif HOLE_MARK in part:
            return Flat("", ())
        else:
            parts.append(part)
    return Flat("".join(parts), tuple(holes))


def session_keys(text: str) -> tuple[str, ...]:
    """The variables in a policy string that can tell sessions apart."""
    return tuple(key for key in _VARIABLE.findall(text) if _tells_apart(key))


def _tells_apart(key: str) -> bool:
    return key == TEMPLATE_KEY or key.lower().startswith(PRINCIPAL_TAG.lower()) or _SUBJECT.fullmatch(key) is not None


def template_of(pattern: Flat, key: str, hole: str) -> str | None:
    """The pattern with the hole in place of the key and `*` for all else that varies; None where it cannot be said."""

    def filled(found: re.Match[str]) -> str:
        return "\ue002" if found[1].lower() == key.lower() else "*"

    text = re.sub(r"\$\{[*?$]\}", "*", pattern.text)
    text = _MARK.sub("*", _VARIABLE.sub(filled, text)).replace("?", "*")
    if "${" in text or "\ue002" not in text:
        return None
    return re.sub(r"\*{2,}", "*", text).replace("\ue002", hole)


def guards_in(written: Written) -> Iterator[Guard]:
    """Every use of a session's key in the statements of a document, with what it is a guard of."""
    if written.is_trust:
        return
    for statement in written.document.statements:
        resources = tuple(flat(term) for term in _terms(statement.resource))
        actions = tuple(term.lower() for term in _terms(statement.action) if isinstance(term, str))
        for condition in statement.conditions:
            kind, name = _kind(condition.key)
            for term in condition.values.items:
                pattern = flat(term)
                for key in session_keys(pattern.text):
                    place = (*written.keys, *condition.path)
                    yield Guard(kind, key, pattern, resources, name, actions, written.holder, place)
        keys = (*written.keys, *statement.path)
        element = "NotResource" if statement.resource is not None and statement.resource.negated else "Resource"
        for pattern in resources:
            for key in session_keys(pattern.text):
                yield Guard(_kind_of_arn(pattern), key, pattern, (), "", actions, written.holder, (*keys, element))


def mentioned_tags(written: Written) -> Iterator[tuple[str, Keys]]:
    """Tag keys of sessions and requests that stand as condition keys, in a trust policy too."""
    for statement in written.document.statements:
        for condition in statement.conditions:
            lower = condition.key.lower()
            for head in ("aws:principaltag/", "aws:requesttag/"):
                if lower.startswith(head) and len(lower) > len(head):
                    yield condition.key[len(head) :], (*written.keys, *condition.path)


def _kind(key: str) -> tuple[Kind, str]:
    lower = key.lower()
    if lower in ("dynamodb:leadingkeys", "dynamodb:firstpartitionkeyvalues"):
        return "items", ""
    if lower == "s3:prefix":
        return "prefix", ""
    if lower.startswith(_CONTEXT):
        return "context", key[len(_CONTEXT) :]
    head, _, name = key.partition("/")
    lower_head = head.lower() + "/"
    if lower_head == "s3:existingobjecttag/":
        return "object-tag", name
    if lower_head in _TAGGED:
        return "request-tag", name
    return ("resource-tag", name) if lower_head.endswith(":resourcetag/") and name else ("mention", "")


def _kind_of_arn(pattern: Flat) -> Kind:
    bucket = s3_parts(pattern)
    if bucket is not None and bucket[1] is not None and not session_keys(bucket[0].text):
        return "objects"
    return "name"


_S3 = re.compile(r"(?P<arn>arn:[^:]*:s3:::)?(?P<name>[^/:]+)(?:/(?P<key>.*))?", re.DOTALL)


def s3_parts(pattern: Flat) -> tuple[Flat, Flat | None] | None:
    """The bucket and the object key of an S3 ARN, whose head may be a bucket's own symbol; None for other ARNs."""
    found = _S3.fullmatch(pattern.text)
    if found is None or (found["arn"] is None and not found["name"].startswith(HOLE_MARK)):
        return None
    key = None if found["key"] is None else Flat(found["key"], pattern.holes)
    return Flat(found["name"], pattern.holes), key


def holes_in(pattern: Flat) -> tuple[Unknown, ...]:
    """What the marks in this part of a term stand for."""
    return tuple(pattern.holes[int(number)] for number in _MARK.findall(pattern.text))


def _terms(selector: Selector | None) -> tuple[Term, ...]:
    return selector.terms.items if selector is not None else ()


def tag_session_statements(document: PolicyDocument) -> Iterator[Statement]:
    """Statements of a trust policy that let sessions be tagged."""
    for statement in document.statements:
        actions = [str(term).lower() for term in statement.action.terms.items]
        if statement.effect == "Allow" and any(each in ("sts:tagsession", "sts:*", "*") for each in actions):
            yield statement
