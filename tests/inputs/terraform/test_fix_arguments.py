"""What a fix says for Terraform, pasted into a plan: the finding goes away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanner.findings.redaction import redact
from scanner.inputs.terraform.fix_arguments import in_terraform
from scanner.inputs.terraform.provider_types import provider_types
from scanner.inputs.terraform.table import all_types, mapped_type
from scanner.language.library import load_library
from scanner.options import Options
from scanner.scanning import scan
from tests.inputs.terraform.plans import Refers, plan, resource, write

TOLD = re.compile(r"is `([^`]+)`(?: of `(aws_\w+)`)?")
LEAST = 60


def pairs() -> Iterator[tuple[str, str, str, str]]:
    """Rule, CloudFormation's type, the provider's type, and what stands behind the rule's fix."""
    named: dict[str, str] = {}
    for name, mapped in all_types().items():
        if mapped.makes:
            named[mapped.makes[0].type] = min(named.get(mapped.makes[0].type, name), name, key=len)
    for rule in load_library(examples=False).rules:
        for kind in sorted(each for each in named if rule.names(each) and rule.types):
            more = in_terraform(rule.fix, kind, named[kind]).removeprefix(rule.fix.rstrip())
            if more.strip():
                yield rule.id, kind, named[kind], more


def arguments(told: str) -> dict[str, Any]:
    """`a { b = 1 }` and `a.b = 1` as a plan has them; empty for a name alone."""
    name, equals, value = told.partition(" = ")
    if not equals:
        return {}
    path = re.findall(r"\w+", name)
    made: Any = json.loads(value.removesuffix(" }"))
    for step in reversed(path):
        made = {step: made}
    return dict(made)


def merged(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {
            key: merged(one[key], other[key]) if key in one and key in other else {**one, **other}[key]
            for key in (*one, *other)
        }
    return other


def blocks(kind: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """With a list around each block, as a plan has it."""
    return {
        name: [blocks(kind[name][1], value)] if isinstance(kind.get(name), list) and isinstance(value, dict) else value
        for name, value in given.items()
    }


def test_each_argument_that_is_told_is_one_of_the_provider() -> None:
    told = 0
    for rule, _, own, more in pairs():
        for text, part in TOLD.findall(more):
            if text.startswith("aws_"):
                assert mapped_type(text) is not None, rule
                continue
            here: Any = provider_types().arguments(part or own)
            for step in re.findall(r"\w+", text.partition(" = ")[0]):
                assert step in here, (rule, text)
                here = here[step][1] if isinstance(here[step], list) else {}
            told += 1
    assert told > 350


@pytest.mark.full
def test_what_is_pasted_ends_the_finding(tmp_path: Path) -> None:
    resources, asked = [], {}
    for number, (rule, _, own, more) in enumerate(pairs()):
        given: dict[str, dict[str, Any]] = {}
        for text, part in TOLD.findall(more):
            given[part or own] = merged(given.get(part or own, {}), arguments(text))
        if not any(given.values()):
            continue
        before, after = f"{own}.before_{number}", f"{own}.after_{number}"
        asked[number] = (rule, before, after)
        resources.append(resource(before, {}))
        resources.append(resource(after, blocks(dict(provider_types().arguments(own) or {}), given.pop(own, {}))))
        for part, inside in given.items():
            mapped = mapped_type(part)
            assert mapped is not None
            if mapped.folds:
                key = {mapped.folds[0].key: Refers(f"{after}.id")}
                said = blocks(dict(provider_types().arguments(part) or {}), inside)
                resources.append(resource(f"{part}.part_{number}", {**said, **key}))
    given_ = replace(Options(), paths=[write(tmp_path, plan(*resources))])
    report = scan(options=given_).report
    found = {(each["rule"], each["resource"]["logical_id"]): each["verdict"] for each in report["findings"]}
    turned = set()
    for rule, before, after in asked.values():
        was, now = found.get((rule, before)), found.get((rule, after))
        if was == "FAIL" and now == "PASS":
            turned.add(rule)
    assert len(turned) >= LEAST


def test_a_fix_without_settings_stays_as_it_is() -> None:
    for fix in ("Rotate it now.", "Set `Nothing` of it.", "Name `*` in `Resource`.", "", "`"):
        assert in_terraform(fix, "AWS::S3::Bucket", "aws_s3_bucket") == fix
    assert in_terraform("Set `A: true`.", "AWS::X::Y", "aws_nothing") == "Set `A: true`."


@pytest.mark.parametrize(
    ("fix", "kind", "own", "told"),
    [
        (
            "Set `EnableKeyRotation: true`.",
            "AWS::KMS::Key",
            "aws_kms_key",
            "`EnableKeyRotation: true` is `enable_key_rotation = true`.",
        ),
        (
            "Set `VersioningConfiguration: {Status: Enabled}`.",
            "AWS::S3::Bucket",
            "aws_s3_bucket",
            '`Status: Enabled` is `versioning_configuration { status = "Enabled" }` of `aws_s3_bucket_versioning`.',
        ),
        (
            "Set `DeliveryOptions: {TlsPolicy: REQUIRE}`.",
            "AWS::SES::ConfigurationSet",
            "aws_ses_configuration_set",
            # The provider's own word, which its table turns into AWS's.
            '`TlsPolicy: REQUIRE` is `delivery_options { tls_policy = "Require" }`.',
        ),
        (
            "Set `KmsKeyId` to a key.",
            "AWS::RDS::DBInstance",
            "aws_db_instance",
            "`KmsKeyId` is `kms_key_id`.",
        ),
        (
            "Set `EnableKeyRotation: true`.",
            "AWS::KMS::Key",
            "awscc_kms_key",
            "`EnableKeyRotation: true` is `enable_key_rotation = true`.",
        ),
    ],
)
def test_values_are_those_of_the_provider(fix: str, kind: str, own: str, told: str) -> None:
    assert in_terraform(fix, kind, own) == f"{fix} In Terraform, {told}"


def test_what_stands_behind_a_fix_is_kept_by_redaction(tmp_path: Path) -> None:
    options = replace(Options(), paths=[write(tmp_path, plan(resource("aws_kms_key.clinic", {})))])
    report = scan(options=options).report
    (finding,) = [each for each in report["findings"] if each["rule"] == "kms-key-rotation"]
    assert "`enable_key_rotation = true`" in finding["fix"]
    (hidden,) = [each for each in redact(report)["findings"] if each["rule"] == "kms-key-rotation"]
    assert hidden["fix"] == finding["fix"]
