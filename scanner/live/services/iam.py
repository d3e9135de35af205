"""AWS IAM: everybody who may act in the account, in one paged call, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Mapping

from scanner.live.collecting import ACCOUNT
from scanner.live.table import Call, Collector, Detail, Paging, Part, Service, Shape


def _attached(who: str, policies: str) -> Mapping[str, Shape]:
    return {
        "Path": f"item.{who}.Path",
        "ManagedPolicyArns": f"item.{who}.AttachedManagedPolicies[].PolicyArn",
        "Policies": f"item.{who}.{policies}[].{{PolicyName: PolicyName, PolicyDocument: document(PolicyDocument)}}",
    }


IAM = Service(
    "iam",
    scope="global",
    collectors=(
        Collector(
            Call(
                "get_account_authorization_details",
                # Policies of AWS are known by their name; only the account's own are read.
                {"Filter": "['User', 'Role', 'Group', 'LocalManagedPolicy']"},
                "[RoleDetailList[].{role: @}, UserDetailList[].{user: @}, GroupDetailList[].{group: @}, "
                "Policies[].{policy: @}][]",
                Paging("Marker", "Marker"),
            ),
            Part(
                "AWS::IAM::Role",
                keep="item.role",
                id="item.role.RoleName",
                arn="item.role.Arn",
                properties={
                    "RoleName": "id",
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
                details={"password": Detail("get_account_password_policy", absent=("NoSuchEntity",))},
                properties={
                    "AccountSummary": "item.Summary",
                    "PasswordPolicy": "password.PasswordPolicy",
                },
            ),
        ),
    ),
)
