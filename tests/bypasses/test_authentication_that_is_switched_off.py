"""Values that rules took for what their key promises: passes where nothing was asked for, or for every device.

- "ClientAuthentication" (MSK API Reference): authorities beside `Enabled: false` ask no client for a certificate.
- "Thing policy variables" (AWS IoT Core): the thing's type and the issuer of its certificate are those of many devices,
  and `NotResource` lets in all that it does not name.
- "NetworkPolicy" (Kubernetes API): ports that are left out are all ports, and `endPort` ends a range.
"""

from __future__ import annotations

import json

import pytest

from tests.language.judged import judged_template

ARN = "arn:aws:iot:eu-west-1:111122223333:topic"


def _msk(tls: object) -> dict[str, object]:
    nodes = {"InstanceType": "kafka.m5.large", "ClientSubnets": ["a", "b"]}
    return {
        "Type": "AWS::MSK::Cluster",
        "Properties": {
            "ClusterName": "visits",
            "KafkaVersion": "3.6.0",
            "NumberOfBrokerNodes": 2,
            "BrokerNodeGroupInfo": nodes,
            "ClientAuthentication": {"Tls": tls},
        },
    }


def _device(**where: str) -> dict[str, object]:
    statement = {"Effect": "Allow", "Action": "iot:Publish", **where}
    return {"Type": "AWS::IoT::Policy", "Properties": {"PolicyDocument": {"Statement": [statement]}}}


@pytest.mark.parametrize(
    ("rule", "resource", "verdict"),
    [
        ("msk-authenticated", _msk({"Enabled": False, "CertificateAuthorityArnList": ["a"]}), "FAIL"),
        ("msk-authenticated", _msk({"Enabled": "false", "CertificateAuthorityArnList": ["a"]}), "FAIL"),
        ("msk-authenticated", _msk({"CertificateAuthorityArnList": ["a"]}), "PASS"),
        ("msk-authenticated", _msk({"Enabled": "true"}), "PASS"),
        ("telehealth-stores-scoped", _device(NotResource=f"{ARN}/admin"), "FAIL"),
        ("telehealth-stores-scoped", _device(Resource=f"{ARN}/${{iot:Connection.Thing.ThingTypeName}}/v"), "FAIL"),
        ("telehealth-stores-scoped", _device(Resource=f"{ARN}/${{iot:Connection.Thing.IsAttached}}/v"), "FAIL"),
        ("telehealth-stores-scoped", _device(Resource=f"{ARN}/${{iot:Certificate.Issuer.CommonName}}/v"), "FAIL"),
        ("telehealth-stores-scoped", _device(Resource=f"{ARN}/${{iot:Certificate.Subject.CommonName.2}}/v"), "PASS"),
        ("telehealth-stores-scoped", _device(Resource=f"{ARN}/${{iot:Connection.Thing.Attributes[bed]}}/v"), "PASS"),
        ("telehealth-stores-scoped", _device(Resource=f"{ARN}/${{iot:ClientId}}/v"), "PASS"),
    ],
)
def test_the_value_decides(rule: str, resource: dict[str, object], verdict: str) -> None:
    seen = judged_template(rule, json.dumps({"Resources": {"It": resource}}))
    assert seen == {"It": verdict}
