"""The requests by which what a store keeps is read, by type, as AWS's "Service Authorization Reference" names them.

What only describes a store, such as `dynamodb:DescribeTable`, is not among them, nor what makes a copy of it.
"""

from __future__ import annotations

from scanner.base.record import record


@record
class Reads:
    """`actions` on the store's ARN with one of `endings`; where `resource` is given, on that instead, with `*` for
    what only AWS knows. `beside` says by what else it is read, which no policy of IAM decides."""

    actions: tuple[str, ...]
    endings: tuple[str, ...] = ("",)
    resource: str | None = None
    beside: str | None = None


_PASSWORD = "whoever has a password of the database; no policy of IAM decides that"  # noqa: S105  # a sentence
_NETWORK = "whatever reaches it in its network; no policy of IAM decides that"
_TABLE = (
    Reads(("dynamodb:GetItem", "dynamodb:BatchGetItem")),
    Reads(("dynamodb:Query", "dynamodb:Scan", "dynamodb:PartiQLSelect")),
    Reads(("dynamodb:Query", "dynamodb:Scan", "dynamodb:PartiQLSelect"), ("/index/*",)),
    Reads(("dynamodb:GetRecords",), ("/stream/*",)),
)
_CLUSTER_DATA = ("rds-data:ExecuteStatement", "rds-data:BatchExecuteStatement")

READS: dict[str, tuple[Reads, ...]] = {
    "AWS::Cassandra::Table": (Reads(("cassandra:Select",)),),
    "AWS::DSQL::Cluster": (Reads(("dsql:DbConnect", "dsql:DbConnectAdmin")),),
    "AWS::DocDB::DBCluster": (Reads(("rds-db:connect",), resource="arn:*:rds-db:*:*:dbuser:*", beside=_PASSWORD),),
    "AWS::DynamoDB::GlobalTable": _TABLE,
    "AWS::DynamoDB::Table": _TABLE,
    "AWS::EFS::FileSystem": (Reads(("elasticfilesystem:ClientMount",), beside=_NETWORK),),
    "AWS::ElastiCache::ReplicationGroup": (Reads(("elasticache:Connect",), beside=_NETWORK),),
    "AWS::ElastiCache::ServerlessCache": (Reads(("elasticache:Connect",), beside=_NETWORK),),
    "AWS::FSx::FileSystem": (Reads((), beside=_NETWORK),),
    "AWS::HealthImaging::Datastore": (
        Reads(
            ("medical-imaging:GetImageFrame", "medical-imaging:GetImageSetMetadata", "medical-imaging:SearchImageSets"),
            ("", "/*"),
        ),
    ),
    "AWS::HealthLake::FHIRDatastore": (
        Reads(
            (
                "healthlake:ReadResource",
                "healthlake:SearchWithGet",
                "healthlake:SearchWithPost",
                "healthlake:SearchEverything",
                "healthlake:VersionReadResource",
            )
        ),
    ),
    "AWS::Kinesis::Stream": (Reads(("kinesis:GetRecords", "kinesis:SubscribeToShard"), ("", "/*")),),
    "AWS::Logs::LogGroup": (
        Reads(("logs:GetLogEvents", "logs:FilterLogEvents", "logs:StartQuery", "logs:StartLiveTail"), ("", ":*")),
    ),
    "AWS::MemoryDB::Cluster": (Reads(("memorydb:Connect",), beside=_NETWORK),),
    "AWS::Neptune::DBCluster": (
        Reads(
            ("neptune-db:ReadDataViaQuery", "neptune-db:connect"),
            resource="arn:*:neptune-db:*:*:*/*",
            beside=_NETWORK,
        ),
    ),
    "AWS::OpenSearchServerless::Collection": (Reads(("aoss:APIAccessAll",)),),
    "AWS::OpenSearchService::Domain": (Reads(("es:ESHttpGet", "es:ESHttpPost"), ("", "/*")),),
    "AWS::RDS::DBCluster": (
        Reads(_CLUSTER_DATA),
        Reads(("rds-db:connect",), resource="arn:*:rds-db:*:*:dbuser:*", beside=_PASSWORD),
    ),
    "AWS::RDS::DBInstance": (Reads(("rds-db:connect",), resource="arn:*:rds-db:*:*:dbuser:*", beside=_PASSWORD),),
    "AWS::Redshift::Cluster": (
        Reads(("redshift-data:ExecuteStatement", "redshift-data:BatchExecuteStatement")),
        Reads(
            ("redshift:GetClusterCredentials", "redshift:GetClusterCredentialsWithIAM"),
            resource="arn:*:redshift:*:*:db*",
            beside=_PASSWORD,
        ),
    ),
    "AWS::RedshiftServerless::Namespace": (
        Reads(
            ("redshift-serverless:GetCredentials", "redshift-data:ExecuteStatement"),
            resource="arn:*:redshift-serverless:*:*:workgroup/*",
            beside=_PASSWORD,
        ),
    ),
    "AWS::S3::Bucket": (Reads(("s3:GetObject", "s3:GetObjectVersion"), ("/*",)),),
    "AWS::S3Express::DirectoryBucket": (Reads(("s3express:CreateSession",)),),
    "AWS::S3Tables::TableBucket": (Reads(("s3tables:GetTableData",), ("/*",)),),
    "AWS::S3Vectors::VectorBucket": (Reads(("s3vectors:GetVectors", "s3vectors:QueryVectors"), ("/*",)),),
    "AWS::SQS::Queue": (Reads(("sqs:ReceiveMessage",)),),
    "AWS::SecretsManager::Secret": (Reads(("secretsmanager:GetSecretValue",)),),
    "AWS::Timestream::Table": (Reads(("timestream:Select",)),),
}


__all__ = ["READS", "Reads"]
