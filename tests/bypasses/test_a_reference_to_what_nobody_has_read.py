"""What a custom resource answers was taken to name nothing: a prefix list that is looked up left SSH open to it, PASS.

So was what a plan makes of a type that no table reads, as managed prefix lists were.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner import Options, scan
from tests.inputs.terraform.plans import Refers, plan, resource, write

SSH = "GroupId: sg-1, IpProtocol: tcp, FromPort: 22, ToPort: 22"
TEMPLATE = """
Resources:
  Lookup: {Type: "%s", Properties: {ServiceToken: "arn:aws:lambda:eu-west-1:111122223333:function:f"}}
  Rule: {Type: AWS::EC2::SecurityGroupIngress, Properties: {%s, SourcePrefixListId: %s}}
"""
GROUP = """
resource "aws_vpc_security_group_ingress_rule" "r" {
  security_group_id = "sg-1"
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
  prefix_list_id    = aws_ec2_managed_prefix_list.l.id
}
resource "aws_ec2_managed_prefix_list" "l" {
  name           = "l"
  address_family = "IPv4"
  max_entries    = 5
}
"""


def verdicts(path: Path) -> set[str]:
    found = scan(path, options=Options(select=["sg-no-open-ssh"])).report["findings"]
    return {each["verdict"] for each in found}


@pytest.mark.parametrize("kind", ["Custom::PrefixList", "AWS::CloudFormation::CustomResource"])
@pytest.mark.parametrize("value", ["!Ref Lookup", "!GetAtt Lookup.PrefixListId"])
def test_what_a_custom_resource_answers_may_name_anything(tmp_path: Path, kind: str, value: str) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(TEMPLATE % (kind, SSH, value), "utf-8")
    assert verdicts(path) == {"UNKNOWN"}


@pytest.mark.parametrize("text", [False, True], ids=["the plan alone", "with its text"])
@pytest.mark.parametrize(
    ("own", "part", "expected"),
    [
        (["0.0.0.0/0"], None, "FAIL"),
        (["10.0.0.0/8"], "0.0.0.0/1", "FAIL"),
        (["10.0.0.0/8"], "10.9.0.0/16", "PASS"),
        (None, "0.0.0.0/0", "FAIL"),
    ],
)
def test_a_prefix_list_of_a_plan_is_read_with_its_parts(
    tmp_path: Path, own: list[str] | None, part: str | None, expected: str, *, text: bool
) -> None:
    listed = {} if own is None else {"entry": [{"cidr": each, "description": ""} for each in own]}
    whole = resource(
        "aws_ec2_managed_prefix_list.l",
        {"name": "l", "address_family": "IPv4", "max_entries": 5, **listed},
        unknown=("id", "arn", *(() if own is not None else ("entry",))),
    )
    asked = {"security_group_id": "sg-1", "ip_protocol": "tcp", "from_port": 22, "to_port": 22}
    names = Refers("aws_ec2_managed_prefix_list.l.id")
    rule = resource("aws_vpc_security_group_ingress_rule.r", {**asked, "prefix_list_id": names})
    entry = resource("aws_ec2_managed_prefix_list_entry.e", {"prefix_list_id": names, "cidr": part})
    if text:
        (tmp_path / "main.tf").write_text(GROUP, "utf-8")
    found = verdicts(write(tmp_path, plan(whole, rule, *(() if part is None else (entry,)))))
    assert found == {expected}
