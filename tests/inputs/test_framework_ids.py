"""Resources that CDK makes for itself, in templates without its metadata."""

from __future__ import annotations

import pytest

from scanner.inputs.cdk.constructs import Construct, is_framework_id


@pytest.mark.parametrize(
    ("logical_id", "framework"),
    [
        ("CustomS3AutoDeleteObjectsCustomResourceProviderRole3B1BD092", True),
        ("BucketNotificationsHandler050a0587b7544547bf325f094a3db834RoleB6FB88EC", True),
        ("LogRetentionaae0aa3c5b4d4f87b02d85b201efdd8aServiceRole9741ECFB", True),
        ("AWS679f53fac002430cb0da5b7982bd2287ServiceRoleC1EA0FF2", True),
        ("CustomCDKBucketDeployment8693BB64968944B69AAFB0CC9EB8756CServiceRole89A01265", True),
        ("PatientTenantRole8A1B2C3D", False),
        ("CustomTenantRole", False),
        ("LogRetentionRole", False),
    ],
)
def test_an_id_that_only_cdk_makes(logical_id: str, framework: bool) -> None:
    assert is_framework_id(logical_id) is framework


@pytest.mark.parametrize(
    ("path", "framework"),
    [
        ("App/Stack/BucketNotificationsHandler050a0587b7544547bf325f094a3db834/Role/Resource", True),
        ("App/Stack/Custom::CDKBucketDeployment8693BB64968944B69AAFB0CC9EB8756C/ServiceRole/Resource", True),
        ("App/Stack/BucketNotificationsHandler/Role/Resource", False),
    ],
)
def test_a_construct_that_only_cdk_makes(path: str, framework: bool) -> None:
    assert Construct(path).framework is framework
