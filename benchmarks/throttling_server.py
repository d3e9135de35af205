"""An account of AWS on a port of this machine that throttles: a bucket of tokens for each service and region.

`python -m benchmarks.throttling_server --limit 100 --port 47300` listens until its input ends, with 100 buckets, and in
two regions 100 queues, topics and tables each. Whoever speaks S3's, SQS's, SNS's and DynamoDB's protocols may ask; all
else is denied. Another client asks each service at half of its limit while somebody else does. At the end it prints who
was refused, and the seconds from the first call to the last.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import time
from collections import Counter, defaultdict
from urllib.parse import parse_qs, urlsplit

LATENCY = 0.03
REGIONS = ("us-east-1", "eu-central-1")
ACCOUNT = "111122223333"
ASKED = ("s3", "sqs", "sns", "dynamodb")
_SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/")
_NS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
# S3's answers where nothing is set, by the part of the query.
_ABSENT = {
    "encryption": "ServerSideEncryptionConfigurationNotFoundError",
    "publicAccessBlock": "NoSuchPublicAccessBlockConfiguration",
    "ownershipControls": "OwnershipControlsNotFoundError",
    "tagging": "NoSuchTagSet",
    "lifecycle": "NoSuchLifecycleConfiguration",
    "replication": "ReplicationConfigurationNotFoundError",
    "website": "NoSuchWebsiteConfiguration",
    "object-lock": "ObjectLockConfigurationNotFoundError",
    "policy": "NoSuchBucketPolicy",
    "policyStatus": "NoSuchBucketPolicy",
    "cors": "NoSuchCORSConfiguration",
}
_EMPTY = {
    "versioning": "VersioningConfiguration",
    "logging": "BucketLoggingStatus",
    "notification": "NotificationConfiguration",
    "location": "LocationConstraint",
    "accelerate": "AccelerateConfiguration",
    "requestPayment": "RequestPaymentConfiguration",
}


class Bucket:
    """Tokens, full at first; holds a second's worth."""

    def __init__(self, rate: float) -> None:
        self.rate = self.left = rate
        self.at = time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self.left = min(self.rate, self.left + (now - self.at) * self.rate)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


Answer = tuple[int, str, str]


class Account:
    def __init__(self, rate: float, many: int) -> None:
        self.rate, self.names = rate, [f"thing-{number}" for number in range(many)]
        self.buckets: dict[tuple[str, str], Bucket] = {}
        self.calls: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.first: float | None = None
        self.last = 0.0
        self.other: Counter[str] = Counter()
        self.busy: dict[tuple[str, str], float] = defaultdict(float)

    def bucket(self, service: str, region: str) -> Bucket:
        return self.buckets.setdefault((service, region), Bucket(self.rate))

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        scope = _SCOPE.search(headers.get("authorization", ""))
        region, service = scope.groups() if scope else ("us-east-1", "unsigned")
        now = time.monotonic()
        if service != "sts":
            self.first = self.first or now
            self.last = now
            self.busy[service, region] = now
            self.calls[service] += 1
            if not self.bucket(service, region).take():
                self.refused[service] += 1
                return _throttled(service)
        asked = urlsplit(target)
        if service == "s3":
            return self._s3(asked.path.strip("/"), asked.query)
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        if operation:
            return self._json(service, region, operation, body)
        parameters = {key: value[0] for key, value in parse_qs(body.decode("utf-8", "replace")).items()}
        return self._query(service, region, parameters) or _denied(method)

    def _s3(self, name: str, query: str) -> Answer:
        part = next(iter(query.split("&")), "").split("=")[0]
        if not name:
            listed = "".join(
                f"<Bucket><Name>{each}</Name><CreationDate>2026-01-01T00:00:00.000Z</CreationDate>"
                f"<BucketRegion>{REGIONS[0]}</BucketRegion></Bucket>"
                for each in self.names
            )
            owner = "<Owner><ID>o</ID></Owner>"
            return _xml(f"<ListAllMyBucketsResult {_NS}><Buckets>{listed}</Buckets>{owner}</ListAllMyBucketsResult>")
        if part == "acl":
            return _xml(
                f"<AccessControlPolicy {_NS}><Owner><ID>o</ID></Owner><AccessControlList></AccessControlList>"
                "</AccessControlPolicy>"
            )
        if part in _ABSENT:
            return 404, "application/xml", f"<Error><Code>{_ABSENT[part]}</Code><Message>none</Message></Error>"
        if part in _EMPTY:
            return _xml(f"<{_EMPTY[part]} {_NS}/>")
        return _xml(f"<ListBucketResult {_NS}><KeyCount>0</KeyCount></ListBucketResult>")

    def _json(self, service: str, region: str, operation: str, body: bytes) -> Answer:
        asked = json.loads(body or b"{}")
        arn = f"arn:aws:{service}:{region}:{ACCOUNT}:"
        if service == "sqs":
            named = str(asked.get("QueueUrl", "")).rpartition("/")[2]
            urls = [f"https://sqs.{region}.amazonaws.com/{ACCOUNT}/{each}" for each in self.names]
            told: dict[str, object] = {
                "ListQueues": {"QueueUrls": urls},
                "GetQueueAttributes": {"Attributes": {"QueueArn": f"{arn}{named}", "SqsManagedSseEnabled": "true"}},
                "ListQueueTags": {"Tags": {}},
            }
        elif service == "dynamodb":
            name = str(asked.get("TableName", ""))
            table = {
                "TableName": name,
                "TableArn": f"{arn}table/{name}",
                "TableStatus": "ACTIVE",
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
            }
            backups = {"PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"}}
            told = {
                "ListTables": {"TableNames": self.names},
                "DescribeTable": {"Table": table},
                "DescribeContinuousBackups": {"ContinuousBackupsDescription": backups},
                "ListTagsOfResource": {"Tags": []},
            }
            if operation == "GetResourcePolicy":
                return _told(400, {"__type": "PolicyNotFoundException", "message": "none"})
        else:
            told = {"GetResources": {"ResourceTagMappingList": []}} if service == "tagging" else {}
        if operation not in told:
            return _told(400, {"__type": "AccessDeniedException", "message": "not here"})
        return _told(200, told[operation])

    def _query(self, service: str, region: str, parameters: dict[str, str]) -> Answer | None:
        operation = parameters.get("Action", "")
        arn = f"arn:aws:sns:{region}:{ACCOUNT}:"
        inside: str | None = None
        if service == "sts":
            inside = f"<Account>{ACCOUNT}</Account><Arn>arn:aws:iam::{ACCOUNT}:user/a</Arn><UserId>a</UserId>"
        elif service == "ec2" and operation == "DescribeRegions":
            items = "".join(
                f"<item><regionName>{each}</regionName><optInStatus>opt-in-not-required</optInStatus></item>"
                for each in REGIONS
            )
            return _xml(
                f"<DescribeRegionsResponse><requestId>1</requestId><regionInfo>{items}</regionInfo></DescribeRegionsResponse>"
            )
        elif service == "sns":
            topics = "".join(f"<member><TopicArn>{arn}{each}</TopicArn></member>" for each in self.names)
            named = parameters.get("TopicArn", "")
            inside = {
                "ListTopics": f"<Topics>{topics}</Topics>",
                "GetTopicAttributes": "<Attributes><entry><key>TopicArn</key>"
                f"<value>{named}</value></entry></Attributes>",
                "ListSubscriptions": "<Subscriptions/>",
                "ListSubscriptionsByTopic": "<Subscriptions/>",
                "ListTagsForResource": "<Tags/>",
            }.get(operation)
        if inside is None:
            return None
        about = "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>"
        return _xml(
            f"<{operation}Response><{operation}Result>{inside}</{operation}Result>{about}</{operation}Response>"
        )


