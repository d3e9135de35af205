"""A scan after a change says what a scan of everything says, whether it judged a few files or all of them."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from scanner.base.cache import Cache
from tests.case_names import case_name
from tests.incremental.projects import DAY, TLS_ONLY, Project, verdict
from tests.incremental.repositories import Repository

pytestmark = pytest.mark.full

BUCKET: dict[str, Any] = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "records"}}
TENANCY = """
version: 1
account: "111122223333"
region: us-east-1
tenant_id: {pattern: "[a-z0-9-]{1,36}", tags: [TenantId]}
sessions:
  - {name: sessions, roles: [Session], tenant_key: "aws:PrincipalTag/TenantId", present: always}
owned:
  - {kind: s3-object, bucket: documents, key: "${tenant}/*"}
"""


# --- edits at random


@pytest.mark.parametrize("seed", range(4))
def test_random_edits_of_files_that_bear_on_each_other(seed: int, project: Project) -> None:
    """Of the examples of all rules, split between files and folders; nothing in them speaks of tenants."""
    repository = Repository(project.folder, seed, 40, plain=True)
    random = Random(seed)
    project.scan_whole()
    for _ in range(6):
        for _ in range(random.choice((1, 1, 2, 3))):
            repository.edit()
        project.scan()
    assert project.whole <= 2, "an index that nobody asked before is seldom"  # the first, and one more


@pytest.mark.parametrize("declared", [False, True])
def test_random_edits_where_proofs_are_made(declared: bool, project: Project) -> None:
    repository = Repository(project.folder, 7 + declared, 40)
    if declared:
        (project.folder / "tenancy.yaml").write_text(TENANCY, "utf-8")
    project.scan_whole()
    for _ in range(8):
        repository.edit()
        project.scan()


# --- what bears on what


def test_nothing_changed(project: Project) -> None:
    project.fill()
    project.scan_whole()
    project.rescan()


def test_a_policy_elsewhere_that_names_the_bucket(project: Project) -> None:
    """Written, changed and taken away in another folder, while the bucket's own file stays as it is."""
    project.fill()
    project.write("store/bucket.json", {"Records": BUCKET})
    project.write("policies/policy.json", {"Other": {"Type": "AWS::SNS::Topic"}})
    assert verdict(project.scan_whole(), "s3-tls-only", "#Records") != "PASS"
    project.write("policies/policy.json", {"Policy": TLS_ONLY})
    assert verdict(project.rescan(), "s3-tls-only", "#Records") == "PASS"
    weaker = json.loads(json.dumps(TLS_ONLY))
    weaker["Properties"]["PolicyDocument"]["Statement"]["Effect"] = "Allow"
    project.write("policies/policy.json", {"Policy": weaker})
    assert verdict(project.rescan(), "s3-tls-only", "#Records") == "FAIL"
    (project.folder / "policies/policy.json").unlink()
    assert verdict(project.rescan(), "s3-tls-only", "#Records") != "PASS"


def test_a_file_that_comes_and_names_what_is_there(project: Project) -> None:
    project.fill()
    project.write("store/bucket.json", {"Records": BUCKET})
    project.scan_whole()
    project.write("policies/new.json", {"Policy": TLS_ONLY})
    assert verdict(project.rescan(), "s3-tls-only", "#Records") == "PASS"


def test_what_is_imported_changes_where_it_is_exported(project: Project) -> None:
    """The importer's file is the same; what its property holds is not."""
    project.fill()
    key = {"Type": "AWS::KMS::Key", "Properties": {"EnableKeyRotation": True}}
    exported = {"Key": {"Value": {"Ref": "Key"}, "Export": {"Name": "key"}}}
    project.write("base/keys.json", {"Key": key}, Outputs=exported)
    encryption = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": {"Fn::ImportValue": "algorithm"}}}
    rules = {"ServerSideEncryptionConfiguration": [encryption]}
    project.write(
        "store/bucket.json", {"Records": {"Type": "AWS::S3::Bucket", "Properties": {"BucketEncryption": rules}}}
    )
    project.scan_whole()
    for algorithm in ("AES256", "aws:kms", "none"):
        outputs = {**exported, "Algorithm": {"Value": algorithm, "Export": {"Name": "algorithm"}}}
        project.write("base/keys.json", {"Key": key}, Outputs=outputs)
        project.rescan()


