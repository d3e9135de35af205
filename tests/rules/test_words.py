"""Titles, messages, reasons and remedies say the name of the thing, so that an engineer finds them by it.

The words are those of docs/glossary.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.language.library import load_library
from scanner.language.rule import Rule

LONGEST_TITLE = 90
# Words that hide the thing: metaphors, and "nobody" where a principal or a CIDR can be named.
HIDING = re.compile(
    r"\b(entrances?|(?<!data )warehouses?|hangs? on|lifts?|binders?|holes?|everybody|nobody|anybody|everyone|anyone"
    r"|no one|whoever|somebody|speaks?|strangers?|behind the back|doors?|walls?|fences?|keys? of (?:your|one's) own)\b",
    re.IGNORECASE,
)
# A service in CloudFormation's types -> words by which its users know it, one of which the title has.
NAMES = {
    "ACM": "certificate",
    "ApiGateway": "API",
    "ApiGatewayV2": "API",
    "AppSync": "AppSync|GraphQL|API",
    "AutoScaling": "Auto Scaling|launch",
    "Backup": "Backup|backup|recovery point|vault",
    "CloudFront": "CloudFront|distribution",
    "CloudTrail": "CloudTrail|trail",
    "CodeBuild": "CodeBuild|build",
    "Cognito": "Cognito|user pool|identity pool",
    "DocDB": "DocumentDB",
    "DynamoDB": "DynamoDB|DAX",
    "EC2": "EC2|EBS|VPC|VPN|group|subnet|instance|volume|network|launch template|endpoint|route|gateway|flow log",
    "ECR": "ECR|repositor",
    "ECS": "ECS|task|container|Fargate",
    "EFS": "EFS|file system",
    "EKS": "EKS|cluster",
    "ElastiCache": "ElastiCache|Redis|Valkey",
    "ElasticLoadBalancing": "load balancer|listener",
    "ElasticLoadBalancingV2": "load balancer|listener|target group",
    "Events": "EventBridge|event bus",
    "IAM": "IAM|role|polic|user|group|password|access key|principal|provider|root",
    "KMS": "KMS|key",
    "Kinesis": "Kinesis|stream",
    "Lambda": "Lambda|function",
    "Logs": "log|CloudWatch|metric filter",
    "MSK": "MSK|Kafka",
    "Neptune": "Neptune",
    "OpenSearchService": "OpenSearch|domain",
    "RDS": "RDS|Aurora|database",
    "Redshift": "Redshift",
    "S3": "S3|bucket|access point|access grant",
    "SNS": "SNS|topic",
    "SQS": "SQS|queue",
    "SSM": "SSM|Systems Manager|parameter|document",
    "SageMaker": "SageMaker|notebook",
    "SecretsManager": "secret",
    "StepFunctions": "Step Functions|state machine",
    "WAFv2": "WAF|web ACL",
}


def _faults(rule: Rule) -> Iterator[str]:
    if len(rule.title) > LONGEST_TITLE:
        yield f"the title has {len(rule.title)} characters"
    messages = [("message", each) for each in _messages(rule.document.data)]
    for what, text in (("title", rule.title), ("why", rule.why), ("fix", rule.fix), *messages):
        if found := HIDING.search(text):
            yield f"the {what} says `{found[0]}`: name the principal, the CIDR or the setting"
    services = {each.split("::")[1] for each in rule.types if each.startswith("AWS::") and each.count("::") == 2}
    known = [NAMES[each] for each in services if each in NAMES]
    # A rule over many services has none to name, and a proof is about the data that a role reaches, not about the role.
    if rule.theorems:
        known = []
    if known and len(services) <= 3 and not re.search("|".join(known), rule.title, re.IGNORECASE):
        yield f"the title names none of {', '.join(sorted(services))}"


def _messages(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "examples":
                continue
            if key == "message" and isinstance(each, str):
                yield each
            else:
                yield from _messages(each)
    elif isinstance(value, list):
        for each in value:
            yield from _messages(each)


def test_rules_name_what_they_are_about() -> None:
    rules = load_library().rules
    assert len(rules) > 400, "the library is not read"
    assert {rule.id: said for rule in rules if (said := list(_faults(rule)))} == {}


def test_no_two_rules_have_one_title() -> None:
    titles = [rule.title for rule in load_library().rules]
    assert [each for each in set(titles) if titles.count(each) > 1] == []
