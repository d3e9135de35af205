"""No secret of an account, a plan, a cluster or a file of parameters is in any output, snapshot or bundle."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.bundle.contents import Wanted, bundle
from scanner.options import Options
from scanner.scanning import scan
from scanner.snapshots.lines import Line, Listed, Seen
from scanner.snapshots.manifest import Manifest, write_manifest
from scanner.snapshots.redaction import Redaction
from scanner.snapshots.shard import ShardKey, write_shard
from tests.places_of_secrets import SNAPSHOT
from tests.test_secrets_in_no_output import leaks, rendered, unpacked, verdicts

ACCOUNT, REGION = "111122223333", "eu-west-1"


def marker(number: int, place: object) -> str:
    if "AKIA*" in json.dumps(place):
        return f"MRKR{'ABCDEFGHIJ'[number // 10]}{'ABCDEFGHIJ'[number % 10]}QQQQQQQQQQ"
    return f"mrkr{number:03}zqzq7K"


def filled(node: object, secret: str) -> object:
    if isinstance(node, dict):
        return {key: filled(child, secret) for key, child in node.items()}
    if isinstance(node, list):
        return [filled(each, secret) for each in node]
    if node == "*64":
        return base64.b64encode(f"export DB_PASSWORD={secret}\n".encode()).decode()
    return node.replace("*", secret) if isinstance(node, str) else node


MARKERS = [marker(number, place) for number, (_, place) in enumerate(SNAPSHOT)]


def snapshot(folder: Path, *, redacted: bool) -> Path:
    """As a snapshot writes it, or as one that holds all that AWS told."""
    redaction = Redaction(b"key")
    lines: dict[str, list[Line]] = {}
    for number, (kind, place) in enumerate(SNAPSHOT):
        told = filled(place, MARKERS[number])
        assert isinstance(told, dict)
        safe, places = redaction.redact(told, kind) if redacted else (told, [])
        service = kind.split("::")[1].lower()
        lines.setdefault(service, []).append(Seen(kind, f"r{number}", None, REGION, safe, (), places))
        listed = Listed(kind)
        if listed not in lines[service]:
            lines[service].append(listed)
    keys = {service: ShardKey(ACCOUNT, REGION, service) for service in lines}
    folder.mkdir()
    shards = [write_shard(folder, keys[service], those, 1) for service, those in sorted(lines.items())]
    times = ("2026-11-23T00:00:00Z", "2026-11-23T00:01:00Z")
    services = sorted(lines)
    write_manifest(folder, Manifest("1", *times, [ACCOUNT], [REGION], services, [keys[s] for s in services], shards))
    return folder


def found_in(raw: bytes, markers: list[str]) -> set[str]:
    """Also in what is compressed by gzip."""
    found = leaks(raw, markers)
    for each in unpacked(raw):
        if each[:2] == b"\x1f\x8b":
            found |= found_in(gzip.decompress(each), markers)
    return found


def held(folder: Path) -> set[str]:
    return {each for path in folder.rglob("*") if path.is_file() for each in found_in(path.read_bytes(), MARKERS)}


def told(found: set[str]) -> list[str]:
    return sorted(f"{each}: {SNAPSHOT[MARKERS.index(each)]}" if each in MARKERS else each for each in found)


@pytest.mark.parametrize("redacted", [True, pytest.param(False, marks=pytest.mark.full)])
def test_no_secret_of_an_account_is_in_any_format_snapshot_or_bundle(tmp_path: Path, redacted: bool) -> None:
    folder = snapshot(tmp_path / "snap", redacted=redacted)
    if redacted:
        assert told(held(folder)) == []
    options = Options(paths=[folder])
    result = scan(options=options)
    assert result.crashes == () and len(result.report["findings"]) > len(SNAPSHOT) / 2
    # One print-out is enough: it is made of the same report, and takes seconds.
    out = {name: told(leaks(raw, MARKERS)) for name, raw in rendered(result.report, printed=not redacted)}
    assert {"json", "html", "csv"} <= out.keys()
    assert {name: found for name, found in out.items() if found} == {}
    packed = bundle(result.report, options, Wanted(include_inputs=True))
    assert told(found_in(packed, MARKERS)) == []


SECRET = "mrkr900zqzq7K"


def plan(folder: Path) -> Path:
    values = {"identifier": "db", "password": SECRET, "username": "u", "engine": "postgres"}
    function = {"function_name": "f", "role": "r", "environment": [{"variables": {"API_KEY": SECRET}}]}
    made = [
        {"address": f"{kind}.a", "mode": "managed", "type": kind, "name": "a", "schema_version": 1, "values": given,
         "provider_name": "registry.terraform.io/hashicorp/aws", "sensitive_values": {}}
        for kind, given in (("aws_db_instance", values), ("aws_lambda_function", function))
    ]  # fmt: skip
    changes = [
        {**{key: each[key] for key in ("address", "mode", "type", "name", "provider_name")},
         "change": {"actions": ["create"], "before": None, "after": each["values"], "after_unknown": {}}}
        for each in made
    ]  # fmt: skip
    document = {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "variables": {"db_password": {"value": SECRET}},
        "planned_values": {"outputs": {"pw": {"sensitive": True, "value": SECRET}}, "root_module": {"resources": made}},
        "resource_changes": changes,
        "output_changes": {"pw": {"actions": ["create"], "before": None, "after": SECRET, "after_unknown": False}},
        "configuration": {
            "provider_config": {"aws": {"name": "aws", "expressions": {"secret_key": {"constant_value": SECRET}}}},
            "root_module": {
                "resources": [
                    {"address": "aws_db_instance.a", "mode": "managed", "type": "aws_db_instance", "name": "a",
                     "provider_config_key": "aws", "expressions": {"password": {"constant_value": SECRET}}}
                ],
                "variables": {"db_password": {"default": SECRET}},
            },
        },
    }  # fmt: skip
    (folder / "plan.json").write_text(json.dumps(document), "utf-8")
    return folder


def parameters(folder: Path) -> Path:
    template = {
        "Parameters": {
            "DbPassword": {"Type": "String"},
            "Key": {"Type": "String", "NoEcho": True},
            "Stage": {"Type": "String"},
        },
        "Resources": {
            "Db": {"Type": "AWS::RDS::DBInstance", "Properties": {"MasterUserPassword": {"Ref": "DbPassword"}}},
            "S": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Ref": "Key"}}},
        },
    }
    (folder / "t.json").write_text(json.dumps(template), "utf-8")
    return folder


GIVEN = {"DbPassword": SECRET, "Key": SECRET, "Stage": "a"}
STAGES = {
    "parameters/prod.json": json.dumps(
        [{"ParameterKey": key, "ParameterValue": given} for key, given in GIVEN.items()]
    ),
    "parameters.prod.json": json.dumps({"Parameters": GIVEN}, indent=2),
    "parameters.prod.yaml": "".join(f"{key}: {given}\n" for key, given in GIVEN.items()),
    "samconfig.toml": "version = 0.1\n[prod.deploy.parameters]\nparameter_overrides = "
    + json.dumps(" ".join(f"{key}={given}" for key, given in GIVEN.items()))
    + "\n",
}


@pytest.mark.parametrize("name", STAGES)
def test_no_secret_of_a_stage_is_in_any_format_or_bundle(tmp_path: Path, name: str) -> None:
    parameters(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(STAGES[name], "utf-8")
    kept = outputs(tmp_path, Options(paths=[tmp_path / "t.json"], stage="prod"))
    assert any(each.endswith(name) for each in kept), [*kept][-9:]
    again = tmp_path / "again"
    (again / ".git").mkdir(parents=True)
    unpack(kept, again)
    before, after = (scan(options=Options(paths=[at / "t.json"], stage="prod")).report for at in (tmp_path, again))
    assert verdicts(after) == verdicts(before)


def migrations(folder: Path) -> Path:
    (folder / "001.sql").write_text(
        f"CREATE ROLE app LOGIN PASSWORD '{SECRET}';\nALTER USER app WITH ENCRYPTED PASSWORD '{SECRET}';\n"
        "CREATE TABLE charts (id uuid, tenant_id uuid NOT NULL);\nGRANT ALL ON charts TO app;\n"
        f"CREATE USER MAPPING FOR app SERVER other OPTIONS (user 'a', password '{SECRET}');\n"
        f"CREATE SUBSCRIPTION s CONNECTION 'host=h password={SECRET} dbname=d' PUBLICATION p;\n",
        "utf-8",
    )
    return folder


def configuration(folder: Path) -> Path:
    """As AWS Config delivers it."""
    item = {
        "configurationItemVersion": "1.3",
        "configurationItemStatus": "OK",
        "configurationItemCaptureTime": "2026-11-23T00:00:00.000Z",
        "awsAccountId": ACCOUNT,
        "awsRegion": REGION,
        "resourceType": "AWS::Lambda::Function",
        "resourceId": "f",
        "resourceName": "f",
        "ARN": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f",
        "configuration": {
            "functionName": "f",
            "runtime": "python3.12",
            "environment": {"variables": {"DB_PASSWORD": SECRET}},
        },
    }
    snapshot = {"fileVersion": "1.0", "configSnapshotId": "a", "configurationItems": [item]}
    (folder / "config.json").write_text(json.dumps(snapshot), "utf-8")
    return folder


def objects(folder: Path) -> Path:
    listed = {
        "apiVersion": "v1",
        "kind": "List",
        "items": [
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "s", "namespace": "a"},
                "stringData": {"k": SECRET},
            },
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": "p", "namespace": "a"},
                "spec": {"containers": [{"name": "c", "image": "i", "env": [{"name": "K", "value": SECRET}]}]},
            },
        ],
    }
    (folder / "cluster.json").write_text(json.dumps(listed), "utf-8")
    return folder


INPUTS: dict[str, Callable[[Path], Path]] = {
    "a plan of Terraform": plan,
    "migrations": migrations,
    "items of AWS Config": configuration,
    "objects of a cluster": objects,
}


@pytest.mark.parametrize("kind", INPUTS)
def test_no_secret_of_another_input_is_in_any_format_or_bundle(tmp_path: Path, kind: str) -> None:
    folder = INPUTS[kind](tmp_path)
    # SQL is read where it is asked for.
    options = Options(paths=sorted(folder.glob("*.sql")) if kind == "migrations" else [folder])
    before = scan(options=options).report
    kept = outputs(tmp_path, options)
    # What is kept reads as before, and leads to the same verdicts.
    again = tmp_path / "again"
    unpack(kept, again)
    paths = sorted(again.glob("*.sql")) if kind == "migrations" else [again]
    assert verdicts(scan(options=replace(options, paths=paths)).report) == verdicts(before)


def outputs(folder: Path, options: Options) -> dict[str, bytes]:
    """The members of the bundle; in none of them, and in no format, is the secret."""
    result = scan(options=options)
    assert result.crashes == () and result.report["findings"], result.report["errors"]
    out = {name: leaks(raw, [SECRET]) for name, raw in rendered(result.report, printed=False)}
    assert {name: found for name, found in out.items() if found} == {}
    with zipfile.ZipFile(io.BytesIO(bundle(result.report, options, Wanted(include_inputs=True)))) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    assert [name for name, content in kept.items() if found_in(content, [SECRET])] == []
    return kept


def unpack(kept: dict[str, bytes], folder: Path) -> None:
    for name, content in kept.items():
        if name.startswith("inputs/"):
            path = folder / name.removeprefix("inputs/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
