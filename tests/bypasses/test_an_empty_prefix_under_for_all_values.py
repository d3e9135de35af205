"""`ForAllValues` with a Null guard on `s3:prefix` was taken for a proof; but an empty prefix counts as no values, is
there, and lists every tenant's objects ("Multivalued context keys", IAM User Guide). Found by the random questions."""

from __future__ import annotations

from pathlib import Path

from tests.prover.situations import BUCKET, DATA, OBJECT_ENTRY, TAG, Situation, allow, role


def test_the_null_guard_does_not_close_an_empty_prefix(tmp_path: Path) -> None:
    condition = {"ForAllValues:StringLike": {"s3:prefix": f"{TAG}/*"}, "Null": {"s3:prefix": "false"}}
    situation = Situation({"AppRole": role(allow("s3:ListBucket", BUCKET, condition)), "Data": DATA}, [OBJECT_ENTRY])
    (leak,) = [each for each in situation.proofs(tmp_path) if each["proof"]["verdict"] == "LEAK"]
    assert leak["counterexample"]["context"]["s3:prefix"] == ""
    assert leak["counterexample"]["replayed"] is True
