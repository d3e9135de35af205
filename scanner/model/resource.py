"""Resources in CloudFormation's shape, wherever they were read."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import date
from typing import Literal, Protocol, runtime_checkable

from scanner.base.record import mutable, record
from scanner.model.dependency_trace import Trace, file_of
from scanner.model.location import Location
from scanner.model.partial_text import Text
from scanner.model.unknown import Reference, Unknown
from scanner.model.unread_types import Unread
from scanner.model.world import World

Origin = Literal["user", "framework"]
Keys = tuple[str | int, ...]


class Source(Protocol):
    """The file a resource was read from, asked only when something is to be shown."""

    def locate(self, resource: Resource, keys: Sequence[str | int], world: World) -> Location:
        """Where the value at `keys` of the resource's fields is written; the nearest enclosing place if it is not."""
        ...

    def lines(self, first: int, last: int) -> list[str]:
        """The lines from `first` to `last`, both included and counted from 1, without what must not be shown."""

    def hides(self, value: object) -> bool:
        """Whether the value holds one that must not be shown, as that of a parameter which is not echoed."""
        ...

    def scrubbed(self, text: str) -> str:
        """The text, of a message for instance, without what must not be shown."""
        ...


@runtime_checkable
class Shifted(Protocol):
    """A source whose lines are shown without secrets, so that what follows one stands elsewhere."""

    def shown_column(self, line: int, column: int) -> int:
        """The column in the line as it is shown, counted from 1."""
        ...


@record
class Names:
    """What the rest of the set may call a resource: its name, its ARN, its id; unknown until deployment or given.

    `also` is a name that it has besides an id, None where it has none.
    """

    name: object
    arn: object
    also: object = None

    @property
    def all(self) -> tuple[object, ...]:
        """Name, ARN and, where there is one, the further name; any of them may be unknown."""
        return (self.name, self.arn) if self.also is None else (self.name, self.arn, self.also)


@mutable(eq=False)
class Resource:
    """`fields` holds Type, Properties, Metadata, DeletionPolicy … resolved as far as files tell; see `deferred`.

    `exists` says whether the resource is made in a world and may raise UndecidedError. `written_at` is the line of
    a program that made the template, where it is known, and `assigned_at` where that gave a value to a property.
    `stage` is where the stack is deployed to, such as `Prod`. `live` is what was read of an account, and of no
    file.
    """

    address: str
    type: str
    logical_id: str
    fields: dict[str, object]
    source: Source
    exists: Callable[[World], bool]
    names: Callable[[World], Names]
    stack: str | None = None
    account: str | None = None
    region: str | None = None
    origin: Origin = "user"
    construct_path: str | None = None
    tenant: str | None = None
    arn: str | None = None
    written_at: Location | None = None
    assigned_at: Mapping[str, Location] = field(default_factory=dict)
    stage: str | None = None
    live: bool = False
    cluster: str | None = None
    """Of an object that a cluster printed: the folder of the files that it was printed to, which are of one cluster."""
    owner: object = None
    """Of an object of a cluster: the tenant whose namespace it is in, or why that is not known."""
    written_fix: Callable[[str], str] | None = None
    """A fix with the words of the language that the file is written in, where that is not CloudFormation's."""
    _folder: str | None = field(default=None, init=False, repr=False)

    def program_line(self, keys: Keys) -> Location | None:
        """The line of the program that the value at `keys` of the fields comes from, else that of the resource."""
        known = self.assigned_at.get(str(keys[1])) if keys[:1] == ("Properties",) and keys[1:] else None
        return known or self.written_at

    def fix_of(self, fix: str) -> str:
        """A rule's fix, for whoever writes the file."""
        return fix if self.written_fix is None else self.written_fix(fix)

    @property
    def folder(self) -> str:
        """The folder of the file it is written in, the account or the cluster: what is taken for one system."""
        if self.live:
            return self.cluster or self.account or ""
        if self._folder is None:
            # Of every two resources it is asked whether they are of one system.
            self._folder = self.address.partition("#")[0].rpartition("/")[0]
        return self._folder

    def __repr__(self) -> str:
        return f"<{self.type} {self.address}>"


def always(world: World) -> bool:  # noqa: ARG001  # as all resources are asked
    """`exists` of what is made in every world; who asks many times may look for it by identity."""
    return True


def same_value(left: object, right: object) -> bool | None:
    """Whether two scalars are one value, in three values."""
    if isinstance(left, Text):
        return left.equals(right) if isinstance(right, str | Text) else (None if isinstance(right, Unknown) else False)
    if isinstance(right, Text):
        return same_value(right, left)
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        if isinstance(left, Unknown) and isinstance(right, Unknown) and left.symbol and left.symbol == right.symbol:
            return True
        if isinstance(left, Reference) and isinstance(right, Reference):
            # Two ids that one deployment makes are two things.
            return False
        return None
    return left == right


@mutable
class Inventory:
    """Everything that was read, ready to be judged. `trace`, where given, is told which file asked for what.

    `as_of`, where given, is the day by which the age of facts that ship with this version is judged.
    """

    resources: list[Resource] = field(default_factory=list)
    _by_type: dict[str, list[Resource]] = field(default_factory=dict)
    _by_address: dict[str, Resource] = field(default_factory=dict)
    _by_fields: dict[int, Resource] = field(default_factory=dict)
    _built: dict[Hashable, object] = field(default_factory=dict, repr=False, compare=False)
    unread: Unread = field(default_factory=Unread)
    trace: Trace | None = field(default=None, repr=False, compare=False)
    as_of: date | None = field(default=None, repr=False, compare=False)

    def add(self, resources: Iterable[Resource]) -> None:
        """Adds resources and forgets what was built from fewer; of two with one address the later is found by it."""
        self._built.clear()
        for resource in resources:
            self.resources.append(resource)
            self._by_type.setdefault(resource.type, []).append(resource)
            self._by_address[resource.address] = resource
            self._by_fields[id(resource.fields)] = resource

    def remember(self, key: Hashable, build: Callable[[], object]) -> object:
        """What was built from this inventory before, as long as nothing is added."""
        if key not in self._built:
            self._built[key] = build()
        return self._built[key]

    def of_type(self, type_name: str) -> Sequence[Resource]:
        """Resources of exactly this type, in the order they were read; told to the trace."""
        if self.trace is not None:
            self.trace.ask(f"type {type_name}")
        return self._by_type.get(type_name, ())

    def listed(self, type_name: str) -> Sequence[Resource]:
        """As `of_type`, for whoever asks the trace in smaller pieces: an index, whose keys are asked one by one."""
        return self._by_type.get(type_name, ())

    def at(self, address: str) -> Resource | None:
        """The resource of this address, None where nothing that was read has it; told to the trace."""
        if self.trace is not None:
            self.trace.ask(f"at {file_of(address)}")
        return self._by_address.get(address)

    def holding(self, fields: object) -> Resource | None:
        """The resource whose `fields` this very mapping is: how an expression hands a resource on."""
        return self._by_fields.get(id(fields))

    @property
    def types(self) -> Mapping[str, Sequence[Resource]]:
        """All resources by type. The trace is not told, so that no verdict on one file may rest on it."""
        return self._by_type