def test_a_policy_beside_a_role_in_a_file_that_is_read_for_it_and_imports_from_a_third(project: Project) -> None:
    """The third has to be read as well, though nothing in it bears on what changed."""
    project.fill()
    host = {"Type": "AWS::EC2::Instance", "Properties": {"ImageId": "ami-1"}}
    selection = {
        "Type": "AWS::Backup::BackupSelection",
        "Properties": {
            "BackupPlanId": "p",
            "BackupSelection": {
                "SelectionName": "s",
                "IamRoleArn": "r",
                "Resources": [{"Fn::ImportValue": "host"}],
            },
        },
    }
    project.write("host/host.json", {"Host": host})
    project.write("host/backup.json", {"Selection": selection})
    project.write(
        "else/names.json",
        {"T": {"Type": "AWS::SNS::Topic"}},
        Outputs={"H": {"Value": "i-1", "Export": {"Name": "host"}}},
    )
    project.scan_whole()
    project.write("host/host.json", {"Host": {**host, "Properties": {"ImageId": "ami-2"}}})
    project.rescan()


def test_resources_of_one_kind_wherever_they_are(project: Project) -> None:
    """`anywhere('AWS::CloudTrail::Trail')`: the first trail of all bears on every bucket."""
    project.fill()
    project.write("store/bucket.json", {"Records": BUCKET})
    project.scan_whole(select=["*"])
    trail = {
        "Type": "AWS::CloudTrail::Trail",
        "Properties": {
            "IsLogging": True,
            "S3BucketName": "trail",
            "EventSelectors": [{"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}],
        },
    }
    project.write("audit/trail.json", {"Trail": trail})
    project.scan(select=["*"])


# --- proofs


def role(action: str) -> dict[str, Any]:
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {"StringLike": {"aws:RequestTag/TenantId": "*"}},
    }
    statement = {
        "Effect": "Allow",
        "Action": action,
        "Resource": "arn:aws:s3:::documents/${aws:PrincipalTag/TenantId}/*",
    }
    policy = {"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    properties = {"RoleName": "Session", "AssumeRolePolicyDocument": {"Statement": [trust]}, "Policies": [policy]}
    return {"Type": "AWS::IAM::Role", "Properties": properties}


@pytest.fixture
def proved(project: Project) -> Project:
    (project.folder / "tenancy.yaml").write_text(TENANCY, "utf-8")
    project.fill()
    project.write("api/role.json", {"Session": role("s3:GetObject")})
    project.write(
        "store/documents.json", {"Documents": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "documents"}}}
    )
    assert verdict(project.scan_whole(), "s3-objects-stay-with-tenant", "#Session") == "PASS"
    return project


def test_a_change_that_no_proof_reads(proved: Project) -> None:
    properties = {"BucketName": "documents", "VersioningConfiguration": {"Status": "Enabled"}}
    proved.write("store/documents.json", {"Documents": {"Type": "AWS::S3::Bucket", "Properties": properties}})
    assert verdict(proved.rescan(), "s3-objects-stay-with-tenant", "#Session") == "PASS"
    proved.write("app3/queue.json", {"Queue3": {"Type": "AWS::SQS::Queue"}, "Host": {"Type": "AWS::EC2::Instance"}})
    proved.rescan()
    proved.write("new/host.json", {"Host": {"Type": "AWS::EC2::Instance"}})
    proved.rescan()
    (proved.folder / "new/host.json").unlink()
    proved.rescan()


