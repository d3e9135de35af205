"""Renew `locks/`: the exact versions, with hashes, that demo, tests and the Action install. `make lock` runs it.

    python scripts/lock.py            # resolve anew and print what changed
    python scripts/lock.py --check    # exit 1 if pyproject.toml asks for what the locks do not hold

Needs uv, whose resolution is for all platforms and for every Python from 3.11 on. `core` is what a plain install has,
`gate` has the extras of `all`, `test` is for `make test`, `full` for `make test-all`; each is a part of the next one.
`docs` is for `make docs`.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "locks"
# The largest first: the others are held to its versions.
EXTRAS = {"full": "full", "test": "dev", "gate": "all", "core": None, "docs": "docs"}
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def resolved(extra: str | None, constraint: Path | None, kept: Path | None) -> str:
    """A requirements file for one extra. Raises CalledProcessError with uv's own words on standard error."""
    command = ["uv", "pip", "compile", "--quiet", "pyproject.toml", "--group", "build", "--universal"]
    command += ["--python-version", "3.11", "--generate-hashes", "--no-annotate", "--no-header"]
    if extra is not None:
        command += ["--extra", extra]
    if constraint is not None:
        command += ["--constraint", str(constraint)]
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "lock.txt"
        if kept is not None:
            output.write_text(kept.read_text("utf-8"), "utf-8")
        subprocess.run([*command, "--output-file", str(output)], cwd=ROOT, check=True)
        return output.read_text("utf-8")


def versions(text: str) -> dict[str, str]:
    """Package -> version, of a requirements file."""
    return dict(PINNED.findall(text))


def main(arguments: list[str]) -> int:
    """The exit code."""
    check = arguments == ["--check"]
    if arguments and not check:
        print(__doc__)
        return 2
    LOCKS.mkdir(exist_ok=True)
    stale = False
    for name, extra in EXTRAS.items():
        path = LOCKS / f"{name}.txt"
        before = path.read_text("utf-8") if path.exists() else ""
        constraint = None if name == "full" else LOCKS / "full.txt"
        after = resolved(extra, constraint, path if check and path.exists() else None)
        old, new = versions(before), versions(after)
        for package in sorted(old.keys() | new.keys()):
            if old.get(package) != new.get(package):
                stale = True
                print(f"{name}: {package} {old.get(package, 'absent')} -> {new.get(package, 'absent')}")
        if not check:
            path.write_text(after, "utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
