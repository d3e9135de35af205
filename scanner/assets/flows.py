"""Ways that data takes, as edges between assets: what is configured, what a role may do, what the internet reaches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace
from typing import Literal

from scanner.assets.flow_table import FLOWS, LINKS, RUNS_AS, Flow, Link
from scanner.assets.targets import Named, Targets, values_at
from scanner.base.record import mutable, record
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import Unknown
from scanner.model.world import UndecidedError, World, explore_some

INTERNET = "internet"
Crossing = Literal["internet", "account", "region"]


@record
class Edge:
    """Data goes from `source` to `target`, both addresses or `internet`, `internet:HOST`, `account:ID`, `unread:ARN`.

    `basis` is what says so; `sure` is false where only what is not known would decide. `where` is the resource and
    property that say so.
    """

    source: str
    target: str
    relation: str
    basis: str
    where: str
    sure: bool = True
    crosses: Crossing | None = None
    detail: str = ""


@mutable(eq=False)
class Drawn:
    """Edges by their ends and relation, and what names an end that is not known."""

    edges: dict[tuple[str, str, str], Edge] = field(default_factory=dict)
    unknown: list[dict[str, str]] = field(default_factory=list)

    def add(self, edge: Edge) -> None:
        """Of two edges that say the same, the one that is sure."""
        key = (edge.source, edge.target, edge.relation)
        known = self.edges.get(key)
        if known is None or (edge.sure and not known.sure):
            self.edges[key] = edge

    def doubt(self, where: str, relation: str, why: Unknown) -> None:
        """Something names an end that is not known."""
        self.unknown.append({"where": where, "relation": relation, "cause": why.cause, "detail": why.detail})


def configured(inventory: Inventory, targets: Targets) -> Drawn:
    """What properties say. A choice of the template that decides makes an edge unsure."""
    drawn = Drawn()
    for flow in FLOWS:
        for resource in inventory.types.get(flow.type, ()):
            _over_worlds(resource, drawn, lambda world, it=resource, by=flow: [*_flow(it, by, targets, world)])  # type: ignore[misc]  # bound to this one
    for link in LINKS:
        for resource in inventory.types.get(link.type, ()):
            _over_worlds(resource, drawn, lambda world, it=resource, by=link: [*_link(it, by, targets, world)])  # type: ignore[misc]  # bound to this one
    for kind, paths in RUNS_AS.items():
        for resource in inventory.types.get(kind, ()):
            for path in paths:
                by = Flow(kind, path, "acts as")
                _over_worlds(resource, drawn, lambda world, it=resource, by=by: [*_flow(it, by, targets, world)])  # type: ignore[misc]  # bound to this one
    for each in facing(inventory):
        drawn.add(each)
    return drawn


_Found = Edge | tuple[str, str, Unknown]


def _over_worlds(resource: Resource, drawn: Drawn, ask: Callable[[World], list[_Found]]) -> None:
    """An edge that is not there in every world that can be is not sure."""

    def run(world: World) -> list[_Found] | None:
        return ask(world) if resource.exists(world) else None

    try:
        explored = explore_some(run)
    except UndecidedError as undecided:
        drawn.doubt(resource.address, "flows", Unknown("parameter", f"it depends on {undecided.about}"))
        return
    if explored.more is not None:
        why = Unknown("evaluation-limit", f"more choices of the template than are tried: {explored.more}")
        drawn.doubt(resource.address, "flows", why)
    counts: dict[tuple[str, str, str], list[Edge]] = {}
    for leaf in explored.leaves:
        for found in leaf.result or ():
            if isinstance(found, Edge):
                counts.setdefault((found.source, found.target, found.relation), []).append(found)
            else:
                drawn.doubt(*found)
    for several in counts.values():
        first = several[0]
        always = len(several) >= len(explored.leaves) and explored.more is None
        drawn.add(first if always else _unsure(first))


def _unsure(edge: Edge) -> Edge:
    return Edge(edge.source, edge.target, edge.relation, edge.basis, edge.where, False, edge.crosses, edge.detail)


def _flow(resource: Resource, flow: Flow, targets: Targets, world: World) -> Iterator[_Found]:
    where = f"{resource.address} {flow.path}"
    for value, account in _with_account(resource, flow.path, world):
        for named in targets.of(value, resource, world):
            end = _end(replace(named, account=account) if account and named.address is None else named, resource)
            if end is None:
                if named.why is not None:
                    yield (where, flow.relation, named.why)
                continue
            if end == resource.address:
                continue
            ends = (end, resource.address) if flow.into else (resource.address, end)
            relation = f"feeds ({flow.relation})" if flow.into else flow.relation
            yield _edge(*ends, relation, where, named, resource, targets.inventory)


def _with_account(resource: Resource, path: str, world: World) -> Iterator[tuple[object, str | None]]:
    """Values at a path, with the account that stands beside each: ARNs of buckets have none."""
    above, _, key = path.rpartition(".")
    if not above:
        yield from ((value, None) for value in values_at(resource, path, world))
        return
    for value in values_at(resource, above, world):
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict) and key in each:
                account = each.get("Account")
                yield each[key], account if isinstance(account, str) and account.isdecimal() else None
            elif isinstance(each, Unknown):
                yield each, None


def _link(resource: Resource, link: Link, targets: Targets, world: World) -> Iterator[_Found]:
    where = f"{resource.address} {link.source}, {link.target}"
    sources = [
        named for value in values_at(resource, link.source, world) for named in targets.of(value, resource, world)
    ]
    for value in values_at(resource, link.target, world):
        for named in targets.of(value, resource, world):
            end = _end(named, resource)
            if end is None and named.why is not None:
                yield (where, link.relation, named.why)
            for source in sources:
                begin = _end(source, resource)
                if begin is not None and end is not None and begin != end:
                    yield _edge(begin, end, link.relation, where, named, resource, targets.inventory)
                elif begin is None and source.why is not None:
                    yield (where, link.relation, source.why)


def _end(named: Named, beside: Resource) -> str | None:
    if named.address is not None:
        return named.address
    if named.host is not None:
        return f"{INTERNET}:{named.host}"
    if named.account is not None:
        if named.account in ("", beside.account):
            return f"unread:{named.text}"
        return f"account:{named.account}"
    return None


def _edge(  # noqa: PLR0913  # both ends, how, and where that is said
    source: str, target: str, relation: str, where: str, named: Named, resource: Resource, inventory: Inventory
) -> Edge:
    crosses = crossing(source, target, resource.account, inventory)
    # Of an address on the internet only the host is told: what follows it may be a token.
    detail = named.text if named.address is None and named.host is None else ""
    return Edge(source, target, relation, "configured", where, True, crosses, detail)


def crossing(source: str, target: str, account: str | None, inventory: Inventory) -> Crossing | None:
    """`internet`, `account` or `region` where an edge leaves one for another; None where it stays, or may stay."""
    ends = (source, target)
    if any(each.partition(":")[0] == INTERNET for each in ends):
        return "internet"
    accounts: set[str | None] = set()
    regions: set[str | None] = set()
    for each in ends:
        kind, _, name = each.partition(":")
        if kind == "account":
            accounts.add(name if name.isdecimal() else None)
            continue
        resource = inventory.at(each)
        accounts.add(resource.account if resource is not None else account)
        regions.add(resource.region if resource is not None else None)
    accounts.discard(None)
    if len(accounts) > 1 or (
        account is None and any(each.startswith("account:") and each[8:].isdecimal() for each in ends)
    ):
        return "account"
    regions -= {None, "aws-global", "global"}
    return "region" if len(regions) > 1 else None


def facing(inventory: Inventory) -> Iterator[Edge]:
    """What takes requests from the internet by its own settings; unsure where these are not known."""
    for kind, path, values, default in _FACING:
        for resource in inventory.types.get(kind, ()):
            said = _said(resource, path) if path else default
            if said is None:
                said = default
            if isinstance(said, Unknown):
                yield _from_internet(resource, path, sure=False)
            elif said in values:
                yield _from_internet(resource, path or "as every one of the type", sure=True)


_ALWAYS: Sequence[object] = ("yes",)
# Type, property that decides, values that mean the internet, and what goes without saying ("AWS resource and property
# types reference").
_FACING: tuple[tuple[str, str, Sequence[object], object], ...] = (
    ("AWS::ApiGatewayV2::Api", "", _ALWAYS, "yes"),
    ("AWS::AppSync::GraphQLApi", "Visibility", ("GLOBAL",), "GLOBAL"),
    ("AWS::CloudFront::Distribution", "", _ALWAYS, "yes"),
    ("AWS::Cognito::UserPool", "", _ALWAYS, "yes"),
    ("AWS::DMS::ReplicationInstance", "PubliclyAccessible", (True, "true"), True),
    ("AWS::EKS::Cluster", "ResourcesVpcConfig.EndpointPublicAccess", (True, "true"), True),
    ("AWS::ElasticLoadBalancing::LoadBalancer", "Scheme", ("internet-facing",), "internet-facing"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Scheme", ("internet-facing",), "internet-facing"),
    ("AWS::Lambda::Url", "", _ALWAYS, "yes"),
    ("AWS::RDS::DBInstance", "PubliclyAccessible", (True, "true"), False),
    ("AWS::Redshift::Cluster", "PubliclyAccessible", (True, "true"), False),
    ("AWS::SageMaker::NotebookInstance", "DirectInternetAccess", ("Enabled",), "Enabled"),
    ("AWS::Transfer::Server", "EndpointType", ("PUBLIC",), "PUBLIC"),
    ("AWS::ApiGateway::RestApi", "EndpointConfiguration.Types", ("EDGE", "REGIONAL"), "EDGE"),
    ("AWS::EC2::InternetGateway", "", _ALWAYS, "yes"),
    ("AWS::EC2::ClientVpnEndpoint", "", _ALWAYS, "yes"),
)


def _said(resource: Resource, path: str) -> object:
    try:
        found = values_at(resource, path, World())
    except UndecidedError as undecided:
        return Unknown("parameter", f"it depends on {undecided.about}")
    flat = [item for each in found for item in (each if isinstance(each, list) else [each])]
    return flat[0] if flat else None


def _from_internet(resource: Resource, path: str, *, sure: bool) -> Edge:
    where = f"{resource.address} {path}"
    return Edge(INTERNET, resource.address, "may send requests to", "configured", where, sure, "internet")


__all__ = ["INTERNET", "Drawn", "Edge", "configured", "crossing"]
