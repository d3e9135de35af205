"""The part `configuration` of a plan: which arguments are written, and what their expressions refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from scanner.base.record import mutable, record

Written = Mapping[str, object]
NOTHING: Written = {}


@record
class ConfigResource:
    """A resource or data source as it is written, once for all its instances. `arguments` are its expressions."""

    module: ConfigModule
    mode: str
    type: str
    name: str
    arguments: Written
    repeated: str | None = None
    for_each: tuple[str, ...] = ()
    provider: str | None = None
    schema_version: int | None = None


@mutable(eq=False)
class ConfigModule:
    """One module of the configuration, by its call; `path` are the names of the calls that lead to it."""

    path: tuple[str, ...]
    parent: ConfigModule | None
    inputs: Written = field(default_factory=dict)
    outputs: Written = field(default_factory=dict)
    for_each: tuple[str, ...] = ()
    repeated: bool = False
    source: str | None = None
    calls: dict[str, ConfigModule] = field(default_factory=dict)
    resources: dict[tuple[str, str, str], ConfigResource] = field(default_factory=dict)

    def at(self, path: Sequence[str]) -> ConfigModule | None:
        """The module below this one by the names of its calls; None where there is no such call."""
        here: ConfigModule | None = self
        for name in path:
            here = here.calls.get(name) if here is not None else None
        return here

    def all(self) -> Iterator[ConfigModule]:
        """This module and all below it, each before those that it calls."""
        yield self
        for call in self.calls.values():
            yield from call.all()


def read_configuration(configuration: object) -> ConfigModule | None:
    """The root module; None where the plan has none, as a state."""
    root = _object(_object(configuration).get("root_module")) if isinstance(configuration, dict) else None
    return None if not isinstance(configuration, dict) or root is None else _module(root, (), None)


def references_of(expression: object) -> tuple[str, ...]:
    """The references of an expression, and of all expressions inside it where it stands for blocks."""
    found: dict[str, None] = {}
    waiting = [expression]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting.extend(reversed(each))
        elif isinstance(each, dict):
            listed = each.get("references")
            if isinstance(listed, list) and all(isinstance(item, str) for item in listed):
                found.update(dict.fromkeys(listed))
            else:
                waiting.extend(each.values())
    return tuple(found)


def _module(body: Mapping[str, object], path: tuple[str, ...], parent: ConfigModule | None) -> ConfigModule:
    module = ConfigModule(path, parent)
    module.outputs = _object(body.get("outputs"))
    resources = body.get("resources")
    for each in resources if isinstance(resources, list) else ():
        if not isinstance(each, dict):
            continue
        mode, kind, name = (str(each.get(key)) for key in ("mode", "type", "name"))
        repeated = "count" if "count_expression" in each else "for_each" if "for_each_expression" in each else None
        version = each.get("schema_version")
        module.resources[mode, kind, name] = ConfigResource(
            module,
            mode,
            kind,
            name,
            _object(each.get("expressions")),
            repeated,
            references_of(each.get("for_each_expression")),
            str(each["provider_config_key"]) if "provider_config_key" in each else None,
            version if isinstance(version, int) else None,
        )
    for name, call in _object(body.get("module_calls")).items():
        inner = _object(call)
        made = _module(_object(inner.get("module")), (*path, name), module)
        made.inputs = _object(inner.get("expressions"))
        made.for_each = references_of(inner.get("for_each_expression"))
        made.repeated = "for_each_expression" in inner or "count_expression" in inner
        source = inner.get("source")
        made.source = source if isinstance(source, str) else None
        module.calls[name] = made
    return module


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else NOTHING
