"""Random inputs of every kind that is read, held against what no input may do.

`python -m tests.inputs.fuzzing NUMBER --seed SEED` prints each violation with the seed that makes its input again, and
exits with 1 where there is one. What no input may do: crash the scanner; take more than some seconds or much memory;
take a finding from the file beside it, or turn its verdict; be passed over in silence; leave a secret in an output;
give another report the second time.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import resource as machine
import sys
import tempfile
import time
import unittest.mock
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from scanner.findings.report_document import ReportDocument
from scanner.language.library import Library, load_library
from scanner.options import Options
from scanner.outputs import stream
from scanner.outputs.shared.render_options import RenderOptions
from scanner.scanning import Scan, project, scan

ROOT = Path(__file__).resolve().parents[2]
MOST_SECONDS = 6.0
MOST_MEGABYTES = 900
SECRET = "Zq7mrkrVx"
# Verdicts that rest on the resource alone, whatever else there is.
NEAR = """\
Resources:
  NearVolume: {Type: AWS::EC2::Volume, Properties: {Encrypted: false, AvailabilityZone: a, Size: 1}}
  NearGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: near
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0}]
  NearDatabase: {Type: AWS::RDS::DBInstance, Properties: {PubliclyAccessible: true, StorageEncrypted: false}}
"""
CERTAIN = {("ebs-volume-encrypted", "NearVolume"), ("sg-no-open-ssh", "NearGroup"), ("rds-encrypted", "NearDatabase")}
OBJECTS = """\
{apiVersion: v1, kind: Namespace, metadata: {name: acme, labels: {app: a, tenant: acme}}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: s, namespace: acme, annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/r"}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d, namespace: acme}
spec:
  template:
    metadata: {labels: {app: a, tenant: acme}}
    spec:
      serviceAccountName: s
      containers: [{name: c, image: i, env: [{name: K, value: v}], securityContext: {privileged: true}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: n, namespace: acme}
spec: {podSelector: {}, policyTypes: [Ingress]}
---
{apiVersion: v1, kind: Secret, metadata: {name: x, namespace: acme}, stringData: {k: v}}
"""
EXCEPTIONS = """\
version: 1
exceptions:
  - rule: s3-versioning
    resource: fuzz.yaml#B
    reason: known to all
    owner: a@b.example
    approved_by: c
    expires: "2027-01-01"
"""
RULE = """\
id: own
title: A rule of ours
severity: low
why: For all
applies_to: {types: [AWS::S3::Bucket]}
assert: [{that: Properties.BucketName, matches: "^a{1,3}$"}]
fix: none
references: [https://example.com]
"""
JUNK: list[object] = [
    None, True, False, 0, -1, 3.5, 1e308, 10**40, "", " ", "true", "0", "${", "${A}", "${AWS::Region}", [], {}, [[]],
    {"Ref": 5}, {"Ref": "Nope"}, {"Ref": "AWS::NoValue"}, {"Ref": "FuzzP"}, {"Fn::If": ["X"]},
    {"Fn::If": ["FuzzC", {"Ref": "AWS::NoValue"}, "x"]}, {"Fn::Sub": ["${a}", {}]}, {"Fn::Sub": "${Nope.Arn}-${!x}"},
    {"Fn::Join": ["", {"Ref": "X"}]}, {"Fn::Join": [",", ["a", {"Ref": "FuzzP"}, {"Fn::ImportValue": "i"}]]},
    {"Fn::Select": [9, [1]]}, {"Fn::FindInMap": ["a", {"Ref": "FuzzP"}, "c"]}, {"Fn::GetAtt": ["a"]},
    {"Fn::Split": ["", ""]}, {"Fn::Cidr": ["x", 1, 2]}, {"Fn::Transform": {"Name": "M"}}, {"Fn::Nope": 1},
    {"Fn::ImportValue": {"Ref": "Nope"}}, {"Fn::GetStackOutput": {"StackName": "s", "OutputName": "o"}},
    {"Fn::ForEach::L": ["V", ["a", "b"], {"${V}x": 1}]}, {"Fn::ToJsonString": {"a": {"Ref": "FuzzP"}}},
    {"Fn::Length": [1]}, {"a": {"b": [1, {"c": None}]}}, "{{resolve:ssm:x}}",
    "{{resolve:secretsmanager:s:SecretString:k}}", "{{resolve:" * 300, "*", "arn:aws:s3:::*", "arn:aws:", ":" * 50,
    "a" * 5000, "\u202e\u2028\x1b[0m", "=cmd()", "<b>",
]  # fmt: skip


@cache
def bodies() -> list[dict[str, Any]]:
    """The examples of all shipped rules and the templates of the example project."""
    found = [dict(example.body) for rule in load_library().rules for example in rule.examples]
    found += [body for body in map(_read, sorted((ROOT / "examples").rglob("*.yaml"))) if "Resources" in body]
    return [each for each in found if isinstance(each.get("Resources"), dict)]


@cache
def plans() -> list[dict[str, Any]]:
    return [json.loads(path.read_bytes()) for path in sorted((ROOT / "examples").rglob("plan.json"))]


@cache
def settings() -> list[str]:
    return [path.read_text("utf-8") for path in sorted((ROOT / "examples").rglob("tenancy.yaml"))]


def _read(path: Path) -> dict[str, Any]:
    from scanner.text.reading import read

    data = read(path.read_bytes(), path.name, cloudformation=True).data
    return data if isinstance(data, dict) else {}


def slots(node: object, depth: int = 0) -> Iterator[tuple[Any, Any]]:
    """Every place of a document, as its holder and key."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield node, key
        if depth < 30:
            yield from slots(child, depth + 1)


def put(chance: random.Random, holder: Any, key: Any, _: dict[str, Any]) -> None:
    holder[key] = copy.deepcopy(chance.choice(JUNK))


def chosen(chance: random.Random, holder: Any, key: Any, _: dict[str, Any]) -> None:
    other = copy.deepcopy(chance.choice(JUNK))
    arms = [holder[key], other]
    chance.shuffle(arms)
    holder[key] = {"Fn::If": ["FuzzC", *arms]}


def listed(chance: random.Random, holder: Any, key: Any, _: dict[str, Any]) -> None:
    holder[key] = [copy.deepcopy(holder[key]) for _ in range(chance.choice([1, 2, 40]))]


def removed(_: random.Random, holder: Any, key: Any, __: dict[str, Any]) -> None:
    if isinstance(holder, dict):
        del holder[key]
    else:
        holder[key] = {"Ref": "AWS::NoValue"}


def renamed(chance: random.Random, holder: Any, key: Any, _: dict[str, Any]) -> None:
    if isinstance(holder, dict):
        name = chance.choice([str(key).lower(), f"{key} ", f"Fn::{key}", "", "<<", "Ref", "é" * 9, f"{key}\u200b", "0"])
        holder[name] = holder.pop(key)


def deepened(chance: random.Random, holder: Any, key: Any, _: dict[str, Any]) -> None:
    # Deeper than PyYAML can write is written by hand in `test_hostile`.
    for _ in range(chance.choice([3, 20, 60])):
        holder[key] = {"Fn::Join": ["", [holder[key], "x"]]} if chance.random() < 0.5 else [holder[key]]


def swapped(chance: random.Random, holder: Any, key: Any, document: dict[str, Any]) -> None:
    other, at = chance.choice(list(slots(document)))
    holder[key], other[at] = copy.deepcopy(other[at]), copy.deepcopy(holder[key])


def beside(chance: random.Random, holder: Any, key: Any, _: dict[str, Any]) -> None:
    if isinstance(holder[key], dict):
        holder[key][chance.choice(["Fn::Transform", "Fn::If", "Ref", "Fn::ForEach::X", "Condition", "<<"])] = "x"


EDITS = (put, put, put, chosen, chosen, listed, removed, renamed, deepened, swapped, beside)


def edited(chance: random.Random, document: dict[str, Any]) -> dict[str, Any]:
    document = json.loads(json.dumps(document, default=str))
    for _ in range(chance.randint(1, 8)):
        places = list(slots(document))
        if not places:
            break
        holder, key = chance.choice(places)
        chance.choice(EDITS)(chance, holder, key, document)
    return document


def broken(chance: random.Random, raw: bytes) -> bytes:
    """The bytes with some of them wrong."""
    how = chance.randrange(9)
    at = chance.randrange(len(raw) + 1)
    if how == 0:
        return raw[:at]
    if how == 1:
        return raw[:at] + bytes([chance.randrange(256)]) + raw[at + 1 :]
    if how == 2:
        more = chance.choice(
            [b"\0", b"\xff\xfe", b"\t", b"\xe2\x80\xa8", b"\n---\n", b"{" * 40, b"[" * 40, b"&a *a", b"!!python/x "]
        )
        return raw[:at] + more + raw[at:]
    if how == 3:
        end = min(len(raw), at + chance.randint(1, 60))
        return raw[:at] + raw[end:]
    if how == 4:
        return raw + raw
    text = raw.decode("utf-8", "replace")
    if how == 5:
        return text.encode(
            chance.choice(["utf-16", "utf-16-le", "utf-32", "utf-32-be", "utf-8-sig", "utf-7"]), "replace"
        )
    if how == 6:
        return text.encode("latin-1", "replace")
    if how == 7:
        return text.replace("\n", chance.choice(["\r\n", "\r", "\u2028", "\x85"])).encode()
    return text.replace("  ", "\t", chance.randint(1, 5)).encode()


def _depth(node: object) -> int:
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return 1 + max(map(_depth, children), default=0)


def written(chance: random.Random, document: object) -> tuple[str, bytes]:
    """The document as one of the kinds of files that hold it: the file's ending, and its bytes."""
    how = chance.randrange(5)
    if how == 0 or _depth(document) > 120:
        return "json", json.dumps(document).encode()
    if how == 1:
        return "template", json.dumps(document, indent=2, ensure_ascii=False).encode("utf-8", "surrogatepass")
    if how == 2:
        return "yml", yaml.safe_dump(document, sort_keys=False, default_flow_style=True, width=200).encode()
    return "yaml", yaml.safe_dump(document, sort_keys=False, allow_unicode=how == 3).encode()


def template(chance: random.Random, folder: Path) -> None:
    body = chance.choice(bodies())
    tenancy = body.get("tenancy")
    document = edited(chance, {key: value for key, value in body.items() if key not in ("tenancy", "expect")})
    if isinstance(document.get("Resources"), dict):
        document.setdefault("Parameters", {"FuzzP": {"Type": "String"}})
        document.setdefault("Conditions", {"FuzzC": {"Fn::Equals": [{"Ref": "FuzzP"}, "a"]}})
    ending, raw = written(chance, document)
    (folder / f"fuzz.{ending}").write_bytes(broken(chance, raw) if chance.random() < 0.3 else raw)
    if tenancy:
        (folder / "tenancy.yaml").write_text(yaml.safe_dump(tenancy), "utf-8")


def serverless(chance: random.Random, folder: Path) -> None:
    function = {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "Runtime": "python3.12",
            "Handler": "a.b",
            "InlineCode": "x",
            "Policies": [{"S3ReadPolicy": {"BucketName": "b"}}],
            "Events": {
                "A": {"Type": "Api", "Properties": {"Path": "/a", "Method": "get", "RestApiId": {"Ref": "Api"}}}
            },
        },
    }
    resources = {
        "Api": {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "p", "Auth": {"ApiKeyRequired": True}}},
        "F": function,
        "T": {"Type": "AWS::Serverless::SimpleTable", "Properties": {"TableName": "t"}},
    }
    document = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Globals": {"Function": {"Timeout": 3}},
        "Parameters": {"FuzzP": {"Type": "String"}},
        "Conditions": {"FuzzC": {"Fn::Equals": [{"Ref": "FuzzP"}, "a"]}},
        "Resources": resources,
    }
    ending, raw = written(chance, edited(chance, document))
    (folder / f"fuzz.{ending}").write_bytes(raw)


