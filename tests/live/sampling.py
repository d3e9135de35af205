"""Answers made from botocore's models: every field that an operation may answer, with a value of its kind."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from scanner.live.aws_calls import RefusedError
from scanner.live.collector_table import Call, Service, words

NOW = datetime.datetime(2026, 1, 31, 10, 0, tzinfo=datetime.UTC)
REPORT = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,mfa_active,"
    "access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date\n"
    "<root_account>,arn:aws:iam::111122223333:root,2020-01-01T00:00:00+00:00,not_supported,no_information,"
    "not_supported,true,false,N/A,N/A,false,N/A,N/A\n"
    "maria,arn:aws:iam::111122223333:user/maria,2020-01-01T00:00:00+00:00,true,2020-06-01T00:00:00+00:00,"
    "2020-01-01T00:00:00+00:00,false,true,2020-01-01T00:00:00+00:00,N/A,false,N/A,N/A\n"
)
# Values that decide whether something is a resource at all, and text with a form of its own.
VALUES: Mapping[str, object] = {
    "ComplianceType": "Patch",
    "Content": REPORT.encode(),
    "GetDocumentResult.Content": '{"schemaVersion": "2.2", "mainSteps": []}',
    "StateTransitionReason": "User initiated (2026-01-31 10:00:00 GMT)",
    "EventPattern": '{"source": ["clinic"]}',
    "SnapshotType": "manual",
    "Grantee.EmailAddress": None,
    "Grantee.URI": None,
    "IsDefault": False,
    # The page is the only one.
    "IsTruncated": False,
    "Truncated": False,
    "HasMoreStreams": False,
    "IsTruncatedResponse": False,
    "IsEnabled": True,
    "KeyManager": "CUSTOMER",
    "KeySpec": "SYMMETRIC_DEFAULT",
    "KeyState": "Enabled",
    "Bucket.BucketRegion": None,
    "CacheCluster.ReplicationGroupId": None,
    "ReplicationGroup.Status": "available",
    "Listener.Protocol": "HTTPS",
}
_DOCUMENT = '{"Version": "2012-10-17", "Statement": [{"Sid": "s", "Effect": "Deny", "Action": "*"}]}'


@cache
def service_model(service: str) -> Any:
    """Of botocore, without a client, which takes much longer."""
    session: Any = pytest.importorskip("botocore.session")
    return session.get_session().get_service_model(service)


def output(service: str, operation: str) -> Any:
    """The form of an operation's answer; None where it has none."""
    botocore: Any = pytest.importorskip("botocore")
    model = service_model(service)
    names = {botocore.xform_name(name): name for name in model.operation_names}
    return model.operation_model(names[operation]).output_shape


def sample(service: Service, call: Call) -> Mapping[str, Any]:
    """The only page of an answer."""
    tokens = words(call.paging.next) if call.paging is not None else frozenset()
    # A page may be gone on with after its last item, which is there all the same.
    tokens -= words(call.items) if call.items is not None else frozenset()
    shape = output(call.service or service.name, call.operation)
    made = _value(shape, "", tokens, ()) if shape is not None else {}
    assert isinstance(made, dict)
    return made


def _known(structure: str, key: str) -> str | None:
    return next((name for name in (f"{structure}.{key}", key) if name in VALUES), None)


def _value(shape: Any, name: str, without: frozenset[str], above: tuple[str, ...]) -> object:
    if shape.type_name == "structure":
        if above.count(shape.name) > 1:
            return {}
        inside = (*above, shape.name)
        fields = {
            key: VALUES[known] if (known := _known(shape.name, key)) else _value(child, key, without, inside)
            for key, child in shape.members.items()
            if key not in without or child.type_name == "structure"
        }
        return {key: value for key, value in fields.items() if value is not None}
    if shape.type_name == "list":
        return [_value(shape.member, name, without, above)]
    if shape.type_name == "map":
        keys = getattr(shape.key, "enum", None) or ["key"]
        return {key: _value(shape.value, key, without, above) for key in keys}
    if shape.type_name == "timestamp":
        return NOW
    if shape.type_name == "blob":
        return b"bytes"
    if shape.type_name in ("integer", "long", "float", "double"):
        return 1
    if shape.type_name == "boolean":
        return True
    if shape.enum:
        return shape.enum[0]
    if ("policy" in name.lower() and "name" not in name.lower()) or name.endswith(("Document", "Policies")):
        return _DOCUMENT
    return f"a-{name}"


class Sampled:
    """Answers every call of a service from its model, but for the one that is refused."""

    def __init__(self, service: Service, calls: Mapping[str, Call], refuse: str = "", code: str = "") -> None:
        self._service = service
        self._calls = calls
        self._refuse = refuse
        self._code = code

    def call(self, service: str, operation: str, /, **arguments: object) -> Mapping[str, Any]:
        del arguments
        key = f"{service}.{operation}"
        if key == self._refuse:
            raise RefusedError(self._code, "not for you")
        if operation.startswith("generate_"):
            return {"State": "COMPLETE"}
        return sample(self._service, self._calls[key])
