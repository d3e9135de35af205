"""The archive of a bundle: a zip that is the same bytes for the same members, and that is read without trust.

Members are stored and not compressed, so that another machine with another zlib writes the same file; what is large in
a bundle, a snapshot, is compressed already.
"""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

from scanner.base.problem import Problem, ProblemsError

MOST_MEMBERS = 200_000
MOST_BYTES = 2 * 1024 * 1024 * 1024
_TIME = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold
_MODE = (stat.S_IFREG | 0o644) << 16


def packed(members: Mapping[str, bytes]) -> bytes:
    """A zip in the order of names, without times: the same members give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _TIME)
            info.external_attr = _MODE
            info.create_system = 3  # as on any other machine
            archive.writestr(info, members[name])
    return out.getvalue()


def unpacked(path: Path) -> tuple[bytes, dict[str, bytes], list[str]]:
    """The archive's bytes, its members, and the names of those that are damaged. Raises ProblemsError."""
    shown = path.as_posix()
    try:
        if path.exists() and not path.is_file():
            raise ProblemsError([Problem(shown, "is not a regular file", kind="config")])
        if path.stat().st_size > MOST_BYTES:
            raise ProblemsError([Problem(shown, f"is larger than {MOST_BYTES >> 30} GiB", kind="config")])
        raw = path.read_bytes()
        members: dict[str, bytes] = {}
        damaged: list[str] = []
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            infos = archive.infolist()
            _refuse(infos, shown)
            for info in infos:
                try:
                    members[info.filename] = archive.read(info)
                except (zipfile.BadZipFile, EOFError, ValueError, OSError):
                    damaged.append(info.filename)
        return raw, members, damaged
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        OSError,
        ValueError,
        RuntimeError,
        EOFError,
        OverflowError,
    ) as error:
        said = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise ProblemsError(
            [Problem(shown, f"is no bundle that can be read: {str(said).lower()}", kind="config")]
        ) from None


def is_safe(name: str) -> bool:
    """Whether the name stays inside the folder that it is laid out in, on any system."""
    parts = name.split("/")
    plain = all(part not in ("", ".", "..") and part.isprintable() for part in parts)
    return plain and not any(mark in name for mark in "\\:\0") and len(name) <= 1024  # noqa: PLR2004  # no real one is longer


def _refuse(infos: list[zipfile.ZipInfo], shown: str) -> None:
    """Raises ProblemsError for what no bundle of ours is like, before anything of it is read."""
    why = None
    names = [info.filename for info in infos]
    if len(infos) > MOST_MEMBERS:
        why = f"has more than {MOST_MEMBERS:,} members"
    elif len(set(names)) != len(names):
        why = f"has the member `{next(each for each in names if names.count(each) > 1)}` twice"
    elif sum(info.file_size for info in infos) > MOST_BYTES:
        why = f"holds more than {MOST_BYTES >> 30} GiB"
    for info in infos:
        if not is_safe(info.filename):
            why = f"has a member whose name leads elsewhere: `{info.filename[:80]}`"
        elif stat.S_ISLNK(info.external_attr >> 16):
            why = f"has a link in it: `{info.filename}`"
        elif info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
            why = f"has a member that is compressed or encrypted, as none of ours is: `{info.filename}`"
    if why is not None:
        raise ProblemsError([Problem(shown, why, kind="config")])


__all__ = ["MOST_BYTES", "is_safe", "packed", "unpacked"]
