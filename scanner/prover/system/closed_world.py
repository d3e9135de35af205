"""Every action that may touch what an entry owns, each asked, harmless with its reason, or not modelled.

Nothing is isolated that was not asked: a form's actions come from the catalogue, whatever their prefix, and what no row
calls harmless is asked or leaves the verdict open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import lru_cache

from scanner.base.record import record
from scanner.iam.action_rows import action_rows, unlisted_operations
from scanner.iam.refusals import forms_of_action
from scanner.iam.resource_arns import ArnForm, resource_arns, untyped
from scanner.model.unknown import Unknown
from scanner.prover.solver.pattern import Pattern, literal
from scanner.prover.solver.question import Shape, Value
from scanner.prover.system.arn_tokens import form_pattern, usual_patterns
from scanner.prover.system.standins import Ground

NOT_MODELLED = Unknown("not-modelled", "what the action does to the data is not modelled")
_EVERYTHING = literal("*")
_ARN = tuple("arn:")
# Prefixes that work on another service's resources as a whole service does, beside those that begin with its name.
_BESIDE = {"ec2": ("ssm", "ec2-instance-connect"), "iam": ("sts",)}


@record
class Actions:
    """The actions on something, by what is known of them; names as the reference spells them."""

    asked: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    not_modelled: tuple[str, ...] = ()

    def without(self, names: Iterable[str]) -> Actions:
        """Those that no other shape covers."""
        gone = frozenset(names)
        return Actions(*(tuple(each for each in several if each not in gone) for several in self.kinds))

    def only(self, names: frozenset[str]) -> Actions:
        """Those of them that are among `names`, which must be spelled alike."""
        return Actions(*(tuple(each for each in several if each in names) for several in self.kinds))

    @property
    def kinds(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """Asked, harmless and not modelled, in the order of the fields."""
        return self.asked, self.harmless, self.not_modelled


@record
class Place:
    """A kind of resource that is the owner's, with what its requests carry.

    `resource` is the owner's pattern; `form` what ARNs of the kind look like, None for actions that name no resource.
    `doubt` says why what is there may not be the owner's, `usual` what ARNs a reader expects where no form tells.
    """

    name: str
    resource: Pattern
    actions: Actions
    form: ArnForm | None = None
    keys: Mapping[str, Value] = field(default_factory=dict)
    spelled: Mapping[str, str] = field(default_factory=dict)
    meaning: str = "use another tenant's resource"
    copies: bool = False
    account: str | None = None
    doubt: Unknown | None = None
    usual: tuple[Pattern, ...] = ()


@lru_cache(maxsize=4096)
def actions_on_form(form: ArnForm) -> Actions:
    """Every action of the catalogue on resources of the form."""
    return _classified(each.action.name for each in resource_arns().actions(form))


@lru_cache(maxsize=512)
def actions_on_nothing(form: ArnForm) -> Actions:
    """The actions of the form's service that no resource narrows, the doors of others to it, and younger ones."""
    prefixes = service_prefixes(form)
    names = [action.name for prefix in prefixes for action in untyped(prefix)]
    names += [door.action for door in action_rows().doors if door.service == form.service]
    return _classified(names)


@lru_cache(maxsize=512)
def younger_actions(form: ArnForm) -> tuple[str, ...]:
    """Actions of the form's service that the catalogue lacks and another source has: what they name is not known."""
    return tuple(name for prefix in service_prefixes(form) for name in unlisted_operations(prefix))


def service_prefixes(form: ArnForm) -> tuple[str, ...]:
    """The prefixes of actions of the service whose resources these are."""
    prefixes = resource_arns().prefixes(form)
    beside = _BESIDE.get(form.service, ())
    return tuple(
        each
        for number, each in enumerate(prefixes)
        if number == 0 or each == form.service or each.startswith(f"{form.service}-") or each in beside
    )


def _classified(names: Iterable[str]) -> Actions:
    found: dict[str, list[str]] = {"asked": [], "harmless": [], "not-modelled": []}
    rows = action_rows()
    for name in dict.fromkeys(names):
        found[rows.judged(name).verdict].append(name)
    return Actions(tuple(found["asked"]), tuple(found["harmless"]), tuple(found["not-modelled"]))


