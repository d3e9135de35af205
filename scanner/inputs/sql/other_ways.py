"""Ways to rows of other tenants, also with another's rights: views, SECURITY DEFINER functions, rules and triggers.

A materialized view keeps the rows that its owner saw when it was refreshed. What a rule adds to a command runs with the
rights of its relation's owner (documentation, "Rules and Privileges").
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.inputs.sql.access import COMMANDS, Access, statement_of
from scanner.inputs.sql.binding import bodies_in
from scanner.inputs.sql.cans import NEVER, Can, Never, Perhaps, Surely, either
from scanner.inputs.sql.held import Table
from scanner.inputs.sql.nodes import dotted
from scanner.inputs.sql.parsing import Node, NotUnderstoodError, parsed
from scanner.inputs.sql.privileges import STATISTICS
from scanner.inputs.sql.queries import Query
from scanner.inputs.sql.readers import relations_of
from scanner.inputs.sql.said import Function
from scanner.inputs.sql.set_off import set_off
from scanner.inputs.sql.silo import into_silo
from scanner.inputs.sql.straight_bodies import statements_of
from scanner.inputs.sql.through_keys import by_keys
from scanner.inputs.sql.through_views import by_ungranted_views, by_views, may
from scanner.inputs.sql.ways import Leak, Open


def ways_to(access: Access, key: str) -> Iterator[Leak | Open]:
    """Ways to rows of other tenants of a table; none where it is pooled and has no row-level security."""
    table = access.catalogue.tables[key]
    tenant = access.tenant_of(key)
    if tenant is not None:
        for role, direct in into_silo(access, key, table, tenant):
            yield from direct
            stands = role is None or access.entered(role) or access.declared.tenant_of_role(role) is not None
            for each in by_others(access, key, table, role):
                if isinstance(each, Open) or stands or role in access.declared.roles:
                    yield each
                else:
                    yield Open(f"for which tenant `{role}` acts is not declared: {each.because}")
        return
    if not table.enabled:
        return
    for role in access.users(key):
        yield from access.by_policies(key, role)
        yield from by_others(access, key, table, role)


def by_others(access: Access, key: str, table: Table, role: str | None) -> Iterator[Leak | Open]:
    """Ways with another's rights; None is a role that nothing names."""
    if role is not None:
        yield from by_views(access, key, table, role)
    yield from by_ungranted_views(access, key, table, role)
    yield from by_functions(access, key, table, role)
    yield from by_rules(access, key, table, role)
    yield from by_triggers(access, key, table, role)
    yield from by_keys(access, key, role)
    yield from by_parents(access, key, role)
    if table.enabled:
        yield from by_leakproof(access, key, role)
        yield from by_statistics(access, key, table, role)
        yield from by_conditions(access, key, table, role)


def by_functions(access: Access, key: str, table: Table, role: str | None) -> Iterator[Leak | Open]:
    """SECURITY DEFINER functions that the role may call."""
    catalogue = access.catalogue
    callers = {"public", *(access.reaches(role) if role is not None else ())}
    readers = access.readers
    indirect = {*readers.indirect.get(key, ())}
    for name in dict.fromkeys((*readers.functions.get(key, ()), *readers.any_table, *sorted(indirect))):
        if not callers & catalogue.privileges.callable.get(name, set()):
            continue
        if role is not None and not any(access.enters(each, name.partition(".")[0]) for each in _acting(access, role)):
            continue
        for held in catalogue.functions[name]:
            function = held.function
            if not function.definer or not function.called:
                continue
            query = Query(access, key, table, held.owner, held.owner, login=role)
            can = _called(query, function.body, function.language)
            reached = not isinstance(query.seen(reads=False), Never)
            if isinstance(can, Never) and name in indirect:
                can = Perhaps("a view or function that it uses")
            elif isinstance(can, Never) and reached and name in readers.any_table:
                can = Perhaps("what it runs or reads by a text, or in compiled code")
            elif isinstance(can, Never) and reached and access.declared.own_role and not _is_closed(function):
                can = Perhaps("where it finds what it names: it has no search_path of its own that ends in pg_temp")
            what = f"the function {name}, which runs as its owner"
            yield from _told(role, f"SELECT {name}(…)" if function.arguments else f"SELECT {name}()", what, key, can)


