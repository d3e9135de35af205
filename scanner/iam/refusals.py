"""Requests that AWS would refuse, or that nobody could send, whatever the policies say: no counterexample may be one.

A table: each reason with its document. What cannot be told (an action that the catalogue lacks, a form that it does not
have) is no reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from scanner.base.record import record
from scanner.iam.arn_syntax import is_region, regex_of
from scanner.iam.catalogue import Action, catalogue
from scanner.iam.instants import is_past, is_time_of_request
from scanner.iam.part_arns import DRAWN
from scanner.iam.resource_arns import ArnForm, resource_arns
from scanner.iam.tag_spellings import one_spelling
from scanner.iam.terms import ARN_SEGMENTS
from scanner.model.unknown import Reference, Unknown

_LONGEST_TAG_VALUE = 256
_REFERENCE = "Service Authorization Reference"
# Inference goes to models of other regions ("Cross-region inference", Amazon Bedrock User Guide).
ACROSS_REGIONS = frozenset({"bedrock"})
Said = Mapping[str, object]


@record
class Refusal:
    """`says` gives for a request what is wrong with it, or None; `document` is where AWS says that this cannot be."""

    name: str
    says: Callable[[Action, str, Said], str | None]
    document: str


def refusal(action: str, resource: object, context: Said) -> str | None:
    """Why AWS would never decide over such a request; None where it may. `context` has keys as AWS spells them."""
    known = catalogue().action(action)
    if known is None:
        return None
    for each in REFUSALS:
        said = each.says(known, resource if isinstance(resource, str) else "", context)
        if said is not None:
            return f"{said} ({each.document})"
    return None


def _is_of_no_form(action: Action, resource: str, _: Said) -> str | None:
    forms, may_be_any = forms_of_action(action.name)
    if not resource:
        return None  # nothing of it is known
    if resource == "*":
        return None if may_be_any else f"`{action.name}` names a resource"
    if not forms:
        return f"`{action.name}` names no resource" if may_be_any and not action.resources else None
    if any(regex_of(form).fullmatch(resource) for form in forms):
        return None
    return f"`{resource}` is no ARN of a resource that `{action.name}` works on"


@lru_cache(maxsize=4096)
def forms_of_action(action: str) -> tuple[tuple[ArnForm, ...], bool]:
    """The forms of the action's resources; and whether it may be asked for without any of them."""
    known = catalogue().action(action)
    if known is None:
        return (), True
    prefix = known.name.partition(":")[0]
    forms: list[ArnForm] = []
    open_ended = False
    for resource in known.resources:
        of_kind = _by_kind().get((prefix, resource.name), ())
        mine = [form for form in of_kind if not form.only or known.name in form.only]
        # Where the reference gives a resource no ARN, nothing can be said of one.
        open_ended = open_ended or not mine
        forms.extend(mine)
    if open_ended:
        return (), True
    return tuple(dict.fromkeys(forms)), not any(resource.required for resource in known.resources)


@lru_cache(maxsize=1)
def _by_kind() -> Mapping[tuple[str, str], list[ArnForm]]:
    found: dict[tuple[str, str], list[ArnForm]] = {}
    for form in resource_arns().forms():
        for kind in form.kinds:
            found.setdefault(kind, []).append(form)
    return found


def _has_a_key_too_many(action: Action, _: str, context: Said) -> str | None:
    for key in context:
        prefix = key.partition(":")[0].lower()
        # What a provider of identities says, and holes of session policies, are no keys of the service.
        if ":" in key and "." not in prefix and prefix != "saml" and catalogue().presence(action.name, key) == "never":
            return f"a request for `{action.name}` does not carry `{key}`"
    return None


def _has_a_list_of_one(_: Action, __: str, context: Said) -> str | None:
    for key, value in context.items():
        if isinstance(value, list) and len(value) > 1 and catalogue().multivalued(key) is False:
            return f"`{key}` has one value in a request"
    return None


def _has_one_key_twice(_: Action, __: str, context: Said) -> str | None:
    met: dict[str, object] = {}
    for key, value in context.items():
        lower = key.lower()
        if not lower.startswith("aws:resourcetag/") and met.setdefault(lower, value) != value:
            return f"`{key}` is one key, however it is spelled"
    return None


