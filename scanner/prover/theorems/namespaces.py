"""Whether somebody of one tenant stays out of the namespaces of every other, by what a cluster's bindings allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from scanner.base.record import mutable
from scanner.kubernetes.access import Access, Identity, access_to, group, service_account, user
from scanner.kubernetes.api_resources import GROUP, SERVICE_ACCOUNT, USER
from scanner.kubernetes.authorizer import Request
from scanner.kubernetes.cluster import Cluster, cluster_key, clusters_of
from scanner.kubernetes.fields import as_text, at, body_of, text_at, texts_of
from scanner.kubernetes.reach import Answer, Link, Reached, is_replayed, reach
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import Unknown
from scanner.model.world import World
from scanner.prover.system.pod_roles import role_named
from scanner.prover.system.proof import Allowing, Counterexample, NotAsked, Proof
from scanner.prover.system.system import System
from scanner.tenancy.namespaces import named_tenant, tenant_of_namespace
from scanner.tenancy.tenancy import Tenancy

THEOREM = "cannot-cross-tenant"
OVER = "namespace"
SUBJECTS = frozenset({SERVICE_ACCOUNT, USER, GROUP})
_MOST_TOLD = 10
_ANOTHER = "another-tenant"
_NOTES: tuple[str, ...] = (
    "a namespace belongs to the tenant that its label, its name or tenancy.yaml says",
    "the API server authorizes by RBAC; what other authorizers and admission webhooks allow or refuse is not decided",
    "what a controller does for whoever writes its objects in their own namespace is decided of no custom resource",
)


@mutable(eq=False)
class Neighbours:
    """One cluster with its tenants: `owners` are the namespaces that are some tenant's, or may be."""

    cluster: Cluster
    access: Access
    owners: Mapping[str, str | Unknown]
    answers: dict[tuple[Identity, str], Answer] = field(default_factory=dict)


def neighbours_of(resource: Resource, inventory: Inventory, tenancy: Tenancy) -> Neighbours | None:
    """The cluster of a resource, worked out once; None where nothing of it was read."""
    cluster = clusters_of(inventory).get(cluster_key(resource))
    if cluster is None:
        return None

    def build() -> Neighbours:
        owners: dict[str, str | Unknown] = {}
        for each in cluster.namespaces.values():
            tenant = tenant_of_namespace(each.name, each.labels, each.doubt, tenancy)
            if tenant is not None:
                owners[each.name] = tenant
        return Neighbours(cluster, access_to(cluster), owners)

    found = inventory.remember((neighbours_of, cluster.key), build)
    assert isinstance(found, Neighbours)  # noqa: S101  # what was put there
    return found


def cannot_reach_namespaces(resource: Resource, system: System, world: World) -> Proof | NotAsked:
    """Whether a subject of one tenant reaches no namespace of another. Raises UndecidedError."""
    near = neighbours_of(resource, system.inventory, system.tenancy)
    if near is None:
        return NotAsked("no cluster was read")
    found = _subject(resource, near, system, world)
    if isinstance(found, NotAsked):
        return found
    if isinstance(found, Unknown):
        return Proof(THEOREM, OVER, "NOT_PROVEN", unknown=found, sentence=found.detail)
    identity, tenant = found
    others = {name: owner for name, owner in near.owners.items() if owner != tenant}
    notes = _NOTES
    if not any(isinstance(owner, str) for owner in others.values()):
        if near.cluster.unnamed is None and not others:
            return NotAsked("no namespace of another tenant was read")
        others[_ANOTHER] = _ANOTHER
        notes = (*_NOTES, f"no namespace of another tenant was read; `{_ANOTHER}` stands for one")
    key = (identity, tenant)
    if key not in near.answers:
        near.answers[key] = reach(near.access, identity, others)
    answer = near.answers[key]
    if answer.reached:
        return _leak(identity, tenant, answer, near, notes)
    if answer.doubt is not None:
        why = answer.doubt.leaving_open(f"whether {identity.shown} stays out of other tenants' namespaces")
        return Proof(THEOREM, OVER, "NOT_PROVEN", assumptions=notes, unknown=why, sentence=why.detail)
    sentence = f"{identity.shown} of tenant `{tenant}` reaches no namespace of another tenant"
    if identity.kind == "Group":
        notes = (*notes, "what further groups its members are in is asked of those groups")
    return Proof(THEOREM, OVER, "ISOLATED", assumptions=notes, sentence=sentence)


def _subject(
    resource: Resource, near: Neighbours, system: System, world: World
) -> tuple[Identity, str] | Unknown | NotAsked:
    tenancy = system.tenancy
    body = body_of(resource)
    name = text_at(body, "metadata", "name")
    if isinstance(name, Unknown):
        return name
    if not name:
        return NotAsked("it has no name")
    if resource.type == SERVICE_ACCOUNT:
        namespace = text_at(body, "metadata", "namespace")
        if isinstance(namespace, Unknown):
            return namespace
        if not namespace:
            return Unknown("undeclared", f"the file names no namespace for service account {name}")
        tenant = near.owners.get(namespace)
        identity = service_account(namespace, name)
    elif resource.type == GROUP:
        tenant = named_tenant("group", name, tenancy)
        identity = group(name)
    else:
        tenant = named_tenant("user", name, tenancy)
        known = at(body, "groups")
        if tenant is None and at(body, "principal") is not None:
            tenant = _tenant_of_principal(at(body, "principal"), system, world)
        if known is None:
            why = Unknown("undeclared", f"which groups the identity provider puts user {name} in")
            identity = user(name, (), why)
        else:
            identity = user(name, *texts_of(known))
    if tenant is None:
        return NotAsked("it belongs to no one tenant")
    return tenant if isinstance(tenant, Unknown) else (identity, tenant)


