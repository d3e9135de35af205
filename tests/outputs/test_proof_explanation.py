"""The prover's notes in words of a user: a summary first, and no more lines than anybody reads."""

from __future__ import annotations

# ruff: noqa: E501  # notes as the prover has them
from scanner.outputs.shared.proof_explanation import explained
from scanner.outputs.shared.proof_listing import simulation
from tests.outputs.test_text import failing


def test_what_no_statement_names_is_one_line_and_stands_first_with_the_count() -> None:
    notes = [
        f"{form}: no statement speaks of any of its {number} actions"
        for form, number in (("objects", 43), ("a copy", 3))
    ]
    notes += ["objects (not modelled): no statement speaks of any of its 2 actions"]
    notes += [
        "one key: `dynamodb:GetItem` and 2 more cannot be allowed: resource fits never, s3:prefix fits only where both tenants are one"
    ]
    notes += ["scan: `dynamodb:Scan` can be allowed", "scan: `dynamodb:Scan` cannot be allowed: resource fits never"]
    notes += [
        "ledger: 3 actions asked, 1 harmless, 0 not modelled",
        "ledger: 1 actions asked, 0 harmless, 2 not modelled",
    ]
    assert explained(notes) == [
        "4 allowed actions on this data looked at one by one, 1 can do it no harm, 2 that the model does not know",
        "no statement names any of 48 actions on objects, a copy",
        "scan: `dynamodb:Scan` can be allowed",
        "one key: `dynamodb:GetItem` and 2 more cannot be allowed: no statement's resources match it; "
        "the condition on s3:prefix holds for the tenant's own data only",
    ]


def test_a_note_of_another_form_stays_and_many_are_cut() -> None:
    lines = explained([f"note {number}" for number in range(400)])
    assert lines[0] == "note 0"
    assert len(lines) == 13
    assert lines[-1] == "and 388 lines like these, all in the JSON report"
    assert explained(["ledger: 0 actions asked, 0 harmless, 0 not modelled"]) == [
        "no statement allows any action that touches this data"
    ]


def test_what_is_cut_ends_with_a_word_and_outside_of_code() -> None:
    from scanner.outputs.shared.listing import cut_prose

    text = "Set `EnableLogFileValidation: true`, and check `aws cloudtrail validate-logs --start-time`."
    assert cut_prose(text, 200) == text
    assert cut_prose(text, 60) == "Set `EnableLogFileValidation: true`, and check …"
    assert cut_prose(text, 30) == "Set …"


def test_the_evaluator_is_asked_of_what_was_read() -> None:
    """Of an account there is no template: the command named the role's ARN as one."""
    asked = {
        "action": "kms:Decrypt",
        "resource": "arn:aws:kms:us-east-1:111122223333:key/k",
        "principal": "arn:aws:sts::111122223333:x",
    }
    for address, said in (
        ("arn:aws:iam::111122223333:role/Clinic", "tenantproof simulate --snapshot SNAPSHOT -"),
        (
            "infra/app.yaml#Clinic",
            "tenantproof simulate --template infra/app.yaml --account 111122223333 --region us-east-1 -",
        ),
    ):
        finding = failing(1)[0]
        finding["resource"].update({"address": address, "logical_id": "Clinic"})
        assert simulation(finding, asked).endswith(said)
