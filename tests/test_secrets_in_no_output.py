"""No secret in any output: markers at every place where people leave secrets are looked for in all that is written."""

from __future__ import annotations

import base64
import html
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from scanner.bundle.contents import Wanted, bundle
from scanner.findings.report_document import ReportDocument
from scanner.model.secrets import without_secrets
from scanner.options import Options
from scanner.outputs import FORMATS, stream
from scanner.outputs.shared.render_options import RenderOptions
from scanner.scanning import scan

# Where each marker goes: a type, and its properties with `*` in the place of the secret.
PLACES: list[tuple[str, dict[str, object]]] = [
    ("AWS::SecretsManager::Secret", {"SecretString": "*"}),
    ("AWS::SecretsManager::Secret", {"GenerateSecretString": {"SecretStringTemplate": "*", "GenerateStringKey": "p"}}),
    ("AWS::RDS::DBInstance", {"MasterUserPassword": "*", "MasterUsername": "u"}),
    ("AWS::RDS::DBCluster", {"MasterUserPassword": "*", "Engine": "aurora-mysql"}),
    ("AWS::DocDB::DBCluster", {"MasterUserPassword": "*"}),
    ("AWS::Redshift::Cluster", {"MasterUserPassword": "*", "ClusterType": "single-node"}),
    ("AWS::ElastiCache::ReplicationGroup", {"AuthToken": "*", "ReplicationGroupDescription": "d"}),
    ("AWS::ElastiCache::User", {"Passwords": ["*"], "Engine": "redis", "UserId": "u", "UserName": "u"}),
    ("AWS::AmazonMQ::Broker", {"Users": [{"Username": "u", "Password": "*"}], "PubliclyAccessible": True}),
    ("AWS::IAM::User", {"LoginProfile": {"Password": "*"}}),
    ("AWS::DirectoryService::MicrosoftAD", {"Password": "*", "Name": "n"}),
    ("AWS::DMS::Endpoint", {"Password": "*", "EndpointType": "source", "SslMode": "none"}),
    ("AWS::Cognito::UserPoolIdentityProvider", {"ProviderDetails": {"client_secret": "*", "client_id": "i"}}),
    ("AWS::Lambda::Function", {"Environment": {"Variables": {"MODE": "*"}}, "Runtime": "python3.12"}),
    ("AWS::Lambda::Function", {"Environment": {"Variables": {"DB_PASSWORD": "*"}}, "Runtime": "python3.12"}),
    (
        "AWS::ECS::TaskDefinition",
        {"ContainerDefinitions": [{"Name": "a", "Image": "i", "Environment": [{"Name": "K", "Value": "*"}]}]},
    ),
    (
        "AWS::Batch::JobDefinition",
        {"Type": "container", "ContainerProperties": {"Image": "i", "Environment": [{"Name": "K", "Value": "*"}]}},
    ),
    (
        "AWS::CodeBuild::Project",
        {
            "Environment": {
                "EnvironmentVariables": [{"Name": "AWS_SECRET_ACCESS_KEY", "Type": "PLAINTEXT", "Value": "*"}]
            }
        },
    ),
    ("AWS::CodeBuild::SourceCredential", {"Token": "*", "AuthType": "OAUTH", "ServerType": "GITHUB"}),
    ("AWS::CodePipeline::Webhook", {"AuthenticationConfiguration": {"SecretToken": "*"}}),
    ("AWS::EC2::Instance", {"UserData": "*", "ImageId": "ami-1"}),
    ("AWS::EC2::LaunchTemplate", {"LaunchTemplateData": {"UserData": "*"}}),
    ("AWS::AutoScaling::LaunchConfiguration", {"UserData": "*", "ImageId": "ami-1", "InstanceType": "t3.micro"}),
    (
        "AWS::ElasticLoadBalancingV2::Listener",
        {
            "Port": 80,
            "Protocol": "HTTP",
            "DefaultActions": [{"Type": "authenticate-oidc", "AuthenticateOidcConfig": {"ClientSecret": "*"}}],
        },
    ),
    ("AWS::Amplify::App", {"OauthToken": "*", "Name": "n"}),
    ("AWS::Amplify::App", {"EnvironmentVariables": [{"Name": "K", "Value": "*"}], "Name": "n"}),
    ("AWS::ApiGateway::Stage", {"Variables": {"apiKey": "*"}, "RestApiId": "r"}),
    (
        "AWS::ElasticBeanstalk::Environment",
        {"OptionSettings": [{"Namespace": "n", "OptionName": "DB_PASSWORD", "Value": "*"}], "ApplicationName": "a"},
    ),
    (
        "AWS::CloudFront::Distribution",
        {
            "DistributionConfig": {
                "Enabled": True,
                "Origins": [
                    {"Id": "o", "DomainName": "d", "OriginCustomHeaders": [{"HeaderName": "h", "HeaderValue": "*"}]}
                ],
            }
        },
    ),
    ("AWS::Glue::Connection", {"ConnectionInput": {"ConnectionProperties": {"PASSWORD": "*", "USERNAME": "u"}}}),
    ("AWS::Glue::Job", {"DefaultArguments": {"--api-key": "*"}, "Role": "r", "Command": {"Name": "glueetl"}}),
    ("AWS::Events::Connection", {"AuthParameters": {"ApiKeyAuthParameters": {"ApiKeyName": "n", "ApiKeyValue": "*"}}}),
    ("AWS::Events::Connection", {"AuthParameters": {"BasicAuthParameters": {"Username": "u", "Password": "*"}}}),
    ("AWS::EC2::VPNConnection", {"VpnTunnelOptionsSpecifications": [{"PreSharedKey": "*"}], "Type": "ipsec.1"}),
    ("AWS::CloudFormation::Stack", {"Parameters": {"DbPassword": "*"}, "TemplateURL": "https://a.example/t"}),
    ("AWS::CloudFormation::CustomResource", {"ServiceToken": "arn:aws:lambda:a:b:c", "AdminPassword": "*"}),
    ("Custom::Seed", {"ServiceToken": "arn:aws:lambda:a:b:c", "Settings": {"api_key": "*"}}),
    ("AWS::SSM::Parameter", {"Type": "String", "Value": "*"}),
    ("AWS::KinesisFirehose::DeliveryStream", {"SplunkDestinationConfiguration": {"HECToken": "*"}}),
    ("AWS::DataSync::LocationSMB", {"Password": "*", "User": "u", "Subdirectory": "/"}),
    ("AWS::Transfer::Server", {"Tags": [{"Key": "upload-token", "Value": "*"}]}),
    ("AWS::S3::Bucket", {"Tags": [{"Key": "k", "Value": "ssh://u:*@host"}]}),
    ("AWS::S3::Bucket", {"Tags": [{"Key": "k", "Value": "Server=db;Password=*;Encrypt=no"}]}),
    ("AWS::S3::Bucket", {"BucketName": "AKIA*"}),
    ("AWS::S3::Bucket", {"BucketName": "-----BEGIN RSA PRIVATE KEY-----\nMII*\n-----END RSA PRIVATE KEY-----\n"}),
    ("AWS::StepFunctions::StateMachine", {"DefinitionString": '{"Comment": "x", "password": "*"}', "RoleArn": "r"}),
]
ODD = "x\"<&'é"
"""What each format writes in another way; at the end of a marker, where all but its beginning may be escaped."""


