"""AWS's "Service Authorization Reference", read from the shipped file a second time, by ARNs and not by prefixes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import scanner

ACCOUNT, REGION = "111122223333", "us-east-1"
_FIXED = {"partition": "aws", "region": REGION, "account": ACCOUNT, "accountid": ACCOUNT}
_VARIABLE = re.compile(r"\$\{([^}]+)\}")
# Variables that stand for a path: their values may hold slashes. Each service's own page on resource ARNs.
_PATHS = frozenset(
    {
        "ObjectName", "ParameterNameWithoutLeadingSlash", "LogGroupName", "RoleNameWithPath", "UserNameWithPath",
        "GroupNameWithPath", "PolicyNameWithPath", "SecretId", "RepositoryName", "ApiSpecificResourcePath",
    }
)  # fmt: skip


# Services whose ARNs of parts name the whole by the same variables ("Actions, resources, and condition keys" of each).
_BY_NAME = frozenset({"states", "ecs", "eks", "kafka", "kinesis", "glue", "sagemaker", "ssm-contacts"})


_PATHS_OF = frozenset(
    {
        ("iot", "TopicName"),
        ("iot", "TopicFilter"),
        ("timestream", "ScheduledQueryName"),
        ("logs", "DestinationName"),
        ("events", "EventSourceName"),
        ("events", "EventBusName"),
        ("amplify", "BranchName"),
        ("glue", "SchemaName"),
        ("iam", "CertificateNameWithPath"),
        ("apigateway", "BasePath"),
        ("apigateway", "RequestParameterKey"),
        ("vpc-lattice", "RequestPath"),
        ("codeartifact", "EncodedPackageGroupPattern"),
        ("app-integrations", "EventIntegrationName"),
        ("apigateway", "RouteKey"),
        ("apigateway", "UrlEncodedResourceARN"),
        ("application-signals", "Environment"),
        ("application-signals", "Service"),
        ("cases", "CaseId"),
        ("cloudwatch", "AlarmName"),
        ("cloudwatch", "InsightRuleName"),
        ("cloudwatch", "AlarmMuteRuleName"),
        ("connect-campaigns", "CampaignId"),
        ("es", "SubResource"),
        ("fis", "Id"),
        ("frauddetector", "ResourcePath"),
        ("iam", "InstanceProfileNameWithPath"),
        ("iam", "MfaTokenIdWithPath"),
        ("iam", "EntityPath"),
        ("iam", "OidcProviderName"),
        ("iot", "ClientId"),
        ("iot", "ReservedTopic"),
        ("kms", "Alias"),
        ("logs", "LogStreamName"),
        ("mediastore", "FolderPath"),
        ("mgh", "ConnectionArn"),
        ("profile", "Uri"),
        ("ssm", "DocumentName"),
        ("ssm", "ResourceId"),
        ("verifiedpermissions", "AliasName"),
        ("verifiedpermissions", "PolicyStoreId"),
    }
)
# "Lambda resources and conditions for actions": a policy may name an alias or a version of the function instead.
_QUALIFIED = (
    "InvokeFunction", "InvokeAsync", "GetFunction", "GetFunctionConfiguration", "GetPolicy",
    # Operations of the Lambda API with a parameter `Qualifier`.
    "DeleteFunctionEventInvokeConfig", "PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig",
    "PutRuntimeManagementConfig", "AddPermission", "RemovePermission", "DeleteFunction",
    "CreateFunctionUrlConfig", "GetFunctionUrlConfig", "UpdateFunctionUrlConfig", "DeleteFunctionUrlConfig",
)  # fmt: skip
# Another ARN by which what a format is the ARN of is used: "Control access to a REST API with IAM permissions".
_DOORS = {("apigateway", "RestApi"), ("apigateway", "Api")}


@dataclass(frozen=True)
class Form:
    """One format of ARN: `parts` are literal texts and, between them, variables; the first and last are literal."""

    service: str
    name: str
    arn: str
    parts: tuple[str, ...]
    variables: tuple[str, ...]
    keys: frozenset[str]

    @property
    def skeleton(self) -> str:
        return "\0".join(self.parts)

    @property
    def namespace(self) -> str:
        """The ARN's third segment: whose resource it is."""
        return self.arn.split(":")[2]

    @property
    def free(self) -> tuple[int, ...]:
        """The variables that are not partition, region or account."""
        return tuple(at for at, name in enumerate(self.variables) if name.lower() not in _FIXED)

    def filled(self, values: Mapping[int, str], rest: str = "*") -> str:
        made = [self.parts[0]]
        for at, name in enumerate(self.variables):
            made.append(values.get(at, _FIXED.get(name.lower(), rest)))
            made.append(self.parts[at + 1])
        return "".join(made)

    def is_path(self, at: int) -> bool:
        return self.variables[at] in _PATHS or (self.namespace, self.variables[at]) in _PATHS_OF

    def extends(self, other: Form) -> bool:
        """Whether it is the ARN of something in what the other is the ARN of."""
        mine, theirs = self.skeleton, other.skeleton
        return len(mine) > len(theirs) and mine.startswith(theirs) and mine[len(theirs)] in "/:" and bool(other.free)

    def names(self, other: Form) -> bool:
        """Whether it is the ARN of something that says by the other's own variables what it belongs to."""
        theirs = {other.variables[at] for at in other.free}
        mine = {self.variables[at] for at in self.free}
        if not theirs or other.parts[-1] or self.namespace not in _BY_NAME:
            return False
        if other.variables[other.free[-1]] in ("UUID", "Uuid", "Id", "RandomString"):
            return False  # each has one of its own
        return theirs < mine and not self.extends(other)

    def within(self, other: Form, fill: Mapping[int, str]) -> dict[int, str]:
        """The values of its variables where the other's have these."""
        if self == other or self.skeleton == other.skeleton or self.extends(other):
            return dict(fill)
        if self.namespace != other.namespace:
            return {self.free[0]: fill[other.free[0]]}
        by_name = {other.variables[at]: value for at, value in fill.items()}
        return {at: by_name[name] for at, name in enumerate(self.variables) if name in by_name}

    def strictly(self, values: Mapping[int, str]) -> re.Pattern[str]:
        """What has these values, each star for as much as its variable holds; a star that is last for all below."""
        made = re.escape(self.parts[0])
        for at, name in enumerate(self.variables):
            value = values.get(at, _FIXED.get(name.lower(), "*"))
            run = ".*" if self.is_path(at) or at + 1 == len(self.variables) else "[^:/]*"
            made += "".join(run if each == "*" else "." if each == "?" else re.escape(each) for each in value)
            made += re.escape(self.parts[at + 1]).replace(r"\*", ".*")
        return re.compile(made, re.DOTALL)

    @property
    def regex(self) -> re.Pattern[str]:
        return _regex(self)


