"""Random questions to the prover, answered a second time by trying requests one by one.

Nothing here is shared with the prover or with the evaluator: policies are read by regular expressions over a small
alphabet. Run as a program it asks as many questions as it is told:

    python tests/prover/enumerator.py 100000 --seed 7
"""

from __future__ import annotations

import argparse
import itertools
import random
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any

from scanner.engine.replay import replay
from scanner.iam.policies import Policy, PolicySet
from scanner.prover.solver.alphabet import Alphabet
from scanner.prover.solver.bench import Bench, Possible
from scanner.prover.solver.id_automaton import IdForm, IdLanguage
from scanner.prover.solver.pattern import Pattern, Tenant
from scanner.prover.solver.policy_layers import Layers
from scanner.prover.solver.prepared_policy import prepare
from scanner.prover.solver.principal_match import Caller
from scanner.prover.solver.question import ABSENT, Given, Holes, Session, Shape
from scanner.prover.system.data_requests import owner_pattern
from scanner.tenancy.identifiers import TenantIds

SESSION = "arn:aws:sts::111122223333:assumed-role/R/s"
ROLE = "arn:aws:iam::111122223333:role/R"
TAG = "${aws:PrincipalTag/T}"
PREFIX = "arn:aws:s3:::b/"
ALPHABET = "a1-/#A"
FORMS = {
    "[a1-]{1,3}": ["".join(word) for size in (1, 2, 3) for word in itertools.product("a1-", repeat=size)],
    "[a1]{2}": ["".join(word) for word in itertools.product("a1", repeat=2)],
    "[aA]{1,2}": ["".join(word) for size in (1, 2) for word in itertools.product("aA", repeat=size)],
    "a|a1|a-1": ["a", "a1", "a-1"],
}
PIECES = ["a", "1", "-", "/", "#", "a-", "/1", "A", "*", "*", "?"]


@dataclass(frozen=True)
class Question:
    """`own` and `key` are the owner's templates; `key` is None where the shape has no key beside the resource."""

    form: str
    own: str
    key: str | None
    closed: bool
    many: int
    documents: dict[str, list[dict[str, Any]]]


def question(rng: random.Random) -> Question:
    form = rng.choice(list(FORMS))
    own = pieces(rng, "${tenant}", rng.choice([1, 1, 1, 2]), wild=("*",))
    key = pieces(rng, "${tenant}", 1, wild=("*",)) if rng.random() < 0.6 else None
    closed = key is not None and rng.random() < 0.3
    many = rng.choice([0, 0, 1]) if key is not None and not closed else 0
    layers = ["identity"] + [name for name in ("boundary", "session") if rng.random() < 0.15]
    documents = {
        layer: [document(rng, key is not None, many, first=layer == "identity") for _ in range(rng.choice([1, 1, 2]))]
        for layer in layers
    }
    return Question(form, own, key, closed, many, documents)


def pieces(rng: random.Random, variable: str, holes: int, wild: tuple[str, ...] = ("*", "?")) -> str:
    chosen = [
        rng.choice([each for each in PIECES if each not in "*?" or each in wild]) for _ in range(rng.randint(0, 3))
    ]
    for _ in range(holes):
        chosen.insert(rng.randint(0, len(chosen)), variable)
    return "".join(chosen)


def document(rng: random.Random, keyed: bool, many: int, *, first: bool) -> dict[str, Any]:
    statements = [statement(rng, keyed, many, "Allow")]
    if first and rng.random() < 0.3:
        statements.append(statement(rng, keyed, many, "Allow"))
    if rng.random() < 0.3:
        statements.append(statement(rng, keyed, many, "Deny"))
    rng.shuffle(statements)
    return {"Version": "2008-10-17" if rng.random() < 0.04 else "2012-10-17", "Statement": statements}


