"""The tenancy of files that come without a tenancy.yaml, as far as they show it.

Strong is what may make somebody be accused: a name that says tenant, a `custom:tenant…` attribute, and a session's tag
that stands in the key, name or encryption context of data. Two things that look alike are told apart by the tag's own
name. A tag that names a customer (`ClinicId`, `org`) counts wherever it guards data. A tag that tells employees apart
(`department`, `project`, `costCenter`: AWS's own tutorials on ABAC use them) never does; and one whose name says
nothing counts only inside a key or a name, not where it is merely compared with a resource's tag, and only where no
second one does the same. What one user is known by (`cognito-identity.amazonaws.com:sub`) is proposed, no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from scanner.base.problem import ProblemsError
from scanner.base.record import record
from scanner.model.resource import Inventory, Resource
from scanner.model.tenant_words import has_hint, meaning_of
from scanner.model.world import World
from scanner.tenancy.identifiers import NAMED_FORMS, automaton_of
from scanner.tenancy.inference.api_requests import demanded_ids, public_routes
from scanner.tenancy.inference.data_owners import holdings
from scanner.tenancy.inference.evidence import Evidence, Proposal, seen, weaker
from scanner.tenancy.inference.evidence_scan import Sightings, sightings_in
from scanner.tenancy.inference.policy_guards import DATA_KINDS, PRINCIPAL_TAG, TEMPLATE_KEY, Guard, Kind
from scanner.tenancy.inference.silo_names import silos
from scanner.tenancy.inference.stack_tenants import stack_tenants
from scanner.tenancy.inference.store_names import Stores
from scanner.tenancy.inference.tenant_roles import sessions
from scanner.tenancy.inference.yaml_writer import write_tenancy
from scanner.tenancy.loading import load_tenancy
from scanner.tenancy.tenancy import NO_TENANCY, Tenancy
from scanner.text.reading import read

SOURCE = "inferred"
_DOCUMENT = "inferred tenancy"
_OF_TAGS: tuple[Kind, ...] = ("resource-tag", "object-tag", "request-tag")
# Of what a tag's value may hold, all but the blank and the delimiters of paths and ARNs.
_WITHOUT_DELIMITERS = "[A-Za-z0-9_.=+@-]{1,128}"
_DELIMITED = re.compile(r"\$\{tenant\}([/:])")


@record
class Inferred:
    """`proposals` are all there are; `tenancy` is made of the strong ones, `NO_TENANCY` where there are none."""

    tenancy: Tenancy
    proposals: tuple[Proposal, ...]

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What the tenancy rests on, each once."""
        strong = (each for proposal in self.proposals if proposal.strong for each in proposal.evidence)
        return tuple(dict.fromkeys(strong)) if self.tenancy.source is not None else ()

    @property
    def weak(self) -> tuple[Proposal, ...]:
        """Those that are for a person to decide."""
        return tuple(each for each in self.proposals if not each.strong)


NOTHING = Inferred(NO_TENANCY, ())


def infer_from(inventory: Inventory, texts: Iterable[str]) -> Inferred:
    """As `infer`, where some text of the files has a word of it at all."""
    return infer(inventory) if has_hints(inventory.resources, texts) else NOTHING


def has_hints(resources: Iterable[Resource], texts: Iterable[str]) -> bool:
    """Whether some text, or a tag of some resource, has a word of tenants at all."""
    tagged = (str(key) for resource in resources for key in _own_tags(resource.fields.get("Tags")))
    return any(map(has_hint, texts)) or any(map(has_hint, tagged))


def inferred_again(text: str) -> Tenancy:
    """The tenancy that was inferred before and written as this text. Raises ProblemsError."""
    return replace(load_tenancy(read(text.encode(), _DOCUMENT, cloudformation=False)), source=SOURCE)


def infer(inventory: Inventory, more: Iterable[Guard] = ()) -> Inferred:
    """What the resources show of tenants; `more` are guards that were found elsewhere, as in templates of policies."""
    return conclude(propose(inventory, more))


def conclude(proposals: tuple[Proposal, ...]) -> Inferred:
    """The tenancy that the strong proposals make."""
    strong = [each for each in proposals if each.strong]
    try:
        return Inferred(_tenancy(strong), proposals)
    except ProblemsError:
        # A name that no tenancy.yaml can hold, such as a logical id with `${`, names nothing that could be deployed.
        proposals = tuple(each for each in proposals if _is_sayable(each))
        return Inferred(_tenancy([each for each in proposals if each.strong]), proposals)


def _tenancy(strong: Sequence[Proposal]) -> Tenancy:
    """Raises ProblemsError."""
    if not strong:
        return NO_TENANCY
    return inferred_again(write_tenancy(strong))


def _is_sayable(proposal: Proposal) -> bool:
    sure = replace(proposal, evidence=tuple(replace(each, strong=True) for each in proposal.evidence[:1]))
    try:
        _tenancy([sure])
    except ProblemsError:
        return False
    return True


