"""Assertions: one verb each, answered in three values with what was seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field

from scanner.base.record import mutable, record
from scanner.language.expressions.comparison import truth
from scanner.language.expressions.expression import Expression
from scanner.language.expressions.relation_ends import other_end
from scanner.language.expressions.scope import Scope
from scanner.language.expressions.theorem import Theorem
from scanner.language.message import Message
from scanner.language.requirement import Requirement
from scanner.model.deferred import LEAVES, settle_all, widened
from scanner.model.partial_text import Text
from scanner.model.truth import Truth, disj, negate
from scanner.model.unknown import MaybeList, OpenList, Unknown
from scanner.model.world import UndecidedError

Check = Callable[[object, Scope], "Outcome"]
Compare = Callable[[object, Scope], Truth]


@record
class Seen:
    """A value that decided: `item` is what the expression was evaluated on, for finding its place.

    `wanted` is what the rule asks of the value, as the end of a sentence such as "`true` is required"; empty where the
    value is wrong by being there. `by_default` says that nothing is written and `value` is what AWS takes. `elsewhere`
    is where it would stand if not in the resource itself: a type that names it, or one of its own properties that
    names another. `within` says that `value` is one of several at the place, `precondition` that the rule lets others
    pass for another value, which is no advice.
    """

    expression: Expression
    item: object
    value: object
    wanted: str = ""
    by_default: bool = False
    elsewhere: str = ""
    within: bool = False
    precondition: bool = False


@mutable
class Outcome:
    """`holds` is False or an Unknown with `seen` and `message`; `more` counts further items that fail alike."""

    holds: Truth
    seen: list[Seen] = field(default_factory=list)
    message: str | None = None
    more: int = 0
    # The text of the assertion that decided, part of a finding's identity.
    clause: str = ""
    # Whether the message is the engine's: what an author wrote is shown before it.
    made: bool = False
    # Of `seen`, what the message is about: the first item that fails, or one value for each alternative.
    told: list[Seen] = field(default_factory=list)


HOLDS = Outcome(True)


@record
class AwsDefault:
    """What AWS does where a template is silent."""

    value: object
    because: str
    # Whether it is what an account's silence means, too. A service answers with what is set, and a default for new
    # resources was written when they were made: a bucket whose public access block is not answered has none.
    in_account: bool = False


def later(make: Callable[[], Check]) -> Check:
    """A check that is made when it is first asked."""
    made: list[Check] = []

    def check(item: object, scope: Scope) -> Outcome:
        if not made:
            made.append(make())
        return made[0](item, scope)

    return check


def that(
    expression: Expression,
    compare: Compare | None,
    message: Message | None,
    default: AwsDefault | None,
    clause: str,
    wanted: Requirement,
) -> Check:
    """The check of `that:` with its comparison; without one the value must be true as JMESPath has it.

    `default` stands for a value that is absent, where AWS documents what it then does; with strict defaults that is
    Unknown. `wanted` says what is asked of the value, as Seen has it, and `clause` is the assertion as a part of a
    finding's identity.
    """

    def check(item: object, scope: Scope) -> Outcome:
        value = expression.evaluate(item, scope)
        if value.__class__ not in LEAVES:
            value = settle_all(value, scope.world)
        by_default = False
        if value is None and default is not None and (default.in_account or not scope.resource.live):
            note = f"AWS default: {default.because}"
            if scope.strict_defaults:
                value = Unknown("undeclared", f"it is left to the AWS default ({default.because})")
            else:
                scope.world.assume(note)
                value, by_default = default.value, True
        holds = _truthy(value) if compare is None else compare(value, scope)
        if holds is True and value is None and default is not None:
            # Nothing set is nothing wrong only where that is known to be so: the default is of what is made today.
            detail = f"the account does not tell it, and what AWS does today is of new resources ({default.because})"
            value = Unknown("undeclared", detail)
            holds = _truthy(value) if compare is None else compare(value, scope)
        if holds is True:
            return HOLDS
        text = message.render(item, scope) if message else None
        if holds is not False:
            return Outcome(holds, [Seen(expression, item, value)], text, 0, clause)
        seen = Seen(
            expression,
            item,
            value,
            wanted.words(scope),
            by_default,
            other_end(expression, scope),
            precondition=wanted.precondition,
        )
        return Outcome(False, [seen], text, 0, clause, text is None, [seen])

    return check


def proved(theorem: Theorem) -> Check:
    """`prove:`. What the prover found is left with the scope; a theorem that is not asked of a resource holds."""

    def check(_: object, scope: Scope) -> Outcome:
        if scope.prove is None:
            return Outcome(Unknown("prover-limit", "nothing here can prove it"))
        return Outcome(scope.prove(theorem, scope), clause=f"{theorem.name} {theorem.over or ''}")

    return check


def every(checks: Sequence[Check], message: Message | None) -> Check:
    """`all:`, and a rule's or an item's own list of assertions."""
    if len(checks) == 1 and message is None:
        return checks[0]

    def check(item: object, scope: Scope) -> Outcome:
        doubt: Outcome | None = None
        for each in checks:
            outcome = each(item, scope)
            if outcome.holds is False:
                return _worded(outcome, message, item, scope)
            if outcome.holds is not True:
                doubt = doubt or outcome
        return HOLDS if doubt is None else doubt

    return check


def any_of(checks: Sequence[Check], message: Message | None) -> Check:
    """Holds where one check does, and fails only where all do; else the first that is Unknown decides."""

    def check(item: object, scope: Scope) -> Outcome:
        outcomes = []
        for each in checks:
            outcome = each(item, scope)
            if outcome.holds is True:
                return HOLDS
            outcomes.append(outcome)
        doubts = [outcome for outcome in outcomes if outcome.holds is not False]
        if doubts:
            return Outcome(doubts[0].holds, doubts[0].seen, doubts[0].message, 0, doubts[0].clause, doubts[0].made)
        # What the alternatives ask of the properties says more than which alternative it is.
        seen = [each for outcome in outcomes for each in outcome.seen]
        seen.sort(key=lambda each: each.expression.path[:1] == ("Type",))
        clause = " | ".join(outcome.clause for outcome in outcomes)
        best = _best_worded(outcomes)
        text, made = (message.render(item, scope), False) if message else (best.message, best.made)
        if message is None and best.message is not None:
            outcomes = [best, *(each for each in outcomes if each is not best)]
        told = [each for outcome in outcomes for each in outcome.told if each.expression.path[:1] != ("Type",)]
        told = [each for each in told if not each.precondition] or told
        return Outcome(False, seen, text, 0, clause, made, told)

    return check


def negated(inner: Check, message: Message | None, clause: str, shown: Sequence[Expression]) -> Check:
    """`not:`. What holds has nothing to show of itself, so `shown` says what it was that held."""

    def check(item: object, scope: Scope) -> Outcome:
        outcome = inner(item, scope)
        holds = negate(outcome.holds)
        if holds is True:
            return HOLDS
        evidence = outcome.seen or _values(shown, item, scope)
        text = message.render(item, scope) if message else None
        return Outcome(holds, evidence, text, 0, clause, told=evidence[:1])

    return check


def _seen(expression: Expression, item: object, value: object, scope: Scope) -> Seen:
    """What is known of a value, of which not all needs to be decided."""
    try:
        return Seen(expression, item, settle_all(value, scope.world))
    except UndecidedError:
        return Seen(expression, item, value)


def _values(shown: Sequence[Expression], item: object, scope: Scope) -> list[Seen]:
    """The values that are there; where none is, the first expression without one."""
    seen: list[Seen] = []
    for expression in shown:
        try:
            seen.append(Seen(expression, item, settle_all(expression.evaluate(item, scope), scope.world)))
        except UndecidedError:
            # It took no part: what decided needed no such choice.
            continue
    return [each for each in seen if each.value is not None] or seen[:1]


def over_items(  # the parts of one verb
    verb: str, items: Expression, inner: Check, name: str | None, message: Message | None, clause: str
) -> Check:
    """`each`, `some` and `none` over the list an expression gives; a single value counts as one item."""

    def check(item: object, scope: Scope) -> Outcome:
        values = items.evaluate(item, scope)
        if isinstance(values, Unknown) and not values.present:
            return Outcome(values, [Seen(items, item, values)], None, 0, clause)
        listed = values if isinstance(values, list) else [] if values is None else [values]
        if scope.world.spreads:
            listed = widened(listed, scope.world)
        outcomes = []
        for value in listed:
            below = scope.bind({name: value}) if name else scope
            outcomes.append((value, below, inner(value, below)))
        more = (
            Outcome(listed.unknown, [_seen(items, item, values, scope)], None, 0, clause)
            if isinstance(listed, OpenList) and not _changes_nothing(listed, verb, inner, name, scope)
            else None
        )
        if verb == "each":
            return _each(outcomes, more, message, items, item)
        hits = [entry for entry in outcomes if entry[2].holds is True]
        doubts = [entry[2] for entry in outcomes if entry[2].holds is not True and entry[2].holds is not False]
        doubt = doubts[0] if doubts else more
        if verb == "some":
            if hits:
                return HOLDS
            if doubt is not None:
                return doubt
            told = next(((o.message, o.made) for _, _, o in outcomes if o.message), (None, False))
            text, made = (message.render(item, scope), False) if message else told
            seen = [each for _, _, outcome in outcomes for each in outcome.seen] or [
                Seen(items, item, settle_all(values, scope.world))
            ]
            whole = Seen(items, item, settle_all(values, scope.world))
            told_of = [_whole(whole, scope)]
            if len(outcomes) == 1:
                told_of = [_placed(each, items, item, outcomes[0][0], scope) for each in outcomes[0][2].told]
            return Outcome(False, seen, text, 0, clause, made, told_of)
        if hits:
            value, below, _ = hits[0]
            text = message.render(value, below) if message else None
            seen = [Seen(items, hit, settle_all(hit, scope.world)) for hit, _, _ in hits]
            return Outcome(
                False,
                seen,
                text,
                len(hits) - 1,
                clause,
                told=[_placed(_whole(seen[0], scope), items, item, hits[0][0], scope)],
            )
        return HOLDS if doubt is None else doubt

    return check


def _changes_nothing(items: OpenList, verb: str, inner: Check, name: str | None, scope: Scope) -> bool:
    """Whether it is the same for a verb which of the further items are there."""
    wanted = verb == "each"
    return isinstance(items, MaybeList) and all(
        inner(each, scope.bind({name: each}) if name else scope).holds is wanted for each in items.maybe
    )


def _whole(seen: Seen, scope: Scope) -> Seen:
    """The same, with where it would stand if the expression asks for other resources."""
    end = other_end(seen.expression, scope)
    if end == seen.elsewhere:
        return seen
    return Seen(
        seen.expression, seen.item, seen.value, seen.wanted, seen.by_default, end, seen.within, seen.precondition
    )


def _placed(seen: Seen, items: Expression, holder: object, item: object, scope: Scope) -> Seen:
    """The same, with the list as its place where the item is a bare value, which has none of its own."""
    if isinstance(item, dict | list) or seen.expression.functions:
        return seen
    return Seen(items, holder, item, seen.wanted, elsewhere=seen.elsewhere or other_end(items, scope), within=True)


def _each(
    outcomes: Sequence[tuple[object, Scope, Outcome]],
    more: Outcome | None,
    message: Message | None,
    items: Expression,
    holder: object,
) -> Outcome:
    failing = [entry for entry in outcomes if entry[2].holds is False]
    if failing:
        value, below, first = failing[0]
        worded = _worded(first, message, value, below)
        seen = [each for _, _, outcome in failing for each in outcome.seen]
        told = [_placed(each, items, holder, value, below) for each in first.told]
        more_alike = len(failing) - 1 + worded.more
        return Outcome(False, seen, worded.message, more_alike, first.clause, worded.made, told)
    doubt = next((outcome for _, _, outcome in outcomes if outcome.holds is not True), more)
    return HOLDS if doubt is None else doubt


def _best_worded(outcomes: Sequence[Outcome]) -> Outcome:
    """The first whose message a rule's author wrote, else the first."""
    return next((outcome for outcome in outcomes if outcome.message is not None and not outcome.made), outcomes[0])


def _worded(outcome: Outcome, message: Message | None, item: object, scope: Scope) -> Outcome:
    if message is None or (outcome.message is not None and not outcome.made):
        return outcome
    text = message.render(item, scope)
    return Outcome(outcome.holds, outcome.seen, text, outcome.more, outcome.clause, told=outcome.told)


def _truthy(value: object) -> Truth:
    """Truth of a template's value: the string `false` is falsy, as CloudFormation takes it for a boolean."""
    return False if isinstance(value, str) and value.lower() == "false" else truth_of(value)


def truth_of(value: object) -> Truth:
    """Whether a value says something: blanks name nothing, and a list of nothing but empty texts neither."""
    if isinstance(value, str):
        return bool(value.strip())
    if not isinstance(value, list) or not value:
        return truth(value)
    said = disj(_item_says(item) for item in value)
    return value.unknown.plain() if said is False and isinstance(value, OpenList) else said


def _item_says(item: object) -> Truth:
    if isinstance(item, str):
        return bool(item.strip())
    return truth(item) if isinstance(item, Text | Unknown) else True
