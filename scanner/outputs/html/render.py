"""The report as one HTML file: no network, no inline handler, and readable without JavaScript.

For more findings than a page can show in full there is a folder of pages beside it: `folder`.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from scanner.base.terminal import one_line, printable
from scanner.findings.report_document import FindingDocument, ReportDocument
from scanner.outputs.html.page import content
from scanner.outputs.shared.finding_view import FindingView, view_of
from scanner.outputs.shared.vocabulary import SEVERITY_ORDER, count
from scanner.shipped_data import templates_dir

if TYPE_CHECKING:
    from scanner.outputs.shared.render_options import RenderOptions

A_PAGE = 2_000
"""Findings in full on each further page of a folder."""
INDEX = "index.html"
_CITED = ("https://", "http://")
_SHOWN = ("FAIL", "UNKNOWN", "SUPPRESSED")

Fill = Callable[[str, Mapping[str, object]], str]


def render(report: ReportDocument, _options: RenderOptions) -> str:
    """The page is the same whatever the options: what is hidden in a terminal is only folded on paper."""
    return _whole(report, {})


def folder(report: ReportDocument, _options: RenderOptions) -> Iterator[tuple[str, str]]:
    """Names and texts of the pages: `index.html` as `render` makes it, then all open findings with their evidence."""
    findings = sorted(
        (each for each in report["findings"] if each["verdict"] in _SHOWN),
        key=lambda each: (_SHOWN.index(each["verdict"]), SEVERITY_ORDER[each["severity"]]),
    )
    pages = {each["id"]: number for number, page in _numbered(findings) for each in page}
    yield INDEX, _whole(report, pages)
    fill = _template()
    last = -(-len(findings) // A_PAGE)
    for number, page in _numbered(findings):
        seen: set[str] = set()
        views: list[FindingView] = []
        for each in page:
            anchor = "" if each["id"] in seen else f"finding-{each['id']}"
            seen.add(each["id"])
            views.append(view_of(each, report["rules"].get(each["rule"]), anchor, report["as_of"]))
        values = {
            "report": report,
            "findings": views,
            "number": number,
            "last": last,
            "name": page_name,
            "index": INDEX,
        }
        yield page_name(number), fill("page.html.j2", values)


def page_name(number: int) -> str:
    """The file of a further page; numbers count from 1."""
    return f"findings-{number:03}.html"


def _numbered(findings: list[FindingDocument]) -> Iterator[tuple[int, tuple[FindingDocument, ...]]]:
    starts = range(0, len(findings), A_PAGE)
    return ((number, tuple(findings[start : start + A_PAGE])) for number, start in enumerate(starts, 1))


def _whole(report: ReportDocument, pages: Mapping[str, int]) -> str:
    text = _template()("report.html.j2", {**content(report, pages), "size": _SIZE})
    # The last one is ours: a name may say the same.
    before, _, after = text.rpartition(_SIZE)
    return before + _size(len(text.encode("utf-8", "replace"))) + after


_SIZE = "--size of this file--"


def _size(number: int) -> str:
    """As `1.4 MB`; near enough to a file's own length, which it is part of."""
    return f"{number / 1e6:,.1f} MB" if number >= 1e6 else f"{round(number / 1e3):,} kB"  # noqa: PLR2004  # a million


def _template() -> Fill:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError
    from markupsafe import Markup, escape

    where = templates_dir()
    style = (where / "report.css").read_text("utf-8").strip()

    def shown(value: object) -> object:
        """Every string on the page, but for markup made here: no character may look like another or like none."""
        return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        loader=FileSystemLoader(where),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def prose(text: str) -> Markup:
        """A sentence of a rule or a finding: on one line, with what stands between backticks as code."""
        parts = one_line(text).split("`")
        if len(parts) % 2 == 0:
            return escape("`".join(parts))
        # Every second part stands between two backticks.
        return Markup("").join(
            Markup("<code>{}</code>").format(part) if index % 2 else escape(part) for index, part in enumerate(parts)
        )

    environment.filters["prose"] = prose
    # What `pack` made: it has no character that could end its element.
    environment.filters["packed"] = Markup
    environment.globals |= {"count": count, "is_link": _is_link, "is_rule": _is_rule}

    def fill(name: str, values: Mapping[str, object]) -> str:
        script = (where / "report.js").read_text("utf-8").strip() if name == "report.html.j2" else ""
        # Ours, shipped with the package, and named by their hashes in the page's policy.
        page = {"style": Markup(style), "script": Markup(script), "policy": _policy(style, script)}  # noqa: S704  # as said above
        try:
            return environment.get_template(name).render({**page, **values}) + "\n"
        except UndefinedError as error:
            raise KeyError(str(error)) from None

    return fill


def _policy(style: str, script: str) -> str:
    """Nothing may be loaded, and only this stylesheet and this script count."""
    scripts = _hash(script) if script else "'none'"
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {scripts}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


def _is_rule(text: str) -> bool:
    """Whether it is a rule's id as the loader takes them, so that it may stand in an address."""
    return bool(re.fullmatch("[a-z0-9-]+", text))


def _is_link(text: str) -> bool:
    """Whether a reference may become a link; `javascript:` and the like stay text."""
    return text.startswith(_CITED)
