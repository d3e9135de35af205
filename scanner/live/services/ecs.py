"""Amazon ECS: clusters, services, and the newest definition of every family of tasks."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service

_NEXT = Paging("nextToken", "nextToken")
_TASK = "told.taskDefinition"
# Options and labels are the user's words, and keep their spelling.
_CONTAINER = (
    "{Name: name, Image: image, "
    # None is told as 0.
    "Cpu: choose(cpu > `0`, cpu, `null`), Memory: memory, MemoryReservation: memoryReservation, "
    "Essential: essential, Privileged: privileged, User: user, "
    "ReadonlyRootFilesystem: readonlyRootFilesystem, "
    "Command: command, EntryPoint: entryPoint, DockerLabels: dockerLabels, "
    "EnvironmentFiles: environmentFiles[].{Value: value, Type: type}, "
    "HealthCheck: healthCheck.{Command: command, Interval: interval, Retries: retries, StartPeriod: startPeriod, "
    "Timeout: timeout}, "
    "Environment: environment[].{Name: name, Value: value}, Secrets: secrets[].{Name: name, ValueFrom: valueFrom}, "
    "LogConfiguration: logConfiguration.{LogDriver: logDriver, Options: options, "
    "SecretOptions: secretOptions[].{Name: name, ValueFrom: valueFrom}}, "
    "FirelensConfiguration: firelensConfiguration.{Type: type, Options: options}, "
    "PortMappings: portMappings[].{ContainerPort: containerPort, HostPort: hostPort, Protocol: protocol}, "
    "MountPoints: mountPoints[].{SourceVolume: sourceVolume, ContainerPath: containerPath, ReadOnly: readOnly}, "
    "LinuxParameters: linuxParameters.{Capabilities: capabilities.{Add: add, Drop: drop}, "
    "InitProcessEnabled: initProcessEnabled}, "
    "RepositoryCredentials: repositoryCredentials.{CredentialsParameter: credentialsParameter}}"
)
_VOLUME = (
    "{Name: name, Host: host.{SourcePath: sourcePath}, DockerVolumeConfiguration: dockerVolumeConfiguration."
    "{Scope: scope, Autoprovision: autoprovision, Driver: driver, DriverOpts: driverOpts, Labels: labels}, "
    "EFSVolumeConfiguration: efsVolumeConfiguration."
    "{FilesystemId: fileSystemId, RootDirectory: rootDirectory, TransitEncryption: transitEncryption, "
    "AuthorizationConfig: authorizationConfig.{AccessPointId: accessPointId, IAM: iam}}}"
)

ECS = Service(
    "ecs",
    (
        Collector(
            Call("list_clusters", items="clusterArns[].{Arn: @}", paging=_NEXT),
            Part(
                "AWS::ECS::Cluster",
                id="last(item.Arn)",
                arn="item.Arn",
                gone=("ClusterNotFoundException",),
                details={
                    "told": Detail(
                        "describe_clusters",
                        {"clusters": "[item.Arn]", "include": "['SETTINGS', 'CONFIGURATIONS', 'TAGS']"},
                        "clusters[]",
                        sole=True,
                    ),
                    "services": Detail(
                        "list_services", {"cluster": "item.Arn", "maxResults": "`100`"}, "serviceArns[].{Arn: @}", _NEXT
                    ),
                },
                properties={
                    "ClusterName": "id",
                    "CapacityProviders": "told[0].capacityProviders",
                    "ClusterSettings": "told[0].settings[].{Name: name, Value: value}",
                    "Configuration": "told[0].configuration.{ExecuteCommandConfiguration: executeCommandConfiguration."
                    "{KmsKeyId: kmsKeyId, Logging: logging, LogConfiguration: logConfiguration."
                    "{CloudWatchLogGroupName: cloudWatchLogGroupName, CloudWatchEncryptionEnabled: "
                    "cloudWatchEncryptionEnabled, S3BucketName: s3BucketName, S3EncryptionEnabled: "
                    "s3EncryptionEnabled, S3KeyPrefix: s3KeyPrefix}}}",
                    "Tags": "told[0].tags[].{Key: key, Value: value}",
                },
                children=(
                    Part(
                        "AWS::ECS::Service",
                        each="services",
                        id="last(item.Arn)",
                        arn="item.Arn",
                        gone=("ClusterNotFoundException", "ServiceNotFoundException"),
                        details={
                            "service": Detail(
                                "describe_services",
                                {"cluster": "parent_id", "services": "[item.Arn]", "include": "['TAGS']"},
                                "services[]",
                                sole=True,
                            )
                        },
                        properties={
                            "ServiceName": "id",
                            "Cluster": "parent_id",
                            "DesiredCount": "service[0].desiredCount",
                            "EnableExecuteCommand": "service[0].enableExecuteCommand",
                            "LaunchType": "service[0].launchType",
                            "LoadBalancers": "service[0].loadBalancers[].{TargetGroupArn: targetGroupArn, "
                            "LoadBalancerName: loadBalancerName, ContainerName: containerName, "
                            "ContainerPort: containerPort}",
                            "NetworkConfiguration": {
                                "AwsvpcConfiguration": "service[0].networkConfiguration.awsvpcConfiguration."
                                "{Subnets: subnets, SecurityGroups: securityGroups, AssignPublicIp: assignPublicIp}"
                            },
                            "PlatformVersion": "service[0].platformVersion",
                            "SchedulingStrategy": "service[0].schedulingStrategy",
                            "TaskDefinition": "service[0].taskDefinition",
                            # The volumes of tasks are told of the deployment that makes them.
                            "VolumeConfigurations": "service[0].deployments[?status == 'PRIMARY']."
                            "volumeConfigurations[].{Name: name, ManagedEBSVolume: managedEBSVolume."
                            "{Encrypted: encrypted, KmsKeyId: kmsKeyId, SnapshotId: snapshotId, RoleArn: roleArn}}",
                            "Tags": "service[0].tags[].{Key: key, Value: value}",
                        },
                    ),
                ),
            ),
        ),
        Collector(
            Call("describe_capacity_providers", items="capacityProviders[]", paging=_NEXT),
            Part(
                "AWS::ECS::CapacityProvider",
                # Those of AWS are in every account.
                keep="item.autoScalingGroupProvider || item.managedInstancesProvider",
                id="item.name",
                arn="item.capacityProviderArn",
                properties={
                    "Name": "id",
                    "AutoScalingGroupProvider": "item.autoScalingGroupProvider."
                    "{AutoScalingGroupArn: autoScalingGroupArn, ManagedScaling: managedScaling && "
                    "{Status: managedScaling.status, TargetCapacity: managedScaling.targetCapacity}, "
                    "ManagedTerminationProtection: managedTerminationProtection}",
                    "Tags": "item.tags[].{Key: key, Value: value}",
                },
            ),
        ),
        Collector(
            # A family has thousands of revisions that nothing runs any more; the newest stands for it.
            Call("list_task_definition_families", {"status": "'ACTIVE'"}, "families[].{Name: @}", _NEXT),
            Part(
                "AWS::ECS::TaskDefinition",
                id="item.Name",
                arn=f"{_TASK}.taskDefinitionArn",
                details={
                    "told": Detail("describe_task_definition", {"taskDefinition": "item.Name", "include": "['TAGS']"})
                },
                properties={
                    "Family": "item.Name",
                    "ContainerDefinitions": f"{_TASK}.containerDefinitions[].{_CONTAINER}",
                    "Cpu": f"{_TASK}.cpu",
                    "ExecutionRoleArn": f"{_TASK}.executionRoleArn",
                    "IpcMode": f"{_TASK}.ipcMode",
                    "Memory": f"{_TASK}.memory",
                    "NetworkMode": f"{_TASK}.networkMode",
                    "PidMode": f"{_TASK}.pidMode",
                    "RequiresCompatibilities": f"{_TASK}.requiresCompatibilities",
                    "RuntimePlatform": f"{_TASK}.runtimePlatform."
                    "{CpuArchitecture: cpuArchitecture, OperatingSystemFamily: operatingSystemFamily}",
                    "TaskRoleArn": f"{_TASK}.taskRoleArn",
                    "Tags": "told.tags[].{Key: key, Value: value}",
                    "Volumes": f"{_TASK}.volumes[].{_VOLUME}",
                },
            ),
        ),
    ),
)
