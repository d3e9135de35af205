"""What files show of tenants when nobody declared them, and what must not be taken for it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import read_inputs
from scanner.model.resource import Inventory
from scanner.model.tenant_words import meaning_of
from scanner.scanning import Options, scan
from scanner.tenancy.inference.evidence import Evidence, Proposal
from scanner.tenancy.inference.infer import Inferred, conclude, infer, infer_from
from scanner.tenancy.inference.yaml_writer import write_tenancy
from scanner.tenancy.loading import load_tenancy
from scanner.text.reading import read

Infer = Callable[[str], Inferred]
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def inferred(inventory: Callable[..., Inventory]) -> Infer:
    """The inference over resources that are written below `Resources`."""

    def run(resources: str) -> Inferred:
        return infer(inventory("Resources:\n" + indent(resources, "  ")))

    return run


def role(statement: str, trust: str = "", name: str = "Api") -> str:
    """A role that a broker may take and tag, with one statement in flow style."""
    return f"""
{name}:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: {{AWS: "arn:aws:iam::111122223333:role/vending"}}
          Action: [sts:AssumeRole, sts:TagSession]
          {trust}
    Policies:
      - PolicyName: p
        PolicyDocument: {{Version: "2012-10-17", Statement: [{{Effect: Allow, {statement}}}]}}
"""


def items(variable: str, table: str = "!GetAtt Notes.Arn") -> str:
    return (
        f"Action: dynamodb:GetItem, Resource: {table}, "
        f'Condition: {{"ForAllValues:StringEquals": {{"dynamodb:LeadingKeys": ["{variable}"]}}}}'
    )


def where(key: str, value: str) -> str:
    return f'Condition: {{StringEquals: {{"{key}": "{value}"}}}}'


NOTES = """
Notes:
  Type: AWS::DynamoDB::Table
  Properties:
    KeySchema: [{AttributeName: pk, KeyType: HASH}]
"""


def owned(found: Inferred) -> list[dict[str, Any]]:
    raw: Any = found.tenancy.raw  # as YAML
    return list(raw.get("owned", []))


def sessions(found: Inferred) -> list[dict[str, Any]]:
    raw: Any = found.tenancy.raw  # as YAML
    return list(raw.get("sessions", []))


def test_a_tag_in_leading_keys_owns_the_items_of_that_table_and_makes_the_role_a_tenants(inferred: Infer) -> None:
    found = inferred(role(items("T#${aws:PrincipalTag/TenantId}#*")) + NOTES)
    assert owned(found) == [{"kind": "dynamodb-item", "table": "Notes", "key": "T#${tenant}#*"}]
    assert sessions(found) == [
        {
            "name": "sessions tagged TenantId",
            "roles": ["Api"],
            "tenant_key": "aws:PrincipalTag/TenantId",
            "present": "maybe",
            "binders": ["arn:aws:iam::111122223333:role/vending"],
        }
    ]
    assert found.tenancy.source == "inferred"
    assert found.tenancy.owned
    assert any(each.strong and each.line for each in found.evidence)


def test_a_trust_policy_that_demands_the_tag_makes_it_always_present(inferred: Infer) -> None:
    demanding = 'Condition: {StringLike: {"aws:RequestTag/TenantId": "?*"}}'
    found = inferred(role(items("${aws:PrincipalTag/TenantId}"), demanding) + NOTES)
    assert [each["present"] for each in sessions(found)] == ["always"]


def test_a_role_that_nobody_may_tag_is_no_tenants_session(inferred: Infer) -> None:
    untagged = role(items("${aws:PrincipalTag/TenantId}")).replace("[sts:AssumeRole, sts:TagSession]", "sts:AssumeRole")
    found = inferred(untagged + NOTES)
    assert not sessions(found)
    assert owned(found)


def test_a_policy_of_its_own_and_a_boundary_count_for_the_roles_that_they_are_attached_to(inferred: Infer) -> None:
    bare = role("Action: s3:GetObject, Resource: '*'").rstrip()
    for attached in ("", "    PermissionsBoundary: !Ref P\n", "    ManagedPolicyArns: [!Ref P]\n"):
        found = inferred(
            f"""{bare}
{attached}P:
  Type: {"AWS::IAM::ManagedPolicy" if attached else "AWS::IAM::Policy"}
  Properties:
    {"ManagedPolicyName: p" if attached else "Roles: [!Ref Api]"}
    PolicyDocument:
      Version: "2012-10-17"
      Statement:
        Effect: Allow
        Action: s3:GetObject
        Resource: !Sub "${{Docs.Arn}}/t/${{!aws:PrincipalTag/TenantId}}/*"
