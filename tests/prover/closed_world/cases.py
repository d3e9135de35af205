"""A hand-labelled situation as a question, where it is simple enough to be tried."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.prover.closed_world.meeting import form_tokens, meet, tokens
from tests.prover.closed_world.question import KEY_ARN, Question
from tests.prover.closed_world.reference import ACCOUNT, REGION, Form, reference
from tests.prover.closed_world.resource_types import types

Body = Mapping[str, Any]
_PSEUDO = {"AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}
_NAMES = {
    "AWS::DynamoDB::Table": "TableName", "AWS::S3::Bucket": "BucketName", "AWS::SQS::Queue": "QueueName",
    "AWS::SNS::Topic": "TopicName", "AWS::IAM::Role": "RoleName", "AWS::Lambda::Function": "FunctionName",
}  # fmt: skip
# Policies on resources: the property that says on which, and the one that holds the document.
_POLICIES = {
    "AWS::S3::BucketPolicy": ("Bucket", "PolicyDocument"),
    "AWS::SQS::QueuePolicy": ("Queues", "PolicyDocument"),
    "AWS::SNS::TopicPolicy": ("Topics", "PolicyDocument"),
    "AWS::SecretsManager::ResourcePolicy": ("SecretId", "ResourcePolicy"),
}
_PLAIN = {"AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::KMS::Alias", "AWS::KMS::Key", *_NAMES}
_BANK = ("acme", "acme-x", "x-acme", "globex", "acmeco", "t001", "t002", "1", "12", "21", "a1", "b2")
_UUIDS = ("1b4e28ba-2fa1-11d2-883f-0016d3cca427", "6fa459ea-ee8a-3ca4-894e-db77e160355e")
_MOST_PAIRS = 6


class NotTried(Exception):
    """The situation has something that this reading does not take in."""


def question_of(tenancy: Body, template: Body, principal: str) -> Question:
    """Raises NotTried."""
    reader = _Reader(template)
    if set(template) - {"AWSTemplateFormatVersion", "Resources", "Description"}:
        raise NotTried("the template has parameters or conditions")
    unknown = {each["Type"] for each in template["Resources"].values()} - _PLAIN - set(_POLICIES)
    if unknown:
        raise NotTried(f"{unknown}")
    sessions, owned = tenancy.get("sessions") or [], tenancy.get("owned") or []
    if len(sessions) != 1 or len(owned) != 1:
        raise NotTried("not one session and one entry")
    session = sessions[0]
    if session.get("tenant_key") != "aws:PrincipalTag/TenantId" or session.get("present") != "always":
        raise NotTried("the session is of another kind")
    if set(session) - {"name", "roles", "tenant_key", "present", "binders"} or set(tenancy) & {"shared", "trusted"}:
        raise NotTried("the session says more")
    made = reader.entry(owned[0])
    made.pairs = _pairs(tenancy["tenant_id"].get("pattern", ""), json.dumps(template))
    made.documents = reader.documents(principal)
    made.policies_on = dict(reader.policies(principal))
    if made.kind != "arn" and re.search('"(sts|iam):', json.dumps(made.documents)):
        raise NotTried("the role may change who it is")
    return made


def _pairs(pattern: str, text: str) -> tuple[tuple[str, str], ...]:
    if pattern == "uuid":
        return (_UUIDS,)
    fitting = [each for each in (*_BANK, *_UUIDS) if re.fullmatch(pattern, each)]
    pairs = [(one, other) for one in fitting for other in fitting if one != other]
    if not pairs:
        raise NotTried("no tenant's id is known")
    pairs.sort(key=lambda pair: not (pair[1].startswith(pair[0]) or pair[1].endswith(pair[0])))
    # Resources of the files belong to somebody.
    named = [pair for pair in pairs if re.search(rf"(?<![a-z0-9]){re.escape(pair[1])}(?![a-z0-9])", text)]
    return tuple(dict.fromkeys((*pairs[:_MOST_PAIRS], *named[:_MOST_PAIRS])))


class _Reader:
    def __init__(self, template: Body) -> None:
        self.resources: Mapping[str, Any] = template["Resources"]

    def text(self, value: Any) -> Any:
        """The value with what a small part of CloudFormation's functions stand for."""
        if isinstance(value, list):
            return [self.text(each) for each in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Ref"}:
            return _PSEUDO.get(value["Ref"]) or self.name(value["Ref"])
        if set(value) == {"Fn::GetAtt"} and value["Fn::GetAtt"][-1] == "Arn":
            return self.arn(value["Fn::GetAtt"][0])
        if set(value) == {"Fn::Sub"} and isinstance(value["Fn::Sub"], str):
            return re.sub(r"\$\{(!?)([^}]+)\}", self._hole, value["Fn::Sub"])
        if set(value) == {"Fn::Join"}:
            separator, parts = value["Fn::Join"]
            return separator.join(self.text(parts))
        if any(key.startswith("Fn::") for key in value):
            raise NotTried(f"{set(value)}")
        return {key: self.text(each) for key, each in value.items()}

    def _hole(self, match: re.Match[str]) -> str:
        if match[1]:
            return f"${{{match[2]}}}"
        name, _, attribute = match[2].partition(".")
        if match[2] in _PSEUDO:
            return _PSEUDO[match[2]]
        return self.arn(name) if attribute == "Arn" else self.name(name)

    def name(self, logical_id: str) -> str:
        body = self.resources.get(logical_id)
        if body is None:
            raise NotTried(f"`{logical_id}` is no resource")
        made = body.get("Properties", {}).get(_NAMES.get(body["Type"], ""), f"made-{logical_id.lower()}")
        return str(self.text(made))

    def arn(self, logical_id: str) -> str:
        body = self.resources.get(logical_id, {})
        if body.get("Type") == "AWS::KMS::Key":
            return KEY_ARN
        if body.get("Type") not in _NAMES:
            raise NotTried(f"the ARN of {logical_id}")
        form = types()[body["Type"]].form
        return form.filled({form.free[0]: self.name(logical_id)})

    def entry(self, entry: Body) -> Question:
        if set(entry) - {"kind", "arn", "actions", "types", "tag", "table", "bucket", "key", "context"}:
            raise NotTried(f"{set(entry)}")
        kind, known = entry["kind"], reference()
        made: tuple[Form, dict[int, str]]
        match kind:
            case "dynamodb-item":
                form = known.named("dynamodb", "table")
                self._no_indexes()
                made = form, {form.free[0]: self._called(entry["table"])}
            case "s3-object":
                form = known.named("s3", "object")
                made = form, {form.free[0]: self._called(entry["bucket"]), form.free[1]: entry["key"]}
            case "kms-context" if len(entry["context"]) == 1:
                form = known.named("kms", "key")
                made = form, {form.free[0]: KEY_ARN.rpartition("/")[2]}
            case "tagged" if len(entry["types"]) == 1 and entry["types"][0] in types():
                form = types()[entry["types"][0]].form
                made = form, dict.fromkeys(form.free, "*")
            case "arn":
                made = _form_of(entry["arn"])
            case _:
                raise NotTried(f"an entry of kind {kind}")
        path = kind == "arn" and made[0].name == "parameter" and entry["arn"].endswith("/*")
        return Question(
            "path" if path else kind, dict(entry), "", {}, made[0], made[1], actions=tuple(entry.get("actions", ()))
        )

    def _no_indexes(self) -> None:
        if any("SecondaryIndexes" in key for body in self.resources.values() for key in body.get("Properties", {})):
            raise NotTried("a table has indexes")

    def _called(self, name: str) -> str:
        return self.name(name) if name in self.resources else name

    def documents(self, principal: str) -> dict[str, list[dict[str, Any]]]:
        role = self.resources[principal].get("Properties", {})
        identity = [each["PolicyDocument"] for each in role.get("Policies", ())]
        identity += [self._managed(each) for each in role.get("ManagedPolicyArns", ())]
        for body in self.resources.values():
            properties = body.get("Properties", {})
            if body["Type"] == "AWS::IAM::Policy" and {"Ref": principal} in properties.get("Roles", ()):
                identity.append(properties["PolicyDocument"])
        found = {"identity": identity}
        if "PermissionsBoundary" in role:
            found["boundary"] = [self._managed(role["PermissionsBoundary"])]
        return {layer: [self._plain(each) for each in several] for layer, several in found.items()}

    def _plain(self, document: Any) -> dict[str, Any]:
        read = self.text(document)
        if not isinstance(read.get("Statement"), list):
            read["Statement"] = [read["Statement"]]
        return dict(read)

    def _managed(self, value: Any) -> Any:
        if isinstance(value, dict) and "Ref" in value:
            return self.resources[value["Ref"]]["Properties"]["PolicyDocument"]
        raise NotTried("a managed policy that is not in the template")

    def policies(self, principal: str) -> list[tuple[str, dict[str, Any]]]:
        found = []
        for logical_id, body in self.resources.items():
            properties = body.get("Properties", {})
            if body["Type"] == "AWS::KMS::Key":
                found.append((KEY_ARN, self._plain(properties["KeyPolicy"])))
            if body["Type"] == "AWS::IAM::Role" and logical_id != principal:
                found.append((self.arn(logical_id), self._plain(properties["AssumeRolePolicyDocument"])))
            if body["Type"] == "AWS::DynamoDB::Table" and "ResourcePolicy" in properties:
                found.append((self.arn(logical_id), self._plain(properties["ResourcePolicy"]["PolicyDocument"])))
            if body["Type"] in _POLICIES:
                target, document = _POLICIES[body["Type"]]
                on = properties[target]
                for each in on if isinstance(on, list) else [on]:
                    if not isinstance(each, dict) or "Ref" not in each:
                        raise NotTried("what a policy is on")
                    found.append((self.arn(each["Ref"]), self._plain(properties[document])))
        if len(dict(found)) < len(found):
            raise NotTried("two policies on one resource")
        return found


def _form_of(arn: str) -> tuple[Form, dict[int, str]]:
    """The format with the most of the ARN in letters."""
    found: list[tuple[int, Form, dict[int, str]]] = []
    for form in reference().by_namespace.get(arn.split(":")[2], ()):
        capturing = re.escape(form.parts[0])
        for at in range(len(form.variables)):
            capturing += ("(.+)" if form.is_path(at) else "([^:/]+)") + re.escape(form.parts[at + 1])
        match = re.fullmatch(capturing, arn)
        if match and form in reference().on:
            fill = {at: match[at + 1] for at in range(len(form.variables)) if form.variables[at] != "Partition"}
            found.append((len("".join(form.parts)), form, fill))
    if not found:
        raise NotTried(f"{arn} is no one format")
    _, form, fill = max(found, key=lambda each: each[0])
    assert meet(form_tokens(form), tokens(form.filled(fill).replace("${tenant}", "acme"))) is not None
    return form, fill
