"""The inventory of templates, plans and snapshots: assets, ways of data, access review, reads recorded, and outputs."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import yaml

from scanner.assets.document import inventory_of
from scanner.bundle.verifying import verify
from scanner.cli.main import main
from scanner.findings.report_document import InventoryDocument
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import read_inputs
from scanner.outputs.shared.inventory_tables import TABLES, as_csv
from scanner.outputs.shared.network_map import MOST_DRAWN, svg
from scanner.snapshots.lines import Seen
from scanner.snapshots.manifest import Manifest, write_manifest
from scanner.snapshots.shard import ShardKey, write_shard
from scanner.tenancy.loading import load_tenancy_near
from tests.inputs.terraform.plans import Refers, plan, resource

ROOT = Path(__file__).resolve().parents[2]
CLINIC = ROOT / "examples" / "virtual-clinic"
TENANCY = {
    "version": 1,
    "tenant_id": {"pattern": "[a-z]{3,9}", "tags": ["TenantId"]},
    "owned": [
        {"kind": "dynamodb-item", "table": "Visits", "key": "${tenant}#*", "sensitive": ["phi"]},
        {"kind": "s3-object", "bucket": "Notes", "key": "${tenant}/*", "sensitive": ["phi", "sud"]},
    ],
}


def trust(**principal: str) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [allowed]}


def policy(*statements: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}]


def allow(action: object, resource: object = "*", **more: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def at(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


SYSTEM: dict[str, Any] = {
    "Visits": {"Type": "AWS::DynamoDB::Table", "Properties": {"Tags": [{"Key": "Owner", "Value": "records team"}]}},
    "Notes": {
        "Type": "AWS::S3::Bucket",
        "Properties": {
            "ReplicationConfiguration": {
                "Role": at("Copier"),
                "Rules": [{"Destination": {"Bucket": "arn:aws:s3:::far", "Account": "999900001111"}}],
            },
            "NotificationConfiguration": {"LambdaConfigurations": [{"Event": "s3:*", "Function": at("Api")}]},
        },
    },
    "Copier": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust(Service="s3.amazonaws.com")}},
    "Api": {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Runtime": "python3.13", "Role": at("ApiRole"), "Code": {"ZipFile": "x"}, "Handler": "h"},
    },
    "ApiRole": {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": trust(Service="lambda.amazonaws.com"),
            "Policies": policy(
                allow(
                    ["dynamodb:Query"],
                    at("Visits"),
                    Condition={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["${aws:PrincipalTag/TenantId}#*"]}},
                )
            ),
        },
    },
    "Analyst": {"Type": "AWS::IAM::User", "Properties": {"Policies": policy(allow("sts:AssumeRole", at("Reader")))}},
    "Reader": {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": trust(AWS="111122223333"),
            "Policies": policy(allow("s3:Get*")),
        },
    },
    "Blocked": {
        "Type": "AWS::IAM::User",
        "Properties": {
            "Policies": policy(allow("*"), {"Effect": "Deny", "Action": ["s3:*", "dynamodb:*"], "Resource": "*"})
        },
    },
    "Stream": {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 1}},
    "Feed": {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {"EventSourceArn": at("Stream"), "FunctionName": {"Ref": "Api"}},
    },
    "Alerts": {
        "Type": "AWS::SNS::Topic",
        "Properties": {"Subscription": [{"Protocol": "https", "Endpoint": "https://hooks.example.com/x"}]},
    },
    "Url": {
        "Type": "AWS::Lambda::Url",
        "Properties": {"TargetFunctionArn": at("Api"), "AuthType": "AWS_IAM"},
    },
    "Kept": {"Type": "AWS::S3::Bucket"},
    "Trail": {
        "Type": "AWS::CloudTrail::Trail",
        "Properties": {
            "IsLogging": True,
            "S3BucketName": {"Ref": "Kept"},
            "EventSelectors": [{"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}],
        },
    },
}


def project(folder: Path, resources: dict[str, Any] = SYSTEM, **more: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tenancy.yaml").write_text(yaml.safe_dump(TENANCY), "utf-8")
    (folder / "app.json").write_text(json.dumps({"Resources": resources, **more}), "utf-8")
    return folder


def inventory(folder: Path, **settings: Any) -> InventoryDocument:
    told = Settings(account="111122223333", region="us-east-1", **settings)
    reading = read_inputs(discover([folder], cwd=folder), told)
    assert not reading.crashes, reading.crashes
    return inventory_of(reading.inventory, load_tenancy_near([folder]).over(reading.inventory))


def edges(document: InventoryDocument) -> set[tuple[str, str, str]]:
    short = {each["id"]: each["id"].rpartition("#")[2] for each in document["assets"]}
    return {(short.get(f["from"], f["from"]), f["relation"], short.get(f["to"], f["to"])) for f in document["flows"]}


def test_flows_have_relation_direction_and_what_they_cross(tmp_path: Path) -> None:
    document = inventory(project(tmp_path))
    found = edges(document)
    assert {
        ("Notes", "notifies", "Api"),
        ("Notes", "replicates objects to", "account:999900001111"),
        ("Stream", "feeds", "Api"),
        ("Api", "acts as", "ApiRole"),
        ("Url", "forwards requests to", "Api"),
        ("internet", "may send requests to", "Url"),
        ("Alerts", "delivers to", "internet:hooks.example.com"),
        ("Visits", "may be read by", "ApiRole"),
        ("Notes", "may be read by", "Reader"),
        ("Trail", "writes events to", "Kept"),
    } <= found
    crossing = {(f["from"].rpartition("#")[2], f["crosses"]) for f in document["flows"] if f["crosses"]}
    assert {("Alerts", "internet"), ("Notes", "account")} <= crossing
    assert not {("Notes", "may be read by", "Blocked"), ("Visits", "may be read by", "Blocked")} & found
    assert all(f["where"] for f in document["flows"])
    assert any("only code decides" in each for each in document["limits"])


@pytest.mark.parametrize(
    ("arn", "crosses"),
    [
        ("arn:aws:sqs:us-east-1:999900001111:far", "account"),
        ("arn:aws:sqs:us-east-1:111122223333:near", None),
        ({"Fn::Sub": "arn:aws:sqs:us-east-1:${AWS::AccountId}:near"}, None),
    ],
)
def test_an_arn_of_another_account_crosses(tmp_path: Path, arn: object, crosses: str | None) -> None:
    function = {**SYSTEM["Api"]["Properties"], "DeadLetterConfig": {"TargetArn": arn}}
    document = inventory(
        project(tmp_path, {**SYSTEM, "Api": {"Type": "AWS::Lambda::Function", "Properties": function}})
    )
    (flow,) = [each for each in document["flows"] if each["relation"] == "sends failed events to"]
    assert flow["crosses"] == crosses


def test_what_a_condition_of_the_template_decides_is_not_sure(tmp_path: Path) -> None:
    function = {**SYSTEM["Api"]["Properties"]}
    function["DeadLetterConfig"] = {"TargetArn": {"Fn::If": ["Far", at("Stream"), {"Ref": "AWS::NoValue"}]}}
    resources = {**SYSTEM, "Api": {"Type": "AWS::Lambda::Function", "Properties": function}}
    conditions = {"Far": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}}
    folder = project(tmp_path, resources, Conditions=conditions, Parameters={"Stage": {"Type": "String"}})
    (flow,) = [each for each in inventory(folder)["flows"] if each["relation"] == "sends failed events to"]
    assert flow["sure"] is False


def test_of_more_choices_than_are_tried_there_may_be_further_ways(tmp_path: Path) -> None:
    topics = {f"T{at}": {"Type": "AWS::SNS::Topic"} for at in range(14)}
    listed = [
        {"Fn::If": [f"C{number}", {"Id": f"t{number}", "Arn": at(f"T{number}")}, {"Ref": "AWS::NoValue"}]}
        for number in range(14)
    ]
    template = {
        "Parameters": {f"P{number}": {"Type": "String"} for number in range(14)},
        "Conditions": {f"C{number}": {"Fn::Equals": [{"Ref": f"P{number}"}, "x"]} for number in range(14)},
        "Resources": {**topics, "Rule": {"Type": "AWS::Events::Rule", "Properties": {"Targets": listed}}},
    }
    (tmp_path / "t.json").write_text(json.dumps(template), "utf-8")
    document = inventory(tmp_path)
    told = [each for each in document["not_known"] if each["where"] == "t.json#Rule" and each["relation"] == "flows"]
    assert [each["cause"] for each in told] == ["evaluation-limit"]
    assert not any(each["sure"] for each in document["flows"] if each["from"] == "t.json#Rule")


def test_what_nobody_knows_is_told(tmp_path: Path) -> None:
    function = {**SYSTEM["Api"]["Properties"], "DeadLetterConfig": {"TargetArn": {"Ref": "Queue"}}}
    resources = {**SYSTEM, "Api": {"Type": "AWS::Lambda::Function", "Properties": function}}
    document = inventory(project(tmp_path, resources, Parameters={"Queue": {"Type": "String"}}))
    assert [each for each in document["not_known"] if "DeadLetterConfig" in each["where"] and each["cause"]]


def test_assets_have_version_person_and_place(tmp_path: Path) -> None:
    assets = {each["id"].rpartition("#")[2]: each for each in inventory(project(tmp_path))["assets"]}
    assert assets["Api"]["version"] == "python3.13"
    assert assets["Visits"]["accountable"] == "records team"
    assert assets["Visits"]["holds"] == ["phi"]
    assert assets["Notes"]["holds"] == ["phi", "sud"]
    assert assets["Api"]["account"] == "111122223333"
    assert assets["Stream"]["holds"] == []


def test_access_review_tells_chains_conditions_and_what_a_deny_takes_away(tmp_path: Path) -> None:
    rows = {(each["store"].rpartition("#")[2], each["name"]): each for each in inventory(project(tmp_path))["access"]}
    assert rows["Notes", "Reader"]["answer"] == "yes"
    assert rows["Notes", "Reader"]["through"] == ["Analyst > Reader", "Blocked > Reader"]
    assert rows["Visits", "ApiRole"]["answer"] == "conditional"
    assert "dynamodb:LeadingKeys" in rows["Visits", "ApiRole"]["conditions"]
    assert rows["Visits", "ApiRole"]["takers"] == ["service lambda.amazonaws.com"]
    assert ("Notes", "Blocked") not in rows
    assert ("Visits", "Reader") not in rows
    assert not rows["Notes", "Reader"]["last_used_known"]


def test_permission_sets_are_people_with_their_assignments(tmp_path: Path) -> None:
    more = {
        "Support": {
            "Type": "AWS::SSO::PermissionSet",
            "Properties": {
                "Name": "Support",
                "InstanceArn": "arn:aws:sso:::instance/ssoins-1",
                "ManagedPolicies": ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
            },
        },
        "Given": {
            "Type": "AWS::SSO::Assignment",
            "Properties": {
                "InstanceArn": "arn:aws:sso:::instance/ssoins-1",
                "PermissionSetArn": {"Fn::GetAtt": ["Support", "PermissionSetArn"]},
                "PrincipalId": "g-1",
                "PrincipalType": "GROUP",
                "TargetId": "111122223333",
                "TargetType": "AWS_ACCOUNT",
            },
        },
        "Idle": {
            "Type": "AWS::SSO::PermissionSet",
            "Properties": {
                "Name": "Idle",
                "InstanceArn": "arn:aws:sso:::instance/ssoins-1",
                "InlinePolicy": {"Version": "2012-10-17", "Statement": [allow("s3:*")]},
            },
        },
    }
    rows = {each["name"]: each for each in inventory(project(tmp_path, {**SYSTEM, **more}))["access"]}
    assert rows["Support"]["person"]
    assert rows["Support"]["takers"] == ["group g-1 in account 111122223333"]
    assert rows["Idle"]["takers"] == []
    assert "was not read" in rows["Idle"]["not_known"][0]


def test_what_may_be_a_deny_leaves_it_open(tmp_path: Path) -> None:
    properties = {"Policies": policy(allow("s3:*")), "ManagedPolicyArns": [{"Ref": "More"}]}
    resources = {**SYSTEM, "Analyst": {"Type": "AWS::IAM::User", "Properties": properties}}
    rows = inventory(project(tmp_path, resources, Parameters={"More": {"Type": "String"}}))["access"]
    (row,) = [each for each in rows if each["name"] == "Analyst" and each["store"].endswith("#Notes")]
    assert row["answer"] == "unknown"
    assert row["because"]


def test_reads_that_could_be_told_and_those_that_could_not(tmp_path: Path) -> None:
    reads = {each["store"].rpartition("#")[2]: each for each in inventory(project(tmp_path))["reads"]}
    assert reads["Notes"]["answer"] == "yes"
    assert reads["Notes"]["recorders"][0]["endless"]
    assert reads["Visits"]["answer"] == "no"
    assert reads["Visits"]["days_wanted"] == 2192


def test_the_schema_takes_it_and_the_same_files_give_the_same(tmp_path: Path) -> None:
    schema = json.loads((ROOT / "schema" / "inventory.schema.json").read_text("utf-8"))
    document = inventory(project(tmp_path))
    jsonschema.Draft202012Validator(schema).validate(document)
    turned = dict(reversed(SYSTEM.items()))
    again = inventory(project(tmp_path, turned))
    assert json.dumps(again, sort_keys=True) == json.dumps(document, sort_keys=True)
    assert svg(again) == svg(document)


def test_a_plan_has_one_too(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    notes = resource("aws_s3_bucket.notes", {"bucket": "notes"}, unknown=["arn"])
    function = resource(
        "aws_lambda_function.api",
        {"function_name": "api", "runtime": "python3.13", "role": Refers("aws_iam_role.api.arn")},
    )
    trusted = {"name": "api", "assume_role_policy": json.dumps(trust(Service="lambda.amazonaws.com"))}
    role = resource("aws_iam_role.api", trusted, unknown=["arn"])
    (folder / "plan.json").write_text(json.dumps(plan(notes, function, role)), "utf-8")
    document = inventory(folder)
    assert {each["type"] for each in document["assets"]} == {
        "AWS::S3::Bucket",
        "AWS::Lambda::Function",
        "AWS::IAM::Role",
    }
    assert {(f["relation"], f["to"].rpartition("#")[2]) for f in document["flows"]} == {("acts as", "aws_iam_role.api")}


def test_a_snapshot_has_one_with_last_use_and_what_was_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    (folder / "tenancy.yaml").write_text(yaml.safe_dump(TENANCY), "utf-8")
    arn = "arn:aws:iam::111122223333:role/"
    support = "AWSReservedSSO_Support_0123456789abcdef"

    def role(name: str, **principal: str) -> Seen:
        properties = {
            "RoleName": name,
            "AssumeRolePolicyDocument": trust(**principal),
            "Policies": policy(allow("s3:*")),
        }
        return Seen("AWS::IAM::Role", name, f"{arn}{name}", "global", properties, [])

    def used(name: str, day: str | None) -> Seen:
        properties: dict[str, object] = {"RoleName": name, "LastUsed": day}
        return Seen("Tenantproof::IAM::RoleUse", name, f"{arn}{name}", "global", properties, [])

    lines = [
        Seen("AWS::S3::Bucket", "Notes", "arn:aws:s3:::Notes", "us-east-1", {"BucketName": "Notes"}, []),
        role("job", Service="lambda.amazonaws.com"),
        role(support, Federated="arn:aws:iam::111122223333:saml-provider/AWSSSO_x_DO_NOT_DELETE"),
        used("job", "2026-11-02T10:00:00Z"),
        used(support, None),
    ]
    key = ShardKey("111122223333", "global", "s3")
    (folder / "snapshot").mkdir()
    shard = write_shard(folder / "snapshot", key, lines, len(lines))
    times = ("2026-11-23T00:00:00Z", "2026-11-23T00:01:00Z")
    write_manifest(folder / "snapshot", Manifest("1", *times, [key.account], ["us-east-1"], ["s3"], [key], [shard]))
    document = inventory(folder)
    rows = {each["name"]: each for each in document["access"]}
    assert rows["job"]["last_used"] == "2026-11-02"
    assert rows["job"]["last_used_known"]
    assert rows[support]["person"]
    assert rows[support]["last_used"] is None
    assert rows[support]["last_used_known"]
    assert rows[support]["not_known"] == ["who is assigned permission set Support in IAM Identity Center was not read"]
    assert document["reads"][0]["answer"] == "unknown"
    assert any("AWS::IAM::User" in each for each in document["limits"])


def test_no_token_of_an_address_is_told(tmp_path: Path) -> None:
    tokens = ("T00/B00/hunter2hunter2", "user:hunter2hunter2@", "password=hunter2hunter2")
    endpoints = (
        f"https://hooks.example.com/services/{tokens[0]}",
        f"https://{tokens[1]}intake.example.com/x",
        f"jdbc:redshift://far.example.com:5439/db?{tokens[2]}",
    )
    subscriptions = [{"Protocol": "https", "Endpoint": each} for each in endpoints]
    alerts = {"Type": "AWS::SNS::Topic", "Properties": {"Subscription": subscriptions}}
    document = inventory(project(tmp_path, {**SYSTEM, "Alerts": alerts}))
    hosts = {each["to"] for each in document["flows"] if each["to"].startswith("internet:")}
    assert hosts == {"internet:hooks.example.com", "internet:intake.example.com", "internet:far.example.com"}
    told = json.dumps(document) + svg(document) + "".join(as_csv(table(document)) for table in TABLES.values())
    assert "hunter2" not in told


def test_of_too_many_pairs_the_stores_of_patients_records_are_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.assets.document._MOST_ASKED", 3)
    document = inventory(project(tmp_path))
    assert {each["store"].rpartition("#")[2] for each in document["access"]} == {"Notes", "Visits"}
    assert ("Stream", "may be read by", "Blocked") not in edges(document)
    assert any("further stores was not asked" in each for each in document["limits"])


def test_hostile_names_are_no_markup_and_no_formula(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>\"'&\u202e"
    resources = {
        **SYSTEM,
        "Alerts": {
            "Type": "AWS::SNS::Topic",
            "Properties": {
                "TopicName": evil,
                "Tags": [{"Key": "Owner", "Value": "=cmd()"}],
                "Subscription": [{"Protocol": "https", "Endpoint": "https://hooks.example.com/x"}],
            },
        },
    }
    document = inventory(project(tmp_path, resources))
    drawn = svg(document)
    ElementTree.fromstring(drawn)
    assert "<script" not in drawn
    assert "\u202e" not in drawn
    rows = list(csv.reader(io.StringIO(as_csv(TABLES["assets"](document)))))
    assert "'=cmd()" in {cell for row in rows for cell in row}
    assert len({len(row) for row in rows}) == 1


@pytest.mark.parametrize("name", TABLES)
def test_every_row_of_a_table_has_a_cell_for_each_column(tmp_path: Path, name: str) -> None:
    rows = list(TABLES[name](inventory(project(tmp_path))))
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}


def test_of_many_assets_those_with_patients_records_are_drawn(tmp_path: Path) -> None:
    many = {
        f"Fn{number:03}": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"DeadLetterConfig": {"TargetArn": at("Stream")}, "Role": at("ApiRole")},
        }
        for number in range(100)
    }
    document = inventory(project(tmp_path, {**SYSTEM, **many}))
    drawn = svg(document)
    assert drawn.count("<rect ") == MOST_DRAWN
    assert ">Visits</text>" in drawn
    assert f"{MOST_DRAWN} of " in drawn


def test_the_command_writes_every_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = project(tmp_path / "p")
    targets = [f"--format={name}={tmp_path / name}" for name in ("json", "csv", "flows", "access", "reads")]
    assert main(["inventory", str(folder), *targets, "--format", "svg"]) == 0
    assert capsys.readouterr().out.startswith("<svg ")
    assert json.loads((tmp_path / "json").read_text("utf-8"))["schema"] == "tenantproof-inventory/1"
    assert (tmp_path / "access").read_bytes().startswith(b"\xef\xbb\xbfstore,who")
    assert main(["inventory", str(folder), "--format", "jsn"]) == 2
    assert "did you mean `json`" in capsys.readouterr().err
    assert main(["inventory", str(tmp_path / "nowhere")]) == 2


def test_a_plain_scan_has_none_and_its_page_has_one(tmp_path: Path) -> None:
    folder = project(tmp_path / "p")
    page, report = tmp_path / "r.html", tmp_path / "r.json"
    main(["scan", str(folder), "--select", "s3-access-logs", "--format", f"json={report}", "--no-cache", "--quiet"])
    assert "inventory" not in json.loads(report.read_text("utf-8"))
    main(["scan", str(folder), "--select", "s3-access-logs", "--format", f"html={page}", "--no-cache", "--quiet"])
    text = page.read_text("utf-8")
    assert 'aria-labelledby="map-title map-about"' in text
    assert "Who may read stores of electronic protected health information" in text


def test_the_bundle_has_it_and_verify_makes_it_again(tmp_path: Path) -> None:
    folder = project(tmp_path / "p")
    made = tmp_path / "b.zip"
    main(["scan", str(folder), "--select", "s3-access-logs", "--bundle", str(made), "--include-inputs", "--no-cache"])
    with zipfile.ZipFile(made) as archive:
        names = {name for name in archive.namelist() if name.startswith("inventory/")}
    assert names == {
        f"inventory/{n}" for n in ("access.csv", "assets.csv", "flows.csv", "inventory.json", "map.svg", "reads.csv")
    }
    checks = verify(made)
    assert not [each for each in checks if each.verdict == "differs"]
