"""What every try of a request needs: the policies ready to be asked, ARNs that meet them, keys that they read."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.iam.evaluator import decide
from scanner.iam.policies import Policy, PolicySet
from scanner.iam.principals import principal_of
from scanner.iam.request import Request
from tests.prover.closed_world.judgement import surely_reaches
from tests.prover.closed_world.meeting import Tokens, form_tokens, meet, tokens
from tests.prover.closed_world.question import SESSION, TAG, Question
from tests.prover.closed_world.reference import ACCOUNT, Action, Form, glob, reference

Context = dict[str, Any]
_MOST_CONTEXTS = 48
PRINCIPAL_TAG = "aws:PrincipalTag/TenantId"


@dataclass
class Try:
    """A request to try. `sure` says that AWS gives or takes another tenant's data when it is allowed."""

    relation: str
    action: Action
    form: Form | None
    resource: str
    context: Context
    sure: bool
    caller: str
    owner: str

    def told(self) -> dict[str, Any]:
        return {
            "relation": self.relation,
            "action": self.action.name,
            "resource": self.resource,
            "context": self.context,
            "caller": self.caller,
            "owner": self.owner,
        }


@dataclass
class Asked:
    made: Question
    rng: random.Random
    identity: tuple[Policy, ...] = ()
    boundary: tuple[Policy, ...] | None = None
    session: tuple[Policy, ...] | None = None
    on: dict[str, Policy] = field(default_factory=dict)
    statements: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        documents = self.made.documents
        self.identity = tuple(Policy.of(f"p{at}", each) for at, each in enumerate(documents["identity"]))
        if "boundary" in documents:
            self.boundary = tuple(Policy.of("boundary", each) for each in documents["boundary"])
        self.on = {arn: Policy.of("resource", each) for arn, each in self.made.policies_on.items()}
        self.statements = [each for several in documents.values() for one in several for each in one["Statement"]]
        self.statements += [each for one in self.made.policies_on.values() for each in one["Statement"]]

    def policies(self, resource: str) -> PolicySet:
        within = (
            each for arn, each in self.on.items() if resource == arn or resource.startswith((f"{arn}/", f"{arn}:"))
        )
        policy = next(within, None)
        trust = policy if ":role/" in resource else None
        return PolicySet(self.identity, self.boundary, self.session, None if trust else policy, trust)

    def allowed(self, action: str, resource: str, context: Context) -> bool | None:
        request = Request(principal_of(SESSION), action, resource, ACCOUNT, context)
        said = decide(request, self.policies(resource)).allowed
        return said if isinstance(said, bool) else None


# Resources


def instances(asked: Asked, form: Form, caller: str, owned: str) -> Iterator[str]:
    """ARNs of the form that the owner's pattern and a policy's pattern both match; and one that only the first does."""
    shape, own = form_tokens(form), tokens(owned)
    seen: set[str] = set()
    patterns: list[Tokens] = [tokens(each) for arn in asked.on for each in (arn, f"{arn}/*", f"{arn}:*")]
    patterns.append(tokens("*"))
    patterns += [
        tokens(_completed(each.replace(TAG, caller)).split("${")[0])
        for statement in asked.statements
        for each in _listed(statement.get("Resource", statement.get("NotResource", [])))
    ]
    for pattern in dict.fromkeys(patterns):
        met = meet(shape, own, pattern)
        if met is not None and met not in seen and form.regex.fullmatch(met):
            seen.add(met)
            yield met


def _completed(arn: str) -> str:
    parts = arn.split(":")
    return arn if arn == "*" or len(parts) > 5 or parts[0] != "arn" else ":".join([*parts, *["*"] * (6 - len(parts))])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def worth_trying(asked: Asked, form: Form) -> Iterable[Action]:
    """Of actions that the same statements speak of, that carry the same keys and weigh the same, one."""
    groups: dict[tuple[object, ...], list[Action]] = {}
    read = sorted(_keys_read(asked))
    for action in reference().on.get(form, ()):
        spoken = tuple(at for at, each in enumerate(asked.statements) if speaks(each, action.name))
        if not any(asked.statements[at]["Effect"] == "Allow" for at in spoken):
            continue
        carried = tuple(action.carries(key, form) for key in read)
        others = frozenset(target.form.skeleton for target in action.targets if target.required)
        sure = surely_reaches(action, tagged=asked.made.tagged)
        # Every service's actions are told apart, for a prefix is what the prover may forget.
        groups.setdefault((spoken, carried, others, sure, action.service, action.level), []).append(action)
    chosen = [asked.rng.choice(several) for several in groups.values()]
    return sorted(chosen, key=lambda each: not surely_reaches(each, tagged=asked.made.tagged))


def speaks(statement: Mapping[str, Any], name: str) -> bool:
    listed = [glob(each.lower()) for each in _listed(statement.get("Action", statement.get("NotAction", [])))]
    found = any(each.fullmatch(name.lower()) for each in listed)
    return found if "Action" in statement else not found


def _keys_read(asked: Asked) -> set[str]:
    return {key for each in asked.statements for block in each.get("Condition", {}).values() for key in block}


# Context keys


def values_of(asked: Asked, key: str, caller: str) -> list[str]:
    found = [
        value.replace(TAG, caller).replace("*", "x")
        for each in asked.statements
        for block in each.get("Condition", {}).values()
        for name, listed in block.items()
        if name == key
        for value in _listed(listed)
        if isinstance(value, str)
    ]
    return list(dict.fromkeys(found))


def contexts_of(
    asked: Asked, action: Action, form: Form | None, caller: str, owner: str
) -> Iterator[tuple[Context, bool]]:
    """The keys that such a request may have; False where it is not known whether AWS would have it so."""
    made = asked.made
    options: list[list[tuple[str, Any, bool]]] = []
    for key in sorted(_keys_read(asked)):
        lower = key.lower()
        if lower.startswith(("aws:principal", "dynamodb:leadingkeys")):
            continue
        if "resourcetag/" in lower or lower.startswith(("rds:db-tag/", "rds:cluster-tag/")):
            options.append(_resource_tag(made, key, action, form, caller, owner))
        elif lower.startswith("aws:"):
            values = _network(key, values_of(asked, key, caller))
            options.append([(key, None, True), *((key, each, True) for each in values)])
        elif not action.carries(key, form):
            options.append([(key, None, True)])
        else:
            options.append([(key, None, False), *((key, each, False) for each in values_of(asked, key, caller))])
    for chosen in itertools.islice(itertools.product(*options), _MOST_CONTEXTS):
        context: Context = {PRINCIPAL_TAG: caller}
        context |= {key: value for key, value, _ in chosen if value is not None}
        yield context, all(sure for _, _, sure in chosen)


def _network(key: str, values: list[str]) -> list[str]:
    lower = key.lower()
    if lower == "aws:sourceip":
        return ["10.1.2.3"]
    return values or ["x"]


def _resource_tag(
    made: Question, key: str, action: Action, form: Form | None, caller: str, owner: str
) -> list[tuple[str, Any, bool]]:
    listed = action.carries(key, form)
    if not key.lower().endswith("tag/tenantid"):
        return [(key, None, False), (key, caller, False), (key, owner, False)]
    if made.kind in ("tagged", "silo"):
        at_hand = [(key, owner, listed)]
        # AWS's list is known to lag behind what services do; without the line both are tried, and neither is sure.
        return at_hand if listed else [(key, None, False), *at_hand]
    return [(key, None, False), (key, caller, False), (key, owner, False)]
