"""ASFF, the finding format of AWS Security Hub, as an array ("AWS Security Finding Format (ASFF)").

Findings, accepted ones and what is unknown; what passed is no finding there. The limits of the
format are kept here, since `BatchImportFindings` refuses what is beyond them one finding at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner.base.record import record
from scanner.findings.report_document import FindingDocument, Severity, Verdict
from scanner.outputs.shared.fix_text import exact_line
from scanner.outputs.shared.folding import address_of
from scanner.outputs.shared.json_line import json_line
from scanner.outputs.shared.listing import cut, heading, place, primary, sentence, short, worst_first

if TYPE_CHECKING:
    from scanner.findings.report_document import ReportDocument, RuleDocument
    from scanner.outputs.shared.render_options import RenderOptions

MOST_TITLE, MOST_DESCRIPTION, MOST_ID = 256, 1_024, 512
MOST_RECOMMENDATION = 512
MOST_VALUE = 1_024  # of 2,048 in ProductFields and 1,024 in Details.Other
MOST_REQUIREMENTS = 32
MOST_REQUIREMENT = 64
MOST_FINDING_BYTES = 240_000

# Stand where neither the report nor the command line names an account: AWS never gave an account this number.
NO_ACCOUNT = "000000000000"
NO_REGION = "us-east-1"
NO_NAME = "unnamed"
DEFAULT_SOURCE = "default"

SEVERITIES: dict[Severity, str] = {"critical": "CRITICAL", "high": "HIGH", "medium": "MEDIUM", "low": "LOW"}
RESULTS: dict[Verdict, str] = {"FAIL": "FAILED", "SUPPRESSED": "FAILED", "UNKNOWN": "WARNING"}
# Security Hub's own names; whatever is not among them is `Other`.
RESOURCE_TYPES = {
    "AWS::ApiGateway::RestApi": "AwsApiGatewayRestApi",
    "AWS::ApiGateway::Stage": "AwsApiGatewayStage",
    "AWS::ApiGatewayV2::Api": "AwsApiGatewayV2Api",
    "AWS::ApiGatewayV2::Stage": "AwsApiGatewayV2Stage",
    "AWS::AppSync::GraphQLApi": "AwsAppSyncGraphQlApi",
    "AWS::CertificateManager::Certificate": "AwsCertificateManagerCertificate",
    "AWS::CloudFront::Distribution": "AwsCloudFrontDistribution",
    "AWS::CloudTrail::Trail": "AwsCloudTrailTrail",
    "AWS::CloudWatch::Alarm": "AwsCloudWatchAlarm",
    "AWS::DynamoDB::Table": "AwsDynamoDbTable",
    "AWS::EC2::Instance": "AwsEc2Instance",
    "AWS::EC2::NetworkAcl": "AwsEc2NetworkAcl",
    "AWS::EC2::SecurityGroup": "AwsEc2SecurityGroup",
    "AWS::EC2::Subnet": "AwsEc2Subnet",
    "AWS::EC2::VPC": "AwsEc2Vpc",
    "AWS::EC2::Volume": "AwsEc2Volume",
    "AWS::ECR::Repository": "AwsEcrRepository",
    "AWS::ECS::Cluster": "AwsEcsCluster",
    "AWS::ECS::Service": "AwsEcsService",
    "AWS::ECS::TaskDefinition": "AwsEcsTaskDefinition",
    "AWS::EFS::AccessPoint": "AwsEfsAccessPoint",
    "AWS::EKS::Cluster": "AwsEksCluster",
    "AWS::Events::EventBus": "AwsEventsEventbus",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "AwsElbv2LoadBalancer",
    "AWS::IAM::Group": "AwsIamGroup",
    "AWS::IAM::ManagedPolicy": "AwsIamPolicy",
    "AWS::IAM::Role": "AwsIamRole",
    "AWS::IAM::User": "AwsIamUser",
    "AWS::KMS::Key": "AwsKmsKey",
    "AWS::Kinesis::Stream": "AwsKinesisStream",
    "AWS::Lambda::Function": "AwsLambdaFunction",
    "AWS::Lambda::LayerVersion": "AwsLambdaLayerVersion",
    "AWS::OpenSearchService::Domain": "AwsOpenSearchServiceDomain",
    "AWS::RDS::DBCluster": "AwsRdsDbCluster",
    "AWS::RDS::DBInstance": "AwsRdsDbInstance",
    "AWS::S3::Bucket": "AwsS3Bucket",
    "AWS::SNS::Topic": "AwsSnsTopic",
    "AWS::SQS::Queue": "AwsSqsQueue",
    "AWS::SecretsManager::Secret": "AwsSecretsManagerSecret",
    "AWS::StepFunctions::StateMachine": "AwsStepFunctionStateMachine",
    "AWS::WAFv2::WebACL": "AwsWafv2WebAcl",
}
_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b"}
_LINK = re.compile(r"https://[!-~]{1,500}")

Asff = dict[str, object]


@record
class Target:
    """Which account's hub in which region takes the findings; `source` tells apart the reports that share it."""

    account: str
    region: str
    source: str = DEFAULT_SOURCE

    @property
    def product_arn(self) -> str:
        """That of an account's own findings, which every account with Security Hub has."""
        place = f"{self.region}:{self.account}"
        return f"arn:{self.partition}:securityhub:{place}:product/{self.account}/default"

    @property
    def partition(self) -> str:
        """The partition of the region, as ARNs have it."""
        return next((name for start, name in _PARTITIONS.items() if self.region.startswith(start)), "aws")

    @property
    def prefix(self) -> str:
        """What the ids of all findings of this source begin with."""
        return f"tenantproof/{self.source}/"


