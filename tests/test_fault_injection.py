"""Whatever fails inside the scanner takes one thing with it: every public function is made to fail, found by walking.

Each raises on its n-th call. What the scan says of every file but the one that was being worked on is the same, byte by
byte, and the exit code is 3. `TENANTPROOF_FAULTS=all` tries every function and prints the list; else a part of them, by
seed. A proof asks about all files at once: where what it rests on fails it is UNKNOWN, whatever file it is on.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import os
import pkgutil
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FunctionType

import pytest

import scanner
from scanner.base.record import record
from scanner.cli.main import main
from scanner.findings.report_document import FindingDocument, ReportDocument
from scanner.options import Options
from scanner.outputs import FORMATS
from scanner.scanning import Scan, scan
from tests.conftest import ROOT

# Packages of reading, inferring, judging, proving and describing.
STAGES = ("inputs", "text", "model", "tenancy", "language", "iam", "prover", "engine")
WHOLE = (
    "scanner.inputs.discovery.discover",
    "scanner.inputs.reading.read_inputs",
    "scanner.engine.judge_all.judge_all",
    "scanner.engine.judge_all.bind",
)
"""Without these there is nothing to go on with; the run says so."""
FLOOR = (
    "scanner.language.library",
    "scanner.language.alias",
    "scanner.language.loading",
    "scanner.language.schemas",
    "scanner.tenancy.loading",
)
SEED = 20

FILES: dict[str, str] = {
    "a/t.yaml": """\
Parameters: {P: {Type: String}, Q: {Type: String, Default: q}}
Conditions: {C: !Equals [!Ref P, a]}
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Sub "${Q}-a", Tags: [!If [C, {Key: k, Value: v}, !Ref AWS::NoValue]]}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
      Policies: [{PolicyName: p, PolicyDocument: {Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}}]
""",
    "b/t.json": json.dumps(
        {"Resources": {"Db": {"Type": "AWS::RDS::DBInstance", "Properties": {"StorageEncrypted": False}}}}
    ),
    "c/t.yaml": "Resources: {Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: {'Fn::Join': ['-', [a]]}}}}\n",
}


def serverless() -> str:
    event = {"A": {"Type": "Api", "Properties": {"Path": "/a", "Method": "get"}}}
    made = {"Runtime": "python3.12", "Handler": "a.b", "InlineCode": "x", "Events": event}
    resources = {"F": {"Type": "AWS::Serverless::Function", "Properties": made}}
    return json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": resources})


CLINIC = ROOT / "examples" / "virtual-clinic"
# One file of each kind that is read, under a declared tenancy, so that proofs are asked as well.
RICH: dict[str, str] = {
    **FILES,
    "tenancy.yaml": (CLINIC / "tenancy.yaml").read_text("utf-8"),
    "d/data.yaml": (CLINIC / "leaky" / "data.yaml").read_text("utf-8"),
    "d/app.yaml": (CLINIC / "leaky" / "app.yaml").read_text("utf-8"),
    "e/sam.json": serverless(),
    "f/plan.json": (ROOT / "examples" / "virtual-clinic-terraform" / "leaky" / "plan.json").read_text("utf-8"),
    "g/schema.sql": "CREATE TABLE charts (id uuid, tenant_id uuid NOT NULL);\nGRANT ALL ON charts TO app;\n",
    "h/k8s.yaml": """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: s, namespace: acme, annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/r"}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d, namespace: acme}
spec: {template: {spec: {serviceAccountName: s, containers: [{name: c, image: i}]}}}
""",
    "i/outer.yaml": """\
Mappings: {M: {a: {b: c}}}
Parameters: {N: {Type: Number, Default: 3, MinValue: 1}}
Rules: {R: {Assertions: [{Assert: !Equals [!Ref N, "3"]}]}}
Resources:
  Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: inner.yaml, Parameters: {Name: x}}}
  "Fn::ForEach::T": [V, [A, B], {"Topic${V}": {Type: AWS::SNS::Topic}}]
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !FindInMap [M, a, b]}}
Transform: AWS::LanguageExtensions
Outputs: {O: {Value: !GetAtt Inner.Outputs.Name, Export: {Name: out}}}
""",
    "i/inner.yaml": """\
