"""PostgreSQL schemas of `.sql` files: tables with their row-level security, roles and grants, as resources.

Files of one folder are one database, in the order in which their tool runs them. What row-level security does is in
the PostgreSQL documentation, "Row Security Policies": it holds where it is enabled on a table; for the table's owner
only where it is forced; and never for superusers and roles with BYPASSRLS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from scanner.base.extras import MissingExtraError
from scanner.base.record import record
from scanner.inputs.sql.access import Access
from scanner.inputs.sql.bypasses import bypasses_of
from scanner.inputs.sql.calling import calls_of
from scanner.inputs.sql.catalogue import Catalogue
from scanner.inputs.sql.declared import Declared
from scanner.inputs.sql.held import Held, Table
from scanner.inputs.sql.liquibase import choices_in
from scanner.inputs.sql.live_mark import live_version
from scanner.inputs.sql.migrations import run_part
from scanner.inputs.sql.other_ways import ways_to
from scanner.inputs.sql.parsing import NotUnderstoodError
from scanner.inputs.sql.said import Calls, Function, Policy, Unread
from scanner.inputs.sql.source import Place, SqlFile
from scanner.inputs.sql.statements import included_in, matters, statements_in
from scanner.inputs.sql.ways import Leak
from scanner.model.resource import Names, Resource, always
from scanner.model.unknown import OpenList, Unknown

TABLE, ROLE, GRANT = "PostgreSQL::Table", "PostgreSQL::Role", "PostgreSQL::Grant"
_NOBODY = ("public", "current_user")


@record
class Missed:
    """A file or statement that was not understood, for the coverage ledger."""

    what: str
    unknown: Unknown
    path: str


def schema_of(
    files: Sequence[SqlFile], declared: Declared | None = None, tool: str | None = None
) -> tuple[list[Resource], list[Missed]]:
    """What the files of one database leave behind when they are run in this order, and what was not understood.

    `tool` is the migration tool by whose rules they are in this order; marks in the files may name another.
    """
    schema = Schema(tool)
    for file in files:
        schema.run(file)
    return schema.resources(declared or Declared()), schema.missed


class Schema:
    """One database, read file by file. `missed` is what was not understood, `version` that of a live server."""

    def __init__(self, tool: str | None) -> None:
        self._tool = tool
        self.catalogue = Catalogue()
        self.missed: list[Missed] = []
        self.version: int | None = None
        self._ran: set[str] = set()
        self._included: dict[str, str] = {}
        self._changing = False  # whether some function changes tables, roles or policies when it is called
        self._doubt: Unknown | None = None  # what else may have been said of tables
        self._doubted_roles: Unknown | None = None

    def access(self, declared: Declared) -> Access:
        """Who reaches what, by what was read until now."""
        if declared.version is None and self.version is not None:
            declared = replace(declared, version=self.version)
        return Access.of(self.catalogue, declared)

    def run(self, file: SqlFile) -> None:
        """Reads what a file leaves behind when it is run after those before."""
        self.catalogue.begin_file()
        self.version = live_version(file.text) or self.version
        self._ran.add(PurePosixPath(file.path).name)
        try:
            self._included |= dict.fromkeys(included_in(file.text), file.path)
            text, tool = run_part(file.text)
            self._tool = tool or self._tool
            for begin, end in choices_in(file.text):
                place = Place(file, begin, end)
                why = f"whether the changeset at {place.told} runs rests on a context, a label or a precondition"
                self._miss(f"the changeset at {place.told}", why, file.path)
            for statement in statements_in(text):
                place = Place(file, statement.start, statement.end)
                said = statement.said
                if isinstance(said, Unread):
                    why = f"the statement `{said.beginning}` at {place.told} is not understood"
                    self._miss(f"the statement at {place.told}", why, file.path, of_roles=said.of_roles)
                elif isinstance(said, Calls):
                    self._called(said, place)
                else:
                    self._changing = self._changing or (isinstance(said, Function) and _changes(said))
                    self.catalogue.take(statement, place)
        except MissingExtraError as missing:
            self._miss(f"the SQL of {file.path}", f"the SQL of {file.path} is not read: {missing}", file.path)
        except NotUnderstoodError as error:
            why = f"the SQL of {file.path} is not PostgreSQL as it is read here: {error}"
            self._miss(f"the SQL of {file.path}", why, file.path)

    def _called(self, said: Calls, place: Place) -> None:
        """What a function of these files changes when it is called is not followed."""
        if not self._changing:
            return
        for key in calls_of(self.catalogue, said):
            if any(_changes(held.function) for held in self.catalogue.functions[key]):
                why = f"what the function `{key}` changes, which is called at {place.told}, is not followed"
                self._miss(f"the call of {key} at {place.told}", why, place.file.path)

    def resources(self, declared: Declared) -> list[Resource]:
        """Tables, roles and grants, with what is decided of them."""
        for name, path in self._included.items():
            if PurePosixPath(name.replace("\\", "/")).name not in self._ran:
                self._miss(f"{name} of {path}", f"{path} runs `{name}`, which was not read", path)
        self._included.clear()
        catalogue, access = self.catalogue, self.access(declared)
        found = [self._table(name, table, access) for name, table in catalogue.tables.items()]
        found += [self._role(name, role, access) for name, role in catalogue.roles.items() if name not in _NOBODY]
        for number, grant in enumerate(catalogue.privileges.told, 1):
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

    def _table(self, key: str, table: Table, access: Access) -> Resource:
        schema, _, name = key.partition(".")
        elsewhere = Unknown("missing-file", f"the SQL that makes the table `{key}` was not read")
        doubt = self._doubt or (None if table.created else elsewhere)
        policies: list[object] = [_told(each) for each in table.policies.values()]
        properties: dict[str, object] = {
            "Schema": schema,
            "Name": name,
            "Owner": table.owner or self._doubt or self._runner(key, table),
            "RowSecurityEnabled": _sure(table.enabled, doubt),
            "RowSecurityForced": _sure(table.forced, doubt),
            "Policies": policies if doubt is None else OpenList(policies, doubt),
            "Leaks": self._leaks(key, access, doubt),
        }
        if table.columns:
            properties["Columns"] = list(table.columns)
        if self._tool is not None:
            properties["MigrationTool"] = self._tool
        if table.parents:
            properties["PartitionOf" if table.partition else "Inherits"] = table.parents[-1]
        through = access.only_through(key)
        if through:
            properties["ReachedThrough"] = through
        tenant = self._tenant(key, access)
        if tenant is not None:
            properties |= {"Tenant": tenant, "SchemaPerTenant": True}
        published = [
            name
            for name, tables in access.catalogue.publications.items()
            if tables is None or {key, *table.parents} & {*tables}
        ]
        if published:
            properties["Publications"] = published
        return _resource(TABLE, key, table.place, properties)

    def _runner(self, key: str, table: Table) -> object:
        """Who owns what nobody is given: whoever ran the file, and so no role that it makes or grants the table."""
        granted = self.catalogue.privileges.granted.get(key, {})
        for name, role in self.catalogue.roles.items():
            here = role.created and role.place.file is table.place.file
            if name not in _NOBODY and not here and not granted.get(name):
                return Unknown("undeclared", f"no statement says who owns `{key}`")
        return "CURRENT_USER"

    def _tenant(self, key: str, access: Access) -> object:
        """The tenant in whose schema a table is; unknown where these files make none of the schemas declared."""
        patterns = access.declared.schemas
        if not patterns:
            return None
        schemas = {each.partition(".")[0] for each in access.catalogue.tables}
        if key.startswith("public.") and not any(access.declared.tenant_of_schema(each) for each in schemas):
            told = f"no schema `{patterns[0]}` is made in these files: whether `{key}` is made in each is not seen"
            return Unknown("undeclared", told)
        return access.tenant_of(key)

    def _leaks(self, key: str, access: Access, doubt: Unknown | None) -> list[object]:
        leaks: list[object] = []
        unknown = doubt
        for each in ways_to(access, key):
            if isinstance(each, Leak):
                told = {"Role": each.role, "Command": each.command, "Statement": each.statement}
                leaks.append({**told, "Because": each.because})
            else:
                unknown = unknown or Unknown("evaluation-limit", each.why)
        return leaks if unknown is None else OpenList(leaks, unknown)

    def _role(self, name: str, role: Held, access: Access) -> Resource:
        def has(option: str) -> object:
            if option in role.says:
                return True
            if f"NO{option}" in role.says:
                return False
            elsewhere = Unknown("missing-file", f"the SQL that makes the role `{name}` was not read")
            return _sure(None, self._doubted_roles or (None if role.created else elsewhere))

        around: list[object] = []
        unknown = self._doubted_roles
        for each in bypasses_of(access, name):
            if isinstance(each, str):
                around.append({"Because": each})
            else:
                unknown = unknown or Unknown("missing-file", each.why)
        properties: dict[str, object] = {
            "Name": name,
            "BypassRls": has("BYPASSRLS"),
            "Superuser": has("SUPERUSER"),
            "MemberOf": list(role.memberships),
            "UsedByApplication": access.is_used(name),
            "SchemaPerTenant": bool(access.declared.schemas),
            "Bypasses": around if unknown is None else OpenList(around, unknown),
        }
        return _resource(ROLE, name, role.place, properties)


def _changes(function: Function) -> bool:
    return isinstance(function.body, str) and matters(function.body)


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


def _resource(kind: str, name: str, place: Place, properties: dict[str, object]) -> Resource:
    names = Names(name, None)
    return Resource(
        address=f"{place.file.path}#{kind.rpartition('::')[2].lower()}/{name}",
        type=kind,
        logical_id=name,
        fields={"Type": kind, "Properties": properties},
        source=place,
        exists=always,
        names=lambda _: names,
    )


__all__ = ["GRANT", "ROLE", "TABLE", "Missed", "Schema", "SqlFile", "schema_of"]
