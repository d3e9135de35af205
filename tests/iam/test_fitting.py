"""An action gives nobody anything on an ARN of a kind that it does not work on, and what is not known counts."""

from __future__ import annotations

import pytest

from scanner.iam.fitting import fitting
from scanner.iam.policy_document import parse_document
from scanner.iam.policy_questions import denies_outside_network
from scanner.model.partial_text import text_of
from scanner.model.unknown import reference
from tests.language.judged import judged_template

HERE = "us-east-1:111122223333"
BUCKET = reference("t#Scans", "Arn", "later")
TYPES = {"t#Scans": "AWS::S3::Bucket", "t#Orders": "AWS::SQS::Queue"}


def kept(action: object, resource: object, *only: str) -> bool:
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
    document = parse_document({"Version": "2012-10-17", "Statement": [statement]})
    return bool(fitting(document, lambda each: TYPES.get(each.resource), only or ("*",)).statements)


@pytest.mark.parametrize(
    ("action", "arn", "works"),
    [
        ("s3:GetObject", "arn:aws:s3:::${tenant}", False),
        ("s3:GetObject", "arn:aws:s3:::clinic", False),
        ("s3:GetObject", "arn:aws:s3:::clinic*", True),
        ("s3:GetObject", "arn:aws:s3:::clinic/*", True),
        ("s3:ListBucket", "arn:aws:s3:::clinic/*", False),
        ("s3:ListBucket", "arn:aws:s3:::clinic", True),
        ("s3:*", "arn:aws:s3:::clinic", True),
        ("s3:*", "arn:aws:s3:::clinic/*", True),
        ("s3:Get*", "arn:aws:s3:::clinic", True),
        ("s3:*Object", "arn:aws:s3:::clinic", False),
        ("s3:GetObject", "arn:aws:s3:HERE:accesspoint/a/object/*", True),
        ("s3:GetObject", "arn:aws:s3:HERE:accesspoint/a", False),
        ("s3:ListBucket", "arn:aws:s3:HERE:accesspoint/a", True),
        ("sqs:SendMessage", "arn:aws:sqs:HERE:q", True),
        ("sqs:SendMessage", "arn:aws:sns:HERE:q", False),
        ("sns:Publish", "arn:aws:sns:HERE:t", True),
        ("sns:Publish", "arn:aws:sns:HERE:t:*", True),
        ("SNS:Publish", "arn:aws:sqs:HERE:t", False),
        ("kms:Decrypt", "arn:aws:kms:HERE:key/abc", True),
        ("kms:Decrypt", "arn:aws:kms:HERE:alias/abc", False),
        ("kms:CreateAlias", "arn:aws:kms:HERE:key/abc", True),
        ("dynamodb:GetItem", "arn:aws:dynamodb:HERE:table/t", True),
        ("dynamodb:GetItem", "arn:aws:dynamodb:HERE:table/t/index/*", False),
        ("dynamodb:Query", "arn:aws:dynamodb:HERE:table/t/index/*", True),
        ("dynamodb:GetRecords", "arn:aws:dynamodb:HERE:table/t", False),
        ("dynamodb:GetRecords", "arn:aws:dynamodb:HERE:table/t/stream/*", True),
        ("dynamodb:GetRecords", "arn:aws:dynamodb:HERE:table/t/*", True),
        ("dynamodb:GetItem", "arn:aws:dynamodb:HERE:table/*", True),
        ("dynamodb:*", "arn:aws:dynamodb:HERE:table/t", True),
        ("logs:PutLogEvents", "arn:aws:logs:HERE:log-group:/aws/x:*", True),
        ("logs:PutLogEvents", "arn:aws:logs:HERE:log-group:/aws/x", True),
        ("logs:FilterLogEvents", "arn:aws:logs:HERE:log-group:/aws/x:*", True),
        ("logs:FilterLogEvents", "arn:aws:logs:HERE:log-group:/aws/x", True),
        ("logs:PutSubscriptionFilter", "arn:aws:logs:HERE:destination:d", True),
        ("logs:CreateLogStream", "arn:aws:logs:HERE:log-group:/aws/x:*", True),
        ("logs:CreateLogStream", "arn:aws:logs:HERE:log-group:/aws/x", True),
        ("lambda:InvokeFunction", "arn:aws:lambda:HERE:function:f", True),
        ("lambda:InvokeFunction", "arn:aws:lambda:HERE:function:f:prod", True),
        ("lambda:InvokeFunction", "arn:aws:lambda:HERE:function:f:*", True),
        ("lambda:InvokeFunction", "arn:aws:lambda:HERE:layer:f:3", False),
        ("lambda:GetLayerVersion", "arn:aws:lambda:HERE:layer:f:3", True),
        ("ecr:BatchGetImage", "arn:aws:ecr:HERE:repository/a/b", True),
        ("ecr:GetAuthorizationToken", "arn:aws:ecr:HERE:repository/a/b", True),
        ("events:PutEvents", "arn:aws:events:HERE:event-bus/x", True),
        ("events:PutEvents", "arn:aws:events:HERE:rule/x", False),
        ("events:PutRule", "arn:aws:events:HERE:rule/x/*", True),
        ("events:PutEvents", "arn:aws:events:*:111122223333:*", True),
        ("es:ESHttpGet", "arn:aws:es:HERE:domain/d/*", True),
        ("es:ESHttpGet", "arn:aws:es:HERE:domain/d", True),
        ("es:*", "arn:aws:es:HERE:domain/d/*", True),
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:HERE:secret:x-??????", True),
        ("kinesis:GetRecords", "arn:aws:kinesis:HERE:stream/s", True),
        ("kinesis:SubscribeToShard", "arn:aws:kinesis:HERE:stream/s/consumer/c:1", True),
        ("kinesis:SubscribeToShard", "arn:aws:kinesis:HERE:stream/s", False),
        ("elasticfilesystem:ClientMount", "arn:aws:elasticfilesystem:HERE:file-system/fs-1", True),
        ("elasticfilesystem:ClientMount", "arn:aws:elasticfilesystem:HERE:access-point/fs-1", False),
        ("backup:CopyIntoBackupVault", "arn:aws:backup:HERE:backup-vault:v", True),
        ("states:StartExecution", "arn:aws:states:HERE:stateMachine:m:alias", True),
        ("execute-api:Invoke", "arn:aws:execute-api:HERE:abc/prod/GET/x", True),
        ("execute-api:Invoke", "execute-api:/*", True),
        ("s3:NewThing", "arn:aws:s3:::b", True),
        ("s3tables:GetTableData", "arn:aws:s3tables:HERE:bucket/b/table/*", True),
        ("s3tables:GetTableData", "arn:aws:s3tables:HERE:bucket/b", False),
        ("s3vectors:QueryVectors", "arn:aws:s3vectors:HERE:bucket/b/index/i", True),
        ("codeartifact:ReadFromRepository", "arn:aws:codeartifact:HERE:repository/d/r", True),
        ("sts:AssumeRole", "arn:aws:iam::111122223333:role/x", True),
        ("*", "arn:aws:s3:::b", True),
        ("glue:GetTable", "arn:aws:glue:HERE:table/d/t", True),
        ("glue:GetTable", "arn:aws:glue:HERE:catalog", True),
        ("s3-object-lambda:GetObject", "arn:aws:s3-object-lambda:HERE:accesspoint/x", True),
        ("s3express:CreateSession", "arn:aws:s3express:HERE:bucket/b--x-s3", True),
        ("s3:GetObjectVersion", "arn:aws:s3:::b", False),
        ("s3:PutObject", "arn:aws:s3:::b", False),
        ("s3:PutBucketPolicy", "arn:aws:s3:::b/*", False),
        ("oam:CreateLink", "arn:aws:oam:HERE:sink/x", True),
        ("kafka:CreateVpcConnection", "arn:aws:kafka:HERE:cluster/c/u", True),
        ("kafka-cluster:Connect", "arn:aws:kafka:HERE:cluster/c/u", True),
        ("xray:PutTraceSegments", "arn:aws:xray:HERE:x", True),
        ("osis:Ingest", "arn:aws:osis:HERE:pipeline/p", True),
        ("redshift:AuthorizeInboundIntegration", "arn:aws:redshift-serverless:HERE:namespace/p", True),
        ("redshift:AuthorizeInboundIntegration", "arn:aws:redshift:HERE:namespace:p", True),
        ("schemas:DescribeSchema", "arn:aws:schemas:HERE:schema/r/*", True),
        ("vpc-lattice-svcs:Invoke", "arn:aws:vpc-lattice:HERE:service/svc-1/*", True),
        ("mediastore:GetObject", "arn:aws:mediastore:HERE:container/c/*", True),
        ("aps:RemoteWrite", "arn:aws:aps:HERE:workspace/c", True),
        ("ssm:GetParameter", "arn:aws:ssm:HERE:parameter/c", True),
        ("cloudtrail-data:PutAuditEvents", "arn:aws:cloudtrail:HERE:channel/c", True),
        ("cloudtrail:StartQuery", "arn:aws:cloudtrail:HERE:eventdatastore/c", True),
        ("sagemaker:DescribeModelPackage", "arn:aws:sagemaker:HERE:model-package/g/*", True),
        ("sagemaker:DescribeModelPackageGroup", "arn:aws:sagemaker:HERE:model-package-group/g", True),
        ("dsql:DbConnect", "arn:aws:dsql:HERE:cluster/g", True),
        ("comprehend:ImportModel", "arn:aws:comprehend:HERE:document-classifier/g/version/2", True),
        ("bedrock:Retrieve", "arn:aws:bedrock:HERE:knowledge-base/x", True),
        ("omics:GetReadSet", "arn:aws:omics:HERE:sequenceStore/1/readSet/*", True),
        ("s3:GetObject", "arn:aws:s3:HERE:accesspoint/x-y/object/111122223333/sequenceStore/1/*", True),
        ("s3:GetObject", "arn:aws:s3::111122223333:accesspoint/m.mrap/object/*", True),
        ("s3-outposts:GetObject", "arn:aws:s3-outposts:HERE:outpost/op-1/bucket/b/object/*", True),
        ("lex:StartConversation", "arn:aws:lex:HERE:bot-alias/B/A", True),
    ],
)
def test_an_action_works_on_some_kinds_of_resources(action: str, arn: str, works: bool) -> None:
    assert kept(action, arn.replace("HERE", HERE).replace("${tenant}", "own")) is works