def by_rules(access: Access, key: str, table: Table, role: str | None) -> Iterator[Leak | Open]:
    """Rules that act on the table when the role sends a command for another relation, or for the table itself."""
    catalogue = access.catalogue
    for relation, attached in catalogue.attached.items():
        for rule in attached.acting()[0]:
            acted = {each for node in rule.actions for each in relations_of(node, access.readers.named)}
            if key not in acted:
                continue
            sent = role is None or may(access, role, relation, {rule.command})
            if not sent and "another" not in set_off(access, role, relation):
                continue
            held = catalogue.tables.get(relation) or catalogue.views.get(relation)
            seen = Query(access, key, table, held.owner if held is not None else None, role).seen(reads=False)
            can = seen if isinstance(seen, Never | Perhaps) else Perhaps("what the rule does")
            what = f"the rule `{rule.name}` of {relation}, which acts as the owner of {relation}"
            yield from _told(role, f"{rule.command} … {relation}", what, key, can)


def by_triggers(access: Access, key: str, table: Table, role: str | None) -> Iterator[Leak | Open]:
    """Triggers whose functions run as their owner, on relations that the role may change."""
    catalogue = access.catalogue
    for relation, attached in catalogue.attached.items():
        triggers = attached.acting()[1]
        by = set_off(access, role, relation) if triggers else frozenset()
        for trigger in triggers if by else ():
            called = [
                name
                for name in catalogue.functions
                if name.partition(".")[2] == trigger.function.name
                and trigger.function.schema in ("", name.partition(".")[0])
            ]
            for name in called:
                what = f"the trigger `{trigger.name}` of {relation}, whose function {name} runs as its owner"
                yield from _told(role, f"INSERT INTO {relation} …", what, key, _triggered(access, key, table, name))
                definer = any(held.function.definer for held in catalogue.functions[name])
                if "another" in by and not definer and name in access.readers.naming.get(key, ()):
                    name_of = role or "an application's role"
                    told = f"the trigger `{trigger.name}` of {relation}, which another's rights set off"
                    yield Open(f"what `{name_of}` reaches of rows of other tenants of {key} through {told}")


def by_parents(access: Access, key: str, role: str | None) -> Iterator[Leak | Open]:
    """Tables without row-level security that it inherits from: their policies alone hold for who names them."""
    for parent in access.above(key):
        table = access.catalogue.tables.get(parent)
        if role is None or table is None or table.enabled:
            continue
        words = {word for each in _acting(access, role) for word in access.words(each, parent)}
        for command in ("SELECT", "UPDATE", "DELETE", "TRUNCATE"):
            if command in words:
                statement = f"TRUNCATE {parent}" if command == "TRUNCATE" else statement_of(command, parent)
                through = f"{parent}, from which it inherits, and which has no row-level security"
                verb = COMMANDS.get(command, "remove")
                yield Leak(
                    role, command, statement, f"`{role}` can {verb} rows of other tenants of {key} through {through}"
                )
                break


def by_leakproof(access: Access, key: str, role: str | None) -> Iterator[Open]:
    """Of functions that a role which reads the table may call."""
    privileges = access.catalogue.privileges
    callers = {"public", *(access.reaches(role) if role is not None else ())}
    acting = privileges.becomes(role) if role is not None else []
    if role is not None and not any("SELECT" in access.words(each, key) for each in acting):
        return
    for name in access.readers.leakproof:
        enters = role is None or any(access.enters(each, name.partition(".")[0]) for each in acting)
        if callers & privileges.callable.get(name, set()) and enters:
            told = f"what the function {name}, which is LEAKPROOF, tells of rows of {key} that policies leave out"
            yield Open(told)


