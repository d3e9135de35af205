"""The collectors, one module for each AWS service, in the order of need."""

from __future__ import annotations

from scanner.live.collector_table import Service
from scanner.live.services.accessanalyzer import ACCESSANALYZER
from scanner.live.services.account import ACCOUNT_BILLING, ACCOUNT_SETTINGS
from scanner.live.services.acm import ACM
from scanner.live.services.apigateway import APIGATEWAY
from scanner.live.services.apigatewayv2 import APIGATEWAYV2
from scanner.live.services.appsync import APPSYNC
from scanner.live.services.artifact import ARTIFACT
from scanner.live.services.athena import ATHENA
from scanner.live.services.autoscaling import APPLICATION_AUTOSCALING, AUTOSCALING
from scanner.live.services.backup import BACKUP
from scanner.live.services.bedrock import BEDROCK
from scanner.live.services.bedrock_agent import BEDROCK_AGENT
from scanner.live.services.cloudfront import CLOUDFRONT
from scanner.live.services.cloudtrail import CLOUDTRAIL
from scanner.live.services.cloudwatch import CLOUDWATCH
from scanner.live.services.codebuild import CODEBUILD
from scanner.live.services.cognito_identity import COGNITO_IDENTITY
from scanner.live.services.cognito_idp import COGNITO_IDP
from scanner.live.services.config import CONFIG
from scanner.live.services.cur import CUR
from scanner.live.services.dax import DAX
from scanner.live.services.dms import DMS
from scanner.live.services.dynamodb import DYNAMODB
from scanner.live.services.ec2 import EC2
from scanner.live.services.ecr import ECR
from scanner.live.services.ecs import ECS
from scanner.live.services.efs import EFS
from scanner.live.services.eks import EKS
from scanner.live.services.elasticache import ELASTICACHE
from scanner.live.services.elasticbeanstalk import ELASTICBEANSTALK
from scanner.live.services.elb import ELB
from scanner.live.services.elbv2 import ELBV2
from scanner.live.services.emr import EMR
from scanner.live.services.events import EVENTS
from scanner.live.services.firehose import FIREHOSE
from scanner.live.services.fsx import FSX
from scanner.live.services.glue import GLUE
from scanner.live.services.guardduty import GUARDDUTY
from scanner.live.services.healthlake import HEALTHLAKE
from scanner.live.services.iam import IAM
from scanner.live.services.kafka import KAFKA
from scanner.live.services.kinesis import KINESIS
from scanner.live.services.kms import KMS
from scanner.live.services.lakeformation import LAKEFORMATION
from scanner.live.services.lambda_functions import LAMBDA
from scanner.live.services.logs import LOGS
from scanner.live.services.opensearch import OPENSEARCH
from scanner.live.services.ram import RAM
from scanner.live.services.rds import RDS
from scanner.live.services.redshift import REDSHIFT
from scanner.live.services.s3 import S3
from scanner.live.services.s3control import S3CONTROL
from scanner.live.services.sagemaker import SAGEMAKER
from scanner.live.services.secretsmanager import SECRETSMANAGER
from scanner.live.services.securityhub import SECURITYHUB
from scanner.live.services.sns import SNS
from scanner.live.services.sqs import SQS
from scanner.live.services.ssm import SSM
from scanner.live.services.state import STATE
from scanner.live.services.stepfunctions import STEPFUNCTIONS
from scanner.live.services.transfer import TRANSFER
from scanner.live.services.wafv2 import WAFV2, WAFV2_CLOUDFRONT

SERVICES: tuple[Service, ...] = (
    IAM,
    DYNAMODB,
    S3,
    S3CONTROL,
    ACCOUNT_SETTINGS,
    LAMBDA,
    APIGATEWAY,
    APIGATEWAYV2,
    COGNITO_IDP,
    COGNITO_IDENTITY,
    KMS,
    EC2,
    RDS,
    CLOUDTRAIL,
    SECRETSMANAGER,
    SSM,
    SNS,
    ECS,
    ECR,
    EKS,
    LOGS,
    CLOUDWATCH,
    CONFIG,
    GUARDDUTY,
    SECURITYHUB,
    ACCESSANALYZER,
    WAFV2,
    WAFV2_CLOUDFRONT,
    ELBV2,
    ELB,
    SQS,
    STATE,
    OPENSEARCH,
    ELASTICACHE,
    REDSHIFT,
    EFS,
    FSX,
    BACKUP,
    CLOUDFRONT,
    ACM,
    STEPFUNCTIONS,
    EVENTS,
    KINESIS,
    FIREHOSE,
    ATHENA,
    GLUE,
    SAGEMAKER,
    CODEBUILD,
    DMS,
    DAX,
    EMR,
    AUTOSCALING,
    APPLICATION_AUTOSCALING,
    APPSYNC,
    BEDROCK,
    BEDROCK_AGENT,
    HEALTHLAKE,
    KAFKA,
    ELASTICBEANSTALK,
    LAKEFORMATION,
    RAM,
    TRANSFER,
    ARTIFACT,
    ACCOUNT_BILLING,
    CUR,
)
"""In the order of need."""
