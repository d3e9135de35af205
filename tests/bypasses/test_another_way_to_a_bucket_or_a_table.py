"""Other resources through which a bucket or a table is reached, of which nothing was asked: ISOLATED.

Access points by an identity policy, where no file holds one, and who makes one; Object Lambda access points; S3 Access
Grants, and who writes one; file systems over a bucket; DAX, which reads a table as its own role; credentials
and samples that Lake Formation and Macie hand out; backups by AWS Backup.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.prover.situations import (
    ACCOUNT,
    DATA,
    OBJECT_ENTRY,
    PATIENTS,
    TABLE,
    TAG,
    allow,
    leading,
    role,
    said_of_roles,
)

HERE = f"us-east-1:{ACCOUNT}"
OPEN = "NOT_PROVEN"
POINT = f"arn:aws:s3:{HERE}:accesspoint"
EVERYWHERE = f"arn:aws:s3::{ACCOUNT}:accesspoint"
OTHER = {"Type": "AWS::S3::AccessPoint", "Properties": {"Name": "other", "Bucket": "public-pages"}}
OWN_PREFIX = {"StringLike": {"s3:prefix": f"{TAG}/*"}}

TO_OBJECTS: list[tuple[dict[str, Any], str]] = [
    (allow("s3:GetObject", f"{POINT}/*"), OPEN),
    (allow("s3:GetObject", f"{POINT}/ap/object/*"), OPEN),
    (allow("s3:GetObject", f"{POINT}/ap/object/{TAG}/*"), "ISOLATED"),
    (allow("s3:DeleteObject", f"{POINT}/ap/object/reports-of-all/*"), "ISOLATED"),
    (allow("s3:GetObject", f"{POINT}/other/object/*"), "ISOLATED"),
    (allow("s3:GetObject", f"{POINT}/o*"), OPEN),
    (allow("s3:GetObject", f"{EVERYWHERE}/mfzwi23gnjvgw.mrap/object/*"), OPEN),
    (allow("s3:GetObject", f"{EVERYWHERE}/mfzwi23gnjvgw.mrap/object/{TAG}/*"), "ISOLATED"),
    (allow("s3:ListBucket", f"{POINT}/ap"), OPEN),
    (allow("s3:ListBucket", f"{POINT}/ap", OWN_PREFIX), "ISOLATED"),
    (allow("s3:PutAccessPointPolicy", f"{POINT}/*"), OPEN),
    (allow("s3:CreateAccessPoint", "*"), OPEN),
    (allow("s3:CreateAccessPoint", f"{POINT}/{TAG}-*"), OPEN),
    (allow("s3:CreateMultiRegionAccessPoint", "*"), OPEN),
    (allow(["s3:GetAccessPoint", "s3:ListAccessPoints", "s3:DeleteAccessPoint"], "*"), "ISOLATED"),
    (allow("s3:CreateAccessGrant", "*"), OPEN),
    (allow("s3:CreateAccessGrant", f"arn:aws:s3:{HERE}:access-grants/default/grant/*"), OPEN),
    (allow("s3:UpdateAccessGrantsLocation", "*"), OPEN),
    (allow("s3:PutAccessGrantsInstanceResourcePolicy", "*"), OPEN),
    (allow("s3:AssociateAccessGrantsIdentityCenter", "*"), OPEN),
    (allow("s3:DeleteAccessGrant", "*"), "ISOLATED"),
    (allow("s3-object-lambda:GetObject", f"arn:aws:s3-object-lambda:{HERE}:accesspoint/masked"), OPEN),
    (allow("s3-object-lambda:ListBucket", "*"), OPEN),
    (allow("s3-object-lambda:*", "*"), OPEN),
    (allow("s3-object-lambda:WriteGetObjectResponse", "*"), "ISOLATED"),
    (allow("s3:PutAccessPointPolicyForObjectLambda", "*"), OPEN),
    (allow("s3:CreateAccessPointForObjectLambda", "*"), OPEN),
    (allow(["s3:GetAccessPointForObjectLambda", "s3:ListAccessPointsForObjectLambda"], "*"), "ISOLATED"),
    (allow("s3:GetObject", "arn:aws:s3:::public-*"), "ISOLATED"),
    (allow("s3:GetDataAccess", "*"), OPEN),
    (allow("s3:GetDataAccess", f"arn:aws:s3:{HERE}:access-grants/default"), OPEN),
    (allow("s3:ListAccessGrants", "*"), "ISOLATED"),
    (allow("s3files:ClientMount", f"arn:aws:s3files:{HERE}:file-system/*"), OPEN),
    (allow("s3files:GetFileSystem", "*"), "ISOLATED"),
    (allow("macie2:GetSensitiveDataOccurrences", "*"), OPEN),
    (allow("macie2:GetFindings", "*"), "ISOLATED"),
    (allow("lakeformation:GetTemporaryGlueTableCredentials", "*"), OPEN),
    (allow("backup:StartRestoreJob", f"arn:aws:backup:{HERE}:recovery-point:*"), OPEN),
    (allow("backup:ListBackupVaults", "*"), "ISOLATED"),
]
TO_ITEMS: list[tuple[dict[str, Any], str]] = [
    (allow("dax:GetItem", f"arn:aws:dax:{HERE}:cache/clinic"), OPEN),
    (allow(["dax:Query", "dax:Scan"], "*"), OPEN),
    (allow("dax:*", "*"), OPEN),
    (allow("dax:ListTags", "*"), "ISOLATED"),
    (allow("backup:StartBackupJob", "*"), OPEN),
    (allow("backup:StartBackupJob", f"arn:aws:backup:{HERE}:backup-vault:v-{TAG}"), OPEN),
    (allow("backup:StartRestoreJob", f"arn:aws:backup:{HERE}:recovery-point:*"), OPEN),
    (allow("backup:StartRestoreJob", f"arn:aws:dynamodb:{HERE}:table/Prices/backup/*"), "ISOLATED"),
    (allow("backup:StartCopyJob", f"arn:aws:backup:{HERE}:recovery-point:*"), OPEN),
    (allow("backup:DeleteRecoveryPoint", f"arn:aws:backup:{HERE}:recovery-point:*"), OPEN),
    (allow(["backup:ListBackupJobs", "backup:StartReportJob"], "*"), "ISOLATED"),
]


def _check(folder: Path, own: dict[str, Any], cases: list[tuple[dict[str, Any], str]], **more: Any) -> None:
    roles = {f"App{number}": role(own, statement) for number, (statement, _) in enumerate(cases)}
    found = said_of_roles(folder, {**roles, **more.pop("resources")}, **more)
    for number, (statement, said) in enumerate(cases):
        assert found[f"App{number}"] == said, statement


def test_another_way_to_pooled_objects(tmp_path: Path) -> None:
    own = allow("s3:GetObject", f"arn:aws:s3:::clinic-data/{TAG}/*")
    _check(tmp_path, own, TO_OBJECTS, resources={"Data": DATA, "Other": OTHER}, owned=[OBJECT_ENTRY])


def test_another_way_to_a_bucket_of_each_tenant(tmp_path: Path) -> None:
    own = allow("s3:GetObject", f"arn:aws:s3:::t-{TAG}/*")
    # Whose an access point is cannot be told from the objects in it, as every bucket has keys of its own.
    cases = [
        (each, OPEN if "/object/$" in str(each) or OWN_PREFIX in each.values() else said) for each, said in TO_OBJECTS
    ]
    entry = {"kind": "arn", "arn": "arn:aws:s3:::t-${tenant}"}
    unsure = [case for case in cases if "reports-of-all" not in str(case[0])]
    _check(tmp_path, own, unsure, resources={"Other": OTHER}, owned=[entry])


def test_another_way_to_pooled_items(tmp_path: Path) -> None:
    own = allow(["dynamodb:GetItem", "dynamodb:Query"], TABLE, leading(f"TENANT#{TAG}"))
    _check(tmp_path, own, TO_ITEMS, resources={"Patients": PATIENTS})
