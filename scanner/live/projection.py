"""JMESPath over what AWS answers, with the few functions that reshaping takes."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import json
import urllib.parse
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import jmespath
from jmespath import functions
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

from scanner.base.error import TenantproofError
from scanner.live.collector_table import Shape
from scanner.model.bucket_acl import Grant, canned_name, grant_to


class ProjectionError(TenantproofError):
    """An answer does not have the form that the table expects."""


class NotSaidError(ProjectionError):
    """The answer is understood, and does not say what the property would."""


class _Functions(functions.Functions):
    """Names of methods are given by jmespath: `_func_` and the function's own."""

    @functions.signature({"types": []})
    def _func_document(self, value: object) -> object:
        """A policy document out of the text it is kept as, which IAM also escapes for addresses."""
        if not isinstance(value, str) or not value:
            return value or None
        text = value if value.lstrip()[:1] in ("{", "[") else urllib.parse.unquote(value)
        if text.startswith('{\\"'):
            # API Gateway quotes its policies once more.
            text = json.loads(f'"{text}"')
        return json.loads(text)

    @functions.signature({"types": ["object", "null"]}, {"types": ["string"]})
    def _func_entry(self, value: Mapping[str, object] | None, key: str) -> object:
        """What a mapping has under a key that an expression gives."""
        return (value or {}).get(key)

    @functions.signature({"types": []})
    def _func_tags(self, value: object) -> object:
        """A mapping of tags as the list that most types have."""
        if not isinstance(value, Mapping):
            return None
        return [{"Key": key, "Value": text} for key, text in sorted(value.items())]

    @functions.signature({"types": ["string", "null"]})
    def _func_last(self, value: str | None) -> str | None:
        """What stands after the last `/` or, where there is none, the last `:`: the name in an ARN."""
        if value is None:
            return None
        return value.rpartition("/")[2] if "/" in value else value.rpartition(":")[2]

    @functions.signature({"types": ["string", "null"]}, {"types": ["string"]}, {"types": ["number"]})
    def _func_piece(self, value: str | None, separator: str, place: float) -> str | None:
        """One piece of a text."""
        pieces = value.split(separator) if value is not None else []
        return pieces[int(place)] if -len(pieces) <= place < len(pieces) else None

    @functions.signature({"types": ["string"]}, {"types": ["string"]})
    def _func_split(self, value: str, separator: str) -> list[str]:
        return [piece.strip() for piece in value.split(separator)]

    @functions.signature({"types": []}, {"types": []}, {"types": []})
    def _func_choose(self, condition: object, yes: object, no: object) -> object:
        return yes if condition else no

    @functions.signature({"types": ["array", "null"]}, {"types": ["string"]}, {"types": ["string"]})
    def _func_mapping(self, value: list[object] | None, key: str, entry: str) -> object:
        """A list of pairs as a mapping."""
        pairs = [each for each in value or [] if isinstance(each, Mapping) and isinstance(each.get(key), str)]
        return {each[key]: each.get(entry) for each in pairs}

    @functions.signature({"types": ["string", "null"]}, {"types": ["string", "array", "null"]})
    def _func_starts(self, value: str | None, prefixes: object) -> bool:
        wanted = tuple(map(str, prefixes)) if isinstance(prefixes, list) else (str(prefixes),)
        return value is not None and value.startswith(wanted)

    @functions.signature({"types": ["string", "number", "null"]}, {"types": ["string"]})
    def _func_days(self, since: str | float | None, now: str) -> int | None:
        """Whole days from a moment until now; of one to come, less than none."""
        moment = _moment(since)
        return None if moment is None else (_moment(now) - moment) // datetime.timedelta(days=1)  # type: ignore[operator]  # now is one

    @functions.signature({"types": ["string", "null"]})
    def _func_csv(self, value: str | None) -> object:
        """The rows of a credential report as objects; its words for nothing are absent values."""
        rows = csv.DictReader(io.StringIO(value or ""))
        return [{key: cell for key, cell in row.items() if key and cell not in _NOTHING} for row in rows]

    @functions.signature({"types": []})
    def _func_pascal(self, value: object) -> object:
        """Names of fields as CloudFormation has them, in services that begin theirs with a small letter."""
        if isinstance(value, Mapping):
            return {key[:1].upper() + key[1:]: self._func_pascal(child) for key, child in value.items()}
        return [self._func_pascal(child) for child in value] if isinstance(value, list) else value

    @functions.signature({"types": ["array", "null"]}, {"types": ["string"]})
    def _func_permitted(self, value: list[Any] | None, side: str) -> list[object]:
        """The permissions of a security group as the rules that a template has, one for each network or group."""
        return [rule for each in value or [] for rule in _permitted(each, side)]

    @functions.signature({"types": ["object", "null"]})
    def _func_stage_settings(self, value: Mapping[str, Mapping[str, object]] | None) -> list[object]:
        """The settings of methods by `path/METHOD` as the list that a template has; a `~1` is a `/` of the path."""
        settings: list[object] = []
        for key, each in sorted((value or {}).items()):
            path, _, method = key.rpartition("/")
            names = {name[:1].upper() + name[1:]: entry for name, entry in each.items()}
            settings.append({"ResourcePath": "/" + path.replace("~1", "/").lstrip("/"), "HttpMethod": method, **names})
        return settings

    @functions.signature({"types": ["object", "null"]})
    def _func_limits(self, value: Mapping[str, object] | None) -> object:
        """Limits by method: the keys are paths of the user's."""
        return {key: self._func_pascal(each) for key, each in (value or {}).items()} or None

    @functions.signature({"types": ["array", "null"]})
    def _func_ecs_targets(self, value: list[Any] | None) -> list[object]:
        """The targets of a rule; of all that they say, EventBridge writes one name in another way than a template."""
        return [_target(each) for each in value or []]

    @functions.signature({"types": ["object"]})
    def _func_acl_grants(self, value: Mapping[str, Any]) -> list[object]:
        """The grants of a bucket's ACL."""
        return [*_granted(value)]

    @functions.signature({"types": ["object"]})
    def _func_canned_acl(self, value: Mapping[str, Any]) -> str | None:
        """The canned ACL that grants the same; none for the one that buckets have if nothing is said."""
        name = canned_name(_granted(value))
        if name is None:
            raise NotSaidError("the ACL's grants are those of no canned ACL; `AclGrants` has them")
        return None if name == "Private" else name

    @functions.signature({"types": []})
    def _func_digest(self, value: object) -> str:
        """A name for what has none."""
        return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _granted(acl: Mapping[str, Any]) -> list[Grant]:
    """The grants of an answer of GetBucketAcl. Raises ValueError for one that is not of its form."""
    owner = (acl.get("Owner") or {}).get("ID")
    found = []
    for each in acl.get("Grants") or ():
        to = each.get("Grantee") or {}
        grant = grant_to(to.get("URI"), to.get("ID"), owner, each.get("Permission"), to.get("EmailAddress"))
        if grant is None or (owner is None and "Group" not in grant):
            raise ValueError("a grant does not tell to whom it is")
        found.append(grant)
    return found


