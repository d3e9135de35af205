"""What Terraform 1.10 to 1.14, OpenTofu and releases 5 and 6 of the provider brought: write-only arguments, ephemeral
values, actions, and policies that are resources of their own.

The forms are of "JSON Output Format" and of `jsonplan` and `jsonconfig` of both programs: a write-only argument is null
in every plan and its expression stands in the configuration; an invocation of an action is in `action_invocations`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner import Options, scan
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.terraform.reader import PlanFile, read_plans
from scanner.model.deferred import settle_all
from scanner.model.unknown import Unknown
from scanner.model.world import World
from tests.inputs.terraform.plans import AWS, Refers, plan, resource, write

SECRET = "not-very-secret-1"
PUBLIC = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
)
WRITE_ONLY = {
    "aws_db_instance": ("password_wo", "MasterUserPassword"),
    "aws_rds_cluster": ("master_password_wo", "MasterUserPassword"),
    "aws_docdb_cluster": ("master_password_wo", "MasterUserPassword"),
    "aws_redshift_cluster": ("master_password_wo", "MasterUserPassword"),
    "aws_redshiftserverless_namespace": ("admin_user_password_wo", "AdminUserPassword"),
    "aws_elasticache_replication_group": ("auth_token_wo", "AuthToken"),
}


def written(kind: str, name: str, expression: dict[str, Any]) -> dict[str, Any]:
    """A resource with a write-only argument: null in the plan, whatever is written."""
    made = resource(f"{kind}.x", {name: None})
    made["_expressions"][name] = expression
    return made


def read(content: dict[str, Any]) -> dict[str, dict[str, object]]:
    file = PlanFile(Path("plan.json"), "plan.json", json.dumps(content).encode())
    found = read_plans([file], Settings(account="111122223333", region="us-east-1"))
    assert not found.problems
    world = World()
    return {each.logical_id: settle_all(each.fields["Properties"], world) for each in found.resources}  # type: ignore[misc]


def verdicts(path: Path, *rules: str) -> dict[str, str]:
    report = scan(options=Options(paths=[path], select=rules)).report
    assert SECRET not in json.dumps(report)
    return {each["resource"]["logical_id"]: each["verdict"] for each in report["findings"]}


@pytest.mark.parametrize(("kind", "names"), WRITE_ONLY.items(), ids=WRITE_ONLY)
def test_a_write_only_argument_is_what_its_text_says(kind: str, names: tuple[str, str]) -> None:
    """A constant is in clear in plan and sources; any other value is in neither plan nor state."""
    argument, property_name = names
    constant = read(plan(written(kind, argument, {"constant_value": SECRET})))
    assert constant[f"{kind}.x"][property_name] == SECRET
    ephemeral = {"references": ["ephemeral.aws_secretsmanager_random_password.p.random_password"]}
    assert read(plan(written(kind, argument, ephemeral)))[f"{kind}.x"].get(property_name) is None


def test_the_service_keeps_a_write_only_parameter_in_clear() -> None:
    """`value_wo` of a parameter of the type String is no secret of the service's, so what it holds has to be known."""
    made = written("aws_ssm_parameter", "value_wo", {"references": ["var.token"]})
    assert isinstance(read(plan(made))["aws_ssm_parameter.x"]["Value"], Unknown)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (written("aws_db_instance", "password_wo", {"constant_value": SECRET}), "FAIL"),
        (written("aws_db_instance", "password_wo", {"references": ["ephemeral.a.b.c"]}), "PASS"),
        (resource("aws_secretsmanager_secret_version.x", {"secret_id": "s", "secret_string": SECRET}), "FAIL"),
        (written("aws_secretsmanager_secret_version", "secret_string_wo", {"constant_value": SECRET}), "FAIL"),
    ],
    ids=["constant", "ephemeral", "version", "version, write-only"],
)
def test_a_secret_that_is_written_down_is_one(tmp_path: Path, made: dict[str, Any], expected: str) -> None:
    assert expected in verdicts(write(tmp_path, plan(made)), "no-plaintext-secrets").values()


