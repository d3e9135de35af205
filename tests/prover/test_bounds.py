"""Hostile and huge policies end in an answer within a bound, never in a hang."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.prover.situations import BUCKET, DATA, OBJECT_ENTRY, TAG, Situation, allow, deny, role, verdict

MOST_SECONDS = 10.0
"""Of CPU, for all rules together; the machine of a test may be slow and busy."""

STARS = "*a" * 30
HUGE = {
    "many patterns that all but match": [
        allow("s3:GetObject", [f"{BUCKET}/{TAG}/x{number}-{inner}*" for inner in range(20)]) for number in range(60)
    ],
    "many denies that all might apply": [
        allow("s3:*", f"{BUCKET}/*"),
        *(deny("s3:GetObject", Resource=f"{BUCKET}/*{number}*{TAG}*") for number in range(60)),
    ],
    "pathological wildcards": [allow("s3:GetObject", f"{BUCKET}/{STARS}{TAG}{STARS}")],
    "denies of pathological wildcards": [
        allow("s3:GetObject", f"{BUCKET}/*"),
        *(deny("s3:GetObject", Resource=f"{BUCKET}/{'*a*b' * 8}{number}") for number in range(8)),
    ],
    "the tenant over and over": [allow("s3:GetObject", f"{BUCKET}/*{TAG}*{TAG}*{TAG}*{TAG}*x")],
    "many conditions on free keys": [
        allow("s3:GetObject", f"{BUCKET}/*", {"StringLike": {f"aws:RequestTag/k{n}": f"{TAG}*{n}" for n in range(40)}}),
        *(deny("s3:GetObject", {"StringNotLike": {f"aws:UserAgent{n}": f"*{n}*"}}, Resource="*") for n in range(30)),
    ],
}


@pytest.mark.parametrize("name", list(HUGE))
@pytest.mark.full
def test_the_proof_ends_in_time(name: str, tmp_path: Path) -> None:
    situation = Situation({"AppRole": role(*HUGE[name]), "Data": DATA}, [OBJECT_ENTRY])
    started = time.process_time()
    findings = situation.proofs(tmp_path)
    assert time.process_time() - started < MOST_SECONDS
    assert verdict(findings) in ("ISOLATED", "LEAK", "NOT_PROVEN")
    assert any(finding["rule"] == "s3-objects-stay-with-tenant" for finding in findings)
