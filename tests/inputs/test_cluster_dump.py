"""What kubectl prints: objects of any type in several files, what was and was not listed, and what was refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import Reading, read_inputs
from scanner.model.unknown import Unknown
from tests.kubernetes_dumps import TENANCY, account, binding, listed, role, rule, system, tenant, thing, write

POLICY = "Kubernetes::networking.k8s.io::NetworkPolicy"


def read(folder: Path) -> Reading:
    return read_inputs(discover([folder], cwd=folder), Settings())


def gap_of(reading: Reading, kind: str) -> Unknown | None:
    found = [gap.why for gap in reading.inventory.unread.gaps() if gap.type == kind]
    assert len(found) < 2
    return found[0] if found else None


def test_every_object_is_a_resource_and_knows_its_place(tmp_path: Path) -> None:
    reading = read(write(tmp_path, *tenant("acme"), thing("Widget", "w", "acme", version="things.example/v1")))
    assert not reading.problems
    (widget,) = reading.inventory.of_type("Kubernetes::things.example::Widget")
    assert widget.address == "cluster.json#Widget/acme/w"
    assert widget.live
    place = widget.source.locate(widget, ("Properties", "metadata"), None)  # type: ignore[arg-type]  # needs no world
    text = (tmp_path / "cluster.json").read_text("utf-8").splitlines()
    assert place.line is not None
    assert '"metadata"' in text[place.line - 1]
    assert widget.source.lines(1, 5) == []


def test_several_files_of_a_folder_are_one_cluster(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(listed(*system(), *tenant("acme"))), "utf-8")
    one = [role("r", "acme", rule("get", "pods")), role("r", "kube-system")]
    (tmp_path / "b.json").write_text(json.dumps(listed(*one)), "utf-8")
    reading = read(tmp_path)
    assert {each.cluster for each in reading.inventory.resources} == {"."}
    (listing,) = reading.inventory.of_type("Tenantproof::Kubernetes::Listing")
    said: Any = listing.fields["Properties"]
    kinds = {each["Type"]: each["Namespaces"] for each in said["Listed"]}
    assert kinds["Kubernetes::rbac.authorization.k8s.io::Role"] == ["*"]


def test_a_type_that_no_list_names_was_not_listed(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(listed(*system(), *tenant("acme"))), "utf-8")
    why = gap_of(read(tmp_path), POLICY)
    assert why is not None
    assert why.cause == "not-collected"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(listed()),
        json.dumps(
            {
                "kind": "NetworkPolicyList",
                "apiVersion": "networking.k8s.io/v1",
                "metadata": {"resourceVersion": "9"},
                "items": [],
            }
        ),
    ],
    ids=["by the name of the file", "by the kind of list"],
)
def test_an_empty_list_says_that_there_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(json.dumps(listed(*system(), *tenant("acme"))), "utf-8")
    (tmp_path / "networkpolicies.json").write_text(text, "utf-8")
    assert gap_of(read(tmp_path), POLICY) is None


def test_the_list_of_one_namespace_is_no_list_of_all(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(listed(*system(), *tenant("acme"), *tenant("globex"))), "utf-8")
    policy = thing("NetworkPolicy", "p", "acme", version="networking.k8s.io/v1", spec={"podSelector": {}})
    (tmp_path / "b.json").write_text(json.dumps(listed(policy)), "utf-8")
    why = gap_of(read(tmp_path), POLICY)
    assert why is not None
    assert "all namespaces" in why.detail


def test_items_of_the_apis_own_lists_say_no_kind(tmp_path: Path) -> None:
    item = {"metadata": {"name": "p", "namespace": "acme", "uid": "u"}, "spec": {"podSelector": {}}}
    own = {
        "kind": "NetworkPolicyList",
        "apiVersion": "networking.k8s.io/v1",
        "metadata": {"resourceVersion": "9"},
        "items": [item],
    }
    (tmp_path / "raw.json").write_text(json.dumps(own), "utf-8")
    (policy,) = read(tmp_path).inventory.of_type(POLICY)
    assert policy.address == "raw.json#NetworkPolicy/acme/p"


def test_a_list_that_goes_on_is_not_whole(tmp_path: Path) -> None:
    whole = listed(*system())
    whole["metadata"] = {"resourceVersion": "", "continue": "abc"}
    (tmp_path / "a.json").write_text(json.dumps(whole), "utf-8")
    why = gap_of(read(tmp_path), "Kubernetes::core::Namespace")
    assert why is not None
    assert "continue" in why.detail


def test_a_list_by_a_selector_is_not_whole(tmp_path: Path) -> None:
    some = [each for each in system() if each["metadata"]["name"] != "cluster-admin"]
    reader = thing("ClusterRole", "reader", version="rbac.authorization.k8s.io/v1", rules=[])
    (tmp_path / "a.json").write_text(json.dumps(listed(*some, reader)), "utf-8")
    why = gap_of(read(tmp_path), "Kubernetes::rbac.authorization.k8s.io::ClusterRole")
    assert why is not None
    assert "cluster-admin" in why.detail


def test_what_the_server_refuses_is_denied(tmp_path: Path) -> None:
    write(tmp_path, *tenant("acme"), without=("secrets",))
    refused = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "reason": "Forbidden",
        "details": {"kind": "secrets"},
        "code": 403,
    }
    (tmp_path / "refused.json").write_text(json.dumps(refused), "utf-8")
    reading = read(tmp_path)
    why = gap_of(reading, "Kubernetes::core::Secret")
    assert why is not None
    assert why.cause == "access-denied"
    assert not reading.inventory.of_type("Kubernetes::core::Status")


@pytest.mark.parametrize(
    "text",
    [
        '{"apiVersion": "v1", "items": [1, null, {"metadata": {"uid": "u"}}, {"kind": "Pod"}], "kind": "List"}',
        json.dumps(listed({"apiVersion": 1, "kind": [], "metadata": {"uid": "u", "name": {}}})),
        json.dumps(
            listed(
                {
                    "apiVersion": "v1",
                    "kind": "Pod",
                    "metadata": {"uid": "u", "name": 5, "namespace": [], "labels": 3},
                    "spec": 9,
                }
            )
        ),
    ],
)
def test_hostile_lists_are_told_and_do_not_stop_the_rest(tmp_path: Path, text: str) -> None:
    write(tmp_path, *tenant("acme"))
    (tmp_path / "bad.json").write_text(text, "utf-8")
    reading = read(tmp_path)
    assert not reading.crashes
    assert len(reading.inventory.of_type("Kubernetes::core::Namespace")) == 2


def test_manifests_are_compared_with_the_cluster_that_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "tenancy.yaml").write_text(TENANCY, "utf-8")
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests/app.yaml").write_text(
        "apiVersion: v1\nkind: Namespace\n"
        "metadata: {name: acme, labels: {TenantId: acme, pod-security.kubernetes.io/enforce: restricted}}\n",
        "utf-8",
    )
    space = thing("Namespace", "acme", labels={"TenantId": "acme"})
    write(tmp_path / "dump", space, binding("r", "acme", account("api", "acme")))
    (tmp_path / "dump/tenancy.yaml").unlink()
    code = main(["diff", str(tmp_path / "manifests"), str(tmp_path / "dump"), "--format", "json"])
    said = json.loads(capsys.readouterr().out)
    rules = [each["rule"] for each in said["drift"]]
    assert "tenant-namespace-enforces-pod-security" in rules
    assert code == 1
