"""Whether what came back is an answer of AWS: a proxy's page with status 200 is none, nor is half a document.

botocore makes an empty result of a body that it does not understand, and an empty result says "there is nothing":
tables vanish, findings are "fixed". So each answer is held against what its operation must carry before it is parsed.

Held against 1,857 recorded answers to 162 of the operations that are asked: all pass. What real answers may lack is
little: Amazon SQS leaves an empty list out of JSON, and S3's versioning, logging and notification documents have no
children where nothing is set; these carry AWS's request id or S3's namespace, which a proxy does not make up. A
document that says something else than what was asked, an error with a success's status among it, is none whoever signs
it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from typing import Any
from xml.etree import ElementTree

from scanner.base.error import TenantproofError

NO_ANSWER = "NotAnAnswer"
"""The code under which such a call counts as failed."""

# Headers and elements by which AWS names a request ("Common response headers", and the services' API references).
_REQUEST_IDS = frozenset({"x-amzn-requestid", "x-amz-request-id", "x-amz-id-2", "x-amz-apigw-id"})
_ID_ELEMENTS = frozenset({"requestid", "responsemetadata"})
_ERRORS = frozenset({"error", "errorresponse"})
_NO_CBOR = (ArithmeticError, AttributeError, EOFError, LookupError, RecursionError, TypeError, ValueError)
_IN_JSON: Mapping[str, type] = {"list": list, "structure": dict, "map": dict}
_S3 = "{http://s3.amazonaws.com/"
_LONGEST_SHOWN = 60


class NoAnswerError(TenantproofError):
    """The message says what came instead."""


def check_answer(operation_model: Any, response_dict: Mapping[str, Any], **_: object) -> None:
    """For botocore's event `before-parse`: raises NoAnswerError for a success that is no answer to the operation.

    `operation_model` is botocore's, `response_dict` has `status_code`, `headers` and `body` as they came.
    """
    if response_dict["status_code"] > 300:  # noqa: PLR2004  # an error, which botocore tells of
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
    if payload in members and members[payload].type_name == "structure":
        members = members[payload].members
    names = _names(members)
    protocol = str(operation_model.service_model.resolved_protocol)
    signed = bool(_REQUEST_IDS & headers.keys())
    if "json" in protocol:
        is_told = _json_tells(_json(bytes(body)), names, signed=signed)
    elif "cbor" in protocol:
        is_told = _json_tells(_cbor(bytes(body)), names, signed=signed)
    else:
        is_told = _xml_tells(bytes(body), operation_model, frozenset(names), signed=signed)
    if not is_told:
        raise NoAnswerError(f"nothing in it is of `{operation_model.name}`")


def _in_the_body(output: Any) -> dict[str, Any]:  # a shape of botocore, and its members
    return {name: shape for name, shape in output.members.items() if "location" not in shape.serialization}


def _names(members: Mapping[str, Any]) -> dict[str, Any]:
    """The shapes by the names that members have in a document, in lower case: botocore's own and those on the wire."""
    found = {name.lower(): shape for name, shape in members.items()}
    for shape in members.values():
        found.setdefault(str(shape.serialization.get("name", "")).lower(), shape)
    found.pop("", None)
    return found


def _check_length(headers: Mapping[str, str], body: bytes | bytearray) -> None:
    said = headers.get("content-length", "")
    # A compressed body is longer than it came.
    if said.isascii() and said.isdigit() and "content-encoding" not in headers and len(body) < int(said):
        raise NoAnswerError(f"{len(body)} of {int(said)} bytes came")


def _check_text(operation: str, body: bytes) -> None:
    """A body that is handed on as it is: a policy must be one, all else is not looked into."""
    if operation == "GetBucketPolicy":
        _json(body)


def _json(body: bytes) -> dict[str, object]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise NoAnswerError(f"the body is not JSON: {_shown(body)}") from None
    if not isinstance(document, dict):
        raise NoAnswerError(f"the body is no JSON object: {_shown(body)}")
    return document


def _cbor(body: bytes) -> dict[str, object]:
    parsers: Any = import_module("botocore.parsers")
    reader: Any = parsers.RpcV2CBORParser()
    try:
        document = reader.parse_data_item(reader.get_peekable_stream_from_bytes(body))
    except (*_NO_CBOR, parsers.ResponseParserError):
        raise NoAnswerError(f"the body is not CBOR: {_shown(body)}") from None
    if not isinstance(document, dict):
        raise NoAnswerError(f"the body is no map: {_shown(body)}")
    return document


def _json_tells(document: Mapping[str, object], names: Mapping[str, Any], *, signed: bool) -> bool:
    if not document:
        return signed
    told = False
    for name, value in document.items():
        shape = names.get(str(name).lower())
        if shape is None:
            continue
        told = True
        # A document type holds whatever JSON there is.
        expected = None if getattr(shape, "is_document_type", False) else _IN_JSON.get(shape.type_name)
        if expected is not None and value is not None and not isinstance(value, expected):
            raise NoAnswerError(f"`{name}` is no {shape.type_name}")
    return told


def _xml_tells(body: bytes, operation_model: Any, names: frozenset[str], *, signed: bool) -> bool:
    try:
        root = ElementTree.fromstring(body)  # noqa: S314  # what botocore parses next; expat refuses entity bombs
    except ElementTree.ParseError:
        raise NoAnswerError(f"the body is not XML: {_shown(body)}") from None
    name = root.tag.rpartition("}")[2].lower()
    said = {child.tag.rpartition("}")[2].lower() for child in root}
    if name in _ERRORS or (name == "response" and "errors" in said):
        raise NoAnswerError(f"an error came with the status of a success: {_shown(body)}")
    wrapper = operation_model.output_shape.serialization.get("resultWrapper")
    if wrapper is not None:
        # "Query protocol": the result is there even where there is nothing in it.
        return wrapper.lower() in said
    if names & (said | {name}):
        return True
    if name == f"{operation_model.name}Response".lower():
        return bool(said & _ID_ELEMENTS) or signed
    # Some of S3's documents have no children where nothing is set; they are told by their namespace.
    return root.tag.startswith(_S3) or (not said and signed)


def _shown(body: bytes) -> str:
    text = body[:_LONGEST_SHOWN].decode("utf-8", "replace")
    return f"`{''.join(each if each.isprintable() else ' ' for each in text)}`"
