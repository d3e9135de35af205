"""Whether AWS could ever get a request that is shown as a counterexample. Each refusal names its document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tests.prover.closed_world.reference import Action, Form, reference

# Of names that customers give, the form and the document. The first group of the pattern is not used.
_NAMES = {
    ("dynamodb", "TableName"): (r"[A-Za-z0-9_.-]{3,255}", "CreateTable (DynamoDB API Reference)"),
    ("dynamodb", "IndexName"): (r"[A-Za-z0-9_.-]{3,255}", "CreateTable (DynamoDB API Reference)"),
    ("sqs", "QueueName"): (r"[A-Za-z0-9_-]{1,80}(\.fifo)?", "CreateQueue (SQS API Reference)"),
    ("sns", "TopicName"): (r"[A-Za-z0-9_-]{1,256}(\.fifo)?", "CreateTopic (SNS API Reference)"),
    ("s3", "BucketName"): (r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "Bucket naming rules (S3 User Guide)"),
    ("lambda", "FunctionName"): (r"[A-Za-z0-9_-]{1,64}", "CreateFunction (Lambda API Reference)"),
    ("kinesis", "StreamName"): (r"[A-Za-z0-9_.-]{1,128}", "CreateStream (Kinesis API Reference)"),
    ("logs", "LogGroupName"): (r"[A-Za-z0-9_/.#-]{1,512}", "CreateLogGroup (CloudWatch Logs API Reference)"),
    ("iam", "RoleNameWithPath"): (r"([!-~]+/)?[A-Za-z0-9_+=,.@-]{1,64}", "CreateRole (IAM API Reference)"),
    ("states", "StateMachineName"): (r"[^\s\[\]{}<>?*\"#%\\^|~`$&,;:/]{1,80}", "CreateStateMachine (Step Functions)"),
    ("ssm", "ParameterNameWithoutLeadingSlash"): (r"[A-Za-z0-9_./-]{1,1011}", "PutParameter (Systems Manager)"),
    ("ecr", "RepositoryName"): (r"[a-z0-9]+([._/-]+[a-z0-9]+)*", "CreateRepository (Amazon ECR API Reference)"),
    # A hyphen and six characters that Secrets Manager picks stand behind the name.
    ("secretsmanager", "SecretId"): (
        r"[A-Za-z0-9/_+=.@-]{1,512}-[A-Za-z0-9]{6}",
        "CreateSecret (Secrets Manager API Reference)",
    ),
}  # fmt: skip
_ANY_NAME = re.compile(r"[^\x00-\x1f*]+")
_ONE_VALUE = re.compile(r"(aws|[a-z0-9-]+):(Resource|Existing\w*|Request|Principal)?[Tt]ag/(.+)", re.IGNORECASE)
# "AWS global condition context keys": values that are of one kind.
_BOOLEAN = frozenset(
    {"aws:multifactorauthpresent", "aws:securetransport", "aws:viaawsservice", "aws:principalisawsservice"}
)
# Keys that requests have though AWS's list does not say for which actions.
_UNLISTED = ("kms:encryptioncontext", "dynamodb:leadingkeys")


def why_not(action_name: str, resource: str, context: Mapping[str, object]) -> str | None:
    """The reason AWS would never get this request, None where it might."""
    known = reference().actions.get(action_name)
    if known is None:
        return None  # named by the policy in letters, and younger than the list
    if resource.startswith("arn:aws:logs:") and ":log-group:" in resource and ":log-stream:" not in resource:
        # A log group has two spellings ("CloudWatch Logs resources and operations").
        resource = resource.removesuffix(":*")
    if action_name.startswith("es:ESHttp"):
        # What comes after the domain is a path in it ("Identity and Access Management in Amazon OpenSearch Service").
        resource = "/".join(resource.split("/")[:2])
    if action_name == "ssm:GetParametersByPath" and resource.endswith(":parameter/"):
        # The path `/` itself, which is no name ("GetParametersByPath", Systems Manager API Reference).
        resource += "path"
    return next(_refusals(known, resource, context), None)


def _refusals(action: Action, resource: str, context: Mapping[str, object]) -> Iterator[str]:
    forms = _forms(action, resource)
    if action.targets and not forms and not _is_recovery_point(action, resource):
        yield f"`{resource}` is no ARN that {action.name} works on"
    if not action.targets and resource != "*":
        yield f"{action.name} works on no resource"
    for form in forms[:1]:
        yield from _names(form, resource)
    tags: dict[tuple[str, str], object] = {}
    for key, value in context.items():
        lower = key.lower()
        if lower in _BOOLEAN and str(value) not in ("true", "false"):
            yield f"{key} is `true` or `false`, not {value!r}"
        if match := _ONE_VALUE.fullmatch(key):
            of = "principal" if "principal" in lower else "request" if "request" in lower else "resource"
            other = tags.setdefault((of, match[3].lower()), value)
            if other != value:
                yield f"one tag with two values: {key} is {value!r} and {other!r}"
        listed = lower.startswith(("aws:", *_UNLISTED)) or not forms
        if not listed and not any(action.carries(key, each) for each in forms):
            yield f"{action.name} has no key {key}"
        if lower.startswith("aws:resourcetag/") and not action.targets:
            yield f"{action.name} works on no resource that could have a tag"


def _forms(action: Action, resource: str) -> list[Form]:
    known = reference()
    # The list has no alias as what an action works on; where a policy may name one, a request may.
    alias = known.named("lambda", "function alias")
    forms = [*(target.form for target in action.targets), *([alias] if action in known.on[alias] else [])]
    return list(dict.fromkeys(form for form in forms if form.regex.fullmatch(resource)))


# Recovery points of resources that AWS Backup does not manage fully have ARNs of their own services ("Access control",
# AWS Backup Developer Guide).
_RECOVERY_POINTS = re.compile(
    r"arn:aws:(ec2:[a-z0-9-]+::(snapshot|image)/[^:/]+|rds:[a-z0-9-]+:\d{12}:(cluster-)?snapshot:[^:/]+"
    r"|redshift:[a-z0-9-]+:\d{12}:snapshot:[^:/]+/[^:/]+|fsx:[a-z0-9-]+:\d{12}:backup/[^:/]+"
    r"|dynamodb:[a-z0-9-]+:\d{12}:table/[^:/]+/backup/[^:/]+|backup:[a-z0-9-]+:\d{12}:recovery-point:[^:/]+)"
)


def _is_recovery_point(action: Action, resource: str) -> bool:
    points = any(target.form.name == "recoveryPoint" for target in action.targets)
    return points and _RECOVERY_POINTS.fullmatch(resource) is not None


def _names(form: Form, resource: str) -> Iterator[str]:
    match = re.fullmatch(_capturing(form), resource, re.DOTALL)
    for name, value in zip(form.variables, match.groups() if match else (), strict=False):
        wanted, document = _NAMES.get((form.namespace, name), (_ANY_NAME.pattern, "an ARN's parts are not empty"))
        if name.lower() not in ("partition", "region", "account") and not re.fullmatch(wanted, value):
            yield f"`{value}` is no {name}: {document}"


def _capturing(form: Form) -> str:
    made = re.escape(form.parts[0])
    for at, _ in enumerate(form.variables):
        made += ("(.+)" if form.is_path(at) else "([^:/]+)") + re.escape(form.parts[at + 1])
    return made
