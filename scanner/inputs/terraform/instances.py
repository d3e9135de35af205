"""Every resource that a plan or state speaks of, with what is known of its attributes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Literal

from scanner.base.record import mutable
from scanner.inputs.terraform.configuration import ConfigModule, ConfigResource
from scanner.inputs.terraform.document import PlanDocument

Module = tuple[tuple[str, str | int | None], ...]
"""The calls that lead to an instance of a module: each with its name and its key, if it is repeated."""
_STEP = re.compile(r"module\.([^.\[\"]+)(?:\[(\d+|\"(?:[^\"\\]|\\.)*\"|\*)\])?(?:\.|\Z)")
_NEW = (("create",), ("delete", "create"), ("create", "delete"), ("forget", "create"))
# "aws_default_vpc" and its like take over what AWS has made: their defaults are not those of new things.
_ADOPTS = "aws_default_"


@mutable(eq=False)
class Instance:
    """One resource or data source. `after` are the values that are known, `unknown` says which are not.

    `new` means that it is made by this plan, so that what is left out takes the defaults of new things. `managed` is
    False for what stays in AWS and leaves the state. `config` is None where it is not known how it is written.
    """

    address: str
    module: Module
    mode: str
    type: str
    name: str
    key: str | int | None
    provider: str
    after: Mapping[str, object]
    unknown: Mapping[str, object] | Literal[True]
    sensitive: object = None
    new: bool = False
    managed: bool = True
    config: ConfigResource | None = None
    before: Mapping[str, object] = field(default_factory=dict)

    @property
    def provider_name(self) -> str:
        """`aws` or `awscc`, whoever publishes it, as a fork makes the same things; the whole name of any other."""
        last = self.provider.split("/")
        return last[-1] if last[-1] in ("aws", "awscc") or len(last) == 1 else self.provider


def instances_of(document: PlanDocument, root: ConfigModule | None) -> Iterator[Instance]:
    """What there will be, or is: what is deleted and what was deposed does not count."""
    data = document.data
    if document.kind == "terraform-state":
        yield from _of_values(_object(data.get("values")), root)
        return
    changes = data.get("resource_changes")
    if not isinstance(changes, list):
        # A plan that only refreshes: all that it holds is known. Terraform 1.11 has it in `prior_state`.
        yield from _of_values(_object(data.get("planned_values")), root)
        yield from _of_values(_object(_object(data.get("prior_state")).get("values")), root)
        return
    for change in changes:
        made = _of_change(change, root) if isinstance(change, dict) else None
        if made is not None:
            yield made
    # What data sources gave while planning stands in the state before.
    prior = _object(_object(data.get("prior_state")).get("values"))
    for each in _of_values(prior, root):
        if each.mode == "data":
            yield each


def module_of(address: str) -> Module:
    """The instance of a module that an address begins with."""
    steps: list[tuple[str, str | int | None]] = []
    end = 0
    while (match := _STEP.match(address, end)) is not None:
        steps.append((match[1], _key(match[2])))
        end = match.end()
    return tuple(steps)


def _of_change(change: Mapping[str, object], root: ConfigModule | None) -> Instance | None:
    body = _object(change.get("change"))
    listed = body.get("actions")
    actions = tuple(str(each) for each in listed) if isinstance(listed, list) else ()
    mode = change.get("mode")
    if "deposed" in change or actions in ((), ("delete",)) or mode not in ("managed", "data"):
        return None
    forgotten = actions == ("forget",)
    after = body.get("before") if forgotten else body.get("after")
    unknown: object = {} if forgotten else body.get("after_unknown")
    adopted = str(change.get("type")).startswith(_ADOPTS)
    imported = body.get("importing") is not None
    return _instance(
        change,
        root,
        _object(after),
        True if unknown is True else _object(unknown),
        body.get("before_sensitive" if forgotten else "after_sensitive"),
        new=actions in _NEW and not (adopted or imported),
        managed=not forgotten,
        before=_object(body.get("before")),
    )


def _of_values(values: Mapping[str, object], root: ConfigModule | None) -> Iterator[Instance]:
    waiting = [values.get("root_module")]
    while waiting:
        module = _object(waiting.pop())
        resources, children = module.get("resources"), module.get("child_modules")
        for each in resources if isinstance(resources, list) else ():
            if isinstance(each, dict) and each.get("mode") in ("managed", "data") and "deposed_key" not in each:
                yield _instance(each, root, _object(each.get("values")), {}, each.get("sensitive_values"))
        waiting.extend(children if isinstance(children, list) else ())


def _instance(  # noqa: PLR0913  # the parts of a change
    body: Mapping[str, object],
    root: ConfigModule | None,
    after: Mapping[str, object],
    unknown: Mapping[str, object] | Literal[True],
    sensitive: object,
    *,
    new: bool = False,
    managed: bool = True,
    before: Mapping[str, object] | None = None,
) -> Instance:
    address = str(body.get("address"))
    mode, kind, name = (str(body.get(key)) for key in ("mode", "type", "name"))
    # 0.12 writes no address of the module.
    module = module_of(address)
    there = root.at([step for step, _ in module]) if root is not None else None
    key = body.get("index")
    return Instance(
        address=address,
        module=module,
        mode=mode,
        type=kind,
        name=name,
        key=key if isinstance(key, str | int) else None,
        provider=str(body.get("provider_name")),
        after=after,
        unknown=unknown,
        sensitive=sensitive,
        new=new,
        managed=managed,
        config=there.resources.get((mode, kind, name)) if there is not None else None,
        before=before or {},
    )


def _key(text: str | None) -> str | int | None:
    if text is None or text == "*":
        return text
    return int(text) if text.isdecimal() else text[1:-1].replace('\\"', '"').replace("\\\\", "\\")


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


__all__ = ["Instance", "Module", "instances_of", "module_of"]
