"""`exceptions list` and `exceptions add`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from scanner.cli.main import main

BECAUSE = "Load balancer logs hold no patient data."
EXISTING = f"""\
# kept: the privacy officer reads this file
- rule: s3-access-logs   # a comment
  resource: "b.yaml#*"
  because: >
    {BECAUSE}
  owner: platform@clinic.example
  until: 2026-12-20
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return tmp_path


def add(**changes: str | None) -> int:
    given: dict[str, str | None] = {
        "rule": "s3-access-logs",
        "resource": "a.yaml#Bucket",
        "because": BECAUSE,
        "owner": "platform@clinic.example",
        "until": "2027-03-31",
        **changes,
    }
    options = [
        text for key, value in given.items() if value is not None for text in (f"--{key.replace('_', '-')}", value)
    ]
    return main(["exceptions", "add", *options, "--as-of", "2026-11-22"])


@pytest.mark.full
def test_an_added_exception_hides_the_finding(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "a.yaml").write_text("Resources:\n  Bucket: {Type: AWS::S3::Bucket}\n", "utf-8")
    assert add() == 0
    capsys.readouterr()
    main(["scan", ".", "--select", "s3-access-logs", "--format", "json", "--as-of", "2026-11-22"])
    report = json.loads(capsys.readouterr().out)
    assert [each["verdict"] for each in report["findings"] if each["rule"] == "s3-access-logs"] == ["SUPPRESSED"]


@pytest.mark.parametrize("text", [EXISTING, EXISTING.replace("\n", "\r\n"), EXISTING.rstrip("\n")])
@pytest.mark.full
def test_the_rest_of_the_file_stays_as_it_was(project: Path, text: str) -> None:
    (project / "exceptions.yaml").write_bytes(text.encode())
    assert add() == 0
    after = (project / "exceptions.yaml").read_bytes().decode()
    assert after.startswith(text)
    assert ("\r\n" in text) == ("\r\n" in after) and after.count("\r") in (0, after.count("\n"))
    assert [each["resource"] for each in yaml.safe_load(after)] == ["b.yaml#*", "a.yaml#Bucket"]


@pytest.mark.full
def test_an_indented_list_is_added_to_at_its_indentation(project: Path) -> None:
    (project / "exceptions.yaml").write_text("".join(f"  {line}\n" for line in EXISTING.splitlines()), "utf-8")
    assert add() == 0
    assert len(yaml.safe_load((project / "exceptions.yaml").read_text("utf-8"))) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rule": "s3-acess-logs"}, "did you mean `s3-access-logs`?"),
        ({"because": "no"}, "needs at least 20 characters"),
        ({"until": "2029-01-01"}, "more than a year ahead"),
        ({"until": "soon"}, "a date as `YYYY-MM-DD`"),
        ({"until": "2020-01-01"}, "has passed, so the exception would hide nothing"),
        ({"rule": "s3-bucket-public-block"}, "`approved_by` is missing"),
        ({"finding": "xyz"}, "first 6 to 16 characters"),
    ],
)
@pytest.mark.full
def test_an_entry_that_would_hide_nothing_is_not_written(
    project: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, str], said: str
) -> None:
    (project / "exceptions.yaml").write_text(EXISTING, "utf-8")
    assert add(**changes) == 2
    assert said in capsys.readouterr().err
    assert (project / "exceptions.yaml").read_text("utf-8") == EXISTING


@pytest.mark.parametrize("text", ["[]\n", "[{rule: x}]\n", EXISTING + "...\n", "rule: x\n", "- ["])
@pytest.mark.full
def test_a_file_that_cannot_take_an_entry_is_left_alone(
    project: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (project / "exceptions.yaml").write_text(text, "utf-8")
    assert add() == 2
    assert "exceptions.yaml" in capsys.readouterr().err
    assert (project / "exceptions.yaml").read_text("utf-8") == text


@pytest.mark.parametrize(
    "text", ["{not: a mapping}", "*", "- x", "#", "yes", 'a "quoted" \\ text', "two\nlines: of it"]
)
@pytest.mark.full
def test_what_a_person_types_is_only_ever_text(project: Path, text: str) -> None:
    assert add(ticket=text) == 0
    assert yaml.safe_load((project / "exceptions.yaml").read_text("utf-8"))[0]["ticket"] == text


@pytest.mark.full
def test_the_list_names_what_ends_soon(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "exceptions.yaml").write_text(
        EXISTING
        + EXISTING.replace("b.yaml", "old.yaml").replace("2026-12-20", "2026-11-01")
        + EXISTING.replace("b.yaml", "later.yaml").replace("2026-12-20", "2027-05-01"),
        "utf-8",
    )
    assert main(["exceptions", "list", "--as-of", "2026-11-22"]) == 0
    out = capsys.readouterr().out
    soon = out[out.index("ending within 30 days:") : out.index("in force:")]
    assert "b.yaml#*" in soon and "later.yaml" not in soon and "old.yaml" not in soon
    assert "old.yaml" in out[: out.index("ending within 30 days:")]
    assert "3 exceptions; 1 ending within 30 days, 1 ended, 0 malformed" in out


@pytest.mark.full
def test_the_list_ends_with_2_where_an_entry_hides_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "exceptions.yaml").write_text("- rule: s3-access-logs\n", "utf-8")
    assert main(["exceptions", "list", "--as-of", "2026-11-22"]) == 2
    assert "malformed: exceptions.yaml:1" in capsys.readouterr().out


def test_an_entry_by_a_logical_id_alone_says_which_address_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It covers nothing: equal logical ids of two stacks are two resources."""
    monkeypatch.chdir(tmp_path)
    Path("app.yaml").write_text("Resources:\n  Uploads: {Type: AWS::S3::Bucket}\n", "utf-8")
    entry = "- {rule: s3-versioning, resource: NAME, because: they are deleted after an hour, owner: a@b.example, "
    entry += "until: 2026-12-31}\n"
    for name, said in (
        ("Uploads", "covers nothing; did you mean `app.yaml#Uploads`?"),
        ("Downloads", "covers nothing\n"),
        ("app.yaml#Uploads", None),
    ):
        Path("exceptions.yaml").write_text(entry.replace("NAME", name), "utf-8")
        main(["scan", "app.yaml", "--select", "s3-versioning", "--as-of", "2026-11-30"])
        told = capsys.readouterr().out
        assert said in told if said is not None else "covers nothing" not in told
