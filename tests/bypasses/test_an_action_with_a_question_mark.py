"""Rules that look for an action in a list compared it with patterns in which only `*` stood for anything.

- "IAM JSON policy elements: Action" (IAM User Guide): `*` is any run of characters, `?` any one, and case is ignored.
"""

from __future__ import annotations

import json

import pytest

from scanner.iam.action_lists import takes_in_action
from scanner.model.partial_text import text_of
from scanner.model.unknown import MaybeList, OpenList, Unknown
from tests.language.judged import judged_template

UNKNOWN = Unknown("parameter", "parameter `P` has no value")
PASS_ROLE = "iam:PassRole"


@pytest.mark.parametrize(
    ("patterns", "verdict"),
    [
        (["iam:PassRole"], True),
        (["IAM:passrole"], True),
        (["iam:Pass?ole"], True),
        (["iam:Pass????"], True),
        (["i?m:*"], True),
        (["*"], True),
        (["iam:PassRol?e"], False),
        (["iam:PassRole?"], False),
        (["iam:Pass"], False),
        (["s3:*"], False),
        ([], False),
        (None, False),
        ("iam:PassRole", False),
        ([7, True], False),
        (UNKNOWN, UNKNOWN),
        ([UNKNOWN], UNKNOWN),
        ([UNKNOWN, "iam:*"], True),
        # What a hole stands for makes no other service of what is written before it.
        ([text_of(["s3:", UNKNOWN])], False),
        ([text_of(["iam:", UNKNOWN])], UNKNOWN),
        ([text_of([UNKNOWN, ":*"])], UNKNOWN),
        (OpenList(["s3:*"], UNKNOWN), UNKNOWN),
        (OpenList(["iam:*"], UNKNOWN), True),
        (MaybeList(["s3:*"], ["sqs:*"], UNKNOWN), False),
        (MaybeList(["s3:*"], ["iam:P*"], UNKNOWN), UNKNOWN),
        (MaybeList(["iam:P*"], ["sqs:*"], UNKNOWN), True),
    ],
)
def test_a_list_of_actions(patterns: object, verdict: object) -> None:
    assert takes_in_action(patterns, PASS_ROLE) == verdict


def _policy(kind: str, **statement: object) -> str:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", **statement}]}
    return json.dumps({"Resources": {"It": {"Type": kind, "Properties": {"PolicyDocument": document}}}})


@pytest.mark.parametrize("named", ["iam:Pass?ole", "iam:Pass*", "IAM:PASSROLE", "?am:PassRole"])
def test_further_permissions(named: str) -> None:
    rule, kind = "iam-no-privilege-escalation", "AWS::IAM::ManagedPolicy"
    assert judged_template(rule, _policy(kind, Action=named)) == {"It": "FAIL"}
    other = ["iam:*User*", "iam:*Group*", "iam:*Polic*", "iam:*Profile", "iam:CreateAccessKey"]
    assert judged_template(rule, _policy(kind, NotAction=[named, *other])) == {"It": "FAIL"}  # `sts:AssumeRole`
    assert judged_template(rule, _policy(kind, NotAction=[named, *other, "sts:Assume?ole"])) == {"It": "PASS"}


@pytest.mark.parametrize("named", ["kms:Decryp?", "kms:D*", "KMS:decrypt"])
def test_a_key_of_an_enclave(named: str) -> None:
    """A second statement lets in who brings no measurement."""
    key = {
        "Type": "AWS::KMS::Key",
        "Properties": {
            "KeyPolicy": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": "arn:aws:iam::111122223333:role/enclave"},
                        "Action": ["kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateRandom"],
                        "Resource": "*",
                        "Condition": {"StringEqualsIgnoreCase": {"kms:RecipientAttestation:ImageSha384": "a" * 96}},
                    },
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": "arn:aws:iam::111122223333:role/other"},
                        "Action": named,
                        "Resource": "*",
                    },
                ],
            }
        },
    }
    assert judged_template("kms-enclave-no-bypass", json.dumps({"Resources": {"It": key}})) == {"It": "FAIL"}
