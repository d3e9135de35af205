"""How a collector says what it reads: a typed table of calls and of what they become in CloudFormation's shape.

Expressions are JMESPath, with the functions of `scanner.live.projection`, over a document of `item` (what was listed),
the answers of the details by their names, `account`, `region` and `partition`; in a child also `parent` (the item
above) and `parent_id`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from scanner.base.record import record

# A mapping is a nested object, whose absent entries are left out; an empty one is an absent property.
Shape: TypeAlias = "str | Mapping[str, Shape]"


@record
class Paging:
    """The parameter that asks for the next page, and the expression for its value in an answer."""

    parameter: str
    next: str


@record
class Call:
    """One operation in boto3's spelling. `action` is the IAM action where it is not the operation's own name.

    `items` picks what is wanted of each page of an answer; of a call without it, the whole answer is meant. `service`
    is boto3's name where the operation is another service's. `text` names bytes of the answer that are text. `after`
    is what makes AWS prepare the answer.
    """

    operation: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    items: str | None = None
    paging: Paging | None = None
    action: str | None = None
    service: str | None = None
    text: tuple[str, ...] = ()
    after: Prepare | None = None


@record
class Prepare:
    """A call to be made again, `pause` seconds apart, until its answer says `done`."""

    operation: str
    done: str
    pause: float = 2.0


TAGGING = Call(
    "get_resources",
    {"ResourcesPerPage": "`100`", "ResourceTypeFilters": "[kind]"},
    "ResourceTagMappingList[]",
    Paging("PaginationToken", "PaginationToken"),
    "tag:GetResources",
    "resourcegroupstaggingapi",
)
"""The tags of all resources of a region, 100 in one answer; `kind` is the service as it stands in their ARNs."""


@record
class Tagged:
    """How the tags of many resources, asked for at once, stand in for a call on each.

    It is declared only for services whose resources AWS says are all told of, as those of some are not ("Services that
    support the Resource Groups Tagging API"). A resource that the answer leaves out has no tags. `answer` makes what
    the call would have answered, out of `tags`, a list of `{Key, Value}`.
    """

    kind: str
    answer: str = "tags"


@record
class Detail(Call):
    """A call for each item. `absent` are the errors that mean that there is none; `when` decides whether to ask.

    An error is its code or, where AWS means several things by one, `Code: a piece of the message`. `needless` says that
    there is none by what other details answered; where those are not known, it is asked. `once` is for what several
    items share: an answer serves all that ask with the same arguments. `by` is the field of what is answered that it
    is kept under, so that each item finds its own among thousands. `sole` is for operations that look up names and
    leave out those that they do not find: where `items` are none, the item was deleted since it was listed.
    """

    absent: tuple[str, ...] = ()
    when: str | None = None
    needless: str | None = None
    tagged: Tagged | None = None
    once: bool = False
    by: str | None = None
    sole: bool = False


@record
class Part:
    """What one item becomes. `arn` is an expression, or a text with the holes {partition} {region} {account} {id}.

    `each` picks the items of a child. `gone` are errors of details that say that the item was deleted since it was
    listed; `keep` decides whether the item is a resource at all. `shared` means that other services tell the rest.
    `called` is the name that the item has for everything below it.
    """

    type: str
    id: str
    properties: Mapping[str, Shape]
    arn: str | None = None
    region: str | None = None
    each: str = "item"
    details: Mapping[str, Detail] = field(default_factory=dict)
    children: tuple[Part, ...] = ()
    gone: tuple[str, ...] = ()
    keep: str | None = None
    shared: bool = False
    called: str | None = None


@record
class Collector:
    """One list call and what its items become.

    `folded` are types of templates that an account does not have, as their content is a part of these. `none` are
    errors that stand for one item with nothing in it. `summary` is what all of them say of the account: expressions
    over `found`, the properties of every one of `part`. `unasked` are types that nobody wanted to know of.
    """

    listing: Call
    part: Part
    also: tuple[Part, ...] = ()
    folded: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    summary: Mapping[str, Shape] = field(default_factory=dict)
    unasked: tuple[str, ...] = ()

    @property
    def types(self) -> tuple[str, ...]:
        """CloudFormation types that its answers may become, and those folded into them; each once."""
        return tuple(dict.fromkeys((*_types((self.part, *self.also)), *self.folded)))


@record
class Service:
    """`name` is boto3's and the shard's, `prefix` the one of its IAM actions where that is another.

    `first` means that it answers only in the first region of a partition.
    """

    name: str
    collectors: tuple[Collector, ...]
    scope: Literal["global", "region"] = "region"
    prefix: str | None = None
    first: bool = False

    @property
    def types(self) -> tuple[str, ...]:
        """The types of all its collectors, each once."""
        return tuple(dict.fromkeys(name for each in self.collectors for name in each.types))

    def actions(self) -> Iterator[str]:
        """Every IAM action that the collectors may need."""
        for collector in self.collectors:
            yield self.action(collector.listing)
            if collector.listing.after is not None:
                yield self.action(Call(collector.listing.after.operation))
            waiting = [collector.part, *collector.also]
            while waiting:
                part = waiting.pop()
                for detail in part.details.values():
                    yield self.action(detail)
                    if detail.tagged is not None:
                        yield self.action(TAGGING)
                waiting.extend(part.children)

    def action(self, call: Call) -> str:
        """The IAM action that a call needs: as the call says, else the service's prefix and the operation in IAM's
        spelling."""
        if call.action is not None:
            return call.action
        words = "".join(word[:1].upper() + word[1:] for word in call.operation.split("_"))
        return f"{call.service or self.prefix or self.name}:{words}"


def _types(parts: tuple[Part, ...]) -> Iterator[str]:
    for part in parts:
        yield part.type
        yield from _types(part.children)


def same(source: str, *names: str) -> dict[str, Shape]:
    """Properties that AWS answers with by the names that CloudFormation has for them."""
    return {name: f"{source}.{name}" for name in names}


_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def words(shape: Shape) -> frozenset[str]:
    """Every name that occurs in the expressions; more than they rest on, never fewer."""
    if isinstance(shape, str):
        return frozenset(_WORD.findall(shape))
    return frozenset().union(*(words(child) for child in shape.values()))