Parameters: {Name: {Type: String}}
Resources: {B: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub "${Name}-${AWS::Region}"}}}
Outputs: {Name: {Value: !Ref B}}
""",
    "j/reader.yaml": """\
Resources:
  P:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !ImportValue out
      PolicyDocument: {Statement: [{Effect: Allow, Principal: "*", Action: "s3:*", Resource: "*"}]}
""",
}
READING = ("scanner.inputs.", "scanner.text.", "scanner.model.")
PROJECTS = {"plain": FILES, "rich": RICH}


def functions() -> list[tuple[str, FunctionType]]:
    """Every public function of the stages' modules."""
    found = {}
    for module in pkgutil.walk_packages(scanner.__path__, "scanner."):
        parts = module.name.split(".")
        if len(parts) < 3 or parts[1] not in STAGES or module.name.startswith(FLOOR):
            continue
        try:
            loaded = importlib.import_module(module.name)
        except ImportError:
            continue
        for name, each in vars(loaded).items():
            if f"{module.name}.{name}" in WHOLE:
                continue
            if isinstance(each, FunctionType) and not name.startswith("_") and each.__module__ == module.name:
                found[f"{module.name}.{name}"] = each
    return sorted(found.items())


def project(folder: Path, files: Mapping[str, str] = FILES) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def shared() -> bool:
    """Whether it is called for what all files have in common: the rules, and which files there are."""
    frame = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_name in ("load_library", "discover", "load_tenancy_near", "new_relations"):
            return True
        frame = frame.f_back  # type: ignore[assignment]  # None ends the walk
    return False


class Wrapped:
    """A function that counts its calls, and raises on the one of that number; a generator raises once it is read."""

    def __init__(self, function: FunctionType, on: int = 0) -> None:
        self.function = function
        self.on = on
        self.calls = 0

    def stand_in(self) -> Callable[..., object]:
        function = self.function

        @functools.wraps(function)
        def called(*arguments: object, **named: object) -> object:
            if shared():
                return function(*arguments, **named)
            self.calls += 1
            if self.calls != self.on:
                return function(*arguments, **named)
            if inspect.isgeneratorfunction(function):
                return self.broken()
            raise RuntimeError("made to fail")

        return called

    def broken(self) -> Iterator[object]:
        raise RuntimeError("made to fail")
        yield  # a generator


def replaced(monkeypatch: pytest.MonkeyPatch, by: Mapping[int, object]) -> None:
    """In every module that has one of them, by whatever name; keys are identities of functions."""
    for module in [each for name, each in sys.modules.items() if name.startswith("scanner")]:
        for name, each in list(vars(module).items()):
            if isinstance(each, FunctionType) and id(each) in by:
                monkeypatch.setattr(module, name, by[id(each)])


def by_finding(report: ReportDocument) -> dict[tuple[str, str, int], FindingDocument]:
    found: dict[tuple[str, str, int], FindingDocument] = {}
    for each in report["findings"]:
        key, number = (each["rule"], each["resource"]["address"]), 0
        while (*key, number) in found:
            number += 1
        found[(*key, number)] = each
    return found


def chosen() -> Iterator[tuple[str, FunctionType]]:
    every = functions()
    if os.environ.get("TENANTPROOF_FAULTS") == "all":
        yield from every
    else:
        yield from random.Random(SEED).sample(every, 40)


def test_the_walk_finds_the_stages() -> None:
    names = [name for name, _ in functions()]
    assert len(names) > 250
    for package in STAGES:
        assert any(name.startswith(f"scanner.{package}.") for name in names), package


@record
class Sound:
    """A project, what is said of it when nothing fails, and how often each function is called for it."""

    folder: Path
    report: ReportDocument
    calls: Mapping[str, int]


@pytest.fixture(scope="module", params=PROJECTS)
def sound(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sound]:
    folder = project(tmp_path_factory.mktemp(request.param), PROJECTS[request.param])
    counters = {name: Wrapped(function) for name, function in functions()}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("TENANTPROOF_PROCESSES", "1")
        scan(options=Options(paths=[folder]))  # what is kept within the process is made here, and not on a counted call
        plain = scan(options=Options(paths=[folder]))
        assert not plain.crashes
        with pytest.MonkeyPatch.context() as counting:
            replaced(counting, {id(each.function): each.stand_in() for each in counters.values()})
            scan(options=Options(paths=[folder]))
        yield Sound(folder, plain.report, {name: each.calls for name, each in counters.items()})


