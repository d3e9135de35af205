"""What is asked of AWS: who does what to what, and under which circumstances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from scanner.base.record import record
from scanner.iam.principals import Principal, derived_keys
from scanner.iam.tag_spellings import one_spelling
from scanner.iam.terms import Term
from scanner.model.deferred import OpenMap
from scanner.model.unknown import OpenList, Unknown

Scalar = str | bool | int | float


@record
class Attribute:
    """The values of one condition key; `more` says why there may be others, and none of it is known to be there.

    `alternatives` are other readings: two keys of the request that differ only in letter case are one key to IAM.
    """

    values: tuple[str | Unknown, ...]
    more: Unknown | None = None
    alternatives: tuple[Attribute, ...] = ()


@record
class Request:
    """`resource_account` is the owner where the ARN does not tell; None means the caller's own account.

    `context` holds condition keys as AWS names them, with one value or a list. A key that is not there is missing,
    unless the context is an open map. Some keys follow from the principal (`aws:PrincipalArn`), if not given.
    Where AWS leaves the meaning of a condition open, an Allow is read wide and a Deny narrow; with `strict` that is
    unknown.
    """

    principal: Principal
    action: str
    resource: Term
    resource_account: str | None = None
    context: Mapping[str, object] = field(default_factory=dict)
    strict: bool = False


class Context:
    """The condition keys of one request as conditions ask for them: by lower-case name."""

    __slots__ = ("_action", "_derived", "_given", "_more", "_resource", "_resource_account", "_tags", "strict")

    def __init__(self, request: Request) -> None:
        given: dict[str, Attribute] = {}
        for key, value in request.context.items():
            name = key.lower()
            attribute = _attribute(value)
            if name in given and given[name] != attribute:
                first = given[name]
                attribute = Attribute(first.values, first.more, (*first.alternatives, attribute))
            given[name] = attribute
        self._given = given
        self.strict = request.strict
        self._action = request.action.lower()
        self._resource = request.resource if isinstance(request.resource, str) else ""
        # The tags of the request's resource by the key that all spellings stand for.
        self._tags = {
            same: attribute
            for name, attribute in given.items()
            if (same := one_spelling(name, self._action, self._resource)) != name
        }
        self._more = request.context.unknown if isinstance(request.context, OpenMap) else None
        self._derived = derived_keys(request.principal)
        self._resource_account = request.resource_account

    def get(self, key: str) -> Attribute | None:
        """The key's values, None where the request does not carry it. `key` is lower case."""
        attribute = self._given.get(key)
        if attribute is not None:
            return attribute
        same = one_spelling(key, self._action, self._resource)
        attribute = self._given.get(same) or self._tags.get(same)
        if attribute is not None:
            return attribute
        value = self._derived.get(key)
        if value is None and key == "aws:resourceaccount":
            value = self._resource_account
        if value is not None:
            return Attribute((value,))
        return None if self._more is None else Attribute((), self._more)

    def single(self, key: str) -> str | Unknown | None:
        """The value of the key in a policy variable, None where it has none."""
        attribute = self.get(key)
        if attribute is None:
            return None
        if attribute.more is not None:
            return attribute.more
        if attribute.alternatives:
            return Unknown("undeclared", f"the request carries `{key}` in two spellings")
        if len(attribute.values) > 1:
            # "IAM policy elements: Variables and tags": only single-valued keys can be variables.
            return Unknown("undeclared", f"`{key}` has several values, so what a variable of it is is open")
        return attribute.values[0] if attribute.values else None

    def has(self, key: str) -> bool:
        """Whether the request carries the key at all, with a value that is known or not."""
        return self.get(key) is not None


def _attribute(value: object) -> Attribute:
    if isinstance(value, str):
        return Attribute((value,))
    if isinstance(value, list):
        items = tuple(item if isinstance(item, Unknown) else _text(item) for item in value)
        return Attribute(items, value.unknown if isinstance(value, OpenList) else None)
    if isinstance(value, Unknown):
        return Attribute((), value)
    return Attribute((_text(value),))


def _text(value: object) -> str | Unknown:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    unknown = getattr(value, "unknown", None)
    return unknown if isinstance(unknown, Unknown) else str(value)
