"""What of an account was not read: that a snapshot has none of a type says something only where it was listed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol

from scanner.model.unknown import Unknown


class Placed(Protocol):
    """What is asked of a resource."""

    @property
    def account(self) -> str | None:
        """None where no file says which account it is deployed to."""

    @property
    def region(self) -> str | None:
        """None where it is not known, and for what is in no region."""

    @property
    def live(self) -> bool:
        """Whether it was read of an account and not of a file."""

    @property
    def address(self) -> str:
        """As in `Resource`: `path#LogicalId` in files."""

    @property
    def cluster(self) -> str | None:
        """The folder of what a cluster printed, where it is of that."""


FOLDED = frozenset(
    {
        "AWS::ApiGateway::BasePathMapping",
        "AWS::DynamoDB::GlobalTable",
        "AWS::EC2::EIPAssociation",
        "AWS::EC2::SecurityGroupEgress",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::TransitGatewayAttachment",
        "AWS::Elasticsearch::Domain",
        "AWS::IAM::GroupPolicy",
        "AWS::IAM::Policy",
        "AWS::IAM::RolePolicy",
        "AWS::IAM::UserPolicy",
        "AWS::IAM::UserToGroupAddition",
        "AWS::SNS::TopicInlinePolicy",
        "AWS::SQS::QueueInlinePolicy",
        "AWS::SecretsManager::SecretTargetAttachment",
    }
)
"""Types that only templates have: in an account they are parts of others, or are called otherwise."""


class Gap(NamedTuple):
    """A type that was not listed as a whole; `region` is None where it is asked for once for the account.

    Of a cluster, `account` is the folder of what it printed.
    """

    account: str
    region: str | None
    type: str
    why: Unknown
    cluster: bool = False


class Unread:
    """By account, region and type. Where the region is None, it was asked for once for the whole account."""

    __slots__ = ("_clusters", "_cut", "_listed", "_regional", "_regions")

    def __init__(self) -> None:
        self._regions: dict[str, set[str]] = {}
        self._clusters: dict[str, dict[str, Unknown | None]] = {}
        self._cut: dict[str, Unknown] = {}
        self._regional: set[tuple[str, str]] = set()
        self._listed: dict[tuple[str, str | None, str], Unknown | None] = {}

    def reads(self, account: str, regions: Iterable[str]) -> None:
        """A snapshot of these regions of the account is part of the inventory."""
        self._regions.setdefault(account, set()).update(regions)

    def read(self, account: str, region: str | None, type_name: str, why: Unknown | None) -> None:
        """The type was listed there; `why` says why not all of it was."""
        if region is not None:
            self._regional.add((account, type_name))
        key = (account, region, type_name)
        self._listed[key] = self._listed.get(key) or why

    def read_cluster(self, cluster: str, types: Mapping[str, Unknown | None]) -> None:
        """What a cluster printed is part of the inventory; `types` says of each type why not all of it was listed."""
        self._clusters.setdefault(cluster, {}).update(types)

    def cut_off(self, path: str, why: Unknown) -> None:
        """The file does not hold all that belongs to it, of whatever type."""
        self._cut.setdefault(path, why)

    def cut_of(self, address: str) -> Unknown | None:
        """Why the file of a resource may lack some of what belongs to it."""
        return self._cut.get(address.partition("#")[0]) if self._cut else None

    def add(self, other: Unread) -> None:
        """Takes over what was and was not read for another inventory."""
        for path, cut in other._cut.items():
            self.cut_off(path, cut)
        for cluster, types in other._clusters.items():
            self.read_cluster(cluster, types)
        for account, regions in other._regions.items():
            self.reads(account, regions)
        for (account, region, type_name), why in other._listed.items():
            self.read(account, region, type_name, why)

    def unasked(self, type_names: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """By account that a snapshot is of, those of the types that nobody tried to list there, in order."""
        asked: dict[str, set[str]] = {account: set() for account in self._regions}
        for account, _, type_name in self._listed:
            asked.setdefault(account, set()).add(type_name)
        wanted = sorted({*type_names})
        found = {account: tuple(name for name in wanted if name not in names) for account, names in asked.items()}
        return {account: names for account, names in sorted(found.items()) if names}

    def gaps(self) -> Iterator[Gap]:
        """All that was to be listed and was not, or not as a whole, in the order of account, region and type."""
        for account, region, type_name in sorted(self._listed, key=lambda key: (key[0], key[1] or "", key[2])):
            why = self._listed[account, region, type_name]
            if why is not None:
                yield Gap(account, region, type_name, why)
        for cluster, types in sorted(self._clusters.items()):
            for type_name, why in sorted(types.items()):
                if why is not None:
                    yield Gap(cluster, None, type_name, why, cluster=True)

    def near(self, type_name: str, resource: Placed) -> Unknown | None:
        """Why there may be more of the type around a resource than was read; None where all of it was."""
        account = resource.account
        if resource.cluster is not None:
            types = self._clusters.get(resource.cluster, {})
            if type_name in types or not type_name.startswith("Kubernetes::"):
                return types.get(type_name)
            return Unknown("not-collected", f"the dump does not say that objects of type `{type_name}` were listed")
        if not resource.live or account is None:
            return self.cut_of(resource.address)
        if (account, None, type_name) in self._listed:
            why = self._listed[account, None, type_name]
            # Web ACLs are in regions and, for distributions, beyond them.
            if why is not None or (account, type_name) not in self._regional:
                return why
        regions = {resource.region} if resource.region is not None else self._regions.get(account, set())
        for region in sorted(regions):
            if (account, region, type_name) not in self._listed:
                return Unknown("not-collected", f"no `{type_name}` of {account} in {region} was read")
            why = self._listed[account, region, type_name]
            if why is not None:
                return why
        return None
