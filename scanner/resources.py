"""Where shipped data is: beside the package in a checkout, under `scanner/_data` in a wheel.

Rules, report templates and JSON Schemas live at the top of the repository, where people look for them; the build copies
them into `scanner/_data`. In a checkout the originals win, so an edited rule counts at once.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_SHIPPED = _PACKAGE / "_data"


def data_file(name: str) -> Path:
    """A data file that lives in the package itself, such as `types.json`."""
    return _SHIPPED / name


def rules_dir() -> Path:
    """The folder of the shipped rules, their frameworks and relations."""
    return _original_or_copy("rules", "rules")


def templates_dir() -> Path:
    """The folder of the report templates."""
    return _original_or_copy("reports/templates", "report_templates")


def schema_dir() -> Path:
    """The folder of the generated JSON Schemas."""
    return _original_or_copy("schema", "schema")


def is_checkout() -> bool:
    """Whether the originals are here, which may be edited at any time."""
    return (_PACKAGE.parent / "pyproject.toml").is_file()


def _original_or_copy(original: str, copy: str) -> Path:
    return _PACKAGE.parent / original if is_checkout() else _SHIPPED / copy
