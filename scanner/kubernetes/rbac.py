"""Roles and bindings as data ("Using RBAC Authorization"): what each rule covers, and why it may cover more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from scanner.base.record import record
from scanner.kubernetes.fields import as_text, at, items_of, labels_of, text_at, texts_of
from scanner.model.resource import Resource
from scanner.model.unknown import Unknown

ANY = "*"
_NO_NAME = frozenset({"create", "deletecollection"})


@record
class Rule:
    """One of a role's rules; `number` counts from 0. What it lists is sure, `doubt` says why it may cover more."""

    verbs: frozenset[str]
    groups: frozenset[str]
    resources: frozenset[str]
    names: frozenset[str]
    urls: frozenset[str]
    number: int = 0
    named: bool = False
    """Whether it is limited to objects of some name, even where no such name is known."""
    doubt: Unknown | None = None

    def covers(self, verb: str, group: str, resource: str, subresource: str = "") -> bool:
        """Whether it surely covers such requests for objects of at least some name."""
        if ANY not in self.verbs and verb not in self.verbs:
            return False
        if ANY not in self.groups and group not in self.groups:
            return False
        if not self._covers_resource(resource, subresource):
            return False
        # Such a request has no name yet that a rule could ask for; one for a subresource always has.
        return not (self.named and verb in _NO_NAME and not subresource)

    def _covers_resource(self, resource: str, subresource: str) -> bool:
        if ANY in self.resources:
            return True
        if not subresource:
            return resource in self.resources
        return f"{resource}/{subresource}" in self.resources or f"*/{subresource}" in self.resources

    def covers_name(self, name: str) -> bool:
        """Whether an object of the name is among those that it covers; the empty name is that of no object."""
        return not self.named or (bool(name) and name in self.names)


@record
class Role:
    """A Role or ClusterRole; `source` is None for one that the API server makes by itself."""

    name: str
    namespace: str | None
    rules: tuple[Rule, ...]
    source: Resource | None = None
    doubt: Unknown | None = None
    aggregated: bool = False


@record
class Subject:
    """Whom a binding names; an unknown name may be anybody's."""

    kind: str
    name: str | Unknown
    namespace: str | Unknown | None


@record
class Binding:
    """A RoleBinding, in its namespace, or without one a ClusterRoleBinding."""

    name: str
    namespace: str | None
    role_kind: str
    role_name: str | Unknown
    subjects: tuple[Subject, ...]
    doubt: Unknown | None
    """Why it may name more subjects."""
    source: Resource | None = None

    @property
    def shown(self) -> str:
        """As reports call it."""
        if self.namespace is None:
            return f"ClusterRoleBinding {self.name} of {self.role_kind} {_shown(self.role_name)}"
        return f"RoleBinding {self.namespace}/{self.name} of {self.role_kind} {_shown(self.role_name)}"


def _shown(name: str | Unknown) -> str:
    return name if isinstance(name, str) else "(not known)"


def rules_of(body: Mapping[str, object]) -> tuple[tuple[Rule, ...], Unknown | None]:
    """The rules of a role's own text, and why there may be more."""
    found: list[Rule] = []
    doubt: Unknown | None = None
    for number, each in enumerate(items_of(at(body, "rules"))):
        if isinstance(each, Unknown):
            doubt = doubt or each
            continue
        verbs, one = texts_of(at(each, "verbs"))
        groups, two = texts_of(at(each, "apiGroups"))
        resources, three = texts_of(at(each, "resources"))
        names, four = texts_of(at(each, "resourceNames"))
        urls, five = texts_of(at(each, "nonResourceURLs"))
        found.append(
            Rule(
                verbs,
                groups,
                resources,
                names,
                urls,
                number,
                bool(names) or four is not None,
                one or two or three or four or five,
            )
        )
    return tuple(found), doubt


def role_of(name: str, resource: Resource, body: Mapping[str, object], namespace: str | None) -> Role:
    """A Role, or where there is no namespace a ClusterRole, with the rules that are written in it."""
    rules, doubt = rules_of(body)
    aggregated = at(body, "aggregationRule") is not None
    return Role(name, namespace, rules, resource, doubt, aggregated)


