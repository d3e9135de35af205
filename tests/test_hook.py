"""The CloudFormation Hook, on events as the Hooks User Guide records them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from scanner import hook
from tests.case_names import case_name
from tests.conftest import ROOT

EVENTS = Path(__file__).parent / "hook_events"
CLINIC = ROOT / "examples" / "virtual-clinic"


def event(name: str = "stack", **changes: Any) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    content["requestData"] |= changes
    return content


def payload(template: object) -> hook.Fetch:
    def fetch(address: str) -> bytes:
        assert address.startswith("https://")
        return json.dumps({"template": template}).encode()

    return fetch


def test_what_a_scan_fails_on_stops_the_deployment_worst_first(tmp_path: Path) -> None:
    template = (CLINIC / "leaky" / "app.yaml").read_text("utf-8")
    (tmp_path / "tenancy.yaml").write_bytes((CLINIC / "tenancy.yaml").read_bytes())
    got = hook.answer(event(), payload(template), tmp_path)
    assert (got["hookStatus"], got["errorCode"], got["clientRequestToken"]) == ("FAILED", "NonCompliant", "123abc")
    annotations: Any = got["annotations"]
    assert annotations[0]["status"] == "FAILED"
    assert annotations[0]["severityLevel"] == "CRITICAL"
    deviations = [each for each in annotations if "unknown: " not in each["statusMessage"]]
    assert deviations and all("remediationMessage" in each for each in deviations)
    # What stands in the way of a proof fails it too, by the same threshold as a scan's, and is called by its name.
    waiting = [each for each in annotations if "unknown: " in each["statusMessage"]]
    assert waiting and all("remediationMessage" not in each for each in waiting)
    for each in annotations:
        assert set(each) <= {
            "annotationName",
            "status",
            "statusMessage",
            "severityLevel",
            "remediationMessage",
            "remediationLink",
        }
        assert 1 <= len(each["annotationName"]) <= 1_024
        assert 1 <= len(each["statusMessage"]) <= 16_384
        assert "/tmp" not in each["statusMessage"] and "tmp" not in each["statusMessage"].split("clinic.template")[0]
    assert any("(clinic.template:" in each["statusMessage"] for each in annotations)
    assert len(annotations) <= 100
    json.dumps(got)


def test_a_file_of_the_project_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "tenancy.yaml").write_text("version: 1\nversion: 1\n")
    got = hook.answer(event(), payload((CLINIC / "sound" / "data.yaml").read_text("utf-8")), tmp_path)
    annotations: Any = got["annotations"]
    assert got["errorCode"] == "InternalFailure"
    assert annotations[0]["statusMessage"].startswith("tenancy.yaml, line 2: ")


def test_a_sound_stack_goes_on(tmp_path: Path) -> None:
    template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Subscription", "Properties": {}}}})
    got = hook.answer(event(), payload(template), tmp_path)
    assert got["hookStatus"] == "SUCCESS"
    assert "errorCode" not in got


def test_the_project_of_the_function_decides(tmp_path: Path) -> None:
    template = "Resources:\n  Bucket: {Type: AWS::S3::Bucket}\n"
    assert hook.answer(event(), payload(template), tmp_path)["hookStatus"] == "FAILED"
    (tmp_path / "tenantproof.yaml").write_text("fail_on: never\n", "utf-8")
    got = hook.answer(event(), payload(template), tmp_path)
    assert got["hookStatus"] == "SUCCESS"
    assert any(each["status"] == "FAILED" for each in got["annotations"])  # type: ignore[attr-defined]  # a list


def test_a_resource_is_judged_on_its_own(tmp_path: Path) -> None:
    got = hook.answer(event("resource"), project=tmp_path)
    assert (got["hookStatus"], got["errorCode"]) == ("FAILED", "NonCompliant")
    assert any("Records" in each["statusMessage"] for each in got["annotations"])  # type: ignore[attr-defined]  # a list


def test_what_is_deleted_is_not_judged(tmp_path: Path) -> None:
    deletion = event("resource") | {"actionInvocationPoint": "DELETE_PRE_PROVISION"}
    assert hook.answer(deletion, project=tmp_path)["hookStatus"] == "SUCCESS"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({}, "no `requestData`"),
        (event(payload=None), "is not judged"),
        (event(targetType="HOOK"), "is not judged"),
        (event("resource", targetModel=None), "no `resourceProperties`"),
        (event(payload="http://s3.eu-west-1.amazonaws.com/x"), "could not be fetched"),
        (event(payload="https://s3.amazonaws.com.evil.example/x"), "could not be fetched"),
        (event(payload="https://u@s3.amazonaws.com/x"), "could not be fetched"),
        (event(payload="file:///etc/passwd"), "could not be fetched"),
    ],
    ids=case_name,
)
def test_what_cannot_be_judged_is_never_passed(broken: dict[str, Any], said: str, tmp_path: Path) -> None:
    got = hook.answer(copy.deepcopy(broken), project=tmp_path)
    assert (got["hookStatus"], got["errorCode"]) == ("FAILED", "InternalFailure")
    assert said in str(got["message"])


@pytest.mark.parametrize("content", [b"", b"[]", b'{"template": 3}', b"[" * 100_000])
def test_a_payload_of_another_form_is_never_passed(content: bytes, tmp_path: Path) -> None:
    got = hook.answer(event(), lambda _: content, tmp_path)
    assert (got["hookStatus"], got["errorCode"]) == ("FAILED", "InternalFailure")


def test_a_template_that_cannot_be_read_is_never_passed(tmp_path: Path) -> None:
    got = hook.answer(event(), payload("Resources: [\n"), tmp_path)
    assert (got["hookStatus"], got["errorCode"]) == ("FAILED", "InternalFailure")
    assert got["annotations"][0]["annotationName"] == "tenantproof-input"  # type: ignore[index]  # a list


def test_a_broken_configuration_is_never_passed(tmp_path: Path) -> None:
    (tmp_path / "tenantproof.yaml").write_text("fail_onn: never\n", "utf-8")
    got = hook.answer(event(), payload("Resources:\n  Topic: {Type: AWS::SNS::Subscription}\n"), tmp_path)
    assert (got["hookStatus"], got["errorCode"]) == ("FAILED", "InternalFailure")


@pytest.mark.parametrize("file", ["app.yaml", "data.yaml", "network.yaml"])
def test_a_sound_stack_is_let_by_although_it_imports_from_others(file: str, tmp_path: Path) -> None:
    """A Hook sees one stack; what others export is counted in the answer, and stops nothing."""
    (tmp_path / "tenancy.yaml").write_bytes((CLINIC / "tenancy.yaml").read_bytes())
    (tmp_path / "exceptions.yaml").write_bytes((CLINIC / "exceptions.yaml").read_bytes())
    asked = json.loads(json.dumps(event()).replace("eu-west-1", "us-east-1"))
    got = hook.answer(asked, payload((CLINIC / "sound" / file).read_text("utf-8")), tmp_path)
    assert got["hookStatus"] == "SUCCESS", got["message"]
    annotations: Any = got["annotations"]
    assert all(each["status"] == "SKIPPED" for each in annotations if "unknown: " in each["statusMessage"])
    if file == "app.yaml":
        assert "unknown: the exports of other stacks are not seen here" in str(got["message"])


@pytest.mark.parametrize(
    "table",
    [{"Ref": "Handed"}, {"Fn::Sub": "{{resolve:ssm:/clinic/table}}"}, {"Fn::GetAtt": ["Made", "Name"]}],
    ids=["parameter", "dynamic reference", "attribute"],
)
def test_what_is_unknown_for_another_cause_stops_it_as_before(table: object, tmp_path: Path) -> None:
    (tmp_path / "tenancy.yaml").write_bytes((CLINIC / "tenancy.yaml").read_bytes())
    statement = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": table}
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    policy = {"PolicyName": "data", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust, "Policies": [policy]}}
    made = {"Type": "Custom::Table", "Properties": {"ServiceToken": "arn:aws:lambda:us-east-1:111122223333:function:f"}}
    template = {
        "Parameters": {"Handed": {"Type": "String"}},
        "Resources": {"PatientTenantRole": role, "Made": made},
    }
    got = hook.answer(event(), payload(json.dumps(template)), tmp_path)
    assert got["hookStatus"] == "FAILED"
    assert "exports of other stacks" not in str(got["message"])


def _with_imported_table(*more: object) -> str:
    """A tenant's role whose policy names its own items of a table that another stack exports, and `more`."""
    arn = {"Fn::ImportValue": "patients-arn"}
    own = {
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:Query"],
        "Resource": [arn, {"Fn::Sub": ["${T}/index/*", {"T": arn}]}],
        "Condition": {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["TENANT#${aws:PrincipalTag/TenantId}#*"]},
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    }
    trust = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::111122223333:role/Vending"},
                "Action": ["sts:AssumeRole", "sts:TagSession"],
                "Condition": {"StringLike": {"aws:RequestTag/TenantId": "*"}},
            }
        ]
    }
    policy = {"PolicyName": "data", "PolicyDocument": {"Version": "2012-10-17", "Statement": [own, *more]}}
    properties = {"RoleName": "PatientTenantRole", "AssumeRolePolicyDocument": trust, "Policies": [policy]}
    role = {"Type": "AWS::IAM::Role", "Properties": properties}
    return json.dumps({"Resources": {"PatientTenantRole": role}})


