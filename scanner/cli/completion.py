"""`tenantproof completion`: a script by which a shell completes commands, options and values, rule ids among them."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from typing import Any

from scanner.base.extras import MissingExtraError
from scanner.outputs import FORMATS

SHELLS = ("bash", "fish", "zsh")
_RULES = frozenset({"select", "skip", "ids", "rule"})
"""Options and arguments that take ids of rules, by their `dest`."""


def run(options: argparse.Namespace) -> int:
    """Raises MissingExtraError without shtab."""
    from scanner.cli.arguments import parser_of_all
    from scanner.language.library import load_library

    try:
        shtab: Any = import_module("shtab")  # Any: its types are not checked
    except ImportError:
        raise MissingExtraError("completion") from None
    parser = parser_of_all()
    _offer(parser, sorted(rule.id for rule in load_library().rules))
    sys.stdout.write(f"{shtab.complete(parser, shell=options.shell).rstrip()}\n")
    return 0


def _offer(parser: argparse.ArgumentParser, rules: list[str]) -> None:
    """Gives values to choose from where the parser itself takes more than those, such as patterns of ids."""
    for action in parser._actions:  # noqa: SLF001  # argparse has no other way to list them
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001  # as above
            for below in action.choices.values():
                _offer(below, rules)
        elif action.choices is None and action.dest in _RULES:
            action.choices = rules
        elif action.choices is None and "--format" in action.option_strings:
            action.choices = FORMATS