def lost(sound: Sound, result: Scan, *, reading: bool = False) -> tuple[set[str], list[str]]:
    """The files of which something else is said, and what is said of proofs that no failure explains.

    Where it is a file that was not read, what rests on it in others may be UNKNOWN, and nothing else.
    """
    proving = {each["rule"] for each in sound.report["findings"] if each.get("proof")}
    before, after = by_finding(sound.report), by_finding(result.report)
    files: set[str] = set()
    odd: list[str] = []
    for key in before.keys() | after.keys():
        was, is_ = before.get(key), after.get(key)
        if was == is_:
            continue
        if key[0] not in proving:
            if reading and is_ is not None and is_["verdict"] == "UNKNOWN":
                continue
            files.add(key[1].partition("#")[0])
            continue
        said = [each["verdict"] if each is not None else "" for each in (was, is_)]
        if said[0] in ("FAIL", "UNKNOWN") and said[1] in ("PASS", "NOT_APPLICABLE"):
            odd.append(f"{key}: {said[0]} is {said[1]}")
    return files, odd


@pytest.mark.parametrize(("name", "function"), [pytest.param(*each, id=each[0]) for each in chosen()])
@pytest.mark.full
def test_what_fails_takes_one_thing_with_it(
    name: str, function: FunctionType, sound: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = sound.calls[name]
    if not calls:
        pytest.skip("this scan does not call it")
    monkeypatch.chdir(sound.folder)
    broken = Wrapped(function, random.Random(f"{SEED} {name}").randint(1, calls))
    with monkeypatch.context() as patch:
        replaced(patch, {id(function): broken.stand_in()})
        result = scan(options=Options(paths=[sound.folder]))
    if broken.calls < broken.on:
        pytest.skip("what it gave was kept within the process")
    reading = name.startswith(READING)
    files, odd = lost(sound, result, reading=reading)
    # What names resources of a file that was not read is judged as if they were elsewhere, and the exit code says so.
    assert len(files) <= (2 if reading else 1), f"call {broken.on} of {calls}: {sorted(files)}"
    # Where a file could not be read, proofs on the others hold of what was read, and the exit code says so.
    assert reading or not odd, f"call {broken.on} of {calls}: {odd[:3]}"
    assert result.crashes or not files, "what was lost is told"
    if result.crashes:
        assert result.exit_code == 3


@pytest.mark.parametrize("name", WHOLE)
def test_what_the_whole_scan_rests_on_is_told(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module, _, attribute = name.rpartition(".")
    function = getattr(importlib.import_module(module), attribute)
    options = Options(paths=[project(tmp_path)])

    def broken(*_: object, **__: object) -> object:
        raise RuntimeError("made to fail")

    replaced(monkeypatch, {id(function): broken})
    result = scan(options=options)
    assert (result.exit_code, bool(result.crashes)) == (3, True)
    assert any("made to fail" in each["message"] for each in result.report["errors"])


def test_what_fails_in_exceptions_leaves_all_judged_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scanner.engine import apply_exceptions

    options = Options(paths=[project(tmp_path)])
    plain = scan(options=options)

    def broken(*_: object, **__: object) -> object:
        raise RuntimeError("made to fail")

    replaced(monkeypatch, {id(apply_exceptions.exceptions_near): broken})
    result = scan(options=options)
    assert result.report["findings"] == plain.report["findings"]
    assert (result.exit_code, len(result.crashes)) == (3, 1)


@pytest.mark.parametrize("name", [each for each in FORMATS if each not in ("pdf", "xlsx")])
def test_a_format_that_fails_leaves_the_others_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project(tmp_path)
    monkeypatch.chdir(tmp_path)
    other = "csv" if name == "json" else "json"

    def broken(*_: object) -> object:
        raise RuntimeError("made to fail")

    from scanner.outputs import output

    monkeypatch.setattr(output(name), "render", broken)
    code = main(["scan", ".", "--no-cache", "--format", f"{name}=one", "--format", f"{other}=two"])
    assert code == 3
    assert (tmp_path / "two").stat().st_size > 100
    assert not (tmp_path / "one").exists()
    assert "made to fail" in capsys.readouterr().err
