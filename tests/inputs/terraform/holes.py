"""Values of a plan that become known after apply, at any depth, as Terraform tells them."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str | int, ...]
OTHER = {"references": ["aws_kms_key.other.arn", "aws_kms_key.other"]}


def written(change: Mapping[str, Any], plan: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The expressions of a resource of the root module."""
    if "." in change["address"].replace(f"{change['type']}.{change['name']}", "").partition("[")[0]:
        return None
    for each in plan["configuration"]["root_module"].get("resources", ()):
        if (each["mode"], each["type"], each["name"]) == (change["mode"], change["type"], change["name"]):
            return each.get("expressions", {})  # type: ignore[no-any-return]  # JSON
    return None


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """The paths of everything inside that is there: scalars, and what holds them."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, child in value.items():
            if child is not None:
                yield from leaves(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            if child is not None:
                yield from leaves(child, (*path, index))


def places(plan: Mapping[str, Any]) -> list[tuple[int, Path]]:
    """Every value that is known and written."""
    found = []
    for number, change in enumerate(plan.get("resource_changes", ())):
        expressions = written(change, plan) if change["mode"] == "managed" else None
        after = change["change"].get("after")
        if expressions and isinstance(after, dict) and change["change"].get("after_unknown") is not True:
            found += [(number, path) for path in leaves(after) if path[0] in expressions and path[0] != "tags_all"]
    return found


def with_hole(plan: Mapping[str, Any], place: tuple[int, Path]) -> dict[str, Any]:
    """The plan where the value is not known; its argument refers to something else."""
    number, path = place
    made = copy.deepcopy(dict(plan))
    change = made["resource_changes"][number]
    _take(change["change"]["after"], path)
    change["change"]["after_unknown"] = _mark(change["change"].get("after_unknown") or {}, path)
    expressions = written(change, made)
    assert expressions is not None
    _refer(expressions, path)
    return made


def _take(value: Any, path: Path) -> None:
    for step in path[:-1]:
        value = value[step]
    last = path[-1]
    if isinstance(value, dict):
        # What is not known is left out of objects and null in lists.
        del value[last]
    else:
        value[last] = None


def _mark(unknown: Any, path: Path) -> Any:
    if not path:
        return True
    step, *rest = path
    if isinstance(step, str):
        here = dict(unknown) if isinstance(unknown, dict) else {}
        here[step] = _mark(here.get(step), tuple(rest))
        return here
    items = list(unknown) if isinstance(unknown, list) else []
    items += [{} for _ in range(step + 1 - len(items))]
    items[step] = _mark(items[step], tuple(rest))
    return items


def _refer(expressions: Any, path: Path) -> None:
    """Blocks are listed one by one; an attribute has one expression for all that is in it."""
    here = expressions
    for depth, step in enumerate(path):
        if isinstance(step, int):
            continue
        following = here.get(step) if isinstance(here, dict) else None
        below = path[depth + 1 : depth + 2]
        if isinstance(following, list) and below and isinstance(below[0], int) and below[0] < len(following):
            if len(path) > depth + 2:
                here = following[below[0]]
                continue
            following.clear()  # blocks that are not known are made by `dynamic`, which is not shown
            return
        here[step] = dict(OTHER)
        return


def chosen(plan: Mapping[str, Any], seed: int) -> dict[str, Any] | None:
    """The plan with a hole somewhere; None where it has nothing that is written."""
    listed = places(plan)
    return with_hole(plan, random.Random(seed).choice(listed)) if listed else None
