"""Which namespaces of others somebody reaches, in how many steps, and by which bindings.

A search over identities: what each is granted reaches objects of a namespace, or lets it act as somebody else. What is
sure comes first; where only what is not known would lead on, that is the reason that nothing is proved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace

from scanner.base.record import mutable, record
from scanner.kubernetes.access import ANONYMOUS, EVERYTHING, Access, Grant, Identity
from scanner.kubernetes.api_resources import CLUSTER_ROLE_BINDING, NAMESPACE, ROLE_BINDING
from scanner.kubernetes.authorizer import MASTERS, Request, decide
from scanner.kubernetes.combined import combined
from scanner.kubernetes.powers import Power, powers
from scanner.kubernetes.probes import Probe, probe_of
from scanner.kubernetes.rbac import Role
from scanner.model.unknown import Unknown

_MOST_IDENTITIES = 2_000
_MOST_ROUNDS = 5
_MASTER = Role(MASTERS, None, (EVERYTHING,))


@record
class Link:
    """One step of a chain: what was requested, as whom, by which grant, and what that makes possible."""

    identity: Identity
    request: Request
    grant: Grant
    because: str


@record
class Reached:
    """A namespace of somebody else, with the request on its objects and the steps before it."""

    namespace: str
    tenant: str
    identity: Identity
    request: Request
    probe: Probe
    grant: Grant
    chain: tuple[Link, ...] = ()


@record
class Answer:
    """What is reached, by tenant; `doubt` says why there may be more."""

    reached: Mapping[str, Reached]
    doubt: Unknown | None


@record(eq=False)
class _Held:
    identity: Identity
    grant: Grant
    chain: tuple[Link, ...]


@mutable(eq=False)
class _Search:
    access: Access
    others: Mapping[str, str | Unknown]
    reached: dict[str, Reached] = field(default_factory=dict)
    doubt: Unknown | None = None
    held: list[_Held] = field(default_factory=list)
    seen: set[Identity] = field(default_factory=set)
    unsure: list[tuple[Identity, tuple[Link, ...], Unknown]] = field(default_factory=list)
    waiting: list[tuple[Identity, tuple[Link, ...]]] = field(default_factory=list)
    maybe: list[tuple[Identity, Grant, Unknown]] = field(default_factory=list)
    """Grants that hold if what is not known were so, each with that."""

    def run(self, start: Identity) -> None:
        self.waiting = [(start, ()), (ANONYMOUS, ())]
        self._follow()
        while not self.done:
            before = len(self.held)
            for link, gained in combined([(each.identity, each.grant) for each in self.held], self.access):
                chain = (
                    *self._chain_of(link.identity, link.grant),
                    Link(link.identity, link.request, link.grant, link.because),
                )
                if link.doubt is not None:
                    self._note(link.doubt)
                elif not any(each.grant == gained for each in self.held):
                    self._hold(link.identity, gained, chain)
            self._follow()
            if len(self.held) == before:
                break
        if not self.done:
            self._follow_unsure()
            self._together()

    @property
    def done(self) -> bool:
        """Whether every other tenant is reached."""
        return {tenant for tenant in self.others.values() if isinstance(tenant, str)} <= self.reached.keys()

    def _follow(self) -> None:
        while self.waiting and not self.done:
            identity, chain = self.waiting.pop(0)
            if identity in self.seen:
                continue
            if len(self.seen) >= _MOST_IDENTITIES:
                self._note(Unknown("prover-limit", f"it can act as more than {_MOST_IDENTITIES:,} others"))
                return
            self.seen.add(identity)
            if MASTERS in identity.groups:
                self._hold(identity, Grant(None, EVERYTHING, _MASTER, None), chain)
            for grant in self.access.grants(identity):
                self._hold(identity, grant, chain)

    def _hold(self, identity: Identity, grant: Grant, chain: tuple[Link, ...]) -> None:
        if grant.doubt is not None:
            self._doubtful(identity, grant)
            return
        self.held.append(_Held(identity, grant, chain))
        for namespace, tenant in self._in_scope(grant):
            if isinstance(tenant, str) and tenant in self.reached:
                continue
            probe = probe_of(grant.rule, self.access.cluster, namespace)
            if isinstance(probe, Unknown):
                self._note(probe)
            elif probe is not None:
                if isinstance(tenant, Unknown):
                    self._note(tenant)
                else:
                    self.reached[tenant] = _reached(namespace, tenant, identity, probe, grant, chain)
        for power in powers(grant, self.access):
            self._use(identity, grant, chain, power)

    def _use(self, identity: Identity, grant: Grant, chain: tuple[Link, ...], power: Power) -> None:
        link = Link(identity, request_of(identity, power), grant, power.because)
        if power.doubt is not None:
            if power.takes_over and self._counts(power):
                self._note(power.doubt)
            self.unsure += [(each, (*chain, link), power.doubt) for each in power.becomes]
            return
        if power.takes_over:
            for namespace, tenant in self.others.items():
                if power.only is not None and namespace not in power.only:
                    continue
                if isinstance(tenant, Unknown):
                    self._note(tenant)
                elif tenant not in self.reached:
                    probe = Probe(power.verb, power.group, power.resource, power.subresource, power.name)
                    self.reached[tenant] = Reached(
                        namespace, tenant, identity, link.request, probe, grant, (*chain, link)
                    )
        self.waiting += [(each, (*chain, link)) for each in power.becomes if each not in self.seen]

    def _follow_unsure(self) -> None:
        """What could be become if what is not known were so: only whether that leads anywhere counts."""
        queue = list(self.unsure)
        seen: set[Identity] = set()
        while queue and self.doubt is None:
            identity, chain, why = queue.pop(0)
            if identity in self.seen or identity in seen or len(seen) > _MOST_IDENTITIES:
                continue
            seen.add(identity)
            for grant in self.access.grants(identity):
                self.maybe.append((identity, replace(grant, doubt=None), grant.doubt or why))
                if self._reaches(grant):
                    self._note(why)
                for power in powers(grant, self.access):
                    if power.takes_over and self._counts(power):
                        self._note(why)
                    queue += [(each, chain, why) for each in power.becomes]

    def _together(self) -> None:
        """What grants that may hold make possible with others: whether that leads anywhere counts."""
        held = [(each.identity, each.grant) for each in self.held]
        gained: list[Grant] = []
        for _ in range(_MOST_ROUNDS if self.maybe else 0):
            before = len(gained)
            for link, more in combined([*held, *((who, grant) for who, grant, _ in self.maybe)], self.access):
                if self.doubt is not None:
                    return
                if more in gained:
                    continue
                gained.append(more)
                sure = replace(more, doubt=None)
                why = next((each for _, grant, each in self.maybe if grant == link.grant), self.maybe[0][2])
                takes_over = any(power.takes_over and self._counts(power) for power in powers(sure, self.access))
                if takes_over or self._reaches(sure):
                    self._note(why)
                self.maybe.append((link.identity, sure, why))
            if len(gained) == before:
                return

    def _reaches(self, grant: Grant) -> bool:
        """Whether it reaches, or may reach, an object of somebody else's namespace."""
        return any(
            probe_of(grant.rule, self.access.cluster, namespace) is not None for namespace, _ in self._in_scope(grant)
        )

    def _doubtful(self, identity: Identity, grant: Grant) -> None:
        """A grant that may not hold counts where it would reach somebody else, or make more of whoever has it."""
        assert grant.doubt is not None  # noqa: S101  # asked for by the caller
        if self._reaches(grant):
            self._note(grant.doubt)
            return
        self.maybe.append((identity, replace(grant, doubt=None), grant.doubt))
        for power in powers(replace(grant, doubt=None), self.access):
            if power.takes_over and self._counts(power):
                self._note(grant.doubt)
            self.unsure += [(each, (), grant.doubt) for each in power.becomes]

    def _in_scope(self, grant: Grant) -> Iterator[tuple[str, str | Unknown]]:
        if grant.scope is None:
            yield from self.others.items()
        elif grant.scope in self.others:
            yield grant.scope, self.others[grant.scope]

    def _counts(self, power: Power) -> bool:
        return power.only is None or any(each in power.only for each in self.others)

    def _chain_of(self, identity: Identity, grant: Grant) -> tuple[Link, ...]:
        """How it came to act as the identity, and to have the grant."""
        return next((each.chain for each in self.held if each.identity == identity and each.grant == grant), ())

    def _note(self, why: Unknown) -> None:
        self.doubt = self.doubt or why


