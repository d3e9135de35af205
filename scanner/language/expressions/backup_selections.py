"""Which resources a selection takes into a backup plan, where it does not name them one by one.

From "Assign resources with AWS CLI" of AWS Backup: patterns of `Resources` are alternatives, tags filter what they let
through, all of `Conditions` must hold and one of `ListOfTags`, and `NotResources` takes away again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from scanner.base.glob import glob_matches
from scanner.language.expressions.comparison import equal
from scanner.model.deferred import OpenMap, settle, settle_all
from scanner.model.partial_text import Text, text_of
from scanner.model.reference_match import without_partition
from scanner.model.resource import Resource
from scanner.model.truth import Truth, conj, disj, negate
from scanner.model.unknown import OpenList, Unknown, first_unknown
from scanner.model.world import World

if TYPE_CHECKING:
    from scanner.language.expressions.scope import Scope

_SELECTION = "AWS::Backup::BackupSelection"
# The service and kind in the ARN.
_KINDS = {
    "AWS::DynamoDB::Table": ("dynamodb", "table/"),
    "AWS::EC2::Instance": ("ec2", "instance/"),
    "AWS::EC2::Volume": ("ec2", "volume/"),
    "AWS::EFS::FileSystem": ("elasticfilesystem", "file-system/"),
    "AWS::FSx::FileSystem": ("fsx", "file-system/"),
    "AWS::RDS::DBCluster": ("rds", "cluster:"),
    "AWS::RDS::DBInstance": ("rds", "db:"),
}
# arn:aws:ec2:us-east-1:111122223333:volume/vol-1
_PARTS = 6
_TAG = "aws:ResourceTag/"
_ACTION = "backup:StartBackupJob"


def selected_for_backup(_: Sequence[object], scope: Scope) -> object:
    """Whether a selection takes the resource in by a pattern or by its tags. Raises UndecidedError."""
    here = scope.resource
    return disj(
        _takes(settle_all(settle(each.fields.get("Properties"), scope.world), scope.world), here, scope.world)
        for each in scope.inventory.of_type(_SELECTION)
        if each.live == here.live
        and (not here.live or (each.account, each.region) == (here.account, here.region))
        and each.exists(scope.world)
    )


def _takes(properties: object, here: Resource, world: World) -> Truth:
    chosen = properties.get("BackupSelection") if isinstance(properties, dict) else properties
    if not isinstance(chosen, dict):
        return first_unknown(chosen) or False
    tags = settle(here.fields["Tags"], world)
    some = [_is_tagged(each, tags, "StringEquals") for each in _items(chosen.get("ListOfTags"))]
    resources = _items(chosen.get("Resources"))
    if not (resources or some or chosen.get("Conditions") or isinstance(chosen, OpenMap)):
        # AWS Backup then attempts to select all of the services that are opted in (BackupSelection, AWS Backup
        # Developer Guide); which these are stands in no file.
        return Unknown("undeclared", "the selection names no resources, tags or conditions")
    return conj(
        (
            _matches(resources, here, world) if resources else True,
            disj(some) if some else True,
            conj(_conditions(chosen.get("Conditions"), tags)),
            negate(_matches(_items(chosen.get("NotResources")), here, world)),
            chosen.unknown.plain() if isinstance(chosen, OpenMap) else True,
        )
    )


def _matches(patterns: Sequence[object], here: Resource, world: World) -> Truth:
    """Whether one of the patterns stands for the resource; ARNs without a wildcard are a relation."""
    from scanner.iam.policy_questions import allows

    service, kind = _KINDS.get(here.type, ("", ""))
    known = here.names(world).arn
    hole = Unknown("deploy-time", "the ARN is known only at deployment")
    found: list[Truth] = []
    for pattern in patterns:
        if isinstance(pattern, Unknown):
            found.append(pattern.plain())
        elif isinstance(pattern, Text) or (isinstance(pattern, str) and _may_match(pattern, service, kind)):
            # One account has but one partition: that which the pattern says.
            partition = str(pattern).split(":")[1] if isinstance(pattern, str) and ":" in pattern else hole
            made = text_of(("arn:", partition, f":{service}:", hole, ":", hole, f":{kind}", hole))
            arn = known if isinstance(known, str | Text) else made
            statement = {"Effect": "Allow", "Action": _ACTION, "Resource": without_partition(pattern)}
            found.append(allows({"Statement": statement}, _ACTION, without_partition(arn)))
    return disj(found)


def _may_match(pattern: str, service: str, kind: str) -> bool:
    """Whether it is a pattern and neither its service nor its kind is another one."""
    parts = pattern.split(":", 5)
    if "*" not in pattern or len(parts) != _PARTS:
        return "*" in pattern
    start = parts[5].partition("*")[0]
    return glob_matches(parts[2], service) and (kind.startswith(start) or start.startswith(kind))


def _conditions(conditions: object, tags: object) -> Iterator[Truth]:
    if isinstance(conditions, Unknown):
        yield conditions.plain()
    for operator, entries in conditions.items() if isinstance(conditions, dict) else ():
        for entry in _items(entries):
            yield _is_tagged(entry, tags, str(operator))


def _is_tagged(entry: object, tags: object, operator: str) -> Truth:
    key = entry.get("ConditionKey") if isinstance(entry, dict) else entry
    if not isinstance(entry, dict) or not isinstance(key, str):
        return first_unknown(key) or False
    if not isinstance(tags, Mapping):
        return tags.plain() if isinstance(tags, Unknown) else False
    value, wanted = tags.get(key.removeprefix(_TAG)), entry.get("ConditionValue")
    if value is None:
        if isinstance(tags, OpenMap):
            return tags.unknown.plain()
        # Whether a resource without the tag has another value than the one that is not wanted is not documented.
        return Unknown("undeclared", f"the tag `{key}` is not there to be unlike") if "Not" in operator else False
    same: Truth
    if operator.endswith("Like") and isinstance(value, str) and isinstance(wanted, str):
        same = glob_matches(wanted, value)
    elif operator.endswith("Like") and "*" in str(wanted):
        same = first_unknown([value, wanted]) or False
    else:
        same = equal(value, wanted)
    return negate(same) if "Not" in operator else same


def _items(value: object) -> list[object]:
    """The items, and after them what else there may be."""
    if isinstance(value, OpenList):
        return [*value, value.unknown.plain()]
    return value if isinstance(value, list) else [] if value is None else [value]
