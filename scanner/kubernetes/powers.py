"""What one grant makes of whoever has it, beyond requests on objects: whom it can become, and what of the cluster it
can take over.

Facts are of "Using RBAC Authorization" (privilege escalation prevention), "Role Based Access Control Good Practices"
and "User impersonation".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanner.base.record import record
from scanner.kubernetes.access import Access, Grant, Identity, service_account, user
from scanner.kubernetes.api_resources import CONFIG_MAP, DEFINITION, NODE, POD, SECRET, TYPES
from scanner.kubernetes.cluster import Cluster, Object
from scanner.kubernetes.controllers import acted_for
from scanner.kubernetes.fields import at, text_at
from scanner.kubernetes.pod_security import host_is_open
from scanner.kubernetes.rbac import Rule
from scanner.model.unknown import Unknown


@record
class Power:
    """One request, and what it makes possible.

    `becomes` are identities it can act as. Where `takes_over` is set, it reaches every namespace of the cluster, or
    where `only` is given those of them.
    `doubt` says why it may not come to that.
    """

    verb: str
    group: str
    resource: str
    subresource: str
    namespace: str
    name: str
    because: str
    becomes: tuple[Identity, ...] = ()
    takes_over: bool = False
    only: frozenset[str] | None = None
    doubt: Unknown | None = None


_CHANGE = ("create", "update", "patch")
_ALTER = ("update", "patch", "delete", "deletecollection")
# Requests on objects of the cluster that reach the objects of every namespace.
_OVER_ALL: tuple[tuple[tuple[str, ...], str, str, str, str], ...] = (
    (("create", "get"), "", "nodes", "proxy", "it can run commands in every pod of a node through the kubelet"),
    (("get",), "", "nodes", "pods", "it can read the specification of every pod of a node from the kubelet"),
    (("get",), "", "nodes", "log", "it can read the logs of a node"),
    (_ALTER, "", "nodes", "", "it can take nodes away from the pods that run on them"),
    (_ALTER, "", "persistentvolumes", "", "it can change or remove the volumes of every namespace"),
    (_ALTER, "", "namespaces", "", "it can change every namespace, its labels and all that is in it"),
    (
        _CHANGE,
        "admissionregistration.k8s.io",
        "mutatingwebhookconfigurations",
        "",
        "it can have every object that is written sent to a server of its choice, and changed there",
    ),
    (
        _CHANGE,
        "admissionregistration.k8s.io",
        "validatingwebhookconfigurations",
        "",
        "it can have every object that is written sent to a server of its choice",
    ),
    (
        ("update", "patch"),
        "admissionregistration.k8s.io",
        "mutatingadmissionpolicies",
        "",
        "it can have every object that is written changed",
    ),
    (_CHANGE, "apiregistration.k8s.io", "apiservices", "", "it can answer for an API group in the server's place"),
)
_RUNS_PODS: tuple[tuple[str, str, bool], ...] = (
    ("", "pods", False),
    ("apps", "deployments", True),
    ("apps", "daemonsets", True),
    ("apps", "statefulsets", True),
    ("apps", "replicasets", True),
    ("", "replicationcontrollers", True),
    ("batch", "jobs", False),
    ("batch", "cronjobs", True),
)
_TOKEN = "kubernetes.io/service-account-token"  # noqa: S105  # the type of a Secret
_ACCOUNT_OF = "kubernetes.io/service-account.name"
_BOOTSTRAP = "bootstrap.kubernetes.io/token"
_BOOTSTRAPPERS = "system:bootstrappers"


def powers(grant: Grant, access: Access) -> Iterator[Power]:
    """Every power of the grant by itself; those that need a second grant are `combined.combined`."""
    rule = grant.rule
    cluster = access.cluster
    if grant.scope is None:
        yield from _over_all(rule, cluster)
        yield from _impersonation(rule)
    yield from _constrained(rule, grant.scope)
    for namespace in [grant.scope] if grant.scope is not None else sorted(cluster.namespaces):
        yield from _in_namespace(rule, cluster, namespace)
        if namespace == "kube-system":
            yield from _in_system(rule, cluster, access, namespace)
    yield from _by_controllers(grant, cluster)


def _over_all(rule: Rule, cluster: Cluster) -> Iterator[Power]:
    for verbs, group, resource, subresource, because in _OVER_ALL:
        verb = _first(rule, verbs, group, resource, subresource)
        if verb is None:
            continue
        only: frozenset[str] | None = None
        name: str | None = ""
        doubt: Unknown | None = None
        if rule.named and resource == "namespaces":
            only, name = rule.names, _some(rule)
        elif rule.named:
            name, doubt = _object_of(rule, cluster, None, group, resource)
        if name is not None or doubt is not None:
            yield Power(
                verb, group, resource, subresource, "", name or "", because, takes_over=True, only=only, doubt=doubt
            )
    group = "apiextensions.k8s.io"
    verb = _first(rule, _ALTER, group, "customresourcedefinitions")
    if verb is not None:
        because = "it can remove types with all objects of them, or have those sent to a server of its choice"
        known = bool(cluster.objects(DEFINITION))
        doubt = None if known else cluster.missing(DEFINITION)
        if known or doubt is not None:
            yield Power(
                verb, group, "customresourcedefinitions", "", "", _some(rule), because, takes_over=True, doubt=doubt
            )


def _impersonation(rule: Rule) -> Iterator[Power]:
    if not rule.covers("impersonate", "", "users"):
        return
    if not rule.named:
        because = "it can act as any user"
        yield Power("impersonate", "", "users", "", "", "", because, takes_over=True)
        return
    for name in sorted(rule.names):
        yield Power("impersonate", "", "users", "", "", name, f"it can act as user {name}", (user(name),))


def _constrained(rule: Rule, scope: str | None) -> Iterator[Power]:
    """The verbs of constrained impersonation, such as `impersonate:serviceaccount` ("User impersonation")."""
    verb = next((each for each in sorted(rule.verbs) if each.startswith(("impersonate:", "impersonate-on:"))), None)
    if verb is not None:
        why = Unknown("not-modelled", f"whom somebody may impersonate by the verb {verb} is not decided")
        group, resource = min(rule.groups, default=""), min(rule.resources, default="")
        because = "it may act as somebody else for some requests"
        yield Power(verb, group, resource, "", scope or "", "", because, takes_over=True, doubt=why)


def _by_controllers(grant: Grant, cluster: Cluster) -> Iterator[Power]:
    """What controllers do for whoever writes their objects."""
    for each in acted_for(grant.rule, cluster, clusterwide=grant.scope is None):
        because = f"it can write {each.resource}.{each.group}, for which a controller acts"
        if each.anywhere:
            yield Power(
                each.verb,
                each.group,
                each.resource,
                "",
                grant.scope or "",
                "",
                because,
                takes_over=True,
                doubt=each.doubt,
            )
            continue
        for namespace in [grant.scope] if grant.scope is not None else sorted(cluster.namespaces):
            accounts = sorted(cluster.accounts.get(namespace, ()))
            become = tuple(service_account(namespace, name) for name in accounts)
            yield Power(each.verb, each.group, each.resource, "", namespace, "", because, become, doubt=each.doubt)


def _in_namespace(rule: Rule, cluster: Cluster, namespace: str) -> Iterator[Power]:
    accounts = sorted(cluster.accounts.get(namespace, ()))
    everyone = tuple(service_account(namespace, name) for name in accounts)
    for verb, subresource in (("create", "token"), ("impersonate", "")):
        if rule.covers(verb, "", "serviceaccounts", subresource):
            named = [name for name in accounts if rule.covers_name(name)]
            how = "make tokens of" if subresource else "act as"
            for name in named:
                because = f"it can {how} service account {namespace}/{name}"
                become = (service_account(namespace, name),)
                yield Power(verb, "", "serviceaccounts", subresource, namespace, name, because, become)
    yield from _running(rule, cluster, namespace, everyone)
    yield from _inside(rule, cluster, namespace)
    reads = _first(rule, ("get", "list", "watch"), "", "secrets")
    if reads is not None:
        yield from _tokens(rule, cluster, namespace, reads)


def _in_system(rule: Rule, cluster: Cluster, access: Access, namespace: str) -> Iterator[Power]:
    """What objects of the system's own namespace make of whoever writes them."""
    writes = _first(rule, ("update", "patch"), "", "configmaps")
    known = any(each.name == "aws-auth" for each in cluster.objects_in(CONFIG_MAP, namespace))
    unread = cluster.missing(CONFIG_MAP, namespace)
    because = "it can map itself to system:masters in the ConfigMap aws-auth"
    if writes is not None and rule.covers_name("aws-auth") and (known or unread is not None):
        doubt = None if known else unread
        yield Power(writes, "", "configmaps", "", namespace, "aws-auth", because, takes_over=True, doubt=doubt)
    if not known and rule.covers("create", "", "configmaps") and _may_be_eks(cluster):
        why = Unknown("undeclared", "whether the cluster takes the ConfigMap aws-auth for its users, as one of EKS may")
        yield Power("create", "", "configmaps", "", namespace, "aws-auth", because, takes_over=True, doubt=why)
    makes = "create" if rule.covers("create", "", "secrets") else None
    if makes is None:
        # Their type cannot be changed, so that only one that is such a token becomes another.
        tokens = [
            each
            for each in cluster.objects_in(SECRET, namespace)
            if text_at(each.body, "type") == _BOOTSTRAP and isinstance(each.name, str) and rule.covers_name(each.name)
        ]
        makes = _first(rule, ("update", "patch"), "", "secrets") if tokens else None
    if makes is not None:
        # "Authenticating with Bootstrap Tokens": further groups begin with the name of the first.
        groups = [each for each in access.groups if each.startswith(f"{_BOOTSTRAPPERS}:")]
        become = user("system:bootstrap:tenant", (_BOOTSTRAPPERS, *groups))
        because = "it can make a bootstrap token, and sign in with it"
        why = Unknown("undeclared", "whether the API server accepts bootstrap tokens")
        yield Power(makes, "", "secrets", "", namespace, "", because, (become,), doubt=why)


