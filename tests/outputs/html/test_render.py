from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import time
import zlib
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest

from scanner import outputs
from scanner.findings.report_document import ReportDocument
from scanner.outputs.html import data as html_data
from scanner.outputs.html import page as html_page
from scanner.outputs.html import render as html_render
from scanner.outputs.shared.render_options import RenderOptions
from tests.outputs.sample import finding, resource, sample_report, waiting

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "report.html"
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
        self._data = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        # Data in a script element is not a script; browsers tell them apart by the type.
        self._data = dict(attrs).get("type") == "application/json"
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.misnested.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script" and self._data:
            self.texts.setdefault("data", []).append(data)
        elif self.open:
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


def _without_style_and_script(page: str) -> str:
    """The page's own words and marks: how it looks and moves is tested in a browser."""
    page = re.sub(r"sha256-[A-Za-z0-9+/=]+", "sha256-", page)  # of what is left out
    page = re.sub(r"<style>.*?</style>", "<style></style>", page, flags=re.DOTALL)
    page = re.sub(r"<script>.*?</script>", "<script></script>", page, flags=re.DOTALL)
    # The policy names digests of both.
    return re.sub(r"'sha256-[^']+'", "'sha256-'", page)


def test_the_page_is_the_one_that_was_looked_at_and_approved() -> None:
    rendered = _without_style_and_script(render(sample_report()))
    if os.environ.get("TENANTPROOF_WRITE_GOLDEN"):
        GOLDEN.write_text(rendered, "utf-8")
    assert rendered == GOLDEN.read_text("utf-8")


def test_hostile_markup_stays_text(page: Page) -> None:
    scripts = [attributes for tag, attributes in page.elements if tag == "script"]
    assert [attributes.get("type") for attributes in scripts] == ["application/json", None]
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
    for words in ("direct evidence, findings noted", "not determined", "ask for"):
        assert f">{words.capitalize()}</p>" in rendered
    for label in ("Tested", "Result", "Not tested", "Ask for"):
        assert f"<dt>{label}</dt>" in rendered
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


def packed(rendered: str) -> dict[str, list[str]]:
    """The findings that the page carries as data, by field."""
    page = Page(rendered)
    (attributes,) = (each for tag, each in page.elements if tag == "script" and each.get("id") == "rest")
    text = "".join(page.texts["data"])
    if attributes["data-encoding"] == "deflate":
        text = zlib.decompress(base64.b64decode(text)).decode()
    data = json.loads(text)
    assert len(data["ids"]) == int(attributes["data-number"] or 0)
    columns = {name: [data["strings"][each] for each in column] for name, column in data["columns"].items()}
    return {**columns, "id": data["ids"], "page": data["pages"]}


def test_what_is_past_the_page_is_data_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_page, "MOST_DETAILED", 10)
    monkeypatch.setattr(html_page, "MOST_WAITING", 20)
    report = sample_report()
    report["findings"] = [finding("dynamodb-kms", "high", "FAIL", resource(f"T{n}"), n) for n in range(50)]
    report["findings"] += [
        waiting("dynamodb-pitr", resource(f"U{n}"), 100 + n, "parameter", "parameter `Env` has no value")
        for n in range(25)
    ]
    rendered = render(report)
    page = Page(rendered)
    assert [tag for tag, _ in page.elements].count("article") == 30
    assert "And 40 more findings, under" in rendered
    assert "And 5 more verdicts, under" in rendered
    rest = packed(rendered)
    assert rest["name"] == [f"T{n}" for n in range(10, 50)] + [f"U{n}" for n in range(20, 25)]
    shown = {each.removeprefix("finding-") for each in page.attributes("id") if each.startswith("finding-")}
    assert shown | set(rest["id"]) == {each["id"] for each in report["findings"]}


def test_what_is_met_or_does_not_apply_travels_as_data() -> None:
    rest = packed(render(sample_report()))
    assert rest["verdict"] == ["PASS"] * 4 + ["NOT_APPLICABLE"]
    assert rest["name"] == ["Good0", "Good1", "Good2", "Good3", "Global"]


def test_large_data_is_deflated_and_hostile_names_in_it_stay_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_data, "MOST_PLAIN", 10)
    report = sample_report()
    report["findings"] = [finding("r", "low", "PASS", resource("</script><script>alert(1)</script>\0\u202e"), 1)]
    assert packed(render(report))["name"] == ["</script><script>alert(1)</script>\\x00\\u202e"]
    monkeypatch.undo()
    assert "<script>alert(1)" not in render(report)
    assert packed(render(report))["name"] == ["</script><script>alert(1)</script>\\x00\\u202e"]


