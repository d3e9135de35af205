"""The same account in moto and in an emulator of another make: the same verdicts, or the reason why not.

`make live-second` installs MiniStack (MIT) in a folder of its own and runs this; the project does not depend on it.
What two emulators that know nothing of one another answer alike is more likely what AWS answers.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scanner.cli.main import main
from tests.live.faulty import faulty_moto

PACKAGE = "ministack==1.5.33"
SERVICES = "s3,sqs,sns,kms,lambda,dynamodb"
REGION = "us-east-1"
PORT = 47420
Verdicts = dict[tuple[str, str], str]
# Where they differ, and why: by rule, where not all are meant, and resource.
KNOWN = {
    (
        "",
        "AWS::Lambda::Url ?",
    ): "moto does not list the URLs of functions (ListFunctionUrlConfigs), which are unknown then",
    ("s3-no-acls", "AWS::S3::Bucket closed-scans"): "moto makes buckets without ownership controls, as AWS did to 2023",
    ("s3-no-acls", "AWS::S3::Bucket open-scans"): "moto makes buckets without ownership controls, as AWS did to 2023",
}


def why(rule: str, resource: str) -> str | None:
    return KNOWN.get((rule, resource)) or KNOWN.get(("", resource))


def seed(url: str) -> None:
    """Six services with what is right and what is wrong in each."""
    import boto3

    def client(name: str) -> Any:
        return boto3.client(name, endpoint_url=url, region_name=REGION)

    s3 = client("s3")
    for name in ("closed-scans", "open-scans"):
        s3.create_bucket(Bucket=name)
    block = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    s3.put_public_access_block(Bucket="closed-scans", PublicAccessBlockConfiguration=block)
    s3.put_bucket_versioning(Bucket="closed-scans", VersioningConfiguration={"Status": "Enabled"})
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::open-scans/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everybody]})
    s3.put_bucket_policy(Bucket="open-scans", Policy=policy)
    kms = client("kms")
    key = kms.create_key(Description="clinic")["KeyMetadata"]["KeyId"]
    kms.enable_key_rotation(KeyId=key)
    kms.create_alias(AliasName="alias/clinic", TargetKeyId=key)
    sqs = client("sqs")
    sqs.create_queue(QueueName="open", Attributes={"SqsManagedSseEnabled": "false"})
    sqs.create_queue(QueueName="closed", Attributes={"KmsMasterKeyId": "alias/clinic"})
    sns = client("sns")
    sns.create_topic(Name="open")
    sns.create_topic(Name="closed", Attributes={"KmsMasterKeyId": "alias/clinic"})
    dynamodb = client("dynamodb")
    for name in ("visits", "intake"):
        dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    backups = {"PointInTimeRecoveryEnabled": True}
    dynamodb.update_continuous_backups(TableName="visits", PointInTimeRecoverySpecification=backups)
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = client("iam").create_role(RoleName="reminder", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): return None\n")
    made = {"Runtime": "python3.8", "Handler": "index.handler", "Role": role, "Code": {"ZipFile": code.getvalue()}}
    client("lambda").create_function(FunctionName="reminder", **made)


def audited(url: str, folder: Path) -> tuple[Verdicts, str]:
    """Of every rule on what was made; what is global, or an emulator brings itself, is left out."""
    os.environ["AWS_ENDPOINT_URL"] = url
    file, said = folder / "r.json", io.StringIO()
    words = ["audit", "--regions", REGION, "--services", SERVICES, "--history", str(folder / "h.db")]
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        main([*words, "--out", str(folder / "s"), "--select", "*", "--format", f"json={file}"])
    report = json.loads(file.read_text("utf-8"))
    found: Verdicts = {}
    for each in report["findings"]:
        name = each["resource"]["logical_id"].rpartition(":")[2].rpartition("/")[2]
        if each["resource"]["type"].startswith("AWS::") and each["resource"]["type"] != "AWS::::Account":
            name = "key" if each["resource"]["type"] == "AWS::KMS::Key" else name
            found[each["rule"], f"{each['resource']['type']} {name}"] = each["verdict"]
    return found, said.getvalue()


def differences(one: Verdicts, other: Verdicts) -> Iterator[tuple[str, str, str, str]]:
    for key in sorted(one.keys() | other.keys()):
        if one.get(key) != other.get(key):
            yield (*key, one.get(key, "-"), other.get(key, "-"))


@contextlib.contextmanager
def second(packages: str) -> Iterator[str]:
    """The other emulator, from the folder that its package is installed in."""
    url = f"http://127.0.0.1:{PORT}"
    environment = {**os.environ, "GATEWAY_PORT": str(PORT), "PYTHONPATH": packages}
    process = subprocess.Popen(
        [sys.executable, "-m", "ministack"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(100):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(url, timeout=2).close()
                break
            time.sleep(0.3)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def run(packages: str) -> int:
    """0 where all that differs is known."""
    os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION=REGION)
    results: list[Verdicts] = []
    for emulator in (faulty_moto(), second(packages)):
        with tempfile.TemporaryDirectory() as folder, emulator as server:
            url = server if isinstance(server, str) else server.url
            seed(url)
            verdicts, said = audited(url, Path(folder))
            results.append(verdicts)
            print(f"{url}: {len(verdicts)} verdicts; {[line for line in said.splitlines() if ' failed' in line][-1:]}")
    unlike = [*differences(*results)]
    for rule, resource, one, other in unlike:
        print(f"{rule} on {resource}: moto {one}, the other {other}: {why(rule, resource) or 'not known why'}")
    both = results[0].keys() & results[1].keys()
    print(
        f"{len(both) - sum(each[2] != '-' != each[3] for each in unlike)} of {len(both)} verdicts on both are the same"
    )
    return int(any(why(rule, resource) is None for rule, resource, *_ in unlike))


if __name__ == "__main__":
    sys.exit(run(sys.argv[1]))
