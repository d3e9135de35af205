"""Functions of what a value names: a key, the endpoint of a bucket, all resources of a kind."""

from __future__ import annotations

from scanner.language.expressions import bucket_endpoints, customer_keys, resource_patterns
from scanner.language.expressions.function import Function

NAMING_FUNCTIONS = (
    Function(
        "below_root",
        resource_patterns.below_root,
        (1, 1),
        "whether a path names something below its first part, such as a folder of a bucket",
        "below_root(Target)",
    ),
    Function(
        "customer_key",
        customer_keys.customer_key,
        (1, 1),
        "whether what is named as a key is one that the customer manages, and none of AWS's own such as `alias/aws/s3`",
        "customer_key(Properties.KmsKeyId)",
    ),
    Function(
        "s3_endpoint",
        bucket_endpoints.s3_endpoint,
        (1, 1),
        "whether a domain name is one at which S3 answers for a bucket",
        "s3_endpoint(DomainName)",
    ),
    Function(
        "takes_in_all",
        resource_patterns.takes_in_all,
        (3, 3),
        "whether an element of `Resource` takes in everything of a service's kind, such as all channels",
        "takes_in_all(@, 'kinesisvideo', 'channel/')",
    ),
)
"""Those that ask what a reference, a name or an ARN stands for."""


__all__ = ["NAMING_FUNCTIONS"]
