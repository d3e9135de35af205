"""The closed table of condition operators.

From "IAM JSON policy elements: Condition operators" and "Set operators for multivalued context keys" (IAM User Guide).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from scanner.base.record import record

Family = Literal["string", "numeric", "date", "bool", "binary", "ip", "arn", "null"]
Comparison = Literal["equals", "equals-ignore-case", "like", "less", "less-or-equal", "greater", "greater-or-equal"]
Quantifier = Literal["one", "all", "any"]

_PLAIN: dict[str, tuple[Family, Comparison, bool]] = {
    "StringEquals": ("string", "equals", False),
    "StringNotEquals": ("string", "equals", True),
    "StringEqualsIgnoreCase": ("string", "equals-ignore-case", False),
    "StringNotEqualsIgnoreCase": ("string", "equals-ignore-case", True),
    "StringLike": ("string", "like", False),
    "StringNotLike": ("string", "like", True),
    "NumericEquals": ("numeric", "equals", False),
    "NumericNotEquals": ("numeric", "equals", True),
    "NumericLessThan": ("numeric", "less", False),
    "NumericLessThanEquals": ("numeric", "less-or-equal", False),
    "NumericGreaterThan": ("numeric", "greater", False),
    "NumericGreaterThanEquals": ("numeric", "greater-or-equal", False),
    "DateEquals": ("date", "equals", False),
    "DateNotEquals": ("date", "equals", True),
    "DateLessThan": ("date", "less", False),
    "DateLessThanEquals": ("date", "less-or-equal", False),
    "DateGreaterThan": ("date", "greater", False),
    "DateGreaterThanEquals": ("date", "greater-or-equal", False),
    "Bool": ("bool", "equals", False),
    "BinaryEquals": ("binary", "equals", False),
    "IpAddress": ("ip", "equals", False),
    "NotIpAddress": ("ip", "equals", True),
    "ArnEquals": ("arn", "like", False),
    "ArnNotEquals": ("arn", "like", True),
    "ArnLike": ("arn", "like", False),
    "ArnNotLike": ("arn", "like", True),
    "Null": ("null", "equals", False),
}
_BY_LOWER = {name.lower(): name for name in _PLAIN}
_QUANTIFIERS: dict[str, Quantifier] = {"forallvalues": "all", "foranyvalue": "any"}


@record
class Operator:
    """`name` is the plain operator; `negated` operators hold where no value of the policy matches."""

    name: str
    family: Family
    comparison: Comparison
    negated: bool
    quantifier: Quantifier = "one"
    if_exists: bool = False

    @property
    def takes_variables(self) -> bool:
        """Whether a policy variable in the value is replaced by what the request carries."""
        # "IAM policy elements: Variables and tags": in conditions only string and ARN operators substitute.
        return self.family in ("string", "arn")

    def __str__(self) -> str:
        prefix = {"one": "", "all": "ForAllValues:", "any": "ForAnyValue:"}[self.quantifier]
        return prefix + self.name + ("IfExists" if self.if_exists else "")


@lru_cache(maxsize=1024)
def operator_named(text: str) -> Operator | None:
    """The operator a policy names, or None where there is none such. Letter case is not looked at."""
    quantifier: Quantifier = "one"
    prefix, colon, rest = text.partition(":")
    if colon:
        found = _QUANTIFIERS.get(prefix.lower())
        if found is None:
            return None
        quantifier = found
    else:
        rest = text
    plain = rest.lower()
    if_exists = plain.endswith("ifexists")
    if if_exists:
        plain = plain.removesuffix("ifexists")
    name = _BY_LOWER.get(plain)
    if name is None or (name == "Null" and (if_exists or quantifier != "one")):
        return None
    return Operator(name, *_PLAIN[name], quantifier, if_exists)


def operator_names() -> tuple[str, ...]:
    """Every plain operator, for did-you-mean."""
    return tuple(_PLAIN)
