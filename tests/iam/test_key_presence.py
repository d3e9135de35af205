"""The table of key presence is read a second time: against the parameters of AWS's calls, and against what stands here.

A key that is a parameter of the call is there as surely as the call demands the parameter. Where AWS fills in a value
itself, the key is there without it. `key_presence.txt` has the whole table once more, so that no line of either changes
alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import botocore.session

from scanner.iam.key_presence import PresenceLine, key_presence

COPY = Path(__file__).with_name("key_presence.txt")
MODELS = {"aoss": "opensearchserverless", "elasticloadbalancing": "elbv2", "states": "stepfunctions", "ses": "sesv2"}
# "Condition keys for AWS KMS", "Using IAM policy conditions for fine-grained access control" (DynamoDB): AWS takes the
# value from the key or fills in the default where the caller leaves the parameter out.
FILLED_IN = {
    "dynamodb:ReturnValues",
    "dynamodb:Select",
    "kms:EncryptionAlgorithm",
    "kms:KeySpec",
    "kms:KeyUsage",
    "kms:MultiRegion",
}


def _letters(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())


def _parameters() -> Iterator[tuple[PresenceLine, str, bool]]:
    """Lines on keys that are a parameter of the call, the call, and whether it demands the parameter."""
    session = botocore.session.get_session()
    known = frozenset(session.get_available_services())
    for line in key_presence().lines:
        for action in line.actions:
            prefix, _, name = action.partition(":")
            service = MODELS.get(prefix, prefix)
            if line.key.startswith("aws:") or service not in known:
                continue
            model = session.get_service_model(service)
            shape = model.operation_model(name).input_shape if name in model.operation_names else None
            wanted = _letters(line.key.partition(":")[2].partition("/")[0])
            for member, of in shape.members.items() if shape is not None else ():
                if wanted in (_letters(member), _letters(of.serialization.get("name", ""))):
                    yield line, action, member in shape.required_members
                    break


def test_a_parameter_is_there_as_surely_as_the_call_demands_it() -> None:
    met = list(_parameters())
    other = [
        (line.key, action)
        for line, action, demanded in met
        if line.presence != ("always" if demanded else "sometimes") and line.key not in FILLED_IN
    ]
    assert len(met) > 70
    assert other == []


def test_the_table_is_what_was_read() -> None:
    told = [f"{line.presence} {line.key}: {', '.join(line.actions)}" for line in key_presence().lines]
    assert sorted(told) == COPY.read_text(encoding="utf-8").splitlines()
