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
