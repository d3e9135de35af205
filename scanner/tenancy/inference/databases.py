"""`database:` of tenancy.yaml, as policies of the SQL that was found show it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

from scanner.inputs.sql.access import Access
from scanner.inputs.sql.declared import Declared, says_tenant
from scanner.inputs.sql.migrations import folder_of, ordered
from scanner.inputs.sql.schema import Schema
from scanner.inputs.sql.source import SqlFile
from scanner.tenancy.inference.evidence import Evidence, Proposal

_SCHEMA = re.compile(r"^((?:tenant|t|org|clinic|customer|client)_)(\w+)$", re.IGNORECASE)
_MOST_EVIDENCE = 20


def database_proposals(files: Mapping[PurePath, SqlFile]) -> Iterator[Proposal]:
    """An entry for each folder whose policies, or schemas, tell tenants apart. Raises MissingExtraError."""
    folders: dict[PurePath, list[PurePath]] = {}
    for path in files:
        folders.setdefault(folder_of(path), []).append(path)
    for folder, several in folders.items():
        order = ordered(several)
        schema = Schema(order.tool)
        for at in order.files:
            schema.run(files[several[at]])
        named = {"name": folder.name} if len(folders) > 1 and folder.name else {}
        yield from _of(schema, schema.access(Declared()), named)


def _of(schema: Schema, access: Access, named: Mapping[str, object]) -> Iterator[Proposal]:
    setting = access.identity.setting
    if setting is not None:
        value: dict[str, object] = {**named, "setting": setting}
        keys = [key for key, table in access.catalogue.tables.items() if table.enabled and table.policies]
        columns = Counter(column for key in keys if (column := access.identity.column_of(key)) is not None)
        if columns:
            value["column"] = columns.most_common(1)[0][0]
        roles = dict.fromkeys(role for key in keys for role in access.users(key) if role is not None)
        if len(roles) == 1:
            value["role"] = next(iter(roles))
        if schema.version is not None:
            value["version"] = schema.version
        strong = says_tenant(setting) or says_tenant(str(value.get("column", "")))
        reasons = [
            Evidence(f"policies of {key} compare it with `{setting}`", *_place(access, key), strong=strong)
            for key in keys
            if access.identity.column_of(key) is not None
        ]
        if reasons:
            yield Proposal("database", value, tuple(reasons[:_MOST_EVIDENCE]))
    else:
        yield from _columns(access, named)
    yield from _schemas(access, named)


def _columns(access: Access, named: Mapping[str, object]) -> Iterator[Proposal]:
    """Where no policy says whose a row is, the column that is named after tenants: a guess."""
    held: dict[str, list[str]] = {}
    for key, table in access.catalogue.tables.items():
        for column in table.columns:
            if says_tenant(column):
                held.setdefault(column, []).append(key)
    if held:
        column, keys = max(held.items(), key=lambda each: len(each[1]))
        told = (f"{key} has a column `{column}`, and no policy compares it with a setting" for key in keys)
        reasons = [Evidence(each, *_place(access, key), strong=False) for each, key in zip(told, keys, strict=True)]
        yield Proposal("database", {**named, "column": column}, tuple(reasons[:_MOST_EVIDENCE]))


def _schemas(access: Access, named: Mapping[str, object]) -> Iterator[Proposal]:
    """Schemas of a form that hold the same tables: whether each is a tenant's is for a person to say."""
    held: dict[str, dict[str, set[str]]] = {}
    for key in access.catalogue.tables:
        schema, _, table = key.partition(".")
        found = _SCHEMA.match(schema)
        if found is not None:
            held.setdefault(found[1], {}).setdefault(schema, set()).add(table)
    for prefix, schemas in held.items():
        alike = Counter(frozenset(tables) for tables in schemas.values()).most_common(1)[0][1]
        if alike > 1:
            key = next(key for key in access.catalogue.tables if key.partition(".")[0] in schemas)
            told = f"{alike} schemas that begin with `{prefix}` have the same tables"
            value = {**named, "schema": f"{prefix}${{tenant}}"}
            yield Proposal("database", value, (Evidence(told, *_place(access, key), strong=False),))


def _place(access: Access, key: str) -> tuple[str, int]:
    path, _, line = access.catalogue.tables[key].place.told.rpartition(":")
    return path, int(line)


def sql_of(found: Sequence[tuple[PurePath, str, bytes]]) -> dict[PurePath, SqlFile]:
    """Files by path, from their paths, their names in reports and their bytes; what is no text is left out."""
    files: dict[PurePath, SqlFile] = {}
    for path, shown, raw in found:
        try:
            files[path] = SqlFile(shown, raw.decode())
        except UnicodeDecodeError:
            continue
    return files


__all__ = ["database_proposals", "sql_of"]