def _xml(text: str) -> Answer:
    return 200, "text/xml", text


def _told(status: int, document: object) -> Answer:
    return status, "application/x-amz-json-1.0", json.dumps(document)


def _throttled(service: str) -> Answer:
    if service == "s3":
        return 503, "application/xml", "<Error><Code>SlowDown</Code><Message>slow down</Message></Error>"
    if service in ("sns", "iam", "ec2"):
        return 400, "text/xml", "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>"
    return _told(400, {"__type": "ThrottlingException", "message": "Rate exceeded"})


def _denied(method: str) -> Answer:
    del method
    denied = "<Error><Code>AccessDenied</Code><Message>not here</Message></Error>"
    return 403, "text/xml", f"<ErrorResponse>{denied}<RequestId>1</RequestId></ErrorResponse>"


async def _serve(account: Account, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, target, _ = head[0].split(" ", 2)
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            status, kind, text = account.answer(method, target, headers, body)
            await asyncio.sleep(LATENCY)
            raw = text.encode()
            named = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(raw)}\r\n"
            writer.write(f"{named}x-amzn-RequestId: 1\r\n\r\n".encode() + (b"" if method == "HEAD" else raw))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _other(account: Account, service: str, region: str) -> None:
    """Asks at half of the limit while somebody else asks the same service, which the last five seconds tell."""
    bucket = account.bucket(service, region)
    turn = time.monotonic()
    while True:
        turn += 2 / account.rate
        await asyncio.sleep(max(0.0, turn - time.monotonic()))
        taken = bucket.take()
        if time.monotonic() - account.busy[service, region] < 5:  # seconds
            account.other["asked"] += 1
            account.other["refused"] += not taken


async def _main(options: argparse.Namespace) -> None:
    account = Account(options.limit, options.many)
    server = await asyncio.start_server(lambda r, w: _serve(account, r, w), "127.0.0.1", options.port)
    others = [
        asyncio.create_task(_other(account, service, region))
        for service in ASKED
        for region in (REGIONS[:1] if service == "s3" else REGIONS)
    ]
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for each in others:
        each.cancel()
    server.close()
    seconds = account.last - account.first if account.first is not None else 0.0
    found = {"limit": account.rate, "seconds": round(seconds, 1), "calls": sum(account.calls.values())}
    print(json.dumps({**found, "refused": sum(account.refused.values()), "other": account.other, "by": account.calls}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=float, default=100)
    parser.add_argument("--many", type=int, default=100)
    parser.add_argument("--port", type=int, default=47_300)
    asyncio.run(_main(parser.parse_args()))