def plan(chance: random.Random, folder: Path) -> None:
    document = edited(chance, chance.choice(plans()))
    raw = json.dumps(document).encode()
    (folder / "fuzz.json").write_bytes(broken(chance, raw) if chance.random() < 0.2 else raw)


def assembly(chance: random.Random, folder: Path) -> None:
    sources = sorted(path for path in (ROOT / "tests" / "inputs" / "cdk" / "assemblies").iterdir() if path.is_dir())
    made = folder / "cdk.out"
    made.mkdir()
    files = sorted(chance.choice(sources).glob("*.json"))
    bad = chance.choice(files)
    for path in files:
        raw = path.read_bytes()
        if path == bad:
            raw = json.dumps(edited(chance, json.loads(raw))).encode()
            raw = broken(chance, raw) if chance.random() < 0.3 else raw
        (made / path.name).write_bytes(raw)


def cluster(chance: random.Random, folder: Path) -> None:
    documents = list(yaml.safe_load_all(OBJECTS))
    at = chance.randrange(len(documents))
    documents[at] = edited(chance, documents[at])
    raw = b"\n---\n".join(written(chance, each)[1] for each in documents)
    (folder / "fuzz.yaml").write_bytes(broken(chance, raw) if chance.random() < 0.3 else raw)


def shard(chance: random.Random, folder: Path) -> None:
    from scanner.snapshots.lines import Listed, Seen
    from scanner.snapshots.manifest import FILE, Manifest, write_manifest
    from scanner.snapshots.shard import ShardKey, write_shard

    body = edited(chance, {"Resources": chance.choice(bodies())["Resources"]})
    held = body.get("Resources")
    resources = [each for each in held.values() if isinstance(each, dict)] if isinstance(held, dict) else []
    lines: list[Any] = []
    for number, each in enumerate(resources):
        kind, properties = each.get("Type"), each.get("Properties", {})
        if isinstance(kind, str) and isinstance(properties, dict):
            lines.append(
                Seen(kind, f"r{number}", f"arn:aws:x:eu-west-1:111122223333:r{number}", "eu-west-1", properties)
            )
    lines += [Listed(each) for each in dict.fromkeys(line.type for line in lines)]
    key = ShardKey("111122223333", "eu-west-1", "s3")
    made = folder / "taken"
    made.mkdir()
    times = ("2026-11-23T00:00:00Z", "2026-11-23T00:01:00Z")
    try:
        parts = [write_shard(made, key, lines, 3)]
    except (TypeError, ValueError, UnicodeError):
        parts = []  # what JSON cannot hold no account answers
    write_manifest(made, Manifest("1", *times, [key.account], ["eu-west-1"], ["s3"], [key], parts))
    if chance.random() < 0.5:
        bad = chance.choice(sorted(path for path in made.rglob("*") if path.is_file()))
        raw = bad.read_bytes()
        if bad.name == FILE and chance.random() < 0.7:
            raw = json.dumps(edited(chance, json.loads(raw))).encode()
        else:
            raw = broken(chance, raw)
        bad.write_bytes(raw)


