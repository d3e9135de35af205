"""`tenantproof verify`."""

from __future__ import annotations

import argparse
import json
import sys

from scanner.base.terminal import printable
from scanner.bundle.verifying import Checked, verify


def run(options: argparse.Namespace) -> int:
    """0 where all that could be looked at is the same, 1 where something differs. Raises Problems."""
    checks = verify(options.bundle, options.key, options.previous, options.inputs)
    code = int(any(each.verdict == "differs" for each in checks))
    if options.format == "json":
        document = {
            "schema": "tenantproof-verification/1",
            "exit_code": code,
            "checks": [{name: getattr(each, name) for name in Checked.__match_args__} for each in checks],
        }
        sys.stdout.write(json.dumps(document, indent=1) + "\n")
        return code
    for each in checks:
        print(printable(f"{each.verdict + ':':<10} {each.what}: {each.said}"))
    print("the bundle differs from what was made" if code else "nothing differs")
    return code
