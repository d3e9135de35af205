"""AWS Certificate Manager: certificates, and how long they are good for."""

from __future__ import annotations

from scanner.live.collector_table import Call, Collector, Paging, Part, Service, same

# Without them only RSA 2048 is listed ("ListCertificates", Filters).
_KEYS = ("RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1")

ACM = Service(
    "acm",
    (
        Collector(
            Call(
                "list_certificates",
                {"Includes": "{keyTypes: [" + ", ".join(f"'{key}'" for key in _KEYS) + "]}"},
                "CertificateSummaryList[]",
                Paging("NextToken", "NextToken"),
            ),
            Part(
                "Tenantproof::ACM::Certificate",
                id="item.CertificateArn",
                arn="item.CertificateArn",
                properties={
                    "Arn": "item.CertificateArn",
                    "DaysLeft": "item.NotAfter && days(now, item.NotAfter) || `null`",
                    **same("item", "DomainName", "Status", "Type", "InUse", "NotAfter", "RenewalEligibility"),
                },
            ),
            also=(
                Part(
                    "AWS::CertificateManager::Certificate",
                    id="item.CertificateArn",
                    arn="item.CertificateArn",
                    properties={
                        "DomainName": "item.DomainName",
                        "SubjectAlternativeNames": "item.SubjectAlternativeNameSummaries",
                        "KeyAlgorithm": "item.KeyAlgorithm",
                    },
                ),
            ),
        ),
    ),
)
