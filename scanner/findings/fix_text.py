"""A rule's fix and what a plan adds to it: made here, and told apart from a fix of another author here too."""

from __future__ import annotations

_BETWEEN = "In Terraform, "


def with_arguments(own: str, arguments: str) -> str:
    """The rule's own fix and, behind it, how the provider calls what it names."""
    return f"{own.rstrip()} {_BETWEEN}{arguments}."


def is_of_rule(fix: str, own: str) -> bool:
    """Whether it is the rule's own fix, with arguments behind it or without."""
    return fix == own or fix.startswith(f"{own.rstrip()} {_BETWEEN}")
