"""Where shipped data is: beside the package in a checkout, under `scanner/_data` in a wheel.

Rules, report templates and JSON Schemas live at the top of the repository, where people look for them; the build copies
them into `scanner/_data`. In a checkout the originals win, so an edited rule counts at once.
"""

from __future__ import annotations

import hashlib
import os
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


def build(package: Path = _PACKAGE) -> str:
    """What tells the code and data of this installation from those of any other, also of the same version.

    Of a wheel, what pip wrote down of its files; else, as in a checkout, the sizes and times of the files themselves.
    """
    edited = (package.parent / "pyproject.toml").is_file()
    for record in () if edited else sorted(package.parent.glob("tenantproof-*.dist-info/RECORD")):
        lines = [each for each in record.read_text("utf-8").splitlines() if each.startswith(f"{package.name}/")]
        if lines:
            return _digest(lines)
    said: list[str] = []
    waiting = [str(package)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    facts = entry.stat(follow_symlinks=False)
                    said.append(f"{entry.path[len(str(package)) :]} {facts.st_size} {facts.st_mtime_ns}")
                elif entry.name != "__pycache__":
                    waiting.append(entry.path)
    return _digest(said)


def _digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _original_or_copy(original: str, copy: str) -> Path:
    return _PACKAGE.parent / original if is_checkout() else _SHIPPED / copy
