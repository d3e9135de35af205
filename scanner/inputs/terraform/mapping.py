"""How a resource type of Terraform's AWS provider becomes CloudFormation's: records that the tables are made of.

A *shape* says where the value of a property comes from:
- a text: the attribute of that name, or `block.attribute` through blocks of which there is one at most;
- a mapping: an object whose entries are shapes over the same attributes; without any it is absent;
- a function of the attributes and of what surrounds them (`scanner.inputs.terraform.shapes` has those that recur).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from scanner.base.record import record
from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.instances import Instance
from scanner.model.unknown import Unknown

ACCOUNT = "AWS::::Account"


@record
class Join:
    """What an argument names. `sure` is the one instance that it names, `note` what that rests on.

    `maybe` are those that it may name, `literal` is the text that it is, and `why` says why nothing else is known.
    """

    sure: Instance | None = None
    note: str | None = None
    maybe: tuple[Instance, ...] = ()
    literal: str | None = None
    why: Unknown | None = None


class Context(Protocol):
    """What shapes may ask besides the attributes."""

    def value(self, view: View, name: str) -> object:
        """The attribute; what is unknown is a symbol where the text shows that it is one. None where it is absent."""
        ...

    def join(self, view: View, name: str, types: tuple[str, ...], match: tuple[str, ...] = ()) -> Join:
        """Which resource of the types the attribute names, or by which arguments one is like this."""
        ...

    def pointer(self, view: View, name: str, types: tuple[str, ...], attribute: str = "Ref") -> object:
        """The attribute, as a reference where it surely names one resource of the types."""
        ...

    def document(self, view: View, name: str) -> object:
        """JSON text as the value it holds; unknown in part where it comes from a policy document that is."""
        ...

    def shown(self, view: View, name: str) -> object:
        """What the configuration or its text shows of an argument, with unknowns in it; unknown where neither does."""
        ...

    def environment(self, instance: Instance) -> Mapping[str, str | None]:
        """`account`, `region` and `partition` of the provider of the resource; None where they are not known."""
        ...

    def own(self, instance: Instance) -> object:
        """A reference to what the resource itself makes first."""
        ...


Function = Callable[[View, Context], object]
Shape = "str | Mapping[str, Shape] | Function"


@record
class Make:
    """One resource that is made. `name` and `arn` are the attributes that hold them, `each` the block it is made for.

    `suffix` tells its address from those of others that are made of the same; `when` decides whether it is made.
    """

    type: str
    properties: Mapping[str, object]
    name: str | None = "name"
    arn: str | None = "arn"
    each: str | None = None
    suffix: str = ""
    when: Function | None = None
    tags: bool = True


@record
class Fold:
    """A part of another resource, which its `key` names: its properties are the other's.

    `listed` are properties whose items come from several parts. `new_only` are those whose absence says something only
    of a new resource, as AWS has changed the default or the account may have set them. Where the key alone is no name,
    `match` are the arguments that both must have alike. With `many` the key is a list, and each item names a whole.
    """

    key: str
    wholes: tuple[str, ...]
    properties: Mapping[str, object]
    listed: tuple[str, ...] = ()
    new_only: tuple[str, ...] = ()
    match: tuple[str, ...] = ()
    when: Function | None = None
    many: bool = False


@record
class Mapped:
    """What becomes of a resource type of Terraform: resources that it makes, parts of others that it is.

    `lacks` are properties that the provider cannot set.
    """

    makes: tuple[Make, ...] = ()
    folds: tuple[Fold, ...] = ()
    why_not: str | None = None


Table = Mapping[str, Mapped]


def whole(
    type_name: str,
    properties: Mapping[str, object],
    *more: Make | Fold,
    name: str | None = "name",
    arn: str | None = "arn",
    lacks: tuple[str, ...] = (),
    tags: bool = True,
) -> Mapped:
    """A resource that is one of CloudFormation's, with what else is made of it."""
    own: dict[str, object] = {**dict.fromkeys(lacks, _absent), **properties}
    makes = (Make(type_name, own, name, arn, tags=tags), *(each for each in more if isinstance(each, Make)))
    return Mapped(makes, tuple(each for each in more if isinstance(each, Fold)))


def part(*folds: Fold | Make) -> Mapped:
    """A resource that is only parts of others."""
    makes = tuple(each for each in folds if isinstance(each, Make))
    return Mapped(makes, tuple(each for each in folds if isinstance(each, Fold)))


def _absent(view: View, context: Context) -> object:  # noqa: ARG001  # a shape like the others
    return None


__all__ = ["ACCOUNT", "Context", "Fold", "Function", "Join", "Make", "Mapped", "Shape", "Table", "part", "whole"]