Docs: {{Type: AWS::S3::Bucket}}
"""
        )
        assert [each["roles"] for each in sessions(found)] == [["Api"]], attached
        assert owned(found) == [{"kind": "s3-object", "bucket": "Docs", "key": "t/${tenant}/*"}]


def test_a_listing_prefix_tells_whose_objects_are_whose_where_no_object_arn_does(inferred: Infer) -> None:
    for prefix, key in (
        ("t/${aws:PrincipalTag/TenantId}/*", "t/${tenant}/*"),
        ("${aws:PrincipalTag/TenantId}", "${tenant}/*"),
    ):
        listing = 'Action: s3:ListBucket, Resource: "arn:aws:s3:::docs"'
        statement = f'{listing}, Condition: {{StringLike: {{"s3:prefix": "{prefix}"}}}}'
        assert owned(inferred(role(statement))) == [{"kind": "s3-object", "bucket": "docs", "key": key}]


def test_names_contexts_and_tags_are_owned_as_they_are_guarded(inferred: Infer) -> None:
    tag = "${aws:PrincipalTag/TenantId}"
    cases = {
        f'Action: "dynamodb:*", Resource: "arn:aws:dynamodb:*:111122223333:table/{tag}-orders"': {
            "kind": "arn",
            "arn": "arn:aws:dynamodb:*:111122223333:table/${tenant}-orders",
        },
        f"Action: kms:Decrypt, Resource: !GetAtt K.Arn, {where('kms:EncryptionContext:t', tag)}": {
            "kind": "kms-context",
            "key": "K",
            "context": {"t": "${tenant}"},
        },
        f"Action: secretsmanager:GetSecretValue, Resource: '*', {where('aws:ResourceTag/T', tag)}": {
            "kind": "tagged",
            "types": ["AWS::SecretsManager::Secret"],
            "tag": "T",
        },
        f"Action: s3:GetObject, Resource: 'arn:aws:s3:::scans/*', {where('s3:ExistingObjectTag/T', tag)}": {
            "kind": "s3-object-tag",
            "bucket": "scans",
            "tag": "T",
        },
    }
    for statement, entry in cases.items():
        assert owned(inferred(role(statement) + "K: {Type: AWS::KMS::Key}\n")) == [entry]


def test_a_partition_key_named_for_the_tenant_is_the_tenants_id(inferred: Infer) -> None:
    found = inferred(
        """
Notes:
  Type: AWS::DynamoDB::Table
  Properties:
    KeySchema: [{AttributeName: tenant_id, KeyType: HASH}, {AttributeName: sk, KeyType: RANGE}]
    GlobalSecondaryIndexes: [{IndexName: byDay, KeySchema: [{AttributeName: tenantId, KeyType: HASH}]}]
"""
    )
    assert owned(found) == [
        {"kind": "dynamodb-item", "table": "Notes", "key": "${tenant}", "indexes": {"byDay": "${tenant}"}}
    ]


def test_a_table_that_lists_the_tenants_themselves_is_only_proposed(inferred: Infer) -> None:
    for name in ("Tenants", "TenantTable", "TenantRegistry"):
        found = inferred(
            NOTES.replace("Notes", name).replace("pk", "tenantId"),
        )
        assert found.tenancy.source is None
        assert [each.section for each in found.weak] == ["owned"]


def test_tags_claims_and_shared_values_come_from_resources_and_user_pools(inferred: Infer) -> None:
    found = inferred(
        """
