"""Whether what came back is an answer of AWS: a proxy's page with status 200 is none, nor is half a document.

botocore makes an empty result of a body that it does not understand, and an empty result says "there is nothing":
tables vanish, findings are "fixed". So each answer is held against what its operation must carry before it is parsed.

Held against 1,857 recorded answers to 162 of the operations that are asked: all pass. What real answers may lack is
little: Amazon SQS leaves an empty list out of JSON, and S3's versioning, logging and notification documents have no
children where nothing is set; these carry AWS's request id or S3's namespace, which a proxy does not make up.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from scanner.base.error import TenantproofError

NO_ANSWER = "NotAnAnswer"
"""The code under which such a call counts as failed."""

# Headers and elements by which AWS names a request ("Common response headers", and the services' API references).
_REQUEST_IDS = frozenset({"x-amzn-requestid", "x-amz-request-id", "x-amz-id-2", "x-amz-apigw-id"})
_ID_ELEMENTS = frozenset({"requestid", "responsemetadata"})
_S3 = "{http://s3.amazonaws.com/"
_LONGEST_SHOWN = 60


class NoAnswerError(TenantproofError):
    """The message says what came instead."""


def check_answer(operation_model: Any, response_dict: Mapping[str, Any], **_: object) -> None:
    """For botocore's event `before-parse`: raises NoAnswerError for a success that is no answer to the operation.

    `operation_model` is botocore's, `response_dict` has `status_code`, `headers` and `body` as they came.
    """
    if response_dict["status_code"] >= 300:  # noqa: PLR2004  # an error, which botocore tells of
        return
    headers = {str(name).lower(): str(value) for name, value in response_dict["headers"].items()}
    body = response_dict["body"]
    if not isinstance(body, bytes | bytearray):
        return  # a stream, which is read later and by its own length
    # The type that a server gives is not asked: emulators say `text/html` of anything.
    if body.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        raise NoAnswerError("a page came back")
    _check_length(headers, body)
    output = operation_model.output_shape
    members = {} if output is None else _in_the_body(output)
    if not members:
        return
    if not body:
        raise NoAnswerError("the body is empty")
    payload = output.serialization.get("payload")
    if payload in members and members[payload].type_name in ("blob", "string"):
        _check_text(operation_model.name, bytes(body))
        return
    known = _names(
        members[payload].members if payload in members and members[payload].type_name == "structure" else members
    )
    protocol = str(operation_model.service_model.resolved_protocol)
    if "json" in protocol:
        said = _json_names(bytes(body))
    elif "cbor" in protocol:
        return  # botocore itself refuses what is no map
    else:
        said = _xml_names(bytes(body))
        wrapper = output.serialization.get("resultWrapper")
        known |= {wrapper.lower()} if wrapper else set()
    if not (said & known or said & _ID_ELEMENTS or _REQUEST_IDS & headers.keys()):
        raise NoAnswerError(f"nothing in it is of `{operation_model.name}`")


def _in_the_body(output: Any) -> dict[str, Any]:  # a shape of botocore, and its members
    return {name: shape for name, shape in output.members.items() if "location" not in shape.serialization}


def _names(members: Mapping[str, Any]) -> set[str]:
    """The names that members have in a document, in lower case: botocore's own and those on the wire."""
    found = {name.lower() for name in members}
    return found | {
        str(shape.serialization["name"]).lower() for shape in members.values() if "name" in shape.serialization
    }


def _check_length(headers: Mapping[str, str], body: bytes | bytearray) -> None:
    said = headers.get("content-length", "")
    # A compressed body is longer than it came.
    if said.isascii() and said.isdigit() and "content-encoding" not in headers and len(body) < int(said):
        raise NoAnswerError(f"{len(body)} of {int(said)} bytes came")


def _check_text(operation: str, body: bytes) -> None:
    """A body that is handed on as it is: a policy must be one, all else is not looked into."""
    if operation == "GetBucketPolicy":
        _json_names(body)


def _json_names(body: bytes) -> set[str]:
    try:
        document = json.loads(body)
    except ValueError:
        raise NoAnswerError(f"the body is not JSON: {_shown(body)}") from None
    if not isinstance(document, dict):
        raise NoAnswerError(f"the body is no JSON object: {_shown(body)}")
    return {str(name).lower() for name in document}


def _xml_names(body: bytes) -> set[str]:
    try:
        root = ElementTree.fromstring(body)  # noqa: S314  # what botocore parses next; expat refuses entity bombs
    except ElementTree.ParseError:
        raise NoAnswerError(f"the body is not XML: {_shown(body)}") from None
    name = root.tag.rpartition("}")[2].lower()
    # Some of S3's documents have no children where nothing is set; they are told by their namespace.
    own = {"requestid"} if root.tag.startswith(_S3) else set()
    return {child.tag.rpartition("}")[2].lower() for child in root} | {name} | own


def _shown(body: bytes) -> str:
    text = body[:_LONGEST_SHOWN].decode("utf-8", "replace")
    return f"`{''.join(each if each.isprintable() else ' ' for each in text)}`"
