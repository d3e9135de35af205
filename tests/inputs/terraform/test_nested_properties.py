"""What rules ask for inside a property is read from plans, too: a name that a table leaves out counts as absent.

A property without a shape is unknown on plans, but within one a missing name is no different from one that nobody
wrote. MSK Connect's log group was such a name: every connector of a plan failed, whatever it logged to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.terraform.provider_types import provider_types
from scanner.inputs.terraform.reader import PlanFile, read_plans
from scanner.inputs.terraform.table import all_types
from scanner.language.library import load_library
from scanner.model.deferred import settle_all
from scanner.model.world import World
from scanner.shipped_data import rules_dir
from tests.inputs.terraform.plans import AWS, plan
from tests.inputs.terraform.test_tables import schema_of

# Names that a rule's text has for another place, or that Terraform has no argument for.
NOT_ASKED = {
    ("aws_athena_workgroup", "WorkGroupConfiguration.ManagedQueryResultsConfiguration.EncryptionConfiguration"),
    ("aws_codebuild_project", "Environment.Certificate"),
    ("aws_ecs_service", "VolumeConfigurations.ManagedEBSVolume.SnapshotId"),
    ("aws_ecs_task_set", "NetworkConfiguration.AwsVpcConfiguration"),  # the other spelling is read
    ("aws_elb", "Listeners.PolicyNames"),
    ("aws_lambda_function", "DurableConfig.KMSKeyArn"),
    ("aws_s3_bucket", "LifecycleConfiguration.Rules.NoncurrentVersionExpirationInDays"),  # the older spelling
}
NO_ARGUMENT = {
    ("aws_cloudfront_distribution", "DistributionConfig.ConnectionMode"),
    ("aws_cloudfront_distribution", "DistributionConfig.CustomOrigin"),
    ("aws_cloudfront_distribution", "DistributionConfig.S3Origin"),
    ("aws_glue_connection", "ConnectionInput.PythonProperties"),
    ("aws_glue_connection", "ConnectionInput.SparkProperties"),
    ("aws_cognito_user_pool", "LambdaConfig.InboundFederation"),
    ("aws_elasticsearch_domain", "AdvancedSecurityOptions.AnonymousAuthEnabled"),
    ("aws_instance", "NetworkInterfaces.AssociatePublicIpAddress"),
    ("aws_instance", "NetworkInterfaces.SubnetId"),
    ("aws_msk_cluster", "ClientAuthentication.Tls.Enabled"),
    ("aws_ses_configuration_set", "TrackingOptions.HttpsPolicy"),
    ("aws_spot_instance_request", "NetworkInterfaces.AssociatePublicIpAddress"),
    ("aws_spot_instance_request", "NetworkInterfaces.SubnetId"),
}


def filled(schema: Mapping[str, Any], depth: int = 0) -> tuple[dict[str, Any], dict[str, Any]]:
    """Every block once, every argument unknown: what is read of it is there, with a value or without."""
    after: dict[str, Any] = {}
    unknown: dict[str, Any] = {}
    for name, said in schema.items():
        if isinstance(said, list):
            known, open_ = filled(said[1] or {}, depth + 1) if depth < 7 else ({}, {})
            after[name], unknown[name] = [known], [open_]
        else:
            unknown[name] = True
    return after, unknown


def words_of_rules() -> dict[str, list[set[str]]]:
    found: dict[str, list[set[str]]] = {}
    for rule in load_library(examples=False).rules:
        text = (rules_dir() / rule.path).read_text("utf-8") if (rules_dir() / rule.path).is_file() else ""
        text = text or Path(rule.path).read_text("utf-8")
        asked = text.split("\nexamples:")[0]
        body = asked.split("\nassert:")[-1].split("\nfix:")[0] + asked.split("\nassert:")[0].split("applies_to:")[-1]
        for kind in rule.types:
            found.setdefault(kind, []).append(set(re.findall(r"[A-Za-z]\w*", body)))
    return found


def paths_of(node: Any, root: Any, path: tuple[str, ...] = (), seen: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if len(path) > 7 or not isinstance(node, dict):
        return
    reference = node.get("$ref")
    if isinstance(reference, str):
        if reference in seen:
            return
        seen, node = (*seen, reference), root
        for key in reference.lstrip("#/").split("/"):
            node = node.get(key, {})
    for each in [*node.get("oneOf", ()), *node.get("anyOf", ()), *node.get("allOf", ())]:
        yield from paths_of(each, root, path, seen)
    if isinstance(node.get("items"), dict):
        yield from paths_of(node["items"], root, path, seen)
    for key, child in node.get("properties", {}).items():
        yield (*path, key)
        yield from paths_of(child, root, (*path, key), seen)


def is_there(value: Any, path: tuple[str, ...]) -> bool:
    if isinstance(value, list):
        return any(is_there(each, path) for each in value) if value else True
    if not path or not isinstance(value, dict):
        return True
    if path[0] not in value:
        return type(value) is not dict  # one of which more is unknown
    return is_there(value[path[0]], path[1:])


@pytest.mark.full
def test_names_inside_a_property_that_rules_ask_for_are_read() -> None:
    asked = words_of_rules()
    missing: set[tuple[str, str]] = set()
    for name, mapped in all_types().items():
        arguments = provider_types().arguments(name)
        if arguments is None or not any(make.type in asked for make in mapped.makes):
            continue
        after, unknown = filled(arguments)
        change = {"actions": ["create"], "before": None, "after": after, "after_unknown": unknown}
        resource = {"address": f"{name}.x", "mode": "managed", "type": name, "name": "x", "provider_name": AWS}
        document = {**plan(), "resource_changes": [{**resource, "change": change}]}
        raw = json.dumps(document).encode()
        reading = read_plans([PlanFile(Path("plan.json"), "plan.json", raw)], Settings({}))
        for made in reading.resources:
            schema = schema_of(made.type)
            schema = getattr(schema, "data", schema)
            properties = settle_all(made.fields.get("Properties"), World())
            for path in set(paths_of(schema, schema)):
                if len(path) == 1 or path[0] not in (properties if isinstance(properties, dict) else ()):
                    continue
                wanted = any(words.issuperset(path) for words in asked.get(made.type, ()))
                if wanted and is_there(properties, path[:-1]) and not is_there(properties, path):
                    missing.add((name, ".".join(path)))
    assert missing == NOT_ASKED | NO_ARGUMENT
