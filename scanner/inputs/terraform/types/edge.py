"""Distributions, and web ACLs with what they protect."""

from __future__ import annotations

from scanner.inputs.terraform.attributes import View
from scanner.inputs.terraform.mapping import Context, Table, whole
from scanner.inputs.terraform.shapes import (
    Pointer,
    document,
    each,
    evaluate,
    one,
)
from scanner.inputs.terraform.types.targets import BALANCER, POOL, STAGE

_WITH_ACL = (
    *STAGE,
    *BALANCER,
    "aws_appsync_graphql_api",
    *POOL,
    "aws_apprunner_service",
    "aws_verifiedaccess_instance",
)

_BEHAVIOUR = {
    "TargetOriginId": "target_origin_id",
    "ViewerProtocolPolicy": "viewer_protocol_policy",
    "AllowedMethods": "allowed_methods",
    "LambdaFunctionAssociations": each(
        "lambda_function_association", {"EventType": "event_type", "LambdaFunctionARN": "lambda_arn"}
    ),
    "ResponseHeadersPolicyId": "response_headers_policy_id",
    "TrustedKeyGroups": "trusted_key_groups",
    "TrustedSigners": "trusted_signers",
    "FieldLevelEncryptionId": "field_level_encryption_id",
}


def _minimum(view: View, context: Context) -> object:
    """With CloudFront's own certificate it is TLSv1, whatever is written."""
    if evaluate("cloudfront_default_certificate", view, context) is True:
        return "TLSv1"
    return evaluate("minimum_protocol_version", view, context)


_STATEMENT_NAMES = {
    "managed_rule_group_statement": ("ManagedRuleGroupStatement", {"Name": "name", "VendorName": "vendor_name"}),
    "rule_group_reference_statement": ("RuleGroupReferenceStatement", {"Arn": "arn"}),
    "rate_based_statement": ("RateBasedStatement", {"Limit": "limit", "AggregateKeyType": "aggregate_key_type"}),
    "ip_set_reference_statement": ("IPSetReferenceStatement", {"Arn": "arn"}),
    "geo_match_statement": ("GeoMatchStatement", {"CountryCodes": "country_codes"}),
}

_STATEMENT = {name: one(block, shape) for block, (name, shape) in _STATEMENT_NAMES.items()}

_ACTIONS = ("allow", "block", "captcha", "challenge", "count")


def _acl_rules(view: View, context: Context) -> object:
    inline = each(
        "rule",
        {
            "Name": "name",
            "Priority": "priority",
            "Action": one("action", {name.capitalize(): one(name, {}) for name in _ACTIONS}),
            "OverrideAction": one("override_action", {"None": one("none", {}), "Count": one("count", {})}),
            "Statement": one("statement", _STATEMENT),
        },
    )(view, context)
    return inline if inline is not None else document("rule_json")(view, context)


TABLE: Table = {
    "aws_cloudfront_distribution": whole(
        "AWS::CloudFront::Distribution",
        {
            "DistributionConfig": {
                "Enabled": "enabled",
                "Aliases": "aliases",
                "Comment": "comment",
                "DefaultRootObject": "default_root_object",
                "WebACLId": "web_acl_id",
                "Logging": one(
                    "logging_config", {"Bucket": "bucket", "Prefix": "prefix", "IncludeCookies": "include_cookies"}
                ),
                "DefaultCacheBehavior": one("default_cache_behavior", _BEHAVIOUR),
                "CacheBehaviors": each("ordered_cache_behavior", {"PathPattern": "path_pattern", **_BEHAVIOUR}),
                "Origins": each(
                    "origin",
                    {
                        "Id": "origin_id",
                        "DomainName": "domain_name",
                        "OriginAccessControlId": "origin_access_control_id",
                        "S3OriginConfig": one("s3_origin_config", {"OriginAccessIdentity": "origin_access_identity"}),
                        "CustomOriginConfig": one(
                            "custom_origin_config",
                            {
                                "OriginProtocolPolicy": "origin_protocol_policy",
                                "OriginSSLProtocols": "origin_ssl_protocols",
                            },
                        ),
                    },
                ),
                "ViewerCertificate": one(
                    "viewer_certificate",
                    {
                        "CloudFrontDefaultCertificate": "cloudfront_default_certificate",
                        "AcmCertificateArn": "acm_certificate_arn",
                        "IamCertificateId": "iam_certificate_id",
                        "MinimumProtocolVersion": _minimum,
                        "SslSupportMethod": "ssl_support_method",
                    },
                ),
            }
        },
        name="id",
    ),
    "aws_cloudfront_origin_access_control": whole(
        "AWS::CloudFront::OriginAccessControl",
        {
            "OriginAccessControlConfig": {
                "Name": "name",
                "OriginAccessControlOriginType": "origin_access_control_origin_type",
                "SigningBehavior": "signing_behavior",
                "SigningProtocol": "signing_protocol",
            }
        },
        name="id",
        tags=False,
    ),
    "aws_wafv2_web_acl": whole(
        "AWS::WAFv2::WebACL",
        {
            "Name": "name",
            "Scope": "scope",
            "DefaultAction": one("default_action", {"Allow": one("allow", {}), "Block": one("block", {})}),
            "Rules": _acl_rules,
        },
        name="arn",
    ),
    "aws_wafv2_web_acl_association": whole(
        "AWS::WAFv2::WebACLAssociation",
        {
            "ResourceArn": Pointer("resource_arn", *_WITH_ACL, attribute="Arn"),
            "WebACLArn": Pointer("web_acl_arn", "aws_wafv2_web_acl", attribute="Arn"),
        },
        name=None,
        arn=None,
        tags=False,
    ),
    "aws_wafv2_web_acl_logging_configuration": whole(
        "AWS::WAFv2::LoggingConfiguration",
        {
            "ResourceArn": Pointer("resource_arn", "aws_wafv2_web_acl", attribute="Arn"),
            "LogDestinationConfigs": "log_destination_configs",
            "LoggingFilter": one(
                "logging_filter",
                {
                    "DefaultBehavior": "default_behavior",
                    "Filters": each(
                        "filter",
                        {
                            "Behavior": "behavior",
                            "Requirement": "requirement",
                            "Conditions": each(
                                "condition",
                                {
                                    "ActionCondition": one("action_condition", {"Action": "action"}),
                                    "LabelNameCondition": one("label_name_condition", {"LabelName": "label_name"}),
                                },
                            ),
                        },
                    ),
                },
            ),
        },
        name=None,
        arn=None,
        tags=False,
    ),
}
