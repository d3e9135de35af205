"""AWS Glue: databases, crawlers, jobs and how the catalogue is encrypted."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Paging, Part, Service, same

_NEXT = Paging("NextToken", "NextToken")
_SETTINGS = "item.DataCatalogEncryptionSettings"

GLUE = Service(
    "glue",
    (
        Collector(
            Call("get_data_catalog_encryption_settings"),
            Part(
                "AWS::Glue::DataCatalogEncryptionSettings",
                keep=_SETTINGS,
                id="account",
                properties={"CatalogId": "account", "DataCatalogEncryptionSettings": _SETTINGS},
            ),
        ),
        Collector(
            Call("get_databases", items="DatabaseList[]", paging=_NEXT),
            Part(
                "AWS::Glue::Database",
                id="item.Name",
                arn="arn:{partition}:glue:{region}:{account}:database/{id}",
                properties={
                    "CatalogId": "item.CatalogId",
                    "DatabaseName": "id",
                    "DatabaseInput": same("item", "Description", "LocationUri", "Name", "Parameters"),
                },
            ),
        ),
        Collector(
            Call("get_security_configurations", items="SecurityConfigurations[]", paging=_NEXT),
            Part(
                "AWS::Glue::SecurityConfiguration",
                id="item.Name",
                properties={
                    "Name": "id",
                    "EncryptionConfiguration": {
                        "CloudWatchEncryption": "item.EncryptionConfiguration.CloudWatchEncryption",
                        "JobBookmarksEncryption": "item.EncryptionConfiguration.JobBookmarksEncryption",
                        "S3Encryptions": "item.EncryptionConfiguration.S3Encryption",
                    },
                },
            ),
        ),
        Collector(
            Call("get_crawlers", items="Crawlers[]", paging=_NEXT),
            Part(
                "AWS::Glue::Crawler",
                id="item.Name",
                arn="arn:{partition}:glue:{region}:{account}:crawler/{id}",
                properties={
                    "CrawlerSecurityConfiguration": "item.CrawlerSecurityConfiguration",
                    **same("item", "DatabaseName", "Name", "Role"),
                },
            ),
        ),
        Collector(
            Call("get_jobs", items="Jobs[]", paging=_NEXT),
            Part(
                "AWS::Glue::Job",
                id="item.Name",
                arn="arn:{partition}:glue:{region}:{account}:job/{id}",
                properties=same("item", "GlueVersion", "Name", "Role", "SecurityConfiguration", "WorkerType"),
            ),
        ),
    ),
)
