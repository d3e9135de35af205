"""The RDS instance or Aurora cluster that a database runs in, where tenancy.yaml says which."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from dataclasses import field

from scanner.base.problem import Problem, did_you_mean
from scanner.base.record import mutable
from scanner.model.resource import Inventory, Resource
from scanner.model.world import UndecidedError, World

_TYPES = ("AWS::RDS::DBCluster", "AWS::RDS::DBInstance", "AWS::RDS::GlobalCluster", "AWS::DSQL::Cluster")
_PLACE = "tenancy.yaml"
_MAJOR = re.compile(r"^(\d{1,2})(?:\.|$)")


@mutable
class Host:
    """`address` is None where no resource of that name was read; `version` is PostgreSQL's major one."""

    address: str | None = None
    version: int | None = None
    problems: list[Problem] = field(default_factory=list)

    def tell(self, resources: Iterable[Resource]) -> None:
        """Gives each resource of the schema the address of what it runs in."""
        for each in resources:
            properties = each.fields["Properties"]
            if self.address is not None and isinstance(properties, dict):
                properties["Database"] = self.address


def host_of(called: str, inventory: Inventory) -> Host:
    """What was read under this logical id, name, ARN or address."""
    candidates = [each for kind in _TYPES for each in inventory.of_type(kind)]
    found = [each for each in candidates if called in _names(each)]
    if not found:
        known = [name for each in candidates for name in _names(each)]
        said = f"`database[].resource`: no RDS instance or cluster that was scanned is called `{called}`"
        return Host(problems=[Problem(_PLACE, said, hint=did_you_mean(called, known), level="warning")])
    host = Host(found[0].address)
    if len(found) > 1:
        several = ", ".join(each.address for each in found[:4])
        said = f"`database[].resource`: `{called}` is the name of {len(found):,} resources: {several}"
        host.problems.append(Problem(_PLACE, said, level="warning"))
    engine, version = (_text(found[0], key) for key in ("Engine", "EngineVersion"))
    if engine is not None and "postgres" not in engine:
        said = f"`database[].resource`: `{called}` runs {engine}, and the SQL is read as PostgreSQL's"
        host.problems.append(Problem(_PLACE, said, level="warning"))
    elif version is not None and (major := _MAJOR.match(version)) is not None:
        host.version = int(major[1])
    return host


def _names(resource: Resource) -> list[str]:
    names: list[object] = [resource.logical_id, resource.address, resource.arn]
    # Where what it is called rests on a parameter, its logical id is known.
    with contextlib.suppress(UndecidedError):
        names += resource.names(World()).all
    return [each for each in names if isinstance(each, str)]


def _text(resource: Resource, key: str) -> str | None:
    properties = resource.fields.get("Properties")
    try:
        value = properties.get(key) if hasattr(properties, "get") else None
    except UndecidedError:
        return None
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None


__all__ = ["Host", "host_of"]
