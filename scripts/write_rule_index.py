"""Write `docs/rules.md`, the table of all shipped rules, and their counts in `README.md`, from the rules themselves."""

from __future__ import annotations

from pathlib import Path

from scanner.cli.rule_counts import counts
from scanner.cli.rule_docs import page_of
from scanner.language.library import load_library
from scanner.outputs.rule_pages import index

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "rules.md"
README = ROOT / "README.md"
_BEGIN, _END = "<!-- what `tenantproof rules count` prints -->\n", "<!-- end of it -->\n"


def text() -> str:
    library = load_library()
    return index([page_of(rule, library) for rule in library.rules])


def readme() -> str:
    """The README with the counts of now."""
    library = load_library()
    before, _, rest = README.read_text("utf-8").partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not end:
        raise ValueError("README.md has no place for the counts")
    told = "\n".join(counts(library.rules, library))
    return f"{before}{_BEGIN}```\n{told}\n```\n{_END}{after}"


if __name__ == "__main__":
    TARGET.write_text(text(), "utf-8")
    README.write_text(readme(), "utf-8")
    print(TARGET, README, sep="\n")
