"""Examples of rules deployed by the services' calls, collected, and judged by the same rules.

Each example has moto to itself. What moto was not asked to hold for it is told as listed and empty, which it is, and
saves most of the calls.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import yaml

from scanner.engine.finding_builder import Describer
from scanner.engine.judge_all import bind
from scanner.engine.judging import Judge
from scanner.inputs.snapshot import read_snapshot
from scanner.language.library import Library, load_library
from scanner.language.rule import Example, Rule
from scanner.live.aws_calls import Answer, RefusedError
from scanner.live.collector import ACCOUNT as ACCOUNT_TYPE
from scanner.live.collector import Where, collect
from scanner.live.collector_table import Collector
from scanner.live.services import SERVICES
from scanner.model.resource import Inventory
from scanner.rule_testing.examples import VERDICT
from scanner.snapshots import manifest, shard
from scanner.snapshots.lines import Line
from scanner.snapshots.manifest import Manifest, write_manifest
from scanner.snapshots.redaction import Redaction
from scanner.snapshots.shard import GLOBAL, ShardKey, write_shard
from scanner.tenancy.loading import load_tenancy
from scanner.tenancy.tenancy import NO_TENANCY
from scanner.text.document import Document, Keys, Span
from tests.live.deploying import DEPLOYERS
from tests.live.deploying.made import ACCOUNT, REGION, Inexpressible, Made, Properties

TABLE = Path(__file__).with_name("round-trip.yaml")
COLLECTED = {name: service for service in SERVICES for name in service.types}
_WITHOUT_NETWORKS = {
    "apigateway",
    "apigatewayv2",
    "cloudtrail",
    "cloudwatch",
    "cognito-idp",
    "dynamodb",
    "events",
    "iam",
    "kms",
    "logs",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
}
# What moto does not have: the answers of an account that has none of it.
RECORDED: Mapping[str, Answer | RefusedError] = {
    "get_identity_pool_roles": {},
    "describe_delivery_sources": {"deliverySources": []},
    "get_backup_vault_access_policy": RefusedError("ResourceNotFoundException"),
    "list_backup_selections": {"BackupSelectionsList": []},
    "list_event_data_stores": {"EventDataStores": []},
    "list_flows": {"flowSummaries": []},
    "list_recovery_points_by_backup_vault": {"RecoveryPoints": []},
    "list_resources_for_web_acl": {"ResourceArns": []},
}


def _with_names(cloud: Cloud, arguments: Mapping[str, Any]) -> Answer:
    answer: dict[str, Any] = cloud.client("iam").get_account_authorization_details(**arguments)
    for policy in answer["Policies"]:
        policy["PolicyName"] = policy["Arn"].rpartition("/")[2]
    return answer


def _addresses(cloud: Cloud, arguments: Mapping[str, Any]) -> Answer:
    try:
        return {"FunctionUrlConfigs": [cloud.client("lambda").get_function_url_config(**arguments)]}
    except cloud.error:
        return {"FunctionUrlConfigs": []}


def _providers(cloud: Cloud, arguments: Mapping[str, Any]) -> Answer:
    del arguments
    names = [*cloud.backend("ecs").capacity_providers]
    answer: Answer = cloud.client("ecs").describe_capacity_providers(capacityProviders=names)
    return answer


def _authorizers(cloud: Cloud, arguments: Mapping[str, Any]) -> Answer:
    if "ApiId" not in arguments:
        answer: Answer = cloud.client("apigateway").get_authorizers(**arguments)
        return answer
    held = cloud.backend("apigatewayv2").apis[arguments["ApiId"]].authorizers
    gateway = cloud.client("apigatewayv2")
    return {"Items": [gateway.get_authorizer(ApiId=arguments["ApiId"], AuthorizerId=each) for each in held]}


def _report(cloud: Cloud, arguments: Mapping[str, Any]) -> Answer:
    """Ready, as it is the second time that somebody asks."""
    cloud.client("iam").generate_credential_report(**arguments)
    answer: Answer = cloud.client("iam").generate_credential_report(**arguments)
    return answer


# What moto tells by another operation only, or without a field that AWS always tells.
MENDED: Mapping[str, Callable[[Cloud, Mapping[str, Any]], Answer]] = {
    "describe_capacity_providers": _providers,
    "get_authorizers": _authorizers,
    "generate_credential_report": _report,
    "get_account_authorization_details": _with_names,
    "list_function_url_configs": _addresses,
}


class MotoCaller:
    """boto3 at the collectors' seam, with the errors that they are told."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def call(self, service: str, operation: str, /, **arguments: object) -> Answer:
        recorded = RECORDED.get(operation)
        if isinstance(recorded, RefusedError):
            raise recorded
        if recorded is not None:
            return recorded
        try:
            if operation in MENDED:
                return MENDED[operation](self._cloud, arguments)
            answer: Answer = getattr(self._cloud.client(service), operation)(**arguments)
        except self._cloud.error as error:
            raise RefusedError(error.response["Error"]["Code"], error.response["Error"].get("Message", "")) from None
        except self._cloud.unsent as error:
            raise RefusedError(type(error).__name__, str(error)) from None
        except NotImplementedError:
            # So moto says in the process what its server answers with an error.
            raise RefusedError("NotImplemented") from None
        except RefusedError:
            raise
        except Exception as error:  # noqa: BLE001  # moto's own faults, which its server answers with one too
            raise RefusedError("InternalFailure", repr(error)) from None
        return answer


