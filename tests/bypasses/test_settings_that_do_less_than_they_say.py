"""Rules passed what covers a part, is empty, or is undone by what stands beside it.

One method's log was taken for all, a plan without a selection for a test, a bucket's endpoint for no bucket, a level
that drops errors for a log, a target of one size for scaling, an empty handler for a decision, a filter by another
operator for none, a token that nobody signed for one that is checked, the default of the console for CloudFormation's,
objects in S3 for the disks of a cluster, one name of a password for all of them.
"""

from __future__ import annotations

import pytest

from tests.language.judged import judged_template

STAGE = "Type: AWS::ApiGateway::Stage, Properties: {RestApiId: a, MethodSettings: "
ORIGIN = "Type: AWS::CloudFront::Distribution, Properties: {DistributionConfig: {Enabled: true, Origins: [{Id: o, "
CUSTOM = "CustomOriginConfig: {OriginProtocolPolicy: https-only}}]}}"
NAMESPACE = (
    "Type: AWS::AppSync::ChannelNamespace, Properties: {ApiId: a, Name: n, SubscribeAuthModes: [{AuthType: AWS_IAM}]"
)
FILTER = "Type: AWS::InspectorV2::Filter, Properties: {Name: f, FilterAction: SUPPRESS, FilterCriteria: "
LOGS = "SchedulerLogs: {Enabled: true}, WebserverLogs: {Enabled: true}, WorkerLogs: {Enabled: true}"
AIRFLOW = f"Type: AWS::MWAA::Environment, Properties: {{Name: n, LoggingConfiguration: {{{LOGS}, TaskLogs: "
GROUP = "Type: AWS::RDS::DBParameterGroup, Properties: {Family: postgres13, Description: d, Parameters: "
SERVER = "Type: AWS::Transfer::Server, Properties: "
INDEX = "Type: AWS::Kendra::Index, Properties: {Name: n, Edition: ENTERPRISE_EDITION, RoleArn: r, "
JWT = "UserTokenConfigurations: [{JwtTokenTypeConfiguration: {KeyLocation: URL, URL: 'https://i.example/jwks'}}]"


CONNECTION = "Type: AWS::Glue::Connection, Properties: {CatalogId: c, ConnectionInput: {ConnectionType: JDBC, "
AUTHENTICATION = CONNECTION + "AuthenticationConfiguration: {AuthenticationType: "
SECURED = (
    "Type: AWS::EMR::SecurityConfiguration, Properties: {SecurityConfiguration: {EncryptionConfiguration: "
    "{EnableAtRestEncryption: true, EnableInTransitEncryption: true, AtRestEncryptionConfiguration: "
)
OBJECTS, DISKS = (
    "S3EncryptionConfiguration: {EncryptionMode: SSE-S3}",
    "LocalDiskEncryptionConfiguration: {AwsKmsKey: k}",
)
CACHE = "Type: AWS::ElastiCache::ReplicationGroup, Properties: {ReplicationGroupDescription: d"


