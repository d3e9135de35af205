"""`rules docs` and `rules new`."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.main import main
from scanner.outputs.rule_pages import ControlRow, FrameworkPage, RulePage, markdown, site

HOSTILE = "</code><script>alert(1)</script> [x](javascript:alert(1)) `|` @someone"


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if given.get("id"):
            self.anchors.add(str(given["id"]))
        assert not any(name.startswith("on") or name == "style" for name in given)


def pages(folder: Path) -> dict[str, _Links]:
    found = {}
    for path in sorted(folder.rglob("*.html")):
        parser = _Links()
        parser.feed(path.read_text("utf-8"))
        found[path.relative_to(folder).as_posix()] = parser
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    assert main(["rules", "docs", "--out", str(folder / "site"), "--site"]) == 0
    assert main(["rules", "docs", "--out", str(folder / "text")]) == 0
    return folder


@pytest.mark.full
def test_every_link_of_the_site_leads_somewhere(built: Path) -> None:
    found = pages(built / "site")
    assert len(found) > 200
    for name, page in found.items():
        for link in page.links:
            if link.startswith("https://"):
                continue
            path, _, anchor = link.partition("#")
            parts = [*name.split("/")[:-1], *path.split("/")]
            while ".." in parts:
                at = parts.index("..")
                del parts[at - 1 : at + 1]
            target = "/".join(parts)
            assert target in found, (name, link)
            assert not anchor or anchor in found[target].anchors, (name, link)
        assert page.tags.isdisjoint({"script", "img", "iframe", "link"})


@pytest.mark.full
def test_every_link_of_the_markdown_leads_somewhere(built: Path) -> None:
    root = built / "text"
    files = list(root.rglob("*.md"))
    assert len(files) > 200
    for path in files:
        for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8")):
            if "://" not in link:
                assert (path.parent / link.partition("#")[0]).resolve().is_file(), (path.name, link)


@pytest.mark.full
def test_a_rule_is_told_as_it_is(built: Path) -> None:
    text = (built / "text" / "rules" / "s3-versioning.md").read_text("utf-8")
    assert "`AWS::S3::Bucket`" in text
    assert "## What it evidences" in text
    assert "### fail: suspended" in text
    assert "&id001" not in text


@pytest.mark.full
def test_hostile_words_are_only_words() -> None:
    rule = RulePage(
        "a-rule",
        HOSTILE,
        "high",
        "own",
        "core",
        HOSTILE,
        HOSTILE,
        (HOSTILE,),
        HOSTILE,
        ("https://example.com/",),
        (("p", HOSTILE),),
        (),
        (("pass", HOSTILE, "a: `````\n"),),
    )
    control = ControlRow("1", HOSTILE, "", "none", HOSTILE, "", "", ("a-rule", "gone"))
    framework = FrameworkPage("f", HOSTILE, None, (control,))
    for name, text in site([rule], [framework]):
        parser = _Links()
        parser.feed(text)
        assert "script" not in parser.tags, name
        assert not any(link.startswith("javascript") for link in parser.links), name
    from markdown_it import MarkdownIt

    for name, text in markdown([rule], [framework]):
        html = MarkdownIt("commonmark").render(text)
        assert "<script" not in html, name
        assert "javascript:" not in "".join(re.findall(r'href="([^"]*)"', html)), name


def test_a_new_rule_can_be_checked_and_fails_until_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("cfnlint")
    monkeypatch.chdir(tmp_path)
    assert main(["rules", "new", "queues-are-fine", "--type", "AWS::SQS::Queue", "--layer", "queues"]) == 0
    assert (tmp_path / "rules" / "queues" / "queues-are-fine.yaml").is_file()
    assert "rules/queues/queues-are-fine.yaml" in capsys.readouterr().out
    assert main(["rules", "check", "--rules", "rules", "queues-are-fine"]) == 0
    assert main(["rules", "test", "--rules", "rules", "queues-are-fine"]) == 1
    assert main(["rules", "new", "queues-are-fine", "--type", "AWS::SQS::Queue", "--layer", "queues"]) == 2
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Not_An_Id"], "is not an ID"),
        (["a-rule", "--layer", "../.."], "is not a layer"),
        (["a-rule", "--type", "AWS::S3::Bucke"], "did you mean `AWS::S3::Bucket`"),
    ],
)
@pytest.mark.full
def test_what_cannot_be_a_rule_is_not_written(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["rules", "new", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.yaml"))


@pytest.mark.full
def test_accessible_in_a_browser(built: Path, requires: Any) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    axe_module = pytest.importorskip("axe_playwright_python.sync_playwright")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=requires("chromium"), args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            page = browser.new_page(color_scheme=scheme)
            said: list[str] = []
            page.on("console", lambda message, said=said: said.append(message.text))
            for name in ("index.html", "rules/s3-versioning.html", "frameworks/hipaa-security-rule.html"):
                page.goto((built / "site" / name).as_uri())
                if name == "index.html":
                    found = axe_module.Axe().run(page)
                    assert not found.response["violations"], found.generate_report()
            assert not [each for each in said if "axe" not in each.lower()], said
        browser.close()
