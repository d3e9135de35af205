"""A resource's tag is one value, under whichever of its condition keys a policy asks for it.

From the condition keys of the "Service Authorization Reference": beside `aws:ResourceTag/key` some services have a key
of their own for the same tag, such as `secretsmanager:ResourceTag/key`, or one for each type of resource, such as
`rds:cluster-tag/key`.
"""

from __future__ import annotations

from functools import lru_cache

from scanner.iam.catalogue import catalogue

_TAG = "aws:resourcetag/"
_REQUEST = "aws:requesttag/"
# Actions that work on another service's resources, and carry its key.
_BORROWED = {"sts": "iam", "ec2-instance-connect": "ec2", "arc-zonal-shift": "elasticloadbalancing"}
# Of these services each key is for one type, named by what ARNs have after the account.
_BY_KIND = frozenset({"rds", "dms"})
# Keys for the tag of a container; on the container itself they are its own tag.
_CONTAINERS = {
    "s3:buckettag/": ("s3", ":::"),
    "s3express:buckettag/": ("s3express", ":bucket/"),
    "s3tables:tablebuckettag/": ("s3tables", ":bucket/"),
    "s3vectors:vectorbuckettag/": ("s3vectors", ":bucket/"),
}
CONTAINER_KEYS = {
    "s3": "s3:BucketTag/",
    "s3express": "s3express:BucketTag/",
    "s3tables": "s3tables:TableBucketTag/",
    "s3vectors": "s3vectors:VectorBucketTag/",
}
"""By service the beginning of the key that a request for what is in a container carries for the container's tag."""


def is_container(form: str) -> bool:
    """Whether ARNs of the form are of a container, or of what is in one and named below it."""
    return any(form.split(":")[2:3] == [service] and begins in form for service, begins in _CONTAINERS.values())


def one_spelling(key: str, action: str, resource: str) -> str:
    """The key that is the same in a request under another name, such as a tag's under `aws:`; else the key itself.

    `key` and `action` are in lower case; `resource` is an ARN, or as much of its beginning as is known. What reads like
    another service's spelling, and no request for the action carries, stands for nothing.
    """
    if key.startswith("aws:") or "tag" not in key:
        # The leading key has had a second name since indexes may have partition keys of several attributes.
        return _LEADING if key == _FIRST else key
    return _one_spelling(key, action, resource)


def is_of_another_kind(key: str, action: str, resource: str) -> bool:
    """Whether the key is that of the tags of one type of resource and the resource is of another type.

    A request that names several resources is decided for each with its own tags. As for `one_spelling`.
    """
    prefix, _, rest = key.partition(":")
    name = rest.partition("/")[0]
    if prefix not in _BY_KIND or not name.endswith("-tag") or name == "req-tag" or not action.startswith(f"{prefix}:"):
        return False
    parts = resource.split(":", 6)
    kind = parts[5] if len(parts) > 6 else ""  # noqa: PLR2004  # what follows the type in an ARN
    return kind.replace("-", "").isalpha() and kind != name.removesuffix("-tag")


_FIRST, _LEADING = "dynamodb:firstpartitionkeyvalues", "dynamodb:leadingkeys"


@lru_cache(maxsize=16_384)
def _one_spelling(key: str, action: str, resource: str) -> str:
    same = _as_tag(key, action.partition(":")[0], resource)
    return key if same != key and catalogue().presence(action, key) == "never" else same


def _as_tag(key: str, service: str, resource: str) -> str:
    prefix, _, rest = key.partition(":")
    name, slash, tag = rest.partition("/")
    if not slash or not tag or prefix != _BORROWED.get(service, service):
        return key
    if name == "resourcetag":
        return _TAG + tag
    if name in ("requesttag", "req-tag"):
        return _REQUEST + tag
    if prefix in _BY_KIND and name.endswith("-tag"):
        kind = name.removesuffix("-tag")
        parts = resource.split(":", 6)
        known = len(parts) > 6 and parts[5] == kind  # noqa: PLR2004  # what follows the type in an ARN
        return _TAG + tag if known else key
    container = _CONTAINERS.get(f"{prefix}:{name}/")
    if container is not None:
        begins = container[1]
        inside = resource.partition(begins)[2]
        return _TAG + tag if inside and "/" not in inside else key
    return key
