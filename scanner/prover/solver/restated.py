"""Condition keys that say once more what the resource's ARN says: their values are no choice of the caller's.

From the descriptions of the keys in the "Service Authorization Reference": `redshift:DbUser` is the user in
`dbuser:cluster/user`, `ecs:cluster` the ARN of the cluster that a task's ARN names, `secretsmanager:SecretId` what the
request calls the secret: by its ARN, with the random suffix or without, or by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from scanner.base.record import replace
from scanner.iam.arn_binding import bind
from scanner.iam.catalogue import catalogue
from scanner.iam.resource_arns import ArnForm, resource_arns
from scanner.iam.terms import ARN_SEGMENTS
from scanner.prover.solver.pattern import Pattern, Tenant, Token
from scanner.prover.solver.question import ABSENT, Given, Shape, Value

Tokens = tuple[Token, ...]
_SUFFIX = 7  # a hyphen and six characters of AWS's
# Keys by the hole of the service's ARNs that has their value.
_HOLES = {
    "redshift:DbUser": "DbUser",
    "redshift:DbName": "DbName",
    "connect:InstanceId": "InstanceId",
    "ec2:AllocationId": "AllocationId",
    "ec2:ImageID": "ImageId",
    "ec2:InstanceID": "InstanceId",
    "ec2:InternetGatewayID": "InternetGatewayId",
    "ec2:KeyPairName": "KeyPairName",
    "ec2:NetworkInterfaceID": "NetworkInterfaceId",
    "ec2:RouteTableID": "RouteTableId",
    "ec2:SecurityGroupID": "SecurityGroupId",
    "ec2:SnapshotID": "SnapshotId",
    "ec2:SubnetID": "SubnetId",
    "ec2:VolumeID": "VolumeId",
    "ec2:VpcID": "VpcId",
    "ecs:cluster": "ClusterName",
    "secretsmanager:SecretId": "SecretId",
}
_SPELLED = {key.lower(): key for key in _HOLES}


def with_restated(shape: Shape, action: str, read: Iterable[str]) -> Iterator[Shape]:
    """The requests that the shape stands for, one for each way in which those of the keys can be that policies read."""
    for key in read:
        name = _SPELLED.get(key)
        if name is None or key in shape.keys or not action.startswith(key.partition(":")[0] + ":"):
            continue
        carried = catalogue().presence(action, key)
        values = _values(name, shape.resource.tokens) if carried != "never" else ()
        if values:
            ways: tuple[Value, ...] = (*(Given(Pattern(each)) for each in values), *_left_out(carried))
            spelled = {name.lower(): name, **shape.spelled}
            for value in ways:
                yield from with_restated(replace(shape, keys={**shape.keys, key: value}, spelled=spelled), action, read)
            return
    yield shape


def _left_out(carried: str) -> tuple[Value, ...]:
    return () if carried == "always" else (ABSENT,)


@lru_cache(maxsize=1024)
def _values(name: str, arn: Tokens) -> tuple[Tokens, ...]:
    """What the key can be in a request for the ARN; none where that is not told by it."""
    service, hole = name.partition(":")[0], _HOLES[name]
    for form in _forms(service, hole):
        bound = bind(form, arn)
        if bound is not None:
            return _MADE.get(name, _as_it_is)(arn, bound[hole])
    return ()


@lru_cache(maxsize=64)
def _forms(service: str, hole: str) -> tuple[ArnForm, ...]:
    return tuple(form for form in resource_arns().forms() if form.service == service and hole in form.holes)


def _is_told(value: Tokens) -> bool:
    """Whether nothing but the owner's id is open in it: of a wildcard the key would be another instance."""
    return all(token.__class__ is str or isinstance(token, Tenant) for token in value)


def _as_it_is(_: Tokens, value: Tokens) -> tuple[Tokens, ...]:
    return (value,) if _is_told(value) else ()


def _cluster(arn: Tokens, value: Tokens) -> tuple[Tokens, ...]:
    return ((*_place(arn), *"cluster/", *value),) if _is_told(value) else ()


def _secret(arn: Tokens, value: Tokens) -> tuple[Tokens, ...]:
    """An ARN that goes on with what AWS makes up is told by the other two spellings as well."""
    name = value[:-_SUFFIX] if len(value) > _SUFFIX and value[-_SUFFIX] == "-" else value
    return (arn, (*arn[: len(arn) - len(value)], *name), name) if _is_told(name) else ()


def _place(arn: Tokens) -> Tokens:
    """The ARN up to what follows the account."""
    colons = 0
    for at, token in enumerate(arn):
        colons += token == ":"  # noqa: S105  # a token of a pattern
        if colons == ARN_SEGMENTS - 1:
            return arn[: at + 1]
    return arn


_MADE: dict[str, Callable[[Tokens, Tokens], tuple[Tokens, ...]]] = {
    "ecs:cluster": _cluster,
    "secretsmanager:SecretId": _secret,
}

__all__ = ["with_restated"]
