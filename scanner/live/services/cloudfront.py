"""Amazon CloudFront: distributions, as their configuration has them."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, Shape

_CONFIG = "config.DistributionConfig"
_BEHAVIOR = (
    "TargetOriginId: TargetOriginId, ViewerProtocolPolicy: ViewerProtocolPolicy, CachePolicyId: CachePolicyId, "
    "OriginRequestPolicyId: OriginRequestPolicyId, ResponseHeadersPolicyId: ResponseHeadersPolicyId, "
    "AllowedMethods: AllowedMethods.Items, TrustedKeyGroups: TrustedKeyGroups.Items, "
    "TrustedSigners: TrustedSigners.Items, ForwardedValues: ForwardedValues.{QueryString: QueryString, "
    "Headers: Headers.Items, Cookies: Cookies.{Forward: Forward}}, FunctionAssociations: FunctionAssociations.Items, "
    "LambdaFunctionAssociations: LambdaFunctionAssociations.Items"
)
_ORIGIN = (
    "Id: Id, DomainName: DomainName, OriginPath: OriginPath, OriginAccessControlId: OriginAccessControlId, "
    "OriginCustomHeaders: CustomHeaders.Items, S3OriginConfig: S3OriginConfig.{OriginAccessIdentity: "
    "OriginAccessIdentity}, VpcOriginConfig: VpcOriginConfig.{VpcOriginId: VpcOriginId}, "
    "CustomOriginConfig: CustomOriginConfig.{HTTPPort: HTTPPort, HTTPSPort: HTTPSPort, "
    "OriginProtocolPolicy: OriginProtocolPolicy, OriginSSLProtocols: OriginSslProtocols.Items}"
)
_DISTRIBUTION: dict[str, Shape] = {
    "Aliases": f"{_CONFIG}.Aliases.Items",
    "CacheBehaviors": f"{_CONFIG}.CacheBehaviors.Items[].{{PathPattern: PathPattern, {_BEHAVIOR}}}",
    "Comment": f"{_CONFIG}.Comment",
    "DefaultCacheBehavior": f"{_CONFIG}.DefaultCacheBehavior.{{{_BEHAVIOR}}}",
    "DefaultRootObject": f"{_CONFIG}.DefaultRootObject",
    "Enabled": f"{_CONFIG}.Enabled",
    "HttpVersion": f"{_CONFIG}.HttpVersion",
    # What is switched off is told with empty texts.
    "Logging": f"{_CONFIG}.Logging.Bucket && {_CONFIG}.Logging.{{Bucket: Bucket, Prefix: Prefix, "
    "IncludeCookies: IncludeCookies} || `null`",
    "Origins": f"{_CONFIG}.Origins.Items[].{{{_ORIGIN}}}",
    "PriceClass": f"{_CONFIG}.PriceClass",
    "Restrictions": {
        "GeoRestriction": {
            "RestrictionType": f"{_CONFIG}.Restrictions.GeoRestriction.RestrictionType",
            "Locations": f"{_CONFIG}.Restrictions.GeoRestriction.Items",
        }
    },
    "ViewerCertificate": {
        "AcmCertificateArn": f"{_CONFIG}.ViewerCertificate.ACMCertificateArn",
        "CloudFrontDefaultCertificate": f"{_CONFIG}.ViewerCertificate.CloudFrontDefaultCertificate",
        "IamCertificateId": f"{_CONFIG}.ViewerCertificate.IAMCertificateId",
        "MinimumProtocolVersion": f"{_CONFIG}.ViewerCertificate.MinimumProtocolVersion",
        "SslSupportMethod": f"{_CONFIG}.ViewerCertificate.SSLSupportMethod",
    },
    "WebACLId": f"{_CONFIG}.WebACLId && {_CONFIG}.WebACLId || `null`",
}

CLOUDFRONT = Service(
    "cloudfront",
    scope="global",
    first=True,
    collectors=(
        Collector(
            Call(
                "list_distributions",
                items="DistributionList.Items[]",
                paging=Paging("Marker", "DistributionList.NextMarker"),
            ),
            Part(
                "AWS::CloudFront::Distribution",
                id="item.Id",
                arn="item.ARN",
                gone=("NoSuchDistribution", "NoSuchResource"),
                details={
                    # The list leaves logging out.
                    "config": Detail("get_distribution_config", {"Id": "item.Id"}),
                    "tagged": Detail("list_tags_for_resource", {"Resource": "item.ARN"}),
                },
                properties={"DistributionConfig": _DISTRIBUTION, "Tags": "tagged.Tags.Items"},
                children=(
                    # Of all versions of functions, those at the edges: a function may have thousands.
                    Part(
                        "AWS::Lambda::Version",
                        each=f"[[{_CONFIG}.DefaultCacheBehavior], {_CONFIG}.CacheBehaviors.Items][][]"
                        ".LambdaFunctionAssociations.Items[]",
                        id="item.LambdaFunctionARN",
                        arn="item.LambdaFunctionARN",
                        properties={"FunctionName": "piece(item.LambdaFunctionARN, ':', `6`)"},
                    ),
                ),
            ),
        ),
        Collector(
            Call(
                "list_origin_access_controls",
                items="OriginAccessControlList.Items[]",
                paging=Paging("Marker", "OriginAccessControlList.NextMarker"),
            ),
            Part(
                "AWS::CloudFront::OriginAccessControl",
                id="item.Id",
                properties={
                    "OriginAccessControlConfig": {
                        "Name": "item.Name",
                        "OriginAccessControlOriginType": "item.OriginAccessControlOriginType",
                        "SigningBehavior": "item.SigningBehavior",
                        "SigningProtocol": "item.SigningProtocol",
                    }
                },
            ),
        ),
    ),
)
