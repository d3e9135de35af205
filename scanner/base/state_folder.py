"""The project's `.tenantproof` folder, where audits keep their history and snapshots."""

from __future__ import annotations

from pathlib import Path

NAME = ".tenantproof"


def state_folder(path: Path) -> Path:
    """The folder at `path`, made if need be; one of our own name tells git to leave all of it out.

    Snapshots tell much of an account and histories have findings in them, so neither is committed by accident. A folder
    of another name, which the user chose, is left as it is. Raises OSError.
    """
    path.mkdir(parents=True, exist_ok=True)
    own = next((each for each in (path, *path.parents) if each.name == NAME), None)
    if own is not None and not (own / ".gitignore").exists():
        (own / ".gitignore").write_text("*\n", "utf-8")
    return path
