"""What two grants make possible together, though neither does alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from scanner.base.record import record
from scanner.kubernetes.access import EVERYTHING, Access, Grant, Identity, group, service_account
from scanner.kubernetes.authorizer import Request
from scanner.kubernetes.pod_security import admission_may_refuse
from scanner.kubernetes.rbac import Role
from scanner.model.unknown import Unknown

_RBAC = "rbac.authorization.k8s.io"
_CERTIFICATES = "certificates.k8s.io"
CLIENT_SIGNERS = ("kubernetes.io/kube-apiserver-client", "kubernetes.io/kube-apiserver-client-kubelet")
"""Signers whose certificates the API server takes for an identity ("Certificates and Certificate Signing Requests")."""
_CHANGE = ("create", "update", "patch")
Held = Sequence[tuple[Identity, Grant]]


@record
class Combined:
    """The step that counts, as whom, by which grant, and what that makes possible."""

    identity: Identity
    request: Request
    grant: Grant
    because: str
    doubt: Unknown | None = None


def combined(held: Held, access: Access) -> Iterator[tuple[Combined, Grant]]:
    """What the grants make possible together, with what is gained. A gain has a role without a name."""
    yield from _certificates(held)
    yield from _binding(held, access)
    yield from _escalating(held, access)
    yield from _groups(held, access)
    yield from _nodes(held)
    yield from _changing(held)
    yield from _host_volumes(held)
    yield from _token_secrets(held, access)
    yield from _relabelling(held, access)


def _with(
    held: Held, verbs: Sequence[str], group: str, resource: str, sub: str = ""
) -> Iterator[tuple[Identity, Grant, str]]:
    for identity, grant in held:
        verb = next((each for each in verbs if grant.rule.covers(each, group, resource, sub)), None)
        if verb is not None:
            yield identity, grant, verb


def _step(  # noqa: PLR0913  # the parts of a request
    identity: Identity,
    grant: Grant,
    verb: str,
    group: str,
    resource: str,
    because: str,
    *,
    subresource: str = "",
    name: str = "",
) -> Combined:
    request = Request(
        identity.user, identity.groups, verb, group, resource, subresource, grant.scope or "", name or _some(grant)
    )
    return Combined(identity, request, grant, because)


def _some(grant: Grant) -> str:
    return min(grant.rule.names) if grant.rule.named and grant.rule.names else ""


def _everything(scope: str | None, grant: Grant) -> Grant:
    return Grant(scope, EVERYTHING, Role("", scope, (EVERYTHING,)), grant.binding)


def _cluster_wide(found: Iterator[tuple[Identity, Grant, str]]) -> list[tuple[Identity, Grant, str]]:
    return [each for each in found if each[1].scope is None]


def _certificates(held: Held) -> Iterator[tuple[Combined, Grant]]:
    requests = _cluster_wide(_with(held, ("create",), _CERTIFICATES, "certificatesigningrequests"))
    approvals = _cluster_wide(_with(held, ("update", "patch"), _CERTIFICATES, "certificatesigningrequests", "approval"))
    signers = [
        each
        for each in _cluster_wide(_with(held, ("approve",), _CERTIFICATES, "signers"))
        if any(_means_signer(each[1], signer) for signer in CLIENT_SIGNERS)
    ]
    if requests and approvals and signers:
        identity, grant, verb = approvals[0]
        because = "it can request and approve a client certificate of any user, such as the controller manager's"
        step = _step(
            identity, grant, verb, _CERTIFICATES, "certificatesigningrequests", because, subresource="approval"
        )
        yield step, _everything(None, grant)

    asks = _cluster_wide(_with(held, ("create",), _CERTIFICATES, "certificatesigningrequests", "nodeclient"))
    if requests and asks:
        # "Kubernetes signers", `kubernetes.io/kube-apiserver-client-kubelet`: the controller approves for whoever may
        # create `certificatesigningrequests/nodeclient`. What a node may read: "Using Node Authorization".
        identity, grant, verb = asks[0]
        because = "it can have a certificate of any node made, and so read what the pods of that node use"
        step = _step(
            identity, grant, verb, _CERTIFICATES, "certificatesigningrequests", because, subresource="nodeclient"
        )
        yield step, _everything(None, grant)


def _nodes(held: Held) -> Iterator[tuple[Combined, Grant]]:
    """Who acts as a node reads what its pods use; the authorizer asks for both its name and its group."""
    node = [
        each
        for each in _with(held, ("impersonate",), "", "users")
        if not each[1].rule.named or any(name.startswith("system:node:") for name in each[1].rule.names)
    ]
    groups = [
        each
        for each in _cluster_wide(_with(held, ("impersonate",), "", "groups"))
        if each[1].rule.covers_name("system:nodes")
    ]
    if node and groups:
        identity, grant, verb = groups[0]
        because = "it can act as a node, and so read what the pods of that node use"
        yield _step(identity, grant, verb, "", "groups", because, name="system:nodes"), _everything(None, grant)


def _changing(held: Held) -> Iterator[tuple[Combined, Grant]]:
    """A policy changes what is written once a binding names it ("Mutating Admission Policy")."""
    admission = "admissionregistration.k8s.io"
    made = _cluster_wide(_with(held, ("create",), admission, "mutatingadmissionpolicies"))
    bound = _cluster_wide(_with(held, _CHANGE, admission, "mutatingadmissionpolicybindings"))
    if made and bound:
        identity, grant, verb = made[0]
        because = "it can have every object that is written changed"
        yield _step(identity, grant, verb, admission, "mutatingadmissionpolicies", because), _everything(None, grant)


def _means_signer(grant: Grant, signer: str) -> bool:
    """A name may end in `/*` for all signers of a domain ("Authorization" of certificate signing requests)."""
    domain = signer.partition("/")[0]
    return grant.rule.covers_name(signer) or grant.rule.covers_name(f"{domain}/*")


def _binding(held: Held, access: Access) -> Iterator[tuple[Combined, Grant]]:
    """Who may bind roles without holding them gains what they allow ("bind" verb)."""
    for resource, wide in (("clusterrolebindings", True), ("rolebindings", False)):
        for identity, grant, verb in _with(held, _CHANGE, _RBAC, resource):
            if wide and grant.scope is not None:
                continue
            for _, binds, _ in [
                *_with(held, ("bind",), _RBAC, "clusterroles"),
                *([] if wide else _with(held, ("bind",), _RBAC, "roles")),
            ]:
                if binds.scope is not None and (wide or grant.scope not in (None, binds.scope)):
                    continue
                scope = grant.scope if grant.scope is not None else binds.scope
                because = "it can bind itself to any role, though it does not hold it"
                if not binds.rule.named:
                    yield _step(identity, grant, verb, _RBAC, resource, because), _everything(scope, grant)
                    continue
                for name in sorted(binds.rule.names):
                    role = access.cluster.roles.get((None, name)) or access.cluster.roles.get((scope, name))
                    because = f"it can bind itself to role {name}, though it does not hold it"
                    for rule in role.rules if role is not None else ():
                        gained = Grant(scope, rule, Role("", scope, (rule,)), grant.binding)
                        yield _step(identity, grant, verb, _RBAC, resource, because), gained


def _escalating(held: Held, access: Access) -> Iterator[tuple[Combined, Grant]]:
    """Who may put into a role what it does not hold, and is bound to that role, gains it ("escalate" verb)."""
    for resource in ("clusterroles", "roles"):
        changes = list(_with(held, ("update", "patch"), _RBAC, resource))
        if resource == "clusterroles":
            yield from _joining(held, access)
        if not changes:
            continue
        for _, escalates, _ in _with(held, ("escalate",), _RBAC, resource):
            for identity, grant, verb in changes:
                for _, bound in held:
                    role = bound.role
                    if (
                        bound.binding is None
                        or not role.name
                        or (role.namespace is None) != (resource == "clusterroles")
                    ):
                        continue
                    if resource == "clusterroles" and not (grant.scope is None and escalates.scope is None):
                        continue
                    if resource == "roles" and not {grant.scope, escalates.scope} <= {None, role.namespace}:
                        continue
                    if grant.rule.covers_name(role.name) and escalates.rule.covers_name(role.name):
                        because = f"it can add any rule to role {role.name}, which it is bound to"
                        step = _step(identity, grant, verb, _RBAC, resource, because, name=role.name)
                        yield step, _everything(bound.scope, grant)


def _joining(held: Held, access: Access) -> Iterator[tuple[Combined, Grant]]:
    """Who may make roles of any rule labels one so that it becomes a part of an aggregated role that it is bound to."""
    sums = [bound for _, bound in held if bound.role.aggregated and bound.role.name]
    if not sums:
        return
    escalates = [each[1].rule for each in _cluster_wide(_with(held, ("escalate",), _RBAC, "clusterroles"))]
    parts: list[tuple[Identity, Grant, str, str, str]] = []
    if any(not each.named for each in escalates):
        makes = _cluster_wide(_with(held, ("create",), _RBAC, "clusterroles"))
        parts += [(*each, "", "make a role of any rule that") for each in makes]
    for identity, grant, verb in _cluster_wide(_with(held, ("update", "patch"), _RBAC, "clusterroles")):
        for namespace, name in sorted(access.cluster.roles, key=str) if escalates else ():
            if namespace is None and grant.rule.covers_name(name) and any(each.covers_name(name) for each in escalates):
                parts.append((identity, grant, verb, name, f"add any rule to role {name}, and label it so that it"))
                break
    for bound in sums:
        for identity, grant, verb, name, how in parts[:1]:
            because = f"it can {how} becomes a part of role {bound.role.name}, which it is bound to"
            step = _step(identity, grant, verb, _RBAC, "clusterroles", because, name=name)
            yield step, _everything(bound.scope, grant)


def _groups(held: Held, access: Access) -> Iterator[tuple[Combined, Grant]]:
    """Groups are impersonated beside a user or service account ("User impersonation")."""
    someone = list(_with(held, ("impersonate",), "", "users")) or list(
        _with(held, ("impersonate",), "", "serviceaccounts")
    )
    for identity, grant, verb in _cluster_wide(_with(held, ("impersonate",), "", "groups")):
        if someone and grant.rule.covers_name("system:masters"):
            because = "it can act as a member of system:masters"
            yield (
                _step(identity, grant, verb, "", "groups", because, name="system:masters"),
                _everything(None, grant),
            )
        for name in sorted(grant.rule.names if someone and grant.rule.named else ()):
            because = f"it can act as a member of group {name}"
            for gained in access.grants(group(name)):
                if gained.doubt is None:
                    role = Role("", gained.scope, (gained.rule,))
                    yield (
                        _step(identity, grant, verb, "", "groups", because, name=name),
                        Grant(gained.scope, gained.rule, role, gained.binding),
                    )


def _token_secrets(held: Held, access: Access) -> Iterator[tuple[Combined, Grant]]:
    """Who makes a Secret of the type of tokens, and reads it, has the token of the account that it names.

    ("Manually create a long-lived API token for a ServiceAccount".)
    """
    reads = [each[1] for each in _with(held, ("get", "list", "watch"), "", "secrets")]
    for identity, grant, verb in _with(held, ("create",), "", "secrets"):
        scope = grant.scope
        if scope is None or not any(each.scope in (None, scope) for each in reads):
            continue
        for name in sorted(access.cluster.accounts.get(scope, ())):
            because = f"it can have a token of service account {scope}/{name} made as a Secret, and read it"
            for gained in access.grants(service_account(scope, name)):
                role = Role("", gained.scope, (gained.rule,))
                made = Grant(gained.scope, gained.rule, role, gained.binding, gained.doubt)
                yield _step(identity, grant, verb, "", "secrets", because), made


def _relabelling(held: Held, access: Access) -> Iterator[tuple[Combined, Grant]]:
    """Who may label its namespace takes away the level of Pod Security, and who runs pods there then has the node."""
    for identity, grant, verb in _with(held, ("update", "patch"), "", "namespaces"):
        # A namespace is named in a role of the cluster, too; without names that reaches every other's anyway.
        named = grant.rule.names if grant.scope is None else {grant.scope}
        for scope in sorted(named):
            if not grant.rule.covers_name(scope) or scope not in access.cluster.namespaces:
                continue
            if _runs_pods(held, scope):
                because = f"it can take the Pod Security level from namespace {scope}, and run a privileged pod there"
                step = _step(identity, grant, verb, "", "namespaces", because, name=scope)
                yield replace(step, doubt=admission_may_refuse(access.cluster)), _everything(None, grant)


def _runs_pods(held: Held, namespace: str | None) -> bool:
    """Whether somebody runs pods in the namespace, or where none is given in any."""
    return any(
        (namespace is None or each.scope in (None, namespace))
        and any(each.rule.covers(how, group, resource) for how in hows)
        for _, each in held
        for group, resource, hows in _RUNS
    )


_RUNS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("", "pods", ("create",)),
    ("batch", "jobs", ("create",)),
    *(("apps", each, _CHANGE) for each in ("deployments", "daemonsets", "statefulsets", "replicasets")),
    ("", "replicationcontrollers", _CHANGE),
    ("batch", "cronjobs", _CHANGE),
)


def _host_volumes(held: Held) -> Iterator[tuple[Combined, Grant]]:
    """A volume may be a folder of the node, whatever level of Pod Security the namespace enforces.

    Who runs pods needs no right to make claims: a pod brings its own ("Generic ephemeral volumes").
    """
    volumes = _cluster_wide(_with(held, ("create",), "", "persistentvolumes"))
    if volumes and _runs_pods(held, None):
        identity, grant, verb = volumes[0]
        because = "it can make a volume of any folder of a node, and mount it in a pod"
        yield _step(identity, grant, verb, "", "persistentvolumes", because), _everything(None, grant)