def reach(access: Access, start: Identity, others: Mapping[str, str | Unknown]) -> Answer:
    """What somebody reaches of the namespaces of others: `others` are those by name, each with its tenant."""
    search = _Search(access, others)
    search.run(start)
    doubt = search.doubt
    cluster = access.cluster
    if not search.done and doubt is None:
        doubt = next(
            filter(None, (cluster.missing(kind) for kind in (CLUSTER_ROLE_BINDING, ROLE_BINDING, NAMESPACE))), None
        ) or cluster.placed_nowhere(ROLE_BINDING)
    return Answer(search.reached, doubt)


def _reached(
    namespace: str, tenant: str, identity: Identity, probe: Probe, grant: Grant, chain: tuple[Link, ...]
) -> Reached:
    request = Request(
        identity.user,
        identity.groups,
        probe.verb,
        probe.group,
        probe.resource,
        probe.subresource,
        namespace,
        probe.name,
    )
    return Reached(namespace, tenant, identity, request, probe, grant, chain)


def request_of(identity: Identity, power: Power) -> Request:
    """The request by which a power is used."""
    return Request(
        identity.user,
        identity.groups,
        power.verb,
        power.group,
        power.resource,
        power.subresource,
        power.namespace,
        power.name,
    )


def is_replayed(found: Reached, access: Access) -> bool:
    """Whether the authorizer, asked request by request, allows every step that a grant of the cluster stands for."""
    asked = [(link.grant, link.request) for link in found.chain]
    asked.append((found.grant, found.request))
    bindings, role = access.cluster.bindings, access.cluster.role
    return all(
        grant.binding is None or grant.role.name == "" or decide(request, bindings, role).allowed is True
        for grant, request in asked
    )
