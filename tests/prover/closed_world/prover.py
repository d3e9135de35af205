"""What the prover says of a question: through files, as users give them to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml

from scanner.engine.replay import replay
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.discovery import discover
from scanner.inputs.reading import read_inputs
from scanner.language.expressions.theorem import Theorem
from scanner.language.library import load_library
from scanner.model.world import explore
from scanner.prover.prover import Prover
from scanner.prover.system.proof import Proof
from scanner.prover.theorems import cross_tenant
from scanner.tenancy.loading import load_tenancy_near
from tests.prover.closed_world.question import BROKER, Question
from tests.prover.closed_world.reference import ACCOUNT, REGION

_SESSION = {
    "name": "app",
    "roles": ["AppRole"],
    "tenant_key": "aws:PrincipalTag/TenantId",
    "present": "always",
    "binders": [BROKER],
}


@dataclass
class Said:
    """`verdict` is SILENT where nothing was proved of the role at all, REACHES_NOTHING where not even its own data is
    within its reach.
    """

    verdict: str
    proof: Proof | None
    proofs: list[Proof]


@cache
def theorems() -> tuple[Theorem, ...]:
    found = [each for rule in load_library(examples=False).rules for each in rule.theorems]
    return tuple(dict.fromkeys(each for each in found if each.name == "cannot-cross-tenant" and each.of != "compute"))


def tenancy_of(made: Question) -> dict[str, Any]:
    return {
        "version": 1,
        "account": ACCOUNT,
        "region": REGION,
        "tenant_id": {"pattern": made.ids, "tags": ["TenantId"], "shared_values": ["public"]},
        "sessions": [] if made.tenant else [_SESSION],
        "owned": [made.entry] if made.entry else [],
    }


def template_of(made: Question) -> dict[str, Any]:
    trust = [{"Effect": "Allow", "Principal": {"AWS": BROKER}, "Action": ["sts:AssumeRole", "sts:TagSession"]}]
    properties: dict[str, Any] = {"RoleName": "AppRole"}
    if made.tenant:
        trust = [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": ["sts:AssumeRole"]}]
        properties["Tags"] = [{"Key": "TenantId", "Value": made.tenant}]
    properties["AssumeRolePolicyDocument"] = {"Version": "2012-10-17", "Statement": trust}
    properties["Policies"] = [
        {"PolicyName": f"p{at}", "PolicyDocument": _by_reference(made, each)}
        for at, each in enumerate(made.documents["identity"])
    ]
    resources = {"AppRole": {"Type": "AWS::IAM::Role", "Properties": properties}, **_by_reference(made, made.resources)}
    for document in made.documents.get("boundary", ()):
        resources["Limit"] = {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"PolicyDocument": _by_reference(made, document)},
        }
        properties["PermissionsBoundary"] = {"Ref": "Limit"}
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}


def _by_reference(made: Question, document: Mapping[str, Any]) -> Any:
    """The document with ARNs that AWS makes as a template has them."""

    def over(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: over(each) for key, each in value.items()}
        if isinstance(value, list):
            return [over(each) for each in value]
        return made.by_reference.get(value) or value if isinstance(value, str) else value

    return over(document)


def ask(made: Question, folder: Path) -> Said:
    """The worst that is said of the role."""
    return ask_files(tenancy_of(made), template_of(made), folder)


def ask_files(declared: Mapping[str, Any], body: Mapping[str, Any], folder: Path, principal: str = "AppRole") -> Said:
    (folder / "tenancy.yaml").write_text(yaml.dump(declared, Dumper=_Dumper))
    template = folder / "template.json"
    template.write_text(json.dumps(body))
    tenancy = load_tenancy_near([template])
    reading = read_inputs(
        discover([template], cwd=folder), Settings({}, account=tenancy.account, region=tenancy.region)
    )
    prover = Prover(tenancy.over(reading.inventory), reading.inventory, replay)
    role = next(each for each in reading.inventory.of_type("AWS::IAM::Role") if each.logical_id == principal)
    # What would repair a leak is searched for long, and is not what is asked here.
    with patch.object(cross_tenant, "_fix", return_value=""):
        proofs = [
            leaf.result
            for theorem in theorems()
            for leaf in explore(lambda world, theorem=theorem: prover.prove(theorem, role, world))  # type: ignore[misc]
            if isinstance(leaf.result, Proof)
        ]
    for verdict in ("LEAK", "NOT_PROVEN", "ISOLATED"):
        for proof in proofs:
            if proof.verdict == verdict:
                nothing = proof.unknown is not None and proof.unknown.cause == "reaches-nothing"
                return Said("REACHES_NOTHING" if nothing else verdict, proof, proofs)
    return Said("SILENT", None, proofs)


_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
