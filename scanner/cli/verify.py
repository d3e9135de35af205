"""`tenantproof verify`."""

from __future__ import annotations

import argparse
import json
import sys

from scanner.base.terminal import printable
from scanner.bundle.verifying import NOT_JUDGED, Checked, verify

_ENDS = {
    0: "nothing differs",
    1: "the bundle differs from what was made",
    4: "the digests hold, and the verdicts were NOT judged again: not all inputs are in the bundle; give --inputs",
}


def run(options: argparse.Namespace) -> int:
    """0 where everything is the same, 1 where something differs, 4 where nothing was judged again.

    Raises ProblemsError.
    """
    checks = verify(options.bundle, options.key, options.previous, options.inputs)
    code = int(any(each.verdict == "differs" for each in checks))
    if not code and any(each.what == "verdicts" and each.said.startswith(NOT_JUDGED) for each in checks):
        code = 4
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
    otherwise = not code and any(each.what == "verdicts" and each.verdict == "not shown" for each in checks)
    print("no digest differs, and this release says otherwise of what is listed above" if otherwise else _ENDS[code])
    return code
