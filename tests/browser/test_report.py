"""The HTML report in a real browser. Chromium runs headless, as a process for each question."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import re
import subprocess
import threading
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from scanner.outputs import render
from scanner.outputs.options import RenderOptions
from tests.outputs.sample import finding, resource, sample_report

Browse = Callable[..., tuple[str, str]]
# The probe is put into a copy of the page together with its hash, as nothing else may run there.
_PROBE = """
addEventListener("securitypolicyviolation", (event) => console.error("violation", event.violatedDirective));
addEventListener("load", async () => {{
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const shown = () => document.querySelectorAll("[data-severity]:not([hidden])").length;
  const answer = await (async () => {{ {body} }})();
  document.title = JSON.stringify(answer ?? null);
}});
"""


@pytest.fixture
def browse(requires: Callable[[str], str], tmp_path: Path) -> Browse:
    chromium = requires("chromium")

    def run(address: str, *options: str) -> tuple[str, str]:
        """The page as it stands after two seconds, and what the browser logged."""
        done = subprocess.run(
            [
                chromium,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                f"--user-data-dir={tmp_path / 'profile'}",
                "--enable-logging=stderr",
                "--virtual-time-budget=2000",
                *options,
                address,
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        log = "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)
        return done.stdout, log

    return run


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_text(str(render("html", sample_report(), RenderOptions())), "utf-8")
    return path


def ask(page: Path, browse: Browse, body: str) -> object:
    """What `body` returns, run in the page as it is, and nothing on the console."""
    probe = _PROBE.format(body=body)
    digest = base64.b64encode(hashlib.sha256(probe.encode()).digest()).decode()
    text = page.read_text("utf-8").replace("script-src ", f"script-src 'sha256-{digest}' ", 1)
    asked = page.with_name("asked.html")
    asked.write_text(text.replace("<body>", f"<body><script>{probe}</script>", 1), "utf-8")
    dom, log = browse(asked.as_uri(), "--dump-dom")
    assert log == ""
    title = re.search(r"<title>(.*?)</title>", dom, re.DOTALL)
    assert title is not None
    return json.loads(unescape(title[1]))


def test_the_page_opens_without_a_word_on_the_console(page: Path, browse: Browse) -> None:
    dom, log = browse(page.as_uri(), "--dump-dom")
    assert log == ""
    assert 'id="filter" role="search"' in dom
    assert "alert(1)</script>" not in dom


def test_a_script_in_a_name_does_not_run_and_the_policy_would_stop_it(page: Path, browse: Browse) -> None:
    text = page.read_text("utf-8")
    broken = page.with_name("broken.html")
    broken.write_text(text.replace("<h1>", "<img src=x onerror=\"document.title='owned'\"><h1>", 1), "utf-8")
    dom, log = browse(broken.as_uri(), "--dump-dom")
    assert "<title>owned</title>" not in dom
    assert "Content Security Policy" in log


def test_text_and_severity_filter_the_findings(page: Path, browse: Browse) -> None:
    body = """
      const all = shown();
      const text = document.getElementById("filter-text");
      const set = async (value) => {
        text.value = value; text.dispatchEvent(new Event("input", {bubbles: true})); await pause(200);
      };
      await set("TABLE3"); const one = shown();
      await set("nothing has this"); const none = shown();
      const groups = document.querySelectorAll("[data-group]:not([hidden])").length;
      await set("");
      document.querySelector("[value=critical]").click(); await pause(200);
      const told = document.getElementById("filter-count").textContent;
      return {all, one, none, groups, rest: shown(), told};
    """
    answer = ask(page, browse, body)
    assert answer == {
        "all": 14,
        "one": 1,
        "none": 0,
        "groups": 0,
        "rest": 13,
        "told": "13 of 14 findings shown",
    }


def test_the_slash_key_goes_to_the_filter_and_types_nothing(page: Path, browse: Browse) -> None:
    body = """
      document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "/", bubbles: true, cancelable: true}));
      return [document.activeElement.id, document.activeElement.value];
    """
    assert ask(page, browse, body) == ["filter-text", ""]


def test_a_link_to_a_filtered_finding_brings_it_back(page: Path, browse: Browse) -> None:
    body = """
      const text = document.getElementById("filter-text");
      text.value = "nothing has this"; text.dispatchEvent(new Event("input", {bubbles: true})); await pause(200);
      location.hash = "finding-0000000000000029"; await pause(200);
      return [shown(), document.querySelector(":target").dataset.rule];
    """
    assert ask(page, browse, body) == [14, "dynamodb-items-stay-with-tenant"]


def test_nothing_is_wider_than_a_telephone(page: Path, browse: Browse) -> None:
    # Chromium's own window is never narrower than 500 pixels, so the page is put into a frame that is.
    inner = """
      parent.postMessage([innerWidth, document.documentElement.clientWidth, document.documentElement.scrollWidth], "*");
    """
    ask(page, browse, inner)
    frame = page.with_name("frame.html")
    frame.write_text(
        "<title>no answer</title>"
        "<script>onmessage = (event) => { document.title = JSON.stringify(event.data) }</script>"
        '<iframe src="asked.html" width="390" height="800" style="border:0"></iframe>',
        "utf-8",
    )
    dom, _ = browse(frame.as_uri(), "--dump-dom")
    title = re.search(r"<title>(.*?)</title>", dom)
    assert title is not None
    outside, available, used = json.loads(unescape(title[1]))
    assert outside == 390
    assert used == available


def test_it_prints_and_no_request_leaves_the_page(page: Path, browse: Browse, tmp_path: Path) -> None:
    with _server(page.parent) as (address, asked):
        pdf = tmp_path / "report.pdf"
        _, log = browse(f"{address}/report.html", f"--print-to-pdf={pdf}", "--no-pdf-header-footer")
    assert log == ""
    assert asked == ["/report.html"]
    assert pdf.read_bytes().startswith(b"%PDF")
    assert pdf.stat().st_size > 20_000


def test_five_thousand_findings_open_in_time(page: Path, browse: Browse) -> None:
    report = sample_report()
    report["findings"] = [finding(f"rule-{n % 90}", "high", "FAIL", resource(f"T{n}"), n) for n in range(5_000)]
    page.write_text(str(render("html", report, RenderOptions())), "utf-8")
    body = """
      document.body.getBoundingClientRect();
      const [entry] = performance.getEntriesByType("navigation");
      return [shown(), Math.round(entry.domContentLoadedEventEnd)];
    """
    answer = ask(page, browse, body)
    assert isinstance(answer, list)
    shown, milliseconds = answer
    assert shown == 5_000
    # Well under two seconds where this was written; other work may share the machine.
    assert milliseconds < 6_000


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
