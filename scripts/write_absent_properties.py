"""Write `scanner/model/absent_properties.py`: what rules ask of types that cannot have it.

Run it where a rule on several types is new or asks for something else. It takes the lint extra, for the schemas.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from scanner.inputs.terraform.unmapped import made_types
from scanner.language.library import load_library
from scanner.language.schemas import schema_of
from scanner.live.collector import ACCOUNT
from scanner.live.collector_table import Collector
from scanner.live.services import SERVICES

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "scanner" / "model" / "absent_properties.py"
_ASKED = re.compile(r"\bProperties\.(\w+)")
_ASKED_AT_ONCE = re.compile(r"\bProperties\.\[([^\]]*)\]")
# What functions ask of what they are handed, which may be the properties themselves.
_FUNCTIONS = {"networks(": {"CidrIp", "CidrIpv6", "SourcePrefixListId"}}
# What functions ask of the resource that is judged.
_OF_RESOURCE = {"public_block(": {"PublicAccessBlockConfiguration"}}
# What a rule asks of another resource by the same name.
_OF_OTHERS = {
    ("kms-enclave-no-bypass", "AWS::KMS::Key"): {"KeyId"},
    ("tls-everywhere", "AWS::CloudFront::Distribution"): {"DomainName"},
}
_HEAD = '''"""Properties that a type does not have, and that rules ask for which judge several types.

Of what a snapshot or a plan does not tell nobody knows whether it is there. What CloudFormation's schema of a type does
not have is not there. Written by `scripts/write_absent_properties.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

LACKING: Mapping[str, tuple[str, ...]] = {
'''


def _collectors() -> Iterator[Collector]:
    for service in SERVICES:
        yield from service.collectors


@cache
def known(type_name: str) -> frozenset[str]:
    """The properties of the type; of an account, what collectors tell of it."""
    if type_name == ACCOUNT:
        parts = [(part, each.summary) for each in _collectors() for part in (each.part, *each.also)]
        told = {name for part, _ in parts if part.type == ACCOUNT for name in part.properties}
        return frozenset(told.union(*(summary.keys() for _, summary in parts)))
    schema = schema_of(type_name)
    properties = schema.get("properties") if schema is not None else None
    if not isinstance(properties, Mapping):
        message = f"no schema of {type_name}"
        raise TypeError(message)
    return frozenset(properties)


@cache
def collected() -> frozenset[str]:
    """The types that snapshots have."""
    return frozenset(name for service in SERVICES for name in service.types)


@cache
def asked() -> Mapping[tuple[str, str], frozenset[str]]:
    """By rule and type that is collected or read from plans, the properties that the rule names of what it judges."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    for rule in load_library().rules:
        names = _named(rule.id)
        for type_name in (collected() | {*made_types()}) & set(rule.types):
            if type_name.startswith("AWS::"):
                found[rule.id, type_name] = frozenset(names - _OF_OTHERS.get((rule.id, type_name), set()))
    return found


def _text(rule: str) -> str:
    return re.split(r"\n(?:examples|fix):", next(ROOT.glob(f"rules/*/{rule}.yaml")).read_text("utf-8"))[0]


def _named(rule: str) -> set[str]:
    text = _text(rule)
    names = set(_ASKED.findall(text))
    for several in _ASKED_AT_ONCE.findall(text):
        names |= set(re.findall(r"(?:^|,)\s*(\w+)", several))
    names.update(*(more for word, more in _OF_RESOURCE.items() if word in text))
    return names.union(*(more for word, more in _FUNCTIONS.items() if word in text and "[Properties]" in text))


def lacking() -> dict[str, tuple[str, ...]]:
    """By type, what rules on it ask for that CloudFormation's schema of it does not have."""
    found: dict[str, set[str]] = {}
    for (rule, type_name), names in asked().items():
        text = _text(rule)
        if "[Properties]" in text:
            # Properties of one type are looked at as an entry of another's list is, by their bare names.
            words = set(re.findall(r"\b[A-Z]\w+", text))
            types = {other for which, other in asked() if which == rule}
            names |= {word for other in types for word in known(other) & words}
        if type_name == ACCOUNT:
            # No schema says what an account may have: what another type of the rule has is meant of that.
            others = [other for which, other in asked() if which == rule and other != ACCOUNT]
            found.setdefault(type_name, set()).update(names & frozenset().union(*map(known, others)))
        else:
            found.setdefault(type_name, set()).update(names)
    return {name: tuple(sorted(more)) for name, names in sorted(found.items()) if (more := names - known(name))}


def text() -> str:
    return _HEAD + "".join(_row(name, more) for name, more in lacking().items()) + "}\n"


def _row(type_name: str, names: tuple[str, ...]) -> str:
    if len(names) == 1:
        return f'    "{type_name}": ("{names[0]}",),\n'
    return f'    "{type_name}": (\n' + "".join(f'        "{each}",\n' for each in names) + "    ),\n"


if __name__ == "__main__":
    TARGET.write_text(text(), "utf-8")
    sys.stdout.write(f"{TARGET}\n")
