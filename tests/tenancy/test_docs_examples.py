"""Each tenancy.yaml that the pages print, run as printed: what the text beside it says is what a scan does."""

# ruff: noqa: E501  # policies are read best on one line
from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner import scan

DOCS = Path(__file__).resolve().parents[2] / "docs"
Findings = list[dict[str, Any]]


def printed(page: str, heading: str, number: int = 0) -> str:
    """The example of a page below a heading."""
    text = (DOCS / page).read_text("utf-8").split(f"\n## {heading}", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[number]


def scanned(
    folder: Path, tenancy: str, resources: dict[str, Any], name: str = "template.yaml", **files: str
) -> Findings:
    # What deployment decides is fixed, so that only what the page speaks of is open.
    place = "" if "\naccount:" in tenancy else 'account: "111122223333"\nregion: us-east-1\n'
    (folder / "tenancy.yaml").write_text(tenancy + place)
    (folder / name).write_text(
        yaml.safe_dump({"Parameters": {"TenantId": {"Type": "String"}}, "Resources": resources}, sort_keys=False)
    )
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    return scan(folder).report["findings"]


def proofs(findings: Findings, role: str) -> dict[str, tuple[str, str | None]]:
    return {
        each["rule"]: (each["proof"]["verdict"], each["proof"].get("reaches"))
        for each in findings
        if each.get("proof") is not None and each["resource"]["logical_id"] == role
    }


def told(findings: Findings, rule: str) -> dict[str, str]:
    return {str(each["resource"]["logical_id"]): each["verdict"] for each in findings if each["rule"] == rule}


def message(findings: Findings, rule: str, role: str) -> str:
    (found,) = (
        each.get("message") or ""
        for each in findings
        if each["rule"] == rule and each["resource"]["logical_id"] == role
    )
    return str(found)


def arn(name: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, "Arn"]}


def allow(action: object, resource: object, **condition: object) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Action": action,
        "Resource": resource,
        **({"Condition": condition} if condition else {}),
    }


def role(*statements: object, who: object = None, actions: object = "sts:AssumeRole", **more: object) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": who or {"Service": "ecs-tasks.amazonaws.com"}, "Action": actions}
    policies = [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}]
    properties = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}, "Policies": policies}
    return {"Type": "AWS::IAM::Role", "Properties": {**properties, **more}}


def table(key: str = "pk", **more: object) -> dict[str, Any]:
    schema = {
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"}],
    }
    return {"Type": "AWS::DynamoDB::Table", "Properties": {**schema, **more}}


def tagged(value: object) -> list[dict[str, object]]:
    return [{"Key": "TenantId", "Value": value}]


# Pool

TAG = "${aws:PrincipalTag/TenantId}"
SESSION = ["sts:AssumeRole", "sts:TagSession"]
READS = ["dynamodb:GetItem", "dynamodb:Query"]
KEYS = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"TENANT#{TAG}#*"]}}


def pool(*extra: object, **more: Any) -> dict[str, Any]:
    index = {
        "IndexName": "byDay",
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    statements = [
        allow(READS, [arn("Visits"), {"Fn::Sub": "${Visits.Arn}/index/byDay"}], **KEYS),
        allow(
            ["s3:GetObject", "s3:PutObject"], {"Fn::Sub": "${Documents.Arn}/tenant/" + TAG.replace("${", "${!") + "/*"}
        ),
        allow("kms:Decrypt", arn("Key"), StringEquals={"kms:EncryptionContext:tenant": TAG}),
        allow("dynamodb:Scan", arn("PriceList")),
    ]
    delegated = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return {
        "Visits": table(GlobalSecondaryIndexes=[index]),
        "PriceList": table("tenantId"),
        "Documents": {"Type": "AWS::S3::Bucket"},
        "Key": {
            "Type": "AWS::KMS::Key",
            "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": [delegated]}},
        },
        "Alias": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/phi", "TargetKeyId": {"Ref": "Key"}}},
        "TokenVending": role(allow(SESSION, arn("PatientTenantRole")), who={"Service": "lambda.amazonaws.com"}),
        "PatientTenantRole": role(*statements, *extra, who={"AWS": [arn("TokenVending")]}, actions=SESSION),
        **more,
    }


