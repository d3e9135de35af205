"""What a database's catalogue holds once its statements have run: relations, policies, roles, privileges, functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, replace

from scanner.base.record import mutable
from scanner.inputs.sql.parsing import Node
from scanner.inputs.sql.said import (
    AlterFunction,
    AlterTable,
    CreateTable,
    DropPolicy,
    DropRole,
    DropSchema,
    DropTable,
    Function,
    Grant,
    Name,
    Policy,
    Role,
    RunAs,
    Said,
    SearchPath,
    Statement,
    View,
)
from scanner.inputs.sql.source import Place


@mutable
class Table:
    """`owner` is None for whoever runs the file."""

    place: Place
    created: bool
    columns: dict[str, str] = field(default_factory=dict)
    parent: str | None = None
    owner: str | None = None
    enabled: bool | None = None
    forced: bool | None = None
    policies: dict[str, Policy] = field(default_factory=dict)


@mutable
class Held:
    """`says` are options such as BYPASSRLS, `members_of` the roles whose rights it has or can take on."""

    place: Place
    created: bool
    says: set[str] = field(default_factory=set)
    members_of: list[str] = field(default_factory=list)


@mutable
class Granted:
    """A GRANT as it was written, without what was taken back since."""

    place: Place
    on: str
    privileges: list[str]
    to: list[str]


@mutable
class ViewHeld:
    """A view; `owner` is None for whoever runs the files."""

    place: Place
    query: Node
    invoker: bool
    stored: bool
    owner: str | None


@mutable
class FunctionHeld:
    """A function; `owner` is None for whoever runs the files."""

    place: Place
    function: Function
    owner: str | None


_ALL_TABLES, _ALL_FUNCTIONS = "ALL TABLES IN SCHEMA ", "ALL FUNCTIONS IN SCHEMA "


@mutable
class Catalogue:
    """Relations by `schema.name`. `told` are grants as they were written, `granted` what each relation got by them.

    `callable` are the roles that may call a function, which PUBLIC may at first. `superuser` says why whoever runs the
    files must be one.
    """

    tables: dict[str, Table] = field(default_factory=dict)
    roles: dict[str, Held] = field(default_factory=dict)
    views: dict[str, ViewHeld] = field(default_factory=dict)
    functions: dict[str, list[FunctionHeld]] = field(default_factory=dict)
    callable: dict[str, set[str]] = field(default_factory=dict)
    told: list[Granted] = field(default_factory=list)
    granted: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    defaults: list[Grant] = field(default_factory=list)
    superuser: str | None = None
    schema: str = "public"
    runner: str | None = None
    _uncallable: bool = False

    def key(self, name: Name) -> str:
        """`schema.name` of a relation or function."""
        return f"{name.schema or self.schema}.{name.name}"

    def begin_file(self) -> None:
        """Settings of a session end with its file."""
        self.schema, self.runner = "public", None

    def take(self, statement: Statement, place: Place) -> None:
        """What the statement does; one of them that is not understood does nothing here."""
        said: Said = statement.said
        match said:
            case CreateTable():
                self._create(said, place)
            case DropTable():
                for each in said.tables:
                    self._drop(self.key(each))
            case DropSchema():
                for key in [each for each in (*self.tables, *self.views) if each.startswith(f"{said.schema}.")]:
                    self._drop(key)
            case AlterTable():
                self._alter(said, place)
            case Policy():
                self._policy(said, place)
            case DropPolicy():
                self.at(said.table, place).policies.pop(said.name, None)
            case Role():
                self._role(said, place)
            case DropRole():
                for name in said.names:
                    self.roles.pop(name, None)
                    for role in self.roles.values():
                        role.members_of = [each for each in role.members_of if each != name]
            case Grant():
                self._grant(said, place)
            case View():
                self.views[self.key(said.name)] = ViewHeld(place, said.query, said.invoker, said.stored, self.runner)
                self._by_default(self.key(said.name), functions=False)
            case Function():
                self._function(said, place)
            case AlterFunction():
                self._alter_function(said)
            case SearchPath():
                self.schema = said.schema
            case RunAs():
                self.runner = said.role

    def at(self, name: Name, place: Place) -> Table:
        """The table; one that other files make is known by what is said of it here."""
        return self.tables.setdefault(self.key(name), Table(place, created=False))

    def above(self, role: str) -> list[str]:
        """The role and those that it is a member of, directly or not."""
        found, waiting = [role], [role]
        while waiting:
            held = self.roles.get(waiting.pop())
            for each in held.members_of if held is not None else ():
                if each not in found:
                    found.append(each)
                    waiting.append(each)
        return found

    def privileges(self, role: str, on: str) -> set[str]:
        """What the role, those it is a member of and PUBLIC are granted on a relation; ALL stands for each."""
        held = self.granted.get(on, {})
        return {word for each in (*self.above(role), "public") for word in held.get(each, ())}

    def inlinable(self) -> dict[str, Function | None]:
        """Functions by their names, with and without their schemas; None where one name has several."""
        found: dict[str, Function | None] = {}
        for key, held in self.functions.items():
            name = key.rpartition(".")[2]
            only = held[0].function if len(held) == 1 else None
            found[key] = only
            found[name] = only if name not in found else None
        return found

    def _drop(self, key: str) -> None:
        self.tables.pop(key, None)
        self.views.pop(key, None)
        self.granted.pop(key, None)

    def _create(self, said: CreateTable, place: Place) -> None:
        key = self.key(said.table)
        known = self.tables.get(key)
        if known is not None and known.created and not said.kept:
            return
        table = Table(place, created=True, columns=dict(said.columns), owner=said.owner or self.runner)
        table.parent = self.key(said.parent) if said.parent is not None else None
        if known is not None and not known.created:
            # Files that are run in another order than by name: what was said of it holds.
            table.owner, table.enabled, table.forced = known.owner, known.enabled, known.forced
            table.policies = known.policies
        self.tables[key] = table
        self._by_default(key, functions=False)

    def _by_default(self, key: str, *, functions: bool) -> None:
        schema = key.partition(".")[0]
        for each in self.defaults:
            if (each.schema or schema) == schema and ("functions" in each.of) == functions:
                self._give(key, each)

    def _alter(self, said: AlterTable, place: Place) -> None:
        key = self.key(said.table)
        view = self.views.get(key)
        if view is not None:
            view.owner = said.owner or view.owner
            view.invoker = view.invoker if said.invoker is None else said.invoker
        table = None if view is not None else self.at(said.table, place)
        if table is not None:
            table.enabled = table.enabled if said.enabled is None else said.enabled
            table.forced = table.forced if said.forced is None else said.forced
            table.owner = self._owner(said.owner) or table.owner
            table.columns |= dict(said.columns)
            if said.renamed_column is not None and said.renamed_column[0] in table.columns:
                table.columns[said.renamed_column[1]] = table.columns.pop(said.renamed_column[0])
        if said.renamed or said.moved:
            schema, _, name = key.partition(".")
            new = f"{said.moved or schema}.{said.renamed or name}"
            for held in (self.tables, self.views, self.granted):
                if key in held:
                    held[new] = held.pop(key)  # type: ignore[assignment]  # each keeps its own kind of value

    def _owner(self, owner: str | None) -> str | None:
        """An owner is set by a superuser or a member of it (documentation of ALTER TABLE)."""
        if owner == "current_user":
            return self.runner
        held = self.roles.get(owner or "")
        if held is not None and held.created and self.runner is None:
            members = [name for name, role in self.roles.items() if owner in role.members_of and not role.created]
            if not members:
                why = f"it makes `{owner}` an owner without being a member of it"
                self.superuser = self.superuser or why
        return owner

    def _policy(self, said: Policy, place: Place) -> None:
        policies = self.at(said.table, place).policies
        if said.new:
            policies[said.name] = said
            return
        known = policies.pop(said.name, Policy(said.table, said.name, new=False))
        name = said.renamed or said.name
        changed = {
            key: value
            for key in ("roles", "using", "check", "condition", "check_condition")
            if (value := getattr(said, key)) is not None
        }
        policies[name] = replace(known, name=name, **changed)

    def _role(self, said: Role, place: Place) -> None:
        place.secrets += said.secrets
        role = self.roles.setdefault(said.name, Held(place, created=said.new))
        role.created = role.created or said.new
        role.place.secrets += said.secrets
        for each in said.says:
            role.says.discard(each.removeprefix("NO") if each.startswith("NO") else f"NO{each}")
            role.says.add(each)
            if each in ("SUPERUSER", "BYPASSRLS"):
                self.superuser = self.superuser or f"it gives `{said.name}` {each}"
        role.members_of += said.members_of
        for member in said.members:
            self.roles.setdefault(member, Held(place, created=False)).members_of.append(said.name)

    def _grant(self, said: Grant, place: Place) -> None:
        if said.of.startswith("default "):
            if not said.taken:
                self.defaults.append(said)
            elif "functions" in said.of and "public" in said.to:
                self._uncallable = True
            else:
                self.defaults = [each for each in self.defaults if (each.of, each.schema) != (said.of, said.schema)]
        elif not said.on:
            self._members(said, place)
        else:
            self._told(said, place)
            for key in self._on(said):
                self._give(key, said)

    def _members(self, said: Grant, place: Place) -> None:
        for name in said.to:
            role = self.roles.setdefault(name, Held(place, created=False))
            for above in said.privileges:
                if said.taken:
                    role.members_of = [each for each in role.members_of if each != above]
                elif said.usable:
                    role.members_of.append(above)

    def _on(self, said: Grant) -> Iterator[str]:
        for each in said.on:
            if isinstance(each, Name):
                yield self.key(each)
            elif each.startswith(_ALL_TABLES):
                schema = each.removeprefix(_ALL_TABLES)
                yield from [key for key in (*self.tables, *self.views) if key.startswith(f"{schema}.")]
            else:
                schema = each.removeprefix(_ALL_FUNCTIONS)
                yield from [key for key in self.functions if key.startswith(f"{schema}.")]

    def _give(self, key: str, said: Grant) -> None:
        if "functions" in said.of:
            callers = self.callable.setdefault(key, set())
            callers.difference_update(said.to) if said.taken else callers.update(said.to)
            return
        held = self.granted.setdefault(key, {})
        words = {word.upper() for word in said.privileges}
        for name in said.to:
            before = held.get(name, set())
            if not said.taken:
                held[name] = before | words
            elif "ALL" in words:
                held.pop(name, None)
            else:
                held[name] = (_EACH if "ALL" in before else before) - words

    def _told(self, said: Grant, place: Place) -> None:
        if "functions" in said.of:
            return
        for each in said.on:
            on = each if isinstance(each, str) else self.key(each)
            if said.taken:
                self._revoke(on, said)
            else:
                self.told.append(Granted(place, on, [word.upper() for word in said.privileges], list(said.to)))

    def _revoke(self, on: str, said: Grant) -> None:
        taken = {word.upper() for word in said.privileges}
        for grant in [each for each in self.told if each.on == on]:
            for name in [each for each in grant.to if each in said.to]:
                left = [] if "ALL" in taken else [each for each in grant.privileges if each not in taken]
                grant.to.remove(name)
                if left:
                    self.told.append(Granted(grant.place, on, left, [name]))
        self.told = [each for each in self.told if each.to]

    def _function(self, said: Function, place: Place) -> None:
        key = self.key(said.name)
        held = self.functions.setdefault(key, [])
        before = [each for each in held if each.function.arguments == said.arguments]
        owner = before[0].owner if before else self.runner
        held[:] = [each for each in held if each not in before]
        held.append(FunctionHeld(place, said, owner))
        if key not in self.callable:
            self.callable[key] = set() if self._uncallable else {"public"}
            self._by_default(key, functions=True)

    def _alter_function(self, said: AlterFunction) -> None:
        key = self.key(said.name)
        if said.dropped:
            self.functions.pop(key, None)
            self.callable.pop(key, None)
        for held in self.functions.get(key, ()):
            held.owner = said.owner or held.owner
            if said.definer is not None:
                held.function = replace(held.function, definer=said.definer)


_EACH = {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}

__all__ = ["Catalogue", "FunctionHeld", "Granted", "Held", "Table", "ViewHeld"]
