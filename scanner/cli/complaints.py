"""Wrong usage told in a line or two: what was meant, perhaps, and where all of it is listed."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from typing import NoReturn

from scanner.base.problem import did_you_mean
from scanner.base.terminal import printable

_CHOICE = re.compile(r"argument (.+?): invalid choice: '(.*)' \(", re.DOTALL)
_MOST = 60
# What scanners of templates call it elsewhere: by their letters alone `--severity` would be taken for `--select`.
_ELSEWHERE = {
    **dict.fromkeys(("-o", "--out", "--output", "--output-file", "--output-format", "--report"), "--format"),
    **dict.fromkeys(("--severity", "--min-severity", "--level", "--threshold", "--severity-threshold"), "--fail-on"),
    **dict.fromkeys(("--check", "--checks", "--include"), "--select"),
    **dict.fromkeys(("--skip-check", "--skip-checks", "--ignore", "--ignore-checks"), "--skip"),
    **dict.fromkeys(("--skip-path", "--skip-paths", "--ignore-path"), "--exclude"),
    **dict.fromkeys(("--var-file", "--parameter", "--parameter-overrides", "--input-parameters"), "--parameters"),
}


class Parser(argparse.ArgumentParser):
    """As argparse's own, but that it complains in short; subcommands are of the same kind."""

    def error(self, message: str) -> NoReturn:
        """Writes to standard error. Raises SystemExit(2)."""
        self.complain(self._in_short(message))

    def complain(self, said: str) -> NoReturn:
        """As `error`, of a sentence that is ready. Raises SystemExit(2)."""
        sys.stderr.write(printable(f"{self.prog}: {said}") + "\n")
        sys.stderr.write(f"usage: {self.in_short()}; `{self.prog} --help` lists all\n")
        raise SystemExit(2)

    def in_short(self) -> str:
        """The command with its operands, and none of its options."""
        parts = [self.prog]
        if any(action.option_strings and action.dest != "help" for action in self._actions):
            parts.append("[OPTION ...]")
        for action in self._get_positional_actions():
            name = str(action.metavar or action.dest)
            many = action.nargs in ("*", "+")
            shown = f"{name} ..." if many or isinstance(action, argparse._SubParsersAction) else name  # noqa: SLF001  # argparse has no public name for it
            parts.append(f"[{shown}]" if action.nargs in ("*", "?") else shown)
        return " ".join(parts)

    def _in_short(self, message: str) -> str:
        found = _CHOICE.match(message)
        if found is None:
            return message
        what, given = found[1], found[2]
        choices = next((each for each in map(_choices, self._actions) if _named(each, what)), ("", []))[1]
        kind = "command" if what in ("COMMAND", "ACTION") else f"value of {what}"
        hint = did_you_mean(given, choices)
        listed = f"choose from {', '.join(choices)}" if len(choices) <= _MOST else ""
        return f"`{given[:_MOST]}` is no {kind}, {hint or listed}".rstrip(", ")


def _choices(action: argparse.Action) -> tuple[str, list[str]]:
    names = "/".join(action.option_strings) or str(action.metavar or action.dest)
    return names, [str(each) for each in action.choices or ()]


def _named(each: tuple[str, list[str]], what: str) -> bool:
    return each[0] == what


def parsed(parser: Parser, arguments: Sequence[str]) -> argparse.Namespace:
    """As `parse_args`, but that an unknown option is told by the command that has it not. Raises SystemExit(2)."""
    options, unknown = parser.parse_known_args(list(arguments))
    if unknown:
        *_, last = _asked(parser, arguments)
        last.complain(_unknown(last, unknown))
    return options


def _unknown(last: Parser, unknown: Sequence[str]) -> str:
    wrong = next((each for each in unknown if each.startswith("-") and each != "-"), None)
    if wrong is None:
        return f"`{unknown[0][:_MOST]}` is too much: it takes no more"
    name = wrong.partition("=")[0]
    known = [each for action in last._actions for each in action.option_strings if each.startswith("--")]  # noqa: SLF001  # argparse lists its options nowhere else
    other = next((each for each in last._actions if _ELSEWHERE.get(name) in each.option_strings), None)  # noqa: SLF001  # as above
    meant = f"{_ELSEWHERE[name]} {other.metavar}" if other is not None else None
    hint = f"did you mean `{meant}`?" if meant is not None else did_you_mean(name, known)
    return f"there is no option `{name[:_MOST]}`" + (f", {hint}" if hint else "")


def _asked(parser: Parser, arguments: Sequence[str]) -> Iterator[Parser]:
    """The parser, and those of the command and of the action that the arguments name."""
    yield parser
    for action in parser._actions:  # noqa: SLF001  # as above
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001  # as above
            for number, each in enumerate(arguments):
                if each in action.choices:
                    yield from _asked(action.choices[each], arguments[number + 1 :])
                    return


__all__ = ["Parser", "parsed"]
