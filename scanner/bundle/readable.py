"""What of a bundle people read: the report as a page and in print, and a README for the auditor.

All three follow from report and manifest, so that `verify` makes them again and compares them byte by byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from textwrap import fill

from scanner._version import __version__
from scanner.base.extras import MissingExtraError
from scanner.base.terminal import printable
from scanner.bundle.manifest import CHECKSUM, MANIFEST, SIGNATURE
from scanner.controls.wording import CLOSING
from scanner.findings.report_document import ReportDocument
from scanner.outputs import render
from scanner.outputs.shared.render_options import RenderOptions

PAGE, PRINT, README = "report.html", "report.pdf", "README.txt"
_WIDTH = 92
_ABOUT = {
    README: "this file",
    PAGE: "the report as one page for a browser; it needs no network",
    PRINT: "the report in print (PDF/A-2b)",
    "report.json": "the report for programs; all other forms of it are made of this one",
    "controls.csv": "the control matrix as a table; Excel and LibreOffice open it",
    "options.json": "what the scan was told: paths, thresholds, parameters without secrets",
    "attachments.json": "digests of the documents in the project's folder attachments/, which are not in here",
    "tenancy.yaml": "what the entity declares of its tenants and of where their data lies",
    "exceptions.yaml": "findings that the entity accepted: by whom, why, and until when",
    "decisions.yaml": "what the entity decided of addressable specifications (45 CFR 164.306(d)(3))",
}
_FOLDERS = {
    "inventory/": "technology assets, network map, who may read ePHI stores, and what records who did",
    "rules/": "the rules by which was judged, each with its reason and its examples",
    "inputs/": "what was judged; secrets are taken out, and `<redacted ...>` stands where they stood",
}
_PRODUCER = re.compile(rb"<xmp:CreatorTool>([^<]{1,80})</xmp:CreatorTool>|/Creator \(([^)]{1,80})\)")


def page(report: ReportDocument) -> bytes:
    """The report as HTML."""
    return _bytes(render("html", report, RenderOptions()))


def printed(report: ReportDocument) -> bytes | None:
    """The report as PDF; None where typst is not installed."""
    try:
        return _bytes(render("pdf", report, RenderOptions()))
    except MissingExtraError:
        return None


def typesetter(content: bytes) -> bytes:
    """What a PDF says it was made by, such as `Typst 0.14.2`; empty where it does not."""
    found = _PRODUCER.search(content)
    return (found[1] or found[2]) if found else b""


def readme(report: ReportDocument, names: Iterable[str], retain_until: str, *, inputs: bool) -> bytes:
    """`names` are the members but itself and those that the manifest does not list."""
    return "\n".join(_lines(report, sorted({*names, README}), retain_until, inputs=inputs)).encode("utf-8") + b"\n"


def _lines(report: ReportDocument, names: list[str], retain_until: str, *, inputs: bool) -> Iterable[str]:
    summary = report["summary"]["verdicts"]
    yield "EVIDENCE OF A CONFIGURATION REVIEW"
    yield ""
    for label, text in (
        ("Made", f"{report['generated_at']} by tenantproof {report['tool']['version']}"),
        ("Run by", printable(str(report["run"].get("by") or "not told"))),
        (
            "Of",
            ", ".join(sorted({str(each.get("kind")) for each in report["inputs"] if each.get("kind")})) or "nothing",
        ),
        ("Keep until", f"{retain_until} (45 CFR 164.316(b)(2)(i) asks for six years)"),
        (
            "Found",
            f"{summary['FAIL']:,} findings, {summary['UNKNOWN']:,} unknown, {summary['PASS']:,} passed, "
            f"{summary['SUPPRESSED']:,} accepted, {summary['NOT_APPLICABLE']:,} not applicable; "
            "one for each rule and resource",
        ),
    ):
        yield from _hung(f"{label:<12}", text)
    yield ""
    yield from _wrapped(f"Begin with {PAGE}" + (f" or {PRINT}." if PRINT in names else "."))
    yield from _wrapped(CLOSING)
    yield ""
    yield "WHAT IS IN HERE"
    yield ""
    told = [name for name in _ABOUT if name in names]
    for name in told:
        yield from _hung(f"{name:<22}", _ABOUT[name])
    for folder, about in _FOLDERS.items():
        number = sum(name.startswith(folder) for name in names)
        if number:
            yield from _hung(f"{folder:<22}", f"{about} ({number:,} {'file' if number == 1 else 'files'})")
    for name in names:
        if name not in _ABOUT and not name.startswith(tuple(_FOLDERS)):
            yield printable(name)
    yield from _hung(f"{MANIFEST:<22}", "the SHA-256 digest of each of these files")
    yield from _hung(f"{CHECKSUM:<22}", "the digest of the manifest")
    yield from _hung(f"{SIGNATURE:<22}", "where it is there: a signature of the manifest (in-toto statement, DSSE)")
    yield ""
    yield "HOW TO CHECK IT"
    yield ""
    yield from _wrapped("With nothing but a shell, in the folder where you unpacked it, that the manifest is whole:")
    yield ""
    yield f"    sha256sum -c {CHECKSUM}"
    yield ""
    yield from _wrapped("With the program, on the archive as you got it (Python 3.11 or newer; needs no network then):")
    yield ""
    yield f"    pip install 'tenantproof[all]=={__version__}'"
    yield "    tenantproof verify BUNDLE.zip"
    yield "    tenantproof verify BUNDLE.zip --key KEY.pem      if it is signed: the signer's public key"
    if not inputs:
        yield "    tenantproof verify BUNDLE.zip --inputs DIR       with what was judged, which is not in here"
    yield ""
    yield from _wrapped(
        "It compares every digest, judges the inputs again by the rules in here, makes the report, the control matrix, "
        "the page and the print again, and tells each difference. It ends by listing what it did not show."
    )
    if not inputs:
        yield ""
        yield from _wrapped(
            "The inputs are NOT in this bundle, only their digests: without --inputs nothing is judged again."
        )
    yield ""
    yield "WHAT IT DOES NOT SHOW"
    yield ""
    yield from _wrapped(
        "That the inputs are all there were, and that they are what AWS had: only the account itself shows that. That "
        "nobody made the whole bundle anew: only a signature shows that, or a copy of the manifest's digest kept by "
        "somebody else. How the application, and people, work."
    )


def _wrapped(text: str) -> list[str]:
    return fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False).split("\n")


def _hung(label: str, text: str) -> list[str]:
    indent = " " * len(label)
    filled = fill(
        text, _WIDTH, initial_indent=label, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return filled.split("\n")


def _bytes(rendered: str | bytes) -> bytes:
    return rendered.encode("utf-8", "backslashreplace") if isinstance(rendered, str) else rendered


__all__ = ["PAGE", "PRINT", "README", "page", "printed", "readme", "typesetter"]
