"""Our authorizer against the API server's own, by answers that its code gave (Kubernetes 1.20.2, Debian's source)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.kubernetes.authorizer import Request, decide
from scanner.kubernetes.cluster import clusters_of
from tests.kubernetes.apiserver_requests import ANSWERS, SEEDS, asked, digest, question
from tests.kubernetes.test_against_can_i import read

RECORDED: dict[str, list[str]] = json.loads(ANSWERS.read_text("utf-8"))


def check(folder: Path, seeds: range) -> tuple[int, int]:
    """How many requests were asked and allowed."""
    number = allowed = 0
    for seed in seeds:
        sign, packed = RECORDED[str(seed)]
        assert digest(question(seed)) == sign, "the clusters are others now: record the answers anew"
        objects, requests = asked(seed)
        (cluster,) = clusters_of(read(folder / str(seed), objects)).values()
        bits = f"{int(packed, 16):0{len(packed) * 4}b}"
        for each, said in zip(requests, bits, strict=True):
            request = Request(
                each["User"],
                frozenset(each["Groups"]),
                each["Verb"],
                each["Group"],
                each["Resource"],
                each["Subresource"],
                each["Namespace"],
                each["Name"],
            )
            assert decide(request, cluster.bindings, cluster.role).allowed is (said == "1"), (seed, each)
            number, allowed = number + 1, allowed + (said == "1")
    return number, allowed


def test_some_answers_are_the_same(tmp_path: Path) -> None:
    number, allowed = check(tmp_path, range(SEEDS.start, SEEDS.start + 15))
    assert number == 3_000
    assert allowed > 50


@pytest.mark.full
def test_all_answers_are_the_same(tmp_path: Path) -> None:
    number, allowed = check(tmp_path, SEEDS)
    assert number == 60_000
    assert allowed > 1_000
