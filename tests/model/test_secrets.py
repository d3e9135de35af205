"""What evidence shows of a value, and what it shows as a digest only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model import secrets
from scanner.model.secret_detectors import found_in
from scanner.model.secrets import is_secret
from tests.case_names import case_name


@pytest.mark.parametrize(
    ("type_name", "keys", "value"),
    [
        ("AWS::RDS::DBInstance", ("Properties", "MasterUserPassword"), "hunter2"),
        ("AWS::ElastiCache::ReplicationGroup", ("Properties", "AuthToken"), "hunter2"),
        ("AWS::EC2::LaunchTemplate", ("Properties", "LaunchTemplateData", "UserData"), "IyEvYmlu"),
        ("AWS::EC2::LaunchTemplate", ("Properties", "LaunchTemplateData"), {"UserData": "IyEvYmlu"}),
        ("AWS::Lambda::Function", ("Properties", "Environment", "Variables", "MODE"), "prod"),
        ("AWS::SSM::Parameter", ("Properties", "AllowedPattern"), "s3cr3t"),
        ("Custom::Anything", ("Properties", "ClientSecret"), "hunter2"),
    ],
    ids=case_name,
)
def test_what_is_never_shown(type_name: str, keys: tuple[str, ...], value: object) -> None:
    assert is_secret(type_name, keys, value)


@pytest.mark.parametrize(
    ("type_name", "keys", "value"),
    [
        # AWS takes these and does not give them back, and a finding that hides them cannot be acted on.
        ("AWS::EC2::LaunchTemplate", ("Properties", "LaunchTemplateData", "MetadataOptions", "HttpTokens"), "optional"),
        ("AWS::S3::Bucket", ("Properties", "AccessControl"), "PublicRead"),
        ("AWS::Events::EventBusPolicy", ("Properties", "Principal"), "*"),
        ("AWS::S3::Bucket", ("Properties", "BucketName"), "records"),
        ("AWS::RDS::DBInstance", ("Properties", "MasterUserPassword"), None),
    ],
    ids=case_name,
)
def test_what_is_shown(type_name: str, keys: tuple[str, ...], value: object) -> None:
    assert not is_secret(type_name, keys, value)


@pytest.mark.parametrize(
    ("type_name", "node"),
    [
        ("AWS::AppFlow::ConnectorProfile", {"Credentials": {"Salesforce": {"RefreshToken": "hunter22"}}}),
        ("AWS::Events::Connection", {"AuthParameters": {"OAuthParameters": {"RefreshToken": {"Fn::Sub": "hunter22"}}}}),
        ("AWS::SageMaker::Model", {"PrimaryContainer": {"Environment": {"RefreshRate": "hunter22"}}}),
        ("AWS::Lambda::Function", {"Environment": {"Variables": {"Condition": {"Ref": "X"}, "Reference": "hunter22"}}}),
        ("Custom::Anything", {"RefreshToken": "hunter22"}),
        ("Custom::Anything", {"ConditionalPassword": {"Fn::If": ["Prod", "hunter22", {"Ref": "AWS::NoValue"}]}}),
        ("Custom::Anything", {"Settings": [{"Name": "ReferenceSecret", "Value": "hunter22"}]}),
        ("", {"Conditional": {"RefSecret": "hunter22"}}),
    ],
    ids=case_name,
)
def test_a_name_that_begins_as_a_function_does_is_a_name(type_name: str, node: object) -> None:
    """`RefreshToken` was taken for a `Ref`, which holds nothing, and was shown in bundles and snippets."""
    assert [kind for _, kind in secrets.secret_places(type_name, node)] == [secrets.PLAIN]
    shown, places = secrets.without_secrets(type_name, node)
    assert places
    assert "hunter22" not in str(shown)


@pytest.mark.parametrize(
    "name",
    [
        "DBPassword",
        "RDSPassword",
        "MySQLPassword",
        "LDAPPassword",
        "DBpassword",
        "rootpassword",
        "AWSSecret",
        "JWTSecret",
        "APIToken",
        "HTTPToken",
        "SSHPrivateKey",
        "DBPass",
        "DB_PASS",
        "db_pass",
        "dbPass",
        "DB_PW",
        "WifiPsk",
        "SharedKey",
        "StorageAccountKey",
        "LicenseKey",
        "HmacKey",
        "SshPrivateKeyBase64",
        "PrivateKeyPem",
        "GoogleCredentialsJson",
        "DBCreds",
        "ORIGIN-VERIFY",
        "Password1",
        "Token_2",
    ],
)
def test_names_after_an_acronym_or_in_one_case_speak_of_secrets(name: str) -> None:
    """A word had to begin after a small letter or a sign, so that the default of `DBPassword` was shown."""
    assert secrets.speaks_of_secret(name)
    assert list(secrets.secret_places("Custom::Anything", {name: "hunter22"})) == [((name,), secrets.PLAIN)]


@pytest.mark.parametrize(
    "name",
    [
        "Bypass",
        "Compass",
        "trespass",
        "PassRole",
        "PasswordLength",
        "TokenUrl",
        "SecretArn",
        "SecretName",
        "SecretId",
        "PasswordPolicy",
        "KeyName",
        "KmsKeyId",
        "SshKeyName",
        "TokenValidity",
        "PartitionKey",
        "SortKey",
        "PrimaryKey",
        "RoutingKey",
        "MonkeyKey",
        "DBPasswordSecretArn",
    ],
)
def test_what_only_leads_to_a_secret_does_not(name: str) -> None:
    assert not secrets.speaks_of_secret(name)


@pytest.mark.parametrize(
    "text", ["DBPassword=hunter22", "mysqlpassword: hunter22", "TheApiKey=hunter22", "-e ROOTPWD=hunter22"]
)
def test_a_password_that_is_assigned_after_an_acronym(text: str) -> None:
    assert "hunter22" not in secrets.scrubbed(text)


@pytest.mark.parametrize(
    "text", ["%ops ALL=(ALL) NOPASSWD:ALLCMDS", "AllowUsersToChangePassword: true", "Action: iam:ChangePassword"]
)
def test_what_speaks_of_passwords_and_holds_none(text: str) -> None:
    assert secrets.scrubbed(text) == text


_PIECES = st.sampled_from(
    [
        *("-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----", "AKIA" + "Q" * 16, "ghp_" + "a" * 36),
        *("https://user:word1@host/x", "SG." + "a" * 20 + "." + "b" * 20, "eyJ" + "a" * 10 + ".eyJ" + "b" * 12),
        *("PASSWORD", "paſſword", "api_\u212aey", "client_secret", "auth_token", "secret_access_key", "pwd", "apikey"),
        *(": ", "=", ' = "', '"', "hunter22", "\n", "\r\n", " ", "a", "\u2028", "npm_" + "x" * 36, "xoxb-" + "1" * 12),
    ]
)


@given(st.lists(_PIECES, max_size=12).map("".join))
def test_lines_that_are_passed_over_hold_nothing(text: str) -> None:
    """What is asked before the detectors only saves time: they find the same in the whole text."""
    assert list(secrets.detected(text)) == list(found_in(text, 0))


@pytest.mark.parametrize(
    ("type_name", "node"),
    [
        ("AWS::SSM::Document", {"Content": {"mainSteps": [{"inputs": {"password": "hunter22", "user": "x"}}]}}),
        ("AWS::SSM::MaintenanceWindowTask", {"TaskParameters": {"DbPassword": {"Values": ["hunter22"]}}}),
    ],
)
def test_what_systems_manager_is_told_to_run_is_read_for_secrets(type_name: str, node: dict[str, object]) -> None:
    assert [kind for _, kind in secrets.secret_places(type_name, node)] == [secrets.PLAIN]