POOL = printed("tenancy.md", "Pool")
OVER_POOL = ("dynamodb-items-stay-with-tenant", "s3-objects-stay-with-tenant", "kms-keys-stay-with-tenant")


def test_pool_sessions_stay_with_their_tenant_and_shared_stores_are_not_asked_about(tmp_path: Path) -> None:
    findings = scanned(tmp_path, POOL, pool())
    found = proofs(findings, "PatientTenantRole")
    assert {rule: found[rule] for rule in OVER_POOL} == dict.fromkeys(OVER_POOL, ("ISOLATED", "own"))
    assert found["tenant-tag-not-caller-chosen"][0] == "ISOLATED"


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        (allow("dynamodb:Scan", arn("Visits")), "dynamodb-items-stay-with-tenant"),
        (allow("dynamodb:Query", {"Fn::Sub": "${Visits.Arn}/index/byDay"}), "dynamodb-items-stay-with-tenant"),
        (allow("s3:GetObject", {"Fn::Sub": "${Documents.Arn}/*"}), "s3-objects-stay-with-tenant"),
        (allow("kms:Decrypt", arn("Key")), "kms-keys-stay-with-tenant"),
    ],
)
def test_pool_each_entry_is_asked_about(statement: object, rule: str, tmp_path: Path) -> None:
    assert proofs(scanned(tmp_path, POOL, pool(statement)), "PatientTenantRole")[rule][0] == "LEAK"


def test_pool_whoever_chooses_the_tenant_and_is_no_binder_is_a_leak(tmp_path: Path) -> None:
    resources = pool(Support=role(allow(SESSION, arn("PatientTenantRole"))))
    resources["PatientTenantRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"].append(
        arn("Support")
    )
    findings = scanned(tmp_path, POOL, resources)
    assert proofs(findings, "PatientTenantRole")["tenant-tag-not-caller-chosen"][0] == "LEAK"
    assert "Support" in message(findings, "tenant-tag-not-caller-chosen", "PatientTenantRole")


@pytest.mark.parametrize(("present", "verdict"), [("always", "ISOLATED"), ("maybe", "LEAK")])
def test_pool_maybe_asks_for_the_session_without_the_tag(present: str, verdict: str, tmp_path: Path) -> None:
    untagged = allow("dynamodb:GetItem", arn("Visits"), Null={"aws:PrincipalTag/TenantId": "true"})
    text = POOL.replace("present: always", f"present: {present}")
    assert (
        proofs(scanned(tmp_path, text, pool(untagged)), "PatientTenantRole")["dynamodb-items-stay-with-tenant"][0]
        == verdict
    )


@pytest.mark.parametrize(("pattern", "verdict"), [('"[a-z0-9]{3,20}"', "ISOLATED"), ("any-tag-value", "LEAK")])
def test_a_prefix_is_one_tenants_alone_if_ids_hold_no_hyphen(pattern: str, verdict: str, tmp_path: Path) -> None:
    text = f'version: 1\ntenant_id: {{pattern: {pattern}}}\nowned: [{{kind: s3-object, bucket: B, key: "t-${{tenant}}-*"}}]\n'
    findings = scanned(tmp_path, text, {"B": {"Type": "AWS::S3::Bucket"}})
    assert proofs(findings, "B")["data-layout-unambiguous"][0] == verdict


BROKERED = printed("tenancy.md", "Pool", 1)


