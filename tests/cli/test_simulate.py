"""`tenantproof simulate`, as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner.cli.main import main

ROLE = "arn:aws:iam::111122223333:role/Api"


def question(action: str = "s3:GetObject", **more: object) -> dict[str, object]:
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}],
    }
    request = {
        "principal": ROLE,
        "action": action,
        "resource": "arn:aws:s3:::data/a",
        "resource_account": "111122223333",
    }
    return {"request": request, "identity": [policy], **more}


def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> tuple[int, list[dict[str, object]], str]:
    (tmp_path / "q.json").write_text(text, "utf-8")
    code = main(["simulate", str(tmp_path / "q.json")])
    captured = capsys.readouterr()
    return code, [json.loads(line) for line in captured.out.splitlines()], captured.err


def test_one_request_is_decided_with_the_statement_that_decides(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, (answer,), _ = ask(tmp_path, capsys, json.dumps(question(), indent=2))
    assert (code, answer["decision"]) == (0, "ALLOWED")
    decisive = answer["decisive"]
    assert isinstance(decisive, list) and decisive[0]["layer"] == "identity"


def test_a_request_that_is_refused_is_decided_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, (answer,), _ = ask(tmp_path, capsys, json.dumps(question("s3:PutObject")))
    assert (code, answer["decision"]) == (0, "IMPLICIT_DENY")


def test_json_lines_are_answered_in_order_and_a_bad_line_does_not_stop_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [json.dumps(question()), "{", json.dumps(question("s3:PutObject"))]
    code, answers, told = ask(tmp_path, capsys, "\n".join(lines))
    assert code == 2
    assert [answer["decision"] for answer in answers] == ["ALLOWED", "IMPLICIT_DENY"]
    assert "q.json:2:2: not JSON" in told


def test_an_unknown_key_is_told_with_what_was_meant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, answers, told = ask(tmp_path, capsys, json.dumps(question(boundry=[])))
    assert (code, answers) == (2, [])
    assert "did you mean `boundary`?" in told


def test_a_file_that_is_not_there_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", str(tmp_path / "none.json")]) == 2
    assert "cannot be read" in capsys.readouterr().err
