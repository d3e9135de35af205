"""Amazon S3's control plane: access points and access grants."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, same
from scanner.live.services.s3 import ACCOUNT_BLOCK

_NEXT = Paging("NextToken", "NextToken")
_WHO = {"AccountId": "account"}
# An instance is made before there is any grant or location, and most accounts have none.
_NO_INSTANCE = ("AccessGrantsInstanceNotExistsError", "AccessGrantsInstanceNotFound")
_POINT = {**_WHO, "Name": "item.Name"}

S3CONTROL = Service(
    "s3control",
    prefix="s3",
    collectors=(
        Collector(
            Call("list_access_points", _WHO, "AccessPointList[]", _NEXT),
            Part(
                "AWS::S3::AccessPoint",
                id="item.Name",
                arn="item.AccessPointArn",
                gone=("NoSuchAccessPoint",),
                details={
                    "point": Detail("get_access_point", _POINT),
                    "policy": Detail("get_access_point_policy", _POINT, absent=("NoSuchAccessPointPolicy",)),
                    "account_block": ACCOUNT_BLOCK,
                },
                properties={
                    "Name": "id",
                    "Bucket": "item.Bucket",
                    "BucketAccountId": "item.BucketAccountId",
                    "VpcConfiguration": "item.VpcConfiguration.{VpcId: VpcId}",
                    "PublicAccessBlockConfiguration": "point.PublicAccessBlockConfiguration",
                    "AccountPublicAccessBlock": "account_block.PublicAccessBlockConfiguration",
                    "Policy": "document(policy.Policy)",
                },
            ),
        ),
        Collector(
            Call("list_access_grants", _WHO, "AccessGrantsList[]", _NEXT),
            Part(
                "AWS::S3::AccessGrant",
                keep="item.AccessGrantId",
                id="item.AccessGrantId",
                arn="item.AccessGrantArn",
                properties=same(
                    "item",
                    "AccessGrantsLocationConfiguration",
                    "AccessGrantsLocationId",
                    "ApplicationArn",
                    "Grantee",
                    "Permission",
                ),
            ),
            none=_NO_INSTANCE,
        ),
        Collector(
            Call("list_access_grants_locations", _WHO, "AccessGrantsLocationsList[]", _NEXT),
            Part(
                "AWS::S3::AccessGrantsLocation",
                keep="item.AccessGrantsLocationId",
                id="item.AccessGrantsLocationId",
                arn="item.AccessGrantsLocationArn",
                properties={"IamRoleArn": "item.IAMRoleArn", "LocationScope": "item.LocationScope"},
            ),
            none=_NO_INSTANCE,
        ),
    ),
)
