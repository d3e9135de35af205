# ruff: noqa: E501  # an answer a line
"""What is no answer of AWS is a failed call, whatever its status: for every operation asked, in every protocol."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from scanner.live.answers import NoAnswerError, check_answer
from scanner.live.collector_table import Call, Part
from scanner.live.services import SERVICES

session: Any = pytest.importorskip("botocore.session")
PAGE = b"<!doctype html><html><head><title>Sign in</title></head><body>please sign in<br></body></html>"
XHTML = b"<html><body>please sign in</body></html>"
ID = {"x-amzn-RequestId": "4f0e6f7e-0000-4000-8000-000000000000"}


def _calls(part: Part) -> Iterator[Call]:
    yield from part.details.values()
    for child in part.children:
        yield from _calls(child)


def _operations() -> list[tuple[str, str]]:
    found = set()
    for service in SERVICES:
        for collector in service.collectors:
            calls = [collector.listing, *(call for part in (collector.part, *collector.also) for call in _calls(part))]
            found |= {(call.service or service.name, call.operation) for call in calls}
    found |= {("sts", "get_caller_identity"), ("sts", "assume_role"), ("ec2", "describe_regions")}
    return sorted(found)


OPERATIONS = _operations()
LOADED: dict[str, Any] = {}


def _model(service: str, operation: str) -> Any:  # botocore's model of the operation
    from botocore import xform_name

    if service not in LOADED:
        LOADED[service] = session.get_session().get_service_model(service)
    names = {xform_name(name): name for name in LOADED[service].operation_names}
    return LOADED[service].operation_model(names[operation])


def _says_something(model: Any) -> bool:
    output = model.output_shape
    return output is not None and any("location" not in each.serialization for each in output.members.values())


def _is_text(model: Any) -> bool:
    payload = model.output_shape.serialization.get("payload")
    return payload is not None and model.output_shape.members[payload].type_name in ("blob", "string")


def _check(model: Any, body: bytes, headers: dict[str, str] | None = None, status: int = 200) -> None:
    check_answer(model, {"status_code": status, "headers": headers or {}, "body": body})


def _kind(model: Any) -> str:
    protocol = str(model.service_model.resolved_protocol)
    return "json" if "json" in protocol else "cbor" if "cbor" in protocol else "xml"


def _refused(model: Any, body: bytes, headers: dict[str, str] | None = None) -> bool:
    try:
        _check(model, body, headers)
    except NoAnswerError:
        return True
    return False


BROKEN = {
    "a page": lambda model: (PAGE, {"Content-Type": "text/html"}),
    "a page that says it is of the right type": lambda model: (
        XHTML,
        {"Content-Type": "application/json" if _kind(model) == "json" else "text/xml"},
    ),
    "an empty body": lambda model: (b"", {"Content-Type": "application/json"}),
    "a body cut by its length": lambda model: (b'{"a": 1}', {"Content-Length": "4096"}),
    "a document cut in its middle": lambda model: (
        (b'{"Items": [{"Name": "x"', {}) if _kind(model) == "json" else (b"<R><Items><member>", {})
    ),
    "another's document": lambda model: (b"[]", {}) if _kind(model) == "json" else (b"<ok><zz>fine</zz></ok>", {}),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.full
def test_no_operation_takes_it_for_an_answer(name: str) -> None:
    taken = []
    for service, operation in OPERATIONS:
        model = _model(service, operation)
        if not _says_something(model) or _kind(model) == "cbor":
            continue
        if _is_text(model) and name in ("a document cut in its middle", "another's document"):
            continue  # a text of any form, such as a template; a policy is tested below
        if not _refused(model, *BROKEN[name](model)):
            taken.append(f"{service}:{operation}")
    assert taken == []


def test_nothing_set_is_an_answer_where_aws_says_so() -> None:
    namespace = b'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
    for operation, root in (
        ("get_bucket_versioning", b"VersioningConfiguration"),
        ("get_bucket_logging", b"BucketLoggingStatus"),
        ("get_bucket_location", b"LocationConstraint"),
        ("get_bucket_notification_configuration", b"NotificationConfiguration"),
    ):
        _check(_model("s3", operation), b"<" + root + b" " + namespace + b"/>")
    _check(_model("sqs", "list_queues"), b"{}", ID)
    _check(_model("sqs", "list_queue_tags"), b"{}", {"x-amzn-requestid": "1"})
    _check(_model("dynamodb", "list_tables"), b'{"TableNames": []}')


@pytest.mark.parametrize(
    "body", [b"{}", b'{"message": "sign in"}', b"null", b'"ok"'], ids=["empty", "another", "null", "text"]
)
def test_json_that_nobody_signed_and_that_says_nothing_is_none(body: bytes) -> None:
    for service, operation in (("sqs", "list_queues"), ("dynamodb", "list_tables"), ("lambda", "list_functions")):
        with pytest.raises(NoAnswerError):
            _check(_model(service, operation), body)


_ERROR = b"<Error><Code>AccessDenied</Code><Message>no</Message><RequestId>1</RequestId></Error>"
_QUERY = b"<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>"
# Labelled before they were run: by protocol, an operation, what came with status 200 and AWS's request id, and whether
# it answers the operation.
SIGNED: list[tuple[str, str, bytes, bool]] = [
    ("dynamodb", "list_tables", b'{"__type": "AccessDeniedException", "message": "no"}', False),
    ("dynamodb", "list_tables", b'{"Table": {"TableName": "visits"}}', False),
    ("dynamodb", "list_tables", b'{"TableNames": "visits"}', False),
    ("dynamodb", "list_tables", b'{"TableNames": {"0": "visits"}}', False),
    ("dynamodb", "list_tables", b'{"TableNames": null}', True),
    ("dynamodb", "list_tables", b'{"TableNames": [], "NewIn2031": 1}', True),
    ("dynamodb", "describe_table", b'{"Table": []}', False),
    ("dynamodb", "describe_table", b'{"Table": "visits"}', False),
    ("sqs", "get_queue_attributes", b'{"Attributes": [{"Name": "QueueArn"}]}', False),
    ("sqs", "list_queues", b"{}", True),
    ("logs", "describe_log_groups", b'{"message": "Service Unavailable"}', False),
    ("kms", "list_keys", b"[" * 5_000, False),
    ("lambda", "list_functions", b'{"message": "Forbidden"}', False),
    ("lambda", "list_functions", b'{"Functions": []}', True),
    ("lambda", "get_function_concurrency", b"{}", True),
    ("apigateway", "get_rest_apis", b'{"item": []}', True),
    ("apigateway", "get_rest_apis", b'{"item": "none"}', False),
    ("efs", "describe_file_systems", b'{"ErrorCode": "BadRequest", "Message": "no"}', False),
    ("sns", "list_topics", b"<ErrorResponse><Error><Code>x</Code></Error><RequestId>1</RequestId></ErrorResponse>", False),
    ("sns", "list_topics", b"<ListTopicsResponse>" + _QUERY + b"</ListTopicsResponse>", False),
    ("sns", "list_topics", b"<ListTopicsResponse><ListTopicsResult/>" + _QUERY + b"</ListTopicsResponse>", True),
    ("sns", "list_topics", b"<GetTopicAttributesResponse><GetTopicAttributesResult/>" + _QUERY + b"</GetTopicAttributesResponse>", False),
    ("iam", "list_roles", _ERROR, False),
    ("rds", "describe_db_instances", b"<DescribeDBClustersResponse><DescribeDBClustersResult/>" + _QUERY + b"</DescribeDBClustersResponse>", False),
    ("ec2", "describe_instances", b"<Response><Errors><Error><Code>x</Code></Error></Errors><RequestID>1</RequestID></Response>", False),
    ("ec2", "describe_instances", b"<DescribeVpcsResponse><requestId>1</requestId></DescribeVpcsResponse>", False),
    ("ec2", "describe_instances", b"<DescribeVpcsResponse><requestId>1</requestId><vpcSet/></DescribeVpcsResponse>", False),
    ("ec2", "describe_instances", b"<DescribeInstancesResponse><requestId>1</requestId></DescribeInstancesResponse>", True),
    ("ec2", "describe_instances", b"<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>", True),
    ("s3", "list_buckets", _ERROR, False),
    ("s3", "get_bucket_versioning", _ERROR, False),
    ("s3", "get_bucket_acl", b"<html><head/><body>sign in</body></html>", False),
    ("s3", "get_bucket_acl", b"<?xml version='1.0'?><!DOCTYPE html><html><body/></html>", False),
    ("cloudfront", "list_distributions", b"<ErrorResponse><Error/><RequestId>1</RequestId></ErrorResponse>", False),
    ("cloudfront", "list_distributions", b"<DistributionList><Quantity>0</Quantity></DistributionList>", True),
    ("s3control", "list_access_points", b"<Error><Code>AccessDenied</Code></Error>", False),
]  # fmt: skip


@pytest.mark.parametrize(("service", "operation", "body", "answers"), SIGNED)
def test_what_is_signed_and_says_something_else_is_none(
    service: str, operation: str, body: bytes, answers: bool
) -> None:
    assert _refused(_model(service, operation), body, ID) is not answers


def test_an_answer_in_cbor_is_held_to_the_same() -> None:
    class Cbor:
        """ListTables in the protocol that AWS moves its services to."""

        name = "ListTables"
        output_shape = _model("dynamodb", "list_tables").output_shape

        class service_model:  # noqa: N801  # botocore's name
            resolved_protocol = "smithy-rpc-v2-cbor"

    for body, answers in (
        (b"\xa1\x6aTableNames\x80", True),  # {"TableNames": []}
        (b"\xa1\x6aTableNames\x66visits", False),
        (b"\xa1\x66__type\x66Denied", False),
        (b"\xa1\x6aTableNa", False),
        (b"\x80", False),
        (b"\xff\xff", False),
        (b"please sign in", False),
        (b"\xa0", True),
    ):
        assert _refused(Cbor, body, ID) is not answers, body
    assert _refused(Cbor, b"\xa0")


def test_a_status_between_success_and_error_is_no_answer() -> None:
    with pytest.raises(NoAnswerError):
        _check(_model("dynamodb", "list_tables"), PAGE, status=300)


@pytest.mark.parametrize("body", [b"", b"{", b'{"Version": "2012', b"<Policy/>"], ids=["empty", "cut", "half", "xml"])
def test_a_bucket_policy_is_a_policy(body: bytes) -> None:
    with pytest.raises(NoAnswerError):
        _check(_model("s3", "get_bucket_policy"), body)


def test_errors_are_botocores() -> None:
    _check(_model("s3", "list_buckets"), PAGE, {"Content-Type": "text/html"}, status=403)


def test_recorded_answers_have_what_is_asked_for(corpus: Any) -> None:
    """Real answers of AWS, as others recorded them: parsed, so only the names of their members are compared."""
    import zipfile

    archive = corpus / "recorded-answers.zip"
    if not archive.exists():
        pytest.skip("needs the recorded answers beside the checkout")
    lacking: dict[str, int] = {}
    seen = 0
    asked = {(service, _model(service, operation).name): (service, operation) for service, operation in OPERATIONS}
    with zipfile.ZipFile(archive) as files:
        for name in files.namelist():
            service, _, rest = name.rpartition("/")[2].partition(".")
            key = (service, rest.partition("_")[0])
            if key not in asked:
                continue
            document = json.loads(files.read(name))
            data = document.get("data", {})
            if document.get("status_code") != 200:
                continue
            seen += 1
            model = _model(*asked[key])
            if _says_something(model) and not set(data) & set(model.output_shape.members):
                lacking[":".join(key)] = lacking.get(":".join(key), 0) + 1
    assert seen > 1_500
    assert lacking.keys() <= {
        "s3:GetBucketVersioning",
        "s3:GetBucketLogging",
        "s3:GetBucketNotificationConfiguration",
        "sqs:ListQueueTags",
    }


# --- what the audit role may read


def test_the_role_reads_of_api_gateway_what_is_asked_and_no_key() -> None:
    import fnmatch

    from scanner.live.audit_role import API_GATEWAY, API_GATEWAY_PATHS

    asked = set()
    for service in SERVICES:
        for collector in service.collectors:
            calls = [collector.listing, *(call for part in (collector.part, *collector.also) for call in _calls(part))]
            for call in calls:
                if service.action(call) == API_GATEWAY:
                    uri = _model(call.service or service.name, call.operation).http["requestUri"]
                    asked.add(re.sub(r"\{[^}]*\}", "*", uri.removeprefix("/v2")))
    assert asked == set(API_GATEWAY_PATHS)
    for secret in (
        "/apikeys",
        "/apikeys/abc",
        "/usageplans/abc/keys",
        "/usageplans/abc/keys/def",
        "/restapis/a/stages/b/exports/oas30",
    ):
        assert not [path for path in API_GATEWAY_PATHS if fnmatch.fnmatchcase(secret, path)]


# Reads whose answer is a secret or a record, whatever else the role may read. `cognito-idp:DescribeUserPoolClient` is
# not among them: it tells the client's settings beside its secret, which is taken out before anything is written.
SECRET_READS = (
    "apigateway:GET /apikeys", "appsync:ListApiKeys", "codecommit:GetFile", "cognito-idp:ListUsers",
    "connect:GetContactAttributes", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan",
    "ec2:GetPasswordData", "ec2:GetConsoleOutput", "ecr:GetAuthorizationToken", "iot:GetOTAUpdate", "kms:Decrypt",
    "lambda:GetFunction", "logs:GetLogEvents", "logs:FilterLogEvents", "rds-data:ExecuteStatement",
    "redshift:GetClusterCredentials", "s3:GetObject", "secretsmanager:GetSecretValue",
    "secretsmanager:BatchGetSecretValue", "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath",
    "ssm:GetParameterHistory", "sqs:ReceiveMessage", "sts:AssumeRole",
)  # fmt: skip


def test_the_role_reads_no_secret_and_no_record() -> None:
    from scanner.live.audit_role import actions

    assert not {*actions(SERVICES, organization=True)} & set(SECRET_READS)
