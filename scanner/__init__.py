"""Proves tenant isolation and checks HIPAA safeguards of AWS templates and accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner._version import __version__

if TYPE_CHECKING:
    from scanner.scanning import Options, Scan, scan

__all__ = ["Options", "Scan", "__version__", "scan"]


def __getattr__(name: str) -> object:
    """`from scanner import scan` without the cost of a scan for those who only ask for the version."""
    if name in ("Options", "Scan", "scan"):
        from scanner import scanning

        return getattr(scanning, name)
    raise AttributeError(f"module `scanner` has no attribute `{name}`")