def marker(number: int, place: dict[str, object]) -> str:
    text = json.dumps(place)
    if "AKIA*" in text:
        return f"MRKR{'ABCDEFGHIJ'[number // 10]}{'ABCDEFGHIJ'[number % 10]}QQQQQQQQQQ"
    plain = any(each in text for each in ("://u:*", "Password=*", "PRIVATE KEY", '\\"password\\"'))
    return f"mrkr{number:03}zqzq" + ("" if plain else ODD)


def put(node: object, secret: str) -> object:
    if isinstance(node, dict):
        return {key: put(child, secret) for key, child in node.items()}
    if isinstance(node, list):
        return [put(each, secret) for each in node]
    return node.replace("*", secret) if isinstance(node, str) else node


def template() -> tuple[dict[str, object], list[str]]:
    markers = [marker(number, place) for number, (_, place) in enumerate(PLACES)]
    more = [f"mrkr{900 + at}zqzq" for at in range(6)]
    resources: dict[str, object] = {
        f"R{number}": {"Type": kind, "Properties": put(place, markers[number])}
        for number, (kind, place) in enumerate(PLACES)
    }
    resources["Chosen"] = {
        "Type": "AWS::RDS::DBInstance",
        "Properties": {
            "MasterUserPassword": {"Fn::If": ["C", more[0], {"Fn::Join": ["", ["a", more[1]]]}]},
            "DBName": {"Ref": "AdminPassword"},
        },
        "Metadata": {"note": {"apiKey": more[2]}},
    }
    return {
        "Parameters": {
            "Hidden": {"Type": "String", "NoEcho": True, "Default": more[3]},
            "AdminPassword": {"Type": "String", "Default": more[4]},
            "P": {"Type": "String"},
        },
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "a"]}},
        "Mappings": {"M": {"prod": {"DbPassword": more[5]}}},
        "Resources": resources,
    }, [*markers, *more]


