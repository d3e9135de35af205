"""What a database's catalogue holds once its statements have run: relations, policies, roles, privileges, functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import field, replace

from scanner.base.record import mutable
from scanner.inputs.sql.binding import bind, relations_in, rename_column, rename_function, rename_relation, words_of
from scanner.inputs.sql.cascades import Gone, doubt_users, drop_users
from scanner.inputs.sql.held import Attached, ForeignKey, FunctionHeld, Held, SchemaHeld, Table, ViewHeld
from scanner.inputs.sql.privileges import OWN, STATISTICS, Privileges, named_in
from scanner.inputs.sql.said import (
    Aggregate,
    AlterFunction,
    AlterTable,
    CreateSchema,
    CreateTable,
    DatabaseOwner,
    Detached,
    DropPolicy,
    DropPublication,
    DropRole,
    DropSchema,
    DropTable,
    Foreign,
    Function,
    Grant,
    Made,
    Name,
    Operator,
    Policy,
    Publication,
    Role,
    Rule,
    RunAs,
    Said,
    SearchPath,
    Statement,
    Trigger,
    UserMapping,
    View,
)
from scanner.inputs.sql.source import Place


@mutable
class Catalogue:
    """Relations and functions by `schema.name`. `superuser` says why whoever runs the files must be one.

    `mappings` say as whom roles are let into foreign servers.
    """

    tables: dict[str, Table] = field(default_factory=dict)
    views: dict[str, ViewHeld] = field(default_factory=dict)
    functions: dict[str, list[FunctionHeld]] = field(default_factory=dict)
    schemas: dict[str, SchemaHeld] = field(default_factory=dict)
    attached: dict[str, Attached] = field(default_factory=dict)
    publications: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    operators: set[str] = field(default_factory=set)
    privileges: Privileges = field(default_factory=Privileges)
    superuser: str | None = None
    database_owner: str | None = None
    mappings: list[UserMapping] = field(default_factory=list)
    schema: str = "public"
    searched: tuple[str, ...] = ()
    """The schemas of the search path after the first."""
    runner: str | None = None
    made: dict[str, set[str]] = field(default_factory=dict)
    """Names of types, sequences, collations, operators and aggregates by the schema that they are made in."""
    made_of: dict[str, set[str]] = field(default_factory=dict)
    """The names of operators and aggregates by that of a function that they call."""
    mentioned: set[str] = field(default_factory=set)
    """Every word of what is kept as a tree: what is not among them is used by nothing."""

    @property
    def roles(self) -> dict[str, Held]:
        """Roles by name, also those that are only spoken of."""
        return self.privileges.roles

    def key(self, name: Name) -> str:
        """`schema.name` of a relation or function that is made."""
        return f"{name.schema or self.schema}.{name.name}"

    def found(self, name: Name) -> str:
        """`schema.name` of one that is there: the first of the search path, or PostgreSQL's own."""
        if not name.schema:
            for each in (self.schema, *self.searched):
                key = f"{each}.{name.name}"
                if any(key in held for held in (self.tables, self.views, self.functions)):
                    return key
            if name.name.startswith("pg_"):
                return f"{OWN}.{name.name}"
        return self.key(name)

    def begin_file(self) -> None:
        """Settings of a session end with its file."""
        self.schema, self.searched, self.runner = "public", (), None

    def take(self, statement: Statement, place: Place) -> None:
        """What the statement does; one of them that is not understood does nothing here."""
        said: Said = statement.said
        match said:
            case CreateTable():
                self._create(said, place)
            case CreateSchema():
                self._schema(said)
            case DropTable():
                for each in said.tables:
                    self._drop_with(self.found(each), cascade=said.cascade)
            case DropSchema():
                self._drop_schema(said.schema)
            case AlterTable():
                self._alter(said, place)
            case Policy():
                self._policy(said, place)
            case DropPolicy():
                self.at(said.table, place).policies.pop(said.name, None)
            case Role():
                self.privileges.make(said, place, by=self.runner)
                for option in sorted({"SUPERUSER", "BYPASSRLS", "REPLICATION"} & said.says):
                    self.superuser = self.superuser or f"it gives `{said.name}` {option}"
            case DropRole():
                self.privileges.drop(said.names)
            case Grant():
                self.privileges.grant(self._granted_by(said), place, self._on, self.found)
            case View():
                self._view(said, place)
            case Rule() | Trigger():
                self._attach(said)
            case Detached() | DropPublication():
                self._detach(said)
            case Publication():
                tables = said.tables
                self.publications[said.name] = None if tables is None else tuple(self.found(each) for each in tables)
            case Operator():
                self.operators.add(said.sign)
                self._made_of(said.functions, said.sign)
            case Made():
                self.made.setdefault(self.key(said.name).partition(".")[0], set()).add(said.name.name)
            case Aggregate():
                self._aggregate(said, place)
            case Function() | AlterFunction():
                self._function(said, place) if isinstance(said, Function) else self._alter_function(said)
            case SearchPath():
                self.schema, self.searched = said.schema, said.others
            case UserMapping():
                self.mappings.append(said)
            case RunAs() | DatabaseOwner():
                self._acting(said)

    def at(self, name: Name, place: Place) -> Table:
        """The table; one that other files make is known by what is said of it here."""
        return self.tables.setdefault(self.found(name), Table(place, created=False))

    def below(self, key: str) -> list[str]:
        """The tables whose rows are read through this one."""
        return [name for name, table in self.tables.items() if key in table.parents]

    def inlinable(self) -> dict[str, Function | None]:
        """Functions by their names, with and without their schemas; None where one name has several.

        None also where the body means something else than what is put in its place: with a setting of its own, or who
        is asked for (`current_user`), or what is read, in one that runs as its owner.
        """
        found: dict[str, Function | None] = {}
        names = {key.rpartition(".")[2] for key in self.functions}
        for key, held in self.functions.items():
            name = key.rpartition(".")[2]
            only = held[0].function if len(held) == 1 else None
            if only is not None and (only.sets or (only.definer and _as_owner(only.body, names))):
                only = None
            found[key] = only
            found[name] = only if name not in found else None
        return found

    def _granted_by(self, said: Grant) -> Grant:
        """With who gives it: whoever has the owner's rights gives and takes as the owner (documentation of GRANT)."""
        by = said.grantor if said.grantor not in (None, "current_user") else self.runner
        held = self.roles.get(by or "")
        if held is not None and "SUPERUSER" in held.says:
            by = None
        if said.on and said.of != "tables":
            by = None
        elif by is not None and said.on:
            rights = self.privileges.has_rights_of(by)
            owners = {self._owner_of(self.found(each)) for each in said.on if isinstance(each, Name)}
            by = by if owners and not owners & {*rights} else None
        return replace(said, grantor=by)

    def _owner_of(self, key: str) -> str | None:
        held = self.tables.get(key) or self.views.get(key)
        return held.owner if held is not None else None

    def _attach(self, said: Rule | Trigger) -> None:
        beside = self.attached.setdefault(self.found(said.relation), Attached())
        if isinstance(said, Rule):
            self._keep([*said.actions])
            beside.rules[said.name] = said
        else:
            beside.triggers[said.name] = said
        beside.off.discard(("rule" if isinstance(said, Rule) else "trigger", said.name))

    def _detach(self, said: Detached | DropPublication) -> None:
        if isinstance(said, DropPublication):
            self.publications.pop(said.name, None)
            return
        held = self.attached.get(self.found(said.relation))
        if held is None:
            return
        named = [*held.triggers] if said.name is None else [said.name]
        for name in named:
            held.off.discard((said.kind, name))
            if said.state == "off":
                held.off.add((said.kind, name))
            elif said.state == "dropped":
                (held.rules if said.kind == "rule" else held.triggers).pop(name, None)

    def _acting(self, said: RunAs | DatabaseOwner) -> None:
        if isinstance(said, RunAs):
            self.runner = said.role
        else:
            self.database_owner = said.role if said.role != "current_user" else self.runner

    def _schema(self, said: CreateSchema) -> None:
        held = self.schemas.get(said.schema)
        owner = said.owner if said.owner not in (None, "current_user") else self.runner
        if held is None:
            self.schemas[said.schema] = SchemaHeld(owner, said.new)
            self.privileges.by_default(said.schema, "schemas", owner)
        elif not said.new:
            held.owner = owner

    def _drop_schema(self, schema: str) -> None:
        for key in [each for each in (*self.tables, *self.views) if each.startswith(f"{schema}.")]:
            self._drop_with(key, cascade=True)
        for key in [each for each in self.functions if each.startswith(f"{schema}.")]:
            drop_users(self, Gone(function=key))
            self.functions.pop(key, None)
            self.privileges.callable.pop(key, None)
        doubt_users(self, {schema, *self.made.pop(schema, ())})
        self.schemas.pop(schema, None)
        self.privileges.usable.pop(schema, None)

    def drop(self, key: str) -> None:
        """A table or view that is no more, with what is attached to it."""
        for held in (self.tables, self.views, self.privileges.granted, self.attached):
            held.pop(key, None)

    def _drop_with(self, key: str, *, cascade: bool) -> None:
        """Its partitions go with it, what inherits from it or uses it by CASCADE only (DROP TABLE)."""
        for child in self.below(key):
            if child in self.tables and (cascade or self.tables[child].partition):
                self._drop_with(child, cascade=cascade)
        if cascade:
            drop_users(self, Gone(relation=key))
        self.drop(key)
        for table in self.tables.values():
            table.foreign = [each for each in table.foreign if each.to != key]

    def _keyed(self, table: Table, key: str, foreign: Iterable[Foreign]) -> None:
        for each in foreign:
            schema = each.table.schema or self._schema_of(each.table.name) or self.schema
            to = f"{schema}.{each.table.name}"
            primary = self.tables[to].primary if to in self.tables else ()
            columns = each.to or (table.primary if to == key else primary)
            holds = each.holds and len(columns) == len(each.columns)
            name = each.name or "_".join([key.partition(".")[2], *each.columns, "fkey"])
            table.foreign.append(ForeignKey(each.columns, to, columns, name, holds, each.deletes, each.updates))
            if not each.name:
                table.unnamed.add(name)

    def _made_of(self, functions: Iterable[Name], made: str) -> None:
        self.made.setdefault(self.schema, set()).add(made)
        for each in functions:
            self.made_of.setdefault(each.name, set()).add(made)

    def _aggregate(self, said: Aggregate, place: Place) -> None:
        """One that calls what runs as its owner is that: whoever may call the aggregate need not be allowed that."""
        self._made_of(said.functions, said.name.name)
        called = [name for each in said.functions for name in self.functions if _is_named(name, each)]
        if any(held.function.definer for name in called for held in self.functions[name]):
            body = " ".join(name.rpartition(".")[2] for name in called)
            self._function(Function(said.name, "aggregate", True, body, True, said.arguments), place)

    def _create(self, said: CreateTable, place: Place) -> None:
        key = self.key(said.table)
        known = self.tables.get(key)
        if known is not None and known.created and not said.kept:
            return
        table = Table(place, created=True, owner=said.owner or self.runner, partition=said.partition)
        table.parents = [self.found(each) for each in said.parents]
        for each in (*table.parents, *map(self.found, said.like)):
            if each in self.tables:
                table.columns |= self.tables[each].columns
        table.columns |= dict(said.columns)
        table.primary = said.primary
        if said.partition:
            table.foreign = [one for each in table.parents if each in self.tables for one in self.tables[each].foreign]
        self._keyed(table, key, said.foreign)
        if known is not None and not known.created:
            # Files that are run in another order than by name: what was said of it holds.
            table.owner, table.enabled, table.forced = known.owner, known.enabled, known.forced
            table.policies = known.policies
        self.tables[key] = table
        self.privileges.by_default(key, "tables", self.runner)

    def _view(self, said: View, place: Place) -> None:
        """One that is replaced keeps its owner and privileges, not its options (CREATE VIEW)."""
        key = self.key(said.name)
        self._keep(said.query)
        before = self.views.get(key)
        owner = self.runner if before is None else before.owner
        self.views[key] = ViewHeld(place, said.query, said.invoker, said.stored, owner, said.barrier, said.check)
        if before is None:
            self.privileges.by_default(key, "tables", owner)

    def _keep(self, tree: object) -> None:
        bind(tree, self._schema_of)
        # A relation may be named by a constant, as in 'public.ids'::regclass.
        self.mentioned.update(each.rpartition(".")[2] for each in words_of(tree))

    def _schema_of(self, name: str) -> str | None:
        """The schema in which a relation is found that is named without one."""
        for schema in (self.schema, *self.searched, "public"):
            if f"{schema}.{name}" in self.tables or f"{schema}.{name}" in self.views:
                return schema
        return None

    def _trees(self) -> Iterator[object]:
        """What is kept by reference: of views, policies, rules, and functions whose body is no text."""
        for view in self.views.values():
            yield view.query
        for table in self.tables.values():
            for policy in table.policies.values():
                yield [policy.condition, policy.check_condition]
        for attached in self.attached.values():
            for rule in attached.rules.values():
                yield [*rule.actions]
        for several in self.functions.values():
            yield from (held.function.body for held in several if not isinstance(held.function.body, str))

    def _alter(self, said: AlterTable, place: Place) -> None:
        key = self.found(said.table)
        view = self.views.get(key)
        if view is not None:
            view.owner = said.owner or view.owner
            view.invoker = view.invoker if said.invoker is None else said.invoker
            view.barrier = view.barrier if said.barrier is None else said.barrier
            view.check = view.check if said.checks is None else said.checks
        table = None if view is not None else self.at(said.table, place)
        if table is not None:
            table.enabled = table.enabled if said.enabled is None else said.enabled
            table.forced = table.forced if said.forced is None else said.forced
            table.owner = self._owner(said.owner) or table.owner
            table.columns |= dict(said.columns)
            table.parents += [self.found(each) for each in said.inherits]
            for each in said.attached:
                child = self.at(each, place)
                child.parents.append(key)
                child.partition = True
            for each in said.detached:
                child = self.at(each, place)
                child.parents = [one for one in child.parents if one != key]
                child.partition = False
            gone = {self.found(each) for each in said.disinherits}
            table.parents = [each for each in table.parents if each not in gone]
            table.primary = said.primary or table.primary
            self._keyed(table, key, said.foreign)
            if said.dropped_constraint is not None:
                # Which one a name means that nobody wrote is not certain: then none of them is relied on.
                left = [each for each in table.foreign if each.name != said.dropped_constraint]
                table.foreign = [replace(each, holds=each.holds and each.name not in table.unnamed) for each in left]
            if said.cascade:
                # A key that it names, or a column of one, may be what went.
                for other in self.tables.values():
                    other.foreign = [
                        replace(each, holds=each.holds and not _is_of(each, key, said.dropped_column))
                        for each in other.foreign
                        if said.dropped_column is None or not _is_of(each, key, said.dropped_column)
                    ]
            if said.dropped_column is not None:
                if said.cascade:
                    drop_users(self, Gone(relation=key, column=said.dropped_column))
                table.columns.pop(said.dropped_column, None)
                table.foreign = [each for each in table.foreign if said.dropped_column not in each.columns]
            if said.renamed_column is not None:
                self._renamed_column(key, *said.renamed_column)
        if said.renamed or said.moved:
            schema, _, name = key.partition(".")
            self._renamed(key, f"{said.moved or schema}.{said.renamed or name}")

    def _renamed(self, key: str, new: str) -> None:
        for held in (self.tables, self.views, self.privileges.granted, self.attached):
            if key in held:
                held[new] = held.pop(key)  # type: ignore[assignment]  # each keeps its own kind of value
        for table in self.tables.values():
            table.parents = [new if each == key else each for each in table.parents]
            table.foreign = [replace(each, to=new if each.to == key else each.to) for each in table.foreign]
        self.mentioned.add(_name(new).name)
        for tree in self._trees():
            rename_relation(tree, _name(key), _name(new))

    def _renamed_column(self, key: str, old: str, new: str) -> None:
        """Also in the tables that inherit it, and in what reads it."""
        self.mentioned.add(new)
        table = self.tables[key]
        if old in table.columns:
            table.columns[new] = table.columns.pop(old)

        def put(columns: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(new if one == old else one for one in columns)

        table.foreign = [replace(each, columns=put(each.columns)) for each in table.foreign]
        for other in self.tables.values():
            other.foreign = [
                replace(each, others=put(each.others)) if each.to == key else each for each in other.foreign
            ]
        table.primary = tuple(new if each == old else each for each in table.primary)
        names = frozenset([key.partition(".")[2]])
        for policy in table.policies.values():
            rename_column([policy.condition, policy.check_condition], old, new, names)
        for view in self.views.values():
            if relations_in(view.query) == {key}:
                rename_column(view.query, old, new, names)
        for child in self.below(key):
            self._renamed_column(child, old, new)

    def _owner(self, owner: str | None) -> str | None:
        """An owner is set by a superuser or a member of it (documentation of ALTER TABLE)."""
        if owner == "current_user":
            return self.runner
        held = self.roles.get(owner or "")
        if held is not None and held.created and self.runner is None:
            members = [name for name, role in self.roles.items() if owner in role.memberships and not role.created]
            if not members:
                why = f"it makes `{owner}` an owner without being a member of it"
                self.superuser = self.superuser or why
        return owner

    def _policy(self, said: Policy, place: Place) -> None:
        policies = self.at(said.table, place).policies
        self._keep([said.condition, said.check_condition])
        if said.new:
            # One of that name that is there stays: the statement fails, or stands under a condition.
            before = policies.get(said.name)
            policies[said.name] = before if before is not None and before.new else said
            return
        known = policies.pop(said.name, Policy(said.table, said.name, new=False))
        name = said.renamed or said.name
        changed = {
            key: value
            for key in ("roles", "using", "check", "condition", "check_condition")
            if (value := getattr(said, key)) is not None
        }
        policies[name] = replace(known, name=name, **changed)

    def _on(self, said: Grant) -> Iterator[str]:
        for each in said.on:
            # What is taken of one of several functions of a name is left to them all.
            key = self.found(each) if isinstance(each, Name) else None
            if key is not None and not (said.taken and "functions" in said.of and len(self.functions.get(key, ())) > 1):
                yield key
        if all(isinstance(each, Name) for each in said.on):
            return
        for key in (*self.functions,) if "functions" in said.of else (*self.tables, *self.views, *STATISTICS):
            if named_in(said, key.partition(".")[0]):
                yield key

    def _function(self, said: Function, place: Place) -> None:
        key = self.key(said.name)
        if not isinstance(said.body, str):
            self._keep(said.body)
        held = self.functions.setdefault(key, [])
        before = [each for each in held if each.function.types == said.types]
        owner = before[0].owner if before else self.runner
        held[:] = [each for each in held if each not in before]
        held.append(FunctionHeld(place, said, owner))
        if key not in self.privileges.callable:
            self.privileges.by_default(key, "functions", owner)

    def _alter_function(self, said: AlterFunction) -> None:
        key = self.found(said.name)
        several = self.functions.get(key, [])
        meant = [each for each in several if said.types in (None, each.function.types)] or several
        if said.dropped:
            if said.cascade:
                drop_users(self, Gone(function=key), surely=len(meant) == len(several))
            self.functions[key] = [each for each in several if each not in meant]
            if not self.functions[key]:
                self.functions.pop(key)
                self.privileges.callable.pop(key, None)
        if said.renamed or said.moved:
            name = _name(key)
            new = Name(said.renamed or name.name, said.moved or name.schema)
            for kept in (self.functions, self.privileges.callable):
                if key in kept:
                    kept[f"{new.schema}.{new.name}"] = kept.pop(key)  # type: ignore[assignment]  # likewise
            self.mentioned.add(new.name)
            for tree in self._trees():
                rename_function(tree, name, new)
        for held in meant:
            held.owner = said.owner or held.owner
            if said.strict is not None:
                held.function = replace(held.function, strict=said.strict)
            if said.sets is not None:
                held.function = replace(held.function, sets=said.sets)
            if said.leakproof is not None:
                held.function = replace(held.function, leakproof=said.leakproof)
            if said.definer is not None:
                held.function = replace(held.function, definer=said.definer)
            if said.search_path is not None:
                held.function = replace(held.function, search_path=said.search_path)


def _as_owner(body: object, functions: set[str]) -> bool:
    """Whether the body asks for the current user, reads a table with his rights, or calls a function that may."""
    text = body if isinstance(body, str) else str(body).replace("SVFOP_SESSION_USER", "").replace("SVFOP_", "")
    words = {word.lower() for word in re.findall(r"\w+", text)}
    return bool(words & {"current_user", "user", "current_role", "from", "table", "fromclause", *functions})


def _is_named(key: str, name: Name) -> bool:
    schema, _, own = key.partition(".")
    return own == name.name and name.schema in ("", schema)


def _is_of(foreign: ForeignKey, key: str, column: str | None) -> bool:
    """Whether a foreign key names the table, and this column of it where one is given."""
    return foreign.to == key and (column is None or column in foreign.others)


def _name(key: str) -> Name:
    schema, _, name = key.partition(".")
    return Name(name, schema)


__all__ = ["Catalogue"]
