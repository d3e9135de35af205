"""PostgreSQL schemas of `.sql` files: tables with their row-level security, roles and grants, as resources.

Files of one folder are one database, in the order of their names, as migrations are. What row-level security does is in
the PostgreSQL documentation, "Row Security Policies": it holds where it is enabled on a table; for the table's owner
only where it is forced; and never for superusers and roles with BYPASSRLS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from scanner.base.extras import MissingExtra
from scanner.base.record import mutable, record
from scanner.inputs.sql.statements import (
    AlterTable,
    CreateTable,
    DropPolicy,
    DropTable,
    Grant,
    Name,
    NotUnderstood,
    Policy,
    Role,
    Said,
    SearchPath,
    Statement,
    Unread,
    statements_in,
)
from scanner.model.location import Location
from scanner.model.resource import Names, Resource
from scanner.model.secrets import scrubbed
from scanner.model.unknown import OpenList, Unknown
from scanner.model.world import World
from scanner.text.lines import Lines

TABLE, ROLE, GRANT = "PostgreSQL::Table", "PostgreSQL::Role", "PostgreSQL::Grant"


@record
class SqlFile:
    """One file that was found, decoded."""

    path: str
    """As reports show it."""
    text: str


@record
class Missed:
    """A file or statement that was not understood, for the coverage ledger."""

    what: str
    unknown: Unknown
    path: str


@mutable
class _Place:
    file: SqlFile
    start: int
    end: int
    secrets: list[str] = field(default_factory=list)
    _lines: Lines | None = None

    def locate(self, resource: Resource, keys: Sequence[str | int], world: World) -> Location:
        del resource, keys, world
        lines = self.lined
        line, column = lines.at(self.start)
        return Location(self.file.path, line, column, lines.at(max(self.start, self.end - 1))[0])

    @property
    def lined(self) -> Lines:
        if self._lines is None:
            self._lines = Lines(self.file.text)
        return self._lines

    def lines(self, first: int, last: int) -> list[str]:
        return self.lined.between(first, last)

    def hides(self, value: object) -> bool:
        return any(secret in str(value) for secret in self.secrets)

    def scrubbed(self, text: str) -> str:
        return scrubbed(text)


@mutable
class _Table:
    place: _Place
    created: bool
    columns: list[str] = field(default_factory=list)
    parent: str | None = None
    owner: str | None = None
    enabled: bool | None = None
    forced: bool | None = None
    policies: dict[str, Policy] = field(default_factory=dict)


@mutable
class _Role:
    place: _Place
    created: bool
    says: set[str] = field(default_factory=set)
    members_of: list[str] = field(default_factory=list)


@mutable
class _Granted:
    place: _Place
    on: str
    privileges: list[str]
    to: list[str]


def schema_of(files: Sequence[SqlFile]) -> tuple[list[Resource], list[Missed]]:
    """What the files of one folder leave behind when they are run in this order, and what was not understood."""
    schema = _Schema()
    for file in files:
        schema.run(file)
    return schema.resources(), schema.missed


class _Schema:
    def __init__(self) -> None:
        self.missed: list[Missed] = []
        self._tables: dict[str, _Table] = {}
        self._roles: dict[str, _Role] = {}
        self._grants: list[_Granted] = []
        self._path = "public"
        self._doubt: Unknown | None = None  # what else may have been said of tables
        self._doubted_roles: Unknown | None = None

    def run(self, file: SqlFile) -> None:
        self._path = "public"
        try:
            for statement in statements_in(file.text):
                self._apply(statement, file)
        except MissingExtra as missing:
            self._miss(f"the SQL of {file.path}", f"the SQL of {file.path} is not read: {missing}", file.path)
        except NotUnderstood as error:
            why = f"the SQL of {file.path} is not PostgreSQL as it is read here: {error}"
            self._miss(f"the SQL of {file.path}", why, file.path)

    def resources(self) -> list[Resource]:
        found = [self._table(name, table) for name, table in self._tables.items()]
        found += [self._role(name, role) for name, role in self._roles.items()]
        for number, grant in enumerate(self._grants, 1):
            properties: dict[str, object] = {
                "Object": grant.on,
                "Privileges": list(grant.privileges),
                "Grantees": list(grant.to),
            }
            found.append(_resource(GRANT, f"grant-{number}", grant.place, properties))
        return found

    def _miss(self, what: str, why: str, path: str, *, of_roles: bool = True) -> None:
        unknown = Unknown("evaluation-limit", why)
        self._doubt = self._doubt or unknown
        if of_roles:
            self._doubted_roles = self._doubted_roles or unknown
        self.missed.append(Missed(what, unknown, path))

    def _key(self, name: Name) -> str:
        return f"{name.schema or self._path}.{name.name}"

    def _apply(self, statement: Statement, file: SqlFile) -> None:
        place = _Place(file, statement.start, statement.end)
        said: Said = statement.said
        match said:
            case CreateTable():
                self._create(said, place)
            case DropTable():
                for each in said.tables:
                    self._tables.pop(self._key(each), None)
            case AlterTable():
                self._alter(said, place)
            case Policy():
                self._policy(said, place)
            case DropPolicy():
                self._at(said.table, place).policies.pop(said.name, None)
            case Role():
                self._take_role(said, place)
            case Grant():
                self._grant(said, place)
            case SearchPath():
                self._path = said.schema
            case Unread():
                line, _ = place.lined.at(statement.start)
                why = f"the statement `{said.beginning}` at {file.path}:{line} is not understood"
                self._miss(f"the statement at {file.path}:{line}", why, file.path, of_roles=said.of_roles)

    def _at(self, name: Name, place: _Place) -> _Table:
        """The table; one that other files make is known by what is said of it here."""
        return self._tables.setdefault(self._key(name), _Table(place, created=False))

    def _create(self, said: CreateTable, place: _Place) -> None:
        key = self._key(said.table)
        known = self._tables.get(key)
        if known is not None and known.created and not said.kept:
            return
        table = _Table(place, created=True, columns=list(said.columns))
        table.parent = self._key(said.parent) if said.parent is not None else None
        if known is not None and not known.created:
            # Files that are run in another order than by name: what was said of it holds.
            table.owner, table.enabled, table.forced, table.policies = (
                known.owner,
                known.enabled,
                known.forced,
                known.policies,
            )
        self._tables[key] = table

    def _alter(self, said: AlterTable, place: _Place) -> None:
        table = self._at(said.table, place)
        table.enabled = table.enabled if said.enabled is None else said.enabled
        table.forced = table.forced if said.forced is None else said.forced
        table.owner = said.owner or table.owner
        table.columns += said.columns
        if said.renamed or said.moved:
            key = self._key(said.table)
            schema, _, name = key.partition(".")
            self._tables.pop(key, None)
            self._tables[f"{said.moved or schema}.{said.renamed or name}"] = table

    def _policy(self, said: Policy, place: _Place) -> None:
        policies = self._at(said.table, place).policies
        if said.new:
            policies[said.name] = said
            return
        known = policies.pop(said.name, Policy(said.table, said.name, new=False))
        name = said.renamed or said.name
        policies[name] = Policy(
            said.table,
            name,
            known.new,
            known.command,
            known.permissive,
            known.roles if said.roles is None else said.roles,
            known.using if said.using is None else said.using,
            known.check if said.check is None else said.check,
        )

    def _take_role(self, said: Role, place: _Place) -> None:
        place.secrets += said.secrets
        role = self._roles.setdefault(said.name, _Role(place, created=said.new))
        role.created = role.created or said.new
        role.place.secrets += said.secrets
        for each in said.says:
            role.says.discard(each.removeprefix("NO") if each.startswith("NO") else f"NO{each}")
            role.says.add(each)
        role.members_of += said.members_of

    def _grant(self, said: Grant, place: _Place) -> None:
        if not said.on:
            for name in said.to:
                role = self._roles.setdefault(name, _Role(place, created=False))
                for privilege in said.privileges:
                    if said.taken and privilege in role.members_of:
                        role.members_of.remove(privilege)
                    elif not said.taken:
                        role.members_of.append(privilege)
            return
        for each in said.on:
            on = each if isinstance(each, str) else self._key(each)
            if said.taken:
                self._revoke(on, said)
            else:
                self._grants.append(_Granted(place, on, [word.upper() for word in said.privileges], list(said.to)))

    def _revoke(self, on: str, said: Grant) -> None:
        taken = {word.upper() for word in said.privileges}
        for grant in [each for each in self._grants if each.on == on]:
            for name in [each for each in grant.to if each in said.to]:
                left = [] if "ALL" in taken else [each for each in grant.privileges if each not in taken]
                grant.to.remove(name)
                if left:
                    self._grants.append(_Granted(grant.place, on, left, [name]))
        self._grants = [each for each in self._grants if each.to]

    def _table(self, key: str, table: _Table) -> Resource:
        schema, _, name = key.partition(".")
        elsewhere = Unknown("missing-file", f"the SQL that makes the table `{key}` was not read")
        doubt = self._doubt or (None if table.created else elsewhere)
        policies: list[object] = [_told(each) for each in table.policies.values()]
        properties: dict[str, object] = {
            "Schema": schema,
            "Name": name,
            "Owner": table.owner or self._doubt or Unknown("undeclared", f"no statement says who owns `{key}`"),
            "RowSecurityEnabled": _sure(table.enabled, doubt),
            "RowSecurityForced": _sure(table.forced, doubt),
            "Policies": policies if doubt is None else OpenList(policies, doubt),
        }
        if table.columns:
            properties["Columns"] = list(table.columns)
        if table.parent is not None:
            properties["PartitionOf"] = table.parent
        return _resource(TABLE, key, table.place, properties)

    def _role(self, name: str, role: _Role) -> Resource:
        def has(option: str) -> object:
            if option in role.says:
                return True
            if f"NO{option}" in role.says:
                return False
            elsewhere = Unknown("missing-file", f"the SQL that makes the role `{name}` was not read")
            return _sure(None, self._doubted_roles or (None if role.created else elsewhere))

        properties: dict[str, object] = {
            "Name": name,
            "BypassRls": has("BYPASSRLS"),
            "Superuser": has("SUPERUSER"),
            "MemberOf": list(dict.fromkeys(role.members_of)),
        }
        return _resource(ROLE, name, role.place, properties)


def _sure(said: bool | None, doubt: Unknown | None) -> object:
    """What was not said is PostgreSQL's default, unless some statement may have said it."""
    return doubt if said is None and doubt is not None else bool(said)


def _told(policy: Policy) -> dict[str, object]:
    told: dict[str, object] = {
        "Name": policy.name,
        "Command": policy.command or "ALL",
        "Permissive": policy.permissive is not False,
        "Roles": list(policy.roles or ("public",)),
    }
    if not policy.new:
        unknown = Unknown("missing-file", f"the SQL that makes the policy `{policy.name}` was not read")
        told |= {"Command": unknown, "Permissive": unknown}
    if policy.using is not None:
        told["Using"] = policy.using
    if policy.check is not None:
        told["WithCheck"] = policy.check
    return told


def _resource(kind: str, name: str, place: _Place, properties: dict[str, object]) -> Resource:
    names = Names(name, None)
    return Resource(
        address=f"{place.file.path}#{kind.rpartition('::')[2].lower()}/{name}",
        type=kind,
        logical_id=name,
        fields={"Type": kind, "Properties": properties},
        source=place,
        exists=lambda _: True,
        names=lambda _: names,
    )


__all__ = ["GRANT", "ROLE", "TABLE", "Missed", "SqlFile", "schema_of"]