@cache
def _regex(form: Form) -> re.Pattern[str]:
    made = _literal(form.parts[0])
    for at, name in enumerate(form.variables):
        lower = name.lower()
        one = (
            r"aws(-[a-z-]+)?"
            if lower == "partition"
            else r"[a-z]{2}(-[a-z]+)+-\d"
            if lower == "region"
            else r"\d{12}"
            if lower in ("account", "accountid")
            else ".+"
            if form.is_path(at)
            else "[^:/]+"
        )
        made += one + _literal(form.parts[at + 1])
    return re.compile(made, re.DOTALL)


def _literal(part: str) -> str:
    """AWS's list has a star where a part may be anything."""
    return re.escape(part).replace(r"\*", ".*")


@dataclass(frozen=True)
class Target:
    form: Form
    required: bool
    keys: frozenset[str]


@dataclass(frozen=True)
class Action:
    name: str
    level: str
    keys: frozenset[str]
    targets: tuple[Target, ...]

    @property
    def service(self) -> str:
        return self.name.partition(":")[0]

    @property
    def verb(self) -> str:
        return self.name.partition(":")[2]

    def carries(self, key: str, form: Form | None) -> bool:
        """Whether AWS lists the condition key for the action, on this resource."""
        wanted = key.lower()
        listed = self.keys | (
            frozenset().union(*(target.keys | target.form.keys for target in self.targets if target.form == form))
            if form is not None
            else frozenset()
        )
        return any(_is_key(each, wanted) for each in listed)


