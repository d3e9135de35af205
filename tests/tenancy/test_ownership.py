from __future__ import annotations

import pytest

from tests.case_names import case_name
from tests.tenancy.conftest import Belongs

HERE = {"account": "111122223333", "region": "us-east-1"}
ITEMS = 'owned: [{kind: dynamodb-item, table: %s, key: "T#${tenant}"}]'
OBJECTS = 'owned: [{kind: s3-object, bucket: %s, key: "${tenant}/*"}]'
CONTEXT = 'owned: [{kind: kms-context, key: %s, context: {tenant: "${tenant}"}}]'
ARN = 'tenant_id: {pattern: "[a-z]{1,8}"}\nowned: [{kind: arn, arn: "%s"}]'
ROLES = "sessions: [{roles: [%s], tenant_key: aws:PrincipalTag/T}]"


def test_a_table_is_owned_by_its_name_or_its_logical_id(owned: Belongs) -> None:
    template = """
        Parameters: {Name: {Type: String}}
        Resources:
          Patients: {Type: AWS::DynamoDB::Table}
          ByName: {Type: AWS::DynamoDB::Table, Properties: {TableName: Patients}}
          Global: {Type: AWS::DynamoDB::GlobalTable, Properties: {TableName: Patients}}
          Other: {Type: AWS::DynamoDB::Table, Properties: {TableName: Visits}}
          Unnamed: {Type: AWS::DynamoDB::Table}
          Asked: {Type: AWS::DynamoDB::Table, Properties: {TableName: !Ref Name}}
          Suffixed: {Type: AWS::DynamoDB::Table, Properties: {TableName: !Sub "${AWS::StackName}-Visits"}}
          Prefixed: {Type: AWS::DynamoDB::Table, Properties: {TableName: !Sub "${Name}Patients"}}
          Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: Patients}}
    """
    assert owned(ITEMS % "Patients", template) == {
        "Patients": True,
        "ByName": True,
        "Global": True,
        "Other": False,
        "Unnamed": False,
        "Asked": "parameter",
        "Suffixed": False,
        "Prefixed": "parameter",
        "Bucket": False,
    }


def test_a_name_that_differs_between_worlds_is_owned_in_some_of_them(owned: Belongs) -> None:
    template = """
        Parameters: {Env: {Type: String, AllowedValues: [prod, dev], Default: prod}}
        Conditions: {IsProd: !Equals [!Ref Env, prod]}
        Resources:
          Table: {Type: AWS::DynamoDB::Table, Properties: {TableName: !If [IsProd, Patients, Patients]}}
    """
    assert owned(ITEMS % "Patients", template) == {"Table": True}


def test_the_name_that_a_deployment_once_generated_may_be_meant(owned: Belongs) -> None:
    template = """
        Resources:
          Visits: {Type: AWS::DynamoDB::Table}
          Plans: {Type: AWS::DynamoDB::Table}
          Data: {Type: AWS::S3::Bucket}
    """
    assert owned(ITEMS % "clinic-prod-Visits-1A2B3C4D5E6F7", template) == {
        "Visits": "deploy-time",
        "Plans": False,
        "Data": False,
    }
    assert owned(OBJECTS % "clinic-prod-data-1a2b3c4d5e6f7", template)["Data"] == "deploy-time"
    assert owned(OBJECTS % "clinic-data", template)["Data"] is False


KEYS = """
    Parameters: {AliasName: {Type: String}, KeyId: {Type: String}}
    Resources:
      Phi: {Type: AWS::KMS::Key}
      Other: {Type: AWS::KMS::Key}
      Alias: {Type: AWS::KMS::Alias, Properties: {AliasName: %s, TargetKeyId: %s}}
"""


@pytest.mark.parametrize(
    ("alias", "target", "phi", "other"),
    [
        ("alias/phi", "!Ref Phi", True, False),
        ("alias/phi", "!GetAtt Phi.Arn", True, False),
        ("alias/logs", "!Ref Phi", "undeclared", "undeclared"),
        ("alias/phi", "!Ref KeyId", "parameter", "parameter"),
        ("!Ref AliasName", "!Ref Phi", "parameter", "undeclared"),
        ("alias/phi", "0b5a1e8c-7b1f-4b8e-9c55-1d2f3a4b5c6d", "deploy-time", "deploy-time"),
    ],
)
def test_a_key_is_found_through_its_alias(
    owned: Belongs, alias: str, target: str, phi: bool | str, other: bool | str
) -> None:
    assert owned(CONTEXT % "alias/phi", KEYS % (alias, target)) == {"Phi": phi, "Other": other, "Alias": False}


def test_a_key_is_named_by_its_logical_id_or_perhaps_by_an_id(owned: Belongs) -> None:
    template = KEYS % ("alias/x", "!Ref Phi")
    assert owned(CONTEXT % "Phi", template) == {"Phi": True, "Other": False, "Alias": False}
    by_id = owned(CONTEXT % "0b5a1e8c-7b1f-4b8e-9c55-1d2f3a4b5c6d", template)
    assert by_id == {"Phi": "deploy-time", "Other": "deploy-time", "Alias": False}


