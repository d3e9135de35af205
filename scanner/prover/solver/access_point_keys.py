"""Requests by a bucket's own name say no access point; those by an access point are decided by its policy as well.

"Configuring IAM policies for using access points" (Amazon S3 User Guide): a bucket policy sees by which access point a
request came, and what it lets in so goes through only where the policy of the access point, or the caller's own policy
for it, lets it in too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanner.base.record import replace
from scanner.model.unknown import Unknown
from scanner.prover.solver.question import ABSENT, Shape

_KEYS = frozenset({"s3:dataaccesspointarn", "s3:dataaccesspointaccount", "s3:accesspointnetworkorigin"})
_TAGS = "s3:accesspointtag/"
_BY_NAME = (":", "s", "3", ":", ":", ":")
_THROUGH = Unknown(
    "undeclared",
    "whether there is an access point to the bucket, and what its policy and the caller's for it let through, is not "
    "decided here",
)


def by_name_and_through_points(shape: Shape, read: Iterable[str]) -> Iterator[Shape]:
    """The request by the bucket's name, then by an access point, where policies read whether it is by one."""
    tokens = shape.resource.tokens
    keys = [key for key in read if (key in _KEYS or key.startswith(_TAGS)) and key not in shape.keys]
    if not keys or not any(tokens[at : at + len(_BY_NAME)] == _BY_NAME for at in range(4, 16)):
        yield shape
        return
    yield replace(shape, keys={**shape.keys, **dict.fromkeys(keys, ABSENT)})
    yield replace(shape, doubt=shape.doubt or _THROUGH)


__all__ = ["by_name_and_through_points"]