@pytest.mark.parametrize(
    ("rule", "resource", "verdict"),
    [
        ("apigw-stage-logging", STAGE + "[{ResourcePath: /*, HttpMethod: '*', LoggingLevel: INFO}]}", "PASS"),
        ("apigw-stage-logging", STAGE + "[{ResourcePath: /v, HttpMethod: GET, LoggingLevel: INFO}]}", "FAIL"),
        ("apigw-stage-logging", STAGE + "[{ResourcePath: /*, HttpMethod: GET, LoggingLevel: INFO}]}", "FAIL"),
        (
            "http-api-logging",
            "Type: AWS::ApiGatewayV2::Stage, Properties: {AccessLogSettings: {DestinationArn: ' '}}",
            "FAIL",
        ),
        ("cloudfront-origin-access-control", f"{ORIGIN}DomainName: b.s3.amazonaws.com, {CUSTOM}", "FAIL"),
        ("cloudfront-origin-access-control", f"{ORIGIN}DomainName: b.s3.eu-west-1.amazonaws.com, {CUSTOM}", "FAIL"),
        (
            "cloudfront-origin-access-control",
            f"{ORIGIN}DomainName: b.s3-website-us-east-1.amazonaws.com, {CUSTOM}",
            "FAIL",
        ),
        ("cloudfront-origin-access-control", f"{ORIGIN}DomainName: !Sub '${{N}}.s3.amazonaws.com', {CUSTOM}", "FAIL"),
        ("cloudfront-origin-access-control", f"{ORIGIN}DomainName: !GetAtt B.DomainName, {CUSTOM}", "FAIL"),
        ("cloudfront-origin-access-control", f"{ORIGIN}DomainName: !GetAtt L.DNSName, {CUSTOM}", "NOT_APPLICABLE"),
        (
            "cloudfront-origin-access-control",
            f"{ORIGIN}DomainName: !Sub 'api.${{N}}.example', {CUSTOM}",
            "NOT_APPLICABLE",
        ),
        ("cloudfront-origin-access-control", f"{ORIGIN}DomainName: s3.clinic.example, {CUSTOM}", "NOT_APPLICABLE"),
        ("mwaa-logs", AIRFLOW + "{Enabled: true, LogLevel: INFO}}}", "PASS"),
        ("mwaa-logs", AIRFLOW + "{Enabled: true, LogLevel: CRITICAL}}}", "FAIL"),
        ("mwaa-logs", AIRFLOW + "{Enabled: true, LogLevel: ERROR}}}", "FAIL"),
        ("mwaa-logs", AIRFLOW + "{Enabled: true, LogLevel: !Ref N}}}", "UNKNOWN"),
        ("appsync-subscriptions-decided", NAMESPACE + ", CodeHandlers: 'export function onSubscribe(ctx) {}'}", "FAIL"),
        (
            "appsync-subscriptions-decided",
            NAMESPACE + ", CodeHandlers: '// function onSubscribe() unauthorized()'}",
            "FAIL",
        ),
        (
            "appsync-subscriptions-decided",
            NAMESPACE + ", CodeHandlers: 'export const onSubscribe = (c) => { if (c.x) util.unauthorized() }'}",
            "PASS",
        ),
        ("appsync-subscriptions-decided", NAMESPACE + ", HandlerConfigs: {OnSubscribe: {Behavior: CODE}}}", "FAIL"),
        ("inspector-severe-not-suppressed", FILTER + "{Severity: [{Comparison: NOT_EQUALS, Value: LOW}]}}", "FAIL"),
        ("inspector-severe-not-suppressed", FILTER + "{Severity: [{Comparison: PREFIX, Value: CRIT}]}}", "FAIL"),
        (
            "inspector-severe-not-suppressed",
            FILTER + "{ResourceType: [{Comparison: EQUALS, Value: AWS_EC2_INSTANCE}]}}",
            "FAIL",
        ),
        ("inspector-severe-not-suppressed", FILTER + "{VulnerabilityId: [{Comparison: PREFIX, Value: CVE}]}}", "FAIL"),
        ("inspector-severe-not-suppressed", FILTER + "{Severity: [{Comparison: EQUALS, Value: LOW}]}}", "PASS"),
        ("inspector-severe-not-suppressed", FILTER + "{Severity: [{Comparison: EQUALS, Value: !Ref N}]}}", "UNKNOWN"),
        ("rds-password-hash", GROUP + "{password_encryption: 'on'}}", "FAIL"),
        ("rds-password-hash", GROUP + "{password_encryption: SCRAM-SHA-256}}", "PASS"),
        ("rds-password-hash", GROUP + "{password_encryption: !Ref N}}", "UNKNOWN"),
        ("transfer-security-policy", SERVER + "{Protocols: [SFTP]}", "FAIL"),
        ("transfer-security-policy", SERVER + "{SecurityPolicyName: ''}", "FAIL"),
        ("transfer-security-policy", SERVER + "{SecurityPolicyName: TransferSecurityPolicy-FIPS-2024-01}", "PASS"),
        ("transfer-server-in-vpc", SERVER + "{EndpointDetails: {VpcId: v, SubnetIds: [s]}}", "UNKNOWN"),
        ("transfer-server-in-vpc", SERVER + "{}", "FAIL"),
        ("kendra-user-token", INDEX + "UserContextPolicy: USER_TOKEN, " + JWT + "}", "PASS"),
        ("kendra-user-token", INDEX + JWT + "}", "UNKNOWN"),
        (
            "kendra-user-token",
            INDEX + "UserContextPolicy: USER_TOKEN, UserTokenConfigurations: [{JsonTokenTypeConfiguration: {A: b}}]}",
            "FAIL",
        ),
        ("rds-password-hash", GROUP.replace("postgres13", "mysql8.4") + "{max_connections: '90'}}", "NOT_APPLICABLE"),
        ("rds-password-hash", GROUP.replace("postgres", "aurora-postgresql") + "{work_mem: '1'}}", "NOT_APPLICABLE"),
        ("rds-password-hash", GROUP + "{authentication_policy: '*:mysql_native_password'}}", "FAIL"),
        ("glue-connection-secret", CONNECTION + "ConnectionProperties: {KAFKA_SASL_SCRAM_PASSWORD: p}}}", "FAIL"),
        ("glue-connection-secret", CONNECTION + "ConnectionProperties: {KAFKA_CLIENT_KEY_PASSWORD: p}}}", "FAIL"),
        ("glue-connection-secret", CONNECTION + "AthenaProperties: {Password: p}}}", "FAIL"),
        ("glue-connection-secret", CONNECTION + "ConnectionProperties: {KAFKA_SASL_SCRAM_SECRETS_ARN: a}}}", "PASS"),
        ("glue-connection-secret", AUTHENTICATION + "CUSTOM, CustomAuthenticationCredentials: {k: v}}}}", "FAIL"),
        (
            "glue-connection-secret",
            AUTHENTICATION + "OAUTH2, OAuth2Properties: {OAuth2Credentials: {AccessToken: t}}}}}",
            "FAIL",
        ),
        ("glue-connection-secret", AUTHENTICATION + "BASIC, SecretArn: s}}}", "PASS"),
        ("emr-encrypted", f"{SECURED}{{{OBJECTS}}}}}}}}}", "FAIL"),
        ("emr-encrypted", f"{SECURED}{{{OBJECTS}, {DISKS}}}}}}}}}", "PASS"),
        ("elasticache-encrypted-at-rest", CACHE + ", Engine: valkey}", "PASS"),
        ("elasticache-encrypted-at-rest", CACHE + ", Engine: !Ref N}", "UNKNOWN"),
        ("elasticache-encrypted-at-rest", CACHE + ", Engine: valkey, AtRestEncryptionEnabled: 'false'}", "FAIL"),
        ("pipes-logged", "Type: AWS::Pipes::Pipe, Properties: {LogConfiguration: {Level: ERROR}}", "FAIL"),
    ],
)
def test_what_is_set_covers_what_is_claimed(rule: str, resource: str, verdict: str) -> None:
    text = f"""
Parameters: {{N: {{Type: String}}}}
Resources:
  B: {{Type: AWS::S3::Bucket}}
  L: {{Type: AWS::ElasticLoadBalancingV2::LoadBalancer}}
  It: {{{resource}}}
"""
    assert judged_template(rule, text)["It"] == verdict