def _may_be_eks(cluster: Cluster) -> bool:
    """Whether some node is one of AWS, or does not say whose it is; a cluster without nodes is nobody's."""
    found = [text_at(each.body, "spec", "providerID") for each in cluster.objects(NODE)]
    if cluster.missing(NODE) is not None:
        return True
    return any(not isinstance(each, str) or each.startswith("aws:") for each in found)


def _running(rule: Rule, cluster: Cluster, namespace: str, everyone: tuple[Identity, ...]) -> Iterator[Power]:
    """Whoever runs a pod runs it as any service account of the namespace, with any secret of it mounted."""
    for group, resource, template in _RUNS_PODS:
        verbs = _CHANGE if template else ("create",)
        for verb in verbs:
            if not rule.covers(verb, group, resource):
                continue
            name, doubt = _object_of(rule, cluster, namespace, group, resource)
            if name is None and doubt is None:
                continue
            because = f"it can run pods in namespace {namespace} as any service account of it"
            yield Power(verb, group, resource, "", namespace, name or "", because, everyone, doubt=doubt)
            open_host = host_is_open(cluster, namespace)
            if open_host is not False:
                why = open_host if isinstance(open_host, Unknown) else None
                because = (
                    f"it can run a privileged pod in namespace {namespace}, where no Pod Security level is enforced, "
                    "and so reach the pods of others on its node"
                )
                yield Power(
                    verb, group, resource, "", namespace, name or "", because, takes_over=True, doubt=doubt or why
                )
            return


