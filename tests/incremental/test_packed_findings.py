"""Findings that are kept between scans come back to the byte."""

from __future__ import annotations

import json
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.findings.report_document import ExceptionDocument, FindingDocument
from scanner.incremental.packed_findings import KeptFinding, pack, unpack
from scanner.scanning import scan
from tests.conftest import ROOT

texts = st.text(max_size=8)
resources = st.fixed_dictionaries(
    {
        "address": st.sampled_from(["a.yaml#A", "a.yaml#B", "b.yaml#A", "arn:aws:s3:::x"]),
        "type": texts,
        "logical_id": st.none() | texts,
        "origin": st.sampled_from(["user", "framework"]),
        "construct_path": st.none() | texts,
        "arn": st.none(),
        "account": st.none() | texts,
        "region": st.none(),
        "stack": st.none() | texts,
        "tenant": st.none() | texts,
    }
)
head = {
    "id": st.text("0123456789abcdef", min_size=16, max_size=16),
    "rule": st.sampled_from(["one", "two"]),
    "severity": st.sampled_from(["high", "low"]),
    "layer": st.just("access"),
}
notes = {"assumptions": st.lists(texts, max_size=2)}
proofs = st.fixed_dictionaries({"theorem": texts})
met = st.fixed_dictionaries(
    {**head, "verdict": st.just("PASS"), "resource": resources},
    optional={
        "assumptions": st.lists(texts, min_size=1, max_size=2),
        "proof": st.fixed_dictionaries({"theorem": texts}),
    },
)
not_applicable = st.fixed_dictionaries(
    {**head, "verdict": st.just("NOT_APPLICABLE"), "resource": resources, "message": texts},
    optional={"assumptions": st.lists(texts, min_size=1, max_size=2)},
)
loud = st.fixed_dictionaries(
    {
        **head,
        "verdict": st.sampled_from(["FAIL", "UNKNOWN", "SUPPRESSED"]),
        "resource": resources,
        "message": texts,
        "location": st.none(),
        "source": st.none(),
        "evidence": st.lists(st.fixed_dictionaries({"path": texts, "value": st.integers() | texts}), max_size=2),
        **notes,
        "world": st.just({}),
        "unknown": st.none() | st.fixed_dictionaries({"cause": st.just("parameter"), "detail": texts}),
        "proof": st.none(),
        "counterexample": st.none(),
        "fix": texts,
        "controls": st.lists(texts, max_size=2),
        "exception": st.none() | st.fixed_dictionaries({"owner": texts}),
    }
)


def _back(findings: list[FindingDocument]) -> list[KeptFinding]:
    return [*unpack(json.loads(json.dumps(pack(findings))), lambda _: True)]


def _sorted(findings: list[FindingDocument]) -> list[str]:
    return sorted(map(json.dumps, findings))


@given(st.lists(met | not_applicable | loud, max_size=6))
@pytest.mark.full
def test_every_finding_comes_back_whole(findings: list[FindingDocument]) -> None:
    def told(each: FindingDocument) -> str:
        return json.dumps(each, sort_keys=True)

    assert sorted(told(each.document()) for each in _back(findings)) == sorted(map(told, findings))


@pytest.mark.full
def test_those_of_a_real_report_come_back_to_the_byte_and_in_their_order() -> None:
    findings = scan(ROOT / "examples" / "virtual-clinic").report["findings"]
    back = _back(findings)
    assert _sorted([each.document() for each in back]) == _sorted(findings)
    for loud_ones in (True, False):
        wanted = [each["id"] for each in findings if ("location" in each) is loud_ones]
        assert [each.id for each in back if ("location" in each.document()) is loud_ones] == wanted


@pytest.mark.full
def test_what_a_gate_and_a_roll_up_ask_is_there() -> None:
    findings = scan(ROOT / "examples" / "virtual-clinic").report["findings"]
    documents = {each["id"]: each for each in findings}
    for kept in _back(findings):
        document = documents[kept.id]
        assert (kept.rule, kept.severity, kept.layer) == (document["rule"], document["severity"], document["layer"])
        assert kept.resource == document["resource"]
        assert list(kept.assumptions) == document.get("assumptions", [])
        unknown = document.get("unknown")
        assert (kept.unknown.cause if kept.unknown else None) == (unknown["cause"] if unknown else None)


@pytest.mark.full
def test_only_those_on_wanted_addresses_are_made() -> None:
    findings = scan(ROOT / "examples" / "virtual-clinic").report["findings"]
    packed = json.loads(json.dumps(pack(findings)))
    address = findings[0]["resource"]["address"]
    assert {each.resource["address"] for each in unpack(packed, lambda each: each == address)} == {address}


@pytest.mark.full
def test_an_exception_that_was_put_over_it_since_is_told() -> None:
    (kept, *_) = _back(
        [each for each in scan(ROOT / "examples" / "virtual-clinic").report["findings"] if "fix" in each]
    )
    kept.verdict, kept.exception = "SUPPRESSED", cast("ExceptionDocument", {"owner": "team"})
    document = kept.document()
    assert (document["verdict"], document["exception"]) == ("SUPPRESSED", {"owner": "team"})


@pytest.mark.parametrize("broken", [{}, {"rules": 1}, {"rules": [], "resources": [[1]]}])
def test_what_is_no_pack_raises(broken: object) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        list(unpack(broken, lambda _: True))
