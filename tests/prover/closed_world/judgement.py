"""Which actions surely reach what is in a resource, from what they are called and their access level.

This is a second reading, made without the prover's rows: an action is *surely* a request for the data, or it is *open*,
and then the prover may say either. The names are those of the "Service Authorization Reference"; where a name deceives,
the exception says what AWS's description is.
"""

from __future__ import annotations

import re

from tests.prover.closed_world.reference import Action

_DATA_VERBS = re.compile(
    r"(Get|BatchGet|Batch|Query|Scan|Select|Search|Receive|Download|Read|Retrieve|Execute|Invoke|Export|Subscribe|"
    r"Decrypt|View|Peek|Consume|Chat|Connect|Run|Http|ES|Access|Filter|Start|Detect)"
)
# What a read gives that is about the resource and not in it.
_ABOUT = re.compile(
    r"Polic(y|ies)|Config|Attribute|Status|Url$|URL|Tag|Acl|ACL|Setting|Metadata|Summar|Count|Quota|Location|Versioning|"
    r"Logging|Encryption|Limit|Permission|Version|Statistic|Metric|Progress|State$|Health|Schedule|Preference|Domain$|"
    r"Types?$|Token|Iterator|Cost|Estimat|Recommend|Insight|Info|Detail|Definition|Template|Schema|Topology|Usage|Rule|"
    r"CORS|Website|Ownership|Block$|Lens|Payment|Abac|AccessPoint|AccessGrant|Accelerate|Notification|Inventory|Torrent|"
    r"LegalHold|Retention|Ad?hoc|Compatib|Valid|Timeline|Association|Membership|Subscri(ption|bers)|Plan|Profile|"
    r"Authorization|Certificate|Device|Dashboard|Description|Documentation|Channel|Endpoint|Route|Stage|Model|Job|"
    r"Operation|History|Group|Set$|List|Namespace|Catalog|Bundle|Image|Instance|Layout|Lineage|Link|Map|Options?$|Package|"
    r"Parameters|PublicKey|Quota|Rotation|Request|Resource|Role|Rotat|Session|Site|Snapshot|Source|Table$|Theme|Trust|Tunnel|"
    r"User$|Window|Workflow|Workgroup|Workspace|Zone"
)
_CREATES = re.compile(r"Create|Register|Allocate|Provision|Purchase|Import(?!Table)|Request")
_TAGGING = re.compile(r"Tag|Untag|AddTags|RemoveTags")
# Reads whose names fit the pattern above, though what they give is in the resource; each service's API reference.
_SURE_READS = frozenset(
    {
        "rds-db:connect", "s3:GetObject", "s3:GetObjectVersion", "sqs:ReceiveMessage", "secretsmanager:GetSecretValue",
        "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParameterHistory", "ssm:GetParametersByPath",
        "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:PartiQLSelect",
        "kinesis:GetRecords", "kinesis:SubscribeToShard", "logs:GetLogEvents", "logs:FilterLogEvents",
        "healthlake:ReadResource", "healthlake:SearchWithGet", "healthlake:SearchWithPost",
        "healthlake:SearchEverything", "medical-imaging:GetImageFrame", "medical-imaging:GetImageSet",
        "medical-imaging:GetImageSetMetadata", "states:DescribeExecution", "states:GetExecutionHistory",
        "es:ESHttpGet", "es:ESHttpPost", "rds-data:ExecuteStatement", "rds-data:BatchExecuteStatement",
        "redshift-data:ExecuteStatement", "neptune-db:ReadDataViaQuery", "cassandra:Select", "timestream:Select",
        "bedrock:Retrieve", "iotjobsdata:GetPendingJobExecutions", "iotjobsdata:DescribeJobExecution",
        "athena:GetQueryResults", "s3tables:GetTableData", "s3vectors:GetVectors", "s3vectors:QueryVectors",
        "cognito-idp:AdminGetUser", "cognito-idp:ListUsers", "codecommit:GitPull", "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage", "kms:Decrypt", "ebs:GetSnapshotBlock", "sts:AssumeRole",
    }
)  # fmt: skip
# Named like a read of what is in a resource; by AWS's description it gives the resource's own settings or state.
_GIVES_SETTINGS = frozenset(
    {
        "ecr:BatchCheckLayerAvailability",
        "aoss:GetIngestionStream", "appsync:GetApi", "appsync:GetDomainName", "appsync:GetGraphqlApi",
        "athena:GetCapacityReservation", "athena:GetDatabase", "backup:GetBackupSelection",
        "backup:GetPITRMalwareScanResults", "backup:GetRestoreTestingSelection", "bedrock-agentcore:GetBrowser",
        "bedrock-agentcore:GetCodeInterpreter", "bedrock-agentcore:GetGateway", "bedrock-agentcore:GetMemory",
        "bedrock-agentcore:GetWorkloadIdentity", "bedrock:DetectGeneratedContent", "bedrock:GetAgentAlias",
        "bedrock:GetFlowAlias", "bedrock:GetKnowledgeBase", "cassandra:GetStream", "chime:GetVoiceConnector",
        "chime:GetVoiceConnectorOrigination", "chime:GetVoiceConnectorTermination",
        "cognito-identity:GetIdentityPoolAnalytics", "cognito-identity:GetIdentityPoolDailyAnalytics",
        "cognito-identity:GetIdentityProviderDailyAnalytics", "cognito-idp:GetCSVHeader",
        "cognito-idp:GetUICustomization", "docdb-elastic:GetCluster", "docdb-elastic:GetPendingMaintenanceAction",
        "dsql:GetCluster", "dsql:GetStream", "ec2:GetAssociatedIpv6PoolCidrs", "ec2:GetIpamDiscoveredAccounts",
        "ec2:GetIpamDiscoveredPublicAddresses", "ec2:GetIpamPoolCidrs", "ecs:GetTaskProtection", "es:GetApplication",
        "es:GetCapability", "es:GetMigration", "glue:BatchGetTableOptimizer", "glue:GetCrawler",
        "glue:GetPartitionIndexes", "glue:GetRegistry", "glue:GetTableOptimizer", "healthlake:GetCapabilities",
        "iam:GetAccessKeyLastUsed", "iam:GetOpenIDConnectProvider", "iam:GetSAMLProvider", "lambda:GetAlias",
        "lambda:GetFunctionConcurrency", "logs:GetDelivery", "logs:GetDeliveryDestination",
        "logs:GetLogAnomalyDetector", "logs:GetTransformer", "medical-imaging:GetDatastore",
        "neptune-graph:GetExportTask", "neptune-graph:GetGraph", "neptune-graph:GetImportTask",
        "osis:GetPipelineBlueprint", "profile:GetEventStream", "profile:GetEventTrigger", "profile:GetIntegration",
        "redshift-serverless:GetRecoveryPoint", "s3-outposts:GetBucket", "s3files:GetFileSystem",
        "s3files:GetMountTarget", "s3tables:GetTableBucket", "s3tables:GetTableBucketReplication",
        "s3tables:GetTableBucketStorageClass", "s3tables:GetTableReplication", "s3tables:GetTableStorageClass",
        "s3vectors:GetIndex", "s3vectors:GetVectorBucket", "ssm:GetCloudConnector", "ssm:GetDefaultPatchBaseline",
        "ssm:GetPatchBaseline", "timestream-influxdb:GetDbBackup", "timestream-influxdb:GetDbCluster",
    }
)  # fmt: skip
# Named like a change, though it neither shows, changes, opens nor destroys what is in the resource.
_OPEN = {
    "sqs:CreateQueue": "creates a queue, or gives the URL of one",
    "logs:PutQueryDefinition": "keeps a query",
    "lambda:InvokeFunctionUrl": "needs a function URL, which the function may not have",
    "dynamodb:UpdateTableReplicaAutoScaling": "capacity",
    "kms:EnableKeyRotation": "older material still decrypts",
    "kms:RotateKeyOnDemand": "older material still decrypts",
    "kms:UpdateKeyDescription": "a description",
    "s3:DeleteBucket": "of an empty bucket only",
    "s3:PutAccelerateConfiguration": "another endpoint for the same requests",
    "s3:PutBucketRequestPayment": "who pays",
    "s3:PutIntelligentTieringConfiguration": "where objects of one storage class are kept",
    "s3:PutMetricsConfiguration": "metrics of requests",
}


def surely_reaches(action: Action, *, tagged: bool) -> bool:
    """Whether an action on a resource reads, changes, opens or destroys what is in it, by any reading.

    `tagged` says that a tag of the resource names its owner, so that who tags it takes it.
    """
    verb = action.verb
    if action.name in _OPEN or _CREATES.match(verb):
        return False
    if action.name in _SURE_READS:
        return True
    if _TAGGING.match(verb) or action.level == "Tagging":
        return tagged and action.level == "Tagging" and "Untag" not in verb and "Remove" not in verb
    if action.level == "Permissions management":
        return verb.startswith(("Put", "Set", "Add", "Delete")) and "Policy" in verb
    if action.level == "Write":
        return True
    if action.level == "Read" and action.name not in _GIVES_SETTINGS:
        return _DATA_VERBS.match(verb) is not None and _ABOUT.search(verb) is None
    return False
