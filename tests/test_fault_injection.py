"""Whatever fails inside the scanner takes one thing with it: every public function is made to fail, found by walking.

Each raises on its n-th call. What the scan says of every file but the one that was being worked on is the same, byte by
byte, and the exit code is 3. `TENANTPROOF_FAULTS=all` tries every function; else a part of them, by seed.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import pkgutil
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType

import pytest

import scanner
from scanner.cli.main import main
from scanner.findings.report_document import FindingDocument, ReportDocument
from scanner.options import Options
from scanner.outputs import FORMATS
from scanner.scanning import Scan, scan

# Packages of reading, inferring, judging, proving and describing.
STAGES = ("inputs", "text", "model", "tenancy", "language", "iam", "prover", "engine")
# The floor that everything stands on: what a world or a value is. No net can do without them.
WHOLE = ("scanner.inputs.discovery.discover", "scanner.engine.judge_all.judge_all", "scanner.engine.judge_all.bind")
"""Without these there is nothing to go on with; the run says so."""
FLOOR = ("scanner.language.library", "scanner.language.loading", "scanner.language.schemas", "scanner.tenancy.loading")
SEED = 20

FILES = {
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


def project(folder: Path) -> Path:
    for name, text in FILES.items():
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


def failing(function: FunctionType, on: int) -> tuple[Callable[..., object], list[int]]:
    calls = [0]

    def stand_in(*arguments: object, **named: object) -> object:
        if shared():
            return function(*arguments, **named)
        calls[0] += 1
        if calls[0] == on:
            raise RuntimeError("made to fail")
        return function(*arguments, **named)

    return stand_in, calls


def replaced(monkeypatch: pytest.MonkeyPatch, function: FunctionType, by: object) -> None:
    """In every module that has it, by whatever name."""
    for module in [each for name, each in sys.modules.items() if name.startswith("scanner")]:
        for name, each in list(vars(module).items()):
            if each is function:
                monkeypatch.setattr(module, name, by)


def of_file(report: ReportDocument) -> dict[str, list[FindingDocument]]:
    found: dict[str, list[FindingDocument]] = {name: [] for name in FILES}
    for each in report["findings"]:
        path = each["resource"]["address"].partition("#")[0]
        found.setdefault(path, []).append(each)
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


@pytest.mark.parametrize(("name", "function"), [pytest.param(*each, id=each[0]) for each in chosen()])
def test_what_fails_takes_one_thing_with_it(
    name: str, function: FunctionType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if inspect.isgeneratorfunction(function):
        pytest.skip("what it gives is made when it is read, under another net")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TENANTPROOF_PROCESSES", "1")
    options = Options(paths=[project(tmp_path)])
    plain: Scan = scan(options=options)
    counter, calls = failing(function, 0)
    with monkeypatch.context() as patch:
        replaced(patch, function, counter)
        scan(options=options)
    if not calls[0]:
        pytest.skip("this scan does not call it")
    on = random.Random(f"{SEED} {name}").randint(1, calls[0])
    broken, _ = failing(function, on)
    with monkeypatch.context() as patch:
        replaced(patch, function, broken)
        result = scan(options=options)
    before, after = of_file(plain.report), of_file(result.report)
    differ = [path for path in before if before[path] != after.get(path)]
    assert len(differ) <= 1, f"call {on} of {calls[0]}"
    assert result.crashes or not differ, "what was lost is told"
    if result.crashes:
        assert result.exit_code == 3


@pytest.mark.parametrize("name", WHOLE)
def test_what_the_whole_scan_rests_on_is_told(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module, _, attribute = name.rpartition(".")
    function = getattr(importlib.import_module(module), attribute)
    options = Options(paths=[project(tmp_path)])

    def broken(*_: object, **__: object) -> object:
        raise RuntimeError("made to fail")

    replaced(monkeypatch, function, broken)
    result = scan(options=options)
    assert (result.exit_code, bool(result.crashes)) == (3, True)
    assert any("made to fail" in each["message"] for each in result.report["errors"])


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