def statement(rng: random.Random, keyed: bool, many: int, effect: str) -> dict[str, Any]:
    made: dict[str, Any] = {"Effect": effect, "Action": rng.choice(["s3:GetObject", "s3:*", "*"])}
    resources = [PREFIX + pieces(rng, TAG, rng.choice([0, 1, 1, 1, 2])) for _ in range(rng.choice([1, 1, 2]))]
    resources = [rng.choice([each, each, each, "*", PREFIX + "*"]) for each in resources]
    made["NotResource" if rng.random() < (0.5 if effect == "Deny" else 0.1) else "Resource"] = resources
    conditions: dict[str, Any] = {}
    for _ in range(rng.choice([0, 1, 1, 2])):
        name = rng.choice(["k", "k", "k", "free"]) if keyed else "free"
        operators = ["StringEquals", "StringLike", "StringNotEquals", "StringNotLike", "StringEqualsIgnoreCase"]
        operator = rng.choice(operators) + rng.choice(["", "", "IfExists"])
        if name == "k" and (many or rng.random() < 0.3):
            operator = rng.choice(["ForAllValues:", "ForAnyValue:"]) + operator
        values = [pieces(rng, TAG, rng.choice([0, 1, 1])) for _ in range(rng.choice([1, 1, 2]))]
        conditions.setdefault(operator, {})[f"x:{name}"] = values
        if rng.random() < 0.15:
            conditions.setdefault("Null", {})[f"x:{name}"] = rng.choice(["true", "false"])
    if conditions:
        made["Condition"] = conditions
    return made


@cache
def bench_for(pattern: str) -> Bench:
    form = IdForm(TenantIds(pattern=pattern), tagged=True)
    alphabet = Alphabet(frozenset(), form.sets())
    language = IdLanguage(form, alphabet, widened=True)
    return Bench(language, IdLanguage(form, alphabet, widened=False), form, form, (), replay)


def asked(asking: Question) -> Possible | str:
    """What the prover says: a request, `ISOLATED` or `NOT_PROVEN`."""
    bench = bench_for(asking.form)
    bench.start()
    session = Session(
        SESSION,
        "111122223333",
        {"aws:principaltag/t": Given(Pattern((Tenant.CALLER,))), "x:k": ABSENT},
        spelled={"aws:principaltag/t": "aws:PrincipalTag/T"},
    )
    keys = {}
    if asking.key is not None:
        keys["x:k"] = Given(owner_pattern(asking.key), asking.closed, bool(asking.many), asking.many)
    shape = Shape("x", ("s3:GetObject",), owner_pattern(PREFIX + asking.own), keys)
    policies = {
        name: tuple(Policy.of(f"{name}{index}", each) for index, each in enumerate(documents))
        for name, documents in asking.documents.items()
    }
    prepared = {
        name: tuple(prepare(policy.name, policy.document) for policy in several) for name, several in policies.items()
    }
    layers = Layers(
        Caller(ROLE, "111122223333"), prepared["identity"], prepared.get("boundary"), prepared.get("session")
    )
    whole = PolicySet(policies["identity"], policies.get("boundary"), policies.get("session"))
    outcomes = list(bench.ask(shape, session, layers, whole, Holes()))
    found = next((each for each in outcomes if isinstance(each, Possible) and each.doubt is None), None)
    if found is not None:
        return found
    return "NOT_PROVEN" if any(each is not None for each in outcomes) else "ISOLATED"


def regex(template: str, tenant: str, *, wild: bool = True, variable: str = "${tenant}") -> re.Pattern[str]:
    made = ""
    for index, part in enumerate(template.split(variable)):
        if index:
            made += re.escape(tenant)
        made += "".join(
            ".*" if wild and each == "*" else "." if wild and each == "?" else re.escape(each) for each in part
        )
    return re.compile(made, re.DOTALL)


def fits(template: str, value: str, tenant: str, *, wild: bool, version: str, fold: bool = False) -> bool:
    variable = TAG if version == "2012-10-17" else "\0"
    if fold:
        template, value, tenant, variable = template.lower(), value.lower(), tenant.lower(), variable.lower()
    return regex(template, tenant, wild=wild, variable=variable).fullmatch(value) is not None


