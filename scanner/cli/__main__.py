"""`tenantproof`, and `python -m scanner.cli`."""

from __future__ import annotations

from typing import NoReturn

from scanner.base.process_end import expect_leave, leave
from scanner.cli.main import main


def command() -> NoReturn:
    """Runs one command in a process of its own, and ends that with the command's exit code."""
    expect_leave()
    leave(main())


if __name__ == "__main__":
    command()
