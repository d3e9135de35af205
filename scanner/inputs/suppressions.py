"""What a CDK program acknowledges of its own: read and told, and no exception.

cdk-nag keeps a reason beside the rule in a resource's metadata, and so does `Validations.acknowledge` of CDK. Neither
has an owner or an end, without which nothing is accepted here ("cdk-nag: suppressing a rule"; AWS CDK API reference).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from scanner.acceptance.other_names import OtherNames
from scanner.base.problem import Problem
from scanner.base.terminal import one_line
from scanner.inputs.cloudformation.template import Template

# What names no tool stands under `Annotation` (aws-cdk-lib 2.275.0).
_UNNAMED = ("Annotation", "Construct-Annotations")
_OURS = ("tenantproof", *_UNNAMED)
# cdk-nag numbers what a rule finds: `AwsSolutions-IAM5[Resource::*]` is one finding of it (3.0.2, README).
_ONE_FINDING = re.compile(r"\[.*\]\Z", re.DOTALL)
_LONGEST = 200
_MOST = 3


def acknowledgements(
    templates: Iterable[Template], rules: Collection[str], names: OtherNames | None = None
) -> Iterator[Problem]:
    """A warning a file for each of these rules that it names, and one for those of other tools.

    `names` knows what other tools call the rules.
    """
    for template in templates:
        others: set[str] = set()
        ours: dict[tuple[str, str, str], list[str]] = {}
        for logical_id, written, reason in _given(template):
            tool, name = _parted(written)
            rule = name if name in rules and (not tool or tool in _OURS) else _only(names, written, name)
            if rule is None or rule not in rules:
                others.add(name if tool in _UNNAMED else written)
                continue
            # cdk-nag 3 writes the same both in the template and beside it.
            of = ours.setdefault((rule, name, reason), [])
            if logical_id not in of:
                of.append(logical_id)
        for (rule, name, reason), of in ours.items():
            yield _told(template, rule, name, one_line(reason)[:_LONGEST], of)
        if others:
            shown = ", ".join(f"`{one_line(each)[:_LONGEST]}`" for each in sorted(others)[:_MOST])
            more = f" and {len(others) - _MOST} more" if len(others) > _MOST else ""
            message = f"acknowledges rules of other tools: {shown}{more}; they are no rules here"
            yield Problem(template.stack.path, message, kind="exceptions", level="warning")


def _told(template: Template, rule: str, name: str, reason: str, of: list[str]) -> Problem:
    place = template.document.place(("Resources", of[0]))
    other = f", which is `{rule}` here," if rule != name else ""
    besides = f", as do {len(of) - 1} more," if len(of) > 1 else ""
    return Problem(
        template.stack.path,
        f"`{of[0]}` acknowledges `{one_line(name)[:_LONGEST]}` (`{reason}`){other or besides} with neither owner nor "
        f"end, which accepts nothing{f'; {len(of) - 1} more do' if other and besides else ''}",
        place.line,
        place.column,
        "`tenantproof exceptions add` accepts it",
        "exceptions",
        "warning",
    )


def _parted(written: str) -> tuple[str, str]:
    """The tool that a rule is said to be of, empty where none is, and the rule; both may hold further colons."""
    tool, colons, name = written.partition("::")
    return (tool, name) if colons and "[" not in tool else ("", written)


def _only(names: OtherNames | None, *spelled: str) -> str | None:
    """The one rule that another tool's stands for, in its place as a whole; one of its findings is not the rule."""
    for each in spelled:
        if names is not None and not _ONE_FINDING.search(each) and (found := names.only(each)) is not None:
            return found
    return None


def _given(template: Template) -> Iterator[tuple[str, str, str]]:
    """Logical id, rule and reason. What is not of the known form says nothing that could be told."""
    for logical_id, body in template.stack.bodies.items():
        metadata = body.get("Metadata")
        nag = metadata.get("cdk_nag") if isinstance(metadata, Mapping) else None
        listed = nag.get("rules_to_suppress") if isinstance(nag, Mapping) else None
        for each in listed if isinstance(listed, list) else ():
            if isinstance(each, Mapping) and isinstance(each.get("id"), str):
                yield logical_id, str(each["id"]), str(each.get("reason") or "")
        construct = template.constructs.get(logical_id)
        for rule, reason in construct.acknowledged.items() if construct is not None else ():
            yield logical_id, rule, reason
