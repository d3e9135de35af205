"""An exception that means a resource by its construct path covered any new file that claimed the path.

It stands in the template. With `scan --since` a change so got past the gate without touching `exceptions.yaml`.
"""

from __future__ import annotations

import pytest

from tests.cli.test_change_gate import Commit, commit, scan

__all__ = ["commit"]

PATH = "Clinic/Visits/Resource"
SETTINGS = (
    "version: 1\naccount: '111122223333'\nregion: eu-west-1\ntenant_id: {pattern: '[a-z]{3,20}', tags: [TenantId]}\n"
)


def topic(name: str = "visits", path: str = PATH, logical_id: str = "Visits") -> str:
    body = f"{{Type: AWS::SNS::Topic, Properties: {{TopicName: {name}}}, Metadata: {{'aws:cdk:path': {path}}}}}"
    return f"Resources:\n  {logical_id}: {body}\n"


MANY = "".join(f"  T{each}: {{Type: AWS::SNS::Topic, Properties: {{TopicName: t{each}}}}}\n" for each in range(12))


def exception(resource: str) -> str:
    entry = "rule: sns-kms, because: accepted in this test for no other reason, owner: b@b.example, until: 2027-06-30"
    return f"- {{resource: '{resource}', approved_by: c@b.example, {entry}}}\n"


def verdicts(capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, str], list[str]]:
    _, report = scan(capsys, "--select", "sns-kms")
    told = [each["message"] for each in report["errors"] if "which has the same name" in each["message"]]
    found = {each["resource"]["address"]: each["verdict"] for each in report["findings"] if each["rule"] == "sns-kms"}
    return found, told


@pytest.mark.parametrize("claims", [topic("others"), topic("others", logical_id="Other")], ids=["alike", "another id"])
def test_a_new_file_that_claims_the_name(commit: Commit, capsys: pytest.CaptureFixture[str], claims: str) -> None:
    commit({"a.yaml": topic(), "exceptions.yaml": exception(PATH), "tenancy.yaml": SETTINGS})
    commit({"b.yaml": claims})
    found, told = verdicts(capsys)
    assert found.pop("a.yaml#Visits") == "SUPPRESSED"
    assert set(found.values()) == {"FAIL"}
    assert len(told) == 1 and "means a.yaml#Visits" in told[0]


@pytest.mark.parametrize("moved", ["b.yaml", "stacks/a.yaml"])
def test_a_file_that_was_moved(commit: Commit, capsys: pytest.CaptureFixture[str], moved: str) -> None:
    commit({"a.yaml": topic(), "exceptions.yaml": exception(PATH), "tenancy.yaml": SETTINGS})
    commit({"a.yaml": None, moved: topic()})
    assert verdicts(capsys) == ({f"{moved}#Visits": "SUPPRESSED"}, [])


KEPT = {"b.yaml#Visits": "SUPPRESSED"}
ONE, TWO = topic("one", logical_id="One"), topic("two", logical_id="Two")
AFTER_A: dict[str, tuple[dict[str, str | None], dict[str, str]]] = {
    "moved, and another file claims it": ({"b.yaml": topic() + MANY, "c.yaml": ONE}, KEPT),
    "moved, with another resource that claims it": ({"b.yaml": topic() + MANY + ONE.partition("\n")[2]}, KEPT),
    "gone, and two claim it": ({"b.yaml": ONE, "c.yaml": TWO}, {}),
    "gone, and one claims it": ({"b.yaml": ONE}, {}),
}


@pytest.mark.parametrize("name", AFTER_A)
def test_only_the_resource_of_a_moved_file_keeps_it(
    commit: Commit, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    after, wanted = AFTER_A[name]
    commit({"a.yaml": topic() + MANY, "exceptions.yaml": exception(PATH), "tenancy.yaml": SETTINGS})
    commit({"a.yaml": None, **after})
    found, told = verdicts(capsys)
    assert {address: verdict for address, verdict in found.items() if verdict != "FAIL"} == wanted
    assert told and all("means a.yaml#Visits" in each for each in told)


@pytest.mark.parametrize(
    ("meant", "before", "after"),
    [
        # What a pattern takes in was meant to be taken in, and what was accepted before there is anything of the name.
        ("Clinic/*", {"a.yaml": topic()}, {"b.yaml": topic("others", "Clinic/Other/Resource")}),
        (PATH, {"a.yaml": topic("x", "Clinic/Other/Resource")}, {"b.yaml": topic()}),
    ],
    ids=["a pattern", "an exception for what comes"],
)
def test_what_an_exception_was_meant_for(
    commit: Commit,
    capsys: pytest.CaptureFixture[str],
    meant: str,
    before: dict[str, str | None],
    after: dict[str, str | None],
) -> None:
    commit({**before, "exceptions.yaml": exception(meant), "tenancy.yaml": SETTINGS})
    commit(after)
    found, told = verdicts(capsys)
    assert found["b.yaml#Visits"] == "SUPPRESSED" and told == []


def test_names_that_were_there_twice(commit: Commit, capsys: pytest.CaptureFixture[str]) -> None:
    commit({"a.yaml": topic(), "b.yaml": topic(), "exceptions.yaml": exception(PATH), "tenancy.yaml": SETTINGS})
    commit({"c.yaml": topic("c")})
    found, _ = verdicts(capsys)
    assert found == {"a.yaml#Visits": "SUPPRESSED", "b.yaml#Visits": "SUPPRESSED", "c.yaml#Visits": "FAIL"}