class Cloud:
    """moto, which is running, and its clients. Everything that was made in it is gone after `forget`."""

    def __init__(self) -> None:
        self._boto3: Any = import_module("boto3")
        self._backends: Any = import_module("moto.backends")
        exceptions: Any = import_module("botocore.exceptions")
        self.error, self.unsent = exceptions.ClientError, exceptions.BotoCoreError
        self._config: Any = import_module("botocore.config").Config
        self._clients: dict[tuple[str, str], Any] = {}
        self._asked: set[str] = set()
        self.region = REGION

    def client(self, service: str) -> Any:
        key = (service, self.region)
        self._asked.add(service)
        if key not in self._clients:
            # Else moto takes a bucket of the name `logs` for the service.
            config = self._config(s3={"addressing_style": "path"})
            self._clients[key] = self._boto3.client(service, region_name=self.region, config=config)
        return self._clients[key]

    def backend(self, service: str) -> Any:
        """What moto holds; for what it tells only to who knows the names."""
        return self._backends.get_backend(service)[ACCOUNT][self.region]

    def forget(self) -> None:
        # Some services of moto's make networks of their own accord.
        for name in {*self._asked} if self._asked <= _WITHOUT_NETWORKS else {*self._asked, "ec2"}:
            self._backends.get_backend(name).reset()
        self._asked.clear()
        self.region = REGION


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an example: the verdicts on what it is about, or why it was not deployed."""

    verdicts: Mapping[str, str | None] = field(default_factory=dict)
    messages: Mapping[str, str] = field(default_factory=dict)
    why: str | None = None


def examples() -> Iterator[tuple[Rule, Example]]:
    """Every example that tells a verdict of something a collector reads, whether or not it can be deployed."""
    for rule in load_library().rules:
        for example in rule.examples:
            resources = example.body.get("Resources")
            if example.kind == "unknown" or not isinstance(resources, Mapping):
                continue
            if any(_is_judged(rule, example, name, body) for name, body in resources.items()):
                yield rule, example


def _is_judged(rule: Rule, example: Example, name: str, body: Mapping[str, Any]) -> bool:
    return rule.names(body.get("Type", "")) and example.body.get("on", name) == name and body.get("Type") in COLLECTED


def name_of(rule: Rule, example: Example) -> tuple[str, str]:
    return rule.id, f"{example.kind}: {example.name}"


def types_of(example: Example) -> set[str]:
    resources: Any = example.body["Resources"]
    return {str(each.get("Type")) for each in resources.values()}


class RoundTrip:
    """Needs a running moto with `MOTO_ACCOUNT_ID`, and a folder to itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._library: Library = load_library()
        self._cloud = Cloud()
        self._texts: dict[str, str] = {}

    def go(self, rule: Rule, example: Example) -> Outcome:
        try:
            self._cloud.region = str(example.body.get("region") or REGION)
            made = self._deployed(example)
            if isinstance(made, str):
                return Outcome(why=made)
            return self._judged(rule, example, made)
        finally:
            self._cloud.forget()

    def _deployed(self, example: Example) -> dict[str, Made] | str:
        """What was made of the example by its logical ids, or why it cannot be."""
        if "Conditions" in example.body:
            return "it has conditions, which nobody chooses in an account"
        resources: Any = example.body["Resources"]
        made: dict[str, Made] = {}
        resolver = _Resolver(example, made, self._cloud.region)
        for name in _ordered(resources):
            body = resources[name]
            try:
                properties = Properties(resolver.resolved(body.get("Properties", {})))
                made[name] = DEPLOYERS[body["Type"]](self._cloud.client, name, properties)
            except _NotThere as error:
                return f"its `{name}` refers to {error}"
            except Inexpressible as error:
                return str(error)
            except Exception as error:  # noqa: BLE001  # whatever moto cannot do is the reason that is told
                answer: Any = getattr(error, "response", {})
                code = answer.get("Error", {}).get("Code") or type(error).__name__
                return f"refused: {code} of {body['Type']}"
            if properties.left:
                return f"not deployed of {body['Type']}: {', '.join(properties.left)}"
        return made

    def _judged(self, rule: Rule, example: Example, made: Mapping[str, Made]) -> Outcome:
        inventory = self._collected(rule, example, made)
        tenancy = NO_TENANCY
        if "tenancy" in example.body:
            tenancy = load_tenancy(_document("tenancy.yaml", _named(example.body["tenancy"], made)))
        tenancy = tenancy.over(inventory)
        if "as_of" in example.body:
            tenancy = replace(tenancy, as_of=datetime.date.fromisoformat(str(example.body["as_of"])))
        strict = example.body.get("strict_defaults") is True
        judge = Judge(inventory, self._library.new_relations(), tenancy, Describer({}), strict)
        params: Any = _named(example.body.get("params", {}), made)
        bound = bind(rule, tenancy, params)
        resources: Any = example.body["Resources"]
        verdicts: dict[str, str | None] = {}
        messages: dict[str, str] = {}
        for name, body in resources.items():
            if not _is_judged(rule, example, name, body):
                continue
            live = made[name].type or body["Type"]
            found = [
                judge.judge(rule, each, bound.names)
                for each in inventory.of_type(live)
                if each.logical_id == made[name].id and rule.names(live)
            ]
            verdicts[name] = found[0].verdict if found else None
            if found:
                messages[name] = found[0].message
        return Outcome(verdicts, messages)

    def _collected(self, rule: Rule, example: Example, made: Mapping[str, Made]) -> Inventory:
        types = types_of(example) | {each.type for each in made.values() if each.type is not None}
        told = _told_of_accounts(rule)
        where = Where(ACCOUNT, self._cloud.region)
        caller = MotoCaller(self._cloud)
        region = self._cloud.region
        lines: dict[str, list[Line]] = {GLOBAL: [], region: []}
        empty: list[tuple[str | None, str]] = []
        for service in SERVICES:
            everywhere = service.scope == "global"
            wanted = tuple(each for each in service.collectors if types & {*each.types} or told & _account_keys(each))
            known = {name for each in wanted for name in each.types}
            empty.extend((None if everywhere else region, name) for name in service.types if name not in known)
            if wanted:
                asked = replace(service, collectors=wanted)
                found = collect(asked, caller, where, Redaction(b"a key that nobody has to keep    "))
                lines[GLOBAL if everywhere else region].extend(found)
        shards = [write_shard(self._folder, ShardKey(ACCOUNT, place, "all"), each) for place, each in lines.items()]
        keys = [each.key for each in shards]
        now = "2026-01-31T10:00:00Z"
        write_manifest(self._folder, Manifest("0", now, now, [ACCOUNT], [region], ["all"], keys, shards))
        read = read_snapshot(self._folder, "account")
        inventory = Inventory()
        inventory.add(read.resources)
        inventory.unread.add(read.unread)
        for place, name in empty:
            if name != ACCOUNT_TYPE:
                inventory.unread.read(ACCOUNT, place, name, None)
        return inventory


