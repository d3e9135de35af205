"""The auditor's print-out: PDF/A-2b with bookmarks, page numbers and running heads, set by typst.

The report goes to the template as JSON and is never read as markup. Only the fonts that typst embeds are used, so that
the same report gives the same bytes on every machine.
"""

from __future__ import annotations

import datetime
import json
import re
from typing import TYPE_CHECKING

from scanner.base.extras import MissingExtraError
from scanner.base.terminal import printable
from scanner.outputs.printed.pages import Node, print_out
from scanner.shipped_data import templates_dir

if TYPE_CHECKING:
    from scanner.findings.report_document import ReportDocument
    from scanner.outputs.shared.render_options import RenderOptions

# Where a long name may break: behind what stands between its parts, and in runs without any such place.
_BREAK = re.compile(r"([/:#._@=,&?-])(?=[^\s/:#._@=,&?-])|([A-Za-z0-9+]{24})(?=[A-Za-z0-9+])")
_BREAK_MARK = "\u200b"
_BREAKABLE = f"\\1\\2{_BREAK_MARK}"
MOST_CHARACTERS = 8_000  # in a text; PDF/A allows 32,767 without a break ("ISO 19005-2", 6.1.13)
MOST_BREAKS = 60  # in a text; the typesetter refuses some hundreds
_LONG = re.compile(r"\S{22,}")
# Characters that the embedded fonts have; a page of PDF/A may have no other ("ISO 19005-2", 6.2.11.8).
_SET = re.compile(
    "[^\n\u0020-\u007e\u00a0-\u00ac\u00ae-\u017f\u0391-\u03a1\u03a3-\u03c9\u0410-\u044f\u2010-\u2014\u2018-\u201a"
    "\u201c-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2190-\u2193\u2260\u2264\u2265\u200b]"
)


def render(report: ReportDocument, _options: RenderOptions) -> bytes:
    """Raises MissingExtraError where typst is not installed."""
    try:
        import typst
    except ImportError:
        raise MissingExtraError("pdf") from None
    made = datetime.datetime.fromisoformat(report["generated_at"])
    data = json.dumps(_typeset(print_out(report)), ensure_ascii=False, separators=(",", ":"))
    compiler = typst.Compiler(
        (templates_dir() / "report.typ").read_bytes(), ignore_system_fonts=True, sys_inputs={"report": data}
    )
    content = compiler.compile(format="pdf", pdf_standards=["a-2b"], timestamp=int(made.timestamp()))
    if not isinstance(content, bytes):
        raise TypeError("typst gave no document")
    return content


def _typeset(node: Node) -> Node:
    """All strings fit for a page: printable, of characters that the fonts have, and breakable where names are long."""
    if isinstance(node, str):
        return _breakable(_shown(node))
    if isinstance(node, dict):
        # What is pasted holds nothing that was put in for the page.
        return {
            key: value if key == "exact" else _shown(str(value)) if key == "remedy" else _typeset(value)
            for key, value in node.items()
        }
    if isinstance(node, list | tuple):
        return [_typeset(each) for each in node]
    return node


def _breakable(text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        text = f"{text[:MOST_CHARACTERS]}… ({len(text):,} characters in the JSON report)"
    broken = _LONG.sub(lambda word: _BREAK.sub(_BREAKABLE, word[0]), text)
    pieces = broken.split(_BREAK_MARK)
    kept = pieces[:MOST_BREAKS]
    return _BREAK_MARK.join(kept) + "".join(pieces[MOST_BREAKS:])


def _shown(text: str) -> str:
    return _SET.sub(_escaped, printable(text, keep="\n"))


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004  # what four digits can hold