@pytest.mark.parametrize(
    ("path", "resources"),
    [
        ("api/role.json", {"Session": role("s3:*")}),
        ("api/user.json", {"User": {"Type": "AWS::IAM::User", "Properties": {"UserName": "u"}}}),
        ("store/documents.json", {"Documents": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "papers"}}}),
        ("store/more.json", {"Another": {"Type": "AWS::S3::Bucket"}}),
        (
            "store/documents.json",
            {
                "Documents": {
                    "Type": "AWS::S3::Bucket",
                    "Properties": {"BucketName": "documents", "AccessControl": "PublicRead"},
                }
            },
        ),
        (
            "run/machine.json",
            {
                "Machine": {
                    "Type": "AWS::StepFunctions::StateMachine",
                    "Properties": {"RoleArn": "arn:aws:iam::111122223333:role/admin"},
                }
            },
        ),
        (
            "store/policy.json",
            {"Policy": {**TLS_ONLY, "Properties": {**TLS_ONLY["Properties"], "Bucket": "documents"}}},
        ),
    ],
    ids=case_name,
)
def test_a_change_that_a_proof_may_rest_on(path: str, resources: dict[str, Any], proved: Project) -> None:
    proved.write(path, resources)
    proved.scan_whole()


def test_lines_that_move_in_a_file_that_a_leak_points_at(proved: Project) -> None:
    leaking = role("s3:GetObject")
    leaking["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]["Resource"] = "*"
    proved.write("api/role.json", {"Session": leaking})
    assert verdict(proved.scan_whole(), "s3-objects-stay-with-tenant", "#Session") == "FAIL"
    file = proved.folder / "api/role.json"
    file.write_text("\n\n" + file.read_text("utf-8"), "utf-8")
    proved.scan_whole()


@pytest.mark.parametrize("asks", [False, True])
def test_lines_that_move_in_the_file_of_a_policy_that_lets_a_leak_happen(asks: bool, proved: Project) -> None:
    """The role's own file stays as it is; the leak points at the other one, whether the role is judged again or not."""
    session = role("s3:GetObject")
    session["Properties"]["ManagedPolicyArns"] = [
        {"Fn::ImportValue": "wide"} if asks else "arn:aws:iam::111122223333:policy/wide"
    ]
    document = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
    wide = {"ManagedPolicyName": "wide", "PolicyDocument": document}
    proved.write("api/role.json", {"Session": session})
    proved.write(
        "policies/wide.json",
        {"Wide": {"Type": "AWS::IAM::ManagedPolicy", "Properties": wide}},
        Outputs={"Wide": {"Value": {"Ref": "Wide"}, "Export": {"Name": "wide"}}},
    )
    before = proved.scan_whole()
    assert verdict(before, "s3-objects-stay-with-tenant", "#Session") == "FAIL"
    file = proved.folder / "policies/wide.json"
    file.write_text("\n\n" + file.read_text("utf-8"), "utf-8")
    proved.scan()


def test_a_leak_that_is_accepted_beside_what_is_judged_again(proved: Project) -> None:
    """What is put over a proof by an exception is put there by the scan that judges its file."""
    leaking = role("s3:GetObject")
    leaking["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]["Resource"] = "*"
    entry = {
        "rule": "s3-objects-stay-with-tenant",
        "because": "the bucket is empty until the move is over",
        "owner": "team",
        "approved_by": "lead",
        "until": "2027-01-31",
    }
    leaking["Metadata"] = {"tenantproof": {"exceptions": [entry]}}
    (proved.folder / "exceptions.yaml").write_text("- templates: allowed\n", "utf-8")
    proved.write("api/role.json", {"Session": leaking, "Host": {"Type": "AWS::EC2::Instance"}})
    assert verdict(proved.scan_whole(), "s3-objects-stay-with-tenant", "#Session") == "SUPPRESSED"
    chosen = {"SelectionName": "s", "IamRoleArn": "r", "Resources": ["arn:aws:ec2:*:*:instance/*"]}
    properties = {"BackupPlanId": "p", "BackupSelection": chosen}
    proved.write("other/c.json", {"S": {"Type": "AWS::Backup::BackupSelection", "Properties": properties}})
    proved.scan_whole()
    proved.write("app1/host.json", {"Host": {"Type": "AWS::EC2::SecurityGroup"}})
    assert verdict(proved.rescan(), "s3-objects-stay-with-tenant", "#Session") == "SUPPRESSED"


def test_lines_that_move_where_an_inferred_tenancy_comes_from(project: Project) -> None:
    """The report tells the line of what it rests on."""
    project.fill()
    documents = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "documents"}}
    project.write("api/role.json", {"Session": role("s3:GetObject")})
    project.write("store/documents.json", {"Documents": documents})
    before = project.scan_whole().report["tenancy"]
    assert before["source"] == "inferred"
    file = project.folder / "api/role.json"
    file.write_text("\n\n" + file.read_text("utf-8"), "utf-8")
    assert project.scan_whole().report["tenancy"]["evidence"] != before["evidence"]
    project.write("store/documents.json", {"Documents": documents, "Host": {"Type": "AWS::EC2::Instance"}})
    project.rescan()


