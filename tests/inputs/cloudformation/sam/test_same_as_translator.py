"""Templates in the manner of the translator's own fixtures: one feature each, and the same resources as it makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.inputs.cloudformation.sam.expand import expand
from scanner.text.reading import read
from tests.inputs.cloudformation.sam.test_expand import document_of, in_s3, not_always_deployed, translated

FEATURES = sorted((Path(__file__).parent / "features").glob("*.yaml"))


def test_there_are_features() -> None:
    assert len(FEATURES) == 10


@pytest.mark.parametrize("path", FEATURES, ids=lambda path: path.stem)
def test_the_same_resources_are_made(path: Path) -> None:
    document = read(path.read_bytes(), "t.yaml", cloudformation=True)
    assert isinstance(document.data, dict)
    packaged = in_s3(document.data)
    theirs = translated(not_always_deployed(packaged), "eu-west-1")
    ours = expand(document_of(packaged), {}, "eu-west-1")
    assert not ours.problems, ours.problems
    resources = ours.body["Resources"]
    assert isinstance(resources, dict)
    kept = {
        name: {
            key: child for key, child in body.items() if key != "Metadata" or "Metadata" in theirs["Resources"][name]
        }
        for name, body in resources.items()
    }
    assert kept == theirs["Resources"]
    assert ours.body.get("Conditions") == theirs.get("Conditions")