def test_actions_and_ephemeral_values_are_no_resources(tmp_path: Path) -> None:
    """And their settings are not shown: an invocation's `config_values` may hold a secret."""
    queue = resource("aws_sqs_queue.q", {"name": "visits"})
    content = plan(
        queue,
        action_invocations=[
            {
                "address": "action.aws_lambda_invoke.notify",
                "type": "aws_lambda_invoke",
                "name": "notify",
                "config_values": {"function_name": "notify", "payload": json.dumps({"password": SECRET})},
                "config_sensitive": {},
                "config_unknown": {},
                "provider_name": AWS,
                "lifecycle_action_trigger": {
                    "triggering_resource_address": "aws_sqs_queue.q",
                    "action_trigger_event": "AfterCreate",
                    "action_trigger_block_index": 0,
                    "actions_list_index": 0,
                },
            }
        ],
        deferred_action_invocations=[{"reason": "unknown", "action_invocation": {"address": "action.a.b"}}],
    )
    content["resource_changes"].append(
        {
            "address": "ephemeral.aws_secretsmanager_secret_version.s",
            "mode": "ephemeral",
            "type": "aws_secretsmanager_secret_version",
            "name": "s",
            "provider_name": AWS,
            "change": {"actions": ["open"], "before": None, "after": {"secret_string": SECRET}, "after_unknown": {}},
        }
    )
    content["configuration"]["root_module"]["resources"].append(
        {
            "address": "ephemeral.aws_secretsmanager_secret_version.s",
            "mode": "ephemeral",
            "type": "aws_secretsmanager_secret_version",
            "name": "s",
            "provider_config_key": "aws",
            "expressions": {"secret_id": {"constant_value": "s"}},
        }
    )
    content["configuration"]["root_module"]["actions"] = [
        {"address": "action.aws_lambda_invoke.notify", "type": "aws_lambda_invoke", "name": "notify", "config": {}}
    ]
    assert set(read(content)) == {"aws_sqs_queue.q"}
    assert verdicts(write(tmp_path, content), "no-plaintext-secrets", "sqs-encrypted").keys() <= {"aws_sqs_queue.q"}


def test_a_plan_of_actions_alone_is_not_the_whole_plan(tmp_path: Path) -> None:
    """`terraform plan -invoke=...` lists no resources."""
    content = plan(action_invocations=[{"address": "action.aws_lambda_invoke.notify"}])
    del content["resource_changes"]
    report = scan(write(tmp_path, content)).report
    assert report["exit_code"] == 2