def test_the_first_word_of_tenants(project: Project) -> None:
    """Where nothing spoke of tenants before, what is inferred may now be something."""
    project.fill()
    project.scan_whole()
    project.write("app1/role.json", {"Session": role("s3:GetObject")})
    project.scan_whole()


# --- another day


def test_the_next_day_only_what_asks_for_the_day_is_judged_again(project: Project) -> None:
    tenancy = (
        "attestations: [{control: 164.308(a)(1)(ii)(A), statement: Risk analysis, owner: ciso, date: 2025-11-24, "
        "valid_days: 365}]\n"
    )
    (project.folder / "tenancy.yaml").write_text(TENANCY + tenancy, "utf-8")
    project.fill()
    project.write("account/account.json", {"Clinic": {"Type": "AWS::::Account"}})
    assert verdict(project.scan_whole(), "annual-risk-assessment", "#Clinic") == "PASS"
    project.write("app1/host.json", {"Host": {"Type": "AWS::EC2::Instance"}})
    assert (
        verdict(project.rescan(as_of=DAY + datetime.timedelta(days=1)), "annual-risk-assessment", "#Clinic") == "PASS"
    )
    assert (
        verdict(project.rescan(as_of=DAY + datetime.timedelta(days=2)), "annual-risk-assessment", "#Clinic") == "FAIL"
    )


def test_a_trust_ends(project: Project) -> None:
    (project.folder / "tenancy.yaml").write_text(
        TENANCY
        + "trusted:\n  - {role: Admin, because: breaks the glass, owner: ciso, approved_by: ceo, until: 2026-11-23}\n",
        "utf-8",
    )
    project.fill()
    project.write("api/role.json", {"Admin": role("s3:*")})
    project.scan_whole()
    project.rescan()
    project.scan_whole(as_of=DAY + datetime.timedelta(days=1))


# --- what is said of files


def test_files_that_cannot_be_read_and_can_again(project: Project) -> None:
    project.fill()
    project.scan_whole()
    good = (project.folder / "app4/queue.json").read_text("utf-8")
    (project.folder / "app4/queue.json").write_text(good.replace("}", "", 1), "utf-8")
    assert project.rescan().exit_code == 2
    assert project.rescan().exit_code == 2
    (project.folder / "app4/queue.json").write_text(good, "utf-8")
    assert project.rescan().exit_code != 2


def test_databases_that_nobody_declared_a_tenancy_for_are_counted_and_not_read(project: Project) -> None:
    project.fill()
    schema = "CREATE TABLE patients (tenant_id text); ALTER TABLE patients ENABLE ROW LEVEL SECURITY;\n"
    (project.folder / "schema.sql").write_text(schema, "utf-8")
    project.scan_whole()
    (project.folder / "schema.sql").write_text(schema * 2, "utf-8")
    project.write("app1/queue.json", {"Queue": {"Type": "AWS::SQS::Queue"}})
    ignored = [each for each in project.rescan().report["inputs"] if each["kind"] == "ignored"]
    assert ignored == [{"kind": "ignored", "count": 1}]


