"""What is proved of the most that a policy may allow holds in each world by itself."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from scanner import Options, scan
from scanner.engine.judging import Judge
from tests.bypasses.test_a_leak_in_a_world_that_was_left_out import ALL, NONE, TENANCY, own, template, when

RULES = ("dynamodb-items-stay-with-tenant", "dynamodb-streams-exports-scoped", "tenant-sessions-cannot-escalate")
OTHERS = (
    ALL,
    NONE,
    ALL.replace("GetItem", "Scan"),
    ALL.replace("dynamodb:GetItem", "iam:PutRolePolicy").replace("Resource: ", 'Resource: "*", X: '),
    NONE.replace("dynamodb:GetItem", "dynamodb:Scan"),
    NONE.replace("dynamodb:GetItem", "*"),
    '{Effect: Allow, NotAction: "iam:*", Resource: "arn:aws:s3:::x"}',
    '{Effect: Deny, NotAction: "dynamodb:*", Resource: "*"}',
)
CONDITIONS = 4


def statements(draw: random.Random) -> list[str]:
    """Some sure, some by a condition as a whole, some with a part that a condition decides."""
    made = [own(0)] if draw.random() < 0.7 else []
    for _ in range(draw.randint(3, 6)):
        number = draw.randrange(CONDITIONS)
        one, other = (draw.choice((own(draw.randrange(5)), *OTHERS[:3], *OTHERS[4:])) for _ in range(2))
        form = draw.randrange(5)
        if form == 0:
            made.append(one)
        elif form == 1:
            made.append(when(number, one, other))
        elif form == 2:
            action = when(number, '"dynamodb:Query"', '"dynamodb:GetItem"')
            made.append(own(0, action) if draw.random() < 0.5 else ALL.replace('"dynamodb:GetItem"', action))
        else:
            made.append(when(number, one) if form == 3 else when(number, '!Ref "AWS::NoValue"', one))
    return made


def verdicts(folder: Path) -> dict[str, str]:
    report = scan(options=Options(paths=[folder], select=RULES)).report
    return {each["rule"]: each["verdict"] for each in report["findings"] if each["resource"]["logical_id"] == "AppRole"}


def said_without_worlds(folder: Path) -> dict[str, str]:
    judge = Judge.judge

    def wide(self: Judge, rule: object, resource: object, names: object) -> object:
        found = judge(self, rule, resource, names)  # type: ignore[arg-type]  # as they come
        if isinstance(names, str) or not getattr(rule, "theorems", ()) or found.verdict == "NOT_APPLICABLE":
            return found
        return self._whichever(rule, resource, names) or self.describe.not_applicable(rule, resource, "no bound")  # type: ignore[arg-type]  # as above

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Judge, "judge", wide)
        return verdicts(folder)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(4))
def test_no_proof_holds_of_the_bounds_alone(tmp_path: Path, seed: int) -> None:
    draw, proved = random.Random(f"bounds {seed}"), 0
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "tenancy.yaml").write_text(TENANCY, "utf-8")
        (folder / "t.yaml").write_text(template(*statements(draw)), "utf-8")
        wide, tried = said_without_worlds(folder), verdicts(folder)
        for rule, said in wide.items():
            assert said != "PASS" or tried[rule] == "PASS", (seed, number, rule, tried)
            proved += said == "PASS"
    assert proved