def _is_open_arn(tokens: Sequence[object]) -> bool:
    return tokens[:4] == _ARN and not all(token.__class__ is str for token in tokens)


def shapes_of(places: Iterable[Place], ground: Ground | None = None) -> Iterator[Shape]:
    """The requests for what is at the places; those with a form need the ground that they are asked on."""
    for place in places:
        form, usual = None, place.usual
        # A name that deployment makes may stand for all of an ARN, and then the text says nothing of its form.
        if place.form is not None and ground is not None and _is_open_arn(place.resource.tokens):
            form = form_pattern(place.form, place.account, ground.region)
            usual = usual_patterns(place.form, ground)
        for name, actions, doubt in (
            (place.name, place.actions.asked, place.doubt),
            (f"{place.name} (not modelled)", place.actions.not_modelled, NOT_MODELLED),
        ):
            if actions:
                yield Shape(
                    name,
                    actions,
                    place.resource,
                    place.keys,
                    place.spelled,
                    doubt,
                    place.meaning,
                    copies=place.copies,
                    form=form,
                    usual=usual,
                )


def anywhere(name: str, actions: Iterable[str], meaning: str, ground: Ground) -> Iterable[Shape]:
    """Requests for the actions on whatever they work on."""
    return _anywhere(name, tuple(actions), meaning, ground.account, ground.region)


@lru_cache(maxsize=256)
def _anywhere(name: str, actions: tuple[str, ...], meaning: str, account: str, region: str) -> tuple[Shape, ...]:
    return tuple(_on_whatever(name, actions, meaning, Ground(account, region)))


def _on_whatever(name: str, actions: Iterable[str], meaning: str, ground: Ground) -> Iterator[Shape]:
    for action in actions:
        forms, may_be_any = forms_of_action(action)
        if may_be_any or not forms:
            yield Shape(name, (action,), _EVERYTHING, meaning=meaning)
        for form in forms:
            own = form_pattern(form, ground.account)
            yield Shape(name, (action,), own, meaning=meaning, usual=usual_patterns(form, ground))


def nowhere(form: ArnForm, keys: Mapping[str, Value], spelled: Mapping[str, str]) -> Iterator[Place]:
    """What is asked without naming a resource, and what is too young to say what it names."""
    meaning = "reach what every tenant owns, for the action names no resource"
    yield Place("no resource", _EVERYTHING, actions_on_nothing(form), None, keys, spelled, meaning)
    meaning = "reach what every tenant owns by way of another resource"
    for door, actions in _further_doors(form.service):
        yield Place("by way of another resource", form_pattern(door, None), actions, None, keys, spelled, meaning)


@lru_cache(maxsize=64)
def _further_doors(service: str) -> tuple[tuple[ArnForm, Actions], ...]:
    """What opens stores of the service though it is none of them, with the actions by which it does."""
    found: dict[ArnForm, list[str]] = {}
    for door in action_rows().further_doors:
        if door.service == service:
            forms = forms_of_action(door.action)[0]
            # What the action does to resources of other services is asked of these.
            prefix = door.action.partition(":")[0]
            for form in [each for each in forms if each.service == prefix] or forms:
                found.setdefault(form, []).append(door.action)
    return tuple((form, Actions((), (), tuple(names))) for form, names in found.items())


def service_of_type(type_name: str) -> str:
    """The service that ARNs of the type name, and whose rules report on it."""
    forms = resource_arns().of_type(type_name)
    return forms[0].service if forms else type_name.partition("::")[2].partition("::")[0].lower()


@lru_cache(maxsize=1024)
def actions_of_type(type_name: str) -> Actions:
    """The actions on resources of a CloudFormation type, by every door to them."""
    each = [actions_on_form(form) for form in resource_arns().of_type(type_name)]
    return Actions(
        tuple(dict.fromkeys(name for one in each for name in one.asked)),
        tuple(dict.fromkeys(name for one in each for name in one.harmless)),
        tuple(dict.fromkeys(name for one in each for name in one.not_modelled)),
    )


def why_not_modelled(action: str) -> Unknown:
    """What a verdict waits for where a policy may allow such an action."""
    row = action_rows().judged(action)
    return Unknown("not-modelled", f"what `{action}` does to the data is not modelled: {row.why}")
