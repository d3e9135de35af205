"""Load balancers, distributions, and what stands before them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.live.deploying.made import Clients, Deployer, Inexpressible, Made, Properties, pick, subnets_of, vpc_of


def web_acl(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("Name", name)
    metrics = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
    rules = [
        {"Name": f"r{place}", "Priority": place, "VisibilityConfig": metrics, "OverrideAction": {"None": {}}, **rule}
        for place, rule in enumerate(properties.get("Rules", []))
    ]
    scope = properties.get("Scope", "REGIONAL")
    answer = clients("wafv2").create_web_acl(
        Name=name,
        Scope=scope,
        DefaultAction=properties.get("DefaultAction", {"Allow": {}}),
        VisibilityConfig=metrics,
        Rules=rules,
    )
    return Made(name, answer["Summary"]["ARN"], answer["Summary"]["ARN"])


def web_acl_log(clients: Clients, name: str, properties: Properties) -> Made:
    arn = properties["ResourceArn"]
    properties.get("LogDestinationConfigs")
    clients("wafv2").put_logging_configuration(
        LoggingConfiguration={
            "ResourceArn": arn,
            "LogDestinationConfigs": [f"arn:aws:s3:::aws-waf-logs-{name}"],
        }
    )
    return Made(arn, arn)


def target_group(clients: Clients, name: str, properties: Properties) -> Made:
    made = clients("elbv2").create_target_group(
        Name=name,
        Protocol=properties.get("Protocol", "HTTP"),
        Port=properties.get("Port", 80),
        VpcId=vpc_of(clients),
    )["TargetGroups"][0]["TargetGroupArn"]
    return Made(name, made, made)


def balancer(clients: Clients, name: str, properties: Properties) -> Made:
    if properties.get("Type") == "gateway":
        raise Inexpressible("moto makes no gateway load balancers")
    elb = clients("elbv2")
    name = properties.get("Name", name)
    properties.get("Subnets")
    made = elb.create_load_balancer(Name=name, Subnets=subnets_of(clients), **pick(properties, "Scheme", "Type"))[
        "LoadBalancers"
    ][0]["LoadBalancerArn"]
    if properties.get("LoadBalancerAttributes"):
        elb.modify_load_balancer_attributes(LoadBalancerArn=made, Attributes=properties["LoadBalancerAttributes"])
    return Made(name, made, made)


def listener(clients: Clients, name: str, properties: Properties) -> Made:
    arn = properties.get("LoadBalancerArn", "")
    if not arn.startswith("arn:"):
        arn = balancer(
            clients, f"lb-{name}", {"Type": "network"} if properties.get("Protocol") in ("TLS", "TCP") else {}
        ).arn
    actions = []
    for each in properties.get("DefaultActions") or [{"Type": "forward"}]:
        action = dict(each)
        if action["Type"] == "forward":
            action["TargetGroupArn"] = target_group(clients, f"tg-{name}", {}).arn
        elif action["Type"] == "redirect":
            action["RedirectConfig"] = {"StatusCode": "HTTP_301", **action["RedirectConfig"]}
        elif action["Type"] == "fixed-response":
            action["FixedResponseConfig"] = {"StatusCode": "404", **action.get("FixedResponseConfig", {})}
        actions.append(action)
    certificates = properties.get("Certificates", [])
    made = clients("elbv2").create_listener(
        LoadBalancerArn=arn,
        Port=properties.get("Port", 443),
        DefaultActions=actions,
        **{"Protocol": "HTTPS", **pick(properties, "Protocol", "SslPolicy")},
        **({"Certificates": certificates[:1]} if certificates else {}),
    )["Listeners"][0]["ListenerArn"]
    if certificates[1:]:
        clients("elbv2").add_listener_certificates(ListenerArn=made, Certificates=certificates[1:])
    return Made(made, made, made)


def listener_rule(clients: Clients, name: str, properties: Properties) -> Made:
    actions = [
        {"Type": "forward", "TargetGroupArn": target_group(clients, f"tg-{name}", {}).arn}
        if each["Type"] == "forward"
        else each
        for each in properties["Actions"]
    ]
    made = clients("elbv2").create_rule(
        ListenerArn=properties["ListenerArn"],
        Priority=properties.get("Priority", 1),
        Conditions=properties.get("Conditions") or [{"Field": "path-pattern", "Values": ["/x"]}],
        Actions=actions,
    )["Rules"][0]["RuleArn"]
    return Made(made, made)


def classic_balancer(clients: Clients, name: str, properties: Properties) -> Made:
    elb = clients("elb")
    listeners = [
        {
            "InstanceProtocol": "HTTP",
            **each,
            "LoadBalancerPort": int(each.get("LoadBalancerPort", 80)),
            "InstancePort": int(each.get("InstancePort", 80)),
        }
        for each in properties.get("Listeners") or [{"Protocol": "HTTP"}]
    ]
    used = {each["LoadBalancerPort"]: each.pop("PolicyNames", []) for each in listeners}
    elb.create_load_balancer(
        LoadBalancerName=name, Listeners=listeners, AvailabilityZones=["us-east-1a"], **pick(properties, "Scheme")
    )
    attributes: dict[str, Any] = {}
    if "CrossZone" in properties:
        attributes["CrossZoneLoadBalancing"] = {"Enabled": properties["CrossZone"]}
    if "AccessLoggingPolicy" in properties:
        attributes["AccessLog"] = properties["AccessLoggingPolicy"]
    if attributes:
        elb.modify_load_balancer_attributes(LoadBalancerName=name, LoadBalancerAttributes=attributes)
    for policy in properties.get("Policies", []):
        elb.create_load_balancer_policy(
            LoadBalancerName=name,
            PolicyName=policy["PolicyName"],
            PolicyTypeName=policy["PolicyType"],
            PolicyAttributes=[
                {"AttributeName": each["Name"], "AttributeValue": each["Value"]} for each in policy["Attributes"]
            ],
        )
    for port, policies in used.items():
        if policies:
            elb.set_load_balancer_policies_of_listener(
                LoadBalancerName=name, LoadBalancerPort=port, PolicyNames=policies
            )
    return Made(name, name)


def distribution(clients: Clients, name: str, properties: Properties) -> Made:
    config = properties["DistributionConfig"]
    if any("S3OriginConfig" in each for each in config.get("Origins", [])):
        raise Inexpressible("moto forgets by which identity an origin is read")
    origins = [
        {
            **pick(each, "Id", "DomainName"),
            "CustomOriginConfig": _reached(each["CustomOriginConfig"]),
        }
        for each in config.get("Origins", [])
        if "CustomOriginConfig" in each
    ] or [{"Id": "o", "DomainName": "o.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}]
    behavior = {
        "TargetOriginId": origins[0]["Id"],
        "ViewerProtocolPolicy": "allow-all",
        "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
        "MinTTL": 0,
    }
    listed = [
        {**behavior, **pick(each, "PathPattern", "ViewerProtocolPolicy")} for each in config.get("CacheBehaviors", [])
    ]
    sent: dict[str, Any] = {
        "CallerReference": name,
        "Comment": name,
        "Enabled": config.get("Enabled", True),
        "Origins": {"Quantity": len(origins), "Items": origins},
        "DefaultCacheBehavior": {
            **behavior,
            **pick(config.get("DefaultCacheBehavior", {}), "ViewerProtocolPolicy"),
        },
        "CacheBehaviors": {"Quantity": len(listed), "Items": listed},
        "Aliases": {"Quantity": len(config.get("Aliases", [])), "Items": config.get("Aliases", [])},
        "WebACLId": config.get("WebACLId", ""),
    }
    if config.get("Logging"):
        sent["Logging"] = {"Enabled": True, "IncludeCookies": False, "Prefix": "", **config["Logging"]}
    shown = config.get("ViewerCertificate")
    if shown:
        sent["ViewerCertificate"] = {
            key.replace("Acm", "ACM").replace("Ssl", "SSL").replace("Iam", "IAM"): value for key, value in shown.items()
        }
    made = clients("cloudfront").create_distribution(DistributionConfig=sent)["Distribution"]
    return Made(made["Id"], made["Id"], made["ARN"])


def _reached(config: Mapping[str, Any]) -> dict[str, Any]:
    sent: dict[str, Any] = {"HTTPPort": 80, "HTTPSPort": 443, **config}
    protocols = sent.get("OriginSSLProtocols")
    if isinstance(protocols, list):
        sent["OriginSslProtocols"] = {"Quantity": len(protocols), "Items": sent.pop("OriginSSLProtocols")}
    return sent


def certificate(clients: Clients, name: str, properties: Properties) -> Made:
    arn = clients("acm").request_certificate(DomainName=properties["DomainName"], **pick(properties, "KeyAlgorithm"))
    return Made(arn["CertificateArn"], arn["CertificateArn"])


DEPLOYERS: Mapping[str, Deployer] = {
    "AWS::CertificateManager::Certificate": certificate,
    "AWS::CloudFront::Distribution": distribution,
    "AWS::ElasticLoadBalancing::LoadBalancer": classic_balancer,
    "AWS::ElasticLoadBalancingV2::Listener": listener,
    "AWS::ElasticLoadBalancingV2::ListenerRule": listener_rule,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": balancer,
    "AWS::WAFv2::LoggingConfiguration": web_acl_log,
    "AWS::WAFv2::WebACL": web_acl,
}