def _named(declared: Any, made: Mapping[str, Made]) -> Any:
    """What an owner declares: a template's logical ids, by the names that these have in the account."""
    if isinstance(declared, Mapping):
        return {_named(key, made): _named(child, made) for key, child in declared.items()}
    if isinstance(declared, list):
        return [_named(child, made) for child in declared]
    return made[declared].id if isinstance(declared, str) and declared in made else declared


def _told_of_accounts(rule: Rule) -> set[str]:
    """More than the rule reads of accounts, and never less."""
    text = json.dumps(rule.document.data, default=str)
    return {*re.findall(r"\w+", text)} if ACCOUNT_TYPE in text else set()


def _account_keys(collector: Collector) -> frozenset[str]:
    """The properties of the account that the collector tells."""
    told = {name for part in (collector.part, *collector.also) if part.type == ACCOUNT_TYPE for name in part.properties}
    return frozenset(told | collector.summary.keys())


def _ordered(resources: Mapping[str, Any]) -> list[str]:
    """Their names, each after those it refers to."""
    ordered: list[str] = []

    def add(name: str, above: tuple[str, ...]) -> None:
        if name in ordered or name in above:
            return
        for other in _referred(resources[name]):
            if other in resources:
                add(other, (*above, name))
        ordered.append(name)

    for name in resources:
        add(name, ())
    return ordered


