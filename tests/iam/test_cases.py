"""The case corpus: each file of `cases/` holds groups, each group names the AWS document that decides it.

`conditions` are rows `[operator, values, context value, holds]`, `~` for a key that the request lacks; each is asked in
an Allow and in a Deny. `requests` are questions to `simulate`, with statements in short form: `{Allow: actions,
on: resources, when: conditions, to: principal}`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any  # the door through which YAML comes in

import pytest
import yaml

from scanner.iam.simulation import simulate

CASES = Path(__file__).parent / "cases"
ROLE = "arn:aws:iam::111122223333:role/app"
SHORT = {
    "on": "Resource",
    "not_on": "NotResource",
    "when": "Condition",
    "to": "Principal",
    "not_to": "NotPrincipal",
    "sid": "Sid",
}
DOCUMENTS = ("identity", "boundary", "session", "endpoint")
SINGLE = ("resource_policy", "trust")
LEVELS = ("scps", "rcps")


def groups() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(CASES.glob("*.yaml")):
        for group in yaml.safe_load(path.read_text("utf-8")):
            yield path.stem, group


def condition_cases() -> Iterator[Any]:
    for stem, group in groups():
        for operator, values, given, holds in group.get("conditions", ()):
            yield pytest.param(
                group.get("key", "aws:PrincipalTag/team"),
                operator,
                values,
                given,
                holds,
                id=f"{stem}: {operator} {values!r} given {given!r}",
            )


def request_cases() -> Iterator[Any]:
    for stem, group in groups():
        for case in group.get("requests", ()):
            yield pytest.param({**group.get("given", {}), **case}, id=f"{stem}: {case['name']}")


def document(statements: Any, version: str) -> dict[str, Any]:
    if isinstance(statements, dict) and "Statement" in statements:
        return statements
    listed = statements if isinstance(statements, list) else [statements]
    return {"Version": version, "Statement": [statement(item) for item in listed]}


def statement(short: dict[str, Any]) -> dict[str, Any]:
    full: dict[str, Any] = {}
    for key, value in short.items():
        if key in ("Allow", "Deny"):
            full |= {"Effect": key, "Action": value}
        elif key in ("AllowNot", "DenyNot"):
            full |= {"Effect": key.removesuffix("Not"), "NotAction": value}
        else:
            full[SHORT[key]] = value
    return full


def question(case: dict[str, Any]) -> dict[str, Any]:
    version = str(case.get("version", "2012-10-17"))
    asked: dict[str, Any] = {
        "request": {
            "principal": case.get("principal", ROLE),
            "action": case["action"],
            "resource": case.get("resource", "*"),
            "context": case.get("context", {}),
        }
    }
    if "resource_account" in case:
        asked["request"]["resource_account"] = case["resource_account"]
    for layer in DOCUMENTS:
        if layer in case:
            asked[layer] = [with_resource(one, version) for one in separate(case[layer])]
    for layer in SINGLE:
        if layer in case:
            asked[layer] = document(case[layer], version)
    for layer in LEVELS:
        if layer in case:
            asked[layer] = [[with_resource(one, version) for one in level] for level in case[layer]]
    for layer in ("grants", "public_access_block"):
        if layer in case:
            asked[layer] = case[layer]
    return asked


def separate(value: Any) -> list[Any]:
    """A list of lists is several documents, a list of statements one."""
    return value if value and isinstance(value[0], list) else [value] if value else []


def with_resource(statements: Any, version: str) -> dict[str, Any]:
    made = document(statements, version)
    for item in made["Statement"]:
        if "NotResource" not in item:
            item.setdefault("Resource", "*")
    return made


def answer(case: dict[str, Any]) -> str:
    return str(simulate(question(case))["decision"])


@pytest.mark.parametrize(("key", "operator", "values", "given", "holds"), list(condition_cases()))
def test_a_condition_holds_as_documented(key: str, operator: str, values: Any, given: Any, holds: bool) -> None:
    context = {} if given is None else {key: given}
    when = {operator: {key: values}}
    asked = {"action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", "context": context}
    allow = {"Allow": "s3:*", "when": when}
    assert answer({**asked, "identity": [allow]}) == ("ALLOWED" if holds else "IMPLICIT_DENY")
    deny = [{"Allow": "*"}, {"Deny": "s3:*", "when": when}]
    assert answer({**asked, "identity": deny}) == ("EXPLICIT_DENY" if holds else "ALLOWED")


@pytest.mark.parametrize("case", list(request_cases()))
def test_a_request_is_decided_as_documented(case: dict[str, Any]) -> None:
    found = simulate(question(case))
    assert found["decision"] == case["decision"], found["decisive"]
    for key in ("missing_context_keys", "ignored_context_keys"):
        if key in case:
            assert found[key] == case[key]
    if "layers" in case:
        decisive = found["decisive"]
        assert isinstance(decisive, list)
        assert sorted({str(one["layer"]) for one in decisive}) == sorted(case["layers"])


def test_the_corpus_is_large_and_every_group_names_its_aws_document() -> None:
    count = 0
    for stem, group in groups():
        assert group["document"].startswith("https://docs.aws.amazon.com/"), stem
        count += len(group.get("conditions", ())) + len(group.get("requests", ()))
    assert count >= 400
