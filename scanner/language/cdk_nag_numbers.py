"""The numbers by which cdk-nag's pack AWS Solutions calls rules that its other packs call by their names."""

from __future__ import annotations

NAMES = {
    "apig6": "apigwexecutionloggingenabled",
    "ddb3": "dynamodbpitrenabled",
    "eb3": "elasticbeanstalkmanagedupdatesenabled",
    "ec28": "ec2instancedetailedmonitoringenabled",
    "efs1": "efsencrypted",
    "elb2": "elbloggingenabled",
    "elb4": "elbcrosszoneloadbalancingenabled",
    "elb5": "elbtlshttpslistenersonly",
    "os1": "opensearchinvpconly",
    "os2": "opensearchnodetonodeencryption",
    "os8": "opensearchencryptedatrest",
    "rds10": "rdsinstancedeletionprotectionenabled",
    "rds13": "rdsinstancebackupenabled",
    "rds2": "rdsstorageencrypted",
    "rds3": "rdsmultiazsupport",
    "rs1": "redshiftrequiretlsssl",
    "rs10": "redshiftbackupenabled",
    "rs8": "redshiftclusterpublicaccess",
    "s1": "s3bucketloggingenabled",
    "s10": "s3bucketsslrequestsonly",
    "s2": "s3bucketlevelpublicaccessprohibited",
    "sm2": "sagemakernotebookinstancekmskeyconfigured",
    "sm3": "sagemakernotebooknodirectinternetaccess",
    "smg4": "secretsmanagerrotationenabled",
    "vpc7": "vpcflowlogsenabled",
}
"""Both in small letters. Both run the same function (`packs/aws-solutions` and the others, cdk-nag 3.0.2)."""

__all__ = ["NAMES"]
