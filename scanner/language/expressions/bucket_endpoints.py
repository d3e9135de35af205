"""Whether a domain name is one at which S3 answers for a bucket: its REST endpoint or that of its website.

"Methods for accessing a general purpose bucket" and "Website endpoints", Amazon S3 User Guide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scanner.model.partial_text import Text
from scanner.model.unknown import Reference, Unknown

if TYPE_CHECKING:
    from scanner.language.expressions.scope import Scope

_ENDPOINT = re.compile(r"(?:.+\.)?s3(?:-website)?(?:[.-][a-z0-9-]+){0,3}\.amazonaws\.com(?:\.cn)?\Z")
_SERVICE = re.compile(r"(?:^|\.)s3(?:-website)?[.-]")


def s3_endpoint(arguments: Sequence[object], scope: Scope) -> object:
    """True for such a name and for an attribute of a bucket in the files."""
    (value,) = arguments
    if isinstance(value, Reference):
        named = scope.inventory.at(value.resource)
        if named is None or not named.type.startswith("AWS::") or named.type == "AWS::CloudFormation::Stack":
            return value
        return named.type == "AWS::S3::Bucket"
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Text):
        # The name of the bucket and the region are often holes, the rest is written.
        if not re.search(r"\.amazonaws\.com(?:\.cn)?\Z", value.suffix):
            return False if value.suffix else value.unknown
        literal = [part for part in value.parts if isinstance(part, str)]
        return True if any(_SERVICE.search(part) for part in literal) else value.unknown
    return isinstance(value, str) and _ENDPOINT.match(value) is not None


__all__ = ["s3_endpoint"]