def test_an_arn_entry_takes_the_id_form_for_the_owner_and_any_text_for_a_star(owned: Belongs) -> None:
    template = """
        Parameters: {Name: {Type: String}}
        Resources:
          Acme: {Type: AWS::DynamoDB::Table, Properties: {TableName: acme-orders}}
          Upper: {Type: AWS::DynamoDB::Table, Properties: {TableName: ACME-orders}}
          Carts: {Type: AWS::DynamoDB::Table, Properties: {TableName: acme-carts}}
          Asked: {Type: AWS::DynamoDB::Table, Properties: {TableName: !Ref Name}}
          Half: {Type: AWS::DynamoDB::Table, Properties: {TableName: !Sub "${Name}-orders"}}
          Unnamed: {Type: AWS::DynamoDB::Table}
          Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: acme-orders}}
          Group: {Type: AWS::EC2::SecurityGroup}
          Stream: {Type: AWS::Kinesis::Stream, Properties: {Name: acme-orders}}
    """
    answers = owned(ARN % "arn:*:dynamodb:*:*:table/${tenant}-orders", template)
    assert answers == {
        "Acme": True,
        "Upper": False,
        "Carts": False,
        "Asked": "parameter",
        "Half": "parameter",
        "Unnamed": False,
        "Bucket": False,
        "Group": False,
        "Stream": False,
    }


def test_a_generated_name_may_hold_an_id_where_the_form_allows_it(owned: Belongs) -> None:
    template = """
        Resources:
          Orders: {Type: AWS::DynamoDB::Table}
          Group: {Type: AWS::EC2::SecurityGroup}
          Secret: {Type: AWS::SecretsManager::Secret}
    """
    anything = (ARN % "arn:*:dynamodb:*:*:table/orders-${tenant}").replace("[a-z]{1,8}", "[A-Za-z0-9-]{1,64}")
    assert owned(anything, template) == {"Orders": "deploy-time", "Group": False, "Secret": False}
    by_suffix = anything.replace("orders-${tenant}", "${tenant}/orders")
    assert owned(by_suffix, template) == {"Orders": False, "Group": False, "Secret": False}
    elsewhere = (ARN % "arn:*:secretsmanager:*:*:secret:${tenant}/*", template)
    assert owned(*elsewhere) == {"Orders": False, "Group": False, "Secret": "deploy-time"}
    # Nobody has told which types have ARNs of such a service; of a known type its form has.
    newer = template.rstrip() + "\n          Thing: {Type: AWS::NewService::Thing}\n"
    answers = owned(ARN % "arn:*:newservice:*:*:x/${tenant}", newer)
    assert (answers["Group"], answers["Thing"]) == (False, "deploy-time")


def test_region_and_account_count_where_the_entry_names_them(owned: Belongs) -> None:
    template = "Resources: {Acme: {Type: AWS::DynamoDB::Table, Properties: {TableName: acme-orders}}}"
    entry = ARN % "arn:aws:dynamodb:us-east-1:111122223333:table/${tenant}-orders"
    assert owned(entry, template, **HERE) == {"Acme": True}
    assert owned(entry, template, account="444455556666", region="us-east-1") == {"Acme": False}
    assert owned(entry, template) == {"Acme": "deploy-time"}


def test_a_hole_in_an_early_part_of_an_arn_does_not_swallow_the_rest(owned: Belongs) -> None:
    template = "Resources: {Data: {Type: AWS::S3::Bucket, Properties: {BucketName: clinic-data}}}"
    assert owned('owned: [{kind: arn, arn: "arn:aws:s3:::x-${tenant}"}]', template) == {"Data": False}


def test_a_bucket_is_owned_where_its_objects_are(owned: Belongs) -> None:
    template = """
        Resources:
          Data: {Type: AWS::S3::Bucket, Properties: {BucketName: clinic-data}}
          Logs: {Type: AWS::S3::Bucket, Properties: {BucketName: clinic-logs}}
    """
    assert owned(ARN % "arn:*:s3:::clinic-data/${tenant}/*", template) == {"Data": True, "Logs": False}


def test_a_log_group_is_named_with_or_without_its_star(owned: Belongs) -> None:
    template = "Resources: {Log: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /tenants/acme}}}"
    assert owned(ARN % "arn:*:logs:*:*:log-group:/tenants/${tenant}", template) == {"Log": True}
    assert owned(ARN % "arn:*:logs:*:*:log-group:/tenants/${tenant}:*", template) == {"Log": True}
    assert owned(ARN % "arn:*:logs:*:*:log-group:/tenant/${tenant}", template) == {"Log": False}


