"""Constants where a policy has the tenant's id elsewhere: what stands for everybody beside what is the tenant's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from scanner.base.record import record
from scanner.iam.policy_document import Statement
from scanner.model.resource import Keys, Resource
from scanner.model.tenant_words import SHARED_VALUES
from scanner.tenancy.inference.policy_guards import HOLE_MARK, Flat, Written, flat, session_keys

_VARIABLE = re.compile(r"\$\{([^{},]{1,300})(?:, '[^']*')?\}")
_WORD = r"[A-Za-z0-9_.=+@-]{1,64}"
_ANY_HOLE = re.compile("\ue000[0-9]+\ue001")


@record
class Constant:
    """`value` stands where `key` does in a text beside it; `keys` lead to the statement inside `holder`."""

    key: str
    value: str
    beside: bool
    holder: Resource
    keys: Keys


def constants_beside(written: Written) -> Iterator[Constant]:
    """Those of the same list under any value, those of the policy's other statements where the word means everybody."""
    if written.is_trust:
        return
    lists = [
        (statement, texts) for statement in written.document.statements for texts in _lists(statement) if any(texts)
    ]
    guards = [(text, key, texts) for _, texts in lists for text in texts for key in session_keys(text.text)]
    for statement, texts in lists:
        if statement.effect == "Deny":
            continue
        for text, key, home in guards:
            fits = _pattern(text, key)
            for other in texts if fits is not None else ():
                if fits is None or session_keys(other.text):
                    continue
                found = fits.fullmatch(_ANY_HOLE.sub(HOLE_MARK, other.text))
                if found is None:
                    continue
                beside = home is texts
                if beside or found["value"].lower() in SHARED_VALUES:
                    keys = (*written.keys, *statement.path)
                    yield Constant(key, found["value"], beside, written.holder, keys)


def _lists(statement: Statement) -> Iterator[Sequence[Flat]]:
    if statement.resource is not None and not statement.resource.negated:
        yield [flat(term) for term in statement.resource.terms.items]
    for condition in statement.conditions:
        if not condition.operator.negated:
            yield [flat(term) for term in condition.values.items]


def _pattern(text: Flat, key: str) -> re.Pattern[str] | None:
    """What a constant looks like that has a word in place of the key; None where the key is not all that varies."""
    pieces = _VARIABLE.split(_ANY_HOLE.sub(HOLE_MARK, text.text))
    if [each.lower() for each in pieces[1::2]] != [key.lower()]:
        return None
    return re.compile(f"{re.escape(pieces[0])}(?P<value>{_WORD}){re.escape(pieces[2])}", re.DOTALL)
