"""Which roles reach which rows of other tenants, and by what statement.

PostgreSQL documentation: "Row Security Policies" and CREATE POLICY (permissive policies are joined by OR, restrictive
ones by AND; a superuser, a role with BYPASSRLS and an owner without FORCE are not bound; TRUNCATE is not subject to
them), CREATE VIEW (a view reads as its owner unless it is `security_invoker`), CREATE FUNCTION (SECURITY DEFINER).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from typing import Literal

from scanner.base.record import record
from scanner.inputs.sql.cans import NEVER, Can, Never, Perhaps, Surely, both, either
from scanner.inputs.sql.catalogue import Catalogue
from scanner.inputs.sql.conditions import holds
from scanner.inputs.sql.declared import Declared, Identity, identity_of
from scanner.inputs.sql.held import Table
from scanner.inputs.sql.parsing import Node
from scanner.inputs.sql.readers import Readers
from scanner.inputs.sql.said import Policy
from scanner.inputs.sql.sub_selects import Acting, Beside
from scanner.inputs.sql.values import Asked, Case
from scanner.inputs.sql.ways import Leak, Open

COMMANDS = {"SELECT": "read", "INSERT": "write", "UPDATE": "change", "DELETE": "remove"}
_SETS = "set_config"
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
    _entered: dict[str, frozenset[str]] = field(default_factory=dict)
    _owned: dict[str, frozenset[str]] = field(default_factory=dict)
    _near: dict[str, list[str]] = field(default_factory=dict)
    sets: bool = True
    by_key: dict[tuple[str, str, frozenset[str], str | None], Can] = field(default_factory=dict)
    """Whether a role may send a command that changes a key: asked again for each table that refers to it."""
    set_off: dict[tuple[str | None, str], frozenset[Literal["itself", "another"]]] = field(default_factory=dict)
    """With whose rights a relation is changed by what a role does: asked again for each table that a trigger names."""

    @classmethod
    def of(cls, catalogue: Catalogue, declared: Declared) -> Access:
        """What is declared, with the rest taken from the policies."""
        sets = any(_SETS in each for each in _texts(catalogue))
        access = cls(catalogue, declared, identity_of(catalogue, declared), Readers.of(catalogue), sets=sets)
        if declared.schemas:
            access._index()
        return access

    def entered(self, role: str) -> frozenset[str]:
        """The tenants whose tables a role, or one that it can take on, may reach."""
        return self._entered.get(role, frozenset())

    def near(self, key: str) -> list[str]:
        """The roles that may reach a table of a tenant's schema themselves."""
        return self._near.get(key, [])

    def owned(self, role: str) -> frozenset[str]:
        """The tenants of whose tables a role owns some."""
        return self._owned.get(role, frozenset())

    def is_read_otherwise(self, key: str) -> bool:
        """Whether a view, function, rule or trigger may lead to the table."""
        readers = self.readers
        named = (readers.views, readers.functions, readers.indirect)
        acts = any({each.deletes, each.updates} & {*"cnd"} for each in self.catalogue.tables[key].foreign)
        return bool(readers.any_table or self.catalogue.attached or acts or any(key in each for each in named))

    def may_use(self, role: str, key: str) -> set[str]:
        """What a role may do to a table or view without taking on another: by grants, and as the owner of a view."""
        words = self.catalogue.privileges.on(role, key)
        view = self.catalogue.views.get(key)
        if view is not None and view.owner is not None and view.owner in self.catalogue.privileges.has_rights_of(role):
            return words | {"ALL"}
        return words

    def words(self, role: str, key: str) -> set[str]:
        """What a role may do to a table as it is: by grants, as its owner, and as the owner of its schema."""
        privileges, table = self.catalogue.privileges, self.catalogue.tables[key]
        schema = key.partition(".")[0]
        held = self.catalogue.schemas.get(schema)
        names = privileges.has_rights_of(role)
        if not self.enters(role, schema):
            return set()
        if table.owner is not None and table.owner in names:
            return {*COMMANDS, "TRUNCATE"}
        words = privileges.on(role, key)
        if "ALL" in words:
            words = {*COMMANDS, "TRUNCATE"}
        if held is not None and held.owner is not None and held.owner in names:
            words = words | {"DROP"}
        return words

    def _index(self) -> None:
        """Which role may reach which tenants' tables, found once: asking all roles of all tables takes minutes."""
        privileges = self.catalogue.privileges
        by_name: dict[str, list[str]] = {}
        tables = [key for key in self.catalogue.tables if self.tenant_of(key) is not None]
        for key in tables:
            schema = self.catalogue.schemas.get(key.partition(".")[0])
            owners = {self.catalogue.tables[key].owner, schema.owner if schema is not None else None} - {None}
            owner = self.catalogue.tables[key].owner
            if owner is not None:
                self._owned[owner] = self.owned(owner) | {str(self.tenant_of(key))}
            for name in {*privileges.granted.get(key, {}), *owners}:
                by_name.setdefault(str(name), []).append(key)
        for role in self.named():
            names = self.reaches(role)
            everywhere = any(each.startswith("pg_") for each in names)
            found = tables if everywhere else {key: 0 for each in (*names, "public") for key in by_name.get(each, ())}
            reached = [key for key in found if any(self.words(each, key) for each in privileges.becomes(role))]
            self._entered[role] = frozenset(str(self.tenant_of(key)) for key in reached)
            for key in reached:
                self._near.setdefault(key, []).append(role)

    def tenant_of(self, key: str) -> str | None:
        """The tenant in whose schema the table is."""
        return self.declared.tenant_of_schema(key.partition(".")[0])

    def users(self, key: str) -> list[str | None]:
        """The roles by which the application uses a table; None for one that nothing names."""
        if self.declared.roles:
            return list(self.declared.roles)
        found: list[str | None] = [
            role for role in self.named() if self._is_granted(role, key) and not self.is_unbound(role, key)
        ]
        if found or self.only_through(key):
            return found
        # Grants are elsewhere: whoever PUBLIC stands for, and those that the policies name.
        policies = self.catalogue.tables[key].policies.values()
        named = {role for policy in policies for role in policy.roles or ()} - {"public", "current_user"}
        return [None, *sorted(role for role in named if not self.is_unbound(role, key))]

    def only_through(self, key: str) -> list[str]:
        """The tables through which alone this one's rows are reached: a partition that nobody is granted.

        A query of a partitioned table, or of one that others inherit from, is bound by that table's policies (CREATE
        POLICY); empty where a role may name this table itself.
        """
        table = self.catalogue.tables[key]
        granted = self.catalogue.privileges.granted
        parents = [each for each in table.parents if any(granted.get(each, {}).values()) and self._is_asked(each)]
        direct = any(words for role, words in granted.get(key, {}).items() if role != table.owner)
        elsewhere = any(
            not any(self.catalogue.privileges.on(role, each) for each in parents) for role in self.declared.roles
        )
        return [] if direct or elsewhere else parents

    def above(self, key: str) -> list[str]:
        """The tables through which its rows are read, too, near and far."""
        found: list[str] = []
        waiting = [key]
        while waiting:
            table = self.catalogue.tables.get(waiting.pop())
            more = [each for each in table.parents if each not in found] if table is not None else []
            found += more
            waiting += more
        return found

    def _is_asked(self, key: str) -> bool:
        """Whether row-level security is asked of a table: it has it, or a tenant's column."""
        table = self.catalogue.tables.get(key)
        return table is None or bool(table.enabled) or not table.columns or self.identity.column_of(key) is not None

    def is_used(self, role: str) -> bool:
        """Whether the application is to be taken as logging in as this role."""
        if self.declared.roles:
            return role in self.declared.roles
        reached = self.readers.reached | self.readers.called
        if set(self.reaches(role)) & reached:
            return True
        held = self.catalogue.roles.get(role)
        bound = held is not None and "LOGIN" in held.says and "SUPERUSER" not in held.says
        return "public" in reached and bound and not any(each.owner == role for each in self.catalogue.tables.values())

    def reaches(self, role: str) -> list[str]:
        """The role and those whose privileges it has, or would have after a SET ROLE."""
        privileges = self.catalogue.privileges
        return list(dict.fromkeys(each for one in privileges.becomes(role) for each in privileges.has_rights_of(one)))

    def enters(self, role: str, schema: str) -> bool:
        """Whether a role may use what is in a schema; one that other files make may be granted that there."""
        catalogue = self.catalogue
        held, made = catalogue.roles.get(role), catalogue.schemas.get(schema)
        granted = catalogue.privileges.usable.get(schema, {})
        names = catalogue.privileges.has_rights_of(role)
        if any({"USAGE", "ALL"} & granted.get(each, set()) for each in (*names, "public")):
            return True
        if made is None or not made.created:
            return schema != "public"
        if held is None or not held.created or "SUPERUSER" in held.says or made.owner in names:
            return True
        return bool({"pg_read_all_data", "pg_write_all_data"} & {*names})

    def does(self, key: str, command: str, acting: Acting, *, new_row: bool, own: bool = False) -> Can:
        """Whether the policies let a command at rows of other tenants, found or left; if `own`, at the session's."""
        return self._decide(key, command, acting, new_row=new_row, own=own)[0]

    def is_unbound(self, role: str, key: str) -> bool:
        """Whether policies of the table surely do not hold for the role itself."""
        table = self.catalogue.tables[key]
        held = self.catalogue.roles.get(role)
        says = held.says if held is not None else set()
        return bool({"SUPERUSER", "BYPASSRLS"} & says) or table.owner == role

    def asked(
        self,
        table: Table,
        key: str,
        case: Case,
        acting: Acting,
        names: Sequence[str] = (),
        *,
        own: bool = False,
    ) -> Asked:
        """The question of a condition: a row of another tenant in this table, in a session of this kind."""
        return Asked(
            self.identity.column_of(key),
            self.identity.setting,
            case,
            acting.user,
            self.declared.own_role,
            frozenset((*key.split("."), *names)),
            table.columns,
            self.identity.functions,
            frozenset(self.catalogue.operators),
            sets=self.sets,
            login=acting.login,
            own=own,
            beside=Beside(self, key, acting),
        )

    def named(self) -> list[str]:
        """Roles that are made or granted something."""
        return sorted({*self.catalogue.roles, *self.readers.reached} - {"public", "current_user"})

    def _is_granted(self, role: str, key: str) -> bool:
        has = any(self.catalogue.privileges.on(each, key) for each in self.catalogue.privileges.becomes(role))
        others = (self.readers.viewed | self.readers.called) & {*self.reaches(role), "public"}
        return (has or bool(others)) and self.is_used(role)

    def by_policies(self, key: str, role: str | None) -> Iterator[Leak | Open]:
        """What policies and the lack of them let a role do; None is a role that nothing names."""
        privileges = self.catalogue.privileges
        name = role or "an application's role"
        acting = [role] if role is None else privileges.becomes(role)
        schema = key.partition(".")[0]
        words: dict[str | None, set[str]] = {
            each: {*COMMANDS} if each is None else privileges.on(each, key) if self.enters(each, schema) else set()
            for each in acting
        }
        if role in self.declared.roles and not any(words.values()):
            words[role] = {*COMMANDS}  # its grants are elsewhere
        for each in acting:
            if "ALL" in words[each]:
                words[each] = {*COMMANDS, "TRUNCATE"}
        if any("TRUNCATE" in each for each in words.values()):
            why = f"`{name}` can remove the rows of every tenant: no policy holds for TRUNCATE"
            yield Leak(name, "TRUNCATE", f"TRUNCATE {key}", why)
        if self.declared.own_role and any("TRIGGER" in each for each in words.values()):
            yield Open(f"what a trigger does that `{name}` may make on {key} rests on what it is")
        for command in COMMANDS:
            for each in acting:
                found = self._commanded(key, command, each, name) if command in words[each] else None
                if found is not None:
                    yield found
                    break

    def _commanded(self, key: str, command: str, role: str | None, name: str) -> Leak | Open | None:
        verb = COMMANDS[command]
        acting = Acting(role, role, None if role is None else name)
        for new_row in (False, True):
            if (command == "INSERT" and not new_row) or (command in ("SELECT", "DELETE") and new_row):
                continue
            found = [self._in_case(key, command, acting, each, new_row=new_row) for each in _CASES]
            can, why = next((each for each in found if isinstance(each[0], Surely)), (NEVER, ""))
            if isinstance(can, Surely):
                return Leak(name, command, statement_of(command, key), f"`{name}` can {verb} {why}")
            can, why = next((each for each in found if isinstance(each[0], Perhaps)), (NEVER, ""))
            if isinstance(can, Perhaps):
                return Open(f"whether `{name}` can {verb} {why} rests on {can.term}")
        return None

    def _in_case(
        self, key: str, command: str, acting: Acting, case: tuple[Case, str], *, new_row: bool
    ) -> tuple[Can, str]:
        """In one kind of session: an UPDATE needs a row that it finds, and one that it may leave."""
        can, why = self._decide(key, command, acting, new_row=new_row, cases=(case,))
        if command == "UPDATE" and not isinstance(can, Never):
            beside = self._any_row(key, acting, new_row=not new_row, cases=(case,))
            can = NEVER if isinstance(beside, Never) else beside if isinstance(beside, Perhaps) else can
        return can, why

    def leaves(self, key: str, acting: Acting) -> Can:
        """Whether an UPDATE may leave any row at all, of another tenant or of the session's."""
        return self._any_row(key, acting, new_row=True, cases=_CASES)

    def _any_row(self, key: str, acting: Acting, *, new_row: bool, cases: Sequence[tuple[Case, str]]) -> Can:
        return either(
            self._decide(key, "UPDATE", acting, new_row=new_row, own=own, cases=cases)[0] for own in (False, True)
        )

    def _decide(
        self,
        key: str,
        command: str,
        acting: Acting,
        *,
        new_row: bool,
        own: bool = False,
        cases: Sequence[tuple[Case, str]] = _CASES,
    ) -> tuple[Can, str]:
        role, table = acting.role, self.catalogue.tables[key]
        # CURRENT_USER is whoever runs the files, and what nothing names may be the same.
        rights = self.catalogue.privileges.has_rights_of(role) if role is not None else ("current_user",)
        names = {"public", *rights}
        policies = [
            each
            for each in table.policies.values()
            if (each.command in (None, "ALL", command)) and names & set(each.roles or ("public",))
        ]
        worst: tuple[Can, str] = (NEVER, "")
        acting = replace(acting, bound=True)
        for case, when in cases:
            asked = self.asked(table, key, case, acting, own=own)
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


def _texts(catalogue: Catalogue) -> Iterator[str]:
    """What conditions and bodies say, as text."""
    for table in catalogue.tables.values():
        yield from (str((each.condition, each.check_condition)) for each in table.policies.values())
    yield from (str(view.query) for view in catalogue.views.values())
    yield from (str(held.function.body) for several in catalogue.functions.values() for held in several)


def statement_of(command: str, key: str) -> str:
    """A statement that shows what a command can do to a table."""
    match command:
        case "INSERT":
            return f"INSERT INTO {key} … with another tenant's id"
        case "UPDATE":
            return f"UPDATE {key} SET …"  # noqa: S608  # shown to a person, never run
        case "DELETE":
            return f"DELETE FROM {key}"  # noqa: S608  # likewise
    return f"SELECT * FROM {key}"  # noqa: S608  # likewise


__all__ = ["COMMANDS", "Access", "Acting", "statement_of"]