def _is_key(listed: str, wanted: str) -> bool:
    head, hole, _ = listed.partition("${")
    return wanted.startswith(head) if hole else wanted == listed


@dataclass
class Reference:
    actions: dict[str, Action] = field(default_factory=dict)
    forms: list[Form] = field(default_factory=list)
    on: dict[Form, list[Action]] = field(default_factory=dict)
    by_namespace: dict[str, list[Form]] = field(default_factory=dict)

    def same(self, form: Form) -> Iterator[Form]:
        """Formats of any service that are the same ARN."""
        return (each for each in self.by_namespace[form.namespace] if each.skeleton == form.skeleton)

    def below(self, form: Form) -> Iterator[Form]:
        yield from (each for each in self.by_namespace[form.namespace] if each.extends(form) or each.names(form))
        if (form.service, form.name) in _DOORS:
            yield self.named("execute-api", "execute-api-general")

    def above(self, form: Form) -> Iterator[Form]:
        return (each for each in self.by_namespace[form.namespace] if form.extends(each))

    @cached_property
    def foreign(self) -> tuple[Form, ...]:
        """Formats that actions of another prefix work on."""
        named = (form for form in self.forms if form.free and form in self.on and "$" not in form.namespace)
        return tuple(form for form in named if form.service != form.namespace)

    def named(self, service: str, name: str) -> Form:
        return next(each for each in self.forms if each.service == service and each.name == name)

    def matching(self, patterns: Iterable[str]) -> set[str]:
        tests = [glob(each.lower()) for each in patterns]
        return {name for name in self.actions if any(test.fullmatch(name.lower()) for test in tests)}


@cache
def glob(pattern: str) -> re.Pattern[str]:
    made = "".join(".*" if each == "*" else "." if each == "?" else re.escape(each) for each in pattern)
    return re.compile(made, re.DOTALL)


@cache
def reference() -> Reference:
    path = Path(scanner.__file__).parent / "_data" / "actions.jsonl"
    head, *lines = path.read_text().splitlines()
    found = Reference()
    for service, line in zip(json.loads(head)["services"], lines, strict=True):
        _, keys, resources, actions = json.loads(line)
        spelled = [key.lower() for key, _ in keys]
        forms: list[list[Form]] = []
        for name, arn, own in resources:
            several = [
                _form(service, name, each, frozenset(spelled[at] for at in own)) for each in arn.split(", ") if each
            ]
            forms.append(several)
            for form in several:
                found.forms.append(form)
                found.by_namespace.setdefault(form.namespace, []).append(form)
        for name, level, own, targets in actions:
            made = Action(
                f"{service}:{name}",
                level,
                frozenset(spelled[at] for at in own),
                tuple(
                    Target(form, bool(required), frozenset(spelled[at] for at in extra))
                    for at, required, extra in targets
                    for form in forms[at]
                ),
            )
            found.actions[made.name] = made
            for target in made.targets:
                if made not in found.on.setdefault(target.form, []):
                    found.on[target.form].append(made)
    alias = found.named("lambda", "function alias")
    found.on[alias] += [found.actions[f"lambda:{verb}"] for verb in _QUALIFIED]
    return found


def _form(service: str, name: str, arn: str, keys: frozenset[str]) -> Form:
    pieces = _VARIABLE.split(arn)
    return Form(service, name, arn, tuple(pieces[::2]), tuple(pieces[1::2]), keys)
