"""How many calls a snapshot makes, and that those which it spares leave nothing to be mistaken for an absence."""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main
from scanner.inputs.snapshot import Shelf, resource_of
from scanner.language.library import load_library
from scanner.language.needs import ALWAYS, OF_FUNCTIONS, TYPES, needs_of
from scanner.live.audit_role import actions
from scanner.live.aws_calls import CredentialsEndedError, RefusedError
from scanner.live.clients import MOST_CLIENTS, Clients
from scanner.live.collector import Where, collect
from scanner.live.collector_table import Part, Service, words
from scanner.live.needed_calls import narrowed
from scanner.live.services import SERVICES
from scanner.live.services.dynamodb import DYNAMODB
from scanner.live.services.lambda_functions import LAMBDA
from scanner.live.services.s3 import S3
from scanner.live.services.sqs import SQS
from scanner.model.needs import Needs
from scanner.model.tags import tags_of
from scanner.model.types import type_facts
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.scanning import Options, scan
from scanner.snapshots.lines import Failed, Line, Listed, Seen
from scanner.snapshots.manifest import Manifest, write_manifest
from scanner.snapshots.redaction import Redaction
from scanner.snapshots.shard import ShardKey, write_shard
from tests.live import test_account
from tests.live.sampling import Sampled
from tests.live.test_refused import _calls as calls_of

account = test_account.account
ACCOUNT, REGION = "111122223333", "eu-central-1"
SCANNER = Path(__file__).parents[2] / "scanner"
ENFORCED = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}
OWN_KEY = "arn:aws:kms:eu-central-1:111122223333:key/k"


class Answering:
    """Answers by operation: a value, an error to raise, or what is made of the arguments."""

    def __init__(self, answers: Mapping[str, Any], region: str = REGION) -> None:
        self._answers = answers
        self.region = region
        self.asked: Counter[str] = Counter()
        self.regions: list[str] = []

    def call(self, service: str, operation: str, /, **arguments: object) -> Mapping[str, Any]:
        self.asked[operation] += 1
        answer = self._answers.get(operation, {})
        if callable(answer):
            answer = answer(self.region, arguments)
        if isinstance(answer, Exception):
            raise answer
        found: Mapping[str, Any] = answer
        return found

    def at(self, region: str) -> Answering:
        other = Answering(self._answers, region)
        other.asked, other.regions = self.asked, self.regions
        self.regions.append(region)
        return other


def collected(
    service: Service, answers: Mapping[str, Any], *, everywhere: bool = True
) -> tuple[list[Line], Counter[str]]:
    caller = Answering(answers)
    where = Where(ACCOUNT, REGION)
    lines = [*collect(service, caller, where, Redaction(b"key"), elsewhere=caller.at if everywhere else None)]
    return lines, caller.asked


def seen(lines: Sequence[Line], type_name: str) -> list[Seen]:
    return [line for line in lines if isinstance(line, Seen) and line.type == type_name]


def buckets(*names: str, region: str = REGION) -> dict[str, Any]:
    return {"list_buckets": {"Buckets": [{"Name": name, "BucketRegion": region} for name in names]}}


