"""A service account, the role its pods act as, and what that reaches; principals of IAM as users of a cluster."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.engine.replay import replay
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import read_inputs
from scanner.language.expressions.theorem import Theorem
from scanner.model.world import World
from scanner.prover.prover import Prover
from scanner.prover.system.proof import NotAsked, Proof
from scanner.scanning import Options, scan
from scanner.tenancy.loading import load_tenancy_near
from tests.kubernetes_dumps import cluster_role, rule, tenant, thing, write

TENANCY = (
    'version: 1\naccount: "111122223333"\nregion: us-east-1\ntenant_id: {pattern: "[a-z]{1,20}", tags: [TenantId]}\n'
)
HOST = "oidc.eks.us-east-1.amazonaws.com/id/ABC"
Body = dict[str, Any]


def role(tenant_id: str | None, trust: Body, resource: str = "*", **conditions: Any) -> Body:
    statement: Body = {"Effect": "Allow", "Action": "sqs:*", "Resource": resource}
    if conditions:
        statement["Condition"] = conditions["condition"]
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    properties: Body = {
        "RoleName": "pods",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **trust}]},
        "Policies": [{"PolicyName": "p", "PolicyDocument": policy}],
    }
    if tenant_id is not None:
        properties["Tags"] = [{"Key": "TenantId", "Value": tenant_id}]
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def web(subject: str | None, operator: str = "StringEquals", audience: str = "sts.amazonaws.com") -> Body:
    """Trust in tokens of the cluster."""
    conditions: Body = {"StringEquals": {f"{HOST}:aud": audience}}
    if subject is not None:
        conditions.setdefault(operator, {})[f"{HOST}:sub"] = subject
    return {
        "Principal": {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{HOST}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": conditions,
    }


PODS: Body = {"Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}


def tie(**more: Any) -> Body:
    properties = {
        "ClusterName": "c",
        "Namespace": "acme",
        "ServiceAccount": "api",
        "RoleArn": {"Fn::GetAtt": "Role.Arn"},
    }
    return {"Type": "AWS::EKS::PodIdentityAssociation", "Properties": {**properties, **more}}


ACME, OTHERS = "arn:aws:sqs:us-east-1:111122223333:acme-jobs", "arn:aws:sqs:us-east-1:111122223333:globex-jobs"
BY_TAG = {"condition": {"StringEquals": {"aws:ResourceTag/TenantId": "${aws:PrincipalTag/kubernetes-namespace}"}}}

CASES: dict[str, tuple[dict[str, Body], str, str]] = {
    "its own role": ({"Role": role("acme", web("system:serviceaccount:acme:api"), ACME)}, "ISOLATED", ""),
    "another's role": (
        {"Role": role("globex", web("system:serviceaccount:acme:api"), ACME)},
        "LEAK",
        "role Role of tenant `globex`",
    ),
    "another's role, by a wildcard": (
        {"Role": role("globex", web("system:serviceaccount:*:api", "StringLike"), ACME)},
        "LEAK",
        "system:serviceaccount:acme:api",
    ),
    "a star that means itself": (
        {"Role": role("globex", web("system:serviceaccount:*:api"), ACME)},
        "not asked",
        "",
    ),
    "any token of the cluster": ({"Role": role("globex", web(None), ACME)}, "LEAK", "tenant `globex`"),
    "another audience": (
        {"Role": role("globex", web("system:serviceaccount:acme:api", audience="vault"), ACME)},
        "not asked",
        "",
    ),
    "another account's token": ({"Role": role("globex", web("system:serviceaccount:acme:batch"))}, "not asked", ""),
    "its own role, on everything": (
        {"Role": role("acme", web("system:serviceaccount:acme:api"))},
        "LEAK",
        "can use Jobs of tenant `globex`",
    ),
    "nobody's role, on everything": (
        {"Role": role(None, web("system:serviceaccount:*:api", "StringLike"))},
        "LEAK",
        "can use Jobs of tenant `globex`",
    ),
    "nobody's role, on what is its own": (
        {"Role": role(None, web("system:serviceaccount:*:api", "StringLike"), ACME)},
        "ISOLATED",
        "",
    ),
    "an association": ({"Role": role(None, PODS), "Tie": tie()}, "LEAK", "association Tie"),
    "an association of another account": ({"Role": role(None, PODS), "Tie": tie(ServiceAccount="b")}, "not asked", ""),
    "an association of another namespace": ({"Role": role(None, PODS), "Tie": tie(Namespace="x")}, "not asked", ""),
    "an association and its tags": ({"Role": role(None, PODS, **BY_TAG), "Tie": tie()}, "ISOLATED", ""),
    "an association without its tags": (
        {"Role": role(None, PODS, **BY_TAG), "Tie": tie(DisableSessionTags=True)},
        "ISOLATED",
        "",
    ),
    "an association with a role that is elsewhere": (
        {"Tie": tie(RoleArn="arn:aws:iam::111122223333:role/elsewhere")},
        "NOT_PROVEN",
        "role elsewhere is not in the files",
    ),
}


def proved(folder: Path, kind: str, name: str, over: str | None) -> Proof | NotAsked:
    reading = read_inputs(discover([folder], cwd=folder), Settings(account="111122223333", region="us-east-1"))
    assert not [each for each in reading.problems if each.level == "error"], reading.problems
    tenancy = load_tenancy_near([folder]).over(reading.inventory)
    prover = Prover(tenancy, reading.inventory, replay)
    (subject,) = [each for each in reading.inventory.resources if each.address.endswith(f"#{kind}/{name}")]
    return prover.prove(Theorem("cannot-cross-tenant", over), subject, World())


@pytest.mark.parametrize("name", CASES)
def test_chain(tmp_path: Path, name: str) -> None:
    resources, verdict, words = CASES[name]
    write(tmp_path, *tenant("acme"), *tenant("globex"), tenancy=TENANCY)
    queue = {
        "Type": "AWS::SQS::Queue",
        "Properties": {"QueueName": "globex-jobs", "Tags": [{"Key": "TenantId", "Value": "globex"}]},
    }
    (tmp_path / "aws.json").write_text(json.dumps({"Resources": {"Jobs": queue, **resources}}), "utf-8")
    found = proved(tmp_path, "ServiceAccount", "acme/api", None)
    if isinstance(found, NotAsked):
        assert verdict == "not asked", found.because
        return
    assert found.verdict == verdict, found.sentence
    assert words in found.sentence
    if verdict == "LEAK":
        assert found.reach == "indirect"


def entry(tenant_arn: object, **more: Any) -> Body:
    return {"Type": "AWS::EKS::AccessEntry", "Properties": {"ClusterName": "c", "PrincipalArn": tenant_arn, **more}}


def policy(name: str, scope: Body) -> list[Body]:
    return [{"PolicyArn": f"arn:aws:eks::aws:cluster-access-policy/{name}", "AccessScope": scope}]


GROUPS = {"KubernetesGroups": ["readers"], "Username": "people"}
ENTRIES: dict[str, tuple[Body, str]] = {
    "a policy on its own namespace": (
        entry(
            {"Fn::GetAtt": "Role.Arn"},
            AccessPolicies=policy("AmazonEKSViewPolicy", {"Type": "namespace", "Namespaces": ["acme"]}),
            Username="people",
        ),
        "ISOLATED",
    ),
    "a policy on all namespaces that begin so": (
        entry(
            {"Fn::GetAtt": "Role.Arn"},
            AccessPolicies=policy("AmazonEKSViewPolicy", {"Type": "namespace", "Namespaces": ["g*"]}),
            Username="people",
        ),
        "LEAK",
    ),
    "a policy on the cluster": (
        entry(
            {"Fn::GetAtt": "Role.Arn"},
            AccessPolicies=policy("AmazonEKSViewPolicy", {"Type": "cluster"}),
            Username="people",
        ),
        "LEAK",
    ),
    "a group that is bound": (entry({"Fn::GetAtt": "Role.Arn"}, **GROUPS), "LEAK"),
    "a group that is not": (
        entry({"Fn::GetAtt": "Role.Arn"}, Username="people", KubernetesGroups=["writers"]),
        "ISOLATED",
    ),
    # What is not known of an entry may be what lets it in, and may not.
    "a group of which the name is open": (
        entry({"Fn::GetAtt": "Role.Arn"}, Username="people", KubernetesGroups=["writers", {"Ref": "Open"}]),
        "NOT_PROVEN",
    ),
    "groups that are open": (
        entry({"Fn::GetAtt": "Role.Arn"}, Username="people", KubernetesGroups={"Ref": "Opens"}),
        "NOT_PROVEN",
    ),
    "a group that is bound beside one that is open": (
        entry({"Fn::GetAtt": "Role.Arn"}, Username="people", KubernetesGroups=["readers", {"Ref": "Open"}]),
        "LEAK",
    ),
    "a policy on a namespace that is open": (
        entry(
            {"Fn::GetAtt": "Role.Arn"},
            AccessPolicies=policy(
                "AmazonEKSViewPolicy", {"Type": "namespace", "Namespaces": ["acme", {"Ref": "Open"}]}
            ),
            Username="people",
        ),
        "NOT_PROVEN",
    ),
    "a policy of which the scope is open": (
        entry(
            {"Fn::GetAtt": "Role.Arn"},
            AccessPolicies=policy("AmazonEKSViewPolicy", {"Type": {"Ref": "Open"}, "Namespaces": ["acme"]}),
            Username="people",
        ),
        "NOT_PROVEN",
    ),
    "policies that are open": (
        entry({"Fn::GetAtt": "Role.Arn"}, AccessPolicies={"Ref": "Opens"}, Username="people"),
        "NOT_PROVEN",
    ),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_principals_of_iam_are_users(tmp_path: Path, name: str) -> None:
    body, verdict = ENTRIES[name]
    binding = thing(
        "ClusterRoleBinding",
        "readers",
        version="rbac.authorization.k8s.io/v1",
        roleRef={"kind": "ClusterRole", "name": "reader"},
        subjects=[{"kind": "Group", "name": "readers"}],
    )
    write(
        tmp_path,
        *tenant("acme"),
        *tenant("globex"),
        cluster_role("reader", rule("get", "pods")),
        binding,
        tenancy=TENANCY,
    )
    people = role("acme", {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}, ACME)
    parameters = {"Open": {"Type": "String"}, "Opens": {"Type": "CommaDelimitedList"}}
    template = {"Parameters": parameters, "Resources": {"Role": people, "Entry": body}}
    (tmp_path / "aws.json").write_text(json.dumps(template), "utf-8")
    found = proved(tmp_path, "User", "people", "namespace")
    assert isinstance(found, Proof)
    assert found.verdict == verdict, found.sentence


@pytest.mark.parametrize(
    "roles", ["- rolearn: [\n", "- !Ref x\n", "&a [*a, *b]"], ids=["cut", "a tag of one's own", "an alias of nothing"]
)
def test_a_map_of_roles_that_is_not_read_is_told(tmp_path: Path, roles: str) -> None:
    """It may name anybody, as what EKS reads of it is not known."""
    mapped = thing("ConfigMap", "aws-auth", "kube-system", data={"mapRoles": roles})
    write(tmp_path, *tenant("acme"), mapped, tenancy=TENANCY)
    gaps = [each["what"] for each in scan(options=Options([tmp_path])).report["coverage"]]
    assert any("`mapRoles` of ConfigMap aws-auth" in str(what) for what in gaps)


def test_the_map_of_roles_names_users(tmp_path: Path) -> None:
    roles = '- rolearn: arn:aws:iam::111122223333:role/pods\n  username: people\n  groups: ["system:masters"]\n'
    mapped = thing("ConfigMap", "aws-auth", "kube-system", data={"mapRoles": roles})
    write(tmp_path, *tenant("acme"), *tenant("globex"), mapped, tenancy=TENANCY)
    people = role("acme", {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}, ACME)
    (tmp_path / "aws.json").write_text(json.dumps({"Resources": {"Role": people}}), "utf-8")
    found = proved(tmp_path, "User", "people", "namespace")
    assert isinstance(found, Proof)
    assert found.verdict == "LEAK"
    assert "system:masters" in found.sentence


def test_a_user_whom_no_role_stands_for_is_of_the_tenant_that_is_declared(tmp_path: Path) -> None:
    bound = thing(
        "RoleBinding",
        "jane",
        "acme",
        version="rbac.authorization.k8s.io/v1",
        roleRef={"kind": "ClusterRole", "name": "reader"},
        subjects=[{"kind": "User", "name": "acme-jane"}, {"kind": "Group", "name": "team-acme"}],
    )
    declared = TENANCY + 'cluster: [{user: "${tenant}-jane"}, {group: "team-${tenant}"}]\n'
    reader = cluster_role("reader", rule("get", "pods"))
    write(tmp_path, *tenant("acme"), *tenant("globex"), reader, bound, tenancy=declared)
    jane = proved(tmp_path, "User", "acme-jane", "namespace")
    assert isinstance(jane, Proof)
    # No binding of another's namespace names any group: in whatever group she is, it gives her nothing there.
    assert jane.verdict == "ISOLATED", jane.sentence
    team = proved(tmp_path, "Group", "team-acme", "namespace")
    assert isinstance(team, Proof)
    assert team.verdict == "ISOLATED", team.sentence


def test_a_user_who_may_be_in_a_wide_group_is_not_proved(tmp_path: Path) -> None:
    reader = cluster_role("reader", rule("get", "pods"))
    wide = thing(
        "ClusterRoleBinding",
        "wide",
        version="rbac.authorization.k8s.io/v1",
        roleRef={"kind": "ClusterRole", "name": "reader"},
        subjects=[{"kind": "Group", "name": "operators"}],
    )
    named = thing(
        "RoleBinding",
        "jane",
        "acme",
        version="rbac.authorization.k8s.io/v1",
        roleRef={"kind": "ClusterRole", "name": "reader"},
        subjects=[{"kind": "User", "name": "acme-jane"}],
    )
    declared = TENANCY + 'cluster: [{user: "${tenant}-jane"}]\n'
    write(tmp_path, *tenant("acme"), *tenant("globex"), reader, wide, named, tenancy=declared)
    jane = proved(tmp_path, "User", "acme-jane", "namespace")
    assert isinstance(jane, Proof)
    assert jane.verdict == "NOT_PROVEN"
    assert "groups the identity provider puts user acme-jane in" in jane.sentence
