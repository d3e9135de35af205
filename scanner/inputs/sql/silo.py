"""A schema for each tenant: which roles of others reach what is in it.

PostgreSQL documentation, "Schemas and Privileges": a table is reached with USAGE on its schema and a privilege on the
table, its owner needs neither grant; whoever owns a schema may drop what is in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanner.inputs.sql.access import COMMANDS, Access, statement_of
from scanner.inputs.sql.held import Table
from scanner.inputs.sql.privileges import relation_word
from scanner.inputs.sql.ways import Leak, Open

Asked = tuple[str | None, Sequence[Leak | Open]]


def into_silo(access: Access, key: str, table: Table, tenant: str) -> Iterator[Asked]:
    """The roles of other tenants, with what they can do to this table themselves; None is one that nothing names."""
    yield None, [*_by_public(access, key)]
    near = {*access.near(key)}
    by_others = access.is_read_otherwise(key)
    for role in access.named() if by_others else sorted(near):
        others = _others(access, role, tenant)
        if others is not None:
            yield role, [*_by_role(access, key, table, role, others)] if role in near else []


def _others(access: Access, role: str, tenant: str) -> str | None:
    """Whose sessions use the role, if not only those of this tenant, in words; None where it is not asked about."""
    declared, catalogue = access.declared, access.catalogue
    if declared.tenant_of_role(role) is not None:
        own = declared.tenant_of_role(role)
        return None if own == tenant else f"a role of the tenant `{own}`"
    if declared.roles:
        return "which every tenant's sessions use" if role in declared.roles else None
    if declared.own_role:
        return None  # it is said which roles sessions use
    held = catalogue.roles.get(role)
    if held is not None and "SUPERUSER" in held.says:
        return None  # the rule speaks of the role itself
    entered = access.entered(role)
    if not entered:
        return "which acts for nobody that is declared"
    if entered <= {tenant}:
        return None
    owned = access.owned(role)
    if len(owned) > 1:
        return None  # it owns the tables of several tenants: migrations run as it
    if len(entered) > 1 and tenant in entered:
        mine = declared.tenant_of_schema(role) or next(iter(owned), None)
        if mine == tenant:
            return None
        return f"a role of the tenant `{mine}`" if mine is not None else "which sessions of several tenants use"
    return f"a role of the tenant `{min(entered)}`" if len(entered) == 1 else "a role of other tenants"


def _by_role(access: Access, key: str, table: Table, role: str, others: str) -> Iterator[Leak | Open]:
    seen: set[str] = set()
    for each in access.catalogue.privileges.becomes(role):
        for command in sorted(access.words(each, key) - seen):
            bound = table.enabled and command in COMMANDS and not access.is_unbound(each, key)
            if command not in (*COMMANDS, "TRUNCATE", "DROP") or bound:
                continue
            seen.add(command)
            first = "" if each == role else f"SET ROLE {each}; "
            statement = {"TRUNCATE": f"TRUNCATE {key}", "DROP": f"DROP TABLE {key}"}.get(command) or statement_of(
                command, key
            )
            verb = COMMANDS.get(command, "remove")
            yield Leak(role, command, first + statement, f"`{role}`, {others}, can {verb} the rows of {key}")
    if table.enabled:
        yield from access.by_policies(key, role)


def _by_public(access: Access, key: str) -> Iterator[Leak | Open]:
    catalogue = access.catalogue
    schema = key.partition(".")[0]
    usable = catalogue.privileges.usable.get(schema, {}).get("public", set())
    words = {relation_word(each) for each in catalogue.privileges.granted.get(key, {}).get("public", ())}
    if usable & {"USAGE", "ALL"} and words and not catalogue.tables[key].enabled:
        command = "SELECT" if words & {"SELECT", "ALL"} else min(words)
        why = f"every role can reach the rows of {key}: PUBLIC has USAGE on {schema} and {command} on the table"
        yield Leak("PUBLIC", command, statement_of(command, key), why)


__all__ = ["into_silo"]
