"""What a CDK program acknowledges of its own: read and told, and no exception.

cdk-nag keeps a reason beside the rule in a resource's metadata, and so does `Validations.acknowledge` of CDK. Neither
has an owner or an end, without which nothing is accepted here ("cdk-nag: suppressing a rule"; AWS CDK API reference).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from scanner.base.problem import Problem
from scanner.base.terminal import one_line
from scanner.inputs.cloudformation.template import Template

# What names no tool stands under `Annotation` (aws-cdk-lib 2.275.0).
_OURS = ("tenantproof", "Annotation", "Construct-Annotations")
_LONGEST = 200


def acknowledgements(templates: Iterable[Template], rules: Collection[str]) -> Iterator[Problem]:
    """A warning for each that names one of these rules, and one a file for those of other tools."""
    for template in templates:
        others: set[str] = set()
        for logical_id, rule, reason in _given(template):
            tool, _, name = rule.rpartition("::")
            if name not in rules or (tool and tool not in _OURS):
                others.add(rule)
                continue
            place = template.document.place(("Resources", logical_id))
            said = one_line(reason)[:_LONGEST]
            yield Problem(
                template.stack.path,
                f"`{logical_id}` acknowledges `{name}` (`{said}`) with neither owner nor end, which accepts nothing",
                place.line,
                place.column,
                "`tenantproof exceptions add` accepts it",
                "exceptions",
                "warning",
            )
        if others:
            shown = ", ".join(f"`{one_line(each)[:_LONGEST]}`" for each in sorted(others)[:3])
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""  # noqa: PLR2004  # those shown
            message = f"acknowledges rules of other tools: {shown}{more}; they are no rules here"
            yield Problem(template.stack.path, message, kind="exceptions", level="warning")


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
