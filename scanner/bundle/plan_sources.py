"""The `.tf` files that plans of Terraform were read with, as a bundle holds them."""

from __future__ import annotations

import posixpath
from pathlib import Path

from scanner.base.repository import repository_root
from scanner.bundle.archive import is_safe
from scanner.bundle.data_secrets import secrets_of_data
from scanner.bundle.source_secrets import without_secrets_of_source
from scanner.inputs.terraform.sources import source_files
from scanner.model.secret_detectors import scrubbed
from scanner.options import Options
from scanner.scanning import Gathered

SOURCES = (".tf", ".tofu")


def shown_below(path: Path | None) -> str | None:
    """As below `inputs/`: from the repository's root, or by its name alone outside of one."""
    if path is None:
        return None
    root = repository_root(path.parent)
    return path.resolve().relative_to(root.resolve()).as_posix() if root is not None else path.name


def sources_of(gathered: Gathered, options: Options) -> str | None:
    """Where the `.tf` files of plans are, `.` for beside each; None where there are none."""
    folders = [folder for _, folder in _source_folders(gathered, options)]
    if not any(path.suffix in SOURCES for folder in folders if folder.is_dir() for path in folder.iterdir()):
        return None
    return "." if options.source is None else shown_below(options.source)


def _source_folders(gathered: Gathered, options: Options) -> list[tuple[str, Path]]:
    """The folders that plans are read with, by their names below `inputs/`; a state has no sources."""
    read = {each.path for each in gathered.reading.inputs if each.kind == "terraform-plan"}
    plans = [found for found in gathered.discovery.found if found.shown in read]
    if options.source is not None:
        return [(shown_below(options.source) or "", options.source)] if plans else []
    return [(found.shown.rpartition("/")[0], found.path.parent) for found in plans]


def source_members(gathered: Gathered, options: Options) -> dict[str, bytes] | None:
    """The `.tf` files that plans were read with, without secrets, by names below `inputs/`.

    None where there are none, and where a name of them leads out of what a bundle can hold.
    """
    if sources_of(gathered, options) is None:
        return None
    plans = {each.path for each in gathered.reading.inputs if each.kind == "terraform-plan"}
    told: set[str] = set()
    for found in gathered.discovery.found:
        if found.shown in plans:
            told |= secrets_of_data(found.path.read_bytes())
    members: dict[str, bytes] = {}
    for shown, folder in _source_folders(gathered, options):
        for name, path in source_files(folder):
            inside = posixpath.normpath(f"{shown}/{name}" if shown else name)
            if not is_safe(inside):
                return None
            content = path.read_bytes()
            if path.suffix in SOURCES:
                members[inside] = without_secrets_of_source(content, told)
            else:
                members[inside] = scrubbed(content.decode("utf-8", "surrogateescape")).encode(
                    "utf-8", "surrogateescape"
                )
    return members


__all__ = ["SOURCES", "shown_below", "source_members", "sources_of"]
