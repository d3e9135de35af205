"""The formats of a report. Each is one module with `render(report, options)`, and knows nothing of another."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from scanner.text.problem import Problem, Problems, did_you_mean

if TYPE_CHECKING:
    from scanner.findings.document import ReportDocument
    from scanner.outputs.options import RenderOptions

_MODULES = {
    "text": "scanner.outputs.text",
    "json": "scanner.outputs.json",
    "html": "scanner.outputs.html",
}
_LATER = ("sarif", "junit", "gitlab", "github", "markdown", "csv", "xlsx", "pdf", "ocsf", "asff", "oscal")
NAMES: tuple[str, ...] = (*_MODULES, *_LATER)


class Output(Protocol):
    """What a format's module offers."""

    def render(self, report: ReportDocument, options: RenderOptions) -> str | bytes: ...


def output(name: str) -> Output:
    """The module of a format, imported only now. Raises Problems for a format that there is not."""
    if name in _MODULES:
        return cast("Output", import_module(_MODULES[name]))
    if name in _LATER:
        hint = f"available are {', '.join(_MODULES)}"
        raise Problems(
            [Problem("--format", f"format `{name}` is not available in this version", hint=hint, kind="config")]
        )
    hint = did_you_mean(name, _MODULES) or f"formats are {', '.join(_MODULES)}"
    raise Problems([Problem("--format", f"`{name}` is not a format", hint=hint, kind="config")])


def render(name: str, report: ReportDocument, options: RenderOptions) -> str | bytes:
    """The report in one format; text ends with a line break. Raises Problems for a format that there is not."""
    return output(name).render(report, options)