def own_file(chance: random.Random, folder: Path) -> None:
    """One of the project's own files: each decides over all that is judged, so none may be half understood."""
    (folder / "fuzz.yaml").write_text(yaml.safe_dump({"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}), "utf-8")
    configuration = {"preset": "gate", "fail_on": "high", "skip": ["s3-tls-only"], "exclude": ["old/**"]}
    name, document = chance.choice(
        [
            ("exceptions.yaml", yaml.safe_load(EXCEPTIONS)),
            ("tenantproof.yaml", configuration),
            ("rules/own.yaml", yaml.safe_load(RULE)),
            ("tenancy.yaml", yaml.safe_load(chance.choice(settings()))),
        ]
    )
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    raw = written(chance, edited(chance, document))[1]
    path.write_bytes(broken(chance, raw) if chance.random() < 0.3 else raw)


def statements(chance: random.Random, folder: Path) -> None:
    text = (
        "CREATE TABLE charts (id uuid, tenant_id uuid NOT NULL, note text);\n"
        "ALTER TABLE charts ENABLE ROW LEVEL SECURITY;\nALTER TABLE charts FORCE ROW LEVEL SECURITY;\n"
        "CREATE POLICY own ON charts USING (tenant_id = current_setting('app.tenant')::uuid);\n"
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS $$ SELECT 1 $$;\n"
        "CREATE ROLE app LOGIN; GRANT ALL ON charts TO app;\n"
    ) * chance.choice([1, 1, 3])
    words = text.split(" ")
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(words))
        words[at] = chance.choice(
            ["(" * 200, ")", ";", "$$", "'", "--", "/*", "NULL", "OR true", "NOT", words[-1], "\\set"]
        )
    raw = " ".join(words).encode()
    (folder / "fuzz.sql").write_bytes(broken(chance, raw) if chance.random() < 0.4 else raw)


def hidden(chance: random.Random, folder: Path) -> None:
    """Secrets in a file that is cut off, or in another encoding."""
    document = {
        "Resources": {
            "D": {"Type": "AWS::RDS::DBInstance", "Properties": {"MasterUserPassword": SECRET + "a"}},
            "F": {"Type": "AWS::Lambda::Function", "Properties": {"Environment": {"Variables": {"K": SECRET + "b"}}}},
            "S": {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": SECRET + 'c"<&é'}},
        }
    }
    ending, raw = written(chance, document)
    if chance.random() < 0.5:
        raw = raw[: chance.randrange(len(raw))]
    elif chance.random() < 0.5:
        raw = raw.decode().encode(chance.choice(["utf-16", "utf-32", "utf-8-sig"]))
    (folder / f"fuzz.{ending}").write_bytes(raw)


KINDS: Mapping[str, tuple[int, Callable[[random.Random, Path], None]]] = {
    "template": (52, template),
    "plan": (8, plan),
    "sam": (5, serverless),
    "assembly": (6, assembly),
    "cluster": (6, cluster),
    "snapshot": (6, shard),
    "own file": (9, own_file),
    "sql": (4, statements),
    "secrets": (4, hidden),
}
"""By name: how many in a hundred, and what writes one into a folder."""


@cache
def shipped() -> Library:
    return load_library(examples=False)


def run(folder: Path) -> Scan:
    own = folder / "rules"
    if own.is_dir():
        return scan(options=Options(paths=[folder], rules=[own]))
    # The shipped rules are the same for every input, and reading them is most of what a small scan does.
    with unittest.mock.patch.object(project, "load_library", return_value=shipped()):
        return scan(options=Options(paths=[folder]))


def violations(kind: str, folder: Path, chance: random.Random) -> Iterator[str]:
    """What the input in the folder does that none may do."""
    begun = time.process_time()
    result = run(folder)
    seconds = time.process_time() - begun
    report = result.report
    for each in result.crashes:
        yield f"crash: {each.strip().splitlines()[-1][:200]}"
    if result.exit_code not in (0, 1, 2) or result.exit_code != report["exit_code"]:
        yield f"exit code {result.exit_code}, in the report {report['exit_code']}"
    if seconds > MOST_SECONDS:
        yield f"{seconds:.1f} s"
    stopped = kind == "own file" and result.exit_code == 2
    if not stopped:
        said = {(each["rule"], each["resource"].get("logical_id")): each["verdict"] for each in report["findings"]}
        lost = sorted(each for each in CERTAIN if said.get(each) != "FAIL")  # type: ignore[index]  # names are texts
        # Our own files may say that a rule is off, weighs less, or that it is accepted; a tenancy tells no more of it.
        if lost and kind != "own file":
            yield f"the file beside it lost {lost}"
    names = [path for path in folder.rglob("fuzz.*") if path.is_file()]
    told = {each.get("path") for each in report["inputs"]} | {each.get("path") for each in report["errors"]}
    for path in names:
        if path.name not in told and result.exit_code != 2 and not stopped and _looks_read(path):
            yield "it is passed over in silence"
    if kind == "secrets" or chance.random() < 0.05:
        options = RenderOptions(colour=False, width=100, all=True, verbose=True)
        for name in ("json", "text", "html", "sarif", "csv", "markdown"):
            if SECRET.encode() in b"".join(stream(name, report, options)):
                yield f"a secret in {name}"
    if chance.random() < 0.05 and _same(report) != _same(run(folder).report):
        yield "another report the second time"


def _looks_read(path: Path) -> bool:
    """Whether it is, beyond doubt, a template: it can be read, and has a mapping of resources with types."""
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except (ValueError, yaml.YAMLError, RecursionError):
        return False
    resources = document.get("Resources") if isinstance(document, dict) else None
    return isinstance(resources, dict) and any(
        isinstance(each, dict) and str(each.get("Type")).startswith("AWS::") for each in resources.values()
    )


def _same(report: ReportDocument) -> str:
    kept = {key: value for key, value in report.items() if key not in ("generated_at", "run")}
    return json.dumps(kept, sort_keys=True, default=str)


def fuzzed(number: int, seed: int) -> Iterator[tuple[str, str]]:
    """Of each input, its name and each of its violations; ("…", "") where there is none."""
    kinds = [kind for kind, (share, _) in KINDS.items() for _ in range(share)]
    with tempfile.TemporaryDirectory() as root:
        for at in range(number):
            chance = random.Random(f"{seed} {at}")
            kind = chance.choice(kinds)
            folder = Path(root) / str(at)
            folder.mkdir()
            (folder / "near.yaml").write_text(NEAR, "utf-8")
            KINDS[kind][1](chance, folder)
            name = f"{kind} {seed} {at}"
            try:
                found = list(violations(kind, folder, chance))
            except Exception as error:  # noqa: BLE001  # that is what is looked for
                found = [f"raised: {type(error).__name__}: {str(error)[:200]}"]
            yield from ((name, each) for each in found or [""])


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", nargs="?", type=int, default=3200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=int, help="write only the input of this number, into the folder `fuzzed`")
    arguments = parser.parse_args()
    if arguments.keep is not None:
        chance = random.Random(f"{arguments.seed} {arguments.keep}")
        folder = Path("fuzzed")
        folder.mkdir()
        (folder / "near.yaml").write_text(NEAR, "utf-8")
        kinds = [kind for kind, (share, _) in KINDS.items() for _ in range(share)]
        KINDS[chance.choice(kinds)][1](chance, folder)
        return 0
    begun, count, bad = time.process_time(), Counter[str](), 0
    for name, violation in fuzzed(arguments.number, arguments.seed):
        count[name.split()[0]] += 1
        if violation:
            bad += 1
            print(f"{name}: {violation}", flush=True)
    megabytes = machine.getrusage(machine.RUSAGE_SELF).ru_maxrss // 1024
    if megabytes > MOST_MEGABYTES:
        bad += 1
        print(f"{megabytes} MB")
    seconds = time.process_time() - begun
    print(f"{arguments.number} inputs of seed {arguments.seed} ({dict(count)}): {bad} violations, {seconds:.0f} s")
    return 1 if bad else 0


__all__ = ["KINDS", "fuzzed"]

if __name__ == "__main__":
    sys.exit(main())
