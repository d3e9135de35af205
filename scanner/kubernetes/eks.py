"""IAM principals as users of an EKS cluster: access entries, and the ConfigMap `aws-auth`.

("Grant IAM users access to Kubernetes with EKS access entries", "Review access policy permissions", "Grant IAM users
access to Kubernetes with a ConfigMap".)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from scanner.base.glob import glob_matches
from scanner.base.problem import ProblemsError
from scanner.base.record import record
from scanner.kubernetes.default_roles import DEFAULTS
from scanner.kubernetes.fields import as_text, at, body_of, items_of, text_at, texts_of
from scanner.kubernetes.rbac import Binding, Role, Rule, Subject
from scanner.kubernetes.unread import Unread
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import Reference, Unknown
from scanner.text.yaml import read_yaml

ENTRY = "AWS::EKS::AccessEntry"
_NONE: frozenset[str] = frozenset()
_POLICIES = {
    "AmazonEKSClusterAdminPolicy": "cluster-admin",
    "AmazonEKSAdminPolicy": "admin",
    "AmazonEKSEditPolicy": "edit",
    "AmazonEKSViewPolicy": "view",
}
_ADMIN_VIEW = Role(
    "AmazonEKSAdminViewPolicy",
    None,
    (Rule(frozenset({"get", "list", "watch"}), frozenset({"*"}), frozenset({"*"}), _NONE, _NONE),),
)


@record(eq=False)
class Principal:
    """A principal of IAM as a user; `arn` is a text or an unknown one, `source` what says so.

    `doubt` says why it may be in further groups.
    """

    user: str
    groups: frozenset[str]
    arn: object
    source: Resource
    doubt: Unknown | None = None


def mapped(config_map: Mapping[str, object] | Unknown, source: Resource) -> Iterator[Principal | Unread]:
    """The principals that the ConfigMap `aws-auth` names, and what of it may name others."""
    for key, arn_key in (("mapRoles", "rolearn"), ("mapUsers", "userarn")):
        text = text_at(config_map, "data", key)
        what = f"`{key}` of ConfigMap aws-auth"
        if isinstance(text, Unknown):
            yield Unread(what, text)
        if not isinstance(text, str):
            continue
        try:
            listed = read_yaml(text, key, cloudformation=False).data
        except ProblemsError as error:
            # EKS reads it by another parser, which may take what this one refuses.
            yield Unread(what, Unknown("not-modelled", f"{what} was not read: {error.problems[0].message}"))
            continue
        for each in items_of(listed):
            arn = text_at(each, arn_key)
            if isinstance(arn, Unknown):
                yield Unread(what, arn)
            if isinstance(arn, str):
                groups, doubt = texts_of(at(each, "groups"))
                user = text_at(each, "username")
                yield Principal(user if isinstance(user, str) and "{{" not in user else arn, groups, arn, source, doubt)


def entries(
    inventory: Inventory, namespaces: Iterable[str]
) -> tuple[Sequence[Principal], Sequence[tuple[Binding, Role]]]:
    """The principals of access entries, with the bindings that their access policies stand for.

    Where entries of several clusters were read, nothing says which of them the objects are of: what a policy grants is
    then in doubt.
    """
    principals: list[Principal] = []
    bindings: list[tuple[Binding, Role]] = []
    read = [(each, body_of(each)) for each in inventory.of_type(ENTRY)]
    clusters = {str(at(body, "ClusterName")) for _, body in read if not isinstance(body, Unknown)}
    doubt = None
    if len(clusters) > 1:
        doubt = Unknown("undeclared", "there are access entries of several clusters, and which this is is not known")
    for resource, body in read:
        if isinstance(body, Unknown):
            principals.append(Principal(resource.logical_id, _NONE, body, resource, body))
            continue
        arn = at(body, "PrincipalArn")
        name = as_text(arn)
        if isinstance(name, Reference):
            name = name.resource.rpartition("#")[2]
        if not isinstance(name, str):
            name = resource.logical_id
        written = text_at(body, "Username")
        user = written if isinstance(written, str) and "{{" not in written else name
        groups, more = texts_of(at(body, "KubernetesGroups"))
        principals.append(Principal(user, groups, arn, resource, more))
        for policy in items_of(at(body, "AccessPolicies")):
            bindings += _policy(policy, user, resource, namespaces, doubt)
    return principals, bindings


def _policy(
    policy: object, user: str, source: Resource, namespaces: Iterable[str], doubt: Unknown | None
) -> Iterator[tuple[Binding, Role]]:
    arn = text_at(policy, "PolicyArn")
    name = arn.rpartition("/")[2] if isinstance(arn, str) else "an access policy"
    role = _ADMIN_VIEW if name == _ADMIN_VIEW.name else DEFAULTS.get(_POLICIES.get(name, ""))
    if isinstance(arn, Unknown) or role is None:
        why = arn if isinstance(arn, Unknown) else Unknown("not-modelled", f"what access policy {name} grants")
        role = Role(name, None, (), None, why)
    elif role.aggregated:
        # An access policy is AWS's own list ("Review access policy permissions"): no role of the cluster adds to it.
        role = replace(role, doubt=None, aggregated=False)
    if doubt is not None:
        role = _doubted(role, doubt)
    scope = text_at(policy, "AccessScope", "Type")
    subjects = (Subject("User", user, None),)
    if isinstance(scope, Unknown):
        role = _doubted(role, scope)
    if scope != "namespace":
        yield Binding(name, None, "access policy", name, subjects, None, source), role
        return
    patterns, more = texts_of(at(policy, "AccessScope", "Namespaces"))
    for namespace in namespaces:
        if any(glob_matches(pattern, namespace) for pattern in patterns):
            yield Binding(name, namespace, "access policy", name, subjects, None, source), role
        elif more is not None:
            yield Binding(name, namespace, "access policy", name, subjects, None, source), _doubted(role, more)


def _doubted(role: Role, doubt: Unknown) -> Role:
    """The role where it may not hold at all: nothing is granted for sure."""
    return Role(role.name, None, (), None, doubt)
