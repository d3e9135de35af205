"""`rules show --yaml` gives the file of a rule to copy from."""

from __future__ import annotations

import pytest

from scanner.cli.main import main
from tests.conftest import ROOT


def test_one_rule_is_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "show", "rds-encrypted", "--yaml"]) == 0
    assert capsys.readouterr().out == (ROOT / "rules" / "encryption" / "rds-encrypted.yaml").read_text("utf-8")


def test_several_are_documents_of_one_stream(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "show", "rds-encrypted", "s3-versioning", "--yaml"]) == 0
    said = capsys.readouterr().out
    assert said.count("\n---\n") == 1 and "\nid: rds-encrypted\n" in said and "\nid: s3-versioning\n" in said


def test_a_rule_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "show", "rds-encrypt", "--yaml"]) == 2
    assert "did you mean `rds-encrypted`" in capsys.readouterr().err
