"""`python -m benchmarks.prover`: CPU time of the isolation proof, a question, a role, many roles, many silo tenants."""

from __future__ import annotations

import argparse
import json
import math
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scanner.engine.replay import replay
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import read_inputs
from scanner.language.expressions.theorem import Theorem
from scanner.model.world import World
from scanner.prover.prover import Prover
from scanner.prover.system.proof import Proof
from scanner.tenancy.loading import load_tenancy_near

ACCOUNT = "111122223333"
TAG = "${aws:PrincipalTag/TenantId}"
TENANCY = {
    "version": 1,
    "account": ACCOUNT,
    "region": "us-east-1",
    "tenant_id": {"pattern": "[a-z0-9-]{1,36}", "tags": ["TenantId"]},
    "sessions": [
        {
            "name": "api",
            "roles": ["*Role"],
            "tenant_key": "aws:PrincipalTag/TenantId",
            "present": "always",
            "binders": ["*vending"],
        }
    ],
    "owned": [
        {"kind": "dynamodb-item", "table": "Patients", "key": "TENANT#${tenant}#*"},
        {"kind": "s3-object", "bucket": "clinic-data", "key": "${tenant}/*"},
    ],
}
SILO = {
    "version": 1,
    "account": ACCOUNT,
    "region": "us-east-1",
    "tenant_id": {"pattern": "[a-z0-9-]{1,36}", "tags": ["TenantId"]},
}


def role(number: int) -> dict[str, Any]:
    """One of a hundred different policies, so that remembered answers help as they do in one real account."""
    kind = number % 100
    values = [f"TENANT#{TAG}#*", f"TENANT#{TAG}*"][kind == 7]
    statements = [
        {
            "Effect": "Allow",
            "Action": ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"],
            "Resource": f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/Patients",
            "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [values, f"SHARED{kind}#*"]}},
        },
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": f"arn:aws:s3:::clinic-data/{TAG}/*",
        },
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::clinic-data",
            "Condition": {"StringLike": {"s3:prefix": f"{TAG}/folder{kind}/*"}},
        },
        {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"},
        {"Effect": "Deny", "Action": "dynamodb:DeleteTable", "Resource": "*"},
    ]
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/vending"},
                        "Action": ["sts:AssumeRole", "sts:TagSession"],
                    }
                ],
            },
            "Policies": [{"PolicyName": "data", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}],
        },
    }


def pooled(roles: int) -> dict[str, Any]:
    table = {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {"TableName": "Patients", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]},
    }
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "clinic-data"}}
    return {"Patients": table, "Data": bucket, **{f"R{number}Role": role(number) for number in range(roles)}}


def silo(tenants: int, each: int = 9) -> dict[str, Any]:
    """For every tenant a role and `each` queues; ids such as t1 and t10 begin alike."""
    resources: dict[str, Any] = {}
    for number in range(tenants):
        tags = [{"Key": "TenantId", "Value": f"t{number}"}]
        for queue in range(each):
            name = f"t{number}-queue{queue}"
            resources[f"Q{number}x{queue}"] = {
                "Type": "AWS::SQS::Queue",
                "Properties": {"QueueName": name, "Tags": tags},
            }
        arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:t{number}{'' if number % 50 == 0 else '-'}*"
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": arn}]}
        resources[f"R{number}Role"] = {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "Tags": tags,
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                },
                "Policies": [{"PolicyName": "p", "PolicyDocument": policy}],
            },
        }
    return resources


def asked(
    resources: Mapping[str, Any], tenancy: Mapping[str, Any], theorems: list[Theorem]
) -> Iterator[tuple[float, str]]:
    """CPU seconds and verdict of every theorem of every role, reading left out."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / ".git").mkdir()
        (root / "tenancy.yaml").write_text(json.dumps(tenancy))
        (root / "template.json").write_text(json.dumps({"Resources": resources}))
        declared = load_tenancy_near([root / "template.json"])
        reading = read_inputs(
            discover([root / "template.json"], cwd=root), Settings({}, False, declared.account, declared.region)
        )
        prover = Prover(declared.over(reading.inventory), reading.inventory, replay)
        for each in reading.inventory.of_type("AWS::IAM::Role"):
            started = time.process_time()
            found = [prover.prove(theorem, each, World()) for theorem in theorems]
            seconds = time.process_time() - started
            proofs = [proof.verdict for proof in found if isinstance(proof, Proof)]
            yield seconds, min(proofs, key=("LEAK", "NOT_PROVEN", "ISOLATED").index, default="NOT_ASKED")


POOL = [
    Theorem("cannot-cross-tenant", "dynamodb-item", frozenset({"dynamodb"})),
    Theorem("cannot-cross-tenant", "s3-object", frozenset({"s3"})),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--roles", type=int, default=10_000)
    parser.add_argument("--tenants", type=int, default=1_000)
    options = parser.parse_args()
    small, large = options.roles // 10, options.roles
    totals: dict[int, float] = {}
    for number in (small, large):
        times = [seconds for seconds, _ in asked(pooled(number), TENANCY, POOL)]
        totals[number] = sum(times)
        print(
            f"{number:>6} roles: {totals[number]:7.2f} s of CPU, {1000 * statistics.median(times):5.2f} ms a role "
            f"(median), {1000 * max(times):6.1f} ms at most"
        )
    print(f"growth over roles: exponent {math.log(totals[large] / totals[small]) / math.log(large / small):.2f}")
    found = list(asked(silo(options.tenants), SILO, [Theorem("cannot-cross-tenant", None, of="silo")]))
    leaks = sum(verdict == "LEAK" for _, verdict in found)
    print(f"{options.tenants:>6} silo tenants, 9 queues each: {sum(each for each, _ in found):7.2f} s, {leaks} leak")


if __name__ == "__main__":
    main()