def by_statistics(access: Access, key: str, table: Table, role: str | None) -> Iterator[Leak | Open]:
    """What ANALYZE keeps of its rows, which no policy holds for ("pg_statistic"); "pg_stats" asks who is the user."""
    catalogue = access.catalogue
    acting = _acting(access, role) if role is not None else []
    for each in acting:
        found = [one for one in STATISTICS if catalogue.privileges.on(each, one) & {"SELECT", "ALL"}]
        if found and role is not None:
            shown = f"SELECT * FROM {found[0]}"  # noqa: S608  # shown, never run
            what = f"values of rows of other tenants of {key} that ANALYZE keeps in {found[0]}"
            yield Leak(role, "SELECT", shown, f"`{role}` can read {what}")
            break
    told = f"what it tells of the values of {key} that ANALYZE keeps"
    for name in sorted(catalogue.views) if {"pg_statistic", "pg_statistic_ext_data"} & catalogue.mentioned else ():
        view = catalogue.views[name]
        read = {str(body.get("relname", "")) for body in bodies_in(view.query, "RangeVar")}
        if not view.invoker and any(each.startswith("pg_statistic") for each in read):
            if role is not None and not may(access, role, name, {"SELECT"}):
                continue
            if not isinstance(Query(access, key, table, view.owner, role).seen(reads=False), Never):
                yield Open(f"whether `{role or 'an application'}` may use the view {name}, and {told}")
    callers = {"public", *(access.reaches(role) if role is not None else ())}
    for name, several in catalogue.functions.items():
        for held in several:
            function = held.function
            if not function.definer or not _OF_STATISTICS.search(str(function.body)):
                continue
            reads = not isinstance(Query(access, key, table, held.owner, held.owner).seen(reads=False), Never)
            if reads and callers & catalogue.privileges.callable.get(name, set()):
                yield Open(f"what the function {name}, which runs as its owner, does: {told}")


_OF_STATISTICS = re.compile(r"\bpg_stat(?:istic\w*|s\w*)\b")


def by_conditions(access: Access, key: str, table: Table, role: str | None) -> Iterator[Open]:
    """Functions in conditions that are called on rows which another part of the condition leaves out."""
    telling = access.readers.telling
    if not telling:
        return
    names = {"public", *(access.reaches(role) if role is not None else ("current_user",))}
    trees: list[tuple[str, object]] = [
        (f"the policy `{each.name}`", [each.condition, each.check_condition])
        for each in table.policies.values()
        if names & {*(each.roles or ("public",))}
    ]
    for name in access.readers.views.get(key, ()):
        view = access.catalogue.views[name]
        if not view.invoker and (role is None or may(access, role, name, {"SELECT", "UPDATE", "DELETE"})):
            trees.append((f"the view {name}", view.query))
    for what, tree in trees:
        for call in bodies_in(tree, "FuncCall"):
            said = dotted(call["funcname"])
            keys = [f"{said.schema}.{said.name}"] if said.schema else telling
            called = [each for each in keys if each in telling and each.partition(".")[2] == said.name]
            if called and "ColumnRef" in str(call.get("args", "")):
                yield Open(f"what the function {called[0]} tells or writes of rows of {key} that {what} calls it on")


def _triggered(access: Access, key: str, table: Table, function: str) -> Can:
    readers = access.readers
    through = (*readers.functions.get(key, ()), *readers.indirect.get(key, ()), *readers.any_table)
    for held in access.catalogue.functions[function]:
        if held.function.definer and function in through:
            seen = Query(access, key, table, held.owner, held.owner).seen(reads=False)
            return NEVER if isinstance(seen, Never) else Perhaps(f"a body in {held.function.language}")
    return NEVER


def _acting(access: Access, role: str) -> list[str]:
    return access.catalogue.privileges.becomes(role)


def _told(role: str | None, statement: str, what: str, key: str, can: Can) -> Iterator[Leak | Open]:
    name = role or "an application's role"
    if isinstance(can, Surely):
        yield Leak(name, "SELECT", statement, f"`{name}` can read rows of other tenants of {key} through {what}")
    elif isinstance(can, Perhaps):
        yield Open(f"whether `{name}` can reach rows of other tenants of {key} through {what} rests on {can.term}")


def _is_closed(function: Function) -> bool:
    """Whether its caller can put nothing in the way ("Writing SECURITY DEFINER Functions")."""
    path = function.search_path
    return path is not None and (path[-1:] == ("pg_temp",) or path == ("",))


def _called(query: Query, body: Node | str, language: str) -> Can:
    if isinstance(body, str):
        if language != "sql":
            straight = statements_of(body) if language == "plpgsql" else None
            if straight is not None:
                return either(query.gives(node) for node in straight)
            name = re.escape(query.key.partition(".")[2])
            found = re.search(rf"\b{name}\b|\bEXECUTE\b", body, re.IGNORECASE)
            if found is None or isinstance(query.seen(reads=False), Never):
                return NEVER
            return Perhaps(f"a body in {language}")
        try:
            nodes = parsed(body)
        except NotUnderstoodError:
            return Perhaps("a body that is not understood")
    else:
        nodes = [body]
    return either(query.gives(node) for node in nodes)


__all__ = ["by_functions", "ways_to"]