POLICY = "Type: AWS::IAM::ManagedPolicy, Properties: {PolicyDocument: {Statement: [{Effect: Allow, Action: "


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ("'kinesisvideo:ConnectAsViewer', Resource: '*'", "FAIL"),
        ("'kinesisvideo:Connect*', Resource: 'arn:aws:kinesisvideo:*:*:*'", "FAIL"),
        ("'kinesisvideo:*', Resource: !Sub 'arn:aws:kinesisvideo:${AWS::Region}:${AWS::AccountId}:channel/*'", "FAIL"),
        ("'kinesisvideo:ConnectAsViewer', Resource: !Sub 'arn:aws:kinesisvideo:us-east-1:1:channel/${N}/*'", "UNKNOWN"),
        ("'kinesisvideo:ConnectAsViewer', Resource: !Ref N", "UNKNOWN"),
        ("'kinesisvideo:ConnectAsViewer', Resource: !GetAtt C.Arn", "PASS"),
        ("'kinesisvideo:ConnectAsViewer', Resource: !Sub '${C.Arn}'", "PASS"),
        ("'kinesisvideo:ConnectAsViewer', Resource: 'arn:aws:kinesisvideo:us-east-1:1:channel/acme-*'", "PASS"),
        ("'kinesisvideo:PutMedia', Resource: '*'", "NOT_APPLICABLE"),
        ("'s3:GetObject', Resource: '*'", "NOT_APPLICABLE"),
    ],
)
def test_channels_of_a_policy(statement: str, verdict: str) -> None:
    text = f"""
Parameters: {{N: {{Type: String}}}}
Resources:
  C: {{Type: AWS::KinesisVideo::SignalingChannel, Properties: {{Name: c, Type: SINGLE_MASTER}}}}
  It: {{{POLICY}{statement}}}]}}}}}}
"""
    assert judged_template("kvs-signaling-scoped", text)["It"] == verdict
