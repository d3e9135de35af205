"""The section `Rules` of a template: values of parameters that a deployment refuses.

After "CloudFormation template Rules syntax" and "Rule-specific intrinsic functions" in the AWS CloudFormation User
Guide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from scanner.base.record import record
from scanner.inputs.cloudformation.parameters import given_value, scalar

Keys = tuple[str | int, ...]
Body = Mapping[str, object]
MOST_STEPS = 1_000_000
"""Work on trying values. What is left after it stays as open as it is written."""
_ANY_OTHER = "\0"
"""A value that no template spells."""


@record
class Refusal:
    """Values that were given and that the assertion at `keys` refuses."""

    keys: Keys
    message: str


def obey(
    rules: Mapping[str, object],
    declared: Mapping[str, Body],
    given: Mapping[str, object],
    pseudo: Mapping[str, str],
    *,
    strict: bool,
) -> tuple[dict[str, Body], list[Refusal]]:
    """The parameters as the rules narrow them, and what was given against a rule.

    A default that a rule refuses is none. A parameter without a value has only those that no rule refuses by itself.
    """
    if not rules:
        return dict(declared), []
    obedience = _Obedience(declared, given, pseudo, strict=strict)
    assertions = list(_assertions(rules))
    for assertion in assertions:
        obedience.check(assertion)
    for assertion in assertions:
        obedience.narrow(assertion)
    return obedience.declared, obedience.refusals


@record
class _Assertion:
    rule: str
    keys: Keys
    condition: object
    claim: object
    said: str | None

    def truth(self, values: Mapping[str, object]) -> bool | None:
        holds = True if self.condition is None else _truth(self.condition, values)
        return True if holds is False else _any((None if holds is None else False, _truth(self.claim, values)))


class _Obedience:
    def __init__(
        self, declared: Mapping[str, Body], given: Mapping[str, object], pseudo: Mapping[str, str], *, strict: bool
    ) -> None:
        self.declared = dict(declared)
        self.refusals: list[Refusal] = []
        self._given = given
        self._left = MOST_STEPS
        # None is a value that is not known.
        self._values: dict[str, object] = {**pseudo}
        for name, body in declared.items():
            self._values[name] = given_value(body, given.get(name) if name in given else _default(body, strict=strict))

    def check(self, assertion: _Assertion) -> None:
        if assertion.truth(self._values) is not False:
            return
        names = [name for name in _refs((assertion.condition, assertion.claim)) if self._values.get(name) is not None]
        told = [f"`{name}`" for name in names if name in self._given or name not in self.declared]
        if told:
            why = f": {assertion.said}" if assertion.said else ""
            message = f"rule `{assertion.rule}` refuses what is given for {', '.join(told)}{why}"
            self.refusals.append(Refusal(assertion.keys, message))
            return
        for name in names:
            # CloudFormation refuses to deploy with these defaults, so some other value is given to one of them.
            self.declared[name] = {key: value for key, value in self.declared[name].items() if key != "Default"}
            self._values[name] = None

    def narrow(self, assertion: _Assertion) -> None:
        parts = (assertion.condition, assertion.claim)
        literals = tuple(dict.fromkeys(_literals(parts)))
        size = sum(1 for _ in _walk(parts))
        for name in _refs(parts):
            body = self.declared.get(name)
            if body is None or self._values[name] is not None or not _is_open(body):
                continue
            allowed = body.get("AllowedValues")
            values = [scalar(each) for each in allowed] if isinstance(allowed, list) and allowed else None
            candidates = literals if values is None else values
            self._left -= size * (len(candidates) + 1)
            if self._left < 0:
                return
            if values is None and self._with(assertion, name, _ANY_OTHER) is not False:
                continue
            kept = [value for value in candidates if self._with(assertion, name, value) is not False]
            if kept and kept != values:
                self.declared[name] = {**body, "AllowedValues": kept}

    def _with(self, assertion: _Assertion, name: str, value: str) -> bool | None:
        return assertion.truth({**self._values, name: value})


def _assertions(rules: Mapping[str, object]) -> Iterator[_Assertion]:
    for rule, body in rules.items():
        assertions = body.get("Assertions") if isinstance(body, dict) else None
        for index, each in enumerate(assertions if isinstance(assertions, list) else ()):
            if isinstance(body, dict) and isinstance(each, dict) and "Assert" in each:
                said = each.get("AssertDescription")
                keys = ("Rules", rule, "Assertions", index)
                said = said if isinstance(said, str) else None
                yield _Assertion(rule, keys, body.get("RuleCondition"), each["Assert"], said)


def _default(body: Body, *, strict: bool) -> object:
    return None if strict else body.get("Default")


def _is_open(body: Body) -> bool:
    """Whether a value of the parameter is one text that the owner writes."""
    kind = scalar(body.get("Type") or "String")
    return not kind.startswith(("List<", "CommaDelimitedList", "AWS::SSM::"))


def _truth(node: object, values: Mapping[str, object]) -> bool | None:
    if not (isinstance(node, dict) and len(node) == 1):
        word = scalar(node).lower() if isinstance(node, str | bool) else ""
        return {"true": True, "false": False}.get(word)
    ((function, argument),) = node.items()
    operands = argument if isinstance(argument, list) else []
    if function == "Fn::And" and operands:
        return _all(_truth(each, values) for each in operands)
    if function == "Fn::Or" and operands:
        return _any(_truth(each, values) for each in operands)
    if function == "Fn::Not" and len(operands) == 1:
        inner = _truth(operands[0], values)
        return None if inner is None else not inner
    if len(operands) != 2:  # noqa: PLR2004  # all that are left take two
        return None
    left, right = (_value(each, values) for each in operands)
    if function == "Fn::Equals":
        return _same(left, right)
    if function == "Fn::Contains" and isinstance(left, list):
        return _any(_same(each, right) for each in left)
    if function == "Fn::EachMemberEquals" and isinstance(left, list):
        return _all(_same(each, right) for each in left)
    if function == "Fn::EachMemberIn" and isinstance(left, list) and isinstance(right, list):
        texts = {each for each in right if isinstance(each, str)}
        # What is not known on the right may be any text.
        otherwise = False if all(isinstance(each, str) for each in right) else None
        return _all((True if each in texts else otherwise) if isinstance(each, str) else None for each in left)
    return None


def _value(node: object, values: Mapping[str, object]) -> object:
    """A text, a list, or None for what is not known; attributes of resources that are there already never are."""
    if isinstance(node, dict):
        name = node.get("Ref")
        return values.get(name) if isinstance(name, str) and len(node) == 1 else None
    return [_value(each, values) for each in node] if isinstance(node, list) else scalar(node)


def _same(left: object, right: object) -> bool | None:
    if isinstance(left, list) or isinstance(right, list):
        return None
    return None if left is None or right is None else left == right


def _all(truths: Iterator[bool | None]) -> bool | None:
    found = list(truths)
    return False if False in found else None if None in found else True


def _any(truths: Iterator[bool | None] | Sequence[bool | None]) -> bool | None:
    found = list(truths)
    return True if True in found else None if None in found else False


def _walk(node: object) -> Iterator[object]:
    yield node
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list | tuple) else ()
    for child in children:
        yield from _walk(child)


def _refs(node: object) -> list[str]:
    found = (each.get("Ref") for each in _walk(node) if isinstance(each, dict))
    return list(dict.fromkeys(name for name in found if isinstance(name, str)))


def _literals(node: object) -> Iterator[str]:
    """Every text that a parameter may be compared with."""
    if isinstance(node, dict):
        if "Ref" not in node:
            yield from _literals(list(node.values()))
    elif isinstance(node, list | tuple):
        for child in node:
            yield from _literals(child)
    elif node is not None:
        yield scalar(node)