def test_a_folder_has_every_open_finding_in_full_on_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_render, "A_PAGE", 4)
    monkeypatch.setattr(html_page, "MOST_DETAILED", 3)
    report = sample_report()
    pages = dict(html_render.folder(report, RenderOptions()))
    assert list(pages) == [
        "index.html",
        "findings-001.html",
        "findings-002.html",
        "findings-003.html",
        "findings-004.html",
    ]
    for name, text in pages.items():
        page = Page(text)
        assert page.misnested == page.open == []
        links = {each for each in page.attributes("href") if not each.startswith(("#", "https://", "http://", "data:"))}
        assert links <= set(pages), name
    further = [id_ for name, text in pages.items() if name != "index.html" for id_ in Page(text).attributes("id")]
    open_ = [each["id"] for each in report["findings"] if each["verdict"] in ("FAIL", "UNKNOWN", "SUPPRESSED")]
    assert sorted(each for each in further if each != "main") == sorted(f"finding-{each}" for each in open_)
    # What the first page does not show in full says on which page it is.
    rest = packed(pages["index.html"])
    for id_, number in zip(rest["id"], rest["page"], strict=True):
        assert (f'id="finding-{id_}"' in pages[html_render.page_name(int(number))]) if number else id_ not in open_


def test_the_matrix_shows_the_worst_of_a_pair_and_counts_reach_apart() -> None:
    report = sample_report()
    report["tenancy"]["value"] = {"owned": [{"kind": "dynamodb-item", "table": "Patients", "sensitive": ["phi"]}]}
    rendered = render(report)
    assert '<td class="cell c-leak"><a href="#proof-1" aria-label="PatientApiRole, DynamoDB items: leak">' in rendered
    assert "1 leak (1 by a tenant&#39;s own session)" in rendered
    assert "resting on application code alone" not in rendered
    proof = report["findings"][0]["proof"]
    assert proof is not None
    proof["reach"] = "application-only"
    rendered = render(report)
    assert '<td class="cell c-application">' in rendered
    assert '<td class="cell c-leak">' not in rendered
    assert "1 resting on application code alone" in rendered


def test_tenants_stand_against_tenants_where_principals_belong_to_one_each() -> None:
    report = sample_report()
    report["findings"][0]["resource"]["tenant"] = "lakeside"
    counterexample = report["findings"][0]["counterexample"]
    assert counterexample is not None
    counterexample["owner_tenant"] = "northgate"
    passed = next(each for each in report["findings"] if each["verdict"] == "PASS")
    passed["resource"]["tenant"] = "northgate"
    passed["proof"] = {
        "theorem": "cannot-cross-tenant",
        "over": None,
        "verdict": "ISOLATED",
        "vacuous": False,
        "reach": None,
        "assumptions": [],
    }
    rendered = render(report)
    assert "Isolation matrix: tenants and tenants" in rendered
    assert 'aria-label="lakeside to the data of northgate: leak"' in rendered
    assert "northgate to the data of lakeside" not in rendered  # isolated: a word, and nothing to follow
    passed["resource"]["tenant"] = None
    assert "tenants and tenants" not in render(report)


def test_a_history_is_drawn_and_its_numbers_are_a_table() -> None:
    report: dict[str, object] = dict(sample_report())
    runs = [
        {
            "at": f"2026-{month:02}-01T04:00:00Z",
            "exit_code": 1,
            "open": {"critical": month, "high": 2, "medium": 0, "low": 1},
            "undetermined": 5,
            "accepted": 1,
            "new": 1,
            "fixed": 0,
            "mean_age_days": 12.4,
        }
        for month in range(1, 4)
    ]
    period = {"from": "2026-01-01", "to": "2026-03-01", "runs": 3, "longest_gap_days": 31}
    changes = {"resources_added": ["Orders", "Scans"], "tenancy_changed": False}
    report["history"] = {"runs": runs, "period": period, "controls": {}, "changes": changes}
    report["findings"][0]["first_seen"] = "2026-11-10"  # type: ignore[index]  # a report as JSON gives it
    rendered = render(cast("ReportDocument", report))
    assert "<title>2026-03-01: 3 critical, 2 high, 1 low</title>" in rendered
    assert rendered.count('<rect class="sev critical"') == 3
    assert "3 audits from 2026-01-01 to 2026-03-01; longest gap 31 days" in rendered
    assert "2: Orders, Scans" in rendered
    assert 'first seen <time datetime="2026-11-10">2026-11-10</time>, open 12 days' in rendered


def test_stores_and_who_reaches_them_come_from_the_tenancy_and_the_proofs() -> None:
    report = sample_report()
    report["tenancy"]["value"] = {"owned": [{"kind": "dynamodb-item", "table": "Table0", "sensitive": ["phi"]}]}
    rendered = render(report)
    stores = rendered[rendered.index('id="stores"') : rendered.index('id="access"')]
    assert "<strong>Table0</strong>" in stores
    assert "1 finding" in stores
    access = rendered[rendered.index('id="access"') : rendered.index('id="rules"')]
    assert "reaching other tenants&#39; data" in access
    assert '<a href="#proof-1">infra/app.yaml#PatientApiRole</a>' in access


def test_the_same_report_gives_the_same_bytes_and_the_page_states_its_size() -> None:
    rendered = render(sample_report())
    assert rendered == render(sample_report())
    assert f"This file: {round(len(rendered.encode()) / 1000)} kB" in rendered


def test_five_thousand_findings_are_rendered_in_seconds() -> None:
    report = sample_report()
    report["findings"] = [finding(f"rule-{n % 90}", "high", "FAIL", resource(f"T{n}"), n) for n in range(5_000)]
    started = time.perf_counter()
    rendered = render(report)
    # 0.4 s where this was written.
    assert time.perf_counter() - started < 10
    assert len(rendered) < 12_000_000
