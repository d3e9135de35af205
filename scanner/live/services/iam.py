"""AWS IAM: everybody who may act in the account, in one paged call, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Mapping

from scanner.live.collector import ACCOUNT
from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Prepare, Service, Shape


def _attached(who: str, policies: str) -> Mapping[str, Shape]:
    return {
        "Path": f"item.{who}.Path",
        "ManagedPolicyArns": f"item.{who}.AttachedManagedPolicies[].PolicyArn",
        "Policies": f"item.{who}.{policies}[].{{PolicyName: PolicyName, PolicyDocument: document(PolicyDocument)}}",
    }


def _keys() -> str:
    keys = ", ".join(
        f"{{Number: `{number}`, Active: item.access_key_{number}_active == 'true', "
        f"AgeDays: days(item.access_key_{number}_last_rotated, now), "
        f"LastUsed: item.access_key_{number}_last_used_date, "
        f"IdleDays: days(item.access_key_{number}_last_used_date, now)}}"
        for number in (1, 2)
    )
    return f"[{keys}][?AgeDays != `null`]"


_CREDENTIALS: Mapping[str, Shape] = {
    "Arn": "item.arn",
    "MfaActive": "item.mfa_active == 'true'",
    "PasswordLastUsed": "item.password_last_used",
    "PasswordIdleDays": "days(item.password_last_used, now)",
    "AccessKeys": _keys(),
}

IAM = Service(
    "iam",
    scope="global",
    collectors=(
        Collector(
            Call(
                "get_account_authorization_details",
                # Policies of AWS are known by their name; only the account's own are read.
                {"Filter": "['User', 'Role', 'Group', 'LocalManagedPolicy']", "MaxItems": "`1000`"},
                "[RoleDetailList[].{role: @}, UserDetailList[].{user: @}, GroupDetailList[].{group: @}, "
                "Policies[].{policy: @}][]",
                Paging("Marker", "Marker"),
            ),
            Part(
                "AWS::IAM::Role",
                keep="item.role",
                id="item.role.RoleName",
                arn="item.role.Arn",
                # The details of an account leave it out.
                details={
                    "listed": Detail(
                        "list_roles",
                        {"MaxItems": "`1000`"},
                        "Roles[]",
                        Paging("Marker", "Marker"),
                        once=True,
                        by="item.RoleName",
                    )
                },
                properties={
                    "RoleName": "id",
                    "MaxSessionDuration": "entry(listed, id).MaxSessionDuration",
                    "AssumeRolePolicyDocument": "document(item.role.AssumeRolePolicyDocument)",
                    "PermissionsBoundary": "item.role.PermissionsBoundary.PermissionsBoundaryArn",
                    "Tags": "item.role.Tags",
                    **_attached("role", "RolePolicyList"),
                },
            ),
            also=(
                Part(
                    "AWS::IAM::User",
                    keep="item.user",
                    id="item.user.UserName",
                    arn="item.user.Arn",
                    properties={
                        "UserName": "id",
                        "Groups": "item.user.GroupList",
                        "PermissionsBoundary": "item.user.PermissionsBoundary.PermissionsBoundaryArn",
                        "Tags": "item.user.Tags",
                        **_attached("user", "UserPolicyList"),
                    },
                ),
                Part(
                    "Tenantproof::IAM::RoleUse",
                    keep="item.role",
                    id="item.role.RoleName",
                    arn="item.role.Arn",
                    properties={"RoleName": "id", "LastUsed": "item.role.RoleLastUsed.LastUsedDate"},
                ),
                Part(
                    "AWS::IAM::Group",
                    keep="item.group",
                    id="item.group.GroupName",
                    arn="item.group.Arn",
                    properties={"GroupName": "id", **_attached("group", "GroupPolicyList")},
                ),
                Part(
                    "AWS::IAM::ManagedPolicy",
                    keep="item.policy",
                    id="item.policy.PolicyName",
                    arn="item.policy.Arn",
                    properties={
                        "ManagedPolicyName": "id",
                        "Path": "item.policy.Path",
                        "PolicyDocument": "document(item.policy.PolicyVersionList[?IsDefaultVersion] | [0].Document)",
                        # Whom it is attached to is told of each of them.
                        "Roles": "`null`",
                        "Users": "`null`",
                        "Groups": "`null`",
                    },
                ),
            ),
            folded=(
                "AWS::IAM::GroupPolicy",
                "AWS::IAM::Policy",
                "AWS::IAM::RolePolicy",
                "AWS::IAM::UserPolicy",
                "AWS::IAM::UserToGroupAddition",
            ),
        ),
        Collector(
            Call("get_account_summary", items="{Summary: SummaryMap}"),
            Part(
                ACCOUNT,
                shared=True,
                id="account",
                details={
                    "password": Detail("get_account_password_policy", absent=("NoSuchEntity",)),
                    "virtual": Detail(
                        "list_virtual_mfa_devices",
                        {"AssignmentStatus": "'Assigned'"},
                        "VirtualMFADevices[]",
                        Paging("Marker", "Marker"),
                        action="iam:ListVirtualMFADevices",
                    ),
                },
                properties={
                    "AccountSummary": "item.Summary",
                    "PasswordPolicy": "password.PasswordPolicy",
                    # "Centrally manage root access for member accounts": the root user has no credentials then.
                    "CentralizedRootAccess": "item.Summary.AccountPasswordPresent == `0` && "
                    "item.Summary.AccountAccessKeysPresent == `0` && "
                    "item.Summary.AccountSigningCertificatesPresent == `0`",
                    "RootMfa": {
                        "Enabled": "item.Summary.AccountMFAEnabled == `1`",
                        "Virtual": "length(virtual[?ends_with(User.Arn || '', ':root')]) > `0`",
                    },
                },
            ),
        ),
        Collector(
            Call(
                "get_credential_report",
                items="csv(Content)",
                text=("Content",),
                after=Prepare("generate_credential_report", "State == 'COMPLETE'"),
            ),
            Part(
                "Tenantproof::IAM::UserCredentials",
                keep="item.user != '<root_account>'",
                id="item.user",
                arn="item.arn",
                properties={
                    "UserName": "id",
                    "CreatedDays": "days(item.user_creation_time, now)",
                    "PasswordEnabled": "item.password_enabled == 'true'",
                    "PasswordAgeDays": "days(item.password_last_changed, now)",
                    **_CREDENTIALS,
                },
            ),
            also=(
                Part(
                    "Tenantproof::IAM::RootUser",
                    keep="item.user == '<root_account>'",
                    id="account",
                    arn="item.arn",
                    properties=_CREDENTIALS,
                ),
            ),
        ),
    ),
)
