"""A few lines of a file are shown as they are shown with all others: nothing but time is saved by not reading these."""

from __future__ import annotations

import random

import pytest

from scanner.inputs.secret_spans import SecretSpans
from scanner.text.lines import Lines
from scanner.text.yaml import read_yaml

PLAIN = (
    "      Name: plain\n",
    "      Long: " + "x" * 90 + "\n",
    "      EnvironmentVariables: [{Name: A, Value: one}, {Name: B, Value: two three}]\n",
    "      MasterUserPassword: '{{resolve:secretsmanager:db}}'\n",
    "      UserData: |\n        #!/bin/bash\n        echo started\n\n        echo done\n",
)
VALUES = (
    "      Key: AKIAABCDEFGHIJKLMNOP\n",
    "      Url: postgres://app:hunter22@db.internal/orders\n",
    "      Note: >-\n        the password: hunter22;\n        and more\n",
    "      Encoded: cGFzc3dvcmQ9aHVudGVyMjIxMjM0NTY3ODkwCg==\n",
    "      List: [curl, '-u', 'admin:hunter22', https://example.com]\n",
)
COMMENTS = (
    "      # curl -u admin:hunter22 \\\n      #   https://example.com\n",
    "      # curl \\\n      # -k \\\n      # -u admin:hunter22 https://example.com \\\n",
    "      UserData: |\n        run \\\n          again\n\n        # again \\\n        echo done\n",
    "      # AKIAABCDEFGHIJKLMNOP in a comment\n",
)
WHOLE = (
    "      Script: |\n        mysql -u root \\\n          -phunter22 \\\n          orders\n        echo done\n",
    "      MasterUserPassword: |\n        hunter22\n        and more\n",
    "      Blank: ''\n\n\n",
)
FILLING = "".join(f"      Filling{number}: {'y' * 60}\n" for number in range(20))
SETS = {"values": (*PLAIN, *VALUES), "comments": (*PLAIN, *COMMENTS), "all": (*PLAIN, *VALUES, *COMMENTS, *WHOLE)}


def _document(seed: int, pieces: tuple[str, ...]) -> str:
    chosen = random.Random(seed)
    made = "Resources:\n"
    for number in range(6):
        made += f"  R{number}:\n    Type: AWS::S3::Bucket\n    Properties:\n      First: 1\n"
        keys: set[str] = set()
        for piece in chosen.choices(pieces, k=4):
            key = piece.split(":")[0]
            if key not in keys or key.lstrip().startswith("#"):
                keys.add(key)
                made += piece
        made += FILLING.replace("Filling", f"Filling{number}x") if number == 2 else ""
    return made if seed % 2 else made.rstrip("\n")


def _spans(text: str) -> SecretSpans:
    return SecretSpans(read_yaml(text, "t.yaml", cloudformation=True))


@pytest.mark.parametrize("pieces", SETS)
@pytest.mark.parametrize("seed", range(40))
def test_lines_are_shown_as_in_the_whole_text(seed: int, pieces: str) -> None:
    text = _document(seed, SETS[pieces])
    whole = Lines(_spans(text).replaced())
    count = text.count("\n") + 1
    spans = _spans(text)
    for first in range(1, count + 3):
        for last in (first, first + 1, first + 4):
            assert spans.lines(first, last) == whole.between(first, last)
    if pieces != "all":
        assert "_text" not in vars(spans), "it was looked through as a whole"