Pool: {Type: AWS::Cognito::UserPool, Properties: {Schema: [{Name: tenantId, AttributeDataType: String}]}}
A: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: TenantId, Value: pooled}]}}
B: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: TenantId, Value: acme}]}}
C: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: TenantId, Value: globex}]}}
"""
    )
    ids = found.tenancy.tenant_ids
    assert (ids.tags, ids.claims, ids.shared_values) == (("TenantId",), ("custom:tenantId",), ("pooled",))
    assert set(ids.examples) == {"acme", "globex"}
    assert not found.tenancy.owned, "a tag on a queue does not say that anybody's data is guarded"


def test_the_only_value_of_a_tag_is_not_one_tenant_of_several(inferred: Infer) -> None:
    found = inferred("A: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: TenantId, Value: central}]}}")
    assert found.tenancy.tenant_ids.shared_values == ("central",)


TAGGED = "{Type: AWS::%s, Properties: {Tags: [{Key: TenantId, Value: %s}]}}"


@pytest.mark.parametrize(
    ("carriers", "shared", "examples"),
    [
        ([("SQS::Queue", "central"), ("IAM::Role", "central")], {"central"}, set()),
        # Where pooled things are told apart by the tag, or where roles alone carry it, it is a tenant's.
        ([("SQS::Queue", "acme"), ("DynamoDB::Table", "pooled")], {"pooled"}, {"acme"}),
        ([("DynamoDB::Table", "acme"), ("S3::Bucket", "shared")], {"shared"}, {"acme"}),
        ([("IAM::Role", "acme")], set(), {"acme"}),
        ([("IAM::Role", "acme"), ("IAM::Role", "acme")], set(), {"acme"}),
        ([("IAM::Role", "platform")], {"platform"}, set()),
        ([("IAM::Role", "acme"), ("S3::Bucket", "globex")], set(), {"acme", "globex"}),
    ],
)
def test_a_single_value_of_a_tag_is_a_tenants_beside_a_pool_or_on_roles_alone(
    carriers: list[tuple[str, str]], shared: set[str], examples: set[str], inferred: Infer
) -> None:
    found = inferred("\n".join(f"R{number}: {TAGGED % each}" for number, each in enumerate(carriers)))
    assert set(found.tenancy.tenant_ids.shared_values) == shared
    assert set(found.tenancy.tenant_ids.examples) == examples


def test_a_value_that_is_taken_to_be_everybodys_says_so(inferred: Infer) -> None:
    found = inferred("A: " + TAGGED % ("SQS::Queue", "central"))
    (told,) = (each.evidence[0].what for each in found.proposals if each.section == "shared_values")
    assert "taken to be everybody's, unless you move it to `examples`" in told


def test_an_identity_pool_maps_the_claim_to_the_tag(inferred: Infer) -> None:
    found = inferred(
        """
Map:
  Type: AWS::Cognito::IdentityPoolPrincipalTag
  Properties: {IdentityPoolId: x, IdentityProviderName: y, PrincipalTags: {TenantId: "custom:org"}}
