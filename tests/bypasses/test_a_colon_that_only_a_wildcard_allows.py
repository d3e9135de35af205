"""A leak was claimed for a name whose colon only the owner's wildcard could have put there: whether the policy's `*`
crosses it is not documented, so nothing is known either way. Found by the random questions."""

from __future__ import annotations

from pathlib import Path

from tests.prover.situations import BUCKET, DATA, Situation, allow, deny, role, verdict


def test_a_name_with_a_strange_colon_is_not_proved_and_not_claimed(tmp_path: Path) -> None:
    owned = [{"kind": "s3-object", "bucket": "clinic-data", "key": "*-*${tenant}"}]
    statements = [allow("s3:GetObject", f"{BUCKET}/*"), deny("s3:GetObject", Resource=f"{BUCKET}/*-*")]
    situation = Situation({"AppRole": role(*statements), "Data": DATA}, owned, pattern="[aA]{1,2}")
    assert verdict(situation.proofs(tmp_path)) == "NOT_PROVEN"