@pytest.mark.parametrize(
    ("made", "rule"),
    [
        (
            (
                resource("aws_redshift_cluster.x", {"cluster_identifier": "c"}, unknown=("cluster_namespace_arn",)),
                resource(
                    "aws_redshift_resource_policy.p",
                    {"resource_arn": Refers("aws_redshift_cluster.x.cluster_namespace_arn"), "policy": PUBLIC},
                ),
            ),
            "data-policy-not-public",
        ),
        (
            (
                resource("aws_redshiftserverless_namespace.x", {"namespace_name": "n"}, unknown=("arn",)),
                resource(
                    "aws_redshift_resource_policy.p",
                    {"resource_arn": Refers("aws_redshiftserverless_namespace.x.arn"), "policy": PUBLIC},
                ),
            ),
            "data-policy-not-public",
        ),
        (
            (
                resource("aws_dsql_cluster.x", {}, unknown=("identifier",)),
                resource(
                    "aws_dsql_cluster_policy.p",
                    {"identifier": Refers("aws_dsql_cluster.x.identifier"), "policy": PUBLIC},
                ),
            ),
            "data-policy-not-public",
        ),
        (
            (resource("aws_s3vectors_vector_bucket_policy.x", {"vector_bucket_arn": "arn:x", "policy": PUBLIC}),),
            "data-policy-not-public",
        ),
        (
            (resource("aws_lambda_resource_policy.x", {"resource_arn": "arn:x", "policy": PUBLIC}),),
            "resource-policy-not-public",
        ),
        (
            (
                resource("aws_osis_pipeline.x", {"pipeline_name": "p"}, unknown=("pipeline_arn",)),
                resource(
                    "aws_osis_resource_policy.p",
                    {"resource_arn": Refers("aws_osis_pipeline.x.pipeline_arn"), "policy": PUBLIC},
                ),
            ),
            "resource-policy-not-public",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else each[-1]["type"],
)
def test_a_policy_of_its_own_is_asked_for(tmp_path: Path, made: tuple[dict[str, Any], ...], rule: str) -> None:
    """The whole had none, as if nobody could set one: PASS beside a policy for everybody."""
    found = verdicts(write(tmp_path, plan(*made)), rule)
    assert found == {made[0]["address"]: "FAIL"}


def test_what_is_not_read_of_a_type_is_unknown_and_never_passed(tmp_path: Path) -> None:
    made = resource("aws_bedrockagentcore_browser.x", {"name": "b"})
    report = scan(options=Options(paths=[write(tmp_path, plan(made))])).report
    said = {each["verdict"] for each in report["findings"] if "browser" in each["rule"]}
    assert said == {"UNKNOWN"}


@pytest.mark.parametrize(
    ("disabled", "expected"), [(True, "FAIL"), (False, "PASS"), (None, "PASS"), (Refers("var.quiet"), "UNKNOWN")]
)
def test_a_level_counts_for_nothing_where_all_logs_are_disabled(
    tmp_path: Path, disabled: object, expected: str
) -> None:
    """SetV2LoggingOptions: "If true all logs are disabled", whatever the default level is."""
    arguments = {
        "default_log_level": "INFO",
        "role_arn": "arn:aws:iam::111122223333:role/r",
        "disable_all_logs": disabled,
    }
    made = resource("aws_iot_logging_options.x", arguments)
    assert verdicts(write(tmp_path, plan(made)), "iot-logs") == {"aws_iot_logging_options.x": expected}


@pytest.mark.parametrize("kind", ["SimpleAD", "MicrosoftAD", "ADConnector", Refers("terraform_data.x.output")])
def test_a_directory_of_whatever_type_holds_a_password(tmp_path: Path, kind: object) -> None:
    """One whose type is not known, and a connector, were made nothing of."""
    made = resource("aws_directory_service_directory.x", {"name": "corp.example", "password": SECRET, "type": kind})
    found = verdicts(write(tmp_path, plan(made)), "no-plaintext-secrets")
    assert found == {"aws_directory_service_directory.x": "FAIL"}


def test_a_policy_of_one_of_several_namespaces_is_no_policy_of_a_cluster(tmp_path: Path) -> None:
    """It was told to the cluster alone, and each namespace had none."""
    namespaces = [
        resource(f"aws_redshiftserverless_namespace.{name}", {"namespace_name": name}, unknown=("arn",))
        for name in "ab"
    ]
    policy = resource(
        "aws_redshift_resource_policy.p",
        {
            "resource_arn": Refers("aws_redshiftserverless_namespace.a.arn", "aws_redshiftserverless_namespace.b.arn"),
            "policy": PUBLIC,
        },
    )
    cluster = resource("aws_redshift_cluster.c", {"cluster_identifier": "c"}, unknown=("cluster_namespace_arn",))
    for others in ((), (cluster,)):
        found = verdicts(write(tmp_path, plan(*namespaces, policy, *others)), "data-policy-not-public")
        assert {found[each["address"]] for each in namespaces} == {"UNKNOWN"}
        assert found.get("aws_redshift_cluster.c") in (None, "PASS")
        assert set(found) <= {each["address"] for each in (*namespaces, cluster)}
