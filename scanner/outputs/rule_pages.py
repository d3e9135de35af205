"""A page for each rule and framework, and an index of both: as Markdown, or as one static site."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from scanner.base.record import record
from scanner.outputs.shared.listing import short
from scanner.outputs.shared.markdown_escape import code, prose
from scanner.shipped_data import templates_dir

_MOST = 4_000
_LAYERS_LAST = "own"
CLI_NOTE = (
    "Words in capitals are to be filled in. Where a template or a plan made the resource, change that too, or the next "
    "deployment takes the change back. An operation that puts a whole configuration also takes back what it does not "
    "name: read the present one first."
)


@record
class RulePage:
    """`applies` says to what, `params` are names with what they stand for, `citations` framework, control and basis,
    `examples` kind, name and YAML, `aliases` scheme, name and basis, `limits` where the rule cannot tell or takes
    something for granted, `cli` commands that do what `fix` says."""

    id: str
    title: str
    severity: str
    layer: str
    tier: str
    why: str
    fix: str
    applies: tuple[str, ...]
    where: str | None
    references: tuple[str, ...]
    params: tuple[tuple[str, str], ...]
    citations: tuple[tuple[str, str, str], ...]
    examples: tuple[tuple[str, str, str], ...]
    aliases: tuple[tuple[str, str, str], ...] = ()
    limits: tuple[str, ...] = ()
    cli: tuple[str, ...] = ()


@record
class ControlRow:
    """One control of a framework as words; what it does not say is empty."""

    id: str
    title: str
    required: str
    evidence: str
    because: str
    note: str
    ask: str
    rules: tuple[str, ...]


@record
class FrameworkPage:
    """One framework with all its controls; `source` is where its text is published."""

    id: str
    title: str
    source: str | None
    controls: tuple[ControlRow, ...]


def markdown(rules: Sequence[RulePage], frameworks: Sequence[FrameworkPage]) -> Iterator[tuple[str, str]]:
    """Names and texts of the files, `README.md` first."""
    yield "README.md", index(rules, frameworks, "rules/")
    for rule in rules:
        yield f"rules/{rule.id}.md", _rule(rule)
    known = {rule.id for rule in rules}
    for framework in frameworks:
        yield f"frameworks/{framework.id}.md", _framework(framework, known)


def index(rules: Sequence[RulePage], frameworks: Sequence[FrameworkPage] = (), folder: str | None = None) -> str:
    """The table of all rules by layer; with links to their pages where these are in `folder`."""
    lines = ["# Rules", "", f"{len(rules):,} rules, made from their own files by `tenantproof rules docs`.", ""]
    if frameworks and folder is not None:
        lines += [f"- [{prose(each.title)}](frameworks/{each.id}.md)" for each in frameworks]
        lines.append("")
    for layer, several in by_layer(rules):
        lines += [f"## {layer}", "", "| rule | severity | tier | what holds |", "| --- | --- | --- | --- |"]
        for rule in several:
            name = f"[{rule.id}]({folder}{rule.id}.md)" if folder is not None else code(rule.id)
            lines.append(f"| {name} | {rule.severity} | {rule.tier} | {_cell(rule.title)} |")
        lines.append("")
    return "\n".join(lines)


def by_layer(rules: Sequence[RulePage]) -> list[tuple[str, list[RulePage]]]:
    """Layers in order, but for the one that always comes last; the rules of each by id."""
    layers: dict[str, list[RulePage]] = {}
    for rule in sorted(rules, key=lambda each: (each.layer == _LAYERS_LAST, each.layer, each.id)):
        layers.setdefault(rule.layer, []).append(rule)
    return list(layers.items())


def _rule(rule: RulePage) -> str:
    lines = [
        f"# {prose(rule.title)}",
        "",
        f"{code(rule.id)}, {rule.severity}, layer {rule.layer}, {rule.tier} ([all rules](../README.md))",
        "",
        f"**Why.** {prose(rule.why, _MOST)}",
        "",
        f"**On.** {', '.join(map(code, rule.applies)) or 'resources of any type'}",
    ]
    if rule.where is not None:
        lines[-1] += f", where {code(rule.where, _MOST)}"
    lines += ["", f"**Fix.** {prose(rule.fix, _MOST)}", ""]
    if rule.cli:
        lines += ["## On the command line", "", CLI_NOTE, "", _fence("\n".join(rule.cli), "sh"), ""]
    if rule.limits:
        lines += ["## Known limits", "", *(f"- {prose(each)}" for each in rule.limits), ""]
    if rule.params:
        lines += ["## Parameters", "", *(f"- {code(name)}: {prose(text)}" for name, text in rule.params), ""]
    if rule.citations:
        lines += ["## What it evidences", ""]
        lines += [
            f"- [{prose(framework)}](../frameworks/{framework}.md#{_anchor(control)}) {prose(control)} "
            f"(basis: {prose(basis)})"
            for framework, control, basis in rule.citations
        ]
        lines.append("")
    if rule.aliases:
        lines += ["## Known elsewhere as", ""]
        lines += [f"- {prose(scheme)}: {code(name)} ({prose(basis)})" for scheme, name, basis in rule.aliases]
        lines.append("")
    if rule.references:
        lines += ["## References", "", *(f"- <{each}>" for each in rule.references), ""]
    if rule.examples:
        lines += ["## Examples", ""]
        for kind, name, text in rule.examples:
            lines += [f"### {kind}: {prose(name)}", "", _fence(text), ""]
    return "\n".join(lines)


def _framework(framework: FrameworkPage, known: set[str]) -> str:
    lines = [f"# {prose(framework.title)}", ""]
    if framework.source:
        lines += [f"<{framework.source}>", ""]
    lines += ["No rule, and no number of them, shows that anybody complies: each entry says what it leaves open.", ""]
    for control in framework.controls:
        lines += [f"## {prose(control.id)}", "", f"{prose(control.title)}. {_kind(control)}", ""]
        for what, text in (("Because", control.because), ("Note", control.note), ("Ask for", control.ask)):
            if text:
                lines += [f"{what}: {prose(text)}", ""]
        lines += [f"- [{each}](../rules/{each}.md)" if each in known else f"- {code(each)}" for each in control.rules]
        lines.append("")
    return "\n".join(lines)


def _kind(control: ControlRow) -> str:
    words = [control.required, f"evidence of infrastructure: {control.evidence}"]
    return ", ".join(word for word in words if word) + "."


def _anchor(control: str) -> str:
    """As GitHub makes it of a heading: letters, digits and `-` are left."""
    return "".join(each for each in control.lower().replace(" ", "-") if each.isalnum() or each in "-_")


def _cell(text: str) -> str:
    return prose(text).replace("|", "\\|") if "\\|" not in prose(text) else prose(text)


def _fence(text: str, language: str = "yaml") -> str:
    longest = max((len(run) for run in _runs(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _runs(text: str) -> Iterator[str]:
    run = ""
    for character in text + " ":
        if character == "`":
            run += character
        elif run:
            yield run
            run = ""


def site(rules: Sequence[RulePage], frameworks: Sequence[FrameworkPage]) -> Iterator[tuple[str, str]]:
    """Names and texts of the pages of a static site: no script, nothing loaded, `index.html` first."""
    fill = _filler()
    known = {rule.id for rule in rules}
    yield "index.html", fill("rules.html.j2", {"layers": by_layer(rules), "frameworks": frameworks, "root": ""})
    for rule in rules:
        yield f"rules/{rule.id}.html", fill("rule.html.j2", {"rule": rule, "cli_note": CLI_NOTE, "root": "../"})
    for framework in frameworks:
        values = {"framework": framework, "known": known, "root": "../"}
        yield f"frameworks/{framework.id}.html", fill("framework.html.j2", values)


def _filler() -> Callable[[str, Mapping[str, object]], str]:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup, escape

    where = templates_dir()
    style = (where / "docs.css").read_text("utf-8").strip()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = Environment(
        loader=FileSystemLoader(where),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def words(text: str) -> Markup:
        """A sentence with what stands between backticks as code."""
        parts = short(text, _MOST).split("`")
        if len(parts) % 2 == 0:
            return escape("`".join(parts))
        return Markup("").join(
            Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
        )

    environment.filters["words"] = words
    environment.filters["anchor"] = _anchor
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"

    def fill(name: str, values: Mapping[str, object]) -> str:
        page = {"style": Markup(style), "policy": policy}  # noqa: S704  # our own stylesheet
        return environment.get_template(name).render({**page, **values}) + "\n"

    return fill


__all__ = ["ControlRow", "FrameworkPage", "RulePage", "by_layer", "index", "markdown", "site"]
