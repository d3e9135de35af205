"""Assemblies as aws-cdk-lib 2.275.0 makes them; `places/program.js` is the program of one of them.

Of each there are the manifest, the templates and the metadata, shortened by what is not read; the program stood in
`/app`.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import read_inputs
from scanner.scanning import Options, Scan, scan

MADE = Path(__file__).parent / "assemblies"


def scanned(folder: Path, name: str, *rules: str) -> Scan:
    made = folder / "cdk.out"
    shutil.copytree(MADE / name, made)
    (made / "cdk.out").write_text("{}", "utf-8")
    return scan(options=Options(paths=(made,), select=rules))


@pytest.mark.parametrize("name", ["weak-references", "strong-references"])
def test_a_key_of_another_region_is_met_whatever_way_it_is_handed_over(tmp_path: Path, name: str) -> None:
    report = scanned(tmp_path, name, "sns-kms").report
    assert {each["resource"]["address"]: each["verdict"] for each in report["findings"]} == {
        "cdk.out/App#TopicBFC7AF6E": "PASS",
        "cdk.out/Near#TopicBFC7AF6E": "PASS",
    }


def test_what_is_handed_over_by_a_stack_that_is_not_there_stays_open(tmp_path: Path) -> None:
    made = tmp_path / "cdk.out"
    shutil.copytree(MADE / "strong-references", made)
    manifest = json.loads((made / "manifest.json").read_text("utf-8"))
    del manifest["artifacts"]["Keys"]
    (made / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    report = scan(options=Options(paths=(made,), select=("sns-kms",))).report
    assert {each["verdict"] for each in report["findings"]} == {"UNKNOWN"}


def test_an_empty_stack_is_a_note_and_no_error(tmp_path: Path) -> None:
    made = scanned(tmp_path, "places")
    (note,) = made.report["errors"]
    assert (note["level"], note["message"]) == ("warning", "1 of the assembly's 3 stacks have no resources: `Empty`")
    assert made.report["exit_code"] != 2


def test_an_assembly_of_empty_stacks_alone_is_no_error_either(tmp_path: Path) -> None:
    made = tmp_path / "cdk.out"
    shutil.copytree(MADE / "places", made)
    manifest = json.loads((made / "manifest.json").read_text("utf-8"))
    manifest["artifacts"] = {"Empty": manifest["artifacts"]["Empty"]}
    (made / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert scan(options=Options(paths=(made,))).report["exit_code"] == 0


def test_a_template_that_names_resources_of_another_kind_is_still_an_error(tmp_path: Path) -> None:
    made = tmp_path / "cdk.out"
    shutil.copytree(MADE / "places", made)
    (made / "Empty.template.json").write_text('{"Resources": []}', "utf-8")
    assert scan(options=Options(paths=(made,))).report["exit_code"] == 2


LINES = {
    "DocsA50029D5": 4,  # at the top level of the program
    "QaAD5A43F1": 6,  # in a function that is called back
    "Arrow24E091A3": 8,
    "InClass4674BCD4": 10,
    "InMap1C91EA916": 10,
    "LaterC575820C": 13,  # in a function without a name that is awaited
}


def test_every_way_to_make_a_construct_has_its_line(tmp_path: Path) -> None:
    shutil.copytree(MADE / "places", tmp_path / "cdk.out")
    inventory = read_inputs(discover([tmp_path], cwd=tmp_path), Settings()).inventory
    lines = {each.logical_id: each.written_at.line for each in inventory.resources if each.written_at is not None}
    assert {name: lines.get(name) for name in LINES} == LINES
    assert {each.written_at.path for each in inventory.resources if each.written_at is not None} == {"app/top.js"}
    program = (MADE / "places" / "program.js").read_text("utf-8").splitlines()
    assert all("new s" in program[line - 1] for name, line in lines.items() if line is not None)


def test_a_metadata_file_that_is_missing_costs_lines_only(tmp_path: Path) -> None:
    made = tmp_path / "cdk.out"
    shutil.copytree(MADE / "places", made)
    (made / "Top.metadata.json").unlink()
    report = scan(options=Options(paths=(made,))).report
    assert report["exit_code"] != 2
    assert [each["message"] for each in report["errors"] if "metadata" in each["path"]] == [
        "is not there: findings have no lines of the program that made the stack"
    ]
    assert any(each["resource"]["logical_id"] == "DocsA50029D5" for each in report["findings"])


def test_rules_acknowledged_without_a_namespace_are_told(tmp_path: Path) -> None:
    """CDK writes such a rule as one of `Annotation`; one of another tool's namespace is that tool's."""
    report = scanned(tmp_path, "acknowledged").report
    told = [each["message"] for each in report["errors"] if each["kind"] == "exceptions"]
    for rule in ("s3-versioning", "s3-access-logs", "s3-no-acls"):
        assert any(f"acknowledges `{rule}`" in message for message in told), rule
    (others,) = [message for message in told if "rules of other tools" in message]
    assert "`CloudFormation-Validate::W1`" in others and "Annotation::s3" not in others


def test_what_cdk_nag_3_writes_is_told_once_by_the_rule_that_it_is_here(tmp_path: Path) -> None:
    """cdk-nag 3.0.2 with `writeSuppressionsToCloudFormation`: in the template and beside it, findings with an index."""
    report = scanned(tmp_path, "nag-3").report
    told = [each["message"] for each in report["errors"] if each["kind"] == "exceptions"]
    alias = "HIPAA.Security-S3BucketVersioningEnabled"
    logs = "`AwsSolutions-S1` (`no logs here`), which is `s3-access-logs` here,"
    for rule in (logs, "`s3-versioning` (`ours`)", f"`{alias}` (`no versions`), which is `s3-versioning` here,"):
        assert [message for message in told if f"`DocsA50029D5` acknowledges {rule}" in message and "end" in message]
    (others,) = [message for message in told if "rules of other tools" in message]
    # One finding of a rule is not the rule, and what CDK puts before a name is no part of it.
    assert others.count("`AwsSolutions-IAM5[Action::s3:*]`") == 1 and "Annotation" not in others
    assert len(told) == 4, told


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("s3-versioning", "s3-versioning"),
        ("tenantproof::s3-versioning", "s3-versioning"),
        ("Annotation::s3-versioning", "s3-versioning"),
        ("HIPAA.Security-S3BucketVersioningEnabled", "s3-versioning"),
        ("HIPAA.Security::HIPAA.Security-S3BucketVersioningEnabled", "s3-versioning"),
        ("Annotation::NIST.800.53.R5-S3BucketVersioningEnabled", "s3-versioning"),
        ("HIPAA.Security-S3BucketVersioningEnabled[a]", None),
        ("OtherTool::s3-versioning", None),
        ("OtherTool::a::b", None),
        ("::", None),
        ("", None),
    ],
)
def test_a_rule_is_known_in_every_spelling_of_an_acknowledgement(
    tmp_path: Path, written: str, told: str | None
) -> None:
    listed = {"rules_to_suppress": [{"id": written, "reason": "r"}]}
    bucket = {"Type": "AWS::S3::Bucket", "Metadata": {"cdk_nag": listed}}
    (tmp_path / "t.json").write_text(json.dumps({"Resources": {"B": bucket}}), "utf-8")
    report = scan(options=Options(paths=(tmp_path / "t.json",), select=("s3-*",))).report
    (message,) = [each["message"] for each in report["errors"] if each["kind"] == "exceptions"]
    assert (f"`{told}`" in message and "accepts nothing" in message) if told else "rules of other tools" in message


def test_an_assembly_of_cdk_1_says_what_to_do(tmp_path: Path) -> None:
    made = tmp_path / "cdk.out"
    shutil.copytree(MADE / "places", made)
    manifest = json.loads((made / "manifest.json").read_text("utf-8"))
    (made / "manifest.json").write_text(json.dumps({**manifest, "version": "21.0.0"}), "utf-8")
    (error,) = scan(options=Options(paths=(made,))).report["errors"]
    assert error["hint"] is not None and "tenantproof scan cdk.out/*.template.json" in error["hint"]
    # What it says to do is possible.
    templates = tuple(sorted(made.glob("Top.template.json")))
    assert scan(options=Options(paths=templates)).report["exit_code"] != 2
