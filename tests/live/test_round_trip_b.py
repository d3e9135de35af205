"""Live equals template: examples of rules deployed by the services' calls, collected, and judged by the same rules.

`round-trip.yaml` says which examples cannot be deployed, and which are judged otherwise; nothing else may be either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner.cli.main import main
from scanner.language.library import load_library
from scanner.language.rule import Example, Rule
from scanner.live.calling import Answer, Refused
from scanner.live.clients import AwsCaller
from scanner.scanning import Options, scan
from tests.live.deploying_b import DEPLOYERS, Inexpressible, Made

ACCOUNT, REGION = "123456789012", "us-east-1"
SERVICES = [
    "application-autoscaling",
    "appsync",
    "autoscaling",
    "backup",
    "cloudfront",
    "codebuild",
    "config",
    "dax",
    "dms",
    "ecs",
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
# What other resources refer to. Their own rules are not judged here, for their properties are not deployed.
REFERRED = {"AWS::KMS::Key", "AWS::Logs::LogGroup"}
# The older type is read as what it has become.
LIVE_TYPES = {"AWS::Elasticsearch::Domain": "AWS::OpenSearchService::Domain"}
TABLE: Any = yaml.safe_load(Path(__file__).with_name("round-trip.yaml").read_text())
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
    here = DEPLOYERS.keys() - REFERRED
    for rule in load_library().rules:
        for example in rule.examples:
            resources = example.body.get("Resources")
            if (
                example.kind in VERDICTS
                and isinstance(resources, Mapping)
                and here & set(rule.types)
                and any(each.get("Type") in here for each in resources.values())
            ):
                yield rule, example


def _name(rule: Rule, example: Example) -> tuple[str, str]:
    return rule.id, f"{example.kind}: {example.name}"


def _rows(part: str) -> dict[tuple[str, str], Any]:
    return {(rule, name): row for rule, rows in TABLE[part].items() for name, row in rows.items()}


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
        except Inexpressible as error:
            return str(error)
        except Exception as error:  # noqa: BLE001  # whatever moto cannot do is the reason that is told
            answer: Any = getattr(error, "response", {})
            return f"refused: {answer.get('Error', {}).get('Code') or type(error).__name__}"
    return made


CASES = [*_examples()]
NOT_DEPLOYED, OTHERWISE = _rows("not deployed"), _rows("judged otherwise")
DEPLOYABLE = [each for each in CASES if _name(*each) not in NOT_DEPLOYED]
Judged = tuple[dict[tuple[str, str], dict[str, Made] | str], dict[tuple[str, str, str], str]]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    moto: Any = pytest.importorskip("moto")
    boto3: Any = pytest.importorskip("boto3")
    folder = tmp_path_factory.mktemp("live") / "snapshot"
    with pytest.MonkeyPatch.context() as patch, moto.mock_aws():
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        patch.setattr(AwsCaller, "call", _called)
        known: dict[str, Any] = {}

        def clients(service: str) -> Any:
            if service not in known:
                known[service] = boto3.client(service)
            return known[service]

        deployed = {
            _name(rule, example): _deploy(clients, example, f"e{place}x") for place, (rule, example) in enumerate(CASES)
        }
        asked = ["snapshot", "--out", str(folder), "--regions", REGION, "--quiet", "--services", ",".join(SERVICES)]
        assert main(asked) == 0
    # Rules that no account is judged by unasked are asked for.
    rules = sorted({rule.id for rule, _ in CASES})
    report = scan(folder, options=Options(account=ACCOUNT, region=REGION, select=rules)).report
    found: dict[tuple[str, str, str], str] = {
        (each["rule"], each["resource"]["type"], str(each["resource"]["logical_id"])): each["verdict"]
        for each in report["findings"]
    }
    return deployed, found


@pytest.mark.parametrize(("rule", "example"), DEPLOYABLE, ids=[" ".join(_name(*each)) for each in DEPLOYABLE])
def test_what_is_deployed_is_judged_as_its_template_is(judged: Judged, rule: Rule, example: Example) -> None:
    deployed, found = judged
    made = deployed[_name(rule, example)]
    assert not isinstance(made, str), f"say in round-trip.yaml that it is not deployed: {made}"
    resources: Any = example.body["Resources"]
    verdicts = {
        name: found.get((rule.id, LIVE_TYPES.get(body["Type"], body["Type"]), made[name].id))
        for name, body in resources.items()
        if example.body.get("on", name) == name and body["Type"] in rule.types
    }
    expected = OTHERWISE[row]["verdict"] if (row := _name(rule, example)) in OTHERWISE else VERDICTS[example.kind]
    assert verdicts and set(verdicts.values()) == {expected}, verdicts


def test_what_is_not_deployed_is_told_with_its_reason(judged: Judged) -> None:
    deployed, _ = judged
    assert {name: made for name, made in deployed.items() if isinstance(made, str)} == NOT_DEPLOYED


def test_what_is_judged_otherwise_is_an_example_and_is_judged_otherwise() -> None:
    expected = {_name(*each): VERDICTS[each[1].kind] for each in DEPLOYABLE}
    for name, row in OTHERWISE.items():
        assert row["verdict"] != expected[name] and row["why"]
