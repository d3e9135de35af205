"""Templates of many parameters, conditions and resources, by seed: each is judged in bounded time and memory.

`python -m tests.inputs.condition_graphs NUMBER --seed SEED` prints what took longest; exit code 1 where one took over
`MOST_SECONDS` of a core or a fresh process over `MOST_MEGABYTES`, and neither it is told to be too much to decide.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from scanner.options import Options
from scanner.scanning import scan

PARAMETERS, CONDITIONS, RESOURCES, BYTES = 200, 400, 500, 1_000_000
MOST_SECONDS, MOST_MEGABYTES = 3.0, 300
VALUES = ("a", "b", "c", "d")
# Of each shape of graph: how much of a condition rests on others, how far back those are, and how many it joins.
SHAPES = {
    "flat": (0.1, 400, 3),
    "chains": (0.9, 3, 2),
    "trees": (0.6, 400, 3),
    "wide": (0.5, 60, 10),
    "deep": (0.95, 8, 4),
}


def graph(chance: random.Random) -> dict[str, Any]:
    """A template of the size."""
    above, back, most = SHAPES[chance.choice(sorted(SHAPES))]
    equal = chance.choice([0.0, 0.1, 0.5])
    declared: dict[str, Any] = {}
    for number in range(PARAMETERS):
        declared[f"P{number}"] = {"Type": "String"}
        if chance.random() < 0.6:
            declared[f"P{number}"]["AllowedValues"] = list(VALUES[: chance.randint(1, 4)])
        if chance.random() < 0.4:
            declared[f"P{number}"]["Default"] = "a"

    def atom() -> dict[str, Any]:
        one = {"Ref": f"P{chance.randrange(PARAMETERS)}"}
        other = {"Ref": f"P{chance.randrange(PARAMETERS)}"} if chance.random() < equal else chance.choice(VALUES)
        return {"Fn::Equals": [one, other]}

    conditions: dict[str, Any] = {}
    for number in range(CONDITIONS):
        below = [
            {"Condition": f"C{chance.randrange(max(0, number - back), number)}"}
            if number and chance.random() < above
            else atom()
            for _ in range(chance.randint(2, most))
        ]
        function = chance.choice(["Fn::Equals", "Fn::Not", "Fn::And", "Fn::Or"])
        conditions[f"C{number}"] = (
            atom() if function == "Fn::Equals" else {function: below[:1] if function == "Fn::Not" else below}
        )

    def chosen(yes: object, no: object) -> object:
        return {"Fn::If": [f"C{chance.randrange(CONDITIONS)}", yes, no]} if chance.random() < 0.5 else yes

    nothing = {"Ref": "AWS::NoValue"}
    resources: dict[str, Any] = {}
    filler = BYTES // RESOURCES
    for number in range(RESOURCES):
        kind = chance.randrange(5)
        if kind == 0:
            statements = [
                chosen({"Effect": "Allow", "Action": f"s3:Get{at}*", "Resource": "*"}, nothing)
                for at in range(chance.randint(1, 9))
            ]
            body = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": statements}}}
        elif kind == 1:
            body = {
                "Type": "AWS::S3::Bucket",
                "Properties": {
                    "BucketName": {"Fn::Sub": f"${{P{chance.randrange(PARAMETERS)}}}-{number}"},
                    "VersioningConfiguration": chosen({"Status": chosen("Enabled", "Suspended")}, nothing),
                },
            }
        elif kind == 2:
            body = {
                "Type": "AWS::RDS::DBInstance",
                "Properties": {"StorageEncrypted": chosen(True, False), "PubliclyAccessible": chosen(False, True)},
            }
        elif kind == 3:
            rules = [
                chosen({"IpProtocol": "tcp", "FromPort": 20 + at, "ToPort": 22 + at, "CidrIp": "10.0.0.0/8"}, nothing)
                for at in range(chance.randint(1, 6))
            ]
            body = {
                "Type": "AWS::EC2::SecurityGroup",
                "Properties": {"GroupDescription": "g", "SecurityGroupIngress": rules},
            }
        else:
            body = {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": chosen("alias/a", nothing)}}
        if chance.random() < 0.5:
            body["Condition"] = f"C{chance.randrange(CONDITIONS)}"
        body["Metadata"] = {"note": "x" * max(0, filler - len(json.dumps(body)) - 40)}
        resources[f"R{number}"] = body
    return {"Parameters": declared, "Conditions": conditions, "Resources": resources}


def judged(path: Path) -> tuple[float, Counter[str], list[str]]:
    """Seconds of a core, the verdicts, and the names of conditions that were too much."""
    before = time.process_time()
    result = scan(options=Options(paths=[path]))
    seconds = time.process_time() - before
    assert not result.crashes, result.crashes[0]
    limits = [
        (each["unknown"] or {}).get("detail", "")
        for each in result.report["findings"]
        if each["verdict"] == "UNKNOWN" and (each["unknown"] or {}).get("cause") == "evaluation-limit"
    ]
    return seconds, Counter(each["verdict"] for each in result.report["findings"]), limits


def megabytes(path: Path) -> int:
    """The most memory that a fresh process takes for it."""
    program = "import sys; from scanner.cli.main import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "scan", str(path), "--no-cache", "--format", "json"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    return usage.ru_maxrss // 1024


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", nargs="?", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    took: list[float] = []
    bad = limited = 0
    most = 0
    with tempfile.TemporaryDirectory() as root:
        path = Path(root) / "t.json"
        for at in range(arguments.number):
            path.write_text(json.dumps(graph(random.Random(f"{arguments.seed} {at}"))), "utf-8")
            seconds, _, limits = judged(path)
            took.append(seconds)
            limited += bool(limits)
            unnamed = [each for each in limits if "`" not in each]
            if seconds > MOST_SECONDS or unnamed:
                bad += 1
                print(f"graph {arguments.seed} {at}: {seconds:.1f} s, {len(limits)} limits {unnamed[:1]}", flush=True)
            if at % 25 == 0:
                most = max(most, megabytes(path))
    bad += most > MOST_MEGABYTES
    took.sort()
    print(
        f"{len(took)} graphs of seed {arguments.seed}: median {took[len(took) // 2]:.2f} s, most {took[-1]:.2f} s, "
        f"{most} MB, {limited} with something that is too much to decide, {bad} violations"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
