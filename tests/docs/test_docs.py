"""Every command of the docs runs as it stands there, and every link leads somewhere."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.language.expressions.functions import FUNCTIONS
from tests.docs.commands import DOCS, ROOT, Step, steps

PAGES = sorted(path for path in DOCS.rglob("*.md") if "```console" in path.read_text("utf-8"))
MOST_NOT_RUN = 10
_LINK = re.compile(r"(?<!!)\[(?:[^\]]|\]\()*?\]\(([^)\s]+)\)")


def run(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    for command in step.setup:
        call(command.replace("FIXTURE", str(ROOT / "examples" / "virtual-clinic" / "sound")), capsys)
    for command, wanted in step.commands():
        code, told = call(command, capsys)
        assert code in step.codes, f"`{command}` ended with {code}: {told[-2_000:]}"
        for line in wanted:
            assert line in told, f"`{command}` does not print `{line}`: {told[-3_000:]}"


def call(command: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    words = shlex.split(command)
    if words[0] != "tenantproof":
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr
    capsys.readouterr()
    try:
        code = main(words[1:])
    except SystemExit as stopped:  # as --help does
        code = int(stopped.code or 0)
    told = capsys.readouterr()
    return code, told.out + told.err


def aws(step: Step, monkeypatch: pytest.MonkeyPatch) -> object:
    if not step.aws:
        return nullcontext()
    moto = pytest.importorskip("moto")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return moto.mock_aws()


@pytest.mark.full
@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(DOCS).as_posix())
def test_the_commands_of_a_page_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    # As a reader's terminal is: wide enough that no line of theirs is wrapped.
    monkeypatch.setenv("COLUMNS", "300")
    for step in steps(page):
        if isinstance(step, tuple):
            act(*step, monkeypatch)
        elif step.file:
            path = Path(step.file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.body, "utf-8")
        elif step.kind == "console" and not step.not_run:
            with aws(step, monkeypatch):  # type: ignore[attr-defined]  # both are context managers
                run(step, capsys)


def act(what: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if what == "in":
        monkeypatch.chdir(said)
        return
    file, _, change = said.partition(": ")
    old, _, new = change.partition(" -> ")
    text = Path(file).read_text("utf-8")
    assert old in text
    Path(file).write_text(text.replace(old, new.replace("\\n", "\n")), "utf-8")


def test_few_commands_are_not_run_and_each_says_why() -> None:
    left = [step for page in PAGES for step in steps(page) if isinstance(step, Step) and step.not_run]
    number = sum(len(list(step.commands())) for step in left)
    assert number <= MOST_NOT_RUN
    assert len(PAGES) >= 7


def links() -> Iterator[tuple[Path, str]]:
    for page in (*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "ARCHITECTURE.md"):
        text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
        for match in _LINK.finditer(re.sub(r"`[^`\n]*`", "", text)):
            yield page, match[1]


def anchors(page: Path) -> set[str]:
    """As GitHub and MkDocs make them of headings."""
    found = re.findall(r"^#+ +(.*?) *#*$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).strip().replace(" ", "-") for each in found}


def test_every_link_leads_somewhere() -> None:
    broken = []
    for page, target in links():
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors(there)):
            broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def test_every_page_is_found_from_the_first() -> None:
    named = {
        (page.parent / target.partition("#")[0]).resolve()
        for page, target in links()
        if page.is_relative_to(DOCS) and target.partition("#")[0].endswith(".md")
    }
    pages = {path.resolve() for path in DOCS.rglob("*.md")} - {(DOCS / "index.md").resolve()}
    assert {path.relative_to(DOCS).as_posix() for path in pages - named} == set()


def test_every_function_of_the_language_is_documented() -> None:
    """By its example and by what it gives, as `rules schema` and the checks of expressions know it."""
    documented = (ROOT / "docs" / "rule-language.md").read_text("utf-8")
    rows = {f"| `{function.example}` | {function.doc} |".replace("||", "\\|\\|") for function in FUNCTIONS.values()}
    assert {row for row in rows if row not in documented} == set()
