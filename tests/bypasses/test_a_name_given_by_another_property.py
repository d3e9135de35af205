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