def propose(inventory: Inventory, more: Iterable[Guard] = ()) -> tuple[Proposal, ...]:
    """All proposals; `more` are guards that were found outside the inventory."""
    found = sightings_in(inventory)
    found.guards.extend(more)
    strength = _strengths(found)
    stores = Stores(inventory)
    proposals = [*_tags(found, strength), *_claims(found), *_values(found, strength)]
    proposals += sessions(found, stores, strength)
    proposals += holdings(found, stores, strength)
    proposals += silos(inventory)
    form = _form(proposals)
    return tuple(each for each in proposals if each.section != "examples" or _fits(each, form)) + tuple(form)


def guesses(inventory: Inventory) -> tuple[Proposal, ...]:
    """What is only for people to decide, beside `propose`: no scan reads it."""
    return (*stack_tenants(inventory, Stores(inventory)), *demanded_ids(inventory), *public_routes(inventory))


def _form(proposals: Iterable[Proposal]) -> list[Proposal]:
    """What ids look like, where they are known by example or something is laid out so that it must end them.

    Whoever writes `${aws:PrincipalTag/TenantId}/*` counts on ids without a slash. Nobody can count on ids without `-`
    or `.`, which is how layouts leak, so these stay possible.
    """
    examples = [each for each in proposals if each.section == "examples"]
    ids = [str(each.value) for each in examples]
    for name in NAMED_FORMS:
        if len(ids) > 1 and all(automaton_of(name).accepts(each) for each in ids):
            return [Proposal("pattern", name, examples[0].evidence)]
    for proposal in proposals:
        if proposal.section != "owned" or not proposal.strong or isinstance(proposal.value, str):
            continue
        layout = proposal.value.get("key") if "arn" not in proposal.value else proposal.value["arn"]
        delimiter = _DELIMITED.search(str(layout))
        if delimiter and all(automaton_of(_WITHOUT_DELIMITERS).accepts(each) for each in ids):
            first = proposal.evidence[0]
            what = f"`{delimiter[1]}` ends the id in `{layout}`, so no id is taken to hold one"
            return [Proposal("pattern", _WITHOUT_DELIMITERS, (replace(first, what=what),))]
    return []


def _fits(example: Proposal, form: Sequence[Proposal]) -> bool:
    return not form or automaton_of(str(form[0].value)).accepts(str(example.value))


def _own_tags(tags: object) -> Mapping[object, object]:
    return tags if isinstance(tags, dict) else {}


def _strengths(found: Sightings) -> dict[str, bool]:
    """Keys of sessions that may be the tenant's, in lower case, and whether one surely is."""
    by_meaning: dict[str, set[str]] = {"tenant": set(), "organisation": set(), "other": set()}
    strength: dict[str, bool] = {}
    for guard in found.guards:
        key = guard.key.lower()
        if key == TEMPLATE_KEY:
            strength[key] = True
        elif not key.startswith(PRINCIPAL_TAG.lower()):
            strength.setdefault(key, False)
        else:
            strength.setdefault(key, False)
            meaning = meaning_of(guard.key[len(PRINCIPAL_TAG) :])
            data = guard.kind in DATA_KINDS or (meaning == "organisation" and guard.kind == "resource-tag")
            if meaning == "tenant" or (data and meaning in by_meaning):
                by_meaning[meaning].add(key)
    for keys in by_meaning.values():
        if len(keys) == 1 or (keys and keys is by_meaning["tenant"]):
            return strength | dict.fromkeys(keys, True)
        if keys:
            break  # several that could be it: to choose is for a person
    return strength


def _tags(found: Sightings, strength: Mapping[str, bool]) -> Iterable[Proposal]:
    """Tag keys that name the owner: those that resources carry, and those that policies compare with a session's."""
    compared: dict[str, list[Evidence]] = {}
    for guard in found.guards:
        if guard.kind in _OF_TAGS and guard.name.lower() == _tag(guard.key).lower():
            what = f"`{guard.holder.logical_id}` compares the tag `{guard.name}` with the session's"
            sure = strength.get(guard.key.lower(), False)
            compared.setdefault(guard.name, []).append(found.evidence(guard, what, strong=sure))
    for name, carried in found.tags.items():
        yield Proposal("tags", name, (*carried, *compared.pop(name, [])[:1]))
    for name, evidence in compared.items():
        yield Proposal("tags", name, tuple(evidence[:1]))


def _tag(key: str) -> str:
    return key[len(PRINCIPAL_TAG) :] if key.lower().startswith(PRINCIPAL_TAG.lower()) else key


def _claims(found: Sightings) -> Iterable[Proposal]:
    for name, evidence in found.claims.items():
        yield Proposal("claims", name, evidence)


def _values(found: Sightings, strength: Mapping[str, bool]) -> Iterable[Proposal]:
    """Values of owner tags and of guards that stand for everybody, and ids that can serve as examples."""
    shared: dict[str, list[Evidence]] = {value: list(evidence) for value, evidence in found.shared.items()}
    for each in found.beside:
        if each.key.lower() not in strength or each.value in found.examples:
            continue
        what = f"`{each.holder.logical_id}` lets `{each.value}` stand where `${{{each.key}}}` does"
        shared.setdefault(each.value, []).append(seen(what, each.holder, each.keys, World(), strong=True))
    for value, why in shared.items():
        yield Proposal("shared_values", value, tuple(dict.fromkeys(why)))
    for value, evidence in list(found.examples.items())[:3]:
        yield Proposal("examples", value, weaker(evidence) if not found.tags else evidence)
