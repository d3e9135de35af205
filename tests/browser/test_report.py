"""The HTML report in a real browser, as three readers use it: with the mouse, with keys, on paper."""

from __future__ import annotations

import http.server
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import pytest

from scanner.cli.main import main
from scanner.findings.report_document import ReportDocument
from scanner.outputs import render
from scanner.outputs.html import page as html_page
from scanner.outputs.html import render as html_render
from scanner.outputs.shared.render_options import RenderOptions
from scanner.scanning import Options, scan
from tests.outputs.hostile import hostile_report
from tests.outputs.sample import finding, resource, sample_report

pytestmark = pytest.mark.full

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

Scheme = Literal["light", "dark"]
COUNT = "#filter-count"
SHOWN = "article[data-severity]:visible"


@dataclass
class Seen:
    """What a page said and asked for while it was open."""

    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


CLINIC = Path(__file__).resolve().parents[2] / "examples" / "virtual-clinic" / "sound"
Open = Callable[..., "tuple[Page, Seen]"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, driven by playwright; where one is missing the tests are skipped, in CI they fail."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        _missing("the package playwright: pip install playwright")
    if chromium is None:
        _missing("chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


def _missing(what: str) -> None:
    if os.environ.get("TENANTPROOF_REQUIRE_ALL"):
        pytest.fail(f"the browser tests need {what}", pytrace=False)
    pytest.skip(f"needs {what}")


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Writes a report as a page and opens it; nothing may be logged and nothing asked for but the page itself."""
    opened: list[tuple[Page, Seen]] = []

    def run(
        report: ReportDocument | None = None,
        *,
        width: int = 1280,
        scheme: Scheme = "light",
        script: bool = True,
        at: str = "",
        before: Callable[[Page], object] | None = None,
    ) -> tuple[Page, Seen]:
        path = tmp_path / f"report-{len(opened)}.html"
        path.write_text(str(render("html", report or sample_report(), RenderOptions())), "utf-8", "backslashreplace")
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=script
        )
        # No measure of the page: another process may have the machine for as long.
        context.set_default_timeout(60_000)
        page, seen = context.new_page(), Seen()
        page.on("console", lambda message: seen.console.append(message.text))
        page.on("pageerror", lambda error: seen.console.append(str(error)))
        page.on("dialog", lambda dialog: (seen.console.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: seen.requests.append(request.url))
        if before is not None:
            before(page)
        page.goto(path.as_uri() + at)
        if script:
            page.locator(COUNT, has_text="verdicts shown").wait_for()
        opened.append((page, seen))
        return page, seen

    yield run
    for page, seen in opened:
        assert seen.console == []
        assert [each for each in seen.requests if not each.startswith(("file:", "data:,"))] == []
        assert len([each for each in seen.requests if each.startswith("file:")]) == 1
        page.context.close()


def told(page: Page, words: str) -> None:
    """Waits until the count says so."""
    page.locator(COUNT, has_text=words).wait_for()


def names(page: Page) -> list[str]:
    """Also of what is not drawn yet, for it is far below."""
    return page.locator(f"{SHOWN} > strong, {SHOWN} > .where > strong").all_text_contents()


def test_it_opens_without_a_word_on_the_console_and_without_a_request(show: Open) -> None:
    page, _ = show()
    assert page.locator("#filter").is_visible()
    told(page, "14 of 19 verdicts shown")


def test_a_script_in_a_name_does_not_run(show: Open) -> None:
    page, seen = show(hostile_report(600))
    assert page.title().startswith("Isolation and safeguards")
    for key in ("j", "?", "Escape", "/"):
        page.keyboard.press(key)
    page.check("[name=verdict][value=PASS]")
    page.check("[name=verdict][value=NOT_APPLICABLE]")
    told(page, "600 of 600")
    page.select_option("#sort", "name")
    page.locator("#matches").wait_for()
    assert page.locator("#matches article").count() == 100
    assert page.evaluate("document.querySelectorAll('script').length") == 2
    assert page.evaluate("document.querySelectorAll('img, iframe, object, embed').length") == 0
    assert seen.console == []


def test_what_slips_through_is_stopped_by_the_policy(browser: Browser, tmp_path: Path) -> None:
    text = str(render("html", sample_report(), RenderOptions()))
    evil = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script><h1>"
    path = tmp_path / "broken.html"
    path.write_text(text.replace("<h1>", evil, 1), "utf-8")
    page = browser.new_page()
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.goto(path.as_uri())
    page.wait_for_timeout(200)
    assert page.title().startswith("Isolation and safeguards")
    assert any("Content Security Policy" in message for message in messages)
    page.close()


def test_search_narrows_to_what_has_all_words(show: Open) -> None:
    page, _ = show()
    page.fill("#filter-text", "TABLE3 pitr")
    told(page, "1 of 19")
    assert names(page) == ["Table3"]
    # The rule's own words stand above its findings and are searched with them.
    page.fill("#filter-text", "point in time")
    told(page, "7 of 19")
    page.fill("#filter-text", "nothing has this")
    told(page, "0 of 19")
    assert page.locator("[data-group]:visible").count() == 0


def test_filters_by_severity_verdict_layer_and_rule(show: Open) -> None:
    page, _ = show()
    page.uncheck("[name=severity][value=critical]")
    told(page, "13 of 19")
    page.check("[name=severity][value=critical]")
    page.check("[name=verdict][value=PASS]")
    told(page, "18 of 19")
    assert {"Good0", "Good1", "Good2", "Good3"} <= set(names(page))
    page.uncheck("[name=verdict][value=FAIL]")
    told(page, "10 of 19")
    page.check("[name=verdict][value=FAIL]")
    page.uncheck("[name=verdict][value=PASS]")
    page.select_option("#pick-layer", "identity")
    told(page, "1 of 19")
    assert names(page) == ["PatientApiRole"]
    page.select_option("#pick-layer", "")
    page.select_option("#pick-rule", "dynamodb-pitr")
    told(page, "7 of 19")


def test_filters_by_account_stack_tenant_and_state_where_there_is_a_choice(show: Open) -> None:
    page, _ = show()
    for name in ("account", "tenant", "state"):
        assert page.locator(f"#pick-{name}").count() == 0
    report = sample_report()
    for number, each in enumerate(report["findings"]):
        each["resource"]["account"] = f"11112222333{number % 2}"
        each["resource"]["tenant"] = f"clinic-{number % 3}"
        each["resource"]["stack"] = f"stack-{number % 3}"
        if each["verdict"] == "FAIL":
            each["state"] = "new" if number == 0 else "known"
    page, _ = show(report)
    page.select_option("#pick-state", "new")
    told(page, "1 of 19")
    page.select_option("#pick-state", "")
    page.select_option("#pick-account", "111122223330")
    page.select_option("#pick-tenant", "clinic-0")
    page.select_option("#pick-stack", "stack-0")
    told(page, "3 of 19")


def test_sorting_makes_one_list_and_goes_back_to_groups(show: Open) -> None:
    report = sample_report()
    for number, each in enumerate(report["findings"]):
        cast("dict[str, object]", each)["first_seen"] = f"2026-10-{28 - number:02}"
    page, _ = show(report)
    page.select_option("#sort", "name")
    page.locator("#matches").wait_for()
    in_order = names(page)
    assert len(in_order) == 14
    assert in_order == sorted(in_order)
    assert not page.locator("#deviations").is_visible()
    page.select_option("#sort", "first")
    page.wait_for_timeout(250)
    oldest = page.locator("#matches article time").first.inner_text()
    page.select_option("#sort", "newest")
    page.wait_for_timeout(250)
    assert oldest < page.locator("#matches article time").first.inner_text()
    assert page.evaluate("new Set([...document.querySelectorAll('[id]')].map((e) => e.id)).size") == page.evaluate(
        "document.querySelectorAll('[id]').length"
    )
    page.select_option("#sort", "")
    page.locator("#deviations").wait_for()
    assert not page.locator("#matches").is_visible()


def test_a_link_to_a_finding_opens_at_it(show: Open) -> None:
    page, _ = show(at="#finding-0000000000000029")
    target = page.locator("#finding-0000000000000029")
    assert target.get_attribute("data-rule") == "dynamodb-items-stay-with-tenant"
    assert target.locator("details").get_attribute("open") is not None
    assert page.locator(".arrived").count() == 1
    box, bar = target.bounding_box(), page.locator("#filter").bounding_box()
    assert box is not None
    assert bar is not None
    # Below the bar that stays in sight, not behind it.
    assert bar["y"] + bar["height"] <= box["y"] < 400


def test_a_link_to_a_filtered_finding_brings_it_back(show: Open) -> None:
    page, _ = show()
    page.fill("#filter-text", "nothing has this")
    told(page, "0 of 19")
    page.evaluate("location.hash = 'finding-0000000000000029'")
    told(page, "14 of 19")
    assert page.locator("#finding-0000000000000029").is_visible()


def test_a_link_to_what_is_only_data_shows_it(show: Open) -> None:
    passed = next(each for each in sample_report()["findings"] if each["verdict"] == "PASS")
    page, _ = show(at=f"#finding-{passed['id']}")
    target = page.locator(f"#finding-{passed['id']}")
    target.wait_for()
    assert "Good0" in target.inner_text()


def test_a_cell_of_the_matrix_leads_to_its_proof_and_the_proof_to_its_finding(show: Open) -> None:
    page, _ = show()
    page.click(".matrix .c-leak a")
    assert page.evaluate("location.hash") == "#proof-1"
    page.click("#proof-1 .message a")
    page.locator("#finding-0000000000000029.arrived").wait_for()


def test_the_keyboard_alone_is_enough(show: Open) -> None:
    page, _ = show()
    page.keyboard.press("/")
    page.keyboard.type("table/")
    assert page.input_value("#filter-text") == "table/"
    page.fill("#filter-text", "")
    told(page, "14 of 19")
    page.keyboard.press("Escape")
    focused = "document.activeElement.closest('article')?.querySelector('strong').textContent"
    page.keyboard.press("j")
    assert page.evaluate(focused) == "PatientApiRole"
    page.keyboard.press("j")
    second = page.evaluate(focused)
    assert second != "PatientApiRole"
    page.keyboard.press("k")
    assert page.evaluate(focused) == "PatientApiRole"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    was = page.locator("#finding-0000000000000029 details").get_attribute("open")
    page.keyboard.press("Enter")
    assert page.locator("#finding-0000000000000029 details").get_attribute("open") != was
    assert page.evaluate("location.hash") == "#finding-0000000000000029"
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#keys").is_visible()


def test_the_first_tab_goes_past_the_sections(show: Open) -> None:
    page, _ = show()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(show: Open, scheme: Scheme, width: int) -> None:
    axe_module = pytest.importorskip("axe_playwright_python.sync_playwright")
    page, _ = show(_full(), scheme=scheme, width=width)
    for sort in ("", "name"):
        page.select_option("#sort", sort)
        page.wait_for_timeout(250)
        results = axe_module.Axe().run(page)
        found = [
            (each["id"], node["html"][:200], node["failureSummary"])
            for each in results.response["violations"]
            for node in each["nodes"]
        ]
        assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_pages_of_rules_and_frameworks(browser: Browser, tmp_path: Path, scheme: Scheme) -> None:
    axe_module = pytest.importorskip("axe_playwright_python.sync_playwright")
    assert main(["rules", "docs", "--site", "--out", str(tmp_path), "s3-*", "dynamodb-items-stay-with-tenant"]) == 0
    pages = sorted(tmp_path.rglob("*.html"), key=lambda each: (len(each.parts), each.name))
    context = browser.new_context(viewport={"width": 390, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    for path in pages[:3] + pages[-3:]:
        page.goto(path.as_uri(), timeout=60_000)
        found = [(path.name, each["id"]) for each in axe_module.Axe().run(page).response["violations"]]
        assert found == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_dark_is_dark_and_light_is_light(show: Open) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light, _ = show(scheme="light")
    dark, _ = show(scheme="dark")
    assert light.evaluate(ground) == "rgb(255, 255, 255)"
    assert dark.evaluate(ground) == "rgb(20, 24, 28)"


@pytest.mark.parametrize("width", [1280, 768, 390])
def test_a_number_and_the_words_beside_it_stand_apart(show: Open, width: int) -> None:
    """`16` resources in account `1111...` were read as one number."""
    page, _ = show(scan(options=Options([CLINIC])).report, width=width)
    gaps = page.evaluate(
        """() => {
            const edges = cell => {
                const range = document.createRange();
                range.selectNodeContents(cell);
                return range.getBoundingClientRect();
            };
            return [...document.querySelectorAll("td.num + td:not(.num)")]
                .map(each => edges(each).left - edges(each.previousElementSibling).right);
        }"""
    )
    assert gaps and min(gaps) >= 8


@pytest.mark.parametrize("width", [390, 360, 340, 320, 768])
def test_nothing_is_wider_than_the_window(show: Open, width: int) -> None:
    report = _full()
    for each, layer in zip(report["findings"], ("observability", "encryption", "tenancy"), strict=False):
        each["layer"] = layer
    page, _ = show(report, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_no_column_of_what_to_do_and_of_stores_is_out_of_sight(show: Open, width: int) -> None:
    """On a telephone where and how to mend stood beyond the edge, and rows were blank for the height of them."""
    page, _ = show(scan(options=Options(paths=[CLINIC.parent])).report, width=width)
    for table in ("table.steps", "table.declared"):
        cells = page.locator(f"{table} td")
        assert cells.count() > 0
        edges = cells.evaluate_all("all => all.map(each => each.getBoundingClientRect().right)")
        assert max(edges) <= width, table


@pytest.mark.parametrize("width", [1280, 768])
def test_what_a_link_leads_to_is_not_behind_the_filter(show: Open, width: int) -> None:
    page, _ = show(_full(), width=width)
    for section in ("deviations", "undetermined", "accepted"):
        page.click(f"nav a[href='#{section}']")
        page.wait_for_timeout(100)
        top = page.locator(f"#{section}-h").evaluate("each => each.getBoundingClientRect().top")
        assert top >= page.locator("#filter").evaluate("each => each.getBoundingClientRect().bottom") - 1


def test_controls_are_chosen_by_what_is_said_of_them_and_rules_are_links(show: Open) -> None:
    page, _ = show(_full())
    entries = page.locator("#controls [data-standing]")
    count = entries.count()
    assert page.locator("#standing-count").inner_text() == f"{count} of {count} entries"
    options = page.locator("#pick-standing option").evaluate_all("all => all.map(each => each.value)")
    assert options[0] == "" and len(options) > 2
    for standing in options[1:]:
        page.select_option("#pick-standing", standing)
        shown = page.locator("#controls [data-standing]:visible").evaluate_all(
            "all => all.map(each => each.dataset.standing)"
        )
        assert set(shown) == {standing}
        assert page.locator("#standing-count").inner_text() == f"{len(shown)} of {count} entries"
    page.select_option("#pick-standing", "")
    assert page.locator("#controls [data-standing]:visible").count() == count
    link = page.locator("#controls .rule-link").first
    target = link.get_attribute("href") or ""
    link.click()
    assert page.evaluate("location.hash") == target
    assert page.locator(f"[id='{target[1:]}']").is_visible()


def test_on_paper_all_evidence_is_open_and_nothing_is_there_to_click(show: Open, tmp_path: Path) -> None:
    report = sample_report()
    report["findings"] = [finding("dynamodb-kms", "high", "FAIL", resource(f"T{n}"), n) for n in range(60)]
    page, _ = show(report)
    assert page.locator(".finding details:not([open])").count() == 40
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    assert not page.locator("#filter").is_visible()
    assert not page.locator("nav").is_visible()
    assert page.locator("#controls").is_visible() and not page.locator("#pick-standing").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    pdf = page.pdf(path=tmp_path / "report.pdf", format="A4")
    assert pdf.startswith(b"%PDF")
    assert len(pdf) > 40_000


def test_without_a_script_it_is_a_whole_document(show: Open) -> None:
    page, _ = show(script=False)
    assert not page.locator("#filter").is_visible()
    assert page.locator(SHOWN).count() == 14
    closed = page.locator(".proof details, #scope details, #answers details, .layers, .cli")
    assert page.locator("details:not([open])").count() == closed.count()
    assert page.locator("noscript").inner_text().startswith("They are shown a hundred at a time")


def test_five_thousand_findings_open_in_time(show: Open) -> None:
    report = sample_report()
    report["findings"] = [finding(f"rule-{n % 90}", "high", "FAIL", resource(f"T{n}"), n) for n in range(5_000)]
    sessions: list[CDPSession] = []

    def measured(page: Page) -> None:
        sessions.append(page.context.new_cdp_session(page))
        # Of the page's own thread: what else the machine does is no property of the page.
        sessions[0].send("Performance.enable", {"timeDomain": "threadTicks"})

    page, _ = show(report, before=measured)
    told(page, "5,000 of 5,000")
    metrics = {each["name"]: each["value"] for each in sessions[0].send("Performance.getMetrics")["metrics"]}
    # Seconds of one core; about one and a half where this was written.
    assert 0 < metrics["TaskDuration"] < 4


def test_findings_past_the_page_are_searched_and_paged(show: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_page, "MOST_DETAILED", 50)
    report = sample_report()
    report["findings"] = [finding(f"rule-{n % 9}", "high", "FAIL", resource(f"T{n:05}"), n) for n in range(20_000)]
    page, _ = show(report)
    assert page.locator("script[data-encoding=deflate]").count() == 1
    told(page, "20,000 of 20,000")
    further = page.locator("#further")
    assert "1 to 100 of 19,950" in further.inner_text()
    further.get_by_role("button", name="Next").click()
    assert "101 to 200 of 19,950" in further.inner_text()
    started = time.perf_counter()
    page.fill("#filter-text", "T19999")
    told(page, "1 of 20,000")
    assert time.perf_counter() - started < 5
    assert names(page) == ["T19999"]
    last = f"{19_999:016x}"
    page.fill("#filter-text", "")
    told(page, "20,000 of 20,000")
    page.evaluate(f"location.hash = 'finding-{last}'")
    page.locator(f"#finding-{last}.arrived").wait_for()


def test_the_pages_of_a_folder_lead_to_each_other(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html_page, "MOST_DETAILED", 2)
    monkeypatch.setattr(html_render, "A_PAGE", 10)
    report = sample_report()
    for name, text in html_render.folder(report, RenderOptions()):
        (tmp_path / name).write_text(text, "utf-8")
    page = browser.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text))
    page.goto((tmp_path / "index.html").as_uri())
    page.locator(COUNT, has_text="14 of 19").wait_for()
    page.locator("#further article .permalink").first.click()
    page.wait_for_url("**/findings-*.html#finding-*")
    assert page.locator("article:target").count() == 1
    page.get_by_role("link", name="The report").click()
    page.wait_for_url("**/index.html")
    assert errors == []
    page.close()


def test_served_over_http_nothing_else_is_asked_for(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(str(render("html", sample_report(), RenderOptions())), "utf-8")
    with _server(tmp_path) as (address, asked):
        page = browser.new_page()
        page.goto(f"{address}/report.html")
        page.locator(COUNT, has_text="verdicts shown").wait_for()
        page.close()
    assert asked == ["/report.html"]


def _full() -> ReportDocument:
    """The sample with everything a report may have."""
    report = cast("dict[str, object]", sample_report())
    run = {"open": {"critical": 2, "high": 3, "medium": 1, "low": 0}, "undetermined": 5, "accepted": 1, "new": 1}
    report["history"] = {
        "runs": [{"at": f"2026-0{month}-01", "fixed": 0, "mean_age_days": 9, **run} for month in range(1, 9)],
        "period": {"from": "2026-01-01", "to": "2026-08-01", "runs": 8, "longest_gap_days": 31},
        "controls": {},
        "changes": {"resources_added": ["Orders"]},
    }
    full = cast("ReportDocument", report)
    owned = [{"kind": "dynamodb-item", "table": "Table0", "key": "T#${tenant}#*", "sensitive": ["phi"]}]
    full["tenancy"]["value"] = {"model": "pool", "owned": owned}
    full["findings"][0]["state"] = "new"
    cast("dict[str, object]", full["findings"][0])["first_seen"] = "2026-10-01"
    return full


class _server:  # noqa: N801  # used as a context, like a function
    """Serves a folder on this machine and remembers what was asked for."""

    def __init__(self, folder: Path) -> None:
        asked: list[str] = []

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *arguments: object, **named: object) -> None:
                super().__init__(*arguments, directory=str(folder), **named)  # type: ignore[arg-type]  # handed on

            def do_GET(self) -> None:
                asked.append(self.path)
                super().do_GET()

            def log_message(self, *_: object) -> None:
                pass

        self._asked = asked
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> tuple[str, list[str]]:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_address[1]}", self._asked

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def test_no_table_is_wider_than_the_paper(browser: Browser, tmp_path: Path) -> None:
    """Paper does not scroll: the access review and the assets of the example were cut at its edge."""
    page_file = tmp_path / "clinic.html"
    example = Path(__file__).resolve().parents[2] / "examples" / "virtual-clinic"
    clinic = scan(options=replace(Options(), paths=[example], inventory=True)).report
    page_file.write_text(str(render("html", clinic, RenderOptions())), "utf-8", "backslashreplace")
    page = browser.new_page(viewport={"width": 688, "height": 1000})  # A4 without the margins
    page.goto(page_file.as_uri())
    page.emulate_media(media="print")
    wide = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1)"
    assert page.evaluate(f"{wide}.map(e => e.ariaLabel)") == []
    assert page.locator("#assets").count() == 1
    page.close()
