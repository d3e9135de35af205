"""Resources of templates made by the services' own calls, as far as moto keeps what they say.

Each function takes what gives clients, a name that nothing else has, and the properties.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Clients = Callable[[str], Any]
Properties = dict[str, Any]
ROLE = "arn:aws:iam::123456789012:role/clinic"


@dataclass(frozen=True, slots=True)
class Made:
    """`id` is the name in a snapshot, `ref` and `arn` are what `Ref` and `Fn::GetAtt` give in a template."""

    id: str
    ref: str
    arn: str = ""


Deployer = Callable[[Clients, str, Properties], Made]


class Inexpressible(Exception):
    """The service's call cannot say what the template says."""


def _pick(properties: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: properties[name] for name in names if name in properties}


def _small(value: Any) -> Any:
    """Names of fields as services have them that begin theirs with a small letter."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _small(child) for key, child in value.items()}
    return [_small(child) for child in value] if isinstance(value, list) else value


def _network(clients: Clients) -> list[str]:
    ec2 = clients("ec2")
    return [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"][:2]]


def recorder(clients: Clients, name: str, properties: Properties) -> Made:
    group = _small(properties.get("RecordingGroup", {}))
    if group.get("recordingStrategy", {}).get("useOnly") == "EXCLUSION_BY_RESOURCE_TYPES":
        raise Inexpressible("moto has no recording strategy")
    clients("config").put_configuration_recorder(
        ConfigurationRecorder={"name": name, "roleARN": ROLE, **({"recordingGroup": group} if group else {})}
    )
    return Made(name, name)


def detector(clients: Clients, name: str, properties: Properties) -> Made:
    del name
    made = clients("guardduty").create_detector(Enable=properties["Enable"])["DetectorId"]
    return Made(made, made)


def web_acl(clients: Clients, name: str, properties: Properties) -> Made:
    metrics = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
    rules = [
        {"Name": f"r{place}", "Priority": place, "VisibilityConfig": metrics, "OverrideAction": {"None": {}}, **rule}
        for place, rule in enumerate(properties.get("Rules", []))
    ]
    scope = properties.get("Scope", "REGIONAL")
    answer = clients("wafv2").create_web_acl(
        Name=name, Scope=scope, DefaultAction={"Allow": {}}, VisibilityConfig=metrics, Rules=rules
    )
    return Made(name, answer["Summary"]["ARN"], answer["Summary"]["ARN"])


def web_acl_log(clients: Clients, name: str, properties: Properties) -> Made:
    arn = properties["ResourceArn"]
    clients("wafv2").put_logging_configuration(
        LoggingConfiguration={
            "ResourceArn": arn,
            "LogDestinationConfigs": [f"arn:aws:s3:::aws-waf-logs-{name}"],
        }
    )
    return Made(arn, arn)


def balancer(clients: Clients, name: str, properties: Properties) -> Made:
    if properties.get("Type") == "gateway":
        raise Inexpressible("moto makes no gateway load balancers")
    elb = clients("elbv2")
    made = elb.create_load_balancer(Name=name, Subnets=_network(clients), **_pick(properties, "Scheme", "Type"))[
        "LoadBalancers"
    ][0]["LoadBalancerArn"]
    if properties.get("LoadBalancerAttributes"):
        elb.modify_load_balancer_attributes(LoadBalancerArn=made, Attributes=properties["LoadBalancerAttributes"])
    return Made(name, made, made)


def target_group(clients: Clients, name: str, properties: Properties) -> Made:
    made = clients("elbv2").create_target_group(
        Name=name,
        Protocol=properties.get("Protocol", "HTTP"),
        Port=properties.get("Port", 80),
        VpcId=clients("ec2").describe_vpcs()["Vpcs"][0]["VpcId"],
    )["TargetGroups"][0]["TargetGroupArn"]
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
    made = clients("elbv2").create_listener(
        LoadBalancerArn=arn,
        Port=properties.get("Port", 443),
        DefaultActions=actions,
        **{"Protocol": "HTTPS", **_pick(properties, "Protocol", "SslPolicy", "Certificates")},
    )["Listeners"][0]["ListenerArn"]
    return Made(made, made, made)


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
    for listener_ in listeners:
        listener_.pop("PolicyNames", None)
    elb.create_load_balancer(
        LoadBalancerName=name, Listeners=listeners, AvailabilityZones=["us-east-1a"], **_pick(properties, "Scheme")
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
    return Made(name, name)


def domain(clients: Clients, name: str, properties: Properties) -> Made:
    made = clients("opensearch").create_domain(
        DomainName=name,
        **_pick(
            properties,
            "AccessPolicies",
            "AdvancedSecurityOptions",
            "DomainEndpointOptions",
            "EncryptionAtRestOptions",
            "EngineVersion",
            "LogPublishingOptions",
            "NodeToNodeEncryptionOptions",
            "VPCOptions",
        ),
    )["DomainStatus"]
    return Made(name, name, made["ARN"])


def replication_group(clients: Clients, name: str, properties: Properties) -> Made:
    clients("elasticache").create_replication_group(
        ReplicationGroupId=name,
        ReplicationGroupDescription="d",
        **_pick(
            properties,
            "AtRestEncryptionEnabled",
            "Engine",
            "SnapshotRetentionLimit",
            "TransitEncryptionEnabled",
            "UserGroupIds",
        ),
    )
    return Made(name, name)


def cache_cluster(clients: Clients, name: str, properties: Properties) -> Made:
    clients("elasticache").create_cache_cluster(
        CacheClusterId=name,
        CacheNodeType="cache.t4g.micro",
        NumCacheNodes=1,
        **_pick(properties, "Engine", "SnapshotRetentionLimit"),
    )
    return Made(name, name)


def warehouse(clients: Clients, name: str, properties: Properties) -> Made:
    redshift = clients("redshift")
    given = _pick(
        properties,
        "AllowVersionUpgrade",
        "AutomatedSnapshotRetentionPeriod",
        "ClusterParameterGroupName",
        "Encrypted",
        "EnhancedVpcRouting",
        "KmsKeyId",
        "PubliclyAccessible",
    )
    redshift.create_cluster(
        ClusterIdentifier=name,
        NodeType="ra3.large",
        MasterUsername="clinic",
        MasterUserPassword="Not-a-secret-1",
        # AWS's own since January 2025; moto has the older ones.
        **{"PubliclyAccessible": False, "Encrypted": True, **given},
    )
    if properties.get("LoggingProperties"):
        clients("s3").create_bucket(Bucket=f"log-{name}")
        policy = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
        }
        clients("s3").put_bucket_policy(Bucket=f"log-{name}", Policy=json.dumps(policy))
        redshift.enable_logging(ClusterIdentifier=name, BucketName=f"log-{name}", S3KeyPrefix="a")
    return Made(name, name)


def files(clients: Clients, name: str, properties: Properties) -> Made:
    efs = clients("efs")
    made = efs.create_file_system(CreationToken=name, **_pick(properties, "Encrypted", "KmsKeyId"))
    if "BackupPolicy" in properties:
        efs.put_backup_policy(FileSystemId=made["FileSystemId"], BackupPolicy=properties["BackupPolicy"])
    return Made(made["FileSystemId"], made["FileSystemId"], made["FileSystemArn"])


def plan(clients: Clients, name: str, properties: Properties) -> Made:
    rules = []
    for each in properties["BackupPlan"]["BackupPlanRule"]:
        rule = {"RuleName": "daily", **each}
        rule["TargetBackupVaultName"] = rule.pop("TargetBackupVault", "v")
        rules.append(rule)
    made = clients("backup").create_backup_plan(BackupPlan={"BackupPlanName": name, "Rules": rules})
    return Made(made["BackupPlanId"], made["BackupPlanId"], made["BackupPlanArn"])


def vault(clients: Clients, name: str, properties: Properties) -> Made:
    if {"AccessPolicy", "LockConfiguration"} & properties.keys():
        raise Inexpressible("moto keeps no policies and dates of locks of vaults")
    made = clients("backup").create_backup_vault(BackupVaultName=name, **_pick(properties, "EncryptionKeyArn"))
    return Made(name, name, made["BackupVaultArn"])


def distribution(clients: Clients, name: str, properties: Properties) -> Made:
    config = properties["DistributionConfig"]
    if any("S3OriginConfig" in each for each in config.get("Origins", [])):
        raise Inexpressible("moto forgets by which identity an origin is read")
    origins = [
        {
            **_pick(each, "Id", "DomainName"),
            "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, **each["CustomOriginConfig"]},
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
        {**behavior, **_pick(each, "PathPattern", "ViewerProtocolPolicy")} for each in config.get("CacheBehaviors", [])
    ]
    sent: dict[str, Any] = {
        "CallerReference": name,
        "Comment": name,
        "Enabled": config.get("Enabled", True),
        "Origins": {"Quantity": len(origins), "Items": origins},
        "DefaultCacheBehavior": {
            **behavior,
            **_pick(config.get("DefaultCacheBehavior", {}), "ViewerProtocolPolicy"),
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


def machine(clients: Clients, name: str, properties: Properties) -> Made:
    made = clients("stepfunctions").create_state_machine(
        name=name,
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}),
        roleArn=ROLE,
        **(
            {"tracingConfiguration": _small(properties["TracingConfiguration"])}
            if "TracingConfiguration" in properties
            else {}
        ),
        **(
            {"loggingConfiguration": _small(properties["LoggingConfiguration"])}
            if "LoggingConfiguration" in properties
            else {}
        ),
    )["stateMachineArn"]
    return Made(name, made, made)


def stream(clients: Clients, name: str, properties: Properties) -> Made:
    kinesis = clients("kinesis")
    kinesis.create_stream(StreamName=name, ShardCount=1)
    encryption = properties.get("StreamEncryption")
    if encryption:
        kinesis.start_stream_encryption(
            StreamName=name,
            EncryptionType=encryption["EncryptionType"],
            KeyId=encryption.get("KeyId", "alias/aws/kinesis"),
        )
    return Made(name, name, f"arn:aws:kinesis:us-east-1:123456789012:stream/{name}")


def notebook(clients: Clients, name: str, properties: Properties) -> Made:
    if properties.get("DirectInternetAccess") == "Disabled":
        properties = {"SubnetId": _network(clients)[0], **properties}
    clients("sagemaker").create_notebook_instance(
        NotebookInstanceName=name,
        InstanceType="ml.t3.medium",
        RoleArn=ROLE,
        **_pick(properties, "DirectInternetAccess", "KmsKeyId", "SubnetId"),
    )
    return Made(name, name)


def endpoint_config(clients: Clients, name: str, properties: Properties) -> Made:
    sagemaker = clients("sagemaker")
    sagemaker.create_model(ModelName=f"m-{name}", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": "i"})
    variants = [
        {
            "VariantName": "v",
            **({} if "ServerlessConfig" in each else {"InitialInstanceCount": 1}),
            **each,
            "ModelName": f"m-{name}",
        }
        for each in properties["ProductionVariants"]
    ]
    sagemaker.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=variants, **_pick(properties, "KmsKeyId")
    )
    return Made(name, name)


def project(clients: Clients, name: str, properties: Properties) -> Made:
    source = _small(properties.get("Source", {"Type": "S3", "Location": "b/k"}))
    environment = _small(properties.get("Environment", {}))
    clients("codebuild").create_project(
        name=name,
        source={"location": "b/k", **source},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL", **environment},
        serviceRole=ROLE,
        **({"logsConfig": _small(properties["LogsConfig"])} if "LogsConfig" in properties else {}),
    )
    return Made(name, name)


def replication_instance(clients: Clients, name: str, properties: Properties) -> Made:
    if "PubliclyAccessible" not in properties:
        raise Inexpressible("moto does not fill in that an instance is public")
    clients("dms").create_replication_instance(
        ReplicationInstanceIdentifier=name,
        ReplicationInstanceClass="dms.t3.micro",
        **_pick(properties, "PubliclyAccessible"),
    )
    return Made(name, name)


def accelerator(clients: Clients, name: str, properties: Properties) -> Made:
    specification = properties.get("SSESpecification", {})
    clients("dax").create_cluster(
        ClusterName=name,
        NodeType="dax.t3.small",
        ReplicationFactor=1,
        IamRoleArn=ROLE,
        **({"SSESpecification": {"Enabled": specification["SSEEnabled"]}} if specification else {}),
    )
    return Made(name, name)


def hadoop(clients: Clients, name: str, properties: Properties) -> Made:
    instances = {"MasterInstanceType": "m5.xlarge", "KeepJobFlowAliveWhenNoSteps": True, "InstanceCount": 1}
    made = clients("emr").run_job_flow(
        Name=name,
        ReleaseLabel="emr-7.0.0",
        Instances={**instances, **_pick(properties.get("Instances", {}), "Ec2SubnetId")},
        JobFlowRole="r",
        ServiceRole="r",
        **_pick(properties, "SecurityConfiguration"),
        **(
            {"KerberosAttributes": {"KdcAdminPassword": "p", **_pick(properties["KerberosAttributes"], "Realm")}}
            if "KerberosAttributes" in properties
            else {}
        ),
    )["JobFlowId"]
    return Made(made, made)


def launch_configuration(clients: Clients, name: str, properties: Properties) -> Made:
    clients("autoscaling").create_launch_configuration(
        LaunchConfigurationName=name,
        ImageId="ami-12345678",
        InstanceType="t3.micro",
        **_pick(properties, "AssociatePublicIpAddress"),
    )
    return Made(name, name)


def group(clients: Clients, name: str, properties: Properties) -> Made:
    configuration = launch_configuration(clients, f"lc-{name}", {}).id
    arns = [target_group(clients, f"tg-{name}", {}).arn] if properties.get("TargetGroupARNs") else []
    names = [classic_balancer(clients, f"lb-{name}", {}).id] if properties.get("LoadBalancerNames") else []
    clients("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchConfigurationName=configuration,
        MinSize=int(properties.get("MinSize", 0)),
        MaxSize=int(properties.get("MaxSize", 0)),
        AvailabilityZones=["us-east-1a"],
        TargetGroupARNs=arns,
        LoadBalancerNames=names,
        **_pick(properties, "HealthCheckType"),
    )
    return Made(name, name)


def graphql(clients: Clients, name: str, properties: Properties) -> Made:
    if {"AdditionalAuthenticationProviders", "LambdaAuthorizerConfig"} & properties.keys():
        raise Inexpressible("the example's authorizers are made up")
    sent = _small(_pick(properties, "AuthenticationType", "LogConfig", "XrayEnabled", "Visibility"))
    sent.setdefault("authenticationType", "AWS_IAM")
    if "logConfig" in sent:
        if "cloudWatchLogsRoleArn" not in sent["logConfig"]:
            raise Inexpressible("the service's call requires the role")
        sent["logConfig"] = {"cloudWatchLogsRoleArn": ROLE, "fieldLogLevel": "NONE", **sent["logConfig"]}
    made = clients("appsync").create_graphql_api(name=name, **sent)["graphqlApi"]
    return Made(made["apiId"], made["apiId"], made["arn"])


def key(clients: Clients, name: str, properties: Properties) -> Made:
    del name, properties
    made = clients("kms").create_key()["KeyMetadata"]
    return Made(made["KeyId"], made["KeyId"], made["Arn"])


def log_group(clients: Clients, name: str, properties: Properties) -> Made:
    del properties
    clients("logs").create_log_group(logGroupName=name)
    return Made(name, name, f"arn:aws:logs:us-east-1:123456789012:log-group:{name}:*")


def certificate(clients: Clients, name: str, properties: Properties) -> Made:
    arn = clients("acm").request_certificate(DomainName=f"{name}.example.org", **_pick(properties, "KeyAlgorithm"))
    return Made(arn["CertificateArn"], arn["CertificateArn"])


def parameters(clients: Clients, name: str, properties: Properties) -> Made:
    redshift = clients("redshift")
    redshift.create_cluster_parameter_group(
        ParameterGroupName=name, ParameterGroupFamily="redshift-2.0", Description="d"
    )
    if properties.get("Parameters"):
        raise Inexpressible("moto keeps no parameters of warehouses")
    return Made(name, name)


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


DEPLOYERS: Mapping[str, Deployer] = {
    "AWS::AppSync::GraphQLApi": graphql,
    "AWS::AutoScaling::AutoScalingGroup": group,
    "AWS::AutoScaling::LaunchConfiguration": launch_configuration,
    "AWS::Backup::BackupPlan": plan,
    "AWS::Backup::BackupVault": vault,
    "AWS::CertificateManager::Certificate": certificate,
    "AWS::CloudFront::Distribution": distribution,
    "AWS::CodeBuild::Project": project,
    "AWS::Config::ConfigurationRecorder": recorder,
    "AWS::DAX::Cluster": accelerator,
    "AWS::DMS::ReplicationInstance": replication_instance,
    "AWS::EFS::FileSystem": files,
    "AWS::EMR::Cluster": hadoop,
    "AWS::ElastiCache::CacheCluster": cache_cluster,
    "AWS::ElastiCache::ReplicationGroup": replication_group,
    "AWS::ElasticLoadBalancing::LoadBalancer": classic_balancer,
    "AWS::ElasticLoadBalancingV2::Listener": listener,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": balancer,
    "AWS::ElasticLoadBalancingV2::ListenerRule": listener_rule,
    "AWS::Elasticsearch::Domain": domain,
    "AWS::GuardDuty::Detector": detector,
    "AWS::KMS::Key": key,
    "AWS::Kinesis::Stream": stream,
    "AWS::Logs::LogGroup": log_group,
    "AWS::OpenSearchService::Domain": domain,
    "AWS::Redshift::Cluster": warehouse,
    "AWS::Redshift::ClusterParameterGroup": parameters,
    "AWS::SageMaker::EndpointConfig": endpoint_config,
    "AWS::SageMaker::NotebookInstance": notebook,
    "AWS::StepFunctions::StateMachine": machine,
    "AWS::WAFv2::LoggingConfiguration": web_acl_log,
    "AWS::WAFv2::WebACL": web_acl,
}
