"""How fast a snapshot reads what AWS throttles, and what another client of the same account sees of it.

The account is a stand-in in this process: a bucket of tokens for each region and service, and a latency for every call.
Another client asks each of them at half of the limit the whole time. Run it with another tree's PYTHONPATH to compare:
`python benchmarks/pace.py --limits 10,20,50,100`.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import json
import resource
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

LATENCY = 0.03
REGIONS = ("us-east-1", "eu-central-1")


class Limit:
    """A bucket of tokens, full at first, that holds a second's worth."""

    def __init__(self, rate: float) -> None:
        self.rate = self.left = rate
        self.at = time.monotonic()
        self.lock = threading.Lock()

    def take(self) -> bool:
        with self.lock:
            now = time.monotonic()
            self.left = min(self.rate, self.left + (now - self.at) * self.rate)
            self.at = now
            if self.left < 1:
                return False
            self.left -= 1
            return True


class Account:
    """Answers as boto3's clients do, with as many of everything as it is told."""

    def __init__(self, rate: float, many: int) -> None:
        self.rate, self.many = rate, many
        self.limits: dict[tuple[str, str], Limit] = {}
        self.asked: Counter[str] = Counter()
        self.refused = 0
        self.lock = threading.Lock()

    def limit(self, service: str, region: str) -> Limit:
        with self.lock:
            return self.limits.setdefault((service, region), Limit(self.rate))

    def client(self, service: str, region: str) -> Any:
        return Client(self, service, region)

    def answer(self, service: str, region: str, operation: str) -> dict[str, Any]:
        from botocore.exceptions import ClientError

        # Who asks and in which regions is asked once, and no matter of pace.
        if service not in ("sts",) and not self.limit(service, region).take():
            with self.lock:
                self.refused += 1
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, operation)
        with self.lock:
            self.asked[service] += 1
        names = [f"thing-{number}" for number in range(self.many)]
        arn = f"arn:aws:sqs:{region}:111122223333:"
        told: dict[str, dict[str, Any]] = {
            "get_caller_identity": {"Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/a"},
            "list_buckets": {"Buckets": [{"Name": name, "BucketRegion": region} for name in names]},
            "list_tables": {"TableNames": names},
            "describe_table": {"Table": {"TableName": "t", "TableArn": f"{arn}t", "TableStatus": "ACTIVE"}},
            "list_queues": {"QueueUrls": [f"https://sqs.{region}.amazonaws.com/111122223333/{name}" for name in names]},
            "get_queue_attributes": {"Attributes": {"QueueArn": f"{arn}q"}},
            "list_topics": {"Topics": [{"TopicArn": f"{arn}{name}"} for name in names]},
            "get_topic_attributes": {"Attributes": {"TopicArn": f"{arn}t"}},
            "get_resources": {"ResourceTagMappingList": []},
        }
        return told.get(operation, {})


class Client:
    """A client of one service; every operation takes the latency."""

    def __init__(self, account: Account, service: str, region: str) -> None:
        self.account, self.service, self.region = account, service, region

    def __getattr__(self, operation: str) -> Any:
        def call(**_: object) -> dict[str, Any]:
            time.sleep(LATENCY)
            return self.account.answer(self.service, self.region, operation)

        return call


class Other:
    """Another client of the account, which asks each service at half of its limit and counts refusals."""

    def __init__(self, account: Account, services: list[str]) -> None:
        self.account = account
        self.places = [("s3", REGIONS[0])] if "s3" in services else []
        self.places += [(name, region) for name in services if name != "s3" for region in REGIONS]
        self.asked: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=place, daemon=True) for place in self.places]
        for each in self.threads:
            each.start()

    def run(self, service: str, region: str) -> None:
        limit = self.account.limit(service, region)
        began = time.monotonic()
        for number in itertools.count():
            wait = began + number / (self.account.rate / 2) - time.monotonic()
            if self.stop.wait(max(0.0, wait)):
                return
            self.asked[service] += 1
            self.refused[service] += not limit.take()


def snapshot_of(account: Account, services: list[str]) -> tuple[float, Any]:
    for name in ("snapshot_run", "snapshotting"):
        try:
            module: Any = importlib.import_module(f"scanner.live.{name}")
            break
        except ImportError:
            continue
    from scanner.live.clients import Clients

    setattr(Clients, "client", lambda _, service, region: account.client(service, region))  # noqa: B010  # mypy
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        taken = module.snapshot(module.Request(Path(folder) / "s", "0", services, list(REGIONS)))
        return time.monotonic() - began, taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limits", default="10,20,50,100")
    parser.add_argument("--services", default="s3,dynamodb,sqs,sns")
    parser.add_argument("--many", type=int, default=100)
    options = parser.parse_args()
    services = options.services.split(",")
    for rate in map(float, options.limits.split(",")):
        account = Account(rate, options.many)
        other = Other(account, services)
        seconds, taken = snapshot_of(account, services)
        other.stop.set()
        print(
            json.dumps(
                {
                    "limit": rate,
                    "seconds": round(seconds, 1),
                    "resources": taken.progress.resources,
                    "calls": taken.progress.calls,
                    "refused": account.refused,
                    "failed": taken.progress.failed,
                    "other": sum(other.asked.values()),
                    "other_refused": sum(other.refused.values()),
                    "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    import os

    os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION=REGIONS[0])
    sys.exit(main())
