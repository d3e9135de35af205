"""What holds for the account in one region, and is a resource of no service."""

from __future__ import annotations

from scanner.live.collector import ACCOUNT
from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, Shape, same


def told(call: Call, properties: dict[str, Shape], none: tuple[str, ...] = (), **details: Detail) -> Collector:
    """Properties of the account that one call answers."""
    return Collector(call, Part(ACCOUNT, id="account", shared=True, properties=properties, details=details), none=none)


ACCOUNT_SETTINGS = Service(
    "account",
    (
        told(
            Call("get_ebs_encryption_by_default", service="ec2", items="{On: EbsEncryptionByDefault}"),
            {"EbsEncryptionByDefault": "item.On"},
        ),
        told(
            Call(
                "get_public_access_block",
                {"AccountId": "account"},
                service="s3control",
                action="s3:GetAccountPublicAccessBlock",
            ),
            {"PublicAccessBlockConfiguration": "item.PublicAccessBlockConfiguration"},
            ("NoSuchPublicAccessBlockConfiguration",),
        ),
        told(
            Call("get_snapshot_block_public_access_state", service="ec2"),
            {"SnapshotBlockPublicAccess": "item.State"},
        ),
        told(
            Call("get_image_block_public_access_state", service="ec2"),
            {"ImageBlockPublicAccess": "item.ImageBlockPublicAccessState"},
        ),
        told(
            Call("get_instance_metadata_defaults", service="ec2"),
            {"InstanceMetadataDefaults": "item.AccountLevel"},
        ),
        Collector(
            Call(
                "describe_snapshots",
                {"OwnerIds": "['self']", "RestorableByUserIds": "['all']"},
                "Snapshots[]",
                Paging("NextToken", "NextToken"),
                service="ec2",
            ),
            Part(
                "Tenantproof::EC2::PublicSnapshot",
                id="item.SnapshotId",
                arn="arn:{partition}:ec2:{region}::snapshot/{id}",
                properties=same("item", "SnapshotId", "Encrypted"),
            ),
            summary={"PublicEbsSnapshots": "found[].SnapshotId"},
        ),
        told(
            Call("describe_limits", service="dynamodb"),
            {
                "DynamoDbLimits": same(
                    "item",
                    "AccountMaxReadCapacityUnits",
                    "AccountMaxWriteCapacityUnits",
                    "TableMaxReadCapacityUnits",
                    "TableMaxWriteCapacityUnits",
                )
            },
        ),
        told(
            Call("get_macie_session", service="macie2"),
            {"Macie": {"Enabled": "item.status == 'ENABLED'"}},
            # Macie answers so also where it was never switched on.
            ("AccessDeniedException: Macie is not enabled",),
        ),
        told(
            Call(
                "batch_get_account_status",
                service="inspector2",
                items="accounts[0]",
            ),
            {
                "Inspector": {
                    "Enabled": "item.state.status == 'ENABLED'",
                    "Ec2": "item.resourceState.ec2.status",
                    "Ecr": "item.resourceState.ecr.status",
                    "Lambda": "item.resourceState.lambda.status",
                }
            },
        ),
        told(
            Call(
                "get_model_invocation_logging_configuration",
                service="bedrock",
            ),
            {"BedrockInvocationLogging": "item.loggingConfig"},
        ),
        told(
            Call(
                "get_block_public_access_configuration",
                service="emr",
                action="elasticmapreduce:GetBlockPublicAccessConfiguration",
            ),
            {
                "EmrBlockPublicAccess": {
                    "BlockPublicSecurityGroupRules": "item.BlockPublicAccessConfiguration.BlockPublicSecurityGroupRules"
                }
            },
        ),
        told(
            Call("get_encryption_config", service="xray"),
            {"XRayEncryption": same("item.EncryptionConfig", "Type", "KeyId")},
        ),
    ),
)


ACCOUNT_BILLING = Service(
    "ce",
    scope="global",
    first=True,
    collectors=(
        told(
            Call(
                "list_cost_allocation_tags",
                {"Status": "'Active'", "MaxResults": "`1000`"},
                "{Keys: CostAllocationTags[].TagKey}",
                Paging("NextToken", "NextToken"),
            ),
            {"ActiveCostAllocationTags": "item.Keys"},
        ),
        told(
            Call(
                "get_alternate_contact",
                {"AlternateContactType": "'SECURITY'"},
                "{Contact: AlternateContact.EmailAddress}",
                service="account",
            ),
            {"SecurityContact": {"Present": "item.Contact != `null`"}},
            ("ResourceNotFoundException",),
        ),
    ),
)
