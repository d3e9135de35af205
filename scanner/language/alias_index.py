"""Finds rules by the names that others have for them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from scanner.language.alias import Basis
from scanner.language.cdk_nag_numbers import NAMES
from scanner.language.rule import Rule

# cdk-nag's rule names are the same in each of its packs ("Rules", README of cdk-nag); findings name them with the pack.
_PACK = re.compile(r"(?:cdk-nag:)?(?:hipaa\.security|nist\.800\.53\.r[45]|pci\.dss\.321)-")
_SOLUTION = re.compile(r"(?:cdk-nag:)?awssolutions-([a-z]+[0-9]+)\Z")
# Trivy's ids have lost their prefix and are known by both (metadata of its checks, `aliases`).
_TRIVY = re.compile(r"(?:trivy:)?(aws-[0-9]{4})\Z")


class AliasIndex:
    """Of all rules there are. Names are compared without regard to case, whole, and never as patterns.

    Where one and the same name is that of several rules, or another's check asks less or more than the rule does, the
    name still finds the rules, and stands for none of them: what is accepted or left out by it might be another thing.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)

    @cached_property
    def _named(self) -> dict[str, dict[str, Basis]]:
        """By name the rules, each with its basis; made when the first name is asked for, which few scans do."""
        named: dict[str, dict[str, Basis]] = {}
        for rule in self._rules:
            for alias in rule.aliases:
                for name in (alias.id, alias.full):
                    known = named.setdefault(name.casefold(), {})
                    # What is the same by one scheme and not by another is not the same.
                    known[rule.id] = alias.basis if known.get(rule.id, "same") == "same" else known[rule.id]
        return named

    def rules(self, name: str) -> tuple[str, ...]:
        """The ids of all rules that are known by the name."""
        return tuple(self._found(name))

    def bases(self, name: str) -> dict[str, Basis]:
        """The rules that are known by the name, each with what the other's check asks beside it.

        Where one name is that of several rules, each of them asks but a part of what the name means.
        """
        found = self._found(name)
        return {rule: "wider" if len(found) > 1 and basis == "same" else basis for rule, basis in found.items()}

    def only(self, name: str) -> str | None:
        """The one rule that the name stands for; None where there is none, or the two are not the same."""
        found = self._found(name)
        return next((rule for rule, basis in found.items() if basis == "same"), None) if len(found) == 1 else None

    def hint(self, name: str) -> str | None:
        """For a name that stands for no one rule: which rules it is near to; None where it is nobody's."""
        found = self.rules(name)
        if not found:
            return None
        listed = ", ".join(f"`{rule}`" for rule in found[:_MOST]) + (" and others" if len(found) > _MOST else "")
        return f"others mean by it less or more than one rule here; name the rule: {listed}"

    def _found(self, name: str) -> dict[str, Basis]:
        folded = name.strip().casefold()
        if (numbered := _SOLUTION.match(folded)) is not None and folded not in self._named:
            folded = f"cdk-nag:{NAMES.get(numbered[1], numbered[1])}"
        elif (numbered := _TRIVY.match(folded)) is not None:
            folded = f"trivy:avd-{numbered[1]}"
        return self._named.get(folded) or self._named.get(_PACK.sub("cdk-nag:", folded), {})


_MOST = 5

__all__ = ["AliasIndex"]
