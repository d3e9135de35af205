"""Write `docs/rules.md`, the table of all shipped rules, from the rules themselves."""

from __future__ import annotations

from pathlib import Path

from scanner.cli.rule_docs import page_of
from scanner.language.library import load_library
from scanner.outputs.rule_pages import index

TARGET = Path(__file__).resolve().parent.parent / "docs" / "rules.md"


def text() -> str:
    library = load_library()
    return index([page_of(rule, library) for rule in library.rules])


if __name__ == "__main__":
    TARGET.write_text(text(), "utf-8")
    print(TARGET)
