"""Groups of machines, clusters, notebooks and builds."""

from __future__ import annotations

from collections.abc import Mapping

from tests.live.deploying.entrances import classic_balancer, target_group
from tests.live.deploying.made import ROLE, Clients, Deployer, Inexpressible, Made, Properties, pick, small, subnets_of


def launch_configuration(clients: Clients, name: str, properties: Properties) -> Made:
    properties.get("ImageId")
    clients("autoscaling").create_launch_configuration(
        LaunchConfigurationName=name,
        ImageId="ami-12345678",
        InstanceType=properties.get("InstanceType", "t3.micro"),
        **pick(properties, "AssociatePublicIpAddress", "BlockDeviceMappings", "MetadataOptions"),
    )
    return Made(name, name)


def group(clients: Clients, name: str, properties: Properties) -> Made:
    configuration = launch_configuration(clients, f"lc-{name}", Properties({})).id
    arns = [target_group(clients, f"tg-{name}", Properties({})).arn] if properties.get("TargetGroupARNs") else []
    if "TrafficSources" in properties:
        raise Inexpressible("moto has no sources of traffic")
    names = [classic_balancer(clients, f"lb-{name}", Properties({})).id] if properties.get("LoadBalancerNames") else []
    clients("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchConfigurationName=configuration,
        MinSize=int(properties.get("MinSize", 0)),
        MaxSize=int(properties.get("MaxSize", 0)),
        AvailabilityZones=["us-east-1a"],
        TargetGroupARNs=arns,
        LoadBalancerNames=names,
        **pick(properties, "HealthCheckType"),
    )
    return Made(name, name)


def hadoop(clients: Clients, name: str, properties: Properties) -> Made:
    name = properties.get("Name", name)
    instances = {"MasterInstanceType": "m5.xlarge", "KeepJobFlowAliveWhenNoSteps": True, "InstanceCount": 1}
    made = clients("emr").run_job_flow(
        Name=name,
        ReleaseLabel="emr-7.0.0",
        Instances={**instances, **pick(properties.get("Instances", {}), "Ec2SubnetId")},
        JobFlowRole="r",
        ServiceRole="r",
        **pick(properties, "SecurityConfiguration"),
        **(
            {"KerberosAttributes": {"KdcAdminPassword": "p", **pick(properties["KerberosAttributes"], "Realm")}}
            if "KerberosAttributes" in properties
            else {}
        ),
    )["JobFlowId"]
    return Made(made, made)


def notebook(clients: Clients, name: str, properties: Properties) -> Made:
    properties.get("RoleArn")
    if properties.get("DirectInternetAccess") == "Disabled":
        properties = Properties({"SubnetId": subnets_of(clients)[0], **properties})
    clients("sagemaker").create_notebook_instance(
        NotebookInstanceName=name,
        InstanceType=properties.get("InstanceType", "ml.t3.medium"),
        RoleArn=ROLE,
        **pick(properties, "DirectInternetAccess", "KmsKeyId", "SubnetId"),
        # AWS tells what it takes where nothing is said, and moto does not.
        RootAccess=properties.get("RootAccess", "Enabled"),
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
        EndpointConfigName=name, ProductionVariants=variants, **pick(properties, "KmsKeyId")
    )
    return Made(name, name)


def project(clients: Clients, name: str, properties: Properties) -> Made:
    properties.get("ServiceRole")
    source = small(properties.get("Source", {"Type": "S3", "Location": "b/k"}))
    environment = small(properties.get("Environment", {}))
    if "SecondarySources" in properties or "SecondaryArtifacts" in properties:
        raise Inexpressible("moto forgets secondary sources and artifacts")
    clients("codebuild").create_project(
        name=name,
        source={"location": "b/k", **source},
        artifacts=small(properties.get("Artifacts", {"Type": "NO_ARTIFACTS"})),
        environment={"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL", **environment},
        serviceRole=ROLE,
        **({"logsConfig": small(properties["LogsConfig"])} if "LogsConfig" in properties else {}),
    )
    return Made(name, name)


DEPLOYERS: Mapping[str, Deployer] = {
    "AWS::AutoScaling::AutoScalingGroup": group,
    "AWS::AutoScaling::LaunchConfiguration": launch_configuration,
    "AWS::CodeBuild::Project": project,
    "AWS::EMR::Cluster": hadoop,
    "AWS::SageMaker::EndpointConfig": endpoint_config,
    "AWS::SageMaker::NotebookInstance": notebook,
}