def _object_of(
    rule: Rule, cluster: Cluster, namespace: str | None, group: str, resource: str
) -> tuple[str | None, Unknown | None]:
    """The name of an object, of the namespace or of none, that the rule means; empty where it needs none."""
    if not rule.named:
        return "", None
    kind = TYPES[group, resource]
    for each in cluster.objects_in(kind, namespace) if namespace is not None else cluster.objects(kind):
        if isinstance(each.name, str) and each.name in rule.names:
            return each.name, None
    return None, cluster.missing(kind, namespace)


def _inside(rule: Rule, cluster: Cluster, namespace: str) -> Iterator[Power]:
    """Whoever gets into a pod that runs has the service account that the pod runs as."""
    for verbs, subresource, how in (
        (("create", "get"), "exec", "run commands in"),
        (("create", "get"), "attach", "attach to"),
        (("update", "patch"), "ephemeralcontainers", "add containers to"),
        (("update", "patch"), "", "change the images of"),
    ):
        verb = _first(rule, verbs, "", "pods", subresource)
        if verb is None:
            continue
        found: dict[str, str] = {}
        hosts: dict[str | None, tuple[str, str | Unknown]] = {}
        for each in cluster.objects_in(POD, namespace):
            if isinstance(each.name, str) and rule.covers_name(each.name):
                account = _account_of(each)
                if account is not None:
                    found.setdefault(account, each.name)
                node = cluster.node_access(each)
                if node is not None:
                    hosts.setdefault(None if isinstance(node, str) else "unsure", (each.name, node))
        for name, node in hosts.values():
            by = node if isinstance(node, str) else "may have its node"
            because = f"it can {how} pod {namespace}/{name}, which {by}, and so reach the pods of others on its node"
            doubt = node if isinstance(node, Unknown) else None
            yield Power(verb, "", "pods", subresource, namespace, name, because, takes_over=True, doubt=doubt)
        for account, pod in sorted(found.items()):
            because = f"it can {how} pod {namespace}/{pod}, which runs as service account {account}"
            become = (service_account(namespace, account),)
            yield Power(verb, "", "pods", subresource, namespace, pod, because, become)
        why = cluster.missing(POD, namespace)
        if why is not None:
            others = tuple(
                service_account(namespace, name)
                for name in sorted(cluster.accounts.get(namespace, ()))
                if name not in found
            )
            because = f"it may {how} pods of namespace {namespace}"
            yield Power(verb, "", "pods", subresource, namespace, "", because, others, takes_over=True, doubt=why)
        return


