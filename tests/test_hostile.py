"""Everything read is hostile: a clear error or a clean finding, in bounded time and memory, and nothing lost."""

from __future__ import annotations

import copy
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.findings.report_document import ReportDocument
from scanner.scanning import scan
from tests.conftest import ROOT

GOOD = "Resources:\n  Patients: {Type: AWS::DynamoDB::Table}\n"
LEVELS = 10_000
BOMB = "Resources:\n  a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"  {chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
)
MESSAGES: dict[str, tuple[bytes, str]] = {
    "alias-bomb.yaml": (BOMB.encode(), "aliases expanded"),
    "deep.yaml": (b"Resources:\n  A: " + b"[" * LEVELS + b"]" * LEVELS, "nested deeper"),
    "deep.json": (b'{"Resources": {"A": ' + b"[" * LEVELS + b"]" * LEVELS + b"}}", "nested deeper"),
    "huge.yaml": (b"Resources:\n" + b"  A: {Type: 'AWS::S3::Bucket'}\n" * 1_700_000, "MiB"),
    "nul.yaml": (b'Resources:\n  A:\n    Type: "AWS::S3::Bucket\x00"\n', "NUL byte"),
    "latin.yaml": ("Resources:\n  Ä: {Type: AWS::S3::Bucket}\n".encode("latin-1"), "not valid UTF-8"),
    "cyclic-alias.yaml": (b"Resources:\n  A: &a {Type: AWS::S3::Bucket, Properties: *a}\n", "alias"),
    "list.yaml": (b"AWSTemplateFormatVersion: x\nResources: [1, 2]\n", "not a mapping"),
    "control.yaml": (b"Resources:\n  A: {Type: 'AWS::S3::\x07Bucket'}\n", "control.yaml"),
}


def report_of(path: Path) -> ReportDocument:
    return scan(path).report


@pytest.mark.parametrize("name", MESSAGES)
def test_a_hostile_file_is_an_error_and_its_neighbour_is_judged(tmp_path: Path, name: str) -> None:
    raw, said = MESSAGES[name]
    (tmp_path / name).write_bytes(raw)
    (tmp_path / "good.yaml").write_text(GOOD, "utf-8")
    report = report_of(tmp_path)
    assert report["exit_code"] == 2
    told = [error for error in report["errors"] if error["level"] == "error"]
    assert told and all(error["path"] == name for error in told)
    assert any(said in error["message"] or said == name for error in told), told
    assert any(finding["resource"]["logical_id"] == "Patients" for finding in report["findings"])


def test_all_of_them_together_take_little_time_and_memory(tmp_path: Path) -> None:
    for name, (raw, _) in MESSAGES.items():
        (tmp_path / name).write_bytes(raw)
    # The peak that the kernel tells the parent of counts the parent's own memory before the program was started.
    program = (
        "import sys; from scanner.cli.main import main; code = main(sys.argv[1:])\n"
        "peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
        "print(peak.split()[1], file=sys.stderr); sys.exit(code)"
    )
    command = [sys.executable, "-c", program, "scan", str(tmp_path), "--format", "json"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    told = process.stderr.read().split()
    _, status, usage = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 2
    assert usage.ru_utime + usage.ru_stime < 20
    assert int(told[-1]) < 400 * 1024


def test_values_that_rest_on_each_other_end(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(
        """
Conditions:
  X: !Not [!Condition Y]
  Y: !And [!Condition X, !Equals [a, a]]
Resources:
  A: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref B}}
  B: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub "${A}-x"}}
  C: {Type: AWS::DynamoDB::Table, Condition: X, Properties: {TableName: !GetAtt C.Arn}}
Outputs:
  O: {Value: !ImportValue loop, Export: {Name: loop}}
""",
        "utf-8",
    )
    report = report_of(tmp_path)
    assert report["exit_code"] != 3
    assert not any((f.get("unknown") or {}).get("cause") == "scanner-error" for f in report["findings"])


def test_a_link_that_leads_back_is_not_followed_forever(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "t.yaml").write_text(GOOD, "utf-8")
    (tmp_path / "infra" / "again").symlink_to(tmp_path / "infra")
    (tmp_path / "infra" / "up").symlink_to(tmp_path)
    report = report_of(tmp_path)
    assert [each["path"] for each in report["inputs"] if "path" in each] == ["infra/t.yaml"]


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "\x1b[31mred\x1b[0m", "a\u202eb", "=1+1", "{{ Id }}", "x" * 5000, "\u2028"]
)
def test_a_hostile_name_is_a_clean_finding_in_every_output(tmp_path: Path, name: str) -> None:
    template = {
        "Resources": {name: {"Type": "AWS::DynamoDB::Table", "Properties": {"Tags": [{"Key": name, "Value": name}]}}}
    }
    (tmp_path / "t.json").write_text(json.dumps(template), "utf-8")
    command = [sys.executable, "-m", "scanner.cli", "scan", str(tmp_path), "--format", "text"]
    more = ["--all", "--format", f"json={tmp_path / 'r.json'}", "--format", f"html={tmp_path / 'r.html'}"]
    done = subprocess.run([*command, *more], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    text = done.stdout.decode()
    assert all(character.isprintable() or character == "\n" for character in text)
    report = json.loads((tmp_path / "r.json").read_bytes())
    assert name in {finding["resource"]["logical_id"] for finding in report["findings"]}
    assert "<script>alert" not in (tmp_path / "r.html").read_text("utf-8")


JUNK: list[object] = [
    None, True, 0, -1, 3.5, "", "${", "${A}", [], {}, [[]], {"Ref": 5}, {"Ref": "Nope"}, {"Ref": "AWS::NoValue"},
    {"Fn::If": ["X"]}, {"Fn::If": ["Nope", 1, 2]}, {"Fn::Sub": ["${a}", {}]}, {"Fn::Join": ["", {"Ref": "X"}]},
    {"Fn::Select": [9, [1]]}, {"Fn::FindInMap": ["a", "b", "c"]}, {"Fn::GetAtt": ["a"]}, {"Fn::Split": ["", ""]},
    {"Fn::Cidr": ["x", 1, 2]}, {"Fn::Transform": {"Name": "M"}}, {"Fn::Nope": 1}, {"Fn::ImportValue": {"Ref": "Nope"}},
    {"a": {"b": [1, {"c": None}]}}, "{{resolve:ssm:x}}",
]  # fmt: skip


@pytest.mark.full
def test_no_rule_trips_over_a_template_with_anything_anywhere(tmp_path: Path) -> None:
    """Sound templates with random parts replaced by what no rule expects; the seed is fixed and printed on failure."""
    chance = random.Random(20261122)
    sources = sorted((ROOT / "examples").rglob("*.yaml"))
    from scanner.text.reading import read

    bodies = [read(path.read_bytes(), path.name, cloudformation=True).data for path in sources]
    templates = [body for body in bodies if isinstance(body, dict) and "Resources" in body]
    assert templates
    for turn in range(120):
        body = json.loads(json.dumps(chance.choice(templates), default=str))
        for _ in range(chance.randint(1, 12)):
            node, key = chance.choice(list(_slots(body)))
            node[key] = copy.deepcopy(chance.choice(JUNK))
        path = tmp_path / "t.json"
        path.write_text(json.dumps(body), "utf-8")
        result = scan(path)
        assert not result.crashes, (turn, result.crashes[0])


def _slots(value: object) -> list[tuple[object, object]]:
    found: list[tuple[object, object]] = []
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        found.append((value, key))
        found += _slots(child)
    return found