def _has_a_tag_with_two_values(action: Action, resource: str, context: Said) -> str | None:
    met: dict[str, tuple[str, object]] = {}
    for key, value in context.items():
        lower = key.lower()
        same = one_spelling(lower, action.name.lower(), resource)
        first, known = met.setdefault(same, (lower, value))
        if known != value and first != lower and not (first.startswith("aws:") and lower.startswith("aws:")):
            return f"`{key}` and `{first}` are one tag, which has one value"
    return None


def _has_no_truth(_: Action, __: str, context: Said) -> str | None:
    for key, value in context.items():
        if catalogue().type_of(key) == "Bool" and isinstance(value, str) and value not in ("true", "false"):
            return f"`{key}` is `true` or `false`"
    return None


def _has_a_long_tag(_: Action, __: str, context: Said) -> str | None:
    for key, value in context.items():
        if "tag/" in key.lower() and isinstance(value, str) and len(value) > _LONGEST_TAG_VALUE:
            return f"the value of `{key}` is longer than tags may be"
    return None


def _has_another_account(_: Action, resource: str, context: Said) -> str | None:
    parts = resource.split(":", ARN_SEGMENTS - 1)
    owner = next((value for key, value in context.items() if key.lower() == "aws:resourceaccount"), None)
    if len(parts) == ARN_SEGMENTS and parts[4].isdigit() and isinstance(owner, str) and owner != parts[4]:
        return f"`{resource}` is not of the account in `aws:ResourceAccount`"
    return None


def _has_another_region(action: Action, resource: str, context: Said) -> str | None:
    asked = next((value for key, value in context.items() if key.lower() == "aws:requestedregion"), None)
    if not isinstance(asked, str):
        return None
    if not is_region(asked):
        return f"`{asked}` is no region"
    parts = resource.split(":", ARN_SEGMENTS - 1)
    across = action.name.partition(":")[0] in ACROSS_REGIONS
    if len(parts) == ARN_SEGMENTS and is_region(parts[3]) and parts[3] != asked and not across:
        return f"`{resource}` is reached in its own region, not in `{asked}`"
    return None


def _is_in_the_past(_: Action, __: str, context: Said) -> str | None:
    for key, value in context.items():
        if is_time_of_request(key.lower()) and isinstance(value, str) and is_past(value):
            return f"no request is made at `{value}` any more"
    return None


REFUSALS = (
    Refusal("no such resource", _is_of_no_form, f"{_REFERENCE}, resource types"),
    Refusal("a key that the action does not carry", _has_a_key_too_many, f"{_REFERENCE}, condition keys"),
    Refusal(
        "several values of one",
        _has_a_list_of_one,
        "Single-valued vs. multivalued context keys (IAM User Guide)",
    ),
    Refusal(
        "one key in two spellings",
        _has_one_key_twice,
        "IAM JSON policy elements: Condition (IAM User Guide): names of context keys ignore case",
    ),
    Refusal(
        "one tag with two values",
        _has_a_tag_with_two_values,
        "Tag naming limits and requirements (Tagging AWS Resources User Guide)",
    ),
    Refusal("a truth that is none", _has_no_truth, "Boolean condition operators (IAM User Guide)"),
    Refusal("a tag too long", _has_a_long_tag, "Tag naming limits and requirements (Tagging AWS Resources User Guide)"),
    Refusal(
        "another region",
        _has_another_region,
        "aws:RequestedRegion (AWS global condition context keys); AWS service endpoints (AWS General Reference)",
    ),
    Refusal("a time that is over", _is_in_the_past, "aws:CurrentTime (AWS global condition context keys)"),
    Refusal("the account of another", _has_another_account, "aws:ResourceAccount (AWS global condition context keys)"),
)


_ANY_NAME = "x1a2b3"


def without_holes(value: object) -> object:
    """An ARN with a stand-in for each name that is yet to be made, which will be of its service's alphabet."""
    parts = getattr(value, "parts", None)
    if not parts or not isinstance(parts[0], str) or not parts[0].startswith("arn:"):
        return value  # a name that stands for more than a part of an ARN
    return "".join(part if isinstance(part, str) else _stand_in(part) for part in parts)


def _stand_in(hole: Unknown) -> str:
    drawn = DRAWN.get(hole.attribute) if isinstance(hole, Reference) else None
    return drawn or _ANY_NAME
