"""`tenantproof report`: another format of a report that was made earlier."""

from __future__ import annotations

import argparse
import json
import re
import sys

from scanner.base.problem import Problem, ProblemsError
from scanner.base.terminal import printable
from scanner.cli.rendering import destinations, write
from scanner.findings.report_document import ROWS, SCHEMA, ReportDocument
from scanner.findings.report_rows import in_findings
from scanner.outputs.shared.vocabulary import count

# Part of the id of every finding that is sent.
_SOURCE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:/-]{0,126}[A-Za-z0-9])?")


def run(options: argparse.Namespace) -> int:
    """Renders or sends, and judges nothing: the exit code is 0 once that is done."""
    targets = destinations(options.format) if options.format or not options.send_to_security_hub else ()
    shown = options.report.as_posix()
    try:
        data = json.loads(options.report.read_bytes())
    except OSError as error:
        raise ProblemsError([Problem(shown, f"cannot be read: {(error.strerror or str(error)).lower()}")]) from None
    except (ValueError, RecursionError):
        raise ProblemsError([Problem(shown, "is not a JSON document")]) from None
    if not isinstance(data, dict) or data.get("schema") not in (SCHEMA, ROWS):
        raise ProblemsError([Problem(shown, f"is not a report of the form `{SCHEMA}` or `{ROWS}`")])
    try:
        report = in_findings(data)
        if options.redact:
            from scanner.findings.redaction import redact

            report = redact(report)
        if options.sample is not None:
            from scanner.outputs.shared.audit_sample import text

            for line in text(report, options.sample, options.seed):
                print(printable(line))
            return 0
        write(report, targets, options, ())
        if options.send_to_security_hub:
            return _send(report, options)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        raise ProblemsError([Problem(shown, f"is not a whole report: {type(error).__name__} at {error}")]) from None
    return 0


def _send(report: ReportDocument, options: argparse.Namespace) -> int:
    """2 where Security Hub refused a finding, for then it does not show what the report says. Raises ProblemsError."""
    from scanner.live.securityhub_client import security_hub
    from scanner.outputs.securityhub_import import send

    source = str(options.source)
    if not _SOURCE.fullmatch(source):
        message = f"`{source}` cannot name a source: letters, digits, and `._:/-` between them, at most 128"
        raise ProblemsError([Problem("--source", message, kind="config")])
    hub = security_hub(options.profile, options.region)
    if options.account is not None and options.account != hub.account:
        message = f"the credentials are those of account {hub.account}, not of {options.account}"
        raise ProblemsError([Problem("--account", message, kind="config")])
    sent = send(report, hub, source)
    print(f"Security Hub of {hub.account} in {hub.region}: {sent.imported:,} imported, {sent.archived:,} archived")
    if sent.elsewhere:
        print(f"not sent: {count(sent.elsewhere, 'finding')} of another account or region", file=sys.stderr)
    if sent.incomplete:
        print(f"nothing was archived: {sent.incomplete}", file=sys.stderr)
    for id_, why in sent.refused:
        print(printable(f"refused: {id_}: {why}"), file=sys.stderr)
    return 2 if sent.refused else 0
