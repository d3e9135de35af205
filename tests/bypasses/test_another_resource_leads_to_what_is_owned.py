"""Resources whose ARN does not say to which of an entry's resources they lead, and paths above them: ISOLATED.

Users of databases by their ids, indexes of a fleet, shares of a cluster, reserved topics of a thing, anomalies of log
groups, sources of a function, the root of all parameters. A parameter of one tenant was not asked for by the path above
it either, where every tenant has its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.bypasses.test_a_copy_in_another_region import said
from tests.prover.situations import ACCOUNT, TAG, allow

HERE = f"us-east-1:{ACCOUNT}"
OPEN = "NOT_PROVEN"
CLUSTER = f"rds:{HERE}:cluster:t-${{tenant}}"
THING = f"iot:{HERE}:thing/t-${{tenant}}"
FUNCTION = f"lambda:{HERE}:function:t-${{tenant}}"
GROUP = f"logs:{HERE}:log-group:/t/${{tenant}}"
SHARED = f"redshift:{HERE}:cluster:t-${{tenant}}"
PARAMETERS = f"ssm:{HERE}:parameter/t/${{tenant}}/*"
VAULT = f"backup:{HERE}:backup-vault:t-${{tenant}}"
BROKERS = f"kafka:{HERE}:cluster/t-${{tenant}}/*"
BALANCER = f"elasticloadbalancing:{HERE}:loadbalancer/app/t-${{tenant}}/*"
OWN = {
    CLUSTER: "rds-data:ExecuteStatement",
    THING: "iot:GetThingShadow",
    FUNCTION: "lambda:InvokeFunction",
    GROUP: "logs:FilterLogEvents",
    SHARED: "redshift:ModifyCluster",
    PARAMETERS: "ssm:GetParameter",
    VAULT: "backup:StartBackupJob",
    BROKERS: "kafka-cluster:Connect",
    BALANCER: "elasticloadbalancing:SetSubnets",
}


@pytest.mark.parametrize(
    ("entry", "action", "resource", "verdict"),
    [
        (CLUSTER, "rds-db:connect", f"rds-db:{HERE}:dbuser:*/*", OPEN),
        (CLUSTER, "neptune-db:ReadDataViaQuery", f"neptune-db:{HERE}:*/*", OPEN),
        (CLUSTER, "rds:DescribeDBClusters", f"rds:{HERE}:*", "ISOLATED"),
        (THING, "iot:SearchIndex", f"iot:{HERE}:index/*", OPEN),
        (THING, "iot:AttachThingPrincipal", "*", OPEN),
        (THING, "iot:Publish", f"iot:{HERE}:topic/$aws/things/*/shadow/update", "LEAK"),
        (THING, "iot:Publish", f"iot:{HERE}:topic/$aws/things/t-{TAG}/shadow/update", "ISOLATED"),
        (THING, "iot:Publish", f"iot:{HERE}:topic/readings/*", "ISOLATED"),
        (THING, "iot:Subscribe", f"iot:{HERE}:topicfilter/$aws/things/*", "LEAK"),
        (FUNCTION, "lambda:UpdateEventSourceMapping", "*", OPEN),
        (FUNCTION, "lambda:GetEventSourceMapping", "*", "ISOLATED"),
        (GROUP, "logs:ListAnomalies", "*", OPEN),
        (SHARED, "redshift:AuthorizeDataShare", "*", OPEN),
        (PARAMETERS, "ssm:GetParametersByPath", f"ssm:{HERE}:parameter/", "LEAK"),
        (PARAMETERS, "ssm:GetParameter", f"ssm:{HERE}:parameter/", "ISOLATED"),
        (BROKERS, "kafka:DeleteVpcConnection", "*", "LEAK"),
        (BROKERS, "kafka:DeleteVpcConnection", f"kafka:{HERE}:vpc-connection/{ACCOUNT}/t-{TAG}/*", "ISOLATED"),
        (BALANCER, "elasticloadbalancing:ModifyListener", f"elasticloadbalancing:{HERE}:listener/app/*", "LEAK"),
        (BALANCER, "elasticloadbalancing:ModifyRule", f"elasticloadbalancing:{HERE}:listener-rule/app/*", "LEAK"),
        (
            BALANCER,
            "elasticloadbalancing:ModifyListener",
            f"elasticloadbalancing:{HERE}:listener/app/t-{TAG}/*",
            "ISOLATED",
        ),
        (VAULT, "backup:StartRestoreJob", f"backup:{HERE}:recovery-point:*", OPEN),
    ],
)
def test_what_leads_to_it_is_asked(entry: str, action: str, resource: str, verdict: str, tmp_path: Path) -> None:
    own = allow(OWN[entry], f"arn:aws:{entry.replace('${tenant}', TAG)}")
    other = allow(action, resource if resource == "*" else f"arn:aws:{resource}")
    assert said(tmp_path, {}, {"kind": "arn", "arn": f"arn:aws:{entry}"}, own, other) == verdict


def theirs(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Theirs": {"Type": kind, "Properties": {"Tags": [{"Key": "TenantId", "Value": "globex"}], **properties}}}


DATABASE = theirs("AWS::RDS::DBInstance", DBInstanceIdentifier="t-globex", Engine="postgres")
GRAPH = theirs("AWS::Neptune::DBCluster", DBClusterIdentifier="t-globex")
PARAMETER = theirs("AWS::SSM::Parameter", Name="/t/globex/x", Type="String", Value="x", Tags={"TenantId": "globex"})
OTHERS = {
    "Own": {
        "Type": "AWS::RDS::DBInstance",
        "Properties": {"DBInstanceIdentifier": "t-acme", "Tags": [{"Key": "TenantId", "Value": "acme"}]},
    }
}


def user_of(name: str) -> dict[str, str]:
    return {"Fn::Sub": f"arn:aws:rds-db:{HERE}:dbuser:${{{name}.DbiResourceId}}/app"}


@pytest.mark.parametrize(
    ("resources", "statement", "verdict"),
    [
        (DATABASE, allow("rds-db:connect", f"arn:aws:rds-db:{HERE}:dbuser:*/app"), "LEAK"),
        (DATABASE, allow("rds-db:connect", user_of("Theirs")), "LEAK"),
        (DATABASE | OTHERS, allow("rds-db:connect", user_of("Own")), "ISOLATED"),
        (GRAPH, allow("neptune-db:*", "*"), "LEAK"),
        (GRAPH, allow("rds:DescribeDBClusters", "*"), "ISOLATED"),
        (PARAMETER, allow("ssm:GetParametersByPath", f"arn:aws:ssm:{HERE}:parameter/t"), "LEAK"),
        (PARAMETER, allow("ssm:GetParametersByPath", f"arn:aws:ssm:{HERE}:parameter/"), "LEAK"),
        (PARAMETER, allow("ssm:GetParametersByPath", f"arn:aws:ssm:{HERE}:parameter/u"), "ISOLATED"),
        (PARAMETER, allow("ssm:GetParameter", f"arn:aws:ssm:{HERE}:parameter/t"), "ISOLATED"),
        (theirs("AWS::Redshift::Cluster"), allow("redshift:AuthorizeDataShare", "*"), OPEN),
        (theirs("AWS::RedshiftServerless::Namespace"), allow("redshift-serverless:GetCredentials", "*"), OPEN),
    ],
)
def test_so_it_is_where_every_tenant_has_its_own(
    resources: dict[str, Any], statement: dict[str, Any], verdict: str, tmp_path: Path
) -> None:
    assert said(tmp_path, resources, None, statement) == verdict
