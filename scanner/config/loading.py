"""Finds and reads a project's configuration."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from scanner.base.problem import Problem, ProblemsError
from scanner.base.record import record
from scanner.config.schema import CONFIG
from scanner.text.complaint import check, complaints
from scanner.text.project_file import find_project_file, read_project_bytes, read_project_file

NAMES = ("tenantproof.yaml", "tenantproof.yml")
PYPROJECT = "pyproject.toml"
TABLE = "tool.tenantproof"


@record
class ConfigFile:
    """`values` fit the form. `places` say where each key stands, as `tenantproof.yaml:3`; paths are from `folder`."""

    values: Mapping[str, Any] = field(default_factory=dict)  # Any: held against the form
    places: Mapping[str, str] = field(default_factory=dict)
    folder: Path = Path()


def load_config_near(paths: Sequence[Path]) -> ConfigFile:
    """The one configuration of the paths, empty where there is none. Raises `ProblemsError`."""
    found = dict.fromkeys(each for path in paths if (each := _find(path)) is not None)
    if not found:
        return ConfigFile()
    first, *others = found
    if others:
        message = "the paths have more than one configuration"
        hint = f"another is {others[0][0].parent.name or '.'}/{others[0][0].name}; scan them one at a time"
        raise ProblemsError([Problem(first[0].name, message, hint=hint, kind="config")])
    path, table = first
    return _of_table(path, _table(path) or {}) if table else _of_yaml(path)


def _find(start: Path) -> tuple[Path, bool] | None:
    """The file, and whether it is a pyproject.toml with our table. Raises `ProblemsError` where there are both."""
    yaml = find_project_file(start, NAMES)
    pyproject = find_project_file(start, (PYPROJECT,))
    while pyproject is not None and _table(pyproject) is None:
        # One without our table says nothing; one further up may.
        above = pyproject.parent.parent
        inside = above != pyproject.parent and not os.path.lexists(pyproject.parent / ".git")
        further = find_project_file(above, (PYPROJECT,)) if inside else None
        pyproject = further if further != pyproject else None
    if yaml is not None and pyproject is not None:
        message = f"there is also `[{TABLE}]` in {PYPROJECT}"
        raise ProblemsError([Problem(yaml.name, message, hint="keep one of the two", kind="config")])
    if yaml is not None:
        return yaml, False
    return (pyproject, True) if pyproject is not None else None


def _table(path: Path) -> dict[str, Any] | None:
    """`[tool.tenantproof]`; None where the file has none. Raises `ProblemsError` only where it seems to have one."""
    shown, raw = read_project_bytes(path, "config")
    if b"tenantproof" not in raw:
        # Whatever else is wrong with the file is for its own tools to say.
        return None
    import tomllib

    try:
        data = tomllib.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        message = f"is not TOML: {str(error).splitlines()[0][:200].lower()}"
        raise ProblemsError([Problem(shown, message, kind="config")]) from None
    tool = data.get("tool")
    table = tool.get("tenantproof") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ProblemsError([Problem(shown, f"`{TABLE}` must be a table", kind="config")])
    return table


def _of_yaml(path: Path) -> ConfigFile:
    document = read_project_file(path, "config")
    if document.data is None:
        return ConfigFile(folder=path.parent)
    problems = check(CONFIG, document, kind="config")
    if problems:
        raise ProblemsError(problems)
    values: dict[str, Any] = document.data  # type: ignore[assignment]  # the form has just been checked
    places = {key: f"{document.path}:{document.place((key,)).line}" for key in values}
    return ConfigFile(values, places, path.parent)


def _of_table(path: Path, table: dict[str, Any]) -> ConfigFile:
    """TOML tells no lines, so places name the table."""
    shown, _ = read_project_bytes(path, "config")
    place = f"{shown} [{TABLE}]"
    wrong = [Problem(place, each.message, hint=each.hint, kind="config") for each in complaints(CONFIG, table)]
    if wrong:
        raise ProblemsError(wrong)
    return ConfigFile(table, dict.fromkeys(table, place), path.parent)


__all__ = ["NAMES", "PYPROJECT", "TABLE", "ConfigFile", "load_config_near"]