@pytest.mark.parametrize(
    ("table_name", "key", "verdict", "says"),
    [
        ("Visits", "{tenant_id}", "ISOLATED", ""),
        ("{{table}}", "{tenant_id}", "NOT_PROVEN", "{{table}}"),
        ("%s", "{tenant_id}", "NOT_PROVEN", "%s"),
        ("<BUCKET>", "{tenant_id}", "NOT_PROVEN", "<BUCKET>"),
        ("Visits", "{tenant_id}*", "LEAK", ""),
    ],
)
def test_pool_a_session_policy_by_its_hole(table_name: str, key: str, verdict: str, says: str, tmp_path: Path) -> None:
    policy = yaml.safe_dump(
        {
            "Version": "2012-10-17",
            "Statement": [
                allow(
                    READS,
                    f"arn:aws:dynamodb:*:*:table/{table_name}",
                    **{"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [key]}},
                )
            ],
        }
    )
    resources = {
        "Visits": table(TableName="Visits"),
        "Broker": role(allow("sts:AssumeRole", arn("DataRole"))),
        "DataRole": role(allow("dynamodb:*", arn("Visits")), who={"AWS": arn("Broker")}),
    }
    files = {"policies/visits.json": json.dumps(yaml.safe_load(policy))}
    findings = scanned(tmp_path, BROKERED, resources, **files)
    assert proofs(findings, "DataRole")["dynamodb-items-stay-with-tenant"][0] == verdict
    assert says in message(findings, "dynamodb-items-stay-with-tenant", "DataRole")


# Silo

SILO = printed("tenancy.md", "Silo")
OWN_TABLE = {"Fn::Sub": "arn:aws:dynamodb:us-east-1:111122223333:table/${TenantId}-visits"}
OWN_OBJECTS = {"Fn::Sub": "arn:aws:s3:::${TenantId}-documents-eu/*"}
EVERY_TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table/*-visits"


def stack(*statements: object, name: object = None, **more: Any) -> dict[str, Any]:
    return {
        "Visits": table(TableName={"Fn::Sub": "${TenantId}-visits"}),
        "Documents": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": "${TenantId}-documents-eu"}}},
        "Task": role(*statements, RoleName=name or {"Fn::Sub": "app-${TenantId}-task"}),
        **more,
    }


@pytest.mark.parametrize(
    ("statement", "rule", "verdict"),
    [
        (allow("dynamodb:*", OWN_TABLE), "dynamodb-items-stay-with-tenant", "ISOLATED"),
        (allow("dynamodb:*", EVERY_TABLE), "dynamodb-items-stay-with-tenant", "LEAK"),
        # What lies below the ARN is owned, too.
        (allow("s3:GetObject", OWN_OBJECTS), "s3-objects-stay-with-tenant", "ISOLATED"),
        (allow("s3:GetObject", "arn:aws:s3:::*-documents-eu/*"), "s3-objects-stay-with-tenant", "LEAK"),
        (allow("dynamodb:GetRecords", EVERY_TABLE + "/stream/*"), "dynamodb-items-stay-with-tenant", "LEAK"),
    ],
)
def test_silo_a_role_by_its_stacks_parameter(statement: object, rule: str, verdict: str, tmp_path: Path) -> None:
    assert proofs(scanned(tmp_path, SILO, stack(statement)), "Task")[rule][0] == verdict


OBJECTS = allow("s3:GetObject", "arn:aws:s3:::*-documents-eu/*")
STREAMS = allow("dynamodb:GetRecords", EVERY_TABLE + "/stream/*")


@pytest.mark.parametrize(
    ("entry", "statement", "leaks"),
    [
        ("arn:aws:s3:::${tenant}-documents-*", OBJECTS, False),
        ("arn:aws:s3:::${tenant}-documents-eu", OBJECTS, False),
        ("arn:aws:s3:::${tenant}-documents-*", allow("s3:PutBucketPolicy", "arn:aws:s3:::*-documents-eu"), True),
        # Who names what lies below means it.
        ("arn:aws:s3:::${tenant}-documents-eu/*", OBJECTS, True),
        ("arn:*:dynamodb:*:*:table/${tenant}-*", STREAMS, False),
        ("arn:*:dynamodb:*:*:table/${tenant}-*/stream/*", STREAMS, True),
        ("arn:*:dynamodb:*:*:table/${tenant}-*", allow("dynamodb:Scan", EVERY_TABLE), True),
        # An instance's ARN is not its cluster's with more behind it.
        ("arn:*:rds:*:*:*:${tenant}-*", allow("rds:DeleteDBInstance", "arn:aws:rds:us-east-1:111122223333:db:*"), True),
    ],
)
@pytest.mark.parametrize("only", [True, False])
def test_silo_only_resource_narrows_an_entry(
    entry: str, statement: object, leaks: bool, only: bool, tmp_path: Path
) -> None:
    owned = f'owned:\n  - {{kind: arn, arn: "{entry}"{", only: resource" if only else ""}}}\nmodel'
    narrow = re.sub(r"owned:\n.*\nmodel", lambda _: owned, SILO, flags=re.DOTALL)
    found = proofs(scanned(tmp_path, narrow, stack(statement)), "Task")
    assert any(verdict == "LEAK" for verdict, _ in found.values()) == (leaks or not only)


def test_silo_a_role_in_letters(tmp_path: Path) -> None:
    acme = "arn:aws:dynamodb:us-east-1:111122223333:table/acme-visits"
    for name, resource, verdict in (("own", acme, "ISOLATED"), ("all", EVERY_TABLE, "LEAK")):
        (tmp_path / name).mkdir()
        resources = stack(allow("dynamodb:GetItem", OWN_TABLE), LegacyWorker=role(allow("dynamodb:GetItem", resource)))
        found = proofs(scanned(tmp_path / name, SILO, resources), "LegacyWorker")
        assert found["dynamodb-items-stay-with-tenant"][0] == verdict


@pytest.mark.parametrize(
    ("name", "tag", "verdict"),
    [("app-acme-task", "acme", "PASS"), ("app-acme-task", "globex", "FAIL"), ("app-acme-task", None, "PASS")],
)
def test_silo_a_tag_that_disagrees_with_the_name_is_told(
    name: str, tag: str | None, verdict: str, tmp_path: Path
) -> None:
    more = {"Tags": tagged(tag)} if tag else {}
    findings = scanned(tmp_path, SILO, {"Worker": role(allow("sqs:SendMessage", "*"), RoleName=name, **more)})
    assert told(findings, "data-layout-unambiguous").get("Worker", "PASS") == verdict


def test_silo_stores_by_their_tag(tmp_path: Path) -> None:
    resources = {
        "Acme": role(allow("sqs:ReceiveMessage", arn("Globex")), RoleName="app-acme-task"),
        "Globex": {"Type": "AWS::SQS::Queue", "Properties": {"Tags": tagged("globex")}},
        "Own": {"Type": "AWS::SQS::Queue", "Properties": {"Tags": tagged("acme")}},
    }
    found = proofs(scanned(tmp_path, SILO, resources), "Acme")
    assert found["queues-topics-stay-with-tenant"][0] == "LEAK"


# Bridge

BRIDGE = printed("tenancy.md", "Bridge")


def bridge(*statements: object, **more: Any) -> dict[str, Any]:
    own = allow(READS, arn("Appointments"), **{"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [TAG]}})
    return {
        "Appointments": table("tenantId"),
        "Acme": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "records-acme", "Tags": tagged("acme")}},
        "TokenVending": role(allow(SESSION, arn("ApiTenantRole"))),
        "ApiTenantRole": role(own, *statements, who={"AWS": arn("TokenVending")}, actions=SESSION),
        **more,
    }


def test_bridge_pooled_and_siloed_stores(tmp_path: Path) -> None:
    for name, statements, verdict in (
        ("none", (), "ISOLATED"),
        ("tag", (allow("s3:GetObject", "*", StringEquals={"aws:ResourceTag/TenantId": TAG}),), "ISOLATED"),
        ("all", (allow("s3:GetObject", "arn:aws:s3:::records-*"),), "LEAK"),
    ):
        (tmp_path / name).mkdir()
        found = proofs(scanned(tmp_path / name, BRIDGE, bridge(*statements)), "ApiTenantRole")
        assert found["dynamodb-items-stay-with-tenant"] == ("ISOLATED", "own")
        assert found["s3-objects-stay-with-tenant"][0] == verdict, name


@pytest.mark.parametrize(("name", "asked"), [("BackupRole", False), ("ReportRole", True)])
def test_bridge_a_trusted_role_is_not_asked(name: str, asked: bool, tmp_path: Path) -> None:
    resources = bridge(**{name: role(allow("dynamodb:Scan", arn("Appointments")))})
    found = proofs(scanned(tmp_path, BRIDGE, resources), name)
    assert (found.get("compute-role-tenant-scoped", ("", ""))[0] == "LEAK") == asked


# Clusters and databases


def namespaces(*names: str) -> str:
    bare = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in names]
    return yaml.safe_dump_all(bare)


@pytest.mark.parametrize(("page", "heading"), [("tenancy.md", "Namespaces of clusters"), ("kubernetes.md", "")])
def test_a_namespace_is_a_tenants_by_its_name(page: str, heading: str, tmp_path: Path) -> None:
    text = (DOCS / page).read_text("utf-8")
    example = printed(page, heading) if heading else re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0]
    findings = scanned(tmp_path, example, {"T": table()}, **{"cluster.yaml": namespaces("t-acme", "t-globex", "tools")})
    judged = {name for name in told(findings, "namespace-traffic-stays-with-tenant") if name}
    assert {"t-acme", "t-globex"} <= judged
    assert "tools" not in {
        name
        for name, verdict in told(findings, "namespace-traffic-stays-with-tenant").items()
        if verdict != "NOT_APPLICABLE"
    }


@pytest.mark.parametrize(("guard", "verdict"), [("app.tenant", "PASS"), ("app.other", "FAIL"), (None, "FAIL")])
def test_rows_of_a_database_by_the_setting(guard: str | None, verdict: str, tmp_path: Path) -> None:
    text = (DOCS / "postgresql.md").read_text("utf-8")
    example = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0]
    sql = "CREATE ROLE app LOGIN;\nCREATE TABLE visits (id uuid PRIMARY KEY, tenant_id text NOT NULL);\nGRANT SELECT ON visits TO app;\n"
    if guard is not None:
        sql += "ALTER TABLE visits ENABLE ROW LEVEL SECURITY;\nALTER TABLE visits FORCE ROW LEVEL SECURITY;\n"
        sql += f"CREATE POLICY p ON visits USING (tenant_id = current_setting('{guard}'));\n"
    findings = scanned(tmp_path, example, {"T": {"Type": "AWS::SQS::Queue"}}, **{"schema.sql": sql})
    verdicts = {
        each["verdict"]
        for each in findings
        if each["rule"] == "rds-pooled-rows-protected" and "visits" in str(each["resource"])
    }
    assert (verdicts == {"PASS"}) == (verdict == "PASS"), verdicts


def test_every_example_of_the_pages_is_run_here() -> None:
    """A new example asks for its own test."""
    counts = {
        page.relative_to(DOCS).as_posix(): len(re.findall(r"```yaml\nversion: 1\n", page.read_text("utf-8")))
        for page in DOCS.rglob("*.md")
    }
    # The one of the tutorial is written and run by tests/docs.
    assert {page: count for page, count in counts.items() if count} == {
        "kubernetes.md": 1,
        "postgresql.md": 1,
        "tenancy.md": 5,
        "tutorial.md": 1,
    }
