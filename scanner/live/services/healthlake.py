"""AWS HealthLake: FHIR data stores."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Paging, Part, Service, same

_AUTH = "item.IdentityProviderConfiguration"

HEALTHLAKE = Service(
    "healthlake",
    (
        Collector(
            Call(
                "list_fhir_datastores",
                items="DatastorePropertiesList[]",
                paging=Paging("NextToken", "NextToken"),
                action="healthlake:ListFHIRDatastores",
            ),
            Part(
                "AWS::HealthLake::FHIRDatastore",
                keep="item.DatastoreStatus != 'DELETED'",
                id="item.DatastoreId",
                arn="item.DatastoreArn",
                properties={
                    "IdentityProviderConfiguration": same(
                        _AUTH, "AuthorizationStrategy", "FineGrainedAuthorizationEnabled", "IdpLambdaArn", "Metadata"
                    ),
                    "SseConfiguration": {
                        "KmsEncryptionConfig": "item.SseConfiguration.KmsEncryptionConfig",
                    },
                    **same("item", "DatastoreName", "DatastoreTypeVersion"),
                },
            ),
        ),
    ),
)
