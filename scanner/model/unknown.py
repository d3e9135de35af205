"""Values the scanner could not resolve, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import Literal, get_args

from scanner.base.record import record

Cause = Literal[
    "parameter",
    "dynamic-reference",
    "import",
    "deploy-time",
    "macro",
    "missing-file",
    "invalid-template",
    "access-denied",
    "not-collected",
    "undeclared",
    "runtime-policy",
    "not-modelled",
    "reaches-nothing",
    "known-after-apply",
    "prover-limit",
    "evaluation-limit",
    "scanner-error",
]
CAUSES: tuple[Cause, ...] = get_args(Cause)


@record
class Unknown:
    """Stands where a value should be.

    `detail` is a sentence naming what would decide it. Two unknowns with the same `symbol` are the same value;
    without a symbol nothing is known of their equality. `truthy` is known for some results of `&&` and `||`, and where
    an empty string is excluded; `present` says that it surely is a scalar, as a parameter's value always is one.
    `subject` names what decides it where the program asks for that: of a macro its name, or where it stands.
    """

    cause: Cause
    detail: str
    symbol: tuple[str, ...] | None = None
    truthy: bool | None = field(default=None, compare=False)
    present: bool = field(default=False, compare=False)
    subject: str = field(default="", compare=False)

    def child(self, key: object) -> Unknown:
        """The unknown value under `key` of this unknown mapping or list."""
        return Unknown(self.cause, self.detail, (*self.symbol, str(key)) if self.symbol else None)

    def leaving_open(self, question: str) -> Unknown:
        """The same reason with what it leaves open said before it.

        A macro leaves open whatever is asked of its template, which is said once and not question by question.
        """
        return self.plain() if self.cause == "macro" else Unknown(self.cause, f"{question}: {self.detail}")

    def plain(self) -> Unknown:
        """The same reason without identity: what was derived from this value is another value."""
        return Unknown(self.cause, self.detail)


@record
class Reference(Unknown):
    """An id or attribute of a resource of the scanned set that only deployment will decide.

    `resource` is the address of the resource, `attribute` is `Ref` or a `GetAtt` name. `cause` is `deploy-time`.
    """

    resource: str = ""
    attribute: str = "Ref"


def reference(resource: str, attribute: str, detail: str) -> Reference:
    """What `Ref` or `GetAtt` of a resource gives; never empty, and a string but for a few attributes."""
    is_string = attribute not in _LISTS and not attribute.startswith("Outputs.")
    symbol = (resource, attribute)
    return Reference(
        "deploy-time", detail, symbol, truthy=True, present=is_string, resource=resource, attribute=attribute
    )


# Attributes that are lists ("Resource and property types reference").
_LISTS = frozenset(
    {"CidrBlockAssociations", "DnsEntries", "Ipv6CidrBlocks", "LoadBalancerArns", "NameServers", "NetworkInterfaceIds"}
)


class OpenList(list[object]):
    """The elements surely present; `unknown` says why there may be more. Order between them is not known."""

    __slots__ = ("unknown",)

    def __init__(self, items: Iterable[object], unknown: Unknown) -> None:
        super().__init__(items)
        self.unknown = unknown

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OpenList) and list.__eq__(self, other) and self.unknown == other.unknown

    __hash__ = None  # as of any list


class MaybeList(OpenList):
    """The elements surely present; each of those in `maybe` is there in some worlds, and there are no others."""

    __slots__ = ("maybe",)

    def __init__(self, items: Iterable[object], maybe: Iterable[object], unknown: Unknown) -> None:
        super().__init__(items, unknown)
        self.maybe = list(maybe)

    @classmethod
    def of(cls, items: list[object], maybe: list[object], unknown: Unknown) -> list[object]:
        """A list that is closed where nothing may be there besides."""
        return cls(items, maybe, unknown) if maybe else items

    __hash__ = None  # as of any list


def unknowns(value: object) -> Iterator[Unknown]:
    """Every unknown inside `value`, depth first."""
    if isinstance(value, Unknown):
        yield value
    elif isinstance(value, dict):
        for child in value.values():
            yield from unknowns(child)
    elif isinstance(value, list):
        for child in value:
            yield from unknowns(child)
        if isinstance(value, OpenList):
            yield value.unknown
    elif holes := getattr(value, "holes", None):
        yield from holes


def first_unknown(value: object) -> Unknown | None:
    """The first unknown inside `value`, depth first; None where all of it is known."""
    return next(unknowns(value), None)