def _tenant_of_principal(arn: object, system: System, world: World) -> str | Unknown | None:
    """The tenant whose role of IAM a user is; None where it is nobody's, or no role that was read. Unknown where it is
    not known which role it is."""
    role = role_named(arn, system.inventory.of_type("AWS::IAM::Role"), world)
    if isinstance(role, Unknown):
        return None if isinstance(as_text(arn), str) else role
    return system.actor(role, world, system.ground(role)).tenant


def _leak(identity: Identity, tenant: str, answer: Answer, near: Neighbours, notes: tuple[str, ...]) -> Proof:
    order = sorted(answer.reached.items(), key=lambda each: (len(each[1].chain), each[0]))
    other, found = order[0]
    told = [f"`{name}`" for name, _ in order[1:_MOST_TOLD]]
    more = f", and so it can to {len(order) - 1} more tenants" if told else ""
    sentence = f"{identity.shown} of tenant `{tenant}` {_can(found)} of tenant `{other}`{more}: {_by(found)}"
    example = Counterexample(
        tenant,
        other,
        identity.user or identity.name,
        found.request.verb,
        path_of(found.request),
        {},
        tuple(_allowing(found)),
        is_replayed(found, near.access),
        "RBAC has no rule that denies",
        tuple(link_text(each) for each in found.chain),
    )
    return Proof(
        THEOREM,
        OVER,
        "LEAK",
        reach="indirect" if found.chain else "own-session",
        assumptions=notes,
        counterexample=example,
        sentence=sentence,
        fix=_fix(found),
        cause=(THEOREM, OVER, other, *_names(found)),
        explanation=tuple(
            f"reaches tenant {name}: {each.probe.shown} in namespace {each.namespace}, {_by(each)}"
            for name, each in order[:_MOST_TOLD]
        ),
    )


def _can(found: Reached) -> str:
    if found.chain and found.chain[-1].request == found.request:
        return f"reaches namespace {found.namespace} by `{found.probe.shown}`"
    return f"can `{found.probe.shown}` in namespace {found.namespace}"


def _by(found: Reached) -> str:
    steps = [f"{each.because} ({_binding(each)})" for each in found.chain]
    if not (found.chain and found.chain[-1].request == found.request) and found.grant.role.name:
        bound = found.grant.binding.shown if found.grant.binding is not None else "membership in system:masters"
        steps.append(f"allowed by {bound}")
    return ", then ".join(steps)


def _binding(link: Link) -> str:
    return link.grant.binding.shown if link.grant.binding is not None else "system:masters"


def link_text(link: Link) -> str:
    """One step before the request itself, as reports tell it."""
    return f"{link.identity.shown}: {link.request.verb} {path_of(link.request)}; {link.because} [{_binding(link)}]"


def path_of(request: Request) -> str:
    """The path of the API that a request is for, as audit logs have it without the version."""
    base = f"/apis/{request.group}" if request.group else "/api/v1"
    place = f"/namespaces/{request.namespace}" if request.namespace else ""
    named = f"/{request.name}" if request.name else "/*" if request.subresource else ""
    below = f"/{request.subresource}" if request.subresource else ""
    return f"{base}{place}/{request.resource}{named}{below}"


def _allowing(found: Reached) -> list[Allowing]:
    grants = [each.grant for each in found.chain]
    if not (found.chain and found.chain[-1].request == found.request):
        grants.append(found.grant)
    told: dict[tuple[str, int], Allowing] = {}
    for grant in grants:
        if grant.binding is None:
            continue
        source = grant.binding.source
        keys = ("Properties", "roleRef") if source is not None and source.type.startswith("Kubernetes::") else ()
        one = Allowing(grant.binding.shown, grant.rule.number, source, keys)
        told.setdefault((one.policy, one.number), one)
    return list(told.values())


def _names(found: Reached) -> tuple[str, ...]:
    grants = [*(each.grant for each in found.chain), found.grant]
    return tuple(dict.fromkeys(each.binding.shown for each in grants if each.binding is not None))


def _fix(found: Reached) -> str:
    grant = found.chain[0].grant if found.chain else found.grant
    if grant.binding is None:
        return "Take the subject out of `system:masters`."
    if grant.binding.namespace is None:
        return (
            f"Replace ClusterRoleBinding `{grant.binding.name}` by a RoleBinding in the tenant's own namespace, to a "
            "Role that lists the verbs and resources it needs."
        )
    return f"Take the subject out of RoleBinding `{grant.binding.namespace}/{grant.binding.name}`, or narrow its role."
