"""Statements that make, change and drop relations and schemas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Literal

from scanner.inputs.sql.function_statements import signature_of
from scanner.inputs.sql.nodes import (
    FUNCTIONS,
    RELATIONS,
    dotted,
    is_on,
    listed,
    name_of,
    options_of,
    role_of,
    string_of,
    type_of,
)
from scanner.inputs.sql.parsing import Node, NotUnderstoodError
from scanner.inputs.sql.role_statements import granted
from scanner.inputs.sql.said import (
    AlterFunction,
    AlterTable,
    Check,
    CreateSchema,
    CreateTable,
    Detached,
    DropPolicy,
    DropPublication,
    DropSchema,
    DropTable,
    Foreign,
    Grant,
    Name,
    Policy,
    Publication,
    Rule,
    Said,
    Trigger,
    Unread,
    View,
)

# What columns, functions and conditions may be made of, and so go with.
_USED_BY_COLUMNS = ("OBJECT_TYPE", "OBJECT_DOMAIN", "OBJECT_EXTENSION", "OBJECT_OPERATOR", "OBJECT_COLLATION")


def create_table(body: Node) -> Iterator[Said]:
    """A table, unless it is of one session only."""
    relation = body["relation"]
    if relation.get("relpersistence") == "t":
        return
    elements = body.get("tableElts", [])
    columns = [each["ColumnDef"] for each in elements if "ColumnDef" in each]
    typed = tuple((column["colname"], type_of(column.get("typeName"))) for column in columns)
    like = tuple(name_of(each["TableLikeClause"]["relation"]) for each in elements if "TableLikeClause" in each)
    parents = tuple(name_of(each["RangeVar"]) for each in body.get("inhRelations", ()))
    kept = not body.get("if_not_exists", False)
    keys = [one for each in elements for one in _keys(each)]
    yield CreateTable(
        name_of(relation),
        typed,
        parents,
        kept,
        like=like,
        partition="partbound" in body,
        foreign=tuple(each for each in keys if isinstance(each, Foreign)),
        primary=next((each for each in keys if isinstance(each, tuple)), ()),
    )


def _keys(element: Node) -> Iterator[Foreign | tuple[str, ...]]:
    """Foreign keys, and the columns of a primary key, of a column or constraint."""
    column = element.get("ColumnDef", {})
    own = [column["colname"]] if column else []
    for each in column.get("constraints", ()) if column else [element]:
        said = each.get("Constraint", {})
        if said.get("contype") == "CONSTR_PRIMARY":
            yield tuple(own or (string_of(one) for one in said.get("keys", ())))
        elif said.get("contype") == "CONSTR_FOREIGN":
            columns = tuple(own or (string_of(one) for one in said.get("fk_attrs", ())))
            to = tuple(string_of(one) for one in said.get("pk_attrs", ()))
            acts = (said.get("fk_del_action", "a"), said.get("fk_upd_action", "a"))
            holds = not said.get("skip_validation")
            yield Foreign(columns, name_of(said["pktable"]), to, said.get("conname", ""), *acts, holds)


def _with_keys(table: Name, element: Node) -> Iterator[Said]:
    for each in _keys(element):
        yield AlterTable(table, foreign=(each,)) if isinstance(each, Foreign) else AlterTable(table, primary=each)


def _create_as(body: Node) -> Iterator[Said]:
    into = body["into"]["rel"]
    if body.get("objtype") == "OBJECT_MATVIEW":
        yield View(name_of(into), body["query"], invoker=False, stored=True)
    elif into.get("relpersistence") != "t":
        yield CreateTable(name_of(into), (), (), not body.get("if_not_exists", False))


def _select(body: Node) -> Iterator[Said]:
    into = body.get("intoClause", {}).get("rel")
    if into is not None and into.get("relpersistence") != "t":
        yield CreateTable(name_of(into))


def _create_schema(body: Node) -> Iterator[Said]:
    owner = role_of(body["authrole"]) if "authrole" in body else None
    schema = body.get("schemaname") or owner or ""
    yield CreateSchema(schema, owner)
    for element in body.get("schemaElts", []):
        (kind, inner), *_ = element.items()
        for said in ELEMENTS[kind](inner) if kind in ELEMENTS else ():
            if isinstance(said, CreateTable):
                table = Name(said.table.name, said.table.schema or schema)
                yield replace(said, table=table, owner=owner)
            elif isinstance(said, View):
                yield replace(said, name=Name(said.name.name, said.name.schema or schema))
            elif isinstance(said, Grant):
                yield replace(said, on=tuple(_within(each, schema) for each in said.on))


def _within(on: Name | str, schema: str) -> Name | str:
    return Name(on.name, on.schema or schema) if isinstance(on, Name) else on


def _view(body: Node) -> Iterator[Said]:
    if body["view"].get("relpersistence") != "t":
        options = options_of(body)
        said = {each for each in ("security_invoker", "security_barrier") if each in options and is_on(options[each])}
        check = _CHECKS.get(body.get("withCheckOption", "").partition("_CHECK_OPTION")[0].lower(), "none")
        if "check_option" in options:
            check = _check(options["check_option"])
        yield View(
            name_of(body["view"]), body["query"], "security_invoker" in said, False, "security_barrier" in said, check
        )


_CHECKS: Mapping[str, Check] = {"local": "local", "cascaded": "cascaded"}


def _check(arg: Node | None) -> Check:
    """The option `check_option`; the parser takes the word for a type where it is not quoted, as in a catalogue."""
    given = arg or {}
    return _CHECKS.get((string_of(given) or type_of(given.get("TypeName"))).lower(), "none")


def _view_options(table: Name, options: Iterable[Node], *, reset: bool) -> Iterator[Said]:
    """`ALTER VIEW ... SET (...)`; RESET is back to what a view without the option does."""
    for option in options:
        said = option.get("DefElem", {})
        arg = said.get("arg")
        match said.get("defname"):
            case "security_invoker":
                yield AlterTable(table, invoker=not reset and is_on(arg))
            case "security_barrier":
                yield AlterTable(table, barrier=not reset and is_on(arg))
            case "check_option":
                yield AlterTable(table, checks="none" if reset else _check(arg))


def _alter_table(body: Node) -> Iterator[Said]:
    if body.get("objtype") not in RELATIONS:
        return
    table = name_of(body["relation"])
    for each in body.get("cmds", []):
        command = each.get("AlterTableCmd", {})
        match command.get("subtype"):
            case "AT_EnableRowSecurity":
                yield AlterTable(table, enabled=True)
            case "AT_DisableRowSecurity":
                yield AlterTable(table, enabled=False)
            case "AT_ForceRowSecurity":
                yield AlterTable(table, forced=True)
            case "AT_NoForceRowSecurity":
                yield AlterTable(table, forced=False)
            case "AT_ChangeOwner":
                yield AlterTable(table, owner=role_of(command["newowner"]))
            case "AT_AddColumn":
                column = command["def"]["ColumnDef"]
                yield AlterTable(table, columns=((column["colname"], type_of(column.get("typeName"))),))
                yield from _with_keys(table, command["def"])
            case "AT_AddConstraint":
                yield from _with_keys(table, command["def"])
            case "AT_DropConstraint":
                yield AlterTable(table, dropped_constraint=command["name"], cascade=_cascades(command))
            case "AT_SetRelOptions" | "AT_ResetRelOptions":
                reset = command["subtype"] == "AT_ResetRelOptions"
                yield from _view_options(table, listed(command.get("def")), reset=reset)
            case "AT_AttachPartition":
                yield AlterTable(table, attached=(name_of(command["def"]["PartitionCmd"]["name"]),))
            case "AT_AddInherit":
                yield AlterTable(table, inherits=(name_of(command["def"]["RangeVar"]),))
            case "AT_DetachPartition":
                yield AlterTable(table, detached=(name_of(command["def"]["PartitionCmd"]["name"]),))
            case "AT_DropInherit":
                yield AlterTable(table, disinherits=(name_of(command["def"]["RangeVar"]),))
            case subtype if subtype in _SWITCHES:
                kind, state = _SWITCHES[subtype]
                yield Detached(table, kind, command.get("name"), state)
            case "AT_DropColumn":
                yield AlterTable(table, dropped_column=command["name"], cascade=_cascades(command))


_SWITCHES: dict[str, tuple[Literal["rule", "trigger"], Literal["off", "on"]]] = {
    "AT_DisableTrig": ("trigger", "off"),
    "AT_DisableTrigAll": ("trigger", "off"),
    "AT_DisableTrigUser": ("trigger", "off"),
    "AT_DisableRule": ("rule", "off"),
    "AT_EnableTrig": ("trigger", "on"),
    "AT_EnableAlwaysTrig": ("trigger", "on"),
    "AT_EnableReplicaTrig": ("trigger", "on"),
    "AT_EnableTrigAll": ("trigger", "on"),
    "AT_EnableTrigUser": ("trigger", "on"),
    "AT_EnableRule": ("rule", "on"),
    "AT_EnableAlwaysRule": ("rule", "on"),
    "AT_EnableReplicaRule": ("rule", "on"),
}


def _renamed(body: Node) -> Iterator[Said]:
    kind = body.get("renameType")
    if kind == "OBJECT_POLICY":
        yield Policy(name_of(body["relation"]), body["subname"], new=False, renamed=body["newname"])
    elif kind in RELATIONS:
        yield AlterTable(name_of(body["relation"]), renamed=body["newname"])
    elif kind == "OBJECT_COLUMN" and body.get("relationType") in RELATIONS:
        yield AlterTable(name_of(body["relation"]), renamed_column=(body["subname"], body["newname"]))
    elif kind in FUNCTIONS:
        yield AlterFunction(*signature_of(body["object"]["ObjectWithArgs"]), renamed=body["newname"])
    elif kind in ("OBJECT_ROLE", "OBJECT_SCHEMA"):
        raise NotUnderstoodError("a role or schema is renamed")


def _moved(body: Node) -> Iterator[Said]:
    if body.get("objectType") in RELATIONS:
        yield AlterTable(name_of(body["relation"]), moved=body["newschema"])
    elif body.get("objectType") in FUNCTIONS:
        yield AlterFunction(*signature_of(body["object"]["ObjectWithArgs"]), moved=body["newschema"])


def _dropped(body: Node) -> Iterator[Said]:
    kind, objects, cascade = body.get("removeType"), body.get("objects", []), _cascades(body)
    if kind in RELATIONS:
        yield DropTable(tuple(dotted(listed(each)) for each in objects), cascade)
    elif kind == "OBJECT_POLICY":
        for each in objects:
            parts = listed(each)
            yield DropPolicy(dotted(parts[:-1]), string_of(parts[-1]))
    elif kind == "OBJECT_SCHEMA":
        for each in objects:
            yield DropSchema(string_of(each))
    elif kind in FUNCTIONS:
        for each in objects:
            yield AlterFunction(*signature_of(each["ObjectWithArgs"]), dropped=True, cascade=cascade)
    elif kind in ("OBJECT_TRIGGER", "OBJECT_RULE"):
        for each in objects:
            parts = listed(each)
            kind_of: Literal["rule", "trigger"] = "rule" if kind == "OBJECT_RULE" else "trigger"
            yield Detached(dotted(parts[:-1]), kind_of, string_of(parts[-1]))
    elif kind == "OBJECT_PUBLICATION":
        for each in objects:
            yield DropPublication(string_of(each))
    elif kind == "OBJECT_SEQUENCE" and cascade:
        yield DropTable(tuple(dotted(listed(each)) for each in objects), cascade)
    elif kind in _USED_BY_COLUMNS and cascade:
        yield Unread("DROP … CASCADE of a type, operator or extension", of_roles=False)


def _cascades(body: Node) -> bool:
    return bool(body.get("behavior") == "DROP_CASCADE")


def _rule(body: Node) -> Iterator[Said]:
    command = str(body.get("event", "")).removeprefix("CMD_")
    yield Rule(name_of(body["relation"]), body["rulename"], command, tuple(body.get("actions", ())))


def _trigger(body: Node) -> Iterator[Said]:
    yield Trigger(name_of(body["relation"]), body["trigname"], dotted(body["funcname"]))


def _publication(body: Node) -> Iterator[Said]:
    if body.get("for_all_tables"):
        yield Publication(body["pubname"], None)
        return
    objects = [each["PublicationObjSpec"] for each in body.get("pubobjects", ())]
    if any("pubtable" not in each for each in objects):
        yield Publication(body["pubname"], None)  # all tables of a schema, also those that are made later
        return
    yield Publication(body["pubname"], tuple(name_of(each["pubtable"]["relation"]) for each in objects))


def _imported(body: Node) -> Iterator[Said]:
    raise NotUnderstoodError(f"which tables the foreign schema {body.get('remote_schema', '')} has is not in the file")


READERS: dict[str, Callable[[Node], Iterator[Said]]] = {
    "CreateStmt": create_table,
    "ImportForeignSchemaStmt": _imported,
    "CreateTableAsStmt": _create_as,
    "CreateForeignTableStmt": lambda body: create_table(body["base"]),
    "SelectStmt": _select,
    "CreateSchemaStmt": _create_schema,
    "ViewStmt": _view,
    "AlterTableStmt": _alter_table,
    "RenameStmt": _renamed,
    "AlterObjectSchemaStmt": _moved,
    "DropStmt": _dropped,
    "RuleStmt": _rule,
    "CreateTrigStmt": _trigger,
    "CreatePublicationStmt": _publication,
}
ELEMENTS: dict[str, Callable[[Node], Iterator[Said]]] = {
    "CreateStmt": create_table,
    "ViewStmt": _view,
    "GrantStmt": granted,
    "CreateTrigStmt": _trigger,
}
"""What may stand within `CREATE SCHEMA`."""

__all__ = ["READERS"]