class Literal(str):
    pass


def _literal(dumper: yaml.SafeDumper, data: Literal) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(data), style="|")


class Dumper(yaml.SafeDumper):
    pass


Dumper.add_representer(Literal, _literal)


def blocks(node: object) -> object:
    if isinstance(node, dict):
        return {key: blocks(child) for key, child in node.items()}
    if isinstance(node, list):
        return [blocks(each) for each in node]
    return Literal(node) if isinstance(node, str) and "mrkr" in node.lower() else node


STYLES = {
    "block.yaml": lambda data: yaml.safe_dump(data, sort_keys=False),
    "flow.yaml": lambda data: yaml.safe_dump(data, sort_keys=False, default_flow_style=True, width=10_000),
    "literal.yaml": lambda data: yaml.dump(blocks(data), Dumper=Dumper, sort_keys=False),
    "quoted.yaml": lambda data: yaml.safe_dump(data, sort_keys=False, default_style='"'),
    "wide.json": lambda data: json.dumps(data, indent=2),
    "narrow.json": lambda data: json.dumps(data, separators=(",", ":"), ensure_ascii=False),
}


_SECTION = re.compile(rb"begin(bfchar|bfrange)(.*?)endbf", re.DOTALL)


def printed_text(raw: bytes) -> str:
    """What a page of the print-out says, without blanks: glyphs by the map to Unicode that each font carries."""
    try:
        import pikepdf
    except ImportError:
        return ""
    said: list[str] = []
    with pikepdf.open(io.BytesIO(raw)) as document:
        for page in document.pages:
            maps = {name: _glyphs(font) for name, font in page.Resources.get("/Font", {}).items()}
            glyphs: dict[int, str] = {}
            for operands, operator in pikepdf.parse_content_stream(page):
                if str(operator) == "Tf":
                    glyphs = maps[str(operands[0])]
                elif str(operator) in ("Tj", "TJ"):
                    parts = operands[0] if str(operator) == "TJ" else [operands[0]]
                    for part in parts:
                        if isinstance(part, pikepdf.String):
                            codes = bytes(part)
                            said += [
                                glyphs.get(int.from_bytes(codes[at : at + 2], "big"), "")
                                for at in range(0, len(codes), 2)
                            ]
    return re.sub(r"[\s\u200b]", "", "".join(said))


def _glyphs(font: Any) -> dict[int, str]:
    """The text of each glyph ("ISO 32000-2", 9.10.3: ToUnicode CMaps)."""
    found: dict[int, str] = {}
    for kind, body in _SECTION.findall(font.ToUnicode.read_bytes()):
        if kind == b"bfchar":
            found |= {int(code, 16): _text(text) for code, text in re.findall(rb"<(\w+)>\s*<(\w+)>", body)}
            continue
        for first, last, text, several in re.findall(rb"<(\w+)>\s*<(\w+)>\s*(?:<(\w+)>|\[(.*?)\])", body, re.DOTALL):
            texts = re.findall(rb"<(\w+)>", several)
            for number, code in enumerate(range(int(first, 16), int(last, 16) + 1)):
                begun = _text(texts[number] if texts else text)
                found[code] = begun if texts else begun[:-1] + chr(ord(begun[-1]) + number)
    return found


def _text(hexed: bytes) -> str:
    return bytes.fromhex(hexed.decode("ascii")).decode("utf-16-be", "replace")


