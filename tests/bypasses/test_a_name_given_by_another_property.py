"""A project's ARN has its `Name`, which no property of the hole's own name gives: the name was taken for one that AWS
makes up, which no policy can spell: ISOLATED."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.bypasses.test_a_copy_in_another_region import said
from tests.prover.situations import allow

THEIRS = [{"Key": "TenantId", "Value": "globex"}]
HERE = "us-east-1:111122223333"


@pytest.mark.parametrize(
    ("kind", "given", "action", "resource", "verdicts"),
    [
        ("Events::Rule", {"Name": "globex"}, "events:PutTargets", f"events:{HERE}:rule/globex", "LEAK"),
        ("Events::Rule", {"Name": "globex"}, "events:PutTargets", f"events:{HERE}:rule/acme", "ISOLATED"),
        ("Events::Rule", {}, "events:PutTargets", f"events:{HERE}:rule/acme", "ISOLATED"),
        ("CodeBuild::Project", {"Name": "globex"}, "codebuild:StartBuild", f"codebuild:{HERE}:project/globex", "LEAK"),
        ("CodeBuild::Project", {"Name": "globex"}, "codebuild:StartBuild", f"codebuild:{HERE}:project/a*", "ISOLATED"),
        ("Glue::Registry", {"Name": "globex"}, "glue:DeleteRegistry", f"glue:{HERE}:registry/globex", "LEAK"),
        (
            "DocDB::DBCluster",
            {"DBClusterIdentifier": "globex"},
            "rds:ModifyDBCluster",
            f"rds:{HERE}:cluster:globex",
            "LEAK or NOT_PROVEN",
        ),
        (
            "Personalize::Schema",
            {"Name": "globex"},
            "personalize:DeleteSchema",
            f"personalize:{HERE}:schema/globex",
            "LEAK or NOT_PROVEN",
        ),
        (
            "DMS::Endpoint",
            {"ResourceIdentifier": "globex"},
            "dms:ModifyEndpoint",
            f"dms:{HERE}:endpoint:globex",
            "LEAK or NOT_PROVEN",
        ),
        # An id of AWS's, whatever the API is called.
        ("ApiGateway::RestApi", {"Name": "globex"}, "execute-api:Invoke", f"execute-api:{HERE}:globex/*", "ISOLATED"),
    ],
)
def test_in_a_policy_of_another_tenant(
    kind: str, given: dict[str, Any], action: str, resource: str, verdicts: str, tmp_path: Path
) -> None:
    theirs = {"Theirs": {"Type": f"AWS::{kind}", "Properties": {**given, "Tags": THEIRS}}}
    statement = allow(action, f"arn:aws:{resource}")
    assert said(tmp_path, theirs, None, statement) in verdicts.split(" or ")


SCHEMA = {"Name": "visits", "DataFormat": "AVRO", "Compatibility": "NONE"}


@pytest.mark.parametrize(
    ("kind", "given", "action", "resource", "verdict"),
    [
        # A schema's name comes behind that of its registry; a scope's word is not the property's.
        ("Glue::Schema", {**SCHEMA, "Registry": {"Name": "globex"}}, "glue:DeleteSchema", "schema/globex/*", "LEAK"),
        ("Glue::Schema", {**SCHEMA, "Registry": {"Name": "globex"}}, "glue:DeleteSchema", "schema/acme/*", "ISOLATED"),
        ("Glue::Schema", SCHEMA, "glue:DeleteSchema", "schema/default-registry/visits", "LEAK"),
        (
            "Glue::Schema",
            {**SCHEMA, "Registry": {"Arn": f"arn:aws:glue:{HERE}:registry/globex"}},
            "glue:UpdateSchema",
            "schema/globex/visits",
            "LEAK",
        ),
        ("WAFv2::WebACL", {"Scope": "REGIONAL"}, "wafv2:UpdateWebACL", "regional/webacl/globex/*", "LEAK"),
        ("WAFv2::IPSet", {"Scope": "CLOUDFRONT"}, "wafv2:UpdateIPSet", "global/ipset/globex/*", "LEAK"),
        ("WAFv2::IPSet", {"Scope": "REGIONAL"}, "wafv2:UpdateIPSet", "global/ipset/globex/*", "ISOLATED"),
        # Names that services keep in small letters; rules of another bus than the default one.
        (
            "Redshift::Cluster",
            {"ClusterIdentifier": "GlobEx"},
            "redshift:DeleteCluster",
            "cluster:globex",
            "NOT_PROVEN",
        ),
        (
            "Redshift::Cluster",
            {"ClusterIdentifier": "GlobEx"},
            "redshift:DeleteCluster",
            "cluster:GlobEx",
            "NOT_PROVEN",
        ),
        ("Redshift::Cluster", {"ClusterIdentifier": "GlobEx"}, "redshift:DeleteCluster", "cluster:*", "LEAK"),
        ("Redshift::Cluster", {"ClusterIdentifier": "globex"}, "redshift:DeleteCluster", "cluster:globex", "LEAK"),
        ("SageMaker::Model", {"ModelName": "Globex"}, "sagemaker:DeleteModel", "model/Globex", "NOT_PROVEN"),
        ("RDS::DBInstance", {"DBInstanceIdentifier": "GlobEx"}, "rds:DeleteDBInstance", "db:globex", "NOT_PROVEN"),
        (
            "RDS::DBInstance",
            {"DBInstanceIdentifier": {"Fn::Sub": "GlobEx-${AWS::StackName}"}},
            "rds:DeleteDBInstance",
            "db:globex-*",
            "NOT_PROVEN",
        ),
        ("RDS::DBCluster", {"DBClusterIdentifier": "GlobEx"}, "rds:DeleteDBCluster", "cluster:globex", "NOT_PROVEN"),
        ("RDS::DBCluster", {"DBClusterIdentifier": "GlobEx"}, "rds:DeleteDBCluster", "cluster:*", "LEAK"),
        ("RDS::DBCluster", {"DBClusterIdentifier": "globex"}, "rds:DeleteDBCluster", "cluster:globex", "LEAK"),
        ("RDS::DBCluster", {"DBClusterIdentifier": "globex"}, "rds:DeleteDBCluster", "cluster:acme", "ISOLATED"),
        ("Events::Rule", {"EventBusName": "bus"}, "events:DeleteRule", "rule/bus/globex", "LEAK"),
        ("Events::Rule", {"EventBusName": "bus"}, "events:DeleteRule", "rule/globex", "ISOLATED"),
        ("Events::Rule", {"EventBusName": "default"}, "events:DeleteRule", "rule/globex", "LEAK"),
        ("WAFv2::RuleGroup", {"Scope": "REGIONAL"}, "wafv2:DeleteRuleGroup", "regional/rulegroup/acme/*", "ISOLATED"),
    ],
)
def test_a_name_that_the_arn_spells_otherwise(
    kind: str, given: dict[str, Any], action: str, resource: str, verdict: str, tmp_path: Path
) -> None:
    properties = {"Name": "globex", **given, "Tags": THEIRS}
    statement = allow(action, f"arn:aws:{action.partition(':')[0]}:{HERE}:{resource}")
    assert said(tmp_path, {"Theirs": {"Type": f"AWS::{kind}", "Properties": properties}}, None, statement) == verdict
