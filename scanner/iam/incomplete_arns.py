"""ARNs with fewer than six fields in a policy's `Resource`.

"IAM identifiers" (IAM User Guide): in the `Resource` element of an identity-based policy AWS completes such an ARN with
wildcards, so that `arn:aws:sqs` stands for `arn:aws:sqs:*:*:*`. No document says the like of `NotResource`, nor of any
other kind of policy.
"""

from __future__ import annotations

from scanner.iam.policy_document import Selector
from scanner.iam.terms import ARN_SEGMENTS, Term, Terms
from scanner.model.unknown import Unknown

UNDOCUMENTED = Unknown(
    "undeclared", "only for an Allow's `Resource` in identity policies AWS documents what an incomplete ARN means"
)


def completed(term: Term) -> Term:
    """The term with wildcards for the fields that it lacks; the same object where it lacks none."""
    if not isinstance(term, str) or not term.startswith("arn:"):
        return term
    missing = ARN_SEGMENTS - 1 - term.count(":")
    return term + ":*" * missing if missing > 0 else term


def widened(selector: Selector | None) -> Selector | None:
    """The selector with every incomplete ARN beside its completion; None where it has none."""
    if selector is None:
        return None
    items = selector.terms.items
    added = tuple(whole for term in items if (whole := completed(term)) is not term)
    if not added:
        return None
    return Selector(Terms((*items, *added), selector.terms.more), selector.negated)