def unpacked(raw: bytes) -> Iterator[bytes]:
    """The bytes, and whatever is compressed in them."""
    yield raw
    if raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for name in archive.namelist():
                yield from unpacked(archive.read(name))
    if raw[:4] == b"%PDF":
        yield printed_text(raw).encode()
    for start in re.finditer(rb"stream\r?\n", raw) if raw[:4] == b"%PDF" else ():
        try:
            yield zlib.decompressobj().decompress(raw[start.end() :])
        except zlib.error:
            continue
    for text in re.findall(rb"[A-Za-z0-9+/]{24,}={0,2}", raw):
        try:
            yield base64.b64decode(text + b"=" * (-len(text) % 4))
        except ValueError:
            continue


def leaks(raw: bytes, markers: list[str]) -> set[str]:
    found = set()
    everything = b"\n".join(unpacked(raw))
    for each in markers:
        # The beginning of a marker is the same in every way of writing it, and the rest shows where it is not.
        core = re.sub(r"[^A-Za-z0-9].*", "", each).removesuffix("x")
        forms = [each, json.dumps(each)[1:-1], html.escape(each), quote(each), core]
        forms += [base64.b64encode(("\0" * pad + core).encode()).decode()[4:-4] for pad in range(3)]
        if any(form and form.encode() in everything for form in forms):
            found.add(each)
    return found


def rendered(report: ReportDocument, *, printed: bool) -> Iterator[tuple[str, bytes]]:
    options = RenderOptions(colour=False, width=100, all=True, verbose=True)
    for name in FORMATS:
        if name == "pdf" and not printed:
            continue  # what it is made of is the same, and it takes seconds
        try:
            yield name, b"".join(stream(name, report, options))
        except ImportError:
            continue


@pytest.mark.full
def test_what_is_printed_is_read_by_the_search(tmp_path: Path) -> None:
    pytest.importorskip("typst")
    pytest.importorskip("pikepdf")
    (tmp_path / "t.yaml").write_text(
        "Resources: {Mrkr007zqzq7K: {Type: AWS::RDS::DBInstance, Properties: {StorageEncrypted: false}}}\n", "utf-8"
    )
    report = scan(options=Options(paths=[tmp_path], select=["rds-encrypted"])).report
    out = dict(rendered(report, printed=True))
    # Each says the name of the resource, so that a marker would be found in each.
    assert {name for name, raw in out.items() if leaks(raw, ["Mrkr007zqzq7K"])} == {*out} - {"securityhub"}


@pytest.mark.parametrize(
    "style",
    [each if each in ("block.yaml", "flow.yaml") else pytest.param(each, marks=pytest.mark.full) for each in STYLES],
)
@pytest.mark.full
def test_no_marker_is_in_any_format_or_bundle(tmp_path: Path, style: str) -> None:
    data, markers = template()
    path = tmp_path / style
    path.write_text(STYLES[style](data), "utf-8")
    options = Options(paths=[path])
    result = scan(options=options)
    assert not [each for each in result.report["errors"] if each["level"] == "error"], result.report["errors"]
    assert result.crashes == ()
    assert {
        name: found
        for name, raw in rendered(result.report, printed=style == "block.yaml")
        if (found := leaks(raw, markers))
    } == {}
    packed = bundle(result.report, options, Wanted(include_inputs=True))
    assert leaks(packed, markers) == set()
    # What the bundle keeps reads as the same template, and leads to the same verdicts.
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        kept = archive.read(f"inputs/{style}")
    assert kept.count(b"\n") == path.read_bytes().count(b"\n")
    path.write_bytes(kept)
    again = scan(options=options)
    assert verdicts(again.report) == verdicts(result.report)


def verdicts(report: ReportDocument) -> list[tuple[str, str, str]]:
    return sorted((each["rule"], each["resource"]["address"], each["verdict"]) for each in report["findings"])


@pytest.mark.parametrize("number", range(len(PLACES)))
def test_no_marker_is_left_in_properties_of_a_snapshot(number: int) -> None:
    kind, place = PLACES[number]
    secret = marker(number, place)
    safe, _ = without_secrets(kind, put(place, secret))
    assert leaks(json.dumps(safe).encode(), [secret]) == set()


def test_what_only_leads_to_a_secret_stays() -> None:
    kept = {
        "MasterUserPassword": "{{resolve:secretsmanager:clinic:SecretString:password}}",
        "MasterUserSecret": {"SecretArn": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a"},
        "ManageMasterUserPassword": True,
        "Environment": {"Variables": {"EMPTY": ""}},
    }
    assert without_secrets("AWS::RDS::DBInstance", kept) == (kept, [])
