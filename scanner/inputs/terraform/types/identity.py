"""IAM, KMS and Cognito: who may do what, and the keys."""

from __future__ import annotations

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Fold, Function, Make, Table, part, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    document,
    each,
    evaluate,
    first,
    left,
    listed,
    one,
    words,
)
from scanner.model.unknown import OpenList, Unknown

ROLE, USER, GROUP = ("aws_iam_role",), ("aws_iam_user",), ("aws_iam_group",)
POLICY = ("aws_iam_policy",)
KEY = ("aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key", "aws_kms_alias")


def inline_policies(view: View, context: Context) -> object:
    """Those that are written as blocks; one without a name is how a state says that there is none."""
    found = view.blocks("inline_policy")
    if not isinstance(found, list):
        # Computed, so that a `dynamic` block may stand behind it where no text shows that there is none.
        return found if isinstance(found, Unknown) else None
    policies: list[object] = []
    why: Unknown | None = None
    for item in found:
        name, policy = item.read("name"), document("policy")(item, context)
        if isinstance(name, Unknown) and policy is None:
            why = name
        elif policy is not None:
            policies.append({"PolicyName": name, "PolicyDocument": policy})
    if why is not None:
        return OpenList(policies, why.plain())
    return policies or None


def _attached(view: View, context: Context) -> object:
    """The policies that the role names itself; Computed and written nowhere, none."""
    value = evaluate("managed_policy_arns", view, context)
    if isinstance(value, Unknown) and not view.references("managed_policy_arns"):
        return None
    return value


def _policy_arn(view: View, context: Context) -> object:
    return Pointer("policy_arn", *POLICY, attribute="Ref")(view, context)


def _attachments(key: str, wholes: tuple[str, ...], *, when: Function | None = None, many: bool = False) -> Fold:
    listed_by = {"ManagedPolicyArns": listed(_policy_arn)}
    return Fold(key, wholes, listed_by, listed=("ManagedPolicyArns",), when=when, many=many)


def _elsewhere(view: View, context: Context) -> bool:
    """Whether the policy is known not to be one that a plan of the scan makes, as AWS's own are not."""
    join = context.join(view, "policy_arn", POLICY)
    return join.literal is not None and join.sure is None and not join.maybe


def _exclusive(key: str, wholes: tuple[str, ...]) -> Fold:
    """All policies that are attached: those of the list are, and any other is taken off."""
    return Fold(key, wholes, {"ManagedPolicyArns": "policy_arns"}, listed=("ManagedPolicyArns",))


def _inline(key: str, wholes: tuple[str, ...], kind: str) -> Make:
    names = {
        "AWS::IAM::RolePolicy": "RoleName",
        "AWS::IAM::UserPolicy": "UserName",
        "AWS::IAM::GroupPolicy": "GroupName",
    }
    return Make(
        kind,
        {"PolicyName": "name", "PolicyDocument": document("policy"), names[kind]: Pointer(key, *wholes)},
        arn=None,
    )


_KEY_PROPERTIES = {
    "Description": "description",
    "Enabled": first("is_enabled", "enabled"),
    "EnableKeyRotation": "enable_key_rotation",
    "KeySpec": first("customer_master_key_spec", "key_spec"),
    "KeyUsage": "key_usage",
    "MultiRegion": "multi_region",
    "PendingWindowInDays": "deletion_window_in_days",
    "KeyPolicy": document("policy"),
    "RotationPeriodInDays": "rotation_period_in_days",
}
_STORES = (("xks_key_id", "EXTERNAL_KEY_STORE"), ("custom_key_store_id", "AWS_CLOUDHSM"))
_MFA = {"OFF": "OFF", "ON": "ON", "OPTIONAL": "OPTIONAL"}


def _origin(view: View, context: Context) -> object:  # noqa: ARG001  # a shape
    """Of a key in a custom key store ("Origin", AWS KMS API Reference); CloudFormation makes none there."""
    for argument, origin in _STORES:
        value = view.read(argument)
        if value is not None:
            return value if isinstance(value, Unknown) else origin
    return None


def _mfas(view: View, context: Context) -> object:
    found: list[object] = []
    for block, name in (
        ("software_token_mfa_configuration", "SOFTWARE_TOKEN_MFA"),
        ("email_mfa_configuration", "EMAIL_OTP"),
    ):
        enabled = evaluate(f"{block}.enabled", view, context)
        if isinstance(enabled, Unknown):
            return enabled
        if enabled is True or (
            block.startswith("email") and isinstance(view.blocks(block), list) and view.blocks(block)
        ):
            found.append(name)
    if isinstance(view.blocks("sms_configuration"), list) and view.blocks("sms_configuration"):
        found.append("SMS_MFA")
    return found or None


