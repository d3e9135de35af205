"""The collectors, one module for each AWS service, in the order of need."""

from __future__ import annotations

from scanner.live.services.dynamodb import DYNAMODB
from scanner.live.services.iam import IAM
from scanner.live.services.logs import LOGS
from scanner.live.services.s3 import S3
from scanner.live.services.sqs import SQS
from scanner.live.table import Service

SERVICES: tuple[Service, ...] = (IAM, DYNAMODB, S3, LOGS, SQS)