def test_resources_of_tagged_types_are_owned_whatever_their_tags(owned: Belongs) -> None:
    template = "Resources: {T: {Type: AWS::DynamoDB::Table}, B: {Type: AWS::S3::Bucket}}"
    entry = "owned: [{kind: tagged, types: [AWS::DynamoDB::Table], tag: TenantId}]"
    assert owned(entry, template) == {"T": True, "B": False}


def test_one_entry_that_surely_holds_outweighs_one_that_is_not_known(owned: Belongs) -> None:
    template = """
        Parameters: {Name: {Type: String}}
        Resources: {T: {Type: AWS::DynamoDB::Table, Properties: {TableName: !Ref Name}}}
    """
    both = ITEMS % "Visits" + "\n" + "account: '111122223333'"
    assert owned(both, template) == {"T": "parameter"}
    tagged = both.replace("]", ", {kind: tagged, types: [AWS::DynamoDB::Table], tag: T}]", 1)
    assert owned(tagged, template) == {"T": True}


def test_nothing_is_owned_that_nobody_declares(owned: Belongs) -> None:
    assert owned("", "Resources: {T: {Type: AWS::DynamoDB::Table}}") == {"T": False}


ROLES_TEMPLATE = """
    Parameters: {Name: {Type: String}}
    Resources:
      AppRole: {Type: AWS::IAM::Role, Properties: {RoleName: clinic-app}}
      TenantRoleX: {Type: AWS::IAM::Role}
      Other: {Type: AWS::IAM::Role}
      Below: {Type: AWS::IAM::Role, Properties: {RoleName: app-1, Path: /teams/}}
      Asked: {Type: AWS::IAM::Role, Properties: {RoleName: !Ref Name}}
      Table: {Type: AWS::DynamoDB::Table, Properties: {TableName: clinic-app}}
"""


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ("AppRole", {"AppRole": True, "Asked": "parameter"}),
        ("clinic-app", {"AppRole": True, "Asked": "parameter"}),
        ("clinic-*", {"AppRole": True, "Asked": "parameter"}),
        ('"*TenantRole*"', {"TenantRoleX": True, "Asked": "parameter"}),
        ('"arn:aws:iam::111122223333:role/clinic-app"', {"AppRole": True, "Asked": "parameter"}),
        ('"arn:aws:iam::*:role/app-*"', {"Asked": "parameter"}),
        ('"arn:aws:iam::*:role/teams/app-*"', {"Below": True, "Asked": "parameter"}),
        ('"*:role/teams/*"', {"Below": True, "Asked": "parameter"}),
        ('"arn:aws:iam::444455556666:role/*"', {}),
        ("prod-TenantRoleX-1A2B3C4D5E6F", {"TenantRoleX": "deploy-time", "Asked": "parameter"}),
        ('"arn:aws:iam::*:role/prod-TenantRoleX-*"', {"TenantRoleX": "deploy-time", "Asked": "parameter"}),
        ('"*"', {"AppRole": True, "TenantRoleX": True, "Other": True, "Below": True, "Asked": True}),
        ("nobody, Other", {"Other": True, "Asked": "parameter"}),
    ],
    ids=case_name,
)
def test_roles_are_principals_by_logical_id_name_or_arn(
    principals: Belongs, roles: str, expected: dict[str, bool | str]
) -> None:
    everything = dict.fromkeys(("AppRole", "TenantRoleX", "Other", "Below", "Asked", "Table"), False)
    assert principals(ROLES % roles, ROLES_TEMPLATE, **HERE) == {**everything, **expected}


def test_a_wildcard_for_region_and_account_means_any_even_one_that_only_deployment_knows(owned: Belongs) -> None:
    template = """
        Resources:
          Orders: {Type: AWS::DynamoDB::Table, Properties: {TableName: acme-orders}}
          Others: {Type: AWS::DynamoDB::Table, Properties: {TableName: others}}
          Queue: {Type: AWS::SQS::Queue}
    """
    said = owned(ARN % "arn:*:dynamodb:*:*:table/${tenant}-orders", template)
    assert said == {"Orders": True, "Others": False, "Queue": False}


@pytest.mark.parametrize(
    ("service", "type_name", "suspected"),
    [
        ("dynamodb", "AWS::SQS::Queue", False),
        ("sqs", "AWS::SQS::Queue", True),
        ("rds", "AWS::Neptune::DBCluster", True),
        ("rds", "AWS::DynamoDB::Table", False),
        ("cognito-idp", "AWS::Cognito::UserPool", True),
        ("healthlake", "AWS::KMS::Key", False),
    ],
)
def test_an_arn_of_one_service_suspects_nothing_of_another(
    owned: Belongs, service: str, type_name: str, suspected: bool
) -> None:
    found = owned(ARN % f"arn:*:{service}:*:*:*${{tenant}}*", f"Resources: {{It: {{Type: {type_name}}}}}")["It"]
    assert (found is not False) is suspected
