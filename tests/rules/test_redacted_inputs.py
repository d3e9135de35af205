"""Every rule gives the same verdict on what a bundle or a snapshot keeps of an input as on the input itself.

What was taken out of the examples of all rules, and of each with a secret put at every place where a text stands that
the one module of secrets takes out: whatever a rule asks of such a place must be told by the redaction's kind.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache

import pytest
import yaml

from scanner.inputs.secret_spans import SecretSpans
from scanner.language.library import Library, load_library
from scanner.language.rule import Rule
from scanner.model.secrets import secret_places, without_secrets
from scanner.rule_testing.examples import judge_example
from scanner.text.reading import read

pytestmark = pytest.mark.full


@cache
def library() -> Library:
    return load_library()


def verdicts(rule: Rule, number: int, body: Mapping[str, object]) -> list[tuple[str | None, str]]:
    findings = judge_example(rule, rule.examples[number], body, library())
    return [(each.resource["logical_id"], each.verdict) for each in findings]


def kept_text(body: Mapping[str, object]) -> dict[str, object]:
    """As a bundle keeps the file."""
    raw = yaml.safe_dump(json.loads(json.dumps(body, default=str)), sort_keys=False).encode()
    document = read(raw, "t.yaml", cloudformation=True)
    replaced = SecretSpans(document).replaced()
    again = read(replaced.encode(), "t.yaml", cloudformation=True).data
    assert isinstance(again, dict)
    return again


def kept_properties(body: Mapping[str, object]) -> dict[str, object]:
    """As a snapshot keeps the resources."""
    resources = body.get("Resources")
    assert isinstance(resources, dict)
    safe = dict(resources)
    for name, each in resources.items():
        kind = each.get("Type") if isinstance(each, dict) else None
        if isinstance(kind, str) and isinstance(each.get("Properties"), dict):
            properties, _ = without_secrets(kind, each["Properties"])
            safe[name] = {**each, "Properties": properties}
    return {**body, "Resources": safe}


def with_secrets(body: Mapping[str, object]) -> Iterator[dict[str, object]]:
    """The template with a plain text, and with what a detector knows, at each secret place that holds something."""
    resources = body.get("Resources")
    for name, each in resources.items() if isinstance(resources, dict) else ():
        kind, properties = (each.get("Type"), each.get("Properties")) if isinstance(each, dict) else (None, None)
        if not isinstance(kind, str) or not isinstance(properties, dict):
            continue
        for path, _ in secret_places(kind, properties):
            for secret in ("hunter2-plain", "AKIAQQQQQQQQQQQQQQQQ"):
                copy = json.loads(json.dumps(body, default=str))
                node = copy["Resources"][name]["Properties"]
                for key in path[:-1]:
                    node = node[key]
                node[path[-1]] = secret
                yield copy


@pytest.mark.parametrize("layer", sorted({rule.layer for rule in library().rules}))
def test_the_same_verdict_on_what_is_kept(layer: str) -> None:
    wrong: list[str] = []
    tried = 0
    for rule in library().rules:
        if rule.layer != layer:
            continue
        for number, example in enumerate(rule.examples):
            if not isinstance(example.body.get("Resources"), dict):
                continue
            for body in (example.body, *with_secrets(example.body)):
                before = verdicts(rule, number, body)
                for kept in (kept_text, kept_properties):
                    tried += 1
                    after = verdicts(rule, number, kept(body))
                    if before != after:
                        wrong.append(f"{rule.id}: {example.name}: {kept.__name__}: {before} is {after}")
    assert tried
    assert not wrong, "\n".join(wrong[:20])