def binding_of(name: str, resource: Resource, body: Mapping[str, object], namespace: str | None) -> Binding:
    """A RoleBinding, or where there is no namespace a ClusterRoleBinding."""
    subjects: list[Subject] = []
    doubt: Unknown | None = None
    for each in items_of(at(body, "subjects")):
        if isinstance(each, Unknown):
            doubt = doubt or each
            continue
        kind, called = text_at(each, "kind"), text_at(each, "name")
        if isinstance(kind, Unknown):
            doubt = doubt or kind
        elif kind is not None and called is not None:
            subjects.append(Subject(kind, called, text_at(each, "namespace") or namespace))
    role = text_at(body, "roleRef", "name")
    role_kind = text_at(body, "roleRef", "kind")
    return Binding(
        name,
        namespace,
        role_kind if isinstance(role_kind, str) else "ClusterRole" if namespace is None else "Role",
        role_kind if isinstance(role_kind, Unknown) else role if role is not None else "",
        tuple(subjects),
        doubt,
        resource,
    )


def aggregated(role: Role, body: Mapping[str, object], others: Iterable[tuple[Role, Mapping[str, object]]]) -> Role:
    """The role with the rules that the controller puts into it: those of every ClusterRole with the labels asked for.

    ("Aggregated ClusterRoles": what is written under `rules` of such a role is overwritten.)
    """
    rules: list[Rule] = []
    doubt: Unknown | None = None
    selectors = [*items_of(at(body, "aggregationRule", "clusterRoleSelectors"))]
    for other, text in others:
        if other.name == role.name:
            continue
        labels, unknown = labels_of(text, "metadata", "labels")
        chosen = [selects(selector, labels, unknown) for selector in selectors]
        if any(each is True for each in chosen):
            rules += other.rules
            doubt = doubt or other.doubt
        else:
            doubt = doubt or next((each for each in chosen if isinstance(each, Unknown)), None)
    return Role(role.name, role.namespace, tuple(rules), role.source, doubt, aggregated=True)


def selects(selector: object, labels: Mapping[str, str], more: Unknown | None = None) -> bool | Unknown:
    """Whether a label selector means what has the labels; `more` says why that may have others.

    An empty selector means everything ("Labels and Selectors", "LabelSelector").
    """
    if isinstance(selector, Unknown):
        return selector
    found: bool | Unknown = True
    for asked in _requirements(selector):
        if isinstance(asked, Unknown):
            holds: bool | Unknown = asked
        else:
            key, operator, values, open_values = asked
            holds = _holds(key, operator, values, open_values, labels, more)
        if holds is False:
            return False
        if isinstance(holds, Unknown) and found is True:
            found = holds
    return found


_Requirement = tuple[str, str, frozenset[str], Unknown | None]


def _requirements(selector: object) -> Iterator[_Requirement | Unknown]:
    wanted, doubt = labels_of(selector, "matchLabels")
    for key, value in wanted.items():
        yield key, "In", frozenset({value}), None
    if doubt is not None:
        yield doubt
    for each in items_of(at(selector, "matchExpressions")):
        if isinstance(each, Unknown):
            yield each
            continue
        asked, operator = as_text(at(each, "key")), as_text(at(each, "operator"))
        if isinstance(asked, str) and isinstance(operator, str):
            yield asked, operator, *texts_of(at(each, "values"))
        else:
            yield asked if isinstance(asked, Unknown) else operator if isinstance(operator, Unknown) else _MALFORMED


_MALFORMED = Unknown("invalid-template", "a selector has a requirement without key or operator")


def _holds(
    key: str,
    operator: str,
    values: frozenset[str],
    open_values: Unknown | None,
    labels: Mapping[str, str],
    more: Unknown | None,
) -> bool | Unknown:
    if key not in labels and more is not None:
        return more
    value = labels.get(key)
    if operator == "Exists":
        return value is not None
    if operator == "DoesNotExist":
        return value is None
    if operator not in ("In", "NotIn"):
        return Unknown("invalid-template", f"no label selector has the operator {operator[:40]}")
    within: bool | Unknown = value in values
    if within is False and value is not None and open_values is not None:
        within = open_values
    if operator == "In" or isinstance(within, Unknown):
        return within
    return not within
