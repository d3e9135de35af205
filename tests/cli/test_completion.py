"""Completion: what a shell offers is what the command line takes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence

import pytest

from scanner.base.extras import MissingExtraError
from scanner.cli.arguments import parse
from scanner.cli.main import main
from scanner.outputs import FORMATS

pytest.importorskip("shtab", reason="needs shtab: pip install 'tenantproof[completion]'")


@pytest.fixture
def script(capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> str:
    assert main(["completion", request.param]) == 0
    return capsys.readouterr().out


def offered(script: str, words: Sequence[str]) -> set[str]:
    ask = (
        'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
        '_shtab_tenantproof tenantproof "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"; '
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    # On standard input: it is longer than an argument may be.
    done = subprocess.run(
        ["bash", "-s", *words], input=f"{script}\n{ask}\n", capture_output=True, text=True, check=True, cwd="/"
    )
    assert not done.stderr
    return set(done.stdout.split())


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize("script", ["bash"], indirect=True)
@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["tenantproof", "sc"], {"scan"}),
        (["tenantproof", "rules", "sh"], {"show"}),
        (["tenantproof", "scan", "--fail-on", "c"], {"critical"}),
        (["tenantproof", "scan", "--fail-o"], {"--fail-on"}),
        (["tenantproof", "scan", "--format", "jun"], {"junit"}),
        (["tenantproof", "scan", "templates", "--no-"], {"--no-cache"}),
        (["tenantproof", "exceptions", "add", "--own"], {"--owner"}),
        (["tenantproof", "completion", "--d"], {"--debug"}),
        (["tenantproof", "scan", "--select", "s3-ver"], {"s3-version-lifecycle", "s3-versioning"}),
        (["tenantproof", "rules", "show", "rds-enc"], {"rds-encrypted"}),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
@pytest.mark.full
def test_bash_offers_what_fits(script: str, words: list[str], wanted: set[str]) -> None:
    assert offered(script, words) == wanted


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize("script", ["bash"], indirect=True)
@pytest.mark.full
def test_every_command_that_is_offered_is_one(script: str, capsys: pytest.CaptureFixture[str]) -> None:
    commands = {each for each in offered(script, ["tenantproof", ""]) if not each.startswith("-")}
    assert {"scan", "prove", "report", "rules", "diff", "completion"} <= commands
    for command in commands:
        with pytest.raises(SystemExit) as stop:
            parse([command, "--help"])
        assert stop.value.code == 0
    assert "usage: tenantproof scan" in capsys.readouterr().out
    assert offered(script, ["tenantproof", "scan", "--format", ""]) >= set(FORMATS)


@pytest.mark.parametrize("script", ["fish", "zsh"], indirect=True)
@pytest.mark.full
def test_other_shells_have_the_same_commands(script: str) -> None:
    for word in ("scan", "fail-on", "critical", "completion"):
        assert word in script


@pytest.mark.parametrize(("shell", "script"), [("fish", "fish"), ("zsh", "zsh")], indirect=["script"])
@pytest.mark.full
def test_the_script_is_one_of_that_shell(shell: str, script: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"needs {shell}")
    assert subprocess.run([program, "-n"], input=script, text=True, check=False).returncode == 0


@pytest.mark.full
def test_another_shell_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "tcsh"]) == 2
    assert "choose from" in capsys.readouterr().err


@pytest.mark.full
def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["completion", "bash"]) == 2
    assert str(MissingExtraError("completion")) in capsys.readouterr().err
