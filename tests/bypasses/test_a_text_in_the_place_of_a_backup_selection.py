"""An unknown text in the place of a backup selection passed every `*-in-backup-plan` rule: it surely was not empty."""

from __future__ import annotations

import pytest

from tests.language.judged import judged_template

TEMPLATE = """
Parameters: {Which: {Type: String}}
Resources:
  Custom: {Type: Custom::Lookup, Properties: {ServiceToken: x}}
  Patients: {Type: AWS::DynamoDB::Table, Properties: {BillingMode: PAY_PER_REQUEST}}
  Chosen: {Type: AWS::Backup::BackupSelection, Properties: {BackupPlanId: p, BackupSelection: %s}}
"""


@pytest.mark.parametrize("text", ["!GetAtt Custom.Selection", "!Sub 'x-${AWS::StackName}'", "!Ref Which"])
@pytest.mark.full
def test_a_text_that_is_not_known_selects_nothing_for_sure(text: str) -> None:
    assert judged_template("dynamodb-in-backup-plan", TEMPLATE % text) == {"Patients": "UNKNOWN"}


def test_nor_does_one_that_is_known() -> None:
    """CloudFormation refuses it, so that nothing of what is written there will be."""
    assert judged_template("dynamodb-in-backup-plan", TEMPLATE % "all") == {"Patients": "UNKNOWN"}


@pytest.mark.parametrize(
    "listed", ["!Ref Nets", "[10.0.0.0/8]", "[!Select [0, !Ref Nets]]", "!Split [',', '0.0.0.0/0,x']"]
)
def test_texts_in_the_place_of_rules_are_no_closed_ports(listed: str) -> None:
    text = f"""
Parameters: {{Nets: {{Type: CommaDelimitedList, Default: "0.0.0.0/0,10.0.0.0/8"}}}}
Resources:
  G: {{Type: AWS::EC2::SecurityGroup, Properties: {{GroupDescription: g, SecurityGroupIngress: {listed}}}}}
"""
    assert judged_template("sg-no-open-ssh", text) == {"G": "UNKNOWN"}
