"""Which roles reach which rows of other tenants, and by what statement.

PostgreSQL documentation: "Row Security Policies" and CREATE POLICY (permissive policies are joined by OR, restrictive
ones by AND; a superuser, a role with BYPASSRLS and an owner without FORCE are not bound; TRUNCATE is not subject to
them), CREATE VIEW (a view reads as its owner unless it is `security_invoker`), CREATE FUNCTION (SECURITY DEFINER).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanner.base.record import record
from scanner.inputs.sql.catalogue import Catalogue, Table
from scanner.inputs.sql.conditions import NEVER, Can, Never, Perhaps, Surely, both, either, holds
from scanner.inputs.sql.declared import Declared, Identity, identity_of
from scanner.inputs.sql.parsing import Node
from scanner.inputs.sql.readers import Readers
from scanner.inputs.sql.said import Policy
from scanner.inputs.sql.values import Asked, Case
from scanner.inputs.sql.ways import Leak, Open

_COMMANDS = {"SELECT": "read", "INSERT": "write", "UPDATE": "change", "DELETE": "remove"}
_OWN_ROLES_ONLY = 16
_CASES: tuple[tuple[Case, str], ...] = (
    ("set", ""),
    ("missing", " when the session's tenant was never set"),
    ("empty", " when the session's tenant is empty"),
)


@record
class Access:
    """Decides for one database."""

    catalogue: Catalogue
    declared: Declared
    identity: Identity
    readers: Readers

    @classmethod
    def of(cls, catalogue: Catalogue, declared: Declared) -> Access:
        """What is declared, with the rest taken from the policies."""
        return cls(catalogue, declared, identity_of(catalogue, declared), Readers.of(catalogue))

    def users(self, key: str) -> list[str | None]:
        """The roles by which the application uses a table; None for one that nothing names."""
        if self.declared.roles:
            return list(self.declared.roles)
        found: list[str | None] = [
            role for role in self._named() if self._is_granted(role, key) and not self.is_unbound(role, key)
        ]
        if found:
            return found
        # Grants are elsewhere: whoever PUBLIC stands for, and those that the policies name.
        policies = self.catalogue.tables[key].policies.values()
        named = {role for policy in policies for role in policy.roles or ()} - {"public", "current_user"}
        return [None, *sorted(role for role in named if not self.is_unbound(role, key))]

    def is_used(self, role: str) -> bool:
        """Whether the application is to be taken as logging in as this role."""
        if self.declared.roles:
            return role in self.declared.roles
        reached = self.readers.reached
        if set(self.catalogue.above(role)) & reached:
            return True
        held = self.catalogue.roles.get(role)
        bound = held is not None and "LOGIN" in held.says and "SUPERUSER" not in held.says
        return "public" in reached and bound and not any(each.owner == role for each in self.catalogue.tables.values())

    def reads(self, key: str, table: Table, role: str | None) -> Can:
        """Whether the policies show this role rows of other tenants."""
        return self._decide(key, table, "SELECT", role, new_row=False)[0]

    def is_unbound(self, role: str, key: str) -> bool:
        """Whether policies of the table surely do not hold for the role itself."""
        table = self.catalogue.tables[key]
        held = self.catalogue.roles.get(role)
        says = held.says if held is not None else set()
        return bool({"SUPERUSER", "BYPASSRLS"} & says) or table.owner == role

    def around(self, role: str) -> Iterator[str | Open]:
        """Why a role is not bound by policies through the roles that it is a member of, or can make itself one of.

        Until PostgreSQL 15, CREATEROLE may grant any role that is no superuser (release notes of 16); where no version
        is declared, 16 is taken.
        """
        version = self.declared.version
        for each in self.catalogue.above(role) if version is not None and version < _OWN_ROLES_ONLY else ():
            made = self.catalogue.roles.get(each)
            if made is not None and "CREATEROLE" in made.says:
                yield f"`{each}` has CREATEROLE, and in PostgreSQL {version} may grant itself any role"
        for above in self.catalogue.above(role)[1:]:
            held = self.catalogue.roles.get(above)
            says = held.says if held is not None else set()
            for option in sorted({"BYPASSRLS", "SUPERUSER"} & says):
                yield f"it is a member of `{above}`, which has {option}: `SET ROLE {above}`"
            owned = [key for key, table in self.catalogue.tables.items() if table.owner == above]
            if owned:
                off = f"`ALTER TABLE {owned[0]} DISABLE ROW LEVEL SECURITY`"
                yield f"it is a member of `{above}`, which owns {owned[0]}: {off}"
            if (held is None or not held.created) and not above.startswith("pg_"):
                yield Open(f"the SQL that makes the role `{above}`, which `{role}` is a member of, was not read")

    def asked(self, table: Table, key: str, case: Case, role: str | None, names: Sequence[str] = ()) -> Asked:
        """The question of a condition: a row of another tenant in this table, in a session of this kind."""
        return Asked(
            self.identity.column_of(key),
            self.identity.setting,
            case,
            role,
            self.declared.own_role,
            frozenset((*key.split("."), *names)),
            table.columns,
            self.identity.functions,
        )

    def _named(self) -> list[str]:
        return sorted({*self.catalogue.roles, *self.readers.reached} - {"public", "current_user"})

    def _is_granted(self, role: str, key: str) -> bool:
        has = self.catalogue.privileges(role, key) or self.readers.viewed & {*self.catalogue.above(role), "public"}
        return bool(has) and self.is_used(role)

    def by_policies(self, key: str, table: Table, role: str | None) -> Iterator[Leak | Open]:
        """What policies and the lack of them let a role do; None is a role that nothing names."""
        words = {*_COMMANDS} if role is None else self.catalogue.privileges(role, key)
        name = role or "an application's role"
        acting = [role] if role is None else self.catalogue.above(role)
        if "ALL" in words:
            words = {*_COMMANDS, "TRUNCATE"}
        if role is not None and not words and role in self.declared.roles:
            words = {*_COMMANDS}  # its grants are elsewhere
        if "TRUNCATE" in words:
            why = f"`{name}` can remove the rows of every tenant: no policy holds for TRUNCATE"
            yield Leak(name, "TRUNCATE", f"TRUNCATE {key}", why)
        for command, verb in _COMMANDS.items():
            if command not in words:
                continue
            for each in acting:
                done = False
                for new_row in (False, True):
                    if (command == "INSERT" and not new_row) or (command in ("SELECT", "DELETE") and new_row):
                        continue
                    can, why = self._decide(key, table, command, each, new_row=new_row)
                    if isinstance(can, Surely):
                        yield Leak(name, command, _statement(command, key), f"`{name}` can {verb} {why}")
                        done = True
                    elif isinstance(can, Perhaps):
                        yield Open(f"whether `{name}` can {verb} {why} rests on {can.term}")
                        done = True
                    if done:
                        break
                if done:
                    break

    def _decide(self, key: str, table: Table, command: str, role: str | None, *, new_row: bool) -> tuple[Can, str]:
        # CURRENT_USER is whoever runs the files, and what nothing names may be the same.
        names = {"public", *(self.catalogue.above(role) if role is not None else ("current_user",))}
        policies = [
            each
            for each in table.policies.values()
            if (each.command in (None, "ALL", command)) and names & set(each.roles or ("public",))
        ]
        worst: tuple[Can, str] = (NEVER, "")
        for case, when in _CASES:
            asked = self.asked(table, key, case, role)
            shows = [(each, self._holds(each, asked, new_row=new_row)) for each in policies]
            permissive = [(each, can) for each, can in shows if each.permissive is not False and can is not None]
            narrowing = [can for each, can in shows if each.permissive is False and can is not None]
            can = both([either(can for _, can in permissive), *narrowing])
            if isinstance(can, Never):
                continue
            kinds = Surely if any(isinstance(shown, Surely) for _, shown in permissive) else Perhaps
            by = next(each for each, shown in permissive if isinstance(shown, kinds))
            text = (by.check if new_row else None) or by.using or ""
            told = f"rows of other tenants of {key}{when}: policy `{by.name}` ({text})"
            if isinstance(can, Surely):
                return can, told
            if isinstance(worst[0], Never):
                worst = (can, told)
        return worst

    def _holds(self, policy: Policy, asked: Asked, *, new_row: bool) -> Can | None:
        """None where the policy says nothing of this."""
        node: Node | None = policy.condition
        if new_row and policy.check_condition is not None:
            node = policy.check_condition
        if policy.command == "INSERT" and new_row:
            node = policy.check_condition
        if not policy.new and node is None:
            return Perhaps(f"the policy `{policy.name}`, whose SQL was not read")
        return None if node is None else holds(node, asked).true


def _statement(command: str, key: str) -> str:
    match command:
        case "INSERT":
            return f"INSERT INTO {key} … with another tenant's id"
        case "UPDATE":
            return f"UPDATE {key} SET …"  # noqa: S608  # shown to a person, never run
        case "DELETE":
            return f"DELETE FROM {key}"  # noqa: S608  # likewise
    return f"SELECT * FROM {key}"  # noqa: S608  # likewise


__all__ = ["Access"]
