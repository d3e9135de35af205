"""What a `*` of an `owned` ARN may stand for: also for nothing, and before the name for no colon.

`table/*${tenant}/index/*` was read as if at least one character stood before the tenant, so that nobody asked about the
table that is called as the tenant is: ISOLATED. And `arn:*:` was read as if a partition could hold all the rest of an
ARN, so that whether a tenant's bucket is another's was left open.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.bypasses.test_a_copy_in_another_region import said
from tests.prover.situations import ACCOUNT, TAG, allow

TABLES = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table"
STREAMS = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream"


@pytest.mark.parametrize(
    ("entry", "own", "statement", "verdict"),
    [
        (
            f"{TABLES}/*${{tenant}}/index/*",
            allow("dynamodb:Query", f"{TABLES}/{TAG}/index/*"),
            allow("dynamodb:Query", f"{TABLES}/globex/index/*"),
            "LEAK",
        ),
        (
            f"{TABLES}/t-*-${{tenant}}/index/*",
            allow("dynamodb:Query", f"{TABLES}/t--{TAG}/index/*"),
            allow("dynamodb:Query", f"{TABLES}/t--globex/index/*"),
            "LEAK",
        ),
        (
            f"{STREAMS}/*${{tenant}}/consumer/*",
            allow("kinesis:SubscribeToShard", f"{STREAMS}/{TAG}/consumer/*"),
            allow("kinesis:SubscribeToShard", f"{STREAMS}/globex/consumer/*"),
            "LEAK",
        ),
        (
            f"{TABLES}/t-*-${{tenant}}/index/*",
            allow("dynamodb:Query", f"{TABLES}/t--{TAG}/index/*"),
            allow("dynamodb:Query", f"{TABLES}/Prices/index/*"),
            "ISOLATED",
        ),
    ],
)
def test_a_star_of_no_character(
    entry: str, own: dict[str, Any], statement: dict[str, Any], verdict: str, tmp_path: Path
) -> None:
    assert said(tmp_path, {}, {"kind": "arn", "arn": entry}, own, statement) == verdict


@pytest.mark.parametrize(
    ("entry", "action", "resource"),
    [
        ("arn:*:s3:::${tenant}-documents-*", "s3:*", "arn:aws:s3:::{}-documents-*"),
        ("arn:*:s3:::${tenant}-documents-*/*", "s3:GetObject", "arn:aws:s3:::{}-documents-*"),
        ("arn:*:s3:::${tenant}-documents/*", "s3:GetObject", "arn:aws:s3:::{}-documents/*"),
        ("arn:*:sqs:*:*:${tenant}-jobs", "sqs:*", f"arn:aws:sqs:us-east-1:{ACCOUNT}:{{}}-jobs"),
        ("arn:*:dynamodb:*:*:table/${tenant}-visits", "dynamodb:*", f"{TABLES}/{{}}-visits"),
        (
            "arn:*:secretsmanager:*:*:secret:${tenant}-*",
            "secretsmanager:*",
            f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:{{}}-*",
        ),
        ("arn:aws:sns:?*:*:${tenant}-news", "sns:*", f"arn:aws:sns:us-east-1:{ACCOUNT}:{{}}-news"),
    ],
)
def test_a_star_before_the_name_holds_no_colon(entry: str, action: str, resource: str, tmp_path: Path) -> None:
    owned = {"kind": "arn", "arn": entry}
    own = allow(action, resource.format(TAG))
    assert said(tmp_path / "own", {}, owned, own) == "ISOLATED"
    assert said(tmp_path / "globex", {}, owned, own, allow(action, resource.format("globex"))) == "LEAK"
    assert said(tmp_path / "all", {}, owned, own, allow(action, "*")) == "LEAK"