def tagged(arns: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Two pages of tags."""
    mappings = [
        {"ResourceARN": arn, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
        for arn, tags in arns.items()
    ]

    def page(region: str, arguments: Mapping[str, object]) -> Mapping[str, object]:
        if arguments.get("PaginationToken") == "more":
            return {"ResourceTagMappingList": mappings[1:], "PaginationToken": ""}
        return {"ResourceTagMappingList": mappings[:1], "PaginationToken": "more"}

    return {"get_resources": page}


def test_a_bucket_as_aws_makes_it_takes_nine_calls() -> None:
    names = ("a", "b", "c", "d")
    _, asked = collected(S3, {**buckets(*names), "get_bucket_ownership_controls": ENFORCED})
    each = {
        "get_bucket_encryption",
        "get_bucket_lifecycle_configuration",
        "get_bucket_logging",
        "get_bucket_notification_configuration",
        "get_bucket_ownership_controls",
        "get_bucket_policy",
        "get_bucket_versioning",
        "get_bucket_website",
        "get_public_access_block",
    }
    # The account's own block is asked for once, for all of its buckets.
    wanted = Counter({"list_buckets": 1, "get_resources": 1, "get_public_access_block": 1})
    assert asked == wanted + Counter(dict.fromkeys(each, len(names)))


def test_a_table_takes_three_calls_and_their_common_key_one() -> None:
    encrypted = {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": OWN_KEY}
    answers: dict[str, Any] = {
        "list_tables": {"TableNames": ["a", "b", "c"]},
        "describe_table": {"Table": {"TableArn": "arn:x", "SSEDescription": encrypted}},
        "describe_key": {"KeyMetadata": {"KeyManager": "CUSTOMER"}},
    }
    _, asked = collected(DYNAMODB, answers)
    each = dict.fromkeys(("describe_table", "describe_continuous_backups", "get_resource_policy"), 3)
    assert asked == {"list_tables": 1, "get_resources": 1, "describe_key": 1, **each}

    lines, asked = collected(DYNAMODB, {**answers, "describe_key": RefusedError("AccessDeniedException")})
    assert asked["describe_key"] == 1
    for table in seen(lines, "AWS::DynamoDB::Table"):
        assert [(path, why.cause) for path, why in table.unknown] == [
            (("SSESpecification", "KMSMasterKeyId"), "access-denied")
        ]
    assert len([line for line in lines if isinstance(line, Failed)]) == 3


@pytest.mark.parametrize(
    ("answers", "more"),
    [
        ({}, {"get_bucket_acl"}),
        ({"get_bucket_ownership_controls": RefusedError("AccessDenied")}, {"get_bucket_acl"}),
        ({"get_bucket_ownership_controls": ENFORCED}, set()),
        (
            {"get_bucket_ownership_controls": ENFORCED, "get_bucket_versioning": {"Status": "Enabled"}},
            {"get_bucket_replication", "get_object_lock_configuration"},
        ),
        ({"get_bucket_ownership_controls": ENFORCED, "get_bucket_versioning": {"Status": "Suspended"}}, set()),
        (
            {"get_bucket_ownership_controls": ENFORCED, "get_bucket_versioning": RefusedError("AccessDenied")},
            {"get_bucket_replication", "get_object_lock_configuration"},
        ),
    ],
    ids=["acls are on", "unknown whether", "acls are off", "versioned", "suspended", "unknown whether versioned"],
)
def test_what_cannot_be_there_is_not_asked_for_and_what_may_be_is(answers: Mapping[str, Any], more: set[str]) -> None:
    lines, asked = collected(S3, {**buckets("a"), **answers})
    spared = {"get_bucket_acl", "get_bucket_replication", "get_object_lock_configuration"}
    assert asked.keys() & spared == more
    (bucket,) = seen(lines, "AWS::S3::Bucket")
    unknown = {str(path[0]) for path, _ in bucket.unknown}
    assert not unknown & {"AccessControl", "ReplicationConfiguration", "ObjectLockConfiguration"}
    for name in ("AccessControl", "ReplicationConfiguration", "ObjectLockConfiguration"):
        assert bucket.properties[name] is None


def test_tags_of_many_come_at_once_and_who_is_not_listed_has_none() -> None:
    found = tagged({"arn:aws:s3:::b": {"TenantId": "t1"}, "arn:aws:s3:::c": {}})
    lines, asked = collected(S3, {**buckets("a", "b", "c"), **found})
    assert asked["get_resources"] == 2 and not asked["get_bucket_tagging"]
    assert {each.id: each.properties["Tags"] for each in seen(lines, "AWS::S3::Bucket")} == {
        "a": None,
        "b": [{"Key": "TenantId", "Value": "t1"}],
        "c": None,
    }


@pytest.mark.parametrize("code", ["AccessDeniedException", "InvalidParameterException", "EndpointConnectionError"])
def test_where_they_do_not_come_at_once_each_is_asked(code: str) -> None:
    one = {"TagSet": [{"Key": "TenantId", "Value": "t1"}]}
    answers = {**buckets("a", "b", "c"), "get_resources": RefusedError(code), "get_bucket_tagging": one}
    lines, asked = collected(S3, answers)
    assert asked["get_resources"] == 1 and asked["get_bucket_tagging"] == 3
    assert all(each.properties["Tags"] == one["TagSet"] for each in seen(lines, "AWS::S3::Bucket"))
    assert not [line for line in lines if isinstance(line, Failed)]

    lines, _ = collected(S3, {**answers, "get_bucket_tagging": RefusedError("AccessDenied")})
    for bucket in seen(lines, "AWS::S3::Bucket"):
        assert (("Tags",), "access-denied") in [(path, why.cause) for path, why in bucket.unknown]


def test_a_region_that_is_switched_off_ends_nothing_and_credentials_that_ended_do() -> None:
    far = buckets("a", "b", "c", region="me-south-1")
    lines, asked = collected(S3, {**far, "get_resources": CredentialsEndedError("UnrecognizedClientException")})
    assert asked["get_bucket_tagging"] == 3 and len(seen(lines, "AWS::S3::Bucket")) == 3
    with pytest.raises(CredentialsEndedError):
        collected(S3, {**buckets("a", "b", "c"), "get_resources": CredentialsEndedError("ExpiredToken")})


def test_half_an_answer_is_none() -> None:
    def page(region: str, arguments: Mapping[str, object]) -> object:
        if "PaginationToken" in arguments:
            return RefusedError("InternalServiceException")
        return {"ResourceTagMappingList": [], "PaginationToken": "more"}

    _, asked = collected(S3, {**buckets("a", "b", "c"), "get_resources": page})
    assert asked["get_bucket_tagging"] == 3


def test_of_few_each_is_asked() -> None:
    _, asked = collected(S3, buckets("a", "b"))
    assert asked["get_bucket_tagging"] == 2 and not asked["get_resources"]


def test_tags_are_asked_for_in_the_region_of_the_bucket() -> None:
    def page(region: str, arguments: Mapping[str, object]) -> object:
        tags = [{"Key": "Region", "Value": region}]
        return {"ResourceTagMappingList": [{"ResourceARN": "arn:aws:s3:::a", "Tags": tags}]}

    far = {**buckets("a", "b", "c", region="us-west-2"), "get_resources": page}
    lines, asked = collected(S3, far)
    assert asked["get_resources"] == 1
    assert seen(lines, "AWS::S3::Bucket")[0].properties["Tags"] == [{"Key": "Region", "Value": "us-west-2"}]
    # Who cannot ask there asks the service.
    _, asked = collected(S3, far, everywhere=False)
    assert asked["get_bucket_tagging"] == 3 and not asked["get_resources"]


def test_tags_at_once_are_what_each_service_answers() -> None:
    """As both are put through the same expressions, a difference would be one of form."""
    tags = {"Team": "clinic", "TenantId": "t1"}
    queues = [f"https://sqs.eu-central-1.amazonaws.com/111122223333/{name}" for name in "abc"]
    functions = [
        {"FunctionName": name, "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"} for name in "abc"
    ]
    cases: list[tuple[Service, str, dict[str, Any], Callable[[str], str]]] = [
        (
            SQS,
            "AWS::SQS::Queue",
            {"list_queues": {"QueueUrls": queues}, "list_queue_tags": {"Tags": tags}},
            lambda name: f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}",
        ),
        (
            LAMBDA,
            "AWS::Lambda::Function",
            {"list_functions": {"Functions": functions}, "list_tags": {"Tags": tags}},
            lambda name: f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}",
        ),
    ]
    for service, type_name, answers, arn in cases:
        at_once, _ = collected(service, {**answers, **tagged({arn(name): tags for name in "abc"})})
        one_by_one, _ = collected(service, {**answers, "get_resources": RefusedError("AccessDeniedException")})
        assert [each.properties["Tags"] for each in seen(at_once, type_name)] == [
            each.properties["Tags"] for each in seen(one_by_one, type_name)
        ]
        assert len(seen(at_once, type_name)[0].properties["Tags"]) == 2  # type: ignore[arg-type]  # a list of tags


def rules_that_are_on() -> Needs:
    library = load_library(examples=False)
    return needs_of([rule for rule in library.rules if rule.tier != "legacy"], library.relations)


def test_what_no_rule_asks_for_takes_no_call_and_is_unknown() -> None:
    service = narrowed(S3, rules_that_are_on())
    lines, asked = collected(service, {**buckets("a"), "get_bucket_ownership_controls": ENFORCED})
    assert "get_bucket_notification_configuration" not in asked
    assert len(asked) == 1 + 8 + 1
    (bucket,) = seen(lines, "AWS::S3::Bucket")
    resource = resource_of(bucket, ShardKey(ACCOUNT, "global", "s3"), Shelf("s3"), {})
    properties: Any = resource.fields["Properties"]
    assert "NotificationConfiguration" not in properties
    assert isinstance(properties.unknown, Unknown) and properties.unknown.cause == "not-collected"
    # What was asked for and is not there is absent.
    assert properties["WebsiteConfiguration"] is None


def test_a_type_that_no_rule_asks_for_is_not_said_to_be_listed() -> None:
    service = narrowed(LAMBDA, rules_that_are_on())
    function = {"FunctionName": "f", "FunctionArn": "arn:aws:lambda:eu-central-1:111122223333:function:f"}
    lines, asked = collected(service, {"list_functions": {"Functions": [function]}})
    assert not asked["list_function_event_invoke_configs"] and not asked["get_function_concurrency"]
    (listed,) = [each for each in lines if isinstance(each, Listed) and each.type == "AWS::Lambda::EventInvokeConfig"]
    assert listed.unread is not None and listed.unread.cause == "not-collected"
    assert Listed("AWS::Lambda::Permission") in lines


def test_every_rule_together_asks_for_everything_of_a_bucket() -> None:
    library = load_library(examples=False)
    assert narrowed(S3, needs_of(library.rules, library.relations)) == S3


def test_a_detail_is_kept_for_what_rests_on_it_and_loses_a_condition_that_nobody_asks_for() -> None:
    service = narrowed(S3, Needs(of={"AWS::S3::Bucket": frozenset({"ReplicationConfiguration"})}))
    details = service.collectors[0].part.details
    # Where the bucket is, is part of what it is.
    assert list(details) == ["location", "replication"] and details["replication"].needless is None
    assert service.collectors[0].unasked == ("AWS::S3::BucketPolicy",)


RULE = """id: keeps-nothing-for-ever
title: Buckets delete what is old
severity: low
why: Somebody pays for it.
applies_to: {types: [AWS::S3::Bucket]}
assert:
- that: Properties.LifecycleConfiguration.Rules
fix: Add a rule.
references: [https://example.com]
examples:
  pass:
    a rule:
      Resources:
        B: {Type: AWS::S3::Bucket, Properties: {LifecycleConfiguration: {Rules: [{Status: Enabled}]}}}
  fail:
    none:
      Resources:
        B: {Type: AWS::S3::Bucket}
"""


def test_a_rule_of_ones_own_has_read_what_it_asks_for(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "keeps-nothing-for-ever.yaml").write_text(RULE, "utf-8")
    library = load_library([tmp_path / "own"], examples=False)
    own = [rule for rule in library.rules if rule.id == "keeps-nothing-for-ever"]
    assert "lifecycle" in narrowed(S3, needs_of(own, library.relations)).collectors[0].part.details


@pytest.mark.parametrize(
    "asked", ["keys(Properties)", "values(Properties)[?Status]", "Properties.*.Status", "to_string(@)"]
)
def test_who_asks_for_all_properties_gets_all(asked: str, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    text = RULE.replace("Properties.LifecycleConfiguration.Rules", f'"{asked}"')
    (tmp_path / "own" / "keeps-nothing-for-ever.yaml").write_text(text, "utf-8")
    library = load_library([tmp_path / "own"], examples=False)
    own = [rule for rule in library.rules if rule.id == "keeps-nothing-for-ever"]
    assert narrowed(S3, needs_of(own, library.relations)).collectors[0].part.details == S3.collectors[0].part.details


def _parts(part: Part) -> Iterator[Part]:
    yield part
    for child in part.children:
        yield from _parts(child)


def _resting(part: Part, above: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """Types and properties that take calls of their own."""
    names = above | part.details.keys()
    yield from ((part.type, key) for key, shape in part.properties.items() if words(shape) & names)
    for child in part.children:
        yield from _resting(child, names)


@pytest.mark.full
def test_what_the_program_reads_by_itself_is_always_asked_for() -> None:
    """Every text of the code that judges which is also the name of a property, or a type, that takes a call."""
    judging = [*SCANNER.glob("*.py")]
    for name in ("engine", "iam", "language", "model", "prover", "tenancy"):
        judging += [*(SCANNER / name).rglob("*.py")]
    # Which values are hidden is no reason to read them, and what proofs read of templates has these sections.
    others = {
        SCANNER / "language" / "needs.py",
        SCANNER / "model" / "secrets.py",
        SCANNER / "incremental" / "proof_inputs.py",
        # Tables of where policies and secrets stand, by type: a rule asks by function, and `needs` knows of functions.
        SCANNER / "iam" / "policy_places.py",
        # What a type cannot have, or no collector reads, is never asked for; nor are types that only templates have.
        SCANNER / "model" / "absent_properties.py",
        SCANNER / "model" / "unread_properties.py",
        SCANNER / "model" / "unread_types.py",
        # Asked for where a rule calls its function, which the next test holds; and what is passed over on purpose.
        SCANNER / "language" / "expressions" / "access_records.py",
        SCANNER / "prover" / "system" / "running_as.py",
    }
    texts = {
        node.value
        for file in judging
        if file not in others
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    tops = [part for service in SERVICES for each in service.collectors for part in (each.part, *each.also)]
    names = {name for top in tops for _, name in _resting(top)}
    types = {child.type for top in tops for part in _parts(top) for child in part.children}
    assert names & texts <= ALWAYS
    assert types & texts <= TYPES


def test_what_a_function_reads_is_asked_for_where_a_rule_calls_it() -> None:
    rule = next(each for each in load_library().rules if each.id == "ephi-reads-can-be-told")
    needs = needs_of([rule], load_library().relations)
    for kind, properties in OF_FUNCTIONS["reads_recorded"].items():
        assert properties <= needs.of[kind]
    tops = [part for service in SERVICES for each in service.collectors for part in (each.part, *each.also)]
    taken = {name for top in tops for _, name in _resting(top)}
    file = SCANNER / "language" / "expressions" / "access_records.py"
    texts = {each.value for each in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(each, ast.Constant)}
    top = {name for part in tops for name in part.properties}
    told = {name for asked in OF_FUNCTIONS["reads_recorded"].values() for name in asked}
    assert taken & top & texts - ALWAYS - {"Enabled", "Rules", "Status"} <= told


def test_tags_are_always_asked_for() -> None:
    """Whatever the type calls them: whose a resource is, is written there."""
    nothing = needs_of([], {})
    for service in SERVICES:
        for before, after in zip(service.collectors, narrowed(service, nothing).collectors, strict=True):
            for top, left in zip((before.part, *before.also), (after.part, *after.also), strict=True):
                facts = type_facts(top.type)
                if facts is not None and facts.tag is not None and facts.tag.property in top.properties:
                    assert facts.tag.property in left.properties, top.type


def test_the_role_may_ask_for_tags_at_once_and_is_narrower_for_fewer_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert "tag:GetResources" in actions(SERVICES)
    assert main(["snapshot", "--print-role"]) == 0
    everything = capsys.readouterr().out
    assert "tag:GetResources" in everything and "s3:GetLifecycleConfiguration" in everything
    assert main(["snapshot", "--print-role", "--select", "s3-versioning", "--services", "s3"]) == 0
    one = capsys.readouterr().out
    assert "s3:GetBucketVersioning" in one and "s3:GetLifecycleConfiguration" not in one
    # Who may use a bucket is read for the proof, whatever the rules are.
    assert "s3:GetBucketPolicy" in one


@pytest.mark.full
def test_a_rule_that_the_snapshot_was_not_taken_for_is_unknown(
    account: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    read = ["--regions", test_account.REGION, "--services", "s3", "--quiet"]
    assert main(["snapshot", *read, "--select", "s3-versioning", "--out", "narrow"]) == 0
    assert main(["snapshot", *read, "--out", "whole"]) == 0

    def verdicts(folder: str) -> dict[tuple[str, str], str]:
        asked = ["--select", "s3-versioning", "--select", "s3-default-encryption", "--select", "s3-event-notifications"]
        main(["scan", folder, *asked, "--format", "json=report.json", "--quiet"])
        report = json.loads(Path("report.json").read_text("utf-8"))
        return {(each["rule"], each["resource"]["logical_id"]): each["verdict"] for each in report["findings"]}

    narrow, whole = verdicts("narrow"), verdicts("whole")
    assert {name: verdict for name, verdict in narrow.items() if name[0] == "s3-versioning"} == {
        name: verdict for name, verdict in whole.items() if name[0] == "s3-versioning"
    }
    for rule in ("s3-default-encryption", "s3-event-notifications"):
        assert {narrow[rule, name] for name in ("sound", "leaky")} == {"UNKNOWN"}
        assert {whole[rule, name] for name in ("sound", "leaky")} <= {"PASS", "FAIL"}


def _written(folder: Path, services: Sequence[Service]) -> Path:
    """A snapshot of an account that answers with every field that AWS knows."""
    calls = {service.name: calls_of(service) for service in services}
    shards, keys = [], []
    folder.mkdir()
    for service in services:
        key = ShardKey(ACCOUNT, "global" if service.scope == "global" else REGION, service.name)
        sampled = Sampled(service, calls[service.name])
        lines = [*collect(service, sampled, Where(ACCOUNT, REGION), Redaction(b"key"))]
        shards.append(write_shard(folder, key, lines, 0))
        keys.append(key)
    times = ("2026-01-01T00:00:00Z", "2026-01-01T00:10:00Z")
    names = sorted(service.name for service in services)
    write_manifest(folder, Manifest("0", *times, [ACCOUNT], [REGION], names, keys, shards))
    return folder


@pytest.mark.parametrize("tier", ["on", "every"])
@pytest.mark.full
def test_what_is_spared_changes_no_verdict_of_the_rules_that_it_was_spared_for(tier: str, tmp_path: Path) -> None:
    library = load_library(examples=False)
    rules = [rule for rule in library.rules if tier == "every" or rule.tier != "legacy"]
    needs = needs_of(rules, library.relations)
    select = [rule.id for rule in rules]

    def verdicts(folder: Path) -> dict[tuple[str, str], object]:
        report = scan(options=Options(paths=(folder,), select=select)).report
        assert not [each for each in report["errors"] if each["level"] == "error"]
        proofs = {("proof", json.dumps(each, sort_keys=True)): True for each in report.get("proofs", ())}
        found = {(each["rule"], each["resource"]["address"]): each["verdict"] for each in report["findings"]}
        return {**found, **proofs}

    whole = verdicts(_written(tmp_path / "whole", SERVICES))
    spared = verdicts(_written(tmp_path / "spared", [narrowed(service, needs) for service in SERVICES]))
    # Types that no rule names are not read; only rules that are meant for every type had a verdict on them.
    gone = {address for _, address in whole} - {address for _, address in spared}
    everywhere = {rule.id for rule in rules if not rule.types or any("*" in name for name in rule.types)}
    assert {rule for rule, address in whole if address in gone} <= everywhere
    differing = {
        name: (verdict, spared.get(name))
        for name, verdict in whole.items()
        if name[1] not in gone and spared.get(name) != verdict
    }
    assert not differing
    assert len(spared) > 500


def test_tags_at_once_are_those_of_the_account(account: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    boto3: Any = pytest.importorskip("boto3")
    sqs = boto3.client("sqs")
    urls = [sqs.create_queue(QueueName=f"tagged-{number}")["QueueUrl"] for number in range(3)]
    sqs.tag_queue(QueueUrl=urls[1], Tags={"TenantId": "t1"})
    try:
        read = ["--regions", test_account.REGION, "--services", "sqs", "--quiet"]
        assert main(["snapshot", *read, "--out", "queues"]) == 0
    finally:
        for url in urls:
            sqs.delete_queue(QueueUrl=url)
    from scanner.inputs.snapshot import read_snapshot

    queues = {each.logical_id: each for each in read_snapshot(Path("queues"), "queues").resources}
    tags = {name: tags_of(each.type, each.fields["Properties"], World()) for name, each in queues.items()}
    assert tags["tagged-0"] == {} and tags["tagged-1"] == {"TenantId": "t1"}


@pytest.mark.full
def test_clients_that_are_used_no_more_are_let_go() -> None:
    """All services' models and clients at once would take more memory than all that is read with them."""
    pytest.importorskip("boto3")
    clients = Clients(None, "0")
    names = ("dynamodb", "iam", "kms", "lambda", "s3", "sns", "sqs", "sts")
    first = clients.client("sqs", "us-east-1")
    made = [clients.client(name, region) for region in ("us-east-1", "eu-west-1", "eu-central-1") for name in names]
    assert len(made) > MOST_CLIENTS
    assert clients.client("sts", "eu-central-1") is made[-1]
    again = clients.client("sqs", "us-east-1")
    assert again is not first and again.meta.region_name == "us-east-1"
