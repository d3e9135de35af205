"""Pods that tolerate a tenant's node: by equality, by the key alone, and by numbers.

"Taints and Tolerations" (Kubernetes 1.35): `Gt` and `Lt` compare the taint's value with the toleration's as whole
numbers and hold for no others.
"""

from __future__ import annotations

import pytest

from scanner.kubernetes.shared_nodes import _tolerates
from scanner.model.unknown import Unknown

TAINT = {"key": "tier", "value": "5", "effect": "NoSchedule"}
LATER = Unknown("parameter", "parameter `P` has no value")


@pytest.mark.parametrize(
    ("toleration", "holds"),
    [
        ({"key": "tier", "operator": "Exists"}, True),
        ({"operator": "Exists"}, True),
        ({"key": "tier", "value": "5"}, True),
        ({"key": "tier", "operator": "Equal", "value": "4"}, False),
        ({"key": "tier", "operator": "Gt", "value": "4"}, True),
        ({"key": "tier", "operator": "Gt", "value": "5"}, False),
        ({"key": "tier", "operator": "Gt", "value": "-7"}, True),
        ({"key": "tier", "operator": "Lt", "value": "6"}, True),
        ({"key": "tier", "operator": "Lt", "value": "5"}, False),
        ({"key": "tier", "operator": "Lt", "value": "10"}, True),
        ({"key": "tier", "operator": "Lt", "value": "006"}, False),
        ({"key": "tier", "operator": "Lt", "value": "x"}, False),
        ({"key": "other", "operator": "Lt", "value": "6"}, False),
        ({"key": "tier", "operator": "Lt", "value": "6", "effect": "NoExecute"}, False),
        ({"key": "tier", "operator": "Lt", "value": LATER}, LATER),
        ({"key": "tier", "value": LATER}, LATER),
        ({"key": "other", "value": LATER}, False),
    ],
)
def test_a_toleration(toleration: dict[str, object], holds: object) -> None:
    assert _tolerates(toleration, TAINT) == holds


def test_a_taint_without_a_number() -> None:
    assert _tolerates({"key": "tier", "operator": "Gt", "value": "4"}, {**TAINT, "value": "high"}) is False
