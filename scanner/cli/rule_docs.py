"""`tenantproof rules docs` and `tenantproof rules new`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

from scanner.base.problem import Problem, ProblemsError, did_you_mean
from scanner.base.terminal import printable
from scanner.language.library import Library
from scanner.language.rule import Param, Rule
from scanner.outputs.rule_pages import ControlRow, FrameworkPage, RulePage, markdown, site

_UNDECIDED = re.compile(r"undecided\('([^']+)'\)")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SKELETON = """\
id: {id}
title: Service, feature by the name that AWS gives it, and the state that is right
severity: medium
why: >
  What goes wrong where it does not hold, and for whom.
applies_to:
  types: [{type}]
assert:
  - that: Properties
    exists: true
    message: "{{{{ Id }}}} is at risk, in words; setting, value and what is required are added"
fix: >
  What to write, and what it costs to change it.
references:
  - https://docs.aws.amazon.com/
# `tenantproof rules test --rules {folder} {id}` judges these as a scan would: as written, with holes in them, and with
# parts of the rule deleted. It fails until they say what the rule is about.
examples:
  pass:
    as it should be:
      Resources:
        It: {{Type: {type}, Properties: {{}}}}
  fail:
    as it should not be:
      Resources:
        It: {{Type: {type}, Properties: {{}}}}
      expect: It is at risk
  unknown:
    nobody has said:
      Parameters: {{Value: {{Type: String}}}}
      Resources:
        It: {{Type: {type}, Properties: {{}}}}
"""


def write_docs(rules: Sequence[Rule], library: Library, out: Path, *, as_site: bool) -> int:
    """Writes a page for each rule and framework below `out`, as Markdown or one site; always 0."""
    from scanner.cli.rendering import save

    pages = [page_of(rule, library) for rule in rules]
    made = list((site if as_site else markdown)(pages, frameworks_of(library)))
    for name, text in made:
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        save([text.encode("utf-8", "backslashreplace")], path)
    print(printable(f"{len(made):,} pages, {(out / made[0][0]).as_posix()} first"))
    return 0


def write_rule(rule_id: str, layer: str, type_name: str, folder: Path) -> int:
    """Raises ProblemsError for what cannot be a rule, and where the file is there already."""
    from scanner.model.types import type_facts

    for what, given in (("an ID", rule_id), ("a layer", layer)):
        if _ID.fullmatch(given) is None:
            hint = "lower-case words joined by `-`"
            raise ProblemsError([Problem("rules new", f"`{given}` is not {what}", hint=hint, kind="rule")])
    if type_facts(type_name) is None and type_name.startswith("AWS::"):
        near = did_you_mean(type_name, _types())
        raise ProblemsError(
            [Problem("rules new", f"`{type_name}` is no type of CloudFormation", hint=near, kind="rule")]
        )
    path = folder / layer / f"{rule_id}.yaml"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(_SKELETON.format(id=rule_id, type=type_name, folder=folder.as_posix()))
    except FileExistsError:
        raise ProblemsError([Problem(path.as_posix(), "is there already", kind="rule")]) from None
    except OSError as error:
        raise ProblemsError([Problem(path.as_posix(), f"cannot be written: {error.strerror}", kind="rule")]) from None
    print(printable(path.as_posix()))
    print(printable(f"next: write it and its examples, then `tenantproof rules test --rules {folder} {rule_id}`"))
    return 0


def _types() -> Sequence[str]:
    from scanner.model.types import type_names

    return type_names()


def page_of(rule: Rule, library: Library) -> RulePage:
    """The rule as its page shows it, with the controls of all frameworks that cite it."""
    from scanner.controls.frameworks import citations_of

    cited = citations_of(library.frameworks).get(rule.id, [])
    return RulePage(
        rule.id,
        rule.title,
        rule.severity,
        rule.layer,
        rule.tier,
        rule.why,
        rule.fix,
        rule.types,
        rule.where.text if rule.where is not None else None,
        rule.references,
        tuple((param.name, told(param)) for param in rule.params),
        tuple((each["framework"], each["id"], each["basis"]) for each in cited),
        tuple((each.kind, each.name, _yaml(each.body)) for each in rule.examples),
        tuple((each.scheme, each.id, each.basis) for each in rule.aliases),
        tuple(dict.fromkeys(_limits(rule))),
        rule.cli,
    )


def _limits(rule: Rule) -> Iterator[str]:
    """What the rule says itself of where it cannot tell, what it takes for granted and what it leaves alone."""
    data = cast("dict[str, object]", rule.document.data)
    applies = cast("dict[str, object]", data["applies_to"])
    if "otherwise" in applies:
        yield f"Not asked where {applies['otherwise']}."
    yield from _limits_of(data["assert"])
    for theorem in rule.theorems:
        yield f"Rests on what tenancy.yaml declares: without it, `{theorem.name}` is not asked."


def _limits_of(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _limits_of(each)
    elif isinstance(value, dict):
        default = value.get("aws_default")
        if isinstance(default, dict):
            yield f"Where nothing is written, AWS's default counts: {default.get('because')}."
        for key, each in value.items():
            if key in ("that", "each", "some", "none") and isinstance(each, str):
                yield from (f"Unknown where {said}." for said in _UNDECIDED.findall(each))
            elif key != "aws_default":
                yield from _limits_of(each)


def frameworks_of(library: Library) -> list[FrameworkPage]:
    """Every framework of the library, with all controls, also those that no rule evidences."""
    return [
        FrameworkPage(
            framework.id,
            framework.title,
            framework.source,
            tuple(
                ControlRow(
                    control.id,
                    control.title,
                    control.required or "",
                    control.evidence,
                    control.because or "",
                    control.note or "",
                    control.ask or "",
                    tuple(citation.rule for citation in control.citations),
                )
                for control in framework.controls
            ),
        )
        for framework in library.frameworks
    ]


def told(param: Param) -> str:
    """Where a parameter's value comes from, and its default."""
    source = f"`{param.declared}` of tenancy.yaml" if param.declared else "set here"
    return source if param.default is None else f"{source}, else {param.default}"


def _yaml(body: object) -> str:
    import yaml

    class Plain(yaml.SafeDumper):
        """Without aliases: each example is read on its own."""

        def ignore_aliases(self, data: Any) -> bool:  # Any: as PyYAML declares it
            del data
            return True

    return yaml.dump(body, Dumper=Plain, sort_keys=False, allow_unicode=True, width=100)


__all__ = ["frameworks_of", "page_of", "told", "write_docs", "write_rule"]
