"""AWS WAF: web ACLs, what they are hung on, and their logs. Those of distributions are kept in one region only."""

from __future__ import annotations

from typing import Literal

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, same

_KINDS = (
    "API_GATEWAY",
    "APPLICATION_LOAD_BALANCER",
    "APPSYNC",
    "APP_RUNNER_SERVICE",
    "COGNITO_USER_POOL",
    "VERIFIED_ACCESS_INSTANCE",
)
_MARKER = Paging("NextMarker", "NextMarker")

# Rule groups that Firewall Manager runs before and after the rules of the web ACL stand beside them ("WebACL", AWS
# WAFV2 API Reference).
_GROUPS = "acl.WebACL.{0}FirewallManagerRuleGroups[].{{{1}}}"
_NAMED = "Name: Name, Priority: Priority, Statement: FirewallManagerStatement, OverrideAction: OverrideAction"
_RULES = f"[{_GROUPS.format('PreProcess', _NAMED)}, acl.WebACL.Rules, {_GROUPS.format('PostProcess', _NAMED)}][]"


def _service(scope: Literal["REGIONAL", "CLOUDFRONT"]) -> Service:
    regional = scope == "REGIONAL"
    bound = {
        f"on_{kind.lower()}": Detail(
            "list_resources_for_web_acl",
            {"WebACLArn": "item.ARN", "ResourceType": f"'{kind}'"},
            service="wafv2",
            action="wafv2:ListResourcesForWebACL",
        )
        for kind in (_KINDS if regional else ())
    }
    associations = tuple(
        Part(
            "AWS::WAFv2::WebACLAssociation",
            each=f"{key}.ResourceArns[].{{Arn: @}}",
            id="join('|', [parent.ARN, item.Arn])",
            properties={"ResourceArn": "item.Arn", "WebACLArn": "parent.ARN"},
        )
        for key in bound
    )
    return Service(
        "wafv2" if regional else "wafv2-cloudfront",
        scope="region" if regional else "global",
        prefix="wafv2",
        first=not regional,
        collectors=(
            Collector(
                Call(
                    "list_web_acls",
                    {"Scope": f"'{scope}'", "Limit": "`100`"},
                    "WebACLs[]",
                    _MARKER,
                    service="wafv2",
                    action="wafv2:ListWebACLs",
                ),
                Part(
                    "AWS::WAFv2::WebACL",
                    id="item.Name",
                    arn="item.ARN",
                    gone=("WAFNonexistentItemException",),
                    details={
                        "acl": Detail(
                            "get_web_acl",
                            {"Name": "item.Name", "Id": "item.Id", "Scope": f"'{scope}'"},
                            service="wafv2",
                            action="wafv2:GetWebACL",
                        ),
                        **bound,
                    },
                    properties={
                        "Name": "id",
                        "Scope": f"'{scope}'",
                        "Rules": _RULES,
                        **same("acl.WebACL", "DefaultAction", "Description", "VisibilityConfig"),
                    },
                    children=associations,
                ),
            ),
            Collector(
                Call(
                    "list_logging_configurations",
                    {"Scope": f"'{scope}'", "Limit": "`100`"},
                    "LoggingConfigurations[]",
                    _MARKER,
                    service="wafv2",
                ),
                Part(
                    "AWS::WAFv2::LoggingConfiguration",
                    id="item.ResourceArn",
                    properties=same("item", "ResourceArn", "LogDestinationConfigs", "LoggingFilter", "RedactedFields"),
                ),
            ),
        ),
    )


WAFV2 = _service("REGIONAL")
WAFV2_CLOUDFRONT = _service("CLOUDFRONT")