def _account_of(pod: Object) -> str | None:
    """The account whose token is in the pod; None where none is mounted."""
    if at(pod.body, "spec", "automountServiceAccountToken") is False:
        volumes = str(at(pod.body, "spec", "volumes"))
        if "serviceAccountToken" not in volumes:
            return None
    account = text_at(pod.body, "spec", "serviceAccountName")
    return account if isinstance(account, str) else "default" if account is None else None


def _tokens(rule: Rule, cluster: Cluster, namespace: str, verb: str) -> Iterator[Power]:
    """A Secret of the type of tokens is a service account for whoever reads it."""
    for each in cluster.objects_in(SECRET, namespace):
        if text_at(each.body, "type") != _TOKEN or not isinstance(each.name, str) or not rule.covers_name(each.name):
            continue
        account = text_at(each.body, "metadata", "annotations", _ACCOUNT_OF)
        if isinstance(account, str):
            because = f"it can read secret {namespace}/{each.name}, the token of service account {account}"
            become = (service_account(namespace, account),)
            yield Power(verb, "", "secrets", "", namespace, each.name, because, become)
    why = cluster.missing(SECRET, namespace)
    if why is not None:
        everyone = tuple(service_account(namespace, name) for name in sorted(cluster.accounts.get(namespace, ())))
        because = f"it can read secrets of namespace {namespace}, of which one may be a service account's token"
        yield Power(verb, "", "secrets", "", namespace, _some(rule), because, everyone, doubt=why)


def _first(rule: Rule, verbs: Iterable[str], group: str, resource: str, subresource: str = "") -> str | None:
    return next((verb for verb in verbs if rule.covers(verb, group, resource, subresource)), None)


def _some(rule: Rule) -> str:
    return min(rule.names) if rule.named and rule.names else ""