def crosses(template: str, value: str, tenant: str, version: str) -> bool:
    """As `fits`, for resources: they hold no colon after the fifth here, so wildcards cannot cross one."""
    return fits(template, value, tenant, wild=True, version=version)


def holds(operator: str, wanted: list[str], values: list[str] | None, tenant: str, version: str) -> bool:
    quantifier, _, name = operator.rpartition(":")
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    negated = "Not" in name
    if not values:
        return quantifier == "ForAllValues" or if_exists or (negated and not quantifier)
    fold, wild = "IgnoreCase" in name, "Like" in name

    def one(value: str) -> bool:
        return any(fits(each, value, tenant, wild=wild, version=version, fold=fold) for each in wanted) != negated

    if quantifier == "ForAllValues":
        # "Multivalued context keys": a key that resolves to an empty text counts as no values.
        return values == [""] or all(map(one, values))
    return any(map(one, values))


def applies(
    made: dict[str, Any], version: str, resource: str, context: dict[str, list[str] | None], tenant: str
) -> bool:
    templates = made.get("Resource", made.get("NotResource"))
    matched = any(crosses(each, resource, tenant, version) for each in templates)
    if matched != ("Resource" in made):
        return False
    for operator, block in made.get("Condition", {}).items():
        for key, wanted in block.items():
            values = context.get(key)
            if operator == "Null":
                if (wanted == "true") != (not values):
                    return False
            elif not holds(operator, wanted, values, tenant, version):
                return False
    return True


def allows(asking: Question, resource: str, context: dict[str, list[str] | None], tenant: str) -> bool:
    granted = True
    for documents in asking.documents.values():
        here = False
        for each in documents:
            for made in each["Statement"]:
                if applies(made, each["Version"], resource, context, tenant):
                    if made["Effect"] == "Deny":
                        return False
                    here = True
        granted = granted and here
    return granted


def expanded(rng: random.Random, template: str, tenant: str, variable: str) -> str:
    text = template.replace(variable, tenant)
    return "".join(
        "".join(rng.choice(ALPHABET) for _ in range(rng.randint(0, 2)))
        if each == "*"
        else rng.choice(ALPHABET)
        if each == "?"
        else each
        for each in text
    )


def found_by_trying(asking: Question, rng: random.Random, tries: int = 150) -> tuple[str, str, str, object] | None:
    """A request of one tenant for another's data that is allowed, if one turns up."""
    ids = FORMS[asking.form]
    policies = policies_of(asking)
    made = [each for documents in asking.documents.values() for each in documents for each in each["Statement"]]
    resources = [each for one in made for each in one.get("Resource", one.get("NotResource"))]
    values = [
        each
        for one in made
        for block in one.get("Condition", {}).values()
        for wanted in block.values()
        if isinstance(wanted, list)
        for each in wanted
    ]
    for _ in range(tries):
        caller, owner = rng.sample(ids, 2)
        source = rng.choice([PREFIX + asking.own, *resources])
        variable = "${tenant}" if source == PREFIX + asking.own else TAG
        resource = expanded(rng, source, owner if variable == "${tenant}" else caller, variable)
        if not regex(PREFIX + asking.own, owner).fullmatch(resource):
            continue
        context: dict[str, list[str] | None] = {"x:free": None}
        if rng.random() < 0.5:
            context["x:free"] = [expanded(rng, rng.choice(values or ["a"]), caller, TAG)]
        if asking.key is not None:
            from_policy = rng.random() < 0.5 and values
            value = (
                expanded(rng, rng.choice(values), caller, TAG)
                if from_policy
                else expanded(rng, asking.key, owner, "${tenant}")
            )
            if asking.closed:
                whole = expanded(rng, asking.key, owner, "${tenant}")
                value = value if from_policy and whole.startswith(value) else whole[: rng.randint(0, len(whole))]
            elif not regex(asking.key, owner).fullmatch(value):
                continue
            extras = [expanded(rng, rng.choice(values or ["a"]), caller, TAG) for _ in range(asking.many)]
            context["x:k"] = [value, *extras]
        allowed = allows(asking, resource, context, caller)
        if differs(policies, resource, context, asking.many, caller, allowed):
            raise AssertionError(f"the evaluator differs: {asking} {resource} {context} {caller} {allowed}")
        if allowed:
            return caller, owner, resource, context
    return None


