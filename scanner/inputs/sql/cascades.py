"""What goes with an object that is dropped with CASCADE: policies, views, rules, functions and triggers that use it.

PostgreSQL documentation, "Dependency Tracking": a body that is a text depends on nothing, conditions, queries and
bodies that are parsed do. A restrictive policy that goes this way lets through what it kept back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, Protocol

from scanner.base.record import record
from scanner.inputs.sql.binding import bodies_in, relations_in, words_of
from scanner.inputs.sql.held import Attached, FunctionHeld, Table, ViewHeld
from scanner.inputs.sql.nodes import type_of
from scanner.inputs.sql.privileges import Privileges
from scanner.inputs.sql.said import Policy

_Use = Literal["no", "perhaps", "surely"]


@record
class Gone:
    """A relation or one of its columns, or a function, each as `schema.name`."""

    relation: str = ""
    function: str = ""
    column: str = ""


class Catalogue(Protocol):
    """What there is, by `schema.name`."""

    tables: dict[str, Table]
    views: dict[str, ViewHeld]
    functions: dict[str, list[FunctionHeld]]
    attached: dict[str, Attached]
    privileges: Privileges
    made_of: dict[str, set[str]]
    mentioned: set[str]

    def drop(self, key: str) -> None:
        """Takes a table or view out of it."""


def drop_users(catalogue: Catalogue, gone: Gone, *, surely: bool = True) -> None:
    """Takes what uses it out of the catalogue; a policy of which that is not certain is left as one that is unread.

    `surely` is False where the function is one of several of its name.
    """
    waiting = [gone]
    while waiting:
        each = waiting.pop()
        if each.function:
            _without_triggers(catalogue, each.function, surely=surely)
            doubt_users(catalogue, catalogue.made_of.get(each.function.rpartition(".")[2], set()))
        # A view gives all columns of its table by `*`, which is not the column's name.
        if (each.function or each.relation).rpartition(".")[2] not in catalogue.mentioned and not each.column:
            continue
        for key, table in catalogue.tables.items():
            for name, policy in [*table.policies.items()]:
                tree = [policy.condition, policy.check_condition]
                use = _use(tree, each, catalogue, own=key)
                if use == "no" and each.relation and not each.column and _is_named(tree, each.relation):
                    use = "perhaps"
                if use == "surely" and surely:
                    table.policies.pop(name)
                elif use != "no":
                    table.policies[name] = _unread(policy)
        if not surely:
            return
        for key, view in [*catalogue.views.items()]:
            if _use(view.query, each, catalogue) == "surely":
                catalogue.drop(key)
                waiting.append(Gone(relation=key))
        for key, several in [*catalogue.functions.items()]:
            bodies = [held.function.body for held in several if not isinstance(held.function.body, str)]
            if len(bodies) == len(several) == 1 and _use(bodies, each, catalogue) == "surely":
                catalogue.functions.pop(key)
                catalogue.privileges.callable.pop(key, None)
                waiting.append(Gone(function=key))
        for attached in catalogue.attached.values():
            for name, rule in [*attached.rules.items()]:
                if _use([*rule.actions], each, catalogue) == "surely":
                    attached.rules.pop(name)


def doubt_users(catalogue: Catalogue, names: set[str]) -> None:
    """Policies that name one of these may be gone: types, operators, schemas and the like, of which no more is kept."""
    for table in catalogue.tables.values() if names & catalogue.mentioned else ():
        for name, policy in [*table.policies.items()]:
            words = words_of([policy.condition, policy.check_condition])
            if any(each.rpartition(".")[2] in names or each.partition(".")[0] in names for each in words):
                table.policies[name] = _unread(policy)


def _is_named(tree: object, relation: str) -> bool:
    """Whether the type of its rows is named, or a constant, such as that of a `regclass`, says its name."""
    name = relation.rpartition(".")[2]
    types = {type_of(each) for each in bodies_in(tree, "typeName")}
    constants = (str(one.get("sval", {}).get("sval", "")) for one in bodies_in(tree, "A_Const"))
    return name in types or any(each.rpartition(".")[2] == name for each in constants)


def _without_triggers(catalogue: Catalogue, function: str, *, surely: bool) -> None:
    for attached in catalogue.attached.values() if surely else ():
        for name, trigger in [*attached.triggers.items()]:
            called = trigger.function
            if function in (f"{called.schema}.{called.name}", f"public.{called.name}"):
                attached.triggers.pop(name)


def _unread(policy: Policy) -> Policy:
    return replace(policy, new=False, condition=None, check_condition=None)


def _use(tree: object, gone: Gone, catalogue: Catalogue, own: str = "") -> _Use:
    """Whether a tree uses what is gone; `own` is the table that the tree is a policy of."""
    if gone.function:
        return _calls(tree, gone.function, catalogue)
    name = gone.relation.partition(".")[2]
    read = relations_in(tree)
    if not gone.column:
        return "surely" if gone.relation in read else "perhaps" if name in read else "no"
    named = [words for words, _ in _columns(tree) if words[-1] in (gone.column, "*")]
    if own == gone.relation:
        for words, within in _columns(tree):
            if words[-1] == gone.column and (words[-2] == name if len(words) > 1 else not within):
                return "surely"
        return "perhaps" if named and (name in read or gone.relation in read or _is_within(tree, gone.column)) else "no"
    if gone.relation in read or name in read:
        return "no" if not named else "surely" if read == {gone.relation} else "perhaps"
    return "no"


def _is_within(tree: object, column: str) -> bool:
    """Whether a sub-select names such a column without saying whose: its own table's comes first."""
    return any(within and words == [column] for words, within in _columns(tree))


def _calls(tree: object, function: str, catalogue: Catalogue) -> _Use:
    schema, _, name = function.partition(".")
    several = sum(len(held) for key, held in catalogue.functions.items() if key.partition(".")[2] == name)
    for body in bodies_in(tree, "FuncCall"):
        parts = [each.get("String", {}).get("sval", "") for each in body.get("funcname", ())]
        if parts[-1:] == [name] and parts[:-1] in ([], [schema]):
            return "surely" if several == 1 else "perhaps"
    return "no"


def _columns(tree: object) -> Iterator[tuple[list[str], bool]]:
    """The parts of each name of a column, and whether it stands within a sub-select."""
    waiting: list[tuple[object, bool]] = [(tree, False)]
    while waiting:
        node, within = waiting.pop()
        if isinstance(node, list):
            waiting += [(each, within) for each in node]
        elif isinstance(node, dict):
            fields = node["ColumnRef"].get("fields", []) if isinstance(node.get("ColumnRef"), dict) else []
            if fields:
                yield [each.get("String", {}).get("sval", "*") for each in fields], within
            # What an IN compares stands outside of its query.
            waiting += [(each, within or key == "subselect") for key, each in node.items()]


__all__ = ["Gone", "doubt_users", "drop_users"]
