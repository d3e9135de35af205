"""How many calls a snapshot of an account makes for each resource, and what it takes of the machine that asks.

The account is moto's, in a server of its own, so that what the client takes is counted alone.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from scanner.language.library import load_library
from scanner.snapshots.manifest import read_manifest

ROOT = Path(__file__).resolve().parent.parent
REGION = "us-east-1"
SERVICES = "iam,s3,dynamodb,lambda,rds,sqs"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}
# What Linux says of a process by `getrusage` begins with its parent's memory, and that is the server's here. A page of
# buckets tells their regions, as AWS does and moto does not.
CLIENT = """
import collections, json, sys, time
from scanner.live.clients import AwsCaller
from scanner.cli.main import main

asked, ask = collections.Counter(), AwsCaller.call

def call(self, service, operation, /, **arguments):
    asked[f"{service}.{operation}"] += 1
    answer = ask(self, service, operation, **arguments)
    for bucket in answer["Buckets"] if operation == "list_buckets" else ():
        bucket.setdefault("BucketRegion", "REGION")
    return answer

AwsCaller.call = call
code = main(sys.argv[1:])
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps({"cpu": time.process_time(), "kib": int(status["VmHWM"].split()[0]), "asked": asked}))
sys.exit(code)
""".replace("REGION", REGION)
CLOSED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


def fill(client: Callable[[str], Any], share: float) -> None:
    """200 buckets, 200 tables, 300 roles, 50 functions, 20 databases and 30 queues, or a share of each.

    Buckets are as AWS makes them: without ACLs, closed to the public, without versions.
    """

    def names(kind: str, count: int) -> Iterator[str]:
        return (f"{kind}-{number}" for number in range(max(1, round(count * share))))

    s3, iam, functions = client("s3"), client("iam"), client("lambda")
    for name in names("bucket", 200):
        s3.create_bucket(Bucket=name, ObjectOwnership="BucketOwnerEnforced")
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=CLOSED)
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "Team", "Value": "clinic"}]})
    for name in names("table", 200):
        client("dynamodb").create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
        )
    roles = [iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST) for name in names("role", 300)]
    for name in names("function", 50):
        functions.create_function(
            FunctionName=name,
            Role=roles[0]["Role"]["Arn"],
            Runtime="python3.13",
            Handler="a.b",
            Code={"S3Bucket": "bucket-0", "S3Key": "k"},
        )
    for name in names("database", 20):
        client("rds").create_db_instance(
            DBInstanceIdentifier=name,
            Engine="postgres",
            DBInstanceClass="db.t4g.micro",
            AllocatedStorage=20,
            MasterUsername="clinic",
            MasterUserPassword="Not-a-secret-1",
        )
    for name in names("queue", 30):
        client("sqs").create_queue(QueueName=name)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calls", description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of the account's resources (default: 1)")
    options = parser.parse_args()
    import boto3  # type: ignore[import-untyped]  # it ships no types
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    os.environ.update(ENVIRONMENT)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        os.environ["AWS_ENDPOINT_URL"] = f"http://{host}:{port}"
        clients: dict[str, Any] = {}

        def client(service: str) -> Any:
            if service not in clients:
                clients[service] = boto3.client(service)
            return clients[service]

        client("s3").create_bucket(Bucket="bucket-0", ObjectOwnership="BucketOwnerEnforced")
        client("s3").put_object(Bucket="bucket-0", Key="k", Body=b"PK\x05\x06" + bytes(18))
        fill(client, options.share)
        on = [
            word
            for rule in load_library(examples=False).rules
            if rule.tier != "legacy"
            for word in ("--select", rule.id)
        ]
        for number, (words, selected) in enumerate((("for every rule", []), ("for the rules that are on", on))):
            with tempfile.TemporaryDirectory() as temporary:
                print("\n" * bool(number) + words)
                show(Path(temporary) / "snapshot", selected)
    finally:
        server.stop()
    return 0


def show(folder: Path, selected: Sequence[str]) -> None:
    asked = ["snapshot", "--quiet", "--out", str(folder), "--regions", REGION, "--services", SERVICES, *selected]
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", CLIENT, *asked], check=False, cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit("the snapshot was not made")
    told = json.loads(done.stdout.splitlines()[-1])
    shards = read_manifest(folder).shards
    for shard in shards:
        print(f"{shard.key.path:<40}{shard.resources:>6} resources {shard.calls:>6} calls {shard.failed:>4} failed")
    for name, number in sorted(told["asked"].items(), key=lambda each: (-each[1], each[0])):
        print(f"  {number:>6}  {name}")
    calls, resources = sum(shard.calls for shard in shards), sum(shard.resources for shard in shards)
    print(f"{resources} resources, {calls} calls, {calls / max(1, resources):.2f} a resource")
    print(f"{seconds:.1f} s, of it {told['cpu']:.1f} s of the client's CPU; {told['kib'] / 1024:.0f} MiB at most")


if __name__ == "__main__":
    sys.exit(main())