def policies_of(asking: Question) -> PolicySet:
    policies = {
        name: tuple(Policy.of(f"{name}{index}", each) for index, each in enumerate(documents))
        for name, documents in asking.documents.items()
    }
    return PolicySet(policies["identity"], policies.get("boundary"), policies.get("session"))


def differs(
    policies: PolicySet, resource: str, context: dict[str, list[str] | None], many: int, caller: str, allowed: bool
) -> bool:
    """Whether the concrete evaluator answers this request otherwise; where it says unknown it does not."""
    given: dict[str, object] = {"aws:PrincipalTag/T": caller}
    for key, values in context.items():
        if values:
            given[key] = values if len(values) > 1 or many else values[0]
    said = replay(SESSION, "111122223333", "s3:GetObject", resource, given, policies).allowed
    return isinstance(said, bool) and said != allowed


def replays(asking: Question, found: Possible) -> bool:
    """Whether the prover's request is one for another's data, and allowed by this file's own reading."""
    request = found.request
    caller, owner, resource = request.caller, request.owner, str(request.resource)
    if caller == owner or caller not in FORMS[asking.form] or owner not in FORMS[asking.form]:
        return False
    if not regex(PREFIX + asking.own, owner).fullmatch(resource):
        return False
    context: dict[str, list[str] | None] = {}
    for key, value in request.context.items():
        context[key] = list(map(str, value)) if isinstance(value, list) else [str(value)]
    if asking.key is not None:
        first = (context.get("x:k") or [""])[0]
        if asking.closed:
            pattern = regex(asking.key + "*", owner)
            if not any(
                regex(asking.key, owner).fullmatch(first + tail) for tail in _tails(asking.key, owner)
            ) and not pattern.fullmatch(first):
                return False
        elif not regex(asking.key, owner).fullmatch(first):
            return False
    return allows(asking, resource, context, caller)


def _tails(key: str, owner: str) -> list[str]:
    plain = key.replace("${tenant}", owner).replace("*", "")
    return [plain[index:] for index in range(len(plain) + 1)]


@dataclass
class Tally:
    verdicts: Counter[str]
    unsound: list[tuple[Question, object]]
    unreplayed: list[tuple[Question, Possible]]
    missed: int
    seconds: float


def run(number: int, seed: int) -> Tally:
    rng = random.Random(seed)
    tally = Tally(Counter(), [], [], 0, 0.0)
    for _ in range(number):
        asking = question(rng)
        started = time.process_time()
        said = asked(asking)
        tally.seconds += time.process_time() - started
        if isinstance(said, Possible):
            tally.verdicts["LEAK"] += 1
            if not replays(asking, said):
                tally.unreplayed.append((asking, said))
            continue
        tally.verdicts[said] += 1
        found = found_by_trying(asking, rng)
        if found is not None and said == "ISOLATED":
            tally.unsound.append((asking, found))
        elif found is not None:
            tally.missed += 1
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", type=int, nargs="?", default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    tally = run(options.number, options.seed)
    share = 100 * tally.verdicts["NOT_PROVEN"] / options.number
    print(f"{options.number} questions, seed {options.seed}: {dict(tally.verdicts)}")
    print(f"not proven {share:.2f} %, of which {tally.missed} are leaks that trying found")
    print(f"unsound proofs {len(tally.unsound)}, counterexamples that do not replay {len(tally.unreplayed)}")
    print(f"{1000 * tally.seconds / options.number:.2f} ms a question")
    for asking, found in [*tally.unsound, *tally.unreplayed][:5]:
        print(asking, found, sep="\n  ")
    return 1 if tally.unsound or tally.unreplayed else 0


if __name__ == "__main__":
    sys.exit(main())