@pytest.mark.parametrize(
    ("action", "resource", "works"),
    [
        ("s3:GetObject", BUCKET, False),
        ("s3:GetObject", text_of([BUCKET, "/*"]), True),
        ("s3:GetObject", text_of([BUCKET, "*"]), True),
        ("s3:ListBucket", BUCKET, True),
        ("s3:ListBucket", text_of([BUCKET, "/scans/*"]), False),
        ("s3:GetObject", text_of(["arn:aws:s3:::", reference("t#Scans", "Ref", "later")]), False),
        ("sqs:SendMessage", reference("t#Orders", "Arn", "later"), True),
        ("sns:Publish", reference("t#Orders", "Arn", "later"), False),
        ("s3:GetObject", reference("t#Elsewhere", "Arn", "later"), True),
        ("s3:GetObject", reference("t#Scans", "Ref", "later"), True),
    ],
)
def test_references_are_of_their_resources_kinds(action: str, resource: object, works: bool) -> None:
    assert kept(action, resource) is works


def test_only_what_is_asked_about_counts() -> None:
    arn = "arn:aws:s3:::clinic"
    assert kept("s3:*", arn, "s3:Get*") and not kept("s3:*", arn, "s3:GetObject*")
    assert not kept(["s3:ListBucket", "s3:PutObject"], arn, "s3:Put*")


