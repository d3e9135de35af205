"""Amazon Cognito identity pools: which roles people get, and which tags of theirs go with them."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, same

_POOL = {"IdentityPoolId": "item.IdentityPoolId"}

COGNITO_IDENTITY = Service(
    "cognito-identity",
    (
        Collector(
            Call("list_identity_pools", {"MaxResults": "`60`"}, "IdentityPools[]", Paging("NextToken", "NextToken")),
            Part(
                "AWS::Cognito::IdentityPool",
                id="item.IdentityPoolId",
                arn="arn:{partition}:cognito-identity:{region}:{account}:identitypool/{id}",
                gone=("ResourceNotFoundException",),
                details={
                    "told": Detail("describe_identity_pool", _POOL),
                    "roles": Detail("get_identity_pool_roles", _POOL),
                },
                properties={
                    "OpenIdConnectProviderARNs": "told.OpenIdConnectProviderARNs",
                    **same(
                        "told",
                        "AllowClassicFlow",
                        "AllowUnauthenticatedIdentities",
                        "CognitoIdentityProviders",
                        "DeveloperProviderName",
                        "IdentityPoolName",
                        "SamlProviderARNs",
                        "SupportedLoginProviders",
                    ),
                },
                children=(
                    Part(
                        "AWS::Cognito::IdentityPoolRoleAttachment",
                        each="(roles.Roles || roles.RoleMappings) && "
                        "{Roles: roles.Roles, RoleMappings: roles.RoleMappings}",
                        id="parent_id",
                        properties={"IdentityPoolId": "parent_id", **same("item", "RoleMappings", "Roles")},
                    ),
                    Part(
                        "AWS::Cognito::IdentityPoolPrincipalTag",
                        each="told.CognitoIdentityProviders",
                        keep="mapped.PrincipalTags || mapped.UseDefaults",
                        id="join('|', [parent_id, item.ProviderName])",
                        details={
                            "mapped": Detail(
                                "get_principal_tag_attribute_map",
                                {"IdentityPoolId": "parent_id", "IdentityProviderName": "item.ProviderName"},
                                absent=("ResourceNotFoundException",),
                            )
                        },
                        properties={
                            "IdentityPoolId": "parent_id",
                            "IdentityProviderName": "item.ProviderName",
                            **same("mapped", "PrincipalTags", "UseDefaults"),
                        },
                    ),
                ),
            ),
        ),
    ),
)
