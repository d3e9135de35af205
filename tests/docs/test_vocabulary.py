"""One word for one thing: reports, print-outs, schemas, docs and help say what docs/glossary.md says.

Keys of the JSON report keep their older names (`deviations`, `met`, `undetermined`); only words that are read count.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.cli.arguments import parser_of_all
from scanner.outputs import render
from scanner.outputs.shared.render_options import RenderOptions
from tests.docs.commands import DOCS, ROOT
from tests.outputs.sample import sample_report

OLD = re.compile(r"\bdeviations?\b|\bundetermined\b|\bnot met\b", re.IGNORECASE)
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def descriptions(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            if key in ("description", "title") and isinstance(each, str):
                yield each
            else:
                yield from descriptions(each)
    elif isinstance(value, list):
        for each in value:
            yield from descriptions(each)


@pytest.mark.parametrize("path", sorted((ROOT / "schema").glob("*.json")), ids=lambda path: path.name)
def test_descriptions_of_schemas(path: Path) -> None:
    said = descriptions(json.loads(path.read_text("utf-8")))
    assert [text for text in said if OLD.search(_CODE.sub("", text))] == []


@pytest.mark.parametrize("form", ["text", "markdown", "github", "html"])
def test_reports(form: str) -> None:
    text = render(form, sample_report(), RenderOptions())
    text = text if isinstance(text, str) else b"".join(text).decode() if isinstance(text, list) else "".join(text)  # type: ignore[arg-type]  # texts by their form
    text = re.sub(r"<(style|script)\b.*?</\1>", "", text, flags=re.DOTALL)
    words = re.sub(r"<[^>]+>", " ", text)
    assert OLD.findall(words) == []


def test_docs_and_readme() -> None:
    pages = [*DOCS.rglob("*.md"), ROOT / "README.md"]
    found = {
        page.name: said
        for page in pages
        if page.name != "glossary.md" and (said := OLD.findall(_CODE.sub("", page.read_text("utf-8"))))
    }
    assert found == {}


def test_help() -> None:
    assert OLD.findall(parser_of_all().format_help()) == []


def test_the_glossary_has_every_word_of_the_verdicts() -> None:
    from scanner.outputs.shared.vocabulary import VERDICT_WORDS

    text = (DOCS / "glossary.md").read_text("utf-8")
    assert [word for word in VERDICT_WORDS.values() if f"**{word}**" not in text] == []


def words_of(value: object) -> Iterator[str]:
    """Every text that a template is given, but not the names by which it is given."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from words_of(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from words_of(each)


def test_print_out() -> None:
    """What the PDF says: the words that its template is given, and its own."""
    from scanner.outputs.printed.pages import print_out
    from scanner.shipped_data import templates_dir

    said = list(words_of(print_out(sample_report())))
    assert len(said) > 100, "the pages are not read"
    template = (templates_dir() / "report.typ").read_text("utf-8")
    # Keys of the data keep their older names, as those of the JSON report do.
    said.append(re.sub(r"\b\w+\.\w+", "", template))
    assert [text for text in said if OLD.search(_CODE.sub("", text))] == []
