"""Amazon Cognito user pools: how people sign in, and with which clients."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, same

_NEXT = Paging("NextToken", "NextToken")
_POOL = {"UserPoolId": "item.Id"}

COGNITO_IDP = Service(
    "cognito-idp",
    (
        Collector(
            Call("list_user_pools", {"MaxResults": "`60`"}, "UserPools[]", _NEXT),
            Part(
                "AWS::Cognito::UserPool",
                id="item.Id",
                arn="arn:{partition}:cognito-idp:{region}:{account}:userpool/{id}",
                gone=("ResourceNotFoundException",),
                details={
                    "told": Detail("describe_user_pool", _POOL),
                    "mfa": Detail("get_user_pool_mfa_config", _POOL),
                    "clients": Detail(
                        "list_user_pool_clients", {**_POOL, "MaxResults": "`60`"}, "UserPoolClients[]", _NEXT
                    ),
                    # Of a pool without threat protection nothing is configured.
                    "risk": Detail("describe_risk_configuration", _POOL, absent=("UserPoolAddOnNotEnabledException",)),
                },
                properties={
                    "UserPoolName": "told.UserPool.Name",
                    "EnabledMfas": "[choose(mfa.SoftwareTokenMfaConfiguration.Enabled, ['SOFTWARE_TOKEN_MFA'], `[]`), "
                    "choose(mfa.SmsMfaConfiguration, ['SMS_MFA'], `[]`), "
                    "choose(mfa.EmailMfaConfiguration, ['EMAIL_OTP'], `[]`)][]",
                    # A template leaves `custom:` out of the names.
                    "Schema": "told.UserPool.SchemaAttributes[].{Name: choose(starts(Name, 'custom:'), "
                    "piece(Name, 'custom:', `1`), Name), AttributeDataType: AttributeDataType, Mutable: Mutable, "
                    "Required: Required, DeveloperOnlyAttribute: DeveloperOnlyAttribute}",
                    **same(
                        "told.UserPool",
                        "AccountRecoverySetting",
                        "AdminCreateUserConfig",
                        "AliasAttributes",
                        "AutoVerifiedAttributes",
                        "DeletionProtection",
                        "DeviceConfiguration",
                        "EmailConfiguration",
                        "LambdaConfig",
                        "MfaConfiguration",
                        "Policies",
                        "SmsConfiguration",
                        "UserAttributeUpdateSettings",
                        "UserPoolAddOns",
                        "UserPoolTags",
                        "UserPoolTier",
                        "UsernameAttributes",
                        "UsernameConfiguration",
                    ),
                },
                children=(
                    Part(
                        "AWS::Cognito::UserPoolClient",
                        each="clients",
                        id="item.ClientId",
                        gone=("ResourceNotFoundException",),
                        details={
                            "client": Detail(
                                "describe_user_pool_client", {"UserPoolId": "parent_id", "ClientId": "item.ClientId"}
                            )
                        },
                        properties={
                            # The secret itself is not kept.
                            "GenerateSecret": "client.UserPoolClient.ClientSecret != `null`",
                            "UserPoolId": "parent_id",
                            **same(
                                "client.UserPoolClient",
                                "AccessTokenValidity",
                                "AllowedOAuthFlows",
                                "AllowedOAuthFlowsUserPoolClient",
                                "AllowedOAuthScopes",
                                "AuthSessionValidity",
                                "CallbackURLs",
                                "ClientName",
                                "DefaultRedirectURI",
                                "EnablePropagateAdditionalUserContextData",
                                "EnableTokenRevocation",
                                "ExplicitAuthFlows",
                                "IdTokenValidity",
                                "LogoutURLs",
                                "PreventUserExistenceErrors",
                                "ReadAttributes",
                                "RefreshTokenRotation",
                                "RefreshTokenValidity",
                                "SupportedIdentityProviders",
                                "TokenValidityUnits",
                                "WriteAttributes",
                            ),
                        },
                    ),
                    Part(
                        "AWS::Cognito::UserPoolRiskConfigurationAttachment",
                        each="risk.RiskConfiguration",
                        keep="item.AccountTakeoverRiskConfiguration || item.CompromisedCredentialsRiskConfiguration || "
                        "item.RiskExceptionConfiguration",
                        id="join('|', [parent_id, item.ClientId || 'ALL'])",
                        properties={
                            "UserPoolId": "parent_id",
                            "ClientId": "item.ClientId || 'ALL'",
                            **same(
                                "item",
                                "AccountTakeoverRiskConfiguration",
                                "CompromisedCredentialsRiskConfiguration",
                                "RiskExceptionConfiguration",
                            ),
                        },
                    ),
                ),
            ),
        ),
    ),
)
