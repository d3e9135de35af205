"""Condition keys whose value the resource's ARN has as well: a caller who asks for one resource cannot say another.

From the descriptions of the keys in the "Service Authorization Reference".
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import ACCOUNT, TAG, allow, deny, role, said_of_roles

HERE = f"us-east-1:{ACCOUNT}"
USER, DATABASE = f"redshift:{HERE}:dbuser:main/${{tenant}}", f"redshift:{HERE}:dbname:main/${{tenant}}"
TASK, SERVICE = f"ecs:{HERE}:task/${{tenant}}/*", f"ecs:{HERE}:service/${{tenant}}-c/*"
SECRET, NAMED = f"secretsmanager:{HERE}:secret:${{tenant}}/db-??????", f"secretsmanager:{HERE}:secret:${{tenant}}/db"
INSTANCE = f"connect:{HERE}:instance/${{tenant}}"
CREDENTIALS, STOP, GET = "redshift:GetClusterCredentials", "ecs:StopTask", "secretsmanager:GetSecretValue"
OWN_CLUSTER = f"arn:aws:ecs:{HERE}:cluster/{TAG}"
BY_ARN = f"arn:aws:secretsmanager:{HERE}:secret:{TAG}/*"


def asked(operator: str, key: str, value: str) -> dict[str, Any]:
    return {operator: {key: value}}


def user(operator: str, value: str = TAG) -> dict[str, Any]:
    return asked(operator, "redshift:DbUser", value)


def secret(operator: str, value: str) -> dict[str, Any]:
    return asked(operator, "secretsmanager:SecretId", value)


CASES: dict[str, tuple[str, list[dict[str, Any]], str]] = {
    "the own database user": (USER, [allow(CREDENTIALS, "*", user("StringEquals"))], "ISOLATED"),
    "a user whose name begins as the own": (USER, [allow(CREDENTIALS, "*", user("StringLike", f"{TAG}*"))], "LEAK"),
    "any user": (USER, [allow(CREDENTIALS, "*", asked("Null", "redshift:DbUser", "false"))], "LEAK"),
    "others denied": (
        USER,
        [allow(CREDENTIALS, "*"), deny(CREDENTIALS, user("StringNotEquals"), Resource="*")],
        "ISOLATED",
    ),
    "the database, which is another thing": (
        USER,
        [allow(CREDENTIALS, "*", asked("StringEquals", "redshift:DbName", TAG))],
        "LEAK",
    ),
    "the own database": (
        DATABASE,
        [allow(CREDENTIALS, "*", asked("StringEquals", "redshift:DbName", TAG))],
        "ISOLATED",
    ),
    "the own cluster": (TASK, [allow(STOP, "*", asked("ArnEquals", "ecs:cluster", OWN_CLUSTER))], "ISOLATED"),
    "the own cluster, or none said": (
        TASK,
        [allow(STOP, "*", asked("ArnEqualsIfExists", "ecs:cluster", OWN_CLUSTER))],
        "LEAK",
    ),
    "services of the own cluster": (
        SERVICE,
        [allow("ecs:UpdateService", "*", asked("ArnEquals", "ecs:cluster", f"{OWN_CLUSTER}-c"))],
        "ISOLATED",
    ),
    "the own secret by its ARN": (SECRET, [allow(GET, "*", secret("StringLike", BY_ARN))], "ISOLATED"),
    "the own secret, always by its ARN": (SECRET, [allow(GET, "*", secret("StringLikeIfExists", BY_ARN))], "ISOLATED"),
    "the own secret by its name": (SECRET, [allow(GET, "*", secret("StringLike", f"{TAG}/*"))], "ISOLATED"),
    "the own secret, written without what AWS adds": (
        NAMED,
        [allow(GET, "*", secret("StringLike", BY_ARN))],
        "ISOLATED",
    ),
    "every ARN": (SECRET, [allow(GET, "*", secret("StringLike", "arn:*"))], "LEAK"),
    "no ARN": (SECRET, [allow(GET, "*"), deny(GET, secret("StringLike", "arn:*"), Resource="*")], "LEAK"),
    "a name with the own id in it": (SECRET, [allow(GET, "*", secret("StringLike", f"*{TAG}*"))], "LEAK"),
    "an instance": (
        INSTANCE,
        [allow("connect:DescribeInstance", "*", asked("StringEquals", "connect:InstanceId", TAG))],
        "ISOLATED",
    ),
}


@pytest.mark.parametrize("name", list(CASES))
def test_what_the_condition_lets_through(name: str, tmp_path: Path) -> None:
    owned, statements, expected = CASES[name]
    action = statements[0]["Action"]
    own = allow(action, f"arn:aws:{owned}".replace("${tenant}", TAG))
    said = said_of_roles(
        tmp_path,
        {"AppRole": role(own, *statements, RoleName="AppRole")},
        owned=[{"kind": "arn", "arn": f"arn:aws:{owned}"}],
    )
    assert said["AppRole"] == expected
