"""The formats of a report. Each is one module with `render(report, options)`, and knows nothing of another."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol, cast

from scanner.base.extras import MissingExtraError
from scanner.base.problem import Problem, ProblemsError, did_you_mean

if TYPE_CHECKING:
    from scanner.findings.report_document import ReportDocument
    from scanner.outputs.shared.render_options import RenderOptions

_MODULES = {
    "text": "scanner.outputs.text",
    "json": "scanner.outputs.json",
    "json=compact": "scanner.outputs.json_compact",
    "html": "scanner.outputs.html.render",
    "sarif": "scanner.outputs.sarif",
    "junit": "scanner.outputs.junit",
    "gitlab": "scanner.outputs.gitlab",
    "github": "scanner.outputs.github",
    "markdown": "scanner.outputs.markdown",
    "csv": "scanner.outputs.csv",
    "ocsf": "scanner.outputs.ocsf",
    "asff": "scanner.outputs.asff",
    "xlsx": "scanner.outputs.printed.xlsx",
    "pdf": "scanner.outputs.printed.pdf",
    "oscal": "scanner.outputs.oscal.results",
}
# What a format cannot be written without: refused before a long scan, not after it.
_NEEDS = {"xlsx": ("xlsxwriter", "xlsx"), "pdf": ("typst", "pdf")}
FORMATS: tuple[str, ...] = tuple(name for name in _MODULES if "=" not in name)


class Output(Protocol):
    """What a format's module offers."""

    def render(self, report: ReportDocument, options: RenderOptions) -> str | bytes | Iterator[str]:
        """The whole document, or its pieces one after the other."""


def output(name: str) -> Output:
    """The module of a format, imported only now.

    Raises ProblemsError for a format that there is not, MissingExtraError for one whose package is not installed.
    """
    if name in _NEEDS and find_spec(_NEEDS[name][0]) is None:
        raise MissingExtraError(_NEEDS[name][1])
    if name in _MODULES:
        return cast("Output", import_module(_MODULES[name]))
    hint = did_you_mean(name, FORMATS) or f"formats are {', '.join(FORMATS)}"
    raise ProblemsError([Problem("--format", f"`{name}` is not a format", hint=hint, kind="config")])


def stream(name: str, report: ReportDocument, options: RenderOptions) -> Iterator[bytes]:
    """The report in one format, piece by piece. Raises ProblemsError for a format that there is not."""
    content = output(name).render(report, options)
    if isinstance(content, bytes):
        yield content
        return
    for piece in (content,) if isinstance(content, str) else content:
        yield piece.encode("utf-8", "backslashreplace")


def render(name: str, report: ReportDocument, options: RenderOptions) -> str | bytes:
    """The report in one format; text ends with a line break. Raises ProblemsError for a format that there is not."""
    content = output(name).render(report, options)
    return content if isinstance(content, str | bytes) else "".join(content)
