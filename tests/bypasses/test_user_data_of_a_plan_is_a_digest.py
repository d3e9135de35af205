"""Up to provider 5 a plan has the SHA-1 of `user_data`: a secret in it was not found, and the rule said PASS."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner import scan
from tests.inputs.terraform.plans import Refers, plan, resource, write

DIGEST = "9444cff0013b969131e6485dc4804f40639cdb23"
SECRET = "export DB_PASSWORD=Sup3rS3cretValue99"


def verdict(folder: Path) -> str:
    findings = scan(folder / "plan.json").report["findings"]
    return next(each["verdict"] for each in findings if each["rule"] == "no-plaintext-secrets")


@pytest.mark.parametrize("kind", ["aws_instance", "aws_launch_configuration", "aws_spot_instance_request"])
def test_a_digest_says_nothing_of_what_is_in_it(tmp_path: Path, kind: str) -> None:
    machine = resource(f"{kind}.i", {"user_data": DIGEST, "instance_type": "t3.micro"})
    machine["_expressions"]["user_data"] = {"references": ["local.script"]}
    write(tmp_path, plan(machine))
    assert verdict(tmp_path) == "UNKNOWN"
    # The configuration has the text where it is a constant.
    machine["_expressions"]["user_data"] = {"constant_value": SECRET}
    write(tmp_path, plan(machine))
    assert verdict(tmp_path) == "FAIL"


def test_a_definition_that_is_put_together_at_apply_may_hold_anything(tmp_path: Path) -> None:
    machine = resource("aws_sfn_state_machine.i", {"name": "m", "definition": Refers("aws_lambda_function.f.arn")})
    write(tmp_path, plan(machine))
    assert verdict(tmp_path) == "UNKNOWN"


def test_the_text_of_provider_6_is_judged(tmp_path: Path) -> None:
    write(tmp_path, plan(resource("aws_instance.i", {"user_data": SECRET, "instance_type": "t3.micro"})))
    assert verdict(tmp_path) == "FAIL"
    write(tmp_path, plan(resource("aws_instance.i", {"user_data": Refers("local.x"), "instance_type": "t3.micro"})))
    assert verdict(tmp_path) == "UNKNOWN"
