"""Rules passed plans, or did not judge them, by an argument that a table left out of a property that it does give.

A task log at CRITICAL passed, a JDBC connection without TLS was not applicable, a domain that takes requests without a
login was closed; a pipe with a log group failed, and so did a key that was named, and a replica of an encrypted group.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner import scan
from scanner.options import Options
from tests.inputs.terraform.plans import Refers, plan, resource, write

LOG = {"enabled": True, "log_level": "INFO"}
OPEN = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "es:*", "Resource": "*"}]}'
GROUP = resource("aws_elasticache_replication_group.g", {"replication_group_id": "g"}, unknown=("id",))


def _airflow(task: dict[str, object]) -> dict[str, object]:
    logs = {name: [LOG] for name in ("scheduler_logs", "webserver_logs", "worker_logs")}
    return {"name": "n", "logging_configuration": [{**logs, "task_logs": [task]}]}


def _jwt(**more: object) -> dict[str, object]:
    token = {"discovery_url": "https://i.example", **more}
    return {"name": "g", "authorizer_configuration": [{"custom_jwt_authorizer": [token]}]}


def _pipe(**more: object) -> dict[str, object]:
    return {"name": "p", "source": "s", "log_configuration": [{"level": "ERROR", **more}]}


def _glue(**more: object) -> dict[str, object]:
    return {"name": "c", "connection_properties": {"JDBC_CONNECTION_URL": "jdbc:postgresql://h/d"}, **more}


def _catalog(**more: object) -> dict[str, object]:
    password = {"return_connection_password_encrypted": True, **more}
    rest = {"catalog_encryption_mode": "SSE-KMS"}
    parts = [{"encryption_at_rest": [rest], "connection_password_encryption": [password]}]
    return {"data_catalog_encryption_settings": parts}


@pytest.mark.parametrize(
    ("rule", "kind", "arguments", "verdicts"),
    [
        ("mwaa-logs", "mwaa_environment", _airflow(LOG), ["PASS"]),
        ("mwaa-logs", "mwaa_environment", _airflow({**LOG, "log_level": "CRITICAL"}), ["FAIL"]),
        ("mwaa-logs", "mwaa_environment", _airflow({"enabled": True}), ["PASS"]),
        ("glue-connection-tls", "glue_connection", _glue(), ["FAIL"]),
        ("glue-connection-tls", "glue_connection", _glue(connection_type="JDBC"), ["FAIL"]),
        ("glue-connection-tls", "glue_connection", _glue(connection_type="NETWORK"), ["NOT_APPLICABLE"]),
        ("glue-connection-secret", "glue_connection", _glue(athena_properties={"PASSWORD": "p"}), ["FAIL"]),
        (
            "glue-connection-secret",
            "glue_connection",
            _glue(authentication_configuration=[{"basic_authentication_credentials": [{"username": "u"}]}]),
            ["FAIL"],
        ),
        (
            "data-policy-not-public",
            "opensearch_domain",
            {
                "domain_name": "d",
                "access_policies": OPEN,
                "advanced_security_options": [{"enabled": True, "anonymous_auth_enabled": True}],
            },
            ["FAIL"],
        ),
        ("pipes-logged", "pipes_pipe", _pipe(cloudwatch_logs_log_destination=[{"log_group_arn": "a"}]), ["PASS"]),
        ("pipes-logged", "pipes_pipe", _pipe(s3_log_destination=[{"bucket_name": "b"}]), ["PASS"]),
        ("pipes-logged", "pipes_pipe", _pipe(), ["FAIL"]),
        (
            "glue-catalog-encrypted",
            "glue_data_catalog_encryption_settings",
            _catalog(aws_kms_key_id="arn:aws:kms:eu-west-1:111122223333:key/1"),
            ["PASS"],
        ),
        ("glue-catalog-encrypted", "glue_data_catalog_encryption_settings", _catalog(), ["FAIL"]),
        ("agentcore-token-audience", "bedrockagentcore_gateway", _jwt(), ["FAIL"]),
        ("agentcore-token-audience", "bedrockagentcore_gateway", _jwt(allowed_clients=["web"]), ["PASS"]),
        ("elasticache-node-tls", "elasticache_cluster", {"cluster_id": "c", "engine": "redis"}, ["FAIL"]),
        (
            "elasticache-node-tls",
            "elasticache_cluster",
            {"cluster_id": "c", "replication_group_id": Refers("aws_elasticache_replication_group.g.id")},
            [],
        ),
        ("elasticache-node-tls", "elasticache_cluster", {"cluster_id": "c", "replication_group_id": "g"}, []),
    ],
)
def test_what_the_block_says_decides(
    rule: str, kind: str, arguments: dict[str, object], verdicts: list[str], tmp_path: Path
) -> None:
    judged = plan(resource(f"aws_{kind}.it", arguments), GROUP)
    findings = scan(write(tmp_path, judged), options=Options(select=[rule], cache=False)).report["findings"]
    found = [each["verdict"] for each in findings if each["resource"]["address"].endswith(f"aws_{kind}.it")]
    assert found == verdicts
