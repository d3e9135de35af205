"""Wrong usage is told in two lines: what was meant, by the command that was meant."""

from __future__ import annotations

import argparse

import pytest

from scanner.cli.arguments import parser_of_all
from scanner.cli.main import main


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("scna", "tenantproof: `scna` is no command, did you mean `scan`?"),
        ("scan --fromat json .", "tenantproof scan: there is no option `--fromat`, did you mean `--format`?"),
        ("scan --frmat=json .", "did you mean `--format`?"),
        ("scan --SELECT x", "did you mean `--select`?"),
        ("scan --fail-on hgih .", "`hgih` is no value of --fail-on, did you mean `high`?"),
        ("rules tset", "tenantproof rules: `tset` is no command, did you mean `test`?"),
        ("rules check --rulez x", "tenantproof rules check: there is no option `--rulez`, did you mean `--rules`?"),
        ("verify a b", "tenantproof verify: `b` is too much"),
        ("verify", "tenantproof verify: the following arguments are required: BUNDLE"),
        ("scan --output x .", "tenantproof scan: there is no option `--output`, did you mean `--format NAME[=FILE]`?"),
        ("scan -o x .", "tenantproof scan: there is no option `-o`, did you mean `--format NAME[=FILE]`?"),
        (
            "scan --severity=high",
            "tenantproof scan: there is no option `--severity`, did you mean `--fail-on SEVERITY`?",
        ),
        ("verify --severity x", "tenantproof verify: there is no option `--severity`"),
        ("scan -x", "tenantproof scan: there is no option `-x`"),
        ("completion tcsh", "choose from bash, fish, zsh"),
        ("audit --include-input", "did you mean `--include-inputs`?"),
    ],
)
def test_what_was_meant_is_told_in_two_lines(given: str, wanted: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(given.split()) == 2
    told = capsys.readouterr()
    assert told.out == "" and wanted in told.err
    _first, usage = told.err.splitlines()
    assert usage.startswith("usage: tenantproof") and "--help` lists all" in usage and len(usage) < 120


def test_every_option_is_found_again_with_two_letters_turned(capsys: pytest.CaptureFixture[str]) -> None:
    def walk(parser: argparse.ArgumentParser, words: list[str]) -> None:
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for name, each in action.choices.items():
                    walk(each, [*words, name])
        if any(isinstance(action, argparse._SubParsersAction) for action in parser._actions):
            return
        operands = ["x" for action in parser._get_positional_actions() if action.nargs is None and not action.choices]
        known = [each for action in parser._actions for each in action.option_strings if each.startswith("--")]
        for option in known:
            turned = option[:4] + option[5] + option[4] + option[6:] if len(option) > 6 else option
            if turned in known:
                continue
            assert main([*words, *operands, turned]) == 2
            told = capsys.readouterr().err
            assert "did you mean `--" in told or "required" in told or "no value of" in told, (words, turned, told)

    walk(parser_of_all(), [])


def test_what_is_printed_holds_no_control_character(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "--\x1b[31mred"]) == 2
    assert main(["\x1b[31m"]) == 2
    assert "\x1b" not in capsys.readouterr().err
