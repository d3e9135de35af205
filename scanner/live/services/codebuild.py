"""AWS CodeBuild: projects."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service

_PROJECT = "project[0]"
_LOGS = f"{_PROJECT}.logsConfig"
_SOURCE = (
    "{type: type, location: location, auth: auth, buildSpec: buildspec, insecureSsl: insecureSsl, "
    "sourceIdentifier: sourceIdentifier}"
)

CODEBUILD = Service(
    "codebuild",
    (
        Collector(
            Call("list_projects", items="projects[].{Name: @}", paging=Paging("nextToken", "nextToken")),
            Part(
                "AWS::CodeBuild::Project",
                id="item.Name",
                arn="arn:{partition}:codebuild:{region}:{account}:project/{id}",
                details={"project": Detail("batch_get_projects", {"names": "[item.Name]"}, "projects[]", sole=True)},
                properties={
                    "Name": "id",
                    "Description": f"{_PROJECT}.description",
                    "EncryptionKey": f"{_PROJECT}.encryptionKey",
                    "ServiceRole": f"{_PROJECT}.serviceRole",
                    "Visibility": f"{_PROJECT}.projectVisibility",
                    "Artifacts": f"pascal({_PROJECT}.artifacts.{{type: type, location: location, path: path, "
                    "name: name, packaging: packaging, encryptionDisabled: encryptionDisabled})",
                    "SecondaryArtifacts": f"pascal({_PROJECT}.secondaryArtifacts[].{{type: type, location: location, "
                    "path: path, name: name, packaging: packaging, encryptionDisabled: encryptionDisabled, "
                    "artifactIdentifier: artifactIdentifier})",
                    "Environment": f"pascal({_PROJECT}.environment)",
                    "LogsConfig": {
                        "CloudWatchLogs": f"pascal({_LOGS}.cloudWatchLogs)",
                        "S3Logs": f"pascal({_LOGS}.s3Logs)",
                    },
                    "Source": f"pascal({_PROJECT}.source.{_SOURCE})",
                    "SecondarySources": f"pascal({_PROJECT}.secondarySources[].{_SOURCE})",
                    "VpcConfig": f"pascal({_PROJECT}.vpcConfig)",
                    "Tags": f"pascal({_PROJECT}.tags)",
                },
            ),
        ),
    ),
)
