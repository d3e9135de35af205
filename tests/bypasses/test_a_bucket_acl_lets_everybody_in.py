# a situation a line
"""A bucket's access control list was no part of the proof: ISOLATED beside a grant to every AWS account.

"Access control list (ACL) overview" (Amazon S3 User Guide): READ on a bucket lists its keys, WRITE makes objects,
WRITE_ACP lets the grantee grant itself the rest.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import OBJECT_ENTRY, TAG, Situation, allow, role, verdict

BUCKET = "arn:aws:s3:::clinic-data"
APP = role(allow(["s3:GetObject", "s3:PutObject"], f"{BUCKET}/{TAG}/*"))
WRITER = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}}
EVERYTHING_OFF = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
OTHER = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
REF = {"Fn::Transform": {"Name": "Unread"}}


def bucket(**properties: Any) -> dict[str, Any]:
    return {"Data": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "clinic-data", **properties}}}


def account(**settings: object) -> dict[str, Any]:
    return {"Clinic": {"Type": "AWS::::Account", "Properties": {"PublicAccessBlockConfiguration": settings}}}


def grants(*grant: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"Account": "owner", "Permission": "FULL_CONTROL"}, *grant]


def to(group: str, permission: str) -> list[dict[str, Any]]:
    return grants({"Group": group, "Permission": permission})


SITUATIONS: dict[str, tuple[dict[str, Any], str]] = {
    "no ACL": (bucket(), "ISOLATED"),
    "private": (bucket(AccessControl="Private"), "ISOLATED"),
    "public read lists every key": (bucket(AccessControl="PublicRead"), "LEAK"),
    "public write": (bucket(AccessControl="PublicReadWrite"), "LEAK"),
    "every AWS account": (bucket(AccessControl="AuthenticatedRead"), "LEAK"),
    "logs": (bucket(AccessControl="LogDeliveryWrite"), "ISOLATED"),
    "bundles of images": (bucket(AccessControl="AwsExecRead"), "ISOLATED"),
    "ACLs are off": (
        bucket(AccessControl="PublicRead", OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}),
        "ISOLATED",
    ),
    "ACLs are on": (bucket(AccessControl="PublicRead", **WRITER), "LEAK"),
    "public ACLs are ignored": (
        bucket(AccessControl="PublicRead", PublicAccessBlockConfiguration=EVERYTHING_OFF),
        "ISOLATED",
    ),
    "new ones are blocked, this one counts": (
        bucket(AccessControl="PublicRead", PublicAccessBlockConfiguration={"BlockPublicAcls": True}),
        "LEAK",
    ),
    "ignored by the account": ({**bucket(AccessControl="PublicRead"), **account(IgnorePublicAcls=True)}, "ISOLATED"),
    "not ignored by the account": ({**bucket(AccessControl="PublicRead"), **account(IgnorePublicAcls=False)}, "LEAK"),
    "the account is not known": ({**bucket(AccessControl="PublicRead"), **account(IgnorePublicAcls=REF)}, "NOT_PROVEN"),
    "an ACL that is not known": (bucket(AccessControl=REF), "NOT_PROVEN"),
    "grants that are not known": (bucket(AclGrants=REF), "NOT_PROVEN"),
    "a permission that is not known": (bucket(AclGrants=to("AllUsers", REF)), "NOT_PROVEN"),  # type: ignore[arg-type]
    "write": (bucket(AclGrants=to("AuthenticatedUsers", "WRITE")), "LEAK"),
    "write the ACL": (bucket(AclGrants=to("AllUsers", "WRITE_ACP")), "LEAK"),
    "read the ACL, which says whose the bucket is and nothing of its objects": (
        bucket(AclGrants=to("AllUsers", "READ_ACP")),
        "ISOLATED",
    ),
    "full control": (bucket(AclGrants=to("AuthenticatedUsers", "FULL_CONTROL")), "LEAK"),
    "a permission of tomorrow": (bucket(AclGrants=to("AllUsers", "APPEND")), "LEAK"),
    "another account, which the role is not of": (
        bucket(AclGrants=grants({"Account": "other", "CanonicalId": OTHER, "Permission": "READ"})),
        "ISOLATED",
    ),
    "a service of AWS": (bucket(AclGrants=grants({"Account": "service", "Permission": "FULL_CONTROL"})), "ISOLATED"),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_an_acl_grants_is_part_of_the_proof(tmp_path: Path, name: str) -> None:
    resources, wanted = SITUATIONS[name]
    situation = Situation({"AppRole": APP, **resources}, owned=[OBJECT_ENTRY])
    assert verdict(situation.proofs(tmp_path / "one")) == wanted


def test_a_policy_of_the_older_version_is_decided_beside_an_acl(tmp_path: Path) -> None:
    policy = {
        "Version": "2008-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": ["s3:ListBucket*", "s3:PutObject"],
                "Resource": [BUCKET, f"{BUCKET}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
    resources = {
        "AppRole": APP,
        **bucket(AccessControl="PublicRead"),
        "Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Data"}, "PolicyDocument": policy},
        },
    }
    assert verdict(Situation(resources, owned=[OBJECT_ENTRY]).proofs(tmp_path / "one")) == "LEAK"


def test_what_denies_lists_to_all_denies_them_to_who_has_an_acl(tmp_path: Path) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:ListBucket*", "Resource": BUCKET}],
    }
    resources = {
        "AppRole": APP,
        **bucket(AccessControl="PublicRead"),
        "Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Data"}, "PolicyDocument": policy},
        },
    }
    assert verdict(Situation(resources, owned=[OBJECT_ENTRY]).proofs(tmp_path / "one")) == "ISOLATED"
