"""Builds the documentation site into build/site. `make docs` runs it, in an environment with what locks/docs.txt names.

    python scripts/build_docs.py

The pages of docs/ are copied, with a page for each rule and framework below reference/rules/, whose addresses are the
ids of the rules and so stay. A link that leads nowhere is an error.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "build" / "docs"
# Links to files of the repository beside docs/ have no page on the site.
_OUTSIDE = re.compile(r"\]\((?:\.\./)+(?!docs/)([\w./-]+)(#[\w-]*)?\)")


def main() -> int:
    """The exit code of MkDocs."""
    shutil.rmtree(ROOT / "build" / "docs", ignore_errors=True)
    shutil.rmtree(ROOT / "build" / "site", ignore_errors=True)
    shutil.copytree(ROOT / "docs", SOURCE)
    rules = SOURCE / "reference" / "rules"
    subprocess.run([sys.executable, "-m", "scanner.cli", "rules", "docs", "--out", str(rules)], cwd=ROOT, check=True)
    for page in SOURCE.rglob("*.md"):
        page.write_text(_without_links_outside(page), "utf-8")
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--quiet",
        "--config-file",
        str(ROOT / "mkdocs.yml"),
    ]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _without_links_outside(page: Path) -> str:
    text = page.read_text("utf-8")

    def plain(match: re.Match[str]) -> str:
        target = (page.parent / match[0][2:-1].partition("#")[0]).resolve()
        return match[0] if target.is_relative_to(SOURCE) and target.exists() else "]"

    # `[words](../README.md)` becomes `[words]`, which Markdown shows as it stands.
    return _OUTSIDE.sub(plain, text)


if __name__ == "__main__":
    sys.exit(main())
