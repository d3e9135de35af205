"""`tenantproof config show`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from scanner.base.problem import Problem, ProblemsError
from scanner.base.terminal import one_line, printable
from scanner.cli.configuration import settings_near


def run(options: argparse.Namespace) -> int:
    """Prints what holds, each value with where it came from; as text it is a configuration itself."""
    place = options.path or Path()
    if not place.exists():
        raise ProblemsError([Problem(place.as_posix(), "there is no such file or folder")])
    settings = settings_near([place], options.preset)
    if options.format == "json":
        document = {key: {"value": each.value, "source": each.source} for key, each in settings.items()}
        print(json.dumps(document, indent=2))
        return 0
    for key, each in settings.items():
        print(printable(one_line(f"{key}: {json.dumps(each.value, ensure_ascii=False)}  # {each.source}")))
    return 0
