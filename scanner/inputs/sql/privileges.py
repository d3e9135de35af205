"""Who is granted what: on relations, functions and schemas, now and by default, and which roles are members of which.

From the PostgreSQL documentation: GRANT, REVOKE, ALTER DEFAULT PRIVILEGES, "Role Membership" and "Predefined Roles".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import field, replace

from scanner.base.record import mutable
from scanner.inputs.sql.held import Granted, Held
from scanner.inputs.sql.said import Grant, Membership, Name, Role
from scanner.inputs.sql.source import Place

_ALL_TABLES, _ALL_FUNCTIONS = "ALL TABLES IN SCHEMA ", "ALL FUNCTIONS IN SCHEMA "
_SERVER = "pg_bootstrap"  # the superuser that was there first gives what goes with CREATE ROLE
_BY = " by "  # between a privilege and who gave it, where that was not the owner
_EACH = {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}
OWN = "pg_catalog"
# Values of the rows of every table, as ANALYZE leaves them (documentation of the catalogues `pg_statistic` and
# `pg_statistic_ext_data`): no policy holds for them.
STATISTICS = (f"{OWN}.pg_statistic", f"{OWN}.pg_statistic_ext_data")
# What predefined roles may do on every relation, and in every schema.
_EVERYWHERE = {"pg_read_all_data": {"SELECT"}, "pg_write_all_data": {"INSERT", "UPDATE", "DELETE"}}


@mutable
class Privileges:
    """`told` are grants as they were written, `granted` what each relation got by them, `usable` each schema.

    `callable` are the roles that may call a function, which PUBLIC may at first. `defaults` are what relations,
    functions and schemas get that are made later: by kind, the schema they are made in, and the role that makes them.
    """

    roles: dict[str, Held] = field(default_factory=dict)
    told: list[Granted] = field(default_factory=list)
    granted: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    callable: dict[str, set[str]] = field(default_factory=dict)
    usable: dict[str, dict[str, set[str]]] = field(default_factory=lambda: {"public": {"public": {"USAGE"}}})
    servers: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    defaults: dict[tuple[str, str | None, str | None], dict[str, set[str]]] = field(default_factory=dict)
    _uncallable: set[str | None] = field(default_factory=set)

    def above(self, role: str) -> list[str]:
        """The role and those that it is a member of, directly or not, in whatever way."""
        return self._closure(role, lambda held, each: held.inherits(each) or each.settable or each.admin)

    def becomes(self, role: str) -> list[str]:
        """The role and those that it can take on by SET ROLE; who may administer a membership may give itself that.

        To administer one it is enough to have the rights of a role that may (`select_best_admin` of the server).
        """
        found = self._closure(role, lambda _, each: each.settable or each.admin)
        for one in found:  # which grows meanwhile
            for above in self.has_rights_of(one):
                held = self.roles.get(above)
                for name, each in held.memberships.items() if held is not None else ():
                    if each.admin and name not in found:
                        more = self._closure(name, lambda _, each: each.settable or each.admin)
                        found += [each for each in more if each not in found]
        return found

    def has_rights_of(self, role: str) -> list[str]:
        """The role and those whose privileges it has without taking them on."""
        return self._closure(role, lambda held, each: held.inherits(each))

    def on(self, role: str, key: str) -> set[str]:
        """What the role has on a relation as it is: by itself, by inheritance and by PUBLIC; ALL stands for each."""
        held = self.granted.get(key, {})
        names = self.has_rights_of(role)
        words = {relation_word(word) for each in (*names, "public") for word in held.get(each, ())}
        return words.union(*(_EVERYWHERE[each] for each in names if each in _EVERYWHERE))

    def members(self, said: Grant, place: Place) -> None:
        """Memberships that are given or taken."""
        for name in said.to:
            role = self.roles.setdefault(name, Held(place, created=False))
            for above in said.privileges:
                given = role.given.setdefault(above, {})
                before = given.get(said.grantor)
                if said.taken and not said.membership.said:
                    given.pop(said.grantor, None)
                elif not said.taken or before is not None:
                    given[said.grantor] = _joined(before, said.membership, role)
                _hold(role, above)

    def make(self, said: Role, place: Place, by: str | None = None) -> None:
        """A role that is made or changed; who makes it with CREATEROLE may administer it (CREATE ROLE, from 16 on)."""
        maker = self.roles.get(by or "")
        if said.new and maker is not None and "SUPERUSER" not in maker.says:
            maker.given.setdefault(said.name, {})[_SERVER] = Membership(inherits=False, settable=False, admin=True)
            _hold(maker, said.name)
        place.secrets += said.secrets
        role = self.roles.setdefault(said.name, Held(place, created=said.new))
        role.created = role.created or said.new
        role.place.secrets += said.secrets
        for each in said.says:
            role.says.discard(each.removeprefix("NO") if each.startswith("NO") else f"NO{each}")
            role.says.add(each)
        for above in said.members_of:
            role.given.setdefault(above, {})[None] = Membership()
            _hold(role, above)
        for name in said.members:
            member = self.roles.setdefault(name, Held(place, created=False))
            member.given.setdefault(said.name, {})[None] = Membership()
            _hold(member, said.name)

    def drop(self, names: Iterable[str]) -> None:
        """Roles that are dropped."""
        for name in names:
            self.roles.pop(name, None)
            for role in self.roles.values():
                role.memberships.pop(name, None)
                role.given.pop(name, None)

    def grant(
        self, said: Grant, place: Place, keys: Callable[[Grant], Iterable[str]], key: Callable[[Name], str]
    ) -> None:
        """A GRANT or REVOKE; `keys` are what it is on, `key` names one of them."""
        if said.of.startswith("default "):
            kind = said.of.removeprefix("default ")
            each_of = {"schemas": {"USAGE", "CREATE"}, "functions": {"EXECUTE"}}.get(kind, _EACH)
            _give(self.defaults.setdefault((kind, said.schema, said.by), {}), said, each_of)
            # What PUBLIC has from the start is taken for all schemas or not at all (ALTER DEFAULT PRIVILEGES).
            if kind == "functions" and "public" in said.to and said.schema is None:
                self._uncallable.add(said.by) if said.taken else self._uncallable.discard(said.by)
        elif said.of in ("schemas", "servers"):
            for each in said.on:
                name = each.name if isinstance(each, Name) else each
                held = self.usable if said.of == "schemas" else self.servers
                _give(held.setdefault(name, {}), said, {"USAGE", "CREATE"})
        elif not said.on:
            self.members(said, place)
        else:
            self._tell(said, place, key)
            for one in keys(said):
                self.give(one, said)

    def give(self, key: str, said: Grant) -> None:
        """What a GRANT or REVOKE does to one relation or function."""
        if "functions" in said.of:
            callers = self.callable.setdefault(key, set())
            callers.difference_update(said.to) if said.taken else callers.update(said.to)
        else:
            _give(self.granted.setdefault(key, {}), said, _EACH)

    def by_default(self, key: str, kind: str, maker: str | None) -> None:
        """What a new relation, function or schema gets; `maker` is None for whoever runs the files."""
        if kind == "functions" and key not in self.callable:
            self.callable[key] = set() if {None, "current_user", maker} & self._uncallable else {"public"}
        schema = key.partition(".")[0]
        for (of, within, by), given in self.defaults.items():
            if of == kind and within in (None, schema) and (by in (None, "current_user", maker) or maker is None):
                for name, words in given.items():
                    if kind == "functions":
                        self.callable[key] |= {name} if words else set()
                    else:
                        held = self.usable if kind == "schemas" else self.granted
                        held.setdefault(key, {}).setdefault(name, set()).update(words)

    def _closure(self, role: str, follows: Callable[[Held, Membership], bool]) -> list[str]:
        found, waiting = [role], [role]
        while waiting:
            held = self.roles.get(waiting.pop())
            for name, each in held.memberships.items() if held is not None else ():
                if name not in found and held is not None and follows(held, each):
                    found.append(name)
                    waiting.append(name)
        return found

    def _tell(self, said: Grant, place: Place, key: Callable[[Name], str]) -> None:
        if "functions" in said.of:
            return
        for each in said.on:
            on = each if isinstance(each, str) else key(each)
            if said.taken:
                self._revoke(on, said)
            else:
                words = list(dict.fromkeys(map(relation_word, said.privileges)))
                self.told.append(Granted(place, on, words, list(said.to)))

    def _revoke(self, on: str, said: Grant) -> None:
        taken = {*said.privileges}
        for grant in [each for each in self.told if each.on == on]:
            for name in [each for each in grant.to if each in said.to]:
                left = [] if "ALL" in taken else [each for each in grant.privileges if each not in taken]
                grant.to.remove(name)
                if left:
                    self.told.append(Granted(grant.place, on, left, [name]))
        self.told = [each for each in self.told if each.to]


def _joined(before: Membership | None, said: Membership, role: Held) -> Membership:
    """What a GRANT makes of a membership that is there: options that it does not name stay as they were."""
    if before is not None:
        changed = {"inherit": "inherits", "set": "settable", "admin": "admin"}
        return replace(before, **{changed[each]: getattr(said, changed[each]) for each in said.said if each in changed})
    # Before 16, what was inherited once may be no longer: then less is reached.
    kept = said.inherits is None and "NOINHERIT" not in role.says
    return replace(said, inherits=True) if kept else said


def _hold(role: Held, above: str) -> None:
    """What a role has of another by all who gave it."""
    several = [*role.given.get(above, {}).values()]
    if not several:
        role.memberships.pop(above, None)
        return
    said = [each.inherits for each in several]
    inherits = True if True in said else None if None in said else False
    role.memberships[above] = Membership(
        inherits, any(each.settable for each in several), any(each.admin for each in several)
    )


def relation_word(word: str) -> str:
    """The privilege without the column that it is on, and without who gave it."""
    return word.partition(_BY)[0].partition(" of ")[0]


def named_in(said: Grant, schema: str) -> bool:
    """Whether a GRANT is on all relations or functions of this schema."""
    return any(isinstance(each, str) and each in (_ALL_TABLES + schema, _ALL_FUNCTIONS + schema) for each in said.on)


def _give(held: dict[str, set[str]], said: Grant, each: set[str]) -> None:
    words, by = {*said.privileges}, f"{_BY}{said.grantor}" if said.grantor is not None else ""
    for name in said.to:
        # Who gave it takes it, the owner for himself (documentation of REVOKE).
        others = {word for word in held.get(name, ()) if word.partition(_BY)[2] != (said.grantor or "")}
        before = {word.partition(_BY)[0] for word in held.get(name, set()) - others}
        if not said.taken:
            left = before | words
        elif "ALL" in words:
            left = set()
        else:
            # What is taken of a relation is taken of its columns, not the other way round (documentation of REVOKE).
            whole = {word for word in words if " of " not in word}
            left = (before | each) - {"ALL"} if whole and "ALL" in before else before
            left = {word for word in left if word not in words and relation_word(word) not in whole}
        held[name] = others | {word + by for word in left}
        if said.taken and said.cascade:
            for given in held.values():
                given.difference_update([word for word in given if word.endswith(f"{_BY}{name}")])
        if not held[name]:
            held.pop(name)


__all__ = ["OWN", "STATISTICS", "Privileges", "named_in", "relation_word"]
