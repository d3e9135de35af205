"""The roles whose sessions act for a tenant: their trust policy lets the session be tagged with its tenant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace

from scanner.base.record import mutable
from scanner.iam.policy_document import Statement
from scanner.iam.terms import Term
from scanner.model.partial_text import Text
from scanner.model.resource import Resource
from scanner.model.tenant_words import meaning_of
from scanner.model.unknown import Reference
from scanner.tenancy.inference.evidence import Evidence, Proposal, seen
from scanner.tenancy.inference.evidence_scan import Sightings
from scanner.tenancy.inference.policy_guards import PRINCIPAL_TAG, TEMPLATE_KEY, Written, tag_session_statements
from scanner.tenancy.inference.store_names import ROLES, Stores

_REQUEST_TAG = "aws:requesttag/"
_ASSUME = ("sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:*", "*")


@mutable
class Speaker:
    """A role, the session's keys it knows of, and why."""

    role: Resource
    keys: dict[str, Evidence] = field(default_factory=dict)


def sessions(found: Sightings, stores: Stores, strength: Mapping[str, bool]) -> Iterator[Proposal]:
    """Entries for `sessions`: one for all roles alike in key, presence and binders.

    `strength` as of `holdings`.
    """
    trusts: dict[str, list[Written]] = {}
    for written in found.trusts:
        trusts.setdefault(written.holder.address, []).append(written)
    speakers = _speakers(found, stores, strength, trusts)
    acting = {address for address, speaker in speakers.items() if speaker.keys}
    groups: dict[tuple[str, bool, tuple[str, ...]], dict[str, Evidence]] = {}
    for address, speaker in speakers.items():
        for key, evidence in speaker.keys.items():
            demanded = all(_demands(written, key) for written in trusts[address])
            binders = tuple(sorted(set(_binders(trusts[address], speaker.role, stores, acting))))
            groups.setdefault((key, demanded, binders), {}).setdefault(stores.name(speaker.role, ROLES), evidence)
    for (key, demanded, binders), roles in groups.items():
        tag = key.rpartition("/")[2]
        value: dict[str, object] = {
            "name": f"sessions tagged {tag}" if key.startswith(PRINCIPAL_TAG) else f"sessions by {key}",
            "roles": list(roles),
            "tenant_key": key,
            "present": "always" if demanded else "maybe",
        }
        why = list(roles.values())
        if binders:
            value["binders"] = list(binders)
            who = "each of them" if len(binders) > 1 else "it"
            what = (
                f"{', '.join(binders)} may tag these sessions: where nothing binds the tag, {who} may name any tenant"
            )
            why.append(replace(why[0], what=what))
        yield Proposal("sessions", value, tuple(why))


def _speakers(
    found: Sightings, stores: Stores, strength: Mapping[str, bool], trusts: Mapping[str, list[Written]]
) -> dict[str, Speaker]:
    speakers: dict[str, Speaker] = {}
    # The keys as policies read them: names of tags ignore case there.
    spelled = {guard.key.lower(): guard.key for guard in reversed(found.guards)}
    for guard in found.guards:
        sure = strength.get(guard.key.lower())
        if sure is None or guard.key == TEMPLATE_KEY or guard.kind == "request-tag":
            continue
        for role in stores.roles_with(guard.holder):
            if _may_carry(trusts.get(role.address, ()), guard.key):
                speaker = speakers.setdefault(role.address, Speaker(role))
                if guard.key not in speaker.keys:
                    what = f"policies of `{role.logical_id}` use `${{{guard.key}}}`, which its trust policy lets be set"
                    speaker.keys[guard.key] = found.evidence(guard, what, strong=sure)
    for writings in trusts.values():
        for written in writings:
            for statement in tag_session_statements(written.document):
                for tag, keys in _asked_tags(statement):
                    key = spelled.get((PRINCIPAL_TAG + tag).lower(), PRINCIPAL_TAG + tag)
                    speaker = speakers.setdefault(written.holder.address, Speaker(written.holder))
                    if meaning_of(tag) == "tenant" and key.lower() not in map(str.lower, speaker.keys):
                        what = f"the trust policy of `{written.holder.logical_id}` asks its callers for the tag `{tag}`"
                        place = (*written.keys, *keys)
                        speaker.keys[key] = seen(what, written.holder, place, written.world, strong=True)
    return speakers


def _may_carry(trusts: tuple[Written, ...] | list[Written], key: str) -> bool:
    """Whether some caller may open a session that has the key."""
    if not key.startswith(PRINCIPAL_TAG):
        provider = key.rpartition(":")[0].lower()
        return any(
            provider in str(item.value).lower()
            for written in trusts
            for statement in written.document.statements
            if statement.principal is not None
            for item in statement.principal.items
            if item.type == "Federated"
        )
    return any(True for written in trusts for _ in tag_session_statements(written.document))


def _asked_tags(statement: Statement) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    for condition in statement.conditions:
        if condition.key.lower().startswith(_REQUEST_TAG):
            yield condition.key[len(_REQUEST_TAG) :], condition.path


def _demands(written: Written, key: str) -> bool:
    """Whether every way into the role demands the tag with a value."""
    tag = key.rpartition("/")[2].lower()
    ways = [
        statement
        for statement in written.document.statements
        if statement.effect == "Allow" and any(str(term).lower() in _ASSUME for term in statement.action.terms.items)
    ]
    return bool(ways) and all(
        any(
            condition.key.lower() == _REQUEST_TAG + tag
            and condition.operator.name in ("StringEquals", "StringLike")
            and not condition.operator.if_exists
            and condition.operator.quantifier != "all"
            for condition in statement.conditions
        )
        for statement in ways
    )


def _binders(trusts: list[Written], role: Resource, stores: Stores, acting: set[str]) -> Iterator[str]:
    """The roles that the trust policy names as those who tag; no tenant's own session is one."""
    for written in trusts:
        for statement in tag_session_statements(written.document):
            for item in statement.principal.items if statement.principal is not None else ():
                if item.type != "AWS":
                    continue
                known = stores.named(item.value, ROLES) or _by_arn(item.value, stores)
                if known is not None:
                    if known.address != role.address and known.address not in acting:
                        yield stores.name(known, ROLES)
                elif isinstance(item.value, str) and ":role/" in item.value and "*" not in item.value:
                    yield item.value


def _by_arn(value: Term, stores: Stores) -> Resource | None:
    if isinstance(value, str) and ":role/" in value:
        return stores.named(value.rpartition("/")[2], ROLES)
    if isinstance(value, Text) and ":role/" in str(value):
        last = value.parts[-1]
        if isinstance(last, Reference):
            return stores.named(last, ROLES)
        if isinstance(last, str) and "/" in last:
            return stores.named(last.rpartition("/")[2], ROLES)
    return None
