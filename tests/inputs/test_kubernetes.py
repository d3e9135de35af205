"""Kubernetes manifests, as files and as what a CDK app hands to a cluster."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import Reading, read_inputs
from scanner.model.partial_text import Text
from scanner.model.world import World

SPACES = """
    # what keeps tenants apart
    apiVersion: v1
    kind: Namespace
    metadata: {name: acme, labels: {tenant: acme}}
    ---
    ---
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata:
      name: deny
      namespace: acme
    spec:
      podSelector: {}
      policyTypes: [Ingress]
"""


def reading_of(folder: Path, **texts: str) -> Reading:
    for name, text in texts.items():
        (folder / name.replace("_", ".")).write_text(dedent(text), "utf-8")
    return read_inputs(discover([folder], cwd=folder), Settings())


def test_each_object_of_a_file_is_a_resource_with_its_place(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, app_yaml=SPACES)
    assert not reading.problems
    assert [(each.kind, each.path) for each in reading.inputs] == [("kubernetes", "app.yaml")]
    space, policy = reading.inventory.resources
    assert (space.type, space.address) == ("Kubernetes::core::Namespace", "app.yaml#Namespace/acme")
    assert policy.type == "Kubernetes::networking.k8s.io::NetworkPolicy"
    assert policy.address == "app.yaml#NetworkPolicy/acme/deny"
    assert policy.fields["Properties"]["spec"]["policyTypes"] == ["Ingress"]  # type: ignore[index]
    place = policy.source.locate(policy, ("Properties", "spec", "policyTypes"), World())
    assert (place.path, place.line, place.column) == ("app.yaml", 15, 3)
    assert policy.source.lines(15, 15) == ["  policyTypes: [Ingress]"]
    assert space.source.locate(space, ("Type",), World()).line == 4


def test_lists_hold_objects_and_names_may_come_twice(tmp_path: Path) -> None:
    item = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}}
    listed = {"apiVersion": "v1", "kind": "List", "items": [item, item]}
    reading = reading_of(tmp_path, all_json=json.dumps(listed))
    assert [each.address for each in reading.inventory.resources] == [
        "all.json#ServiceAccount/a",
        "all.json#ServiceAccount/a-2",
    ]
    second = reading.inventory.resources[1]
    assert second.source.locate(second, ("Properties", "metadata"), World()).line == 1


def test_what_other_tools_write_in_the_same_form_is_passed_over(tmp_path: Path) -> None:
    reading = reading_of(
        tmp_path,
        a_yaml="apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: a}\n",
        b_yaml="apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata: {name: a}\n",
        c_json='{"apiVersion": 3, "kind": "other"}',
    )
    assert not reading.inventory.resources
    assert not reading.inputs
    assert not reading.problems
    assert reading.ignored == 3


def test_a_template_of_helm_is_a_gap_and_a_broken_file_an_error(tmp_path: Path) -> None:
    helm = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {{ .Values.name }}\n  {{- if .x }}\n"
    reading = reading_of(tmp_path, a_yaml=helm, b_yaml="apiVersion: v1\nkind: Namespace\nmetadata: {name: [\n")
    assert [(each.path, each.level) for each in reading.problems] == [("a.yaml", "warning"), ("b.yaml", "error")]
    assert [(each.path, each.unknown.cause) for each in reading.gaps] == [("a.yaml", "macro")]


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: Namespace\nmetadata: &a {x: &b [*a]}\n",
        "apiVersion: v1\nkind: Namespace\nmetadata:\n" + "".join(f"{' ' * n}a:\n" for n in range(1, 400)),
        "apiVersion: v1\nkind: Namespace\n"
        + "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(8)),
    ],
    ids=["a loop", "deep", "a bomb"],
)
def test_hostile_files_are_errors(tmp_path: Path, text: str) -> None:
    reading = reading_of(tmp_path, a_yaml=text)
    assert not reading.inventory.resources
    assert [each.level for each in reading.problems] == ["error"]


def handed(manifest: Any, **more: Any) -> str:
    resource = {"Type": "Custom::AWSCDK-EKS-KubernetesResource", "Properties": {"Manifest": manifest}, **more}
    return json.dumps(
        {
            "Parameters": {"Tenant": {"Type": "String"}, "Wide": {"Type": "String"}},
            "Conditions": {"IsWide": {"Fn::Equals": [{"Ref": "Wide"}, "yes"]}},
            "Resources": {"Space": resource},
        }
    )


def test_what_a_cdk_app_applies_is_there_with_its_holes(tmp_path: Path) -> None:
    manifest = {
        "Fn::Join": ["", ['[{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"t-', {"Ref": "Tenant"}, '"}}]']]
    }
    reading = reading_of(tmp_path, app_json=handed(manifest))
    assert not reading.problems
    assert not reading.gaps
    space = reading.inventory.of_type("Kubernetes::core::Namespace")[0]
    name = space.fields["Properties"]["metadata"]["name"]  # type: ignore[index]
    assert isinstance(name, Text)
    assert name.prefix == "t-"
    assert space.address.startswith("app.json#Space/Namespace/t-")
    assert space.source.locate(space, ("Properties", "metadata"), World()).line == 1


@pytest.mark.parametrize(
    "manifest",
    [
        {"Ref": "Tenant"},
        "no json",
        {"Fn::If": ["IsWide", '[{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a"}}]', "[]"]},
        {"Fn::Join": ["", ['[{"a":', {"Ref": "Tenant"}, "}]"]]},
    ],
    ids=["unknown", "no text of it", "by a condition", "a hole outside of text"],
)
def test_what_cannot_be_told_is_a_gap(tmp_path: Path, manifest: Any) -> None:
    reading = reading_of(tmp_path, app_json=handed(manifest))
    assert not reading.inventory.of_type("Kubernetes::core::Namespace")
    assert [each.what for each in reading.gaps] == ["the Kubernetes objects of app.json#Space"]