"""
    )
    assert found.tenancy.tenant_ids.claims == ("custom:org",)


def test_tags_that_tell_employees_apart_name_no_tenant(inferred: Infer) -> None:
    for tag in (
        "department",
        "project",
        "costCenter",
        "Team",
        "Owner",
        "access-project",
        "username",
        "Environment",
        "kubernetes-namespace",
    ):
        found = inferred(role(items("${aws:PrincipalTag/" + tag + "}")) + NOTES)
        assert found.tenancy.source is None, tag
        assert found.weak


def test_a_tag_without_meaning_counts_in_a_key_but_not_where_it_is_compared_with_a_resources_tag(
    inferred: Infer,
) -> None:
    assert owned(inferred(role(items("${aws:PrincipalTag/Realm}")) + NOTES))
    compared = (
        'Action: dynamodb:GetItem, Resource: "*", '
        'Condition: {StringEquals: {"aws:ResourceTag/Realm": "${aws:PrincipalTag/Realm}"}}'
    )
    assert inferred(role(compared) + NOTES).tenancy.source is None


def test_of_two_tags_without_meaning_nobody_can_say_which_is_the_tenant(inferred: Infer) -> None:
    both = "${aws:PrincipalTag/Realm}#${aws:PrincipalTag/Zone}"
    assert inferred(role(items(both)) + NOTES).tenancy.source is None


def test_a_tag_named_for_the_tenant_wins_over_the_others_beside_it(inferred: Infer) -> None:
    found = inferred(role(items("${aws:PrincipalTag/TenantId}#${aws:PrincipalTag/Zone}")) + NOTES)
    assert [each["key"] for each in owned(found)] == ["${tenant}#*"]
    assert [each["tenant_key"] for each in sessions(found)] == ["aws:PrincipalTag/TenantId"]


def test_customers_by_another_name_count_only_where_they_guard_data(inferred: Infer) -> None:
    assert owned(inferred(role(items("${aws:PrincipalTag/ClinicId}")) + NOTES))
    tagged = inferred("A: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: Customer, Value: acme}]}}")
    assert tagged.tenancy.source is None
    assert [each.value for each in tagged.weak] == ["Customer"]


def test_one_user_is_proposed_as_a_tenant_and_no_more(inferred: Infer) -> None:
    found = inferred(role(items("${cognito-identity.amazonaws.com:sub}")) + NOTES)
    assert found.tenancy.source is None
    assert {each.section for each in found.weak} >= {"owned"}


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("TenantId", "tenant"),
        ("tenant_id", "tenant"),
        ("custom:tenantId", "tenant"),
        ("pkTenant", "tenant"),
        ("AzureTenantId", "other"),
        ("EntraTenant", "other"),
        ("auth0-tenant", "other"),
        ("MicrosoftAppTenantId", "other"),
        ("MultiTenant", "other"),
        ("TenantTier", "other"),
        ("lieutenant", "other"),
        ("OrgId", "organisation"),
        ("clinic", "organisation"),
        ("accountId", "organisation"),
        ("Owner", "workforce"),
        ("central", "other"),
    ],
)
def test_names_mean_what_all_of_them_says(name: str, meaning: str) -> None:
    assert meaning_of(name) == meaning


def test_a_directory_of_the_company_itself_makes_nobody_a_tenant(inferred: Infer) -> None:
    found = inferred(
        """
Tagged: {Type: AWS::SQS::Queue, Properties: {Tags: [{Key: AzureTenantId, Value: 1f}]}}
Param: {Type: AWS::SSM::Parameter, Properties: {Name: /entra/tenant-id, Type: String, Value: x}}
"""
    )
    assert found == Inferred(found.tenancy, ())
    assert found.tenancy.source is None


def test_a_guard_over_every_table_accuses_a_table_only_if_there_is_no_other(inferred: Infer) -> None:
    anywhere = role(items("${aws:PrincipalTag/TenantId}", "'*'"))
    assert [each["table"] for each in owned(inferred(anywhere + NOTES))] == ["Notes"]
    assert not owned(inferred(anywhere + NOTES + NOTES.replace("Notes", "Prices")))


def test_resources_of_a_type_of_which_some_lack_the_tag_are_only_proposed(inferred: Infer) -> None:
    statement = (
        'Action: dynamodb:GetItem, Resource: "*", '
        'Condition: {StringEquals: {"aws:ResourceTag/TenantId": "${aws:PrincipalTag/TenantId}"}}'
    )
    found = inferred(role(statement) + NOTES)
    assert not owned(found)
    assert [each.value for each in found.weak if each.section == "owned"] == [
        {"kind": "tagged", "types": ["AWS::DynamoDB::Table"], "tag": "TenantId"}
    ]


def test_a_layout_that_ends_the_id_with_a_slash_says_that_ids_have_none(inferred: Infer) -> None:
    slash = inferred(role('Action: s3:GetObject, Resource: "arn:aws:s3:::d/${aws:PrincipalTag/TenantId}/*"'))
    assert not slash.tenancy.tenant_ids.is_id("a/b")
    assert slash.tenancy.tenant_ids.is_id("a-b.c")
    open_end = inferred(role('Action: s3:GetObject, Resource: "arn:aws:s3:::d/t-${aws:PrincipalTag/TenantId}*"'))
    assert open_end.tenancy.tenant_ids.pattern == "any-tag-value"


def test_a_pattern_without_the_delimiter_that_others_have_is_the_policys_fault(inferred: Infer) -> None:
    two = role(items("T#${aws:PrincipalTag/TenantId}*")) + role(items("T#${aws:PrincipalTag/TenantId}#*"), name="Other")
    assert [each["key"] for each in owned(inferred(two + NOTES))] == ["T#${tenant}#*"]


def test_what_stands_in_one_branch_of_a_template_counts(inventory: Callable[..., Inventory]) -> None:
    found = infer(
        inventory(
            """
            Parameters: {Mode: {Type: String, AllowedValues: [a, b]}}
            Conditions: {IsA: !Equals [!Ref Mode, a]}
            Resources:
              T:
                Type: AWS::DynamoDB::Table
                Properties:
                  KeySchema: [{AttributeName: !If [IsA, tenantId, id], KeyType: HASH}]
            """
        )
    )
    assert [each["table"] for each in owned(found)] == ["T"]


def test_a_stack_that_is_deployed_once_for_each_tenant_is_not_accused_of_reading_its_own_table(tmp_path: Path) -> None:
    template = """