def test_a_statement_is_split_where_its_parts_differ() -> None:
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:ListBucket", "s3:GetObject"],
        "Resource": ["arn:aws:s3:::a", "arn:aws:s3:::a/*"],
    }
    document = fitting(parse_document({"Statement": [statement]}), lambda _: None)
    pairs = [(each.action.terms.items, each.resource and each.resource.terms.items) for each in document.statements]
    assert pairs == [(("s3:ListBucket",), ("arn:aws:s3:::a",)), (("s3:GetObject",), ("arn:aws:s3:::a/*",))]


@pytest.mark.parametrize("objects", ["arn:aws:s3:::a/*", "arn:aws:s3:::a/scans/*"])
def test_several_statements_may_refuse_together(objects: str) -> None:
    away = {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
    deny = {"Effect": "Deny", "Principal": "*", "Condition": away}
    statements = [
        {**deny, "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::a"},
        {**deny, "Action": ["s3:GetObject", "s3:PutObject"], "Resource": objects},
    ]
    assert denies_outside_network({"Statement": statements}) is (objects == "arn:aws:s3:::a/*")


@pytest.mark.parametrize(
    ("action", "resource", "verdict"),
    [
        ("s3:GetObject", "!GetAtt Scans.Arn", "PASS"),
        ("s3:GetObject", '!Sub "${Scans.Arn}/*"', "FAIL"),
        ("s3:Get*", "!GetAtt Scans.Arn", "FAIL"),
        ("s3:ListBucket", '!Sub "${Scans.Arn}/*"', "PASS"),
    ],
)
def test_a_bucket_is_public_by_what_works_on_it(action: str, resource: str, verdict: str) -> None:
    template = f"""
Resources:
  Scans: {{Type: AWS::S3::Bucket}}
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Scans
      PolicyDocument:
        Statement: [{{Effect: Allow, Principal: "*", Action: "{action}", Resource: {resource}}}]
"""
    assert judged_template("s3-no-public-read", template) == {"Scans": verdict}