def render(report: ReportDocument, options: RenderOptions) -> Iterator[str]:
    """One finding a line. Each is filed under its own account and region where it names them."""
    yield "["
    for number, finding in enumerate(worst_first(report["findings"])):
        resource, scope = finding["resource"], report["scope"]
        account = resource["account"] or options.account or _only(scope["accounts"]) or NO_ACCOUNT
        region = resource["region"] or options.region or _only(scope["regions"]) or NO_REGION
        yield (",\n" if number else "\n") + json_line(asff(finding, report, Target(account, region)))
    yield "\n]\n"


def asff(finding: FindingDocument, report: ReportDocument, target: Target) -> Asff:
    """One finding in Security Hub's form, within its limits."""
    rule = report["rules"].get(finding["rule"])
    title, time, types = heading(finding, report), report["generated_at"], _types(rule)
    severity = {"Label": SEVERITIES[finding["severity"]], "Original": finding["severity"]}
    document: Asff = {
        "SchemaVersion": "2018-10-08",
        "Id": short(f"{target.prefix}{finding['id']}", MOST_ID),
        "ProductArn": target.product_arn,
        "ProductName": "tenantproof",
        "CompanyName": "tenantproof",
        "Region": target.region,
        "GeneratorId": short(f"tenantproof/{finding['rule']}", MOST_ID),
        "AwsAccountId": target.account,
        "Types": types,
        "CreatedAt": time,
        "UpdatedAt": time,
        "Severity": severity,
        "Title": cut(title, MOST_TITLE),
        "Description": cut(sentence(finding), MOST_DESCRIPTION),
        "ProductFields": _fields(finding),
        "Resources": [_resource(finding, target)],
        "Compliance": _compliance(finding, rule),
        "RecordState": "ACTIVE",
        # From these AWS takes changes to what it knows already; the others count for a new finding.
        "FindingProviderFields": {"Severity": severity, "Types": types},
    }
    if rule is not None:
        document["Remediation"] = {"Recommendation": _recommendation(finding, rule)}
    if finding["verdict"] == "SUPPRESSED":
        document["Workflow"] = {"Status": "SUPPRESSED"}
    return document


def _types(rule: RuleDocument | None) -> list[str]:
    checks = "Software and Configuration Checks"
    if rule is not None and any("hipaa" in each["framework"] for each in rule["controls"]):
        return [f"{checks}/Industry and Regulatory Standards/HIPAA Controls (USA)"]
    return [f"{checks}/AWS Security Best Practices"]


def _fields(finding: FindingDocument) -> dict[str, str]:
    location, unknown, exception = primary(finding), finding.get("unknown"), finding.get("exception")
    fields = {
        "tenantproof/verdict": finding["verdict"],
        "tenantproof/rule": finding["rule"],
        "tenantproof/layer": finding["layer"],
        "tenantproof/address": address_of(finding),
        "tenantproof/tenant": finding["resource"]["tenant"] or "",
        "tenantproof/place": place(location) if location else "",
        "tenantproof/cause": f"{unknown['cause']}: {unknown['detail']}" if unknown else "",
        "tenantproof/exception": f"{exception['owner']}, until {exception['until']}: {exception['because']}"
        if exception
        else "",
    }
    return {key: shown for key, value in fields.items() if (shown := short(value, MOST_VALUE))}


def _resource(finding: FindingDocument, target: Target) -> dict[str, object]:
    resource = finding["resource"]
    other = {"LogicalId": resource["logical_id"], "CloudFormationType": resource["type"], "Stack": resource["stack"]}
    return {
        "Type": RESOURCE_TYPES.get(resource["type"], "Other"),
        "Id": short(resource["arn"] or address_of(finding), MOST_ID) or NO_NAME,
        "Partition": target.partition,
        "Region": target.region,
        "Details": {"Other": {key: shown for key, value in other.items() if (shown := short(value or "", MOST_VALUE))}},
    }


def _compliance(finding: FindingDocument, rule: RuleDocument | None) -> dict[str, object]:
    compliance: dict[str, object] = {"Status": RESULTS[finding["verdict"]]}
    if rule is not None and rule["controls"]:
        cited = dict.fromkeys(short(f"{each['framework']} {each['id']}", MOST_REQUIREMENT) for each in rule["controls"])
        compliance["RelatedRequirements"] = list(cited)[:MOST_REQUIREMENTS]
    return compliance


def _recommendation(finding: FindingDocument, rule: RuleDocument) -> dict[str, str]:
    recommendation = {"Text": exact_line(finding.get("fix") or rule["fix"], MOST_RECOMMENDATION) or "see the rule"}
    link = next((each for each in rule["references"] if each.startswith("https://")), None)
    return recommendation | ({"Url": link} if link is not None and _LINK.fullmatch(link) else {})


def _only(names: list[str]) -> str | None:
    return names[0] if len(names) == 1 else None
