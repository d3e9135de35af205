"""How the proof ends, situation by situation; each is one thing that real policies get right or wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.prover.situations import (
    ACCOUNT,
    BROKER,
    BUCKET,
    DATA,
    ITEM_ENTRY,
    ITEMS,
    KEY,
    OBJECT_ENTRY,
    PATIENTS,
    SESSION,
    TABLE,
    TAG,
    Situation,
    allow,
    deny,
    document,
    ending,
    leading,
    role,
    trust,
    verdict,
)

OWN = [f"TENANT#{TAG}"]
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
LAMBDA = trust({"Service": "lambda.amazonaws.com"}, actions="sts:AssumeRole")
INDEXED = {
    **PATIENTS,
    "Properties": {
        **PATIENTS["Properties"],
        "GlobalSecondaryIndexes": [{"IndexName": "byClinic", "KeySchema": [{"AttributeName": "c", "KeyType": "HASH"}]}],
    },
}
LOCAL = {
    **PATIENTS,
    "Properties": {
        **PATIENTS["Properties"],
        "LocalSecondaryIndexes": [{"IndexName": "byDate", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]}],
    },
}
KMS = [{"kind": "kms-context", "key": "Key", "context": {"tenant": "${tenant}"}}]
CONTEXT = {"kms:EncryptionContext:tenant": TAG}
QUEUE = [{"kind": "arn", "arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:${{tenant}}-jobs"}]
TAGGED = [{"kind": "tagged", "types": ["AWS::SQS::Queue"], "tag": "TenantId"}]
OBJECT_TAGS = [{"kind": "s3-object-tag", "bucket": "clinic-data", "tag": "TenantId"}]
BY_TAG = {"StringEquals": {"aws:ResourceTag/TenantId": TAG}}


def dynamo(*statements: dict, table: dict = PATIENTS, **more: object) -> Situation:
    return Situation({"AppRole": role(*statements), "Patients": table}, **more)  # type: ignore[arg-type]  # fields by name


def s3(*statements: dict, **more: object) -> Situation:
    more.setdefault("owned", [OBJECT_ENTRY])
    return Situation({"AppRole": role(*statements), "Data": DATA}, **more)  # type: ignore[arg-type]  # as above


def bucket_policy(*statements: dict) -> dict:
    return {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"Bucket": {"Ref": "Data"}, "PolicyDocument": document(*statements)},
    }


OF_ITEMS = {
    "a scan is never bound by leading keys": (
        dynamo(allow([*ITEMS, "dynamodb:Scan"], TABLE, leading(OWN))),
        "LEAK",
    ),
    "a scan under a plain operator is dead": (
        dynamo(allow("dynamodb:Scan", TABLE, leading(OWN, "StringEquals"))),
        "NOTHING",
    ),
    "a plain operator over a multivalued key proves nothing": (
        dynamo(allow("dynamodb:Query", TABLE, leading(OWN, "StringEquals"))),
        "NOT_PROVEN",
    ),
    "a plain operator over several leading keys neither proves nor leaks": (
        dynamo(allow("dynamodb:BatchGetItem", TABLE, leading(OWN, "StringEquals"))),
        "NOT_PROVEN",
    ),
    "a plain operator in a Deny over several leading keys may not fire": (
        dynamo(
            allow("dynamodb:BatchGetItem", TABLE),
            deny("dynamodb:*", leading(OWN, "StringNotEquals"), Resource="*"),
        ),
        "NOT_PROVEN",
    ),
    "a plain operator that every one of several keys satisfies": (
        dynamo(allow("dynamodb:BatchGetItem", TABLE, leading(["TENANT#*"], "StringLike"))),
        "LEAK",
    ),
    "ForAnyValue with IfExists where a scan has no key": (
        dynamo(allow("dynamodb:Scan", TABLE, leading(OWN, "ForAnyValue:StringEqualsIfExists"))),
        "NOT_PROVEN",
    ),
    "IfExists opens a scan": (
        dynamo(allow("dynamodb:*", TABLE, leading(OWN, "ForAllValues:StringEqualsIfExists"))),
        "LEAK",
    ),
    "a misspelt key never exists": (
        dynamo(allow("dynamodb:GetItem", TABLE, {"ForAllValues:StringEquals": {"dynamodb: LeadingKeys": OWN}})),
        "LEAK",
    ),
    "keys of the other tenant are denied": (
        dynamo(
            allow("dynamodb:Query", TABLE),
            deny("dynamodb:Query", leading(OWN, "ForAllValues:StringNotEquals"), Resource="*"),
        ),
        "ISOLATED",
    ),
    "a deny of the wrong action": (
        dynamo(
            allow(["dynamodb:Query", "dynamodb:GetItem"], TABLE),
            deny("dynamodb:Query", leading(OWN, "ForAllValues:StringNotEquals"), Resource="*"),
        ),
        "LEAK",
    ),
    "a wildcard in a deny that covers all": (
        dynamo(allow("dynamodb:*", TABLE), deny("*", Resource="*")),
        "NOTHING",
    ),
    "dynamodb star inside a deny only": (
        dynamo(allow(ITEMS, TABLE, leading(OWN)), deny("dynamodb:*", NotResource=TABLE)),
        "ISOLATED",
    ),
    "an index that nobody declared, with a bound": (
        dynamo(allow("dynamodb:Query", [TABLE, f"{TABLE}/index/*"], leading(OWN)), table=INDEXED),
        "NOT_PROVEN",
    ),
    "an index that is declared": (
        dynamo(
            allow("dynamodb:Query", [TABLE, f"{TABLE}/index/*"], leading([*OWN, f"CLINIC#{TAG}"])),
            table=INDEXED,
            owned=[{**ITEM_ENTRY, "indexes": {"byClinic": "CLINIC#${tenant}"}}],
        ),
        "ISOLATED",
    ),
    "a local index has the table's key": (
        dynamo(allow("dynamodb:Query", [TABLE, f"{TABLE}/index/*"], leading(OWN)), table=LOCAL),
        "ISOLATED",
    ),
    "statements on indexes of a table without one reach nothing": (
        dynamo(allow("dynamodb:Query", f"{TABLE}/index/*")),
        "NOTHING",
    ),
    "a table in no file may have an index": (
        Situation({"AppRole": role(allow("dynamodb:Query", f"{TABLE}/index/*"))}),
        "LEAK",
    ),
    "another table is nobody's business": (
        dynamo(allow("dynamodb:*", TABLE.replace("Patients", "Plans"))),
        "NOTHING",
    ),
    "case is ignored and ids have both": (
        dynamo(
            allow("dynamodb:Query", TABLE, leading(OWN, "ForAllValues:StringEqualsIgnoreCase")), pattern="[a-zA-Z]{1,9}"
        ),
        "LEAK",
    ),
    "case is ignored and ids have one": (
        dynamo(allow("dynamodb:Query", TABLE, leading(OWN, "ForAllValues:StringEqualsIgnoreCase"))),
        "ISOLATED",
    ),
    "any tag value, with a delimiter that tags cannot hold": (
        dynamo(
            allow("dynamodb:Query", TABLE, leading([f"TENANT#{TAG}#*"], "ForAllValues:StringLike")),
            pattern="any-tag-value",
            owned=[{**ITEM_ENTRY, "key": "TENANT#${tenant}#*"}],
        ),
        "ISOLATED",
    ),
    "any tag value, with a delimiter that tags can hold": (
        dynamo(
            allow("dynamodb:Query", TABLE, leading([f"TENANT:{TAG}:*"], "ForAllValues:StringLike")),
            pattern="any-tag-value",
            owned=[{**ITEM_ENTRY, "key": "TENANT:${tenant}:*"}],
        ),
        "LEAK",
    ),
    "one tenant is nobody's neighbour": (
        dynamo(allow("dynamodb:*", TABLE), pattern="acme"),
        "NOT_APPLICABLE",
    ),
    "a default value of a variable is everybody's": (
        dynamo(
            allow("dynamodb:Query", TABLE, leading(["${aws:PrincipalTag/Other, 'TENANT#acme'}"])),
        ),
        "NOT_PROVEN",
    ),
    "PartiQL may name several keys or none": (
        dynamo(allow("dynamodb:PartiQLSelect", TABLE, leading(OWN))),
        "LEAK",
    ),
    "streams hold everybody's changes": (
        dynamo(allow("dynamodb:GetRecords", f"{TABLE}/stream/*")),
        "LEAK",
    ),
    "describing a table shows nobody's rows": (
        dynamo(allow(["dynamodb:DescribeTable", "dynamodb:ListTagsOfResource"], TABLE)),
        "NOTHING",
    ),
}

OF_OBJECTS = {
    "a listing needs the slash too": (
        s3(allow("s3:ListBucket", BUCKET, {"StringLike": {"s3:prefix": f"{TAG}*"}})),
        "LEAK",
    ),
    "a listing of exactly the id": (
        s3(allow("s3:ListBucket", BUCKET, {"StringEquals": {"s3:prefix": TAG}})),
        "LEAK",
    ),
    "a listing of exactly the id and a slash": (
        s3(allow("s3:ListBucket", BUCKET, {"StringEquals": {"s3:prefix": f"{TAG}/"}})),
        "ISOLATED",
    ),
    "a listing under ForAllValues may leave the prefix out": (
        s3(allow("s3:ListBucket", BUCKET, {"ForAllValues:StringLike": {"s3:prefix": f"{TAG}/*"}})),
        "LEAK",
    ),
    "multipart uploads have no prefix": (
        s3(allow("s3:ListBucketMultipartUploads", BUCKET, {"StringLike": {"s3:prefix": f"{TAG}/*"}})),
        "NOTHING",
    ),
    "a prefix on GetObject makes the grant dead": (
        s3(allow("s3:GetObject", f"{BUCKET}/*", {"StringLike": {"s3:prefix": f"{TAG}/*"}})),
        "NOTHING",
    ),
    "a NotResource without a value opens everything": (
        s3(
            {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": f"{BUCKET}/${{aws:PrincipalTag/None}}/*"},
            sessions=[{**SESSION, "present": "always"}],
        ),
        "NOT_PROVEN",
    ),
    "the old version leaves a variable in a NotResource of a Deny as text": (
        Situation(
            {
                "AppRole": role(
                    allow("s3:GetObject", f"{BUCKET}/*"),
                    deny("s3:GetObject", NotResource=f"{BUCKET}/{TAG}/*"),
                    version="2008-10-17",
                ),
                "Data": DATA,
            },
            [OBJECT_ENTRY],
        ),
        "NOTHING",
    ),
    "the old version lets a Deny of others fail open": (
        Situation(
            {
                "AppRole": role(
                    allow("s3:GetObject", f"{BUCKET}/*"),
                    deny("s3:GetObject", Resource=f"{BUCKET}/x-{TAG}/*"),
                    version="2008-10-17",
                ),
                "Data": DATA,
            },
            [OBJECT_ENTRY],
        ),
        "LEAK",
    ),
    "a bucket policy that denies what is not one's own": (
        Situation(
            {
                "AppRole": role(allow("s3:*", f"{BUCKET}/*")),
                "Data": DATA,
                "Guard": bucket_policy(deny("s3:*", Principal="*", NotResource=[f"{BUCKET}/{TAG}/*", BUCKET])),
            },
            [OBJECT_ENTRY],
        ),
        "ISOLATED",
    ),
    "a bucket policy that grants everybody": (
        Situation(
            {
                "AppRole": role(),
                "Data": DATA,
                "Open": bucket_policy({**allow("s3:GetObject", f"{BUCKET}/*"), "Principal": "*"}),
            },
            [OBJECT_ENTRY],
        ),
        "LEAK",
    ),
    "a boundary does not cap what a bucket policy grants to everybody": (
        Situation(
            {
                "AppRole": role(PermissionsBoundary={"Ref": "Limit"}),
                "Limit": {
                    "Type": "AWS::IAM::ManagedPolicy",
                    "Properties": {"PolicyDocument": document(allow("sqs:*", "*"))},
                },
                "Data": DATA,
                "Open": bucket_policy({**allow("s3:GetObject", f"{BUCKET}/*"), "Principal": {"AWS": "*"}}),
            },
            [OBJECT_ENTRY],
        ),
        "LEAK",
    ),
    "a boundary caps what a bucket policy grants to the role": (
        Situation(
            {
                "AppRole": role(RoleName="AppRole", PermissionsBoundary={"Ref": "Limit"}),
                "Limit": {
                    "Type": "AWS::IAM::ManagedPolicy",
                    "Properties": {"PolicyDocument": document(allow("sqs:*", "*"))},
                },
                "Data": DATA,
                "Open": bucket_policy(
                    {
                        **allow("s3:GetObject", f"{BUCKET}/*"),
                        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/AppRole"},
                    }
                ),
            },
            [OBJECT_ENTRY],
        ),
        "NOTHING",
    ),
    "a bucket policy that only delegates to the account": (
        Situation(
            {
                "AppRole": role(),
                "Data": DATA,
                "Open": bucket_policy({**allow("s3:GetObject", f"{BUCKET}/*"), "Principal": ROOT}),
            },
            [OBJECT_ENTRY],
        ),
        "NOTHING",
    ),
    "objects owned by tag, guarded by tag": (
        s3(
            allow("s3:GetObject", f"{BUCKET}/*", {"StringEquals": {"s3:ExistingObjectTag/TenantId": TAG}}),
            owned=OBJECT_TAGS,
        ),
        "ISOLATED",
    ),
    "objects owned by tag, written without one": (
        s3(allow("s3:PutObject", f"{BUCKET}/*"), owned=OBJECT_TAGS),
        "LEAK",
    ),
    "writing the bucket's policy opens it": (
        s3(allow("s3:PutBucketPolicy", BUCKET)),
        "LEAK",
    ),
    "reading the bucket's settings does not": (
        s3(allow(["s3:GetBucketPolicy", "s3:GetBucketLocation"], BUCKET)),
        "NOTHING",
    ),
}

ITSELF = trust(ROOT, condition={"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/TenantRole"}})
DEMANDED = {"ForAnyValue:StringEquals": {"sts:TransitiveTagKeys": ["TenantId"]}}


def chained(condition: object) -> Situation:
    return Situation(
        {
            "AppRole": role(
                allow(["sts:AssumeRole", "sts:TagSession"], f"arn:aws:iam::{ACCOUNT}:role/TenantRole"),
                RoleName="TenantRole",
                AssumeRolePolicyDocument=document(
                    *trust({"AWS": BROKER}, condition=condition)["Statement"], *ITSELF["Statement"]
                ),
            ),
        },
    )


OF_CHAINS = {
    "a session may take its own role with another tag": (chained(None), "LEAK"),
    "a transitive tag cannot be passed again": (chained(DEMANDED), "NOTHING"),
    "transitive if the broker says so": (
        chained({"ForAllValues:StringEquals": {"sts:TransitiveTagKeys": ["TenantId"]}}),
        "LEAK",
    ),
    "transitive, and said": (
        chained(
            {
                "ForAllValues:StringEquals": {"sts:TransitiveTagKeys": ["TenantId"]},
                "Null": {"sts:TransitiveTagKeys": "false"},
            }
        ),
        "NOTHING",
    ),
}

OF_EMPTY = {
    "an empty prefix satisfies ForAllValues, and is there": (
        s3(
            allow(
                "s3:ListBucket",
                BUCKET,
                {"ForAllValues:StringLike": {"s3:prefix": f"{TAG}/*"}, "Null": {"s3:prefix": "false"}},
            )
        ),
        "LEAK",
    ),
}

OF_NAMES = {
    "a role whose name rests on a parameter, granted by a literal": (
        Situation(
            {
                "AppRole": role(RoleName={"Fn::Sub": "${Env}-app"}),
                "Data": DATA,
                "Open": bucket_policy(
                    {
                        **allow("s3:GetObject", f"{BUCKET}/*"),
                        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/dev-app"},
                    }
                ),
            },
            [OBJECT_ENTRY],
            template={"Parameters": {"Env": {"Type": "String"}}},
        ),
        "NOT_PROVEN",
    ),
}

OF_ACCESS_POINTS = {
    "an access point is a second name": (
        Situation(
            {
                "AppRole": role(allow("s3:GetObject", f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/door/object/*")),
                "Data": DATA,
                "Door": {"Type": "AWS::S3::AccessPoint", "Properties": {"Name": "door", "Bucket": {"Ref": "Data"}}},
            },
            [OBJECT_ENTRY],
        ),
        "NOT_PROVEN",
    ),
    "an access point for one's own objects": (
        Situation(
            {
                "AppRole": role(
                    allow("s3:GetObject", f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/door/object/{TAG}/*")
                ),
                "Data": DATA,
                "Door": {"Type": "AWS::S3::AccessPoint", "Properties": {"Name": "door", "Bucket": {"Ref": "Data"}}},
            },
            [OBJECT_ENTRY],
        ),
        "ISOLATED",
    ),
}

OF_KEYS = {
    "any context": (
        Situation({"AppRole": role(allow("kms:Decrypt", "*")), "Key": KEY}, KMS),
        "LEAK",
    ),
    "a grant without a context": (
        Situation({"AppRole": role(allow("kms:CreateGrant", "*", {"StringEqualsIfExists": CONTEXT})), "Key": KEY}, KMS),
        "LEAK",
    ),
    "a key policy that grants the role": (
        Situation(
            {
                "AppRole": role(),
                "Key": {
                    "Type": "AWS::KMS::Key",
                    "Properties": {
                        "KeyPolicy": document(
                            {**allow("kms:Decrypt", "*"), "Principal": {"AWS": {"Fn::GetAtt": ["AppRole", "Arn"]}}}
                        )
                    },
                },
            },
            KMS,
        ),
        "LEAK",
    ),
    "a key policy that grants nobody": (
        Situation(
            {
                "AppRole": role(allow("kms:Decrypt", "*")),
                "Key": {
                    "Type": "AWS::KMS::Key",
                    "Properties": {"KeyPolicy": document({**allow("kms:*", "*"), "Principal": {"AWS": BROKER}})},
                },
            },
            KMS,
        ),
        "NOTHING",
    ),
    "a key in no file": (
        Situation({"AppRole": role(allow("kms:Decrypt", "*"))}, KMS),
        "NOT_PROVEN",
    ),
}

OF_RESOURCES = {
    "a name that goes on": (
        Situation({"AppRole": role(allow("sqs:*", f"arn:aws:sqs:us-east-1:{ACCOUNT}:{TAG}-*"))}, QUEUE),
        "LEAK",
    ),
    "a name that ends alike": (
        Situation({"AppRole": role(allow("sqs:*", f"arn:aws:sqs:us-east-1:{ACCOUNT}:{TAG}-jobs"))}, QUEUE),
        "ISOLATED",
    ),
    "a name where ids have no hyphen": (
        Situation(
            {"AppRole": role(allow("sqs:*", f"arn:aws:sqs:us-east-1:{ACCOUNT}:{TAG}-*"))},
            QUEUE,
            pattern="[a-z0-9]{1,9}",
        ),
        "ISOLATED",
    ),
    "only the actions that the entry names": (
        Situation({"AppRole": role(allow("sqs:GetQueueUrl", "*"))}, [{**QUEUE[0], "actions": ["sqs:ReceiveMessage"]}]),
        "ISOLATED",
    ),
    "guarded by the resource's tag": (
        Situation({"AppRole": role(allow("sqs:*", "*", BY_TAG))}, TAGGED),
        "ISOLATED",
    ),
    "guarded by the tag if it exists": (
        Situation(
            {
                "AppRole": role(
                    allow("sqs:*", "*", {"StringEqualsIfExists": {"aws:ResourceTag/TenantId": TAG}}),
                )
            },
            TAGGED,
        ),
        "ISOLATED",
    ),
    "guarded by another tag": (
        Situation({"AppRole": role(allow("sqs:*", "*", {"StringEquals": {"aws:ResourceTag/Team": "data"}}))}, TAGGED),
        "LEAK",
    ),
}

OF_POLICIES = {
    "an AWS-managed policy is read": (
        Situation(
            {
                "AppRole": role(ManagedPolicyArns=["arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess"]),
                "Patients": PATIENTS,
            }
        ),
        "LEAK",
    ),
    "an AWS-managed policy that nobody knows": (
        Situation({"AppRole": role(ManagedPolicyArns=["arn:aws:iam::aws:policy/NoSuchPolicy"]), "Patients": PATIENTS}),
        "NOT_PROVEN",
    ),
    "a customer's policy in no file": (
        Situation(
            {
                "AppRole": role(
                    allow("dynamodb:Query", TABLE), ManagedPolicyArns=[f"arn:aws:iam::{ACCOUNT}:policy/elsewhere"]
                ),
                "Patients": PATIENTS,
            }
        ),
        "NOT_PROVEN",
    ),
    "a boundary in no file": (
        Situation(
            {
                "AppRole": role(
                    allow("dynamodb:Query", TABLE), PermissionsBoundary=f"arn:aws:iam::{ACCOUNT}:policy/elsewhere"
                ),
                "Patients": PATIENTS,
            }
        ),
        "NOT_PROVEN",
    ),
    "an action that is a parameter": (
        dynamo(
            allow({"Ref": "What"}, TABLE),
            template={"Parameters": {"What": {"Type": "String"}}},
        ),
        "NOT_PROVEN",
    ),
    "an action that is a choice": (
        dynamo(
            allow({"Fn::If": ["Wide", "dynamodb:*", "dynamodb:DescribeTable"]}, TABLE),
            template={
                "Parameters": {"Env": {"Type": "String", "AllowedValues": ["dev", "prod"]}},
                "Conditions": {"Wide": {"Fn::Equals": [{"Ref": "Env"}, "dev"]}},
            },
        ),
        "LEAK",
    ),
    "a resource that is a parameter, bound all the same": (
        dynamo(
            allow(ITEMS, {"Ref": "Which"}, leading(OWN)),
            template={"Parameters": {"Which": {"Type": "String"}}},
        ),
        "ISOLATED",
    ),
    "a table whose name is made at deployment, named by a literal": (
        dynamo(
            allow(ITEMS, TABLE.replace("Patients", "Other")),
            table={**PATIENTS, "Properties": {"KeySchema": PATIENTS["Properties"]["KeySchema"]}},
        ),
        "NOTHING",
    ),
    "a table whose name is made at deployment, named by its stack": (
        dynamo(
            allow(ITEMS, TABLE.replace("Patients", "prod-*")),
            table={**PATIENTS, "Properties": {"KeySchema": PATIENTS["Properties"]["KeySchema"]}},
        ),
        "NOT_PROVEN",
    ),
}

OF_SESSIONS = {
    "an untagged session has no value for the variable": (
        dynamo(allow(ITEMS, TABLE, leading(OWN)), sessions=[{**SESSION, "present": "maybe"}]),
        "ISOLATED",
    ),
    "an untagged session under a negated operator": (
        s3(
            allow("s3:GetObject", f"{BUCKET}/*", {"StringNotEquals": {"aws:PrincipalTag/TenantId": "acme"}}),
            sessions=[{**SESSION, "present": "maybe"}],
        ),
        "LEAK",
    ),
    "constants of a session count": (
        dynamo(
            allow(ITEMS, TABLE, {"StringEquals": {"aws:PrincipalOrgID": "o-other"}}),
            sessions=[{**SESSION, "constants": {"aws:PrincipalOrgID": "o-mine"}}],
        ),
        "NOTHING",
    ),
    "a Cognito identity is a tenant": (
        s3(
            allow("s3:GetObject", f"{BUCKET}/${{cognito-identity.amazonaws.com:sub}}/*"),
            sessions=[
                {
                    "name": "web",
                    "roles": ["AppRole"],
                    "tenant_key": "cognito-identity.amazonaws.com:sub",
                    "present": "always",
                }
            ],
        ),
        "ISOLATED",
    ),
    "two tenant keys are one tenant": (
        s3(
            allow("s3:GetObject", f"{BUCKET}/${{aws:PrincipalTag/Tenant}}/*"),
            sessions=[{**SESSION, "tenant_key": ["aws:PrincipalTag/TenantId", "aws:PrincipalTag/Tenant"]}],
        ),
        "ISOLATED",
    ),
    "the mixed spelling of a tag is the same tag": (
        s3(allow("s3:GetObject", f"{BUCKET}/${{aws:principaltag/tenantid}}/*")),
        "ISOLATED",
    ),
}

OF_TRUST = {
    "another role may pass any tag": (
        Situation(
            {
                "AppRole": role(
                    AssumeRolePolicyDocument=trust({"AWS": BROKER}, {"AWS": f"arn:aws:iam::{ACCOUNT}:role/x"})
                )
            }
        ),
        "LEAK",
    ),
    "another role may take it without passing tags": (
        Situation(
            {
                "AppRole": role(
                    allow(ITEMS, TABLE, leading(OWN)),
                    AssumeRolePolicyDocument=document(
                        *trust({"AWS": BROKER})["Statement"],
                        *trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/x"}, actions="sts:AssumeRole")["Statement"],
                    ),
                ),
                "Patients": PATIENTS,
            }
        ),
        "ISOLATED",
    ),
    "another role is bound to its own tag": (
        Situation(
            {
                "AppRole": role(
                    AssumeRolePolicyDocument=document(
                        *trust({"AWS": BROKER})["Statement"],
                        *trust(
                            {"AWS": f"arn:aws:iam::{ACCOUNT}:role/x"},
                            condition={"StringEquals": {"aws:RequestTag/TenantId": TAG}},
                        )["Statement"],
                    )
                ),
            }
        ),
        "NOTHING",
    ),
    "the whole account may pass any tag": (
        Situation({"AppRole": role(AssumeRolePolicyDocument=trust({"AWS": BROKER}, ROOT))}),
        "LEAK",
    ),
    "anybody may pass any tag": (
        Situation({"AppRole": role(AssumeRolePolicyDocument=trust("*"))}),
        "LEAK",
    ),
}

OF_COMPUTE = {
    "a function that reaches nothing": (
        Situation(
            {"AppRole": role(allow("logs:*", "*"), AssumeRolePolicyDocument=LAMBDA), "Patients": PATIENTS}, sessions=[]
        ),
        "ISOLATED",
    ),
    "a function whose own tag is its tenant": (
        Situation(
            {
                "AppRole": role(allow(ITEMS, TABLE, leading(OWN)), AssumeRolePolicyDocument=LAMBDA),
                "Patients": PATIENTS,
            },
            sessions=[],
        ),
        "ISOLATED",
    ),
    "a function that is trusted": (
        Situation(
            {"AppRole": role(allow(ITEMS, TABLE), AssumeRolePolicyDocument=LAMBDA), "Patients": PATIENTS},
            sessions=[],
            tenancy={
                "trusted": [
                    {
                        "role": "AppRole",
                        "because": "exports for the auditor, reviewed every quarter",
                        "owner": "a@b.example",
                        "approved_by": "c@b.example",
                        "until": "2027-03-31",
                    }
                ]
            },
        ),
        "NOT_APPLICABLE",
    ),
    "a data role that the whole account may take": (
        Situation(
            {"AppRole": role(allow(ITEMS, TABLE), AssumeRolePolicyDocument=trust(ROOT)), "Patients": PATIENTS},
            sessions=[],
        ),
        "LEAK",
    ),
    "a silo role of one tenant": (
        Situation(
            {
                "AppRole": role(
                    allow("s3:GetObject", f"{BUCKET}/acme/*"),
                    AssumeRolePolicyDocument=LAMBDA,
                    Tags=[{"Key": "TenantId", "Value": "acme"}],
                ),
                "Data": DATA,
            },
            [OBJECT_ENTRY],
            sessions=[],
        ),
        "ISOLATED",
    ),
    "a silo role whose prefix goes on": (
        Situation(
            {
                "AppRole": role(
                    allow("s3:GetObject", f"{BUCKET}/acme*"),
                    AssumeRolePolicyDocument=LAMBDA,
                    Tags=[{"Key": "TenantId", "Value": "acme"}],
                ),
                "Data": DATA,
            },
            [OBJECT_ENTRY],
            sessions=[],
        ),
        "LEAK",
    ),
}

OF_ESCALATION = {
    "rewriting its own policies": (
        dynamo(allow(ITEMS, TABLE, leading(OWN)), allow("iam:PutRolePolicy", "*")),
        "LEAK",
    ),
    "taking a role that reaches everything": (
        Situation(
            {
                "AppRole": role(allow("sts:AssumeRole", "*")),
                "Wide": role(
                    allow(ITEMS, TABLE), AssumeRolePolicyDocument=trust({"AWS": {"Fn::GetAtt": ["AppRole", "Arn"]}})
                ),
                "Patients": PATIENTS,
            }
        ),
        "LEAK",
    ),
    "passing such a role to a function": (
        Situation(
            {
                "AppRole": role(allow(["iam:PassRole", "lambda:CreateFunction"], "*")),
                "Wide": role(allow(ITEMS, TABLE), AssumeRolePolicyDocument=LAMBDA),
                "Patients": PATIENTS,
            }
        ),
        "LEAK",
    ),
    "passing a role without starting anything": (
        Situation(
            {
                "AppRole": role(allow("iam:PassRole", "*")),
                "Wide": role(allow(ITEMS, TABLE), AssumeRolePolicyDocument=LAMBDA),
                "Patients": PATIENTS,
            }
        ),
        "NOTHING",
    ),
}

ALL = {
    **OF_ITEMS,
    **OF_OBJECTS,
    **OF_CHAINS,
    **OF_EMPTY,
    **OF_NAMES,
    **OF_ACCESS_POINTS,
    **OF_KEYS,
    **OF_RESOURCES,
    **OF_POLICIES,
    **OF_SESSIONS,
    **OF_TRUST,
    **OF_COMPUTE,
    **OF_ESCALATION,
}


@pytest.mark.parametrize("name", list(ALL))
def test_the_proof_ends_as_it_must(name: str, tmp_path: Path) -> None:
    situation, expected = ALL[name]
    findings = situation.proofs(tmp_path)
    told = [(each["rule"], each["proof"]["verdict"], each.get("message")) for each in findings if each.get("proof")]
    assert ending(findings) == expected, told
    for finding in findings:
        if finding["proof"]["verdict"] == "LEAK" and finding.get("counterexample"):
            assert finding["counterexample"]["replayed"] is True


def session_policy(*statements: dict, name: str = "policies/tenant.json") -> dict[str, str]:
    import json

    return {name: json.dumps(document(*statements))}


BROKERED = {
    "name": "vended",
    "roles": ["AppRole"],
    "session_policy": "policies/tenant.json",
    "binders": ["*token-vending"],
}
OF_SESSION_POLICIES = {
    "the policy of the session limits the role": (
        dynamo(
            allow(ITEMS, TABLE),
            sessions=[BROKERED],
            files=session_policy(allow("dynamodb:*", TABLE, leading(["TENANT#${tenant}"]))),
        ),
        "ISOLATED",
    ),
    "the same policy under a role with Scan": (
        dynamo(
            allow([*ITEMS, "dynamodb:Scan"], TABLE),
            sessions=[BROKERED],
            files=session_policy(allow("dynamodb:*", TABLE, leading(["TENANT#${tenant}"]))),
        ),
        "LEAK",
    ),
    "holes as other languages write them": (
        s3(
            allow("s3:GetObject", f"{BUCKET}/*"),
            sessions=[BROKERED],
            files=session_policy(
                allow("s3:GetObject", [f"{BUCKET}/{{{{tenant}}}}/*", f"{BUCKET}/{{0}}/*", f"{BUCKET}/{{tenant}}/*"])
            ),
        ),
        "ISOLATED",
    ),
    "a hole without its delimiter": (
        s3(
            allow("s3:GetObject", f"{BUCKET}/*"),
            sessions=[BROKERED],
            files=session_policy(allow("s3:GetObject", f"{BUCKET}/{{{{tenant}}}}*")),
        ),
        "LEAK",
    ),
    # What is passed is made of another text then: a file for one tenant, or one that the broker narrows.
    "no hole for the tenant, and one tenant's data": (
        s3(
            allow("s3:GetObject", f"{BUCKET}/*"),
            sessions=[BROKERED],
            files=session_policy(allow("s3:GetObject", f"{BUCKET}/acme/*")),
        ),
        "NOT_PROVEN",
    ),
    "no hole for the tenant, and everybody's data": (
        dynamo(
            allow([*ITEMS, "dynamodb:Scan"], TABLE),
            sessions=[BROKERED],
            files=session_policy(allow("dynamodb:*", TABLE)),
        ),
        "NOT_PROVEN",
    ),
    "the tenant's hole in one statement, and none in another": (
        s3(
            allow("s3:GetObject", f"{BUCKET}/*"),
            sessions=[BROKERED],
            files=session_policy(
                allow("s3:GetObject", f"{BUCKET}/{{{{tenant}}}}/*"), allow("s3:GetObject", f"{BUCKET}/shared*")
            ),
        ),
        "LEAK",
    ),
    "the hole is filled in the old version too": (
        Situation(
            {"AppRole": role(allow("s3:GetObject", f"{BUCKET}/*")), "Data": DATA},
            [OBJECT_ENTRY],
            [BROKERED],
            files={
                "policies/tenant.json": '{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": '
                '"arn:aws:s3:::clinic-data/${tenant}*"}]}'
            },
        ),
        "LEAK",
    ),
}


@pytest.mark.parametrize("name", list(OF_SESSION_POLICIES))
def test_a_declared_session_policy_is_intersected_with_its_role(name: str, tmp_path: Path) -> None:
    situation, expected = OF_SESSION_POLICIES[name]
    findings = situation.proofs(tmp_path)
    assert verdict(findings) == expected, [(each["rule"], each.get("message")) for each in findings]


def appsync(template: str, **more: object) -> Situation:
    written = more or {"RequestMappingTemplate": template}
    return Situation(
        {
            "AppRole": role(
                allow(ITEMS, TABLE),
                AssumeRolePolicyDocument=trust({"Service": "appsync.amazonaws.com"}, actions="sts:AssumeRole"),
            ),
            "Patients": PATIENTS,
            "Source": {
                "Type": "AWS::AppSync::DataSource",
                "Properties": {
                    "ApiId": "x",
                    "Name": "patients",
                    "Type": "AMAZON_DYNAMODB",
                    "ServiceRoleArn": {"Fn::GetAtt": ["AppRole", "Arn"]},
                },
            },
            "Resolver": {
                "Type": "AWS::AppSync::Resolver",
                "Properties": {
                    "ApiId": "x",
                    "TypeName": "Query",
                    "FieldName": "patients",
                    "DataSourceName": {"Fn::GetAtt": ["Source", "Name"]},
                    **written,
                },
            },
        },
        sessions=[],
    )


def gateway(resources: dict[str, object]) -> Situation:
    policy = allow(ITEMS, TABLE)
    trusted = trust({"Service": "apigateway.amazonaws.com"}, actions="sts:AssumeRole")
    return Situation(
        {"AppRole": role(policy, AssumeRolePolicyDocument=trusted), "Patients": PATIENTS, **resources}, sessions=[]
    )


@pytest.mark.parametrize(
    ("template", "reach", "says"),
    [
        ('{"key": $ctx.args.tenant}', "own-session", "takes the key from what the caller sends"),
        ('{"key": $ctx.identity.claims.get("custom:tenantId")}', "application-only", "from verified claims"),
        # Who made the record is verified, whose it is comes from the caller.
        (
            '{"key": $ctx.args.tenantId, "by": $ctx.identity.claims.sub}',
            "own-session",
            "takes the key from what the caller sends",
        ),
        (
            '## $ctx.identity.claims.tenant\n{"key": $ctx.args.tenant}',
            "own-session",
            "takes the key from what the caller sends",
        ),
        (
            '{"tenant": $ctx.identity.claims.get("custom:tenantId"), "id": $ctx.args.id}',
            "application-only",
            "from verified claims",
        ),
    ],
)
def test_a_visible_mapping_says_who_chooses_the_tenant(template: str, reach: str, says: str, tmp_path: Path) -> None:
    findings = appsync(template).proofs(tmp_path)
    leak = next(each for each in findings if each["proof"]["verdict"] == "LEAK")
    assert leak["proof"]["reach"] == reach
    assert says in leak["message"]


def reach_and_words(situation: Situation, folder: Path) -> tuple[str, str]:
    leak = next(each for each in situation.proofs(folder) if each["proof"]["verdict"] == "LEAK")
    return leak["proof"]["reach"], leak["message"]


@pytest.mark.parametrize(
    ("code", "reach", "claimed"),
    [
        ("ddb.get({key: {tenantId: ctx.args.tenantId}})", "own-session", False),
        ("ddb.get({key: {tenantId: ctx.identity.claims.tenantId, id: ctx.args.id}})", "application-only", True),
        # Whose tenant a user's name is, nobody can say.
        ("ddb.get({key: {id: ctx.args.id, by: ctx.identity.username}})", "application-only", False),
    ],
)
def test_a_resolver_in_javascript_says_who_chooses_the_tenant(
    code: str, reach: str, claimed: bool, tmp_path: Path
) -> None:
    found = reach_and_words(appsync("", Code=f"export function request(ctx) {{ return {code} }}"), tmp_path)
    assert found[0] == reach
    assert ("from verified claims" in found[1]) == claimed


ROLE_ARN = {"Fn::GetAtt": ["AppRole", "Arn"]}
FROM_AUTHORIZER, FROM_PATH = "$context.authorizer.tenantId", "$input.params('tenant')"


def method(template: str) -> dict[str, object]:
    integration = {"Type": "AWS", "Credentials": ROLE_ARN, "RequestTemplates": {"application/json": template}}
    return {"Ask": {"Type": "AWS::ApiGateway::Method", "Properties": {"HttpMethod": "GET", "Integration": integration}}}


def document(template: str) -> dict[str, object]:
    integration = {"type": "aws", "credentials": ROLE_ARN, "requestTemplates": {"application/json": template}}
    body = {"openapi": "3.0.1", "paths": {"/visits": {"get": {"x-amazon-apigateway-integration": integration}}}}
    return {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": body}}}


def queue(value: str) -> dict[str, object]:
    given = {"ApiId": "a", "IntegrationType": "AWS_PROXY", "CredentialsArn": ROLE_ARN}
    given["RequestParameters"] = {"MessageGroupId": value}
    return {"Send": {"Type": "AWS::ApiGatewayV2::Integration", "Properties": given}}


@pytest.mark.parametrize(
    ("resources", "reach", "claimed"),
    [
        (method(f'{{"pk": "{FROM_PATH}"}}'), "own-session", False),
        (method(f'{{"pk": "{FROM_AUTHORIZER}"}}'), "application-only", True),
        (document(f'{{"pk": "{FROM_PATH}"}}'), "own-session", False),
        (document(f'{{"pk": "{FROM_AUTHORIZER}"}}'), "application-only", True),
        (queue("$request.header.x-tenant-id"), "own-session", False),
        (queue(FROM_AUTHORIZER), "application-only", True),
    ],
)
def test_an_integration_that_runs_under_a_role_says_who_chooses_the_tenant(
    resources: dict[str, object], reach: str, claimed: bool, tmp_path: Path
) -> None:
    found = reach_and_words(gateway(resources), tmp_path)
    assert found[0] == reach
    assert ("from verified claims" in found[1]) == claimed


def test_what_rests_on_the_account_that_a_stack_goes_to_is_not_proved(tmp_path: Path) -> None:
    unnamed = {**PATIENTS, "Properties": {"KeySchema": PATIENTS["Properties"]["KeySchema"], "TableName": "Patients"}}
    elsewhere = TABLE.replace(ACCOUNT, "999988887777")
    situation = dynamo(allow(ITEMS, elsewhere), table=unnamed)
    situation.tenancy = {"account": None, "region": "us-east-1"}
    findings = situation.proofs(tmp_path)
    assert verdict(findings) == "NOT_PROVEN"
    assert any("if the stack is deployed to account 999988887777" in each.get("message", "") for each in findings)
