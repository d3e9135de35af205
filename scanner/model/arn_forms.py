"""What CloudFormation calls a resource before it exists: which property names it and what its ARN looks like.

From the "Resource and property types reference" (return values of `Ref` and `Fn::GetAtt`) and the resource types listed
in the "Service Authorization Reference".
"""

from __future__ import annotations

from typing import Literal

from scanner.base.record import record
from scanner.model.partial_text import Text
from scanner.model.unknown import Unknown


@record
class ArnForm:
    """`form` has the holes {p} partition, {r} region, {a} account, {n} name; `ref` is what `Ref` returns."""

    name: str | None
    form: str
    ref: Literal["name", "arn", "other"] = "name"

    @property
    def service(self) -> str:
        """The third part of the ARN."""
        return self.form.split(":")[2]


ARN_FORMS: dict[str, ArnForm] = {
    "AWS::ApiGateway::RestApi": ArnForm(None, "arn:{p}:apigateway:{r}::/restapis/{n}"),
    "AWS::ApiGatewayV2::Api": ArnForm(None, "arn:{p}:apigateway:{r}::/apis/{n}"),
    "AWS::Backup::BackupVault": ArnForm("BackupVaultName", "arn:{p}:backup:{r}:{a}:backup-vault:{n}"),
    "AWS::CloudFront::Distribution": ArnForm(None, "arn:{p}:cloudfront::{a}:distribution/{n}"),
    "AWS::CloudTrail::Trail": ArnForm("TrailName", "arn:{p}:cloudtrail:{r}:{a}:trail/{n}"),
    "AWS::Cognito::UserPool": ArnForm(None, "arn:{p}:cognito-idp:{r}:{a}:userpool/{n}"),
    "AWS::DynamoDB::GlobalTable": ArnForm("TableName", "arn:{p}:dynamodb:{r}:{a}:table/{n}"),
    "AWS::DynamoDB::Table": ArnForm("TableName", "arn:{p}:dynamodb:{r}:{a}:table/{n}"),
    "AWS::ECR::Repository": ArnForm("RepositoryName", "arn:{p}:ecr:{r}:{a}:repository/{n}"),
    "AWS::ECS::Cluster": ArnForm("ClusterName", "arn:{p}:ecs:{r}:{a}:cluster/{n}"),
    "AWS::EFS::FileSystem": ArnForm(None, "arn:{p}:elasticfilesystem:{r}:{a}:file-system/{n}"),
    "AWS::Events::EventBus": ArnForm("Name", "arn:{p}:events:{r}:{a}:event-bus/{n}"),
    "AWS::IAM::Group": ArnForm("GroupName", "arn:{p}:iam::{a}:group{path}{n}"),
    "AWS::IAM::InstanceProfile": ArnForm("InstanceProfileName", "arn:{p}:iam::{a}:instance-profile{path}{n}"),
    "AWS::IAM::ManagedPolicy": ArnForm("ManagedPolicyName", "arn:{p}:iam::{a}:policy{path}{n}", "arn"),
    "AWS::IAM::Role": ArnForm("RoleName", "arn:{p}:iam::{a}:role{path}{n}"),
    "AWS::IAM::User": ArnForm("UserName", "arn:{p}:iam::{a}:user{path}{n}"),
    "AWS::KMS::Key": ArnForm(None, "arn:{p}:kms:{r}:{a}:key/{n}"),
    "AWS::Kinesis::Stream": ArnForm("Name", "arn:{p}:kinesis:{r}:{a}:stream/{n}"),
    "AWS::KinesisFirehose::DeliveryStream": ArnForm(
        "DeliveryStreamName", "arn:{p}:firehose:{r}:{a}:deliverystream/{n}"
    ),
    "AWS::Lambda::Function": ArnForm("FunctionName", "arn:{p}:lambda:{r}:{a}:function:{n}"),
    "AWS::Logs::LogGroup": ArnForm("LogGroupName", "arn:{p}:logs:{r}:{a}:log-group:{n}:*"),
    "AWS::NetworkFirewall::Firewall": ArnForm("FirewallName", "arn:{p}:network-firewall:{r}:{a}:firewall/{n}", "arn"),
    "AWS::RDS::DBCluster": ArnForm("DBClusterIdentifier", "arn:{p}:rds:{r}:{a}:cluster:{n}"),
    "AWS::RDS::DBInstance": ArnForm("DBInstanceIdentifier", "arn:{p}:rds:{r}:{a}:db:{n}"),
    "AWS::S3::Bucket": ArnForm("BucketName", "arn:{p}:s3:::{n}"),
    "AWS::SNS::Topic": ArnForm("TopicName", "arn:{p}:sns:{r}:{a}:{n}", "arn"),
    "AWS::SQS::Queue": ArnForm("QueueName", "arn:{p}:sqs:{r}:{a}:{n}", "other"),
    "AWS::SSM::Parameter": ArnForm("Name", "arn:{p}:ssm:{r}:{a}:parameter/{n}"),
    "AWS::StepFunctions::StateMachine": ArnForm("StateMachineName", "arn:{p}:states:{r}:{a}:stateMachine:{n}", "arn"),
}
# Properties by whose value others may mean a resource that `Ref` calls by an id.
OTHER_NAMES = {"AWS::EC2::LaunchTemplate": "LaunchTemplateName", "AWS::EC2::SecurityGroup": "GroupName"}
# Types whose `Ref` is their ARN and whose ARN ends in something that only deployment decides.
REF_IS_ARN = frozenset(
    {
        "AWS::CertificateManager::Certificate",
        "AWS::ECS::Service",
        "AWS::ECS::TaskDefinition",
        "AWS::ElasticLoadBalancingV2::Listener",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "AWS::SecretsManager::Secret",
    }
)
# Services that keep names in small letters, or have them so in ARNs: "This parameter is stored as a lowercase string"
# (API references of Amazon RDS, ElastiCache, MemoryDB and Redshift). No document says which spelling a policy has to
# have where the name was given with capitals.
_SMALL = frozenset({"rds", "elasticache", "memorydb", "redshift", "sagemaker"})


def name_in_arn(service: str, name: object, address: str) -> object:
    """The name as the resource's ARN has it: unknown where capitals were given and the service keeps small letters."""
    parts = name.parts if isinstance(name, Text) else (name,)
    if service not in _SMALL or all(part == part.lower() for part in parts if isinstance(part, str)):
        return name
    label = address.partition("#")[2].rpartition("/")[2] or address
    detail = f"whether the ARN of `{label}` has its name in small letters is not known"
    return Unknown("deploy-time", detail, ("small-letters", address))
