"""AWS Elastic Beanstalk: environments and their settings."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Detail, Paging, Part, Service, same

ELASTICBEANSTALK = Service(
    "elasticbeanstalk",
    (
        Collector(
            Call(
                "describe_environments",
                {"IncludeDeleted": "`false`"},
                "Environments[]",
                Paging("NextToken", "NextToken"),
            ),
            Part(
                "AWS::ElasticBeanstalk::Environment",
                id="item.EnvironmentName",
                arn="item.EnvironmentArn",
                details={
                    "settings": Detail(
                        "describe_configuration_settings",
                        {"ApplicationName": "item.ApplicationName", "EnvironmentName": "item.EnvironmentName"},
                    )
                },
                properties={
                    "OptionSettings": "settings.ConfigurationSettings[0].OptionSettings[]"
                    ".{Namespace: Namespace, OptionName: OptionName, Value: Value, ResourceName: ResourceName}",
                    **same(
                        "item",
                        "ApplicationName",
                        "Description",
                        "EnvironmentName",
                        "PlatformArn",
                        "SolutionStackName",
                        "TemplateName",
                    ),
                },
            ),
        ),
    ),
)
