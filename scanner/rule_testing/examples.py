"""The examples inside a rule, judged: as written, and with holes in them."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast

from scanner.base.record import record
from scanner.engine.finding_builder import Describer
from scanner.engine.judge_all import bind
from scanner.engine.judging import Judge
from scanner.findings.finding import Finding
from scanner.findings.report_document import Verdict
from scanner.inputs.cloudformation.exports import Exports
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.cloudformation.template import open_template
from scanner.inputs.reading import nested_output
from scanner.language.library import Library
from scanner.language.rule import Example, Rule
from scanner.model.resource import Inventory
from scanner.tenancy.loading import load_tenancy
from scanner.tenancy.namespaces import mark_tenants
from scanner.tenancy.tenancy import NO_TENANCY
from scanner.text.document import Document, Keys, NoPlaces

VERDICT: Mapping[str, Verdict] = {
    "pass": "PASS",
    "fail": "FAIL",
    "unknown": "UNKNOWN",
    "not applicable": "NOT_APPLICABLE",
}
_ABOUT = ("expect", "on", "tenancy", "parameters", "params", "account", "region", "strict_defaults", "as_of")
# What CloudFormation would run at deployment: a value of which nothing at all is known.
HOLE = {"Fn::Transform": {"Name": "Hole"}}


@record
class Mishap:
    """An example that is not judged as it says; `hole` is the path of the value that was taken out, if any."""

    rule: str
    example: str
    message: str
    hole: str | None = None

    def __str__(self) -> str:
        where = f" with a hole at `{self.hole}`" if self.hole else ""
        return f"{self.rule}: example `{self.example}`{where}: {self.message}"


def check_examples(rule: Rule, library: Library) -> Iterator[Mishap]:
    """Examples that have another verdict or another message than they say."""
    for example in rule.examples:
        wanted = VERDICT[example.kind]
        findings = judge_example(rule, example, example.body, library)
        if not findings:
            yield Mishap(rule.id, example.name, "no resource in it has a type that the rule names")
        for finding in findings:
            if finding.verdict != wanted:
                said = f": {finding.message}" if finding.message else ""
                yield Mishap(
                    rule.id,
                    example.name,
                    f"{finding.resource['logical_id']} is {finding.verdict}, not {wanted}{said}",
                )
        expected = example.body.get("expect")
        if isinstance(expected, str) and findings and not any(expected in finding.message for finding in findings):
            told = " / ".join(finding.message for finding in findings)
            yield Mishap(rule.id, example.name, f"no message contains `{expected}`: {told}")


def check_holes(rule: Rule, library: Library) -> Iterator[Mishap | None]:
    """For each hole None, or the verdict that it turned over: more unknown must never give another answer."""
    for example in rule.examples:
        if example.kind not in ("pass", "fail"):
            continue
        wanted = VERDICT[example.kind]
        for keys, body in _with_holes(example.body):
            flipped = [
                finding
                for finding in judge_example(rule, example, body, library)
                if finding.verdict not in (wanted, "UNKNOWN") or _crashed(finding)
            ]
            if not flipped:
                yield None
                continue
            hole = ".".join(map(str, keys))
            yield Mishap(rule.id, example.name, f"{wanted} turns into {flipped[0].verdict}: {flipped[0].message}", hole)


def judge_example(rule: Rule, example: Example, body: Mapping[str, object], library: Library) -> list[Finding]:
    """The findings on the resources that the example is about."""
    tenancy = NO_TENANCY
    if "tenancy" in example.body:
        tenancy = load_tenancy(_document("tenancy.yaml", example.body["tenancy"]))
    settings = Settings(
        cast("Mapping[str, object]", body.get("parameters", {})),
        account=cast("str | None", example.body.get("account")) or tenancy.account,
        region=cast("str | None", example.body.get("region")) or tenancy.region,
    )
    exports = Exports()
    data = {key: value for key, value in body.items() if key not in _ABOUT}
    template = open_template(_document(f"{rule.path}#{example.name}", data), settings, exports.read, nested_output)
    exports.add([template.stack])
    inventory = Inventory()
    inventory.add(template.resources())
    tenancy = replace(tenancy.over(inventory), as_of=_day(example.body.get("as_of")))
    mark_tenants(inventory, tenancy)
    strict = example.body.get("strict_defaults") is True
    judge = Judge(inventory, library.new_relations(), tenancy, Describer({}), strict)
    bound = bind(rule, tenancy, cast("Mapping[str, object]", example.body.get("params", {})))
    on = example.body.get("on")
    return [
        judge.judge(rule, resource, bound.names)
        for resource in inventory.resources
        if rule.names(resource.type) and (on is None or resource.logical_id == on)
    ]


def _with_holes(body: Mapping[str, object]) -> Iterator[tuple[Keys, Mapping[str, object]]]:
    resources = body.get("Resources")
    if not isinstance(resources, dict):
        return
    for logical_id, resource in resources.items():
        properties = resource.get("Properties") if isinstance(resource, dict) else None
        for keys in paths_of(properties):
            copy = json.loads(json.dumps(body))
            node = copy["Resources"][logical_id]
            path: Sequence[str | int] = ("Properties", *keys)
            for key in path[:-1]:
                node = node[key]
            node[path[-1]] = HOLE
            yield ("Resources", logical_id, *path), copy


def paths_of(value: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where a hole may be put: at every value but null, and not inside an intrinsic function."""
    if value is None:
        return
    yield at
    if isinstance(value, dict) and not any(key == "Ref" or key.startswith("Fn::") for key in value):
        for key, child in value.items():
            yield from paths_of(child, (*at, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from paths_of(child, (*at, index))


def _day(value: object) -> datetime.date | None:
    return datetime.date.fromisoformat(str(value)) if value is not None else None


def _crashed(finding: Finding) -> bool:
    return finding.unknown is not None and finding.unknown.cause == "scanner-error"


def _document(path: str, data: object) -> Document:
    return Document(path=path, data=data, text="", spans=NoPlaces())