def _target(target: Mapping[str, Any]) -> Mapping[str, object]:
    tasks = target.get("EcsParameters", {})
    network = tasks.get("NetworkConfiguration")
    if network is None:
        return target
    named = {"AwsVpcConfiguration": network.get("awsvpcConfiguration")}
    return {**target, "EcsParameters": {**tasks, "NetworkConfiguration": named}}


def _permitted(permission: Mapping[str, Any], side: str) -> Iterator[dict[str, object]]:
    ports = {key: permission[key] for key in ("IpProtocol", "FromPort", "ToPort") if key in permission}
    for items, field, name in (
        ("IpRanges", "CidrIp", "CidrIp"),
        ("Ipv6Ranges", "CidrIpv6", "CidrIpv6"),
        ("PrefixListIds", "PrefixListId", f"{side}PrefixListId"),
        ("UserIdGroupPairs", "GroupId", f"{side}SecurityGroupId"),
    ):
        for each in permission.get(items, ()):
            rule = {**ports, name: each.get(field)}
            if side == "Source" and each.get("UserId"):
                rule["SourceSecurityGroupOwnerId"] = each["UserId"]
            if each.get("Description"):
                rule["Description"] = each["Description"]
            yield rule


def _moment(value: str | float | None) -> datetime.datetime | None:
    """A time of AWS: ISO 8601, or seconds since 1970. Raises ValueError."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        moment = datetime.datetime.fromisoformat(value)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=datetime.UTC)
    return datetime.datetime.fromtimestamp(value, datetime.UTC)


# "Getting credential reports for your AWS account".
_NOTHING = frozenset({"N/A", "no_information", "not_supported", None})
_OPTIONS = jmespath.Options(custom_functions=_Functions())


def project(shape: Shape, document: Mapping[str, object]) -> object:
    """The value of a shape: None where the document has none. Raises ProjectionError."""
    if isinstance(shape, str):
        try:
            return plain(_compiled(shape).search(document, options=_OPTIONS))
        except (JMESPathError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ProjectionError(f"{type(error).__name__}: {str(error)[:200]}") from None
    entries = {key: project(child, document) for key, child in shape.items()}
    return {key: value for key, value in entries.items() if value is not None} or None


@cache
def _compiled(expression: str) -> ParsedResult:
    return jmespath.compile(expression)


def plain(value: Any) -> object:  # an answer of boto3 is whatever the service's model says
    """The value as JSON has it; entries of objects that are None are absent ones."""
    if isinstance(value, Mapping):
        return {str(key): plain(child) for key, child in value.items() if child is not None}
    if isinstance(value, list | tuple):
        return [plain(child) for child in value]
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, str | bool | int | float) or value is None:
        return value
    if isinstance(value, bytes | bytearray):
        return hashlib.sha256(value).hexdigest()
    return str(value)
