"""Rules that judge several types ask each of them for properties of the others."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from scanner.language.library import load_library
from scanner.live.services import SERVICES
from scanner.model.absent_properties import LACKING

ROOT = Path(__file__).parents[2]
_ASKED = re.compile(r"\bProperties\.(\w+)")


def _known(type_name: str) -> set[str]:
    manager: Any = pytest.importorskip("cfnlint.schema.manager")
    return set(manager.PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_name).schema["properties"])


def wanted() -> dict[str, set[str]]:
    """By type, what rules on it ask for that CloudFormation's schema of it does not have."""
    collected = {name for service in SERVICES for name in service.types}
    found: dict[str, set[str]] = {}
    texts = {path.stem: path.read_text() for path in (ROOT / "rules").glob("*/*.yaml")}
    for rule in load_library().rules:
        text = texts[rule.id].partition("\nexamples:")[0]
        names = set(_ASKED.findall(text))
        if "[Properties]" in text:
            # Properties of one type are looked at as an entry of another's list is, by their bare names.
            words = set(re.findall(r"\b[A-Z]\w+", text))
            names |= {word for type_name in collected & set(rule.types) for word in _known(type_name) & words}
        for type_name in collected & set(rule.types):
            if type_name.startswith("AWS::") and type_name != "AWS::::Account":
                found.setdefault(type_name, set()).update(names)
    return {name: more for name, asked in found.items() if (more := asked - _known(name))}


def test_what_a_type_cannot_have_is_known_to_be_absent_wherever_a_rule_asks_for_it() -> None:
    """Else a rule on load balancers of both kinds would never know enough of either."""
    missing = {name: sorted(more) for name, names in wanted().items() if (more := names - set(LACKING.get(name, ())))}
    assert not missing, "add these to scanner/model/absent_properties.py"


def test_nothing_that_a_type_may_have_is_called_lacking() -> None:
    wrong = {name: names for name, lacking in LACKING.items() if (names := set(lacking) & _known(name))}
    assert not wrong