def test_a_nested_stack_gets_its_template(project: Project) -> None:
    project.fill()
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "./child.json"}}
    project.write("stacks/parent.json", {"Child": nested})
    project.scan_whole()
    project.write("stacks/child.json", {"Records": BUCKET})
    project.scan_whole()
    project.write("stacks/child.json", {"Records": {"Type": "AWS::S3::Bucket"}})
    project.rescan()
    project.write("stacks/parent.json", {"Topic": {"Type": "AWS::SNS::Topic"}})
    project.scan_whole()


def test_parameters_that_no_template_has_any_more(project: Project) -> None:
    project.fill()
    declared = {"Env": {"Type": "String"}}
    project.write("app1/queue.json", {"Queue": {"Type": "AWS::SQS::Queue"}}, Parameters=declared)
    given = {"Env": "prod", "Sise": "1"}
    project.scan_whole(parameters=given)
    project.write("app1/queue.json", {"Queue": {"Type": "AWS::SQS::Queue"}}, Parameters={"Size": {"Type": "String"}})
    told = project.rescan(parameters=given).report["errors"]
    assert [each["message"] for each in told] == [
        "no template has a parameter `Env`",
        "no template has a parameter `Sise`",
    ]
    assert told[1]["hint"] == "did you mean `Size`?"


# --- what is put over findings


def test_exceptions_beside_a_resource_stay_with_it(project: Project) -> None:
    project.fill()
    entry = {
        "rule": "sns-encrypted",
        "because": "only public notices are sent here",
        "owner": "team",
        "until": "2027-01-31",
    }
    (project.folder / "exceptions.yaml").write_text("- templates: allowed\n", "utf-8")
    noted = {"Type": "AWS::SNS::Topic", "Metadata": {"tenantproof": {"exceptions": [entry]}}}
    project.write("app1/topic.json", {"Notices": noted})
    project.scan_whole()
    project.write("app2/queue.json", {"Queue2": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}})
    project.rescan()
    project.write("app1/topic.json", {"Notices": noted, "More": {"Type": "AWS::SNS::Topic"}})
    project.rescan()
    project.write("app1/topic.json", {"Notices": {"Type": "AWS::SNS::Topic"}})
    project.rescan()
    project.scan_whole(as_of=datetime.date(2027, 2, 1))


def test_exceptions_of_the_project_are_put_over_what_was_kept(project: Project) -> None:
    project.fill()
    project.write("app1/topic.json", {"Notices": {"Type": "AWS::SNS::Topic"}})
    (project.folder / "exceptions.yaml").write_text(
        "- {rule: sns-encrypted, resource: '*Notices', because: only public notices are sent here, owner: team, "
        "approved_by: lead, until: 2027-01-31}\n",
        "utf-8",
    )
    project.scan_whole()
    project.write("app2/queue.json", {"Queue2": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}})
    project.rescan()
    project.write("app1/topic.json", {"Gone": {"Type": "AWS::SQS::Queue"}})
    project.rescan()


def test_a_gate_of_another_threshold_or_baseline_asks_the_same_findings(project: Project, tmp_path: Path) -> None:
    project.fill()
    project.write("app1/topic.json", {"Notices": {"Type": "AWS::SNS::Topic"}})
    project.scan_whole()
    assert project.rescan(fail_on="low").exit_code == 1
    assert project.rescan(fail_on="never").exit_code == 0
    from scanner.acceptance.baseline import baseline_text

    known = tmp_path / "known.json"
    known.write_text(baseline_text(project.rescan().report), "utf-8")
    project.write("app2/queue.json", {"Queue2": {"Type": "AWS::SNS::Topic"}})
    project.rescan(baseline=known)


@pytest.mark.parametrize("change", [lambda entry: entry.update(packed={}), lambda entry: entry.pop("units")])
def test_a_shelf_that_is_not_whole_is_none(change: Callable[[dict[str, Any]], object], project: Project) -> None:
    read = Cache.read

    def broken(self: Cache, kind: str, key: bytes) -> bytes | None:
        content = read(self, kind, key)
        if kind != "shelf" or content is None:
            return content
        entry = json.loads(content)
        change(entry)
        return json.dumps(entry).encode()

    project.fill()
    project.scan_whole()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Cache, "read", broken)
        project.scan_whole()