def _crossing(answered: dict[str, object]) -> dict[str, str]:
    """The status of each annotation of the rule on items."""
    told: Any = answered["annotations"]
    return {
        each["annotationName"]: each["status"]
        for each in told
        if each["annotationName"] == "dynamodb-items-stay-with-tenant"
    }


def test_an_import_beside_it_hides_no_other_doubt(tmp_path: Path) -> None:
    """What another statement leaves open is open whatever the export is, and stops the stack."""
    (tmp_path / "tenancy.yaml").write_bytes((CLINIC / "tenancy.yaml").read_bytes())
    asked = json.loads(json.dumps(event()).replace("eu-west-1", "us-east-1"))
    alone = hook.answer(asked, payload(_with_imported_table()), tmp_path)
    assert _crossing(alone) == {"dynamodb-items-stay-with-tenant": "SKIPPED"}, alone
    index = {
        "Effect": "Allow",
        "Action": "dynamodb:Query",
        "Resource": "arn:aws:dynamodb:us-east-1:111122223333:table/Patients/index/*",
        "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["TENANT#${aws:PrincipalTag/TenantId}#*"]}},
    }
    whole = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}
    handed = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": {"Fn::Sub": "{{resolve:ssm:/clinic/table}}"}}
    for statement in (index, whole, handed):
        got = hook.answer(asked, payload(_with_imported_table(statement)), tmp_path)
        assert _crossing(got) == {"dynamodb-items-stay-with-tenant": "FAILED"}, (statement, got)
        assert got["hookStatus"] == "FAILED"
