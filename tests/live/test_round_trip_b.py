"""Live equals template: examples of rules deployed by the services' calls, collected, and judged by the same rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from scanner.cli.main import main
from scanner.language.library import load_library
from scanner.language.rule import Example, Rule
from scanner.live.calling import Answer, Refused
from scanner.live.clients import AwsCaller
from scanner.scanning import Options, scan
from tests.live.deploying_b import DEPLOYERS, Made

ACCOUNT, REGION = "123456789012", "us-east-1"
SERVICES = [
    "appsync",
    "autoscaling",
    "backup",
    "cloudfront",
    "codebuild",
    "config",
    "dax",
    "dms",
    "efs",
    "emr",
    "elasticache",
    "elb",
    "elbv2",
    "guardduty",
    "kinesis",
    "acm",
    "logs",
    "opensearch",
    "redshift",
    "sagemaker",
    "stepfunctions",
    "wafv2",
]
VERDICTS = {"pass": "PASS", "fail": "FAIL", "not applicable": "NOT_APPLICABLE"}
# What a template says by more than its resources.
_MORE = (
    "Parameters",
    "Conditions",
    "Mappings",
    "params",
    "parameters",
    "tenancy",
    "strict_defaults",
    "region",
    "account",
)


# What moto does not have: the answers of an account that has none of it.
RECORDED: Mapping[str, Answer | Refused] = {
    "describe_delivery_sources": {"deliverySources": []},
    "get_backup_vault_access_policy": Refused("ResourceNotFoundException"),
    "list_backup_selections": {"BackupSelectionsList": []},
    "list_recovery_points_by_backup_vault": {"RecoveryPoints": []},
    "list_resources_for_web_acl": {"ResourceArns": []},
}
_call = AwsCaller.call


def _called(self: AwsCaller, service: str, operation: str, /, **arguments: object) -> Answer:
    recorded = RECORDED.get(operation)
    if isinstance(recorded, Refused):
        raise recorded
    if recorded is not None:
        return recorded
    try:
        return _call(self, service, operation, **arguments)
    except NotImplementedError:
        # So moto says in the process what its server answers with an error.
        raise Refused("NotImplemented") from None


def _examples() -> Iterator[tuple[Rule, Example]]:
    for rule in load_library().rules:
        for example in rule.examples:
            resources = example.body.get("Resources")
            if example.kind in VERDICTS and isinstance(resources, Mapping):
                yield rule, example


def _resolved(value: Any, made: Mapping[str, Made]) -> Any:
    """The value without intrinsics. Raises KeyError where one names what is not there."""
    if isinstance(value, Mapping):
        if len(value) == 1:
            name, inner = next(iter(value.items()))
            if name == "Ref":
                return made[inner].ref
            if name == "Fn::GetAtt":
                return made[inner[0] if isinstance(inner, list) else inner.partition(".")[0]].arn
            if name.startswith("Fn::"):
                raise KeyError(name)
        return {key: _resolved(child, made) for key, child in value.items()}
    return [_resolved(child, made) for child in value] if isinstance(value, list) else value


def _deploy(clients: Any, example: Example, prefix: str) -> dict[str, Made] | str:
    """What was made of the example by its logical ids, or why it cannot be."""
    if any(key in example.body for key in _MORE):
        return "it says more than resources"
    resources: Any = example.body["Resources"]
    if any(each.get("Type") not in DEPLOYERS for each in resources.values()):
        return "it has types that are deployed elsewhere, or not at all"
    made: dict[str, Made] = {}
    for place, (name, body) in enumerate(resources.items()):
        try:
            properties = _resolved(body.get("Properties", {}), made)
            made[name] = DEPLOYERS[body["Type"]](clients, f"{prefix}{place}", properties)
        except KeyError as error:
            return f"its `{name}` refers to {error}"
        except Exception as error:  # noqa: BLE001  # whatever moto cannot do is the reason that is told
            return str(error)
    return made


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    moto: Any = pytest.importorskip("moto")
    boto3: Any = pytest.importorskip("boto3")
    folder = tmp_path_factory.mktemp("live") / "snapshot"
    with pytest.MonkeyPatch.context() as patch, moto.mock_aws():
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        patch.setattr(AwsCaller, "call", _called)
        known: dict[str, Any] = {}

        def clients(service: str) -> Any:
            return (
                known.setdefault(service, None) or known.__setitem__(service, boto3.client(service)) or known[service]
            )

        deployed: list[tuple[Rule, Example, dict[str, Made] | str]] = []
        for place, (rule, example) in enumerate(_examples()):
            if any(each.get("Type") in DEPLOYERS for each in example.body["Resources"].values()):  # type: ignore[attr-defined]  # a mapping, as _examples has seen
                deployed.append((rule, example, _deploy(clients, example, f"e{place}x")))
        assert (
            main(["snapshot", "--out", str(folder), "--regions", REGION, "--quiet", "--services", ",".join(SERVICES)])
            == 0
        )
    report = scan(folder, options=Options(account=ACCOUNT, region=REGION)).report
    found = {
        (each["rule"], each["resource"]["type"], each["resource"]["logical_id"]): each for each in report["findings"]
    }
    return deployed, found


def test_x(judged: Any) -> None:
    deployed, found = judged
    for rule, example, made in deployed:
        if isinstance(made, str):
            print("SKIP", rule.id, example.name, made)
            continue
        for name, body in example.body["Resources"].items():
            if example.body.get("on", name) != name or body["Type"] not in rule.types:
                continue
            got = found.get((rule.id, body["Type"], made[name].id))
            v = got["verdict"] if got else None
            print("OK" if v == VERDICTS[example.kind] else "DIFF", rule.id, example.name, v, got and got.get("message"))
