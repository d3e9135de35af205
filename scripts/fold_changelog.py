"""Puts the fragments of changelog.d/ into CHANGELOG.md below one version, by topic, and deletes them.

    python scripts/fold_changelog.py 0.2.0

A fragment is named `<issue>-<a few words>.md`; TOPICS says where issues belong, and what has no topic goes to the last.
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 132
LAST = "Scans, reports and commands"
TOPICS = {
    "18": "Isolation proof",
    "19": "Isolation proof",
    "20": "Inputs, baselines, gates and secrets",
    "21": "What AWS and its tools brought",
    "22": "Rules",
    "23": "Rules",
    "24": "Live accounts",
    "25": "Terraform and OpenTofu",
    "26": "Gates, bundles and exports",
    "27": "Databases",
    "28": "Kubernetes",
    "29": "Words, reports and documentation",
    "30": "Frameworks",
}


def main(arguments: list[str]) -> int:
    """The exit code: 2 for wrong usage or where the version has no heading."""
    if len(arguments) != 1:
        print(__doc__)
        return 2
    path = ROOT / "CHANGELOG.md"
    text = path.read_text("utf-8")
    heading = f"## {arguments[0]}\n"
    if heading not in text:
        print(f"CHANGELOG.md has no heading `{heading.strip()}`")
        return 2
    start = text.index(heading) + len(heading)
    end = text.find("\n## ", start) + 1 or len(text)
    section = text[start:end]
    for fragment in sorted((ROOT / "changelog.d").glob("[0-9]*.md")):
        topic = f"### {TOPICS.get(fragment.name.partition('-')[0], LAST)}\n\n"
        entry = textwrap.fill(
            " ".join(fragment.read_text("utf-8").split()).removeprefix("- "),
            WIDTH,
            initial_indent="- ",
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        if topic not in section:
            section = section.rstrip() + f"\n\n{topic}"
        after = section.index(topic) + len(topic)
        section = f"{section[:after]}{entry}\n{section[after:]}"
        fragment.unlink()
    path.write_text(text[:start] + section + text[end:], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