def _referred(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, child in value.items():
            if key == "Ref":
                yield str(child)
            elif key == "Fn::GetAtt":
                yield child[0] if isinstance(child, list) else child.partition(".")[0]
            elif key == "Fn::Sub":
                yield from _HOLE.findall(child[0] if isinstance(child, list) else child)
            yield from _referred(child)
    elif isinstance(value, list):
        for child in value:
            yield from _referred(child)


# A hole of `Fn::Sub`, without the attribute; `${!x}` is none.
_HOLE = re.compile(r"\$\{([A-Za-z0-9:]+)(?:\.[A-Za-z0-9.]+)?\}")
_WHOLE_HOLE = re.compile(r"\$\{(!?)([^}]+)\}")


class _NotThere(Exception):
    """What an intrinsic names has no value here."""


class _Resolver:
    """Values without intrinsics."""

    def __init__(self, example: Example, made: Mapping[str, Made], region: str) -> None:
        self._made = made
        given: Any = example.body.get("parameters", {})
        declared: Any = example.body.get("Parameters", {})
        self._values: dict[str, Any] = {
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::Region": region,
            "AWS::StackName": "clinic",
            "AWS::URLSuffix": "amazonaws.com",
            **{name: _plain(each["Default"]) for name, each in declared.items() if "Default" in each},
            **{name: _plain(value) for name, value in given.items()},
        }

    def resolved(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            if len(value) == 1:
                name, inner = next(iter(value.items()))
                if name == "Ref" or name.startswith("Fn::"):
                    return self._intrinsic(name, inner)
            return {key: self.resolved(child) for key, child in value.items()}
        return [self.resolved(child) for child in value] if isinstance(value, list) else value

    def _intrinsic(self, name: str, inner: Any) -> Any:
        if name == "Ref":
            return self._reference(inner)
        if name == "Fn::GetAtt":
            return self._attribute(*(inner if isinstance(inner, list) else inner.split(".", 1)))
        if name == "Fn::Sub":
            text, more = (inner[0], self.resolved(inner[1])) if isinstance(inner, list) else (inner, {})
            return _WHOLE_HOLE.sub(lambda hole: self._hole(hole, more), text)
        if name == "Fn::Join":
            return inner[0].join(map(str, self.resolved(inner[1])))
        raise _NotThere(name)

    def _hole(self, hole: re.Match[str], more: Mapping[str, Any]) -> str:
        literal, name = hole.groups()
        if literal:
            return f"${{{name}}}"
        if name in more:
            return str(more[name])
        first, _, attribute = name.partition(".")
        return str(self._attribute(first, attribute) if attribute else self._reference(first))

    def _reference(self, name: str) -> Any:
        if name in self._made:
            return self._made[name].ref
        if name in self._values:
            return self._values[name]
        raise _NotThere(name)

    def _attribute(self, name: str, attribute: str) -> str:
        made = self._made.get(name)
        found = made.attributes.get(attribute) if made is not None else None
        if made is not None and found is None and attribute.endswith("Arn"):
            found = made.arn
        if not found:
            raise _NotThere(f"{name}.{attribute}")
        return found


def _plain(value: Any) -> Any:
    """A parameter is text, which CloudFormation gives the kind of the property."""
    text = str(value)
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isdecimal() and len(text) < 12 else value  # an account's id is text


class _Nowhere:
    def find(self, keys: Keys) -> Span:
        del keys
        return Span(0, 0, 0)


def _document(path: str, data: object) -> Document:
    return Document(path=path, data=data, text="", spans=_Nowhere())


def deployable() -> list[tuple[Rule, Example]]:
    return [(rule, example) for rule, example in examples() if types_of(example) <= DEPLOYERS.keys()]


def counted(deployed: Iterable[tuple[Rule, Example]]) -> dict[str, int]:
    """By type, the examples with it that were deployed."""
    return dict(sorted(Counter(name for _, example in deployed for name in types_of(example)).items()))


class _Keys:
    """The one key that all user pools of moto sign with, which takes long to read."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._known: dict[str, Any] = {}

    def import_key(self, value: Any) -> Any:
        said = json.dumps(value, sort_keys=True)
        if said not in self._known:
            self._known[said] = self._kind.import_key(value)
        return self._known[said]


def _write_at_once(target: Path, raw: bytes) -> None:
    target.write_bytes(raw)


@contextmanager
def moto_running() -> Iterator[None]:
    """Without the images of machines that moto else begins each account with, and with the account of examples."""
    moto: Any = import_module("moto")
    keys: Any = import_module("moto.cognitoidp.models").jwk
    before = {name: os.environ.get(name) for name in _ENVIRONMENT}
    os.environ.update(_ENVIRONMENT)
    try:
        # A thousand snapshots that nobody will miss need not be safe on the disk.
        with (
            moto.mock_aws(),
            patch.object(keys, "RSAKey", _Keys(keys.RSAKey)),
            patch.object(manifest, "write_whole", _write_at_once),
            patch.object(shard, "write_whole", _write_at_once),
        ):
            yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


_ENVIRONMENT = {"AWS_DEFAULT_REGION": REGION, "MOTO_ACCOUNT_ID": ACCOUNT, "MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}


def _write() -> int:
    """Writes what can be found out; what is judged otherwise needs somebody to say why."""
    table: Any = yaml.safe_load(TABLE.read_text("utf-8"))
    known = {(rule, name): row for rule, rows in table["judged otherwise"].items() for name, row in rows.items()}
    not_deployed: dict[str, dict[str, str]] = {}
    otherwise: dict[str, dict[str, Any]] = {}
    deployed: list[tuple[Rule, Example]] = []
    with moto_running(), TemporaryDirectory() as folder:
        trip = RoundTrip(Path(folder))
        for rule, example in deployable():
            outcome = trip.go(rule, example)
            if outcome.why is not None:
                not_deployed.setdefault(rule.id, {})[name_of(rule, example)[1]] = outcome.why
                continue
            deployed.append((rule, example))
            verdicts = sorted({str(each) for each in outcome.verdicts.values()})
            if verdicts != [VERDICT[example.kind]]:
                row = {"verdict": verdicts[0] if len(verdicts) == 1 else verdicts, "why": "?"}
                why = known.get(name_of(rule, example), row)["why"]
                otherwise.setdefault(rule.id, {})[name_of(rule, example)[1]] = {**row, "why": why}
                if why == "?":
                    print(*name_of(rule, example), outcome.verdicts, outcome.messages)
    by_hand = {part: table[part] for part in ("not collected", "cannot be deployed")}
    sections = {"types": counted(deployed), **by_hand, "judged otherwise": otherwise, "not deployed": not_deployed}
    text = yaml.safe_dump(sections, sort_keys=False, allow_unicode=True, width=110)
    comment = "".join(line for line in TABLE.read_text("utf-8").splitlines(keepends=True) if line.startswith("#"))
    TABLE.write_text(comment + text, "utf-8")
    return 1 if any(row["why"] == "?" for rows in otherwise.values() for row in rows.values()) else 0


if __name__ == "__main__":
    sys.exit(_write())
