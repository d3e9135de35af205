"""Names of a bucket's objects are listed through its access points, and their policies open them: not asked, ISOLATED.

Of an access point of the files only its objects were asked for; of access points in no file nothing at all where a role
is of one tenant and the bucket of another ("Configuring IAM policies for using access points", Amazon S3 User Guide).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.prover.situations import ACCOUNT, DATA, OBJECT_ENTRY, TAG, allow, role, said_of_roles

POINT = f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint"
OPEN = "NOT_PROVEN"
OWN = allow("s3:GetObject", f"arn:aws:s3:::clinic-data/{TAG}/*")


def _listed(prefix: str) -> dict[str, dict[str, str]]:
    return {"StringLike": {"s3:prefix": prefix}}


def test_of_pooled_objects(tmp_path: Path) -> None:
    cases = [
        (allow("s3:ListBucket", f"{POINT}/gap"), OPEN),
        (allow("s3:ListBucketVersions", f"{POINT}/gap"), OPEN),
        (allow("s3:ListBucket", f"{POINT}/gap", _listed(f"{TAG}*")), OPEN),
        (allow("s3:ListBucket", f"{POINT}/gap", _listed(f"{TAG}/*")), "ISOLATED"),
        (allow("s3:PutAccessPointPolicy", f"{POINT}/gap"), OPEN),
        (allow("s3:DeleteAccessPoint", f"{POINT}/gap"), "ISOLATED"),
        (allow("s3:GetObject", f"{POINT}/gap/object/{TAG}/*"), "ISOLATED"),
    ]
    roles = {f"App{at}": role(OWN, statement) for at, (statement, _) in enumerate(cases)}
    point = {"Type": "AWS::S3::AccessPoint", "Properties": {"Name": "gap", "Bucket": {"Ref": "Data"}}}
    found = said_of_roles(tmp_path, {**roles, "Data": DATA, "Point": point}, owned=[OBJECT_ENTRY])
    assert [found[f"App{at}"] for at in range(len(cases))] == [said for _, said in cases]


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("action", ["s3:ListBucket", "s3:PutAccessPointPolicy"])
def test_of_a_bucket_of_another_tenant(tmp_path: Path, action: str, known: bool) -> None:
    tags = {name: [{"Key": "TenantId", "Value": name}] for name in ("acme", "globex")}
    theirs = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "t-globex-x", "Tags": tags["globex"]}}
    point = {"Type": "AWS::S3::AccessPoint", "Properties": {"Name": "gap", "Bucket": {"Ref": "Theirs"}}}
    resources = {
        "Mine": role(allow(action, f"{POINT}/gap"), Tags=tags["acme"]),
        "Own": role(allow(action, "arn:aws:s3:::t-acme-x"), Tags=tags["acme"]),
        "Theirs": theirs,
        **({"Point": point} if known else {}),
    }
    found = said_of_roles(tmp_path, resources, ("silo-tenants-cannot-reach-each-other",), sessions=[])
    assert found == {"Mine": OPEN, "Own": "ISOLATED"}