TABLE: Table = {
    "aws_iam_role": whole(
        "AWS::IAM::Role",
        {
            "RoleName": "name",
            "Path": "path",
            "AssumeRolePolicyDocument": document("assume_role_policy"),
            "ManagedPolicyArns": _attached,
            "MaxSessionDuration": "max_session_duration",
            "PermissionsBoundary": Pointer("permissions_boundary", *POLICY),
            "Policies": inline_policies,
        },
    ),
    "aws_iam_role_policy": part(_inline("role", ROLE, "AWS::IAM::RolePolicy")),
    "aws_iam_user_policy": part(_inline("user", USER, "AWS::IAM::UserPolicy")),
    "aws_iam_group_policy": part(_inline("group", GROUP, "AWS::IAM::GroupPolicy")),
    "aws_iam_role_policy_attachment": part(_attachments("role", ROLE)),
    "aws_iam_user_policy_attachment": part(_attachments("user", USER)),
    "aws_iam_group_policy_attachment": part(_attachments("group", GROUP)),
    "aws_iam_role_policy_attachments_exclusive": part(_exclusive("role_name", ROLE)),
    "aws_iam_user_policy_attachments_exclusive": part(_exclusive("user_name", USER)),
    "aws_iam_group_policy_attachments_exclusive": part(_exclusive("group_name", GROUP)),
    "aws_iam_policy": whole(
        "AWS::IAM::ManagedPolicy",
        {
            "ManagedPolicyName": "name",
            "Path": "path",
            "PolicyDocument": document("policy"),
            "Description": "description",
        },
        lacks=("Roles", "Users", "Groups"),
    ),
    # What is attached is told to the policy where the plan makes it, and else to each that it is attached to.
    "aws_iam_policy_attachment": part(
        Fold(
            "policy_arn",
            POLICY,
            {"Roles": Pointer("roles", *ROLE), "Users": Pointer("users", *USER), "Groups": Pointer("groups", *GROUP)},
            listed=("Roles", "Users", "Groups"),
            when=lambda view, context: not _elsewhere(view, context),
        ),
        _attachments("roles", ROLE, when=_elsewhere, many=True),
        _attachments("users", USER, when=_elsewhere, many=True),
        _attachments("groups", GROUP, when=_elsewhere, many=True),
    ),
    "aws_iam_user": whole(
        "AWS::IAM::User",
        {"UserName": "name", "Path": "path", "PermissionsBoundary": Pointer("permissions_boundary", *POLICY)},
        lacks=("Groups", "LoginProfile", "ManagedPolicyArns", "Policies"),
    ),
    "aws_iam_user_login_profile": part(
        Fold("user", USER, {"LoginProfile": {"PasswordResetRequired": left("password_reset_required", default=False)}})
    ),
    "aws_iam_group": whole(
        "AWS::IAM::Group",
        {"GroupName": "name", "Path": "path"},
        lacks=("ManagedPolicyArns", "Policies"),
        tags=False,
    ),
    "aws_iam_group_membership": part(
        Make(
            "AWS::IAM::UserToGroupAddition",
            {"GroupName": Pointer("group", *GROUP), "Users": Pointer("users", *USER)},
            name=None,
            arn=None,
        )
    ),
    "aws_iam_user_group_membership": part(
        Fold("user", USER, {"Groups": Pointer("groups", *GROUP)}, listed=("Groups",))
    ),
    "aws_iam_access_key": part(
        Make("AWS::IAM::AccessKey", {"UserName": Pointer("user", *USER), "Status": "status"}, name="id", arn=None)
    ),
    "aws_iam_instance_profile": whole(
        "AWS::IAM::InstanceProfile",
        {"InstanceProfileName": "name", "Path": "path", "Roles": listed(Pointer("role", *ROLE))},
        tags=False,
    ),
    "aws_kms_key": whole("AWS::KMS::Key", {**_KEY_PROPERTIES, "Origin": _origin}, name="key_id", lacks=("KeyId",)),
    "aws_kms_external_key": whole(
        "AWS::KMS::Key",
        {**_KEY_PROPERTIES, "Origin": lambda view, context: "EXTERNAL"},  # noqa: ARG005  # a shape
        name="id",
    ),
    "aws_kms_replica_key": whole(
        "AWS::KMS::ReplicaKey",
        {"KeyPolicy": document("policy"), "PrimaryKeyArn": Pointer("primary_key_arn", *KEY, attribute="Arn")},
        name="key_id",
    ),
    "aws_kms_key_policy": part(
        Fold("key_id", ("aws_kms_key", "aws_kms_external_key"), {"KeyPolicy": document("policy")})
    ),
    "aws_kms_alias": whole(
        "AWS::KMS::Alias",
        {"AliasName": "name", "TargetKeyId": Pointer("target_key_id", *KEY[:3])},
        tags=False,
    ),
    "aws_kms_grant": part(
        Make(
            "Tenantproof::KMS::Grant",
            {
                "KeyId": Pointer("key_id", *KEY[:3]),
                "GranteePrincipal": Pointer("grantee_principal", *ROLE, *USER, attribute="Arn"),
                "Operations": "operations",
                "Constraints": one(
                    "constraints",
                    {
                        "EncryptionContextEquals": "encryption_context_equals",
                        "EncryptionContextSubset": "encryption_context_subset",
                    },
                ),
            },
            name="grant_id",
            arn=None,
        )
    ),
    "aws_cognito_user_pool": whole(
        "AWS::Cognito::UserPool",
        {
            "UserPoolName": "name",
            "MfaConfiguration": words("mfa_configuration", _MFA),
            "EnabledMfas": _mfas,
            "DeletionProtection": "deletion_protection",
            "AutoVerifiedAttributes": "auto_verified_attributes",
            "UserAttributeUpdateSettings": one(
                "user_attribute_update_settings",
                {"AttributesRequireVerificationBeforeUpdate": "attributes_require_verification_before_update"},
            ),
            "UsernameAttributes": "username_attributes",
            "AdminCreateUserConfig": one(
                "admin_create_user_config", {"AllowAdminCreateUserOnly": "allow_admin_create_user_only"}
            ),
            "Policies": {
                "PasswordPolicy": one(
                    "password_policy",
                    {
                        "MinimumLength": "minimum_length",
                        "RequireLowercase": "require_lowercase",
                        "RequireUppercase": "require_uppercase",
                        "RequireNumbers": "require_numbers",
                        "RequireSymbols": "require_symbols",
                        "TemporaryPasswordValidityDays": "temporary_password_validity_days",
                    },
                )
            },
            "Schema": each(
                "schema",
                {
                    "Name": "name",
                    "AttributeDataType": "attribute_data_type",
                    "Mutable": "mutable",
                    "Required": "required",
                    "DeveloperOnlyAttribute": "developer_only_attribute",
                },
            ),
            "LambdaConfig": one(
                "lambda_config",
                {
                    "PreTokenGeneration": "pre_token_generation",
                    "PreTokenGenerationConfig": one(
                        "pre_token_generation_config", {"LambdaArn": "lambda_arn", "LambdaVersion": "lambda_version"}
                    ),
                    "PreSignUp": "pre_sign_up",
                    "PostConfirmation": "post_confirmation",
                    "PreAuthentication": "pre_authentication",
                    "PostAuthentication": "post_authentication",
                },
            ),
            "UserPoolAddOns": one("user_pool_add_ons", {"AdvancedSecurityMode": "advanced_security_mode"}),
        },
        name="id",
    ),
    "aws_cognito_user_pool_client": whole(
        "AWS::Cognito::UserPoolClient",
        {
            "ClientName": "name",
            "UserPoolId": Pointer("user_pool_id", "aws_cognito_user_pool"),
            "AccessTokenValidity": words("access_token_validity", {0: None}),
            "IdTokenValidity": words("id_token_validity", {0: None}),
            "RefreshTokenValidity": "refresh_token_validity",
            "TokenValidityUnits": one(
                "token_validity_units",
                {"AccessToken": "access_token", "IdToken": "id_token", "RefreshToken": "refresh_token"},
            ),
            "AllowedOAuthFlows": "allowed_oauth_flows",
            "PreventUserExistenceErrors": "prevent_user_existence_errors",
            "ReadAttributes": "read_attributes",
            "WriteAttributes": "write_attributes",
            "ExplicitAuthFlows": "explicit_auth_flows",
            "GenerateSecret": "generate_secret",
            "EnableTokenRevocation": "enable_token_revocation",
        },
        name="id",
        tags=False,
    ),
    "aws_cognito_identity_pool": whole(
        "AWS::Cognito::IdentityPool",
        {
            "IdentityPoolName": "identity_pool_name",
            "AllowUnauthenticatedIdentities": "allow_unauthenticated_identities",
            "AllowClassicFlow": "allow_classic_flow",
        },
        name="id",
        tags=False,
    ),
    "aws_cognito_identity_pool_provider_principal_tag": whole(
        "AWS::Cognito::IdentityPoolPrincipalTag",
        {
            "IdentityPoolId": Pointer("identity_pool_id", "aws_cognito_identity_pool"),
            "IdentityProviderName": "identity_provider_name",
            "PrincipalTags": "principal_tags",
            "UseDefaults": "use_defaults",
        },
        name=None,
        arn=None,
    ),
    "aws_cognito_identity_pool_roles_attachment": whole(
        "AWS::Cognito::IdentityPoolRoleAttachment",
        {
            "IdentityPoolId": Pointer("identity_pool_id", "aws_cognito_identity_pool"),
            "Roles": "roles",
            "RoleMappings": each(
                "role_mapping",
                {
                    "IdentityProvider": "identity_provider",
                    "Type": "type",
                    "AmbiguousRoleResolution": "ambiguous_role_resolution",
                },
            ),
        },
        name=None,
        arn=None,
    ),
}
