"""One scan: files in, a report out. `from scanner import scan` is the way in for Python programs."""

from scanner.options import Options
from scanner.reporting import Scan
from scanner.scanning.entry import read, scan
from scanner.scanning.project import Gathered, gather
from scanner.scanning.rule_selection import selected, severities_of

__all__ = ["Gathered", "Options", "Scan", "gather", "read", "scan", "selected", "severities_of"]
