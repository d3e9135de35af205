"""Who may act, and what each binding grants whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field

from scanner.base.record import mutable, record
from scanner.kubernetes.authorizer import AUTHENTICATED, UNAUTHENTICATED, account_groups, account_user
from scanner.kubernetes.cluster import Cluster
from scanner.kubernetes.rbac import ANY, Binding, Role, Rule
from scanner.model.unknown import Unknown

_STAR = frozenset({ANY})
_NONE: frozenset[str] = frozenset()
EVERYTHING = Rule(_STAR, _STAR, _STAR, _NONE, _NONE)
"""A rule that covers every request for a resource."""
NOTHING = Rule(_NONE, _NONE, _NONE, _NONE, _NONE)
"""A rule that covers none."""


@record
class Identity:
    """Whom the API server takes a caller for; `user` is None where any member of the groups is meant.

    `doubt` says why it may be in further groups.
    """

    kind: str
    name: str
    user: str | None
    groups: frozenset[str]
    namespace: str | None = None
    doubt: Unknown | None = field(default=None, compare=False)

    @property
    def shown(self) -> str:
        """As reports call it."""
        if self.kind == "ServiceAccount":
            return f"service account {self.namespace}/{self.name}"
        if self.kind == "Group":
            return f"group {self.name}"
        return "whoever has no credentials" if self == ANONYMOUS else f"user {self.name}"


def service_account(namespace: str, name: str) -> Identity:
    """A service account with the groups that all of its namespace are in."""
    return Identity("ServiceAccount", name, account_user(namespace, name), account_groups(namespace), namespace)


def user(name: str, groups: Iterable[str] = (), doubt: Unknown | None = None) -> Identity:
    """A user who has signed in; `groups` are those that the identity provider gives."""
    return Identity("User", name, name, frozenset({*groups, AUTHENTICATED}), None, doubt)


def group(name: str) -> Identity:
    """What membership in a group gives by itself."""
    signed_in = _NONE if name == UNAUTHENTICATED else frozenset({AUTHENTICATED})
    return Identity("Group", name, None, frozenset({name}) | signed_in)


ANONYMOUS = Identity("User", "system:anonymous", "system:anonymous", frozenset({UNAUTHENTICATED}))


@record
class Grant:
    """A rule that holds in one namespace, or without one in all of the cluster.

    `doubt` says why it may not hold. `binding` is None for what needs none, such as being of `system:masters`.
    """

    scope: str | None
    rule: Rule
    role: Role
    binding: Binding | None
    doubt: Unknown | None = None


@mutable(eq=False)
class Access:
    """What bindings grant, found by whom they name."""

    cluster: Cluster
    _by_user: dict[str, list[Binding]] = field(default_factory=dict)
    _by_group: dict[str, list[Binding]] = field(default_factory=dict)
    _open: list[tuple[Binding, Unknown]] = field(default_factory=list)
    _grants: dict[Identity, list[Grant]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for binding in self.cluster.bindings:
            doubt = binding.doubt
            for subject in binding.subjects:
                if isinstance(subject.name, Unknown):
                    doubt = doubt or subject.name
                elif subject.kind == "User":
                    self._by_user.setdefault(subject.name, []).append(binding)
                elif subject.kind == "Group":
                    self._by_group.setdefault(subject.name, []).append(binding)
                elif subject.kind == "ServiceAccount":
                    if isinstance(subject.namespace, Unknown):
                        doubt = doubt or subject.namespace
                    elif subject.namespace:
                        key = account_user(subject.namespace, subject.name)
                        self._by_user.setdefault(key, []).append(binding)
            if doubt is not None:
                self._open.append((binding, doubt))

    @property
    def groups(self) -> list[str]:
        """Every group that some binding names."""
        return sorted(self._by_group)

    def grants(self, identity: Identity) -> list[Grant]:
        """All that some binding grants, surely or perhaps; worked out once for an identity."""
        if identity not in self._grants:
            self._grants[identity] = [*self._of(identity)]
        return self._grants[identity]

    def _of(self, identity: Identity) -> Iterator[Grant]:
        sure: dict[int, Binding] = {}
        if identity.user is not None:
            sure.update((id(each), each) for each in self._by_user.get(identity.user, ()))
        for name in sorted(identity.groups):
            sure.update((id(each), each) for each in self._by_group.get(name, ()))
        for binding in sure.values():
            yield from self._granted(binding, None)
        for binding, why in self._open:
            if id(binding) not in sure:
                yield from self._granted(binding, why)
        if identity.doubt is not None:
            # No identity provider gives a group of the system's ("Grant users access with an external OIDC provider").
            several = (
                each for name, found in self._by_group.items() if not name.startswith("system:") for each in found
            )
            for binding in several:
                if id(binding) not in sure:
                    yield from self._granted(binding, identity.doubt)

    def _granted(self, binding: Binding, why: Unknown | None) -> Iterator[Grant]:
        role = self.cluster.role(binding)
        if not role.rules:
            # That it is bound counts where the role can be changed.
            yield Grant(binding.namespace, NOTHING, role, binding, why)
        for rule in role.rules:
            yield Grant(binding.namespace, rule, role, binding, why)
            if rule.doubt is not None:
                yield Grant(binding.namespace, EVERYTHING, role, binding, why or rule.doubt)
        if role.doubt is not None:
            yield Grant(binding.namespace, EVERYTHING, role, binding, why or role.doubt)


def access_to(cluster: Cluster) -> Access:
    """What bindings of the cluster grant."""
    return Access(cluster)
