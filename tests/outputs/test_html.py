from __future__ import annotations

import base64
import hashlib
import os
import time
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from scanner import outputs
from scanner.findings.document import ReportDocument
from scanner.outputs import html
from scanner.outputs.options import RenderOptions
from tests.outputs.sample import finding, resource, sample_report, waiting

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "report.html"
# What makes a browser fetch something, but for links that a person must click.
_FETCHING = {"src", "srcset", "poster", "data", "action", "formaction", "background", "ping", "xlink:href", "manifest"}
_EMPTY = {"meta", "link", "br", "input", "rect", "img", "hr"}


class Page(HTMLParser):
    """Elements, their attributes, and whether everything that opens is closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.misnested: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.misnested.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)

    def attributes(self, name: str) -> list[str]:
        return [value or "" for _, attributes in self.elements for key, value in attributes.items() if key == name]


def render(report: ReportDocument) -> str:
    text = outputs.render("html", report, RenderOptions())
    assert isinstance(text, str)
    return text


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(render(sample_report()))


def test_the_page_is_the_one_that_was_looked_at_and_approved() -> None:
    rendered = render(sample_report())
    if os.environ.get("TENANTPROOF_WRITE_GOLDEN"):
        GOLDEN.write_text(rendered, "utf-8")
    assert rendered == GOLDEN.read_text("utf-8")


def test_hostile_markup_stays_text(page: Page) -> None:
    assert [tag for tag, _ in page.elements].count("script") == 1
    assert not {"img", "b", "iframe", "object", "embed"} & {tag for tag, _ in page.elements}
    assert not [key for _, attributes in page.elements for key in attributes if key.startswith("on") or key == "style"]
    assert "<script>alert(1)</script>" in "".join(page.texts["strong"])


def test_every_element_that_opens_is_closed_in_order(page: Page) -> None:
    assert page.misnested == []
    assert page.open == []


def test_no_control_or_bidirectional_character_is_in_the_page() -> None:
    assert {each for each in render(sample_report()) if not each.isprintable()} == {"\n"}


def test_nothing_is_fetched_and_only_web_addresses_are_links(page: Page) -> None:
    assert [key for _, attributes in page.elements for key in attributes if key in _FETCHING] == []
    assert {attributes.get("href") for tag, attributes in page.elements if tag == "link"} == {"data:,"}
    links = [attributes["href"] or "" for tag, attributes in page.elements if tag == "a"]
    assert [link for link in links if not link.startswith(("#", "https://", "http://"))] == []
    assert "@import" not in "".join(page.texts["style"])
    assert "url(" not in "".join(page.texts["style"]).replace("url(#hatch)", "")


def test_the_policy_allows_this_stylesheet_and_this_script_and_nothing_else(page: Page) -> None:
    (policy,) = (
        attributes["content"] or ""
        for tag, attributes in page.elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    directives = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["base-uri"] == directives["form-action"] == "'none'"
    for element in ("style", "script"):
        digest = hashlib.sha256("".join(page.texts[element]).encode()).digest()
        assert directives[f"{element}-src"] == f"'sha256-{base64.b64encode(digest).decode()}'"
    # A policy counts only for what stands after it.
    tags = [tag for tag, _ in page.elements]
    assert tags.index("meta") < tags.index("link") < tags.index("style")


def test_ids_are_unique_and_every_inner_link_has_its_target(page: Page) -> None:
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in page.attributes("href") if link.startswith("#")} <= set(ids)


def test_the_same_finding_twice_has_one_anchor() -> None:
    report = sample_report()
    report["findings"].append(report["findings"][0])
    ids = Page(render(report)).attributes("id")
    assert len(ids) == len(set(ids))


def test_headings_go_down_one_step_at_a_time(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if tag in ("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_landmarks_and_a_skip_link_are_there(page: Page) -> None:
    tags = [tag for tag, _ in page.elements]
    assert {"header", "nav", "main", "footer"} <= set(tags)
    first_link = next(attributes for tag, attributes in page.elements if tag == "a")
    assert first_link["href"] == "#main"


def test_every_control_is_a_row_with_the_words_of_its_status() -> None:
    rendered = render(sample_report())
    for control in sample_report()["controls"]:
        assert f'id="control-hipaa-security-rule-{control["id"]}"' in rendered
    for words in ("deviations noted", "not determined", "not assessable from infrastructure"):
        assert f">{words}</td>" in rendered
    assert "not a conclusion on compliance" in rendered


def test_a_proof_names_what_it_rests_on() -> None:
    report = sample_report()
    passed = next(each for each in report["findings"] if each["verdict"] == "PASS")
    passed["proof"] = {
        "theorem": "cannot-cross-tenant",
        "over": None,
        "verdict": "ISOLATED",
        "vacuous": False,
        "reach": None,
        "assumptions": ["tenant ids match `[a-z]{1,9}`", "clerks may read all"],
    }
    report["proofs"][1]["finding"] = passed["id"]
    rendered = render(report)
    assert "isolated by IAM, under 2 assumptions" in rendered
    assert "clerks may read all" in rendered


def test_thousands_of_findings_are_details_then_lines_then_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MOST_DETAILED", 10)
    monkeypatch.setattr(html, "MOST_LISTED", 20)
    report = sample_report()
    report["findings"] = [finding("dynamodb-kms", "high", "FAIL", resource(f"T{n}"), n) for n in range(50)]
    report["findings"] += [
        waiting("dynamodb-pitr", resource(f"U{n}"), 100 + n, "parameter", "parameter `Env` has no value")
        for n in range(25)
    ]
    rendered = render(report)
    page = Page(rendered)
    assert [tag for tag, _ in page.elements].count("article") == 10
    assert "And 20 more deviations, all in the JSON report." in rendered
    assert "And 5 more verdicts, all in the JSON report." in rendered


def test_five_thousand_findings_are_rendered_in_seconds() -> None:
    report = sample_report()
    report["findings"] = [finding(f"rule-{n % 90}", "high", "FAIL", resource(f"T{n}"), n) for n in range(5_000)]
    started = time.perf_counter()
    rendered = render(report)
    # 0.4 s where this was written.
    assert time.perf_counter() - started < 10
    assert len(rendered) < 12_000_000