Parameters: {TenantId: {Type: String}}
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub "orders-${TenantId}"
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      Tags: [{Key: TenantId, Value: !Ref TenantId}]
  Fn:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
      Tags: [{Key: TenantId, Value: !Ref TenantId}]
      Policies:
        - PolicyName: p
          PolicyDocument:
            Version: "2012-10-17"
            Statement: {Effect: Allow, Action: "dynamodb:*", Resource: !GetAtt Orders.Arn}
"""
    (tmp_path / "t.yaml").write_text(template, "utf-8")
    report: Any = scan(tmp_path).report
    assert report["tenancy"]["value"]["tenant_id"]["tags"] == ["TenantId"]
    assert "LEAK" not in {each["verdict"] for each in report["proofs"]}


def test_names_made_of_a_tenants_parameter_are_only_proposed(inventory: Callable[..., Inventory]) -> None:
    template = """
Parameters: {TenantId: {Type: String}, AzureTenantId: {Type: String}}
Resources:
  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${TenantId}-orders"}}
  Sync: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${AzureTenantId}-sync"}}
"""
    found = infer(inventory(template))
    assert found.tenancy.source is None
    assert [each.value for each in found.weak] == [
        {"kind": "arn", "arn": "arn:*:sqs:*:*:${tenant}-orders", "model": "silo"}
    ]
    assert conclude(tuple(Proposal(each.section, each.value, SURE) for each in found.weak)).tenancy.owned


@pytest.mark.full
def test_inferred_tenancies_of_the_open_cases_agree_with_the_declared_ones(cases: Path, tmp_path: Path) -> None:
    compared = 0
    for path in sorted((cases / "isolation").glob("*.yaml")):
        case = yaml.safe_load(path.read_text("utf-8"))
        folder = tmp_path / path.stem
        folder.mkdir()
        (folder / "t.json").write_text(json.dumps(case["template"]), "utf-8")
        reading = read_inputs(discover([folder], cwd=tmp_path), Settings())
        found = infer_from(reading.inventory, (each.document.text for each in reading.templates))
        if not any(word in json.dumps(case["template"]).lower() for word in ("principaltag", "tenantid")):
            assert found.tenancy.source is None, path.name
            continue
        entries, declarations = owned(found), case["tenancy"]["owned"]
        if not entries or not declarations:
            continue
        entry, declared = entries[0], declarations[0]
        assert entry["kind"] == declared["kind"], path.name
        stem = str(declared.get("key", declared.get("arn"))).partition("${tenant}")[0]
        stems = [str(each.get("key", each.get("arn"))) for each in entries]
        assert entry["kind"] in ("kms-context", "tagged") or any(each.startswith(stem) for each in stems), path.name
        compared += 1
    assert compared > 15


def test_correct_cases_stay_isolated_under_the_inferred_tenancy(cases: Path, tmp_path: Path) -> None:
    for name in ("06-lk-stringlike-with-delimiter", "11-s3-slash-delimited", "19-broad-identity-boundary-with-var"):
        case = yaml.safe_load((cases / "isolation" / f"{name}.yaml").read_text("utf-8"))
        (tmp_path / "t.json").write_text(json.dumps(case["template"]), "utf-8")
        report = scan(tmp_path, options=Options(account="111122223333", region="us-east-1")).report
        verdicts = {each["verdict"] for each in report["proofs"]}
        assert verdicts == {"ISOLATED"}, name
        assert report["tenancy"]["source"] == "inferred"


@pytest.mark.full
def test_single_tenant_templates_of_others_are_not_accused(corpus: Path) -> None:
    for name in ("aws-cloudformation-templates", "serverless-patterns"):
        report = scan(corpus / name).report
        assert report["tenancy"]["source"] == "none"
        assert report["tenancy"]["evidence"] == []
        assert not report["proofs"]


@pytest.mark.full
def test_the_virtual_clinic_without_its_file_is_told_as_with_it(tmp_path: Path) -> None:
    for name in ("sound", "leaky"):
        shutil.copytree(ROOT / "examples" / "virtual-clinic" / name, tmp_path / name / name)
    sound: Any = scan(tmp_path / "sound").report
    assert sound["tenancy"]["source"] == "inferred"
    assert {each["verdict"] for each in sound["proofs"]} == {"ISOLATED"}
    assert all(each["path"] and each["line"] and each["strength"] for each in sound["tenancy"]["evidence"])
    declared = sound["tenancy"]["value"]["owned"]
    assert {"kind": "s3-object", "bucket": "Documents", "key": "tenant/${tenant}/*"} in declared
    leaky: Any = scan(tmp_path / "leaky").report
    leaks = [each for each in leaky["findings"] if (each.get("proof") or {}).get("verdict") == "LEAK"]
    assert any(each["rule"] == "dynamodb-items-stay-with-tenant" for each in leaks)
    assert all("inferred" in each["message"] for each in leaks if each["rule"] == "dynamodb-items-stay-with-tenant")


SURE = (Evidence("somebody said so", "t.yaml", 1, strong=True),)
NAMES = st.one_of(
    st.text(min_size=1, max_size=12),
    st.sampled_from(
        ["a\nb: c", "x # y", "'\"\\", "\u2028- a", "\x85", "\ufeff", "yes", "1e3", "~", "${tenant}", "a: b", "\ud800"]
    ),
)
EVIDENCE = st.builds(Evidence, what=NAMES, path=NAMES, line=st.none() | st.integers(1, 99), strong=st.booleans())
PROPOSALS = st.lists(
    st.one_of(
        st.builds(Proposal, st.sampled_from(["tags", "claims"]), NAMES, st.lists(EVIDENCE, min_size=1).map(tuple)),
        st.builds(
            Proposal,
            st.just("owned"),
            st.fixed_dictionaries(
                {"kind": st.just("dynamodb-item"), "table": NAMES, "key": NAMES.map(lambda n: n + "${tenant}")}
            ),
            st.lists(EVIDENCE, min_size=1).map(tuple),
        ),
        st.builds(
            Proposal,
            st.just("sessions"),
            st.fixed_dictionaries(
                {"name": NAMES, "roles": st.lists(NAMES, min_size=1), "tenant_key": st.just("aws:PrincipalTag/T")}
            ),
            st.lists(EVIDENCE, min_size=1).map(tuple),
        ),
    ),
    max_size=6,
)


@given(PROPOSALS)
@pytest.mark.full
def test_what_is_written_always_loads_again_to_the_same_value(proposals: list[Proposal]) -> None:
    found = conclude(tuple(proposals))
    text = write_tenancy(found.proposals, ["a heading"])
    again = load_tenancy(read(text.encode(), "tenancy.yaml", cloudformation=False))
    assert (again.owned, again.sessions, again.tenant_ids) == (
        found.tenancy.owned,
        found.tenancy.sessions,
        found.tenancy.tenant_ids,
    )
    sure = [each.value for each in found.proposals if each.section == "tags" and each.strong]
    assert list(again.tags) == sure
