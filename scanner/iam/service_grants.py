"""Whether a service gets in by a policy that acts for a stranger's resource.

"The confused deputy problem" (IAM User Guide): the service says for whose resource it acts, and only a policy that asks
for it learns it.
"""

from __future__ import annotations

from collections.abc import Sequence

from scanner.base.record import replace
from scanner.iam.policy_document import Condition, PrincipalSelector, parse_document
from scanner.iam.principals import principal_of
from scanner.iam.stranger import ABSENT, Stranger, Value
from scanner.iam.stranger_requests import Asked, grounded, let_in
from scanner.model.partial_text import Text
from scanner.model.unknown import OpenList, Unknown


def service_statements(document: object) -> list[object] | Unknown:
    """The Allow statements by which a service acts for a stranger's resource, as `{Source, Sid, Service}`.

    "The confused deputy problem" (IAM User Guide): the service fills in whose resource it acts for, if asked.
    """
    if document is None:
        return []
    parsed = parse_document(document)
    stranger = Stranger.to("\n".join(str(statement) for statement in parsed.statements))
    denies = tuple(grounded(each, stranger) for each in parsed.statements if each.effect != "Allow")
    found: list[object] = []
    doubt = parsed.more
    for statement in parsed.statements:
        selector = statement.principal
        if statement.effect == "Deny" or selector is None or selector.negated:
            continue
        doubt = doubt or selector.more
        for item in selector.items:
            if item.type != "Service":
                continue
            if not isinstance(item.value, str):
                doubt = doubt or (item.value.unknown if isinstance(item.value, Text) else item.value)
                continue
            alone = replace(grounded(statement, stranger), principal=PrincipalSelector((item,)))
            whole = replace(parsed, statements=(alone, *denies), more=None, defects=())
            service = principal_of({"Service": item.value})
            opened, _ = let_in(alone, whole, stranger, Asked((service,), _Called(stranger, item.value).values))
            if isinstance(opened, Unknown):
                doubt = doubt or opened
            elif opened and parsed.more is None:
                found.append({"Source": statement.source, "Sid": statement.sid, "Service": item.value})
    return found if doubt is None else OpenList(found, doubt.plain())


class _Called:
    """What a request of a service carries that acts for a stranger."""

    def __init__(self, stranger: Stranger, service: str) -> None:
        self._stranger = stranger
        self._own: dict[str, list[Value]] = {
            "aws:principalisawsservice": ["true"],
            "aws:principalservicename": [service],
            "aws:principalservicenameslist": [[service]],
            "aws:principalarn": [ABSENT],
            "aws:principalaccount": [ABSENT],
            "aws:principalorgid": [ABSENT],
        }

    def values(self, key: str, conditions: Sequence[Condition]) -> list[Value]:
        own = self._own.get(key)
        return own if own is not None else self._stranger.values(key, conditions)
