"""`--bundle FILE`: the evidence of a scan or an audit."""

from __future__ import annotations

import argparse
import sys

from scanner.base.terminal import printable
from scanner.cli.rendering import save
from scanner.findings.report_document import ReportDocument
from scanner.options import Options


def write_bundle(
    report: ReportDocument, chosen: Options, options: argparse.Namespace, chain: str | None = None
) -> None:
    """Raises ProblemsError and MissingExtraError."""
    from scanner.bundle.contents import KEEP_YEARS, Wanted
    from scanner.bundle.making import made
    from scanner.bundle.signing import signer_of
    from scanner.bundle.verifying import manifest_digest

    wanted = Wanted(
        options.include_inputs,
        KEEP_YEARS if options.keep_years is None else options.keep_years,
        None if options.previous is None else manifest_digest(options.previous),
        chain,
        None if options.sign_key is None else signer_of(options.sign_key, getattr(options, "profile", None)),
    )
    save([made(report, chosen, wanted)], options.bundle)
    if not options.quiet:
        print(printable(f"{options.bundle}: `tenantproof verify {options.bundle}` checks it"), file=sys.stderr)
