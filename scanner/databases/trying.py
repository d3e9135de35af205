"""What is said of a database's rows, held against a throwaway server: each leak is run, and what is run is compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from scanner.base.record import mutable, record
from scanner.databases.building import FILLER, Built, Skipped, build, closing, prepare, quoted
from scanner.databases.constants import constants_of
from scanner.databases.reaching import Database, Reached, Session, reached
from scanner.databases.rows import Filled, fill
from scanner.databases.server import installed, started
from scanner.inputs.sql.access import Access
from scanner.inputs.sql.bypasses import bypasses_of
from scanner.inputs.sql.declared import Declared
from scanner.inputs.sql.migrations import folder_of, ordered
from scanner.inputs.sql.other_ways import ways_to
from scanner.inputs.sql.schema import Schema
from scanner.inputs.sql.source import SqlFile
from scanner.inputs.sql.ways import Leak, Open

ANYBODY = "tenantproof_application"
"""A role that stands for the application where the files name none."""
_TAKEN = 16  # where no version is declared
_SUPERUSERS = {"postgres", "rdsadmin", "rds_superuser", "supabase_admin"}  # of the server, which no file makes
_UNBOUND = {"BYPASSRLS", "SUPERUSER"}
Outcome = Literal["executed", "not shown", "shown", "contradicted"]


@record
class Tried:
    """One thing that was said, or seen, of a role.

    `executed`: a leak that was said, by the statement that ran. `not shown`: one that none showed. `shown`: what
    was not decided leaks. `contradicted`: nothing was said of what ran, which is an error of ours.
    """

    outcome: Outcome
    role: str
    text: str


@mutable
class Trial:
    """Of one folder's files. `left_out` are tables in which no two tenants' rows could be put."""

    folder: str
    version: int
    tried: list[Tried]
    left_out: list[str]
    skipped: list[Skipped]


def databases_in(paths: Sequence[Path]) -> list[tuple[Path, list[Path], str | None]]:
    """The folders of these files, each with its files in the order in which their tool runs them, and the tool."""
    folders: dict[Path, list[Path]] = {}
    for path in paths:
        folders.setdefault(Path(folder_of(path)), []).append(path)
    found = []
    for folder, several in folders.items():
        order = ordered(several)
        found.append((folder, [several[at] for at in order.files], order.tool))
    return found


def try_database(
    folder: str, files: Sequence[SqlFile], declared: Declared, tool: str | None, version: int | None = None
) -> Trial:
    """Raises MissingExtraError and ServerFailedError."""
    schema = Schema(tool)
    for file in files:
        schema.run(file)
    access = schema.access(declared)
    made = {name for name, role in access.catalogue.roles.items() if role.created}
    spoken = {*access.catalogue.roles, *access.readers.reached, *declared.roles} - {"public", "current_user"} - made
    for table in access.catalogue.tables.values():
        named = {role for policy in table.policies.values() for role in policy.roles or ()} | {table.owner or "public"}
        spoken |= named - {"public", "current_user"} - made - _SUPERUSERS
    chosen = version or access.declared.version or (_TAKEN if _TAKEN in installed() else None)
    with started(chosen) as server:
        prepare(server)
        built = build(server, files, [*sorted(each for each in spoken if not each.startswith("pg_")), ANYBODY])
        trial = Trial(folder, server.version, [], [], built.skipped)
        tables = _filled(server.connect(FILLER, built.database), access, files, trial)
        if tables:
            sessions = _sessions(access, built, tables)
            database = Database(server, built.database, tables)
            found = reached(database, sessions)
            if database.ended:
                trial.skipped.append(Skipped(folder, "the time was up: not every statement was tried"))
            trial.tried += _compared(access, schema, sessions, found)
    return trial


def _filled(connection: object, access: Access, files: Sequence[SqlFile], trial: Trial) -> list[Filled]:
    constants = constants_of(files)
    tables = []
    with closing(connection) as admin:
        for key, table in access.catalogue.tables.items():
            column = access.identity.column_of(key)
            if not table.enabled and not access.only_through(key):
                continue  # whatever is in it, the rule says that nothing keeps it apart
            ((there,),) = admin.run("SELECT to_regclass(:name)", name=".".join(map(quoted, key.split(".", 1))))
            filled = fill(admin, key, column, constants) if there and column is not None else None
            if filled is None:
                trial.left_out.append(key)
                continue
            tables.append(filled)
            if not any(access.catalogue.privileges.granted.get(key, {}).values()):
                grantees = ", ".join(quoted(each) for each in {ANYBODY, *access.declared.roles})
                schema = quoted(key.partition(".")[0])
                admin.run(f"GRANT USAGE ON SCHEMA {schema} TO {grantees}")
                admin.run(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {filled.name} TO {grantees}")
    return tables


def _sessions(access: Access, built: Built, tables: Sequence[Filled]) -> list[Session]:
    roles: dict[str, None] = {}
    for table in tables:
        for role in access.users(table.key) if access.catalogue.tables[table.key].enabled else ():
            roles[role or ANYBODY] = None
    return [Session(role, access.identity.setting, tables[0].own) for role in roles if role in built.roles]


def _compared(access: Access, schema: Schema, sessions: Sequence[Session], found: Sequence[Reached]) -> list[Tried]:
    tried: list[Tried] = []
    for session in sessions:
        role = None if session.role == ANYBODY else session.role
        said: list[Leak | Open] = []
        for key, table in access.catalogue.tables.items():
            if table.enabled:
                said += [each for each in ways_to(access, key) if isinstance(each, Open) or _is_of(each, role)]
        around = list(bypasses_of(access, role)) if role is not None else []
        unread = bool(schema.missed) or any(isinstance(each, Open) for each in (*said, *around))
        ran = [each for each in found if each.role == session.role]
        leaks = [each for each in said if isinstance(each, Leak)]
        bypassed = [each for each in around if isinstance(each, str)]
        held = access.catalogue.roles.get(role or "")
        bypassed += [f"it has {each}" for each in sorted(_UNBOUND & held.says)] if held is not None else []
        name = role or "an application's role"
        shown: set[int] = set()
        for leak in leaks:
            by = next((each for each in ran if _shows(each, leak)), None)
            if by is not None:
                tried.append(Tried("executed", name, f"{_told(by)}: {leak.because}"))
                shown.update(at for at, each in enumerate(ran) if _shows(each, leak))
            else:
                tried.append(Tried("not shown", name, leak.because))
        rest = [each for at, each in enumerate(ran) if at not in shown]
        if rest and not leaks:
            outcome: Outcome = "executed" if bypassed else "shown" if unread else "contradicted"
            why = f": {bypassed[0]}" if bypassed else ""
            tried.append(Tried(outcome, name, _told(rest[0]) + why))
    return tried


def _is_of(leak: Leak, role: str | None) -> bool:
    return leak.role == (role or "an application's role")


def _shows(ran: Reached, leak: Leak) -> bool:
    if leak.statement.startswith(("SELECT * FROM ", "SELECT ")) and leak.command == "SELECT":
        return ran.command == "SELECT" and ran.key in leak.statement
    return ran.command == leak.command and ran.key in leak.statement


def _told(ran: Reached) -> str:
    when = {"set": "", "missing": " where the session's tenant was never set", "empty": " where it is empty"}[ran.case]
    first = f"SET ROLE {ran.by}; " if ran.by is not None else ""
    return f"`{first}{ran.statement}` reached rows of another tenant{when}"


__all__ = ["ANYBODY", "Trial", "Tried", "databases_in", "try_database"]
