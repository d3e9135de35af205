from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from scanner.findings.report_document import VERDICTS, ReportDocument
from scanner.outputs.markdown import MARKER, MOST_BYTES
from scanner.outputs.shared import markdown_digest, markdown_escape
from scanner.outputs.shared.render_options import RenderOptions
from tests.outputs.hostile import NAMES, hostile_report
from tests.outputs.reading import rendered
from tests.outputs.sample import sample_report

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OURS = {"details", "summary", "b", "code", "h3", "p", "strong", "ul", "li"}


class Page(HTMLParser):
    """What a browser would make of the finished page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.comments: list[str] = []
        self.feed(READER.render(text))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        if "code" not in self.open:
            self.words.append(data)


def tokens(text: str) -> list[Token]:
    return [child for token in READER.parse(text) for child in (token, *(token.children or ()))]


def test_the_comment_is_found_again_by_its_first_line() -> None:
    assert rendered("markdown", sample_report()).splitlines()[0] == MARKER == "<!-- tenantproof:report -->"


def test_the_worst_comes_first_with_request_and_fix() -> None:
    text = rendered("markdown", sample_report())
    heading, *_ = [line for line in text.splitlines() if line.startswith("### ")]
    assert heading == "### tenantproof: 1 critical, 1 high, 5 medium, 1 low"
    leak = text[text.index("<b>critical</b>") : text.index("<b>high</b>")]
    assert (
        "- action `dynamodb:Query`\n" in leak and "**Fix:** Condition the statement on `dynamodb:LeadingKeys`" in leak
    )


def test_everything_is_counted_folded_up() -> None:
    text = rendered("markdown", sample_report())
    titles = re.findall(r"<details><summary>([^<]*)</summary>", text)
    assert titles == [
        "5 findings at medium and low",
        "5 unknown",
        "1 accepted finding",
        "1 finding of resources that a framework made (CDK, SAM)",
        "1 not seen",
    ]
    assert "**Next:** scan again with" in text


def test_a_report_without_deviations_says_no_more_than_that() -> None:
    report: ReportDocument = {**sample_report(), "findings": [], "errors": [], "proofs": [], "exit_code": 0}
    report["summary"] = {"resources": 1, "rules": 4, "verdicts": {**dict.fromkeys(VERDICTS, 0), "PASS": 4}}
    text = rendered("markdown", report)
    assert "### tenantproof: no findings" in text and "complian" not in text and "✓" not in text


@pytest.mark.parametrize("report", [sample_report(), hostile_report()], ids=["sample", "hostile"])
def test_no_name_links_embeds_mentions_or_formats(report: ReportDocument) -> None:
    text = rendered("markdown", report)
    page = Page(text)
    assert page.open == [] and page.tags <= OURS and page.attributes == []
    assert page.comments == [" tenantproof:report "]
    words = "".join(page.words)
    # A word that could be a reference is code, as a whole.
    assert "pixel" in text or report is not hostile_report()
    # What GitHub and GitLab look for in the finished text, outside code.
    references = re.findall(r"(?<!\w)[@#!%]\w|\bGH-\d|\w://|\bwww\.\w|\w@\w+\.\w", words)
    assert references == []
    assert not any(token.type in ("link_open", "image", "table_open", "s_open", "em_open") for token in tokens(text))


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_code_is_read_back_as_it_was_shown(name: str) -> None:
    shown = markdown_escape.short(name, markdown_escape.MOST_NAME) or " "
    found = [each.content for each in tokens(f"a {markdown_escape.code(name)} b") if each.type == "code_inline"]
    assert found == [shown]


@pytest.mark.parametrize("name", NAMES)
def test_a_sentence_is_one_line_of_text_and_code(name: str) -> None:
    types = {each.type for each in tokens(f"What: {markdown_escape.prose(name)}")}
    assert types <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special", "code_inline"}


def test_it_fits_into_a_comment_and_says_how_much_did_not() -> None:
    text = rendered("markdown", hostile_report())
    assert 40_000 < len(text) <= len(text.encode()) <= MOST_BYTES <= 65_000
    assert re.search(r"^and [\d,]+ more accepted findings, for which there is no room here$", text, re.MULTILINE)


@pytest.mark.parametrize("limit", [1_500, 3_000, 10_000, 100_000])
def test_whatever_the_limit_every_fold_is_closed(limit: int) -> None:
    text = markdown_digest.digest(hostile_report(700), RenderOptions(), limit)
    assert len(text.encode()) <= max(limit, 3_500)
    assert Page(text).open == []


def test_the_same_report_is_the_same_comment_but_for_nothing() -> None:
    report = sample_report()
    later: ReportDocument = {**report, "generated_at": "2030-01-01T00:00:00Z"}
    later["findings"] = list(reversed(report["findings"]))
    assert rendered("markdown", later) == rendered("markdown", report)
