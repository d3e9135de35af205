"""What a project declares of its tenants."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date
from pathlib import Path
from typing import Literal

from scanner.base.problem import Problem
from scanner.base.record import record
from scanner.controls.rollup import Statement
from scanner.model.resource import Inventory, Resource
from scanner.model.unknown import MaybeList, Unknown
from scanner.model.world import World
from scanner.tenancy import ownership
from scanner.tenancy.identifiers import TenantIds
from scanner.tenancy.owned import Owned, told
from scanner.tenancy.routes import is_declared
from scanner.text.document import Document, Keys, Place

Model = Literal["pool", "silo", "bridge"]
_STEP = re.compile(r"[^.\[\]]+")


@record
class Session:
    """Sessions that act for one tenant each.

    `roles` and `binders` are names with `*`. `tenant_keys` are condition keys that all hold the tenant's id; `always`
    says that no session lacks them. `session_policy` is a path relative to tenancy.yaml, and `hole` how the tenant's id
    is spelled there, None for the usual spellings.
    """

    name: str
    roles: tuple[str, ...]
    tenant_keys: tuple[str, ...]
    always: bool
    constants: Mapping[str, str | tuple[str, ...]]
    session_policy: str | None
    binders: tuple[str, ...]
    hole: str | None = None
    of_stack: tuple[str, ...] | None = None
    """Where it is no session but a role of one tenant whose id is a parameter of its stack: the parameter's symbol."""


@record
class TenantPrincipal:
    """Roles of one tenant each: `role` and `stack` are names with `*`.

    One of them holds `${tenant}`, unless `tenant` says whose all of them are.
    """

    role: str | None
    stack: str | None
    because: str
    tenant: str | None = None


@record
class Shared:
    """What everybody may use; `resource` is a name with `*`."""

    resource: str
    because: str
    owner: str | None
    until: date | None


@record
class Trusted:
    """Principals that may reach every tenant's data; `role` is a name with `*`."""

    role: str
    because: str
    owner: str | None
    approved_by: str | None
    until: date | None


@record
class Compute:
    """How the functions named by `function`, with `*`, are shared between tenants."""

    function: str
    isolation: Literal["per-tenant", "pooled", "silo"]


@record
class AccountLeftOut:
    """An account that the audit does not cover; `id` has 12 digits, `owner` is who answers for leaving it out."""

    id: str
    because: str
    owner: str | None


@record
class Engagement:
    """The audit that reports belong to."""

    entity: str | None = None
    role: Literal["covered-entity", "business-associate"] | None = None
    period: str | None = None
    accounts_out: tuple[AccountLeftOut, ...] = ()
    system: str | None = None
    accounts_in: tuple[tuple[str, str | None], ...] = ()
    """Accounts in scope with who answers for them."""
    organizations: tuple[str, ...] = ()
    """Ids of organizations (AWS Organizations) whose accounts count as one's own."""


@record
class Tenancy:
    """`source` is None where there is no tenancy.yaml, `digest` is `sha256:` and the hash of its text.

    `regions` and each of `tenants` are regions where data may be; none given means that nothing is declared. `notes`
    are warnings. `inventory`, where given, is what aliases of keys are looked up in; see `over`. `folder` is where
    the file is, for the files that it names. `as_of`, where given, is the day by which age is judged.
    """

    source: str | None = None
    digest: str | None = None
    document: Document | None = None
    tenant_ids: TenantIds = field(default_factory=TenantIds)
    sessions: tuple[Session, ...] = ()
    owned: tuple[Owned, ...] = ()
    shared: tuple[Shared, ...] = ()
    trusted: tuple[Trusted, ...] = ()
    public_routes: tuple[str, ...] = ()
    model: Model | None = None
    tenants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    regions: tuple[str, ...] = ()
    principals: tuple[TenantPrincipal, ...] = ()
    database: tuple[Mapping[str, object], ...] = ()
    """What is declared of PostgreSQL databases, as written."""
    cluster: tuple[Mapping[str, str], ...] = ()
    """Whose the namespaces, users and groups of clusters are, as written: names with `${tenant}` and `*`."""
    compute: tuple[Compute, ...] = ()
    private_stores: tuple[str, ...] = ()
    endpoint_services: tuple[str, ...] = ()
    audit_log_days: int | None = None
    backup_days: int | None = None
    cost_tags: tuple[str, ...] = ()
    attestations: tuple[Statement, ...] = ()
    engagement: Engagement = field(default_factory=Engagement)
    account: str | None = None
    region: str | None = None
    notes: tuple[Problem, ...] = ()
    inventory: Inventory | None = field(default=None, repr=False, compare=False)
    folder: Path | None = field(default=None, repr=False, compare=False)
    as_of: date | None = field(default=None, repr=False, compare=False)

    @property
    def raw(self) -> dict[str, object]:
        """The file's own data, to be read only; empty where there is none."""
        data = self.document.data if self.document else None
        return data if isinstance(data, dict) else {}

    @property
    def tags(self) -> tuple[str, ...]:
        """Tag keys that name a resource's owner; the first is the one asked for."""
        return self.tenant_ids.tags

    @property
    def session_policies(self) -> Mapping[str, tuple[str, ...]]:
        """The files of session policies, each with the declared spellings of the tenant's hole in it."""
        found: dict[str, tuple[str, ...]] = {}
        for session in self.sessions:
            if session.session_policy is not None:
                more = (session.hole,) if session.hole is not None else ()
                found[session.session_policy] = (*found.get(session.session_policy, ()), *more)
        return found

    @property
    def entity(self) -> str | None:
        """The kind of entity that the engagement declares, which decides which controls bind it; None where none is."""
        return self.engagement.entity

    def over(self, inventory: Inventory) -> Tenancy:
        """The same tenancy, with the resources at hand that it speaks of."""
        return replace(self, inventory=inventory)

    def value(self, path: str) -> object:
        """The value at a path such as `tenant_id.tags` or `owned[0].table`; None where there is none."""
        value: object = self.raw
        for step in _STEP.findall(path):
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
                value = value[int(step)]
            else:
                return None
        return value

    def place(self, keys: Keys) -> Place | None:
        """Where in tenancy.yaml something is declared."""
        return self.document.place(keys) if self.document else None

    def is_tenant_id(self, text: str) -> bool:
        """Whether the text may stand where an owner is named: an id of the declared form, or a shared value."""
        return self.source is not None and (text in self.tenant_ids.shared_values or self.tenant_ids.is_id(text))

    def is_id(self, text: str) -> bool:
        """Whether the text is the id of one tenant."""
        return self.source is not None and self.tenant_ids.is_id(text)

    def is_public_route(self, method: str, path: str) -> bool:
        """Whether some declared route means it."""
        return any(is_declared(route, method, path) for route in self.public_routes)

    def owns(self, resource: Resource, world: World) -> bool | Unknown:
        """Whether the resource is declared to hold tenants' data. Raises UndecidedError.

        An entry of kind `account` names accounts, not resources one by one, so it decides nothing here.
        """
        return ownership.first_that_holds(
            ownership.is_named_by(entry, resource, world, self.tenant_ids, self.inventory) for entry in self.owned
        )

    def entries_of(self, resource: Resource, world: World) -> list[object]:
        """What entries under `owned` say of the resource, as mappings; those that may mean it are there perhaps.

        Raises UndecidedError.
        """
        found: list[object] = []
        perhaps: list[object] = []
        unknown: Unknown | None = None
        for entry in self.owned:
            named = ownership.is_named_by(entry, resource, world, self.tenant_ids, self.inventory)
            if named is True:
                found.append(told(entry, self.model))
            elif isinstance(named, Unknown):
                unknown = unknown or named
                perhaps.append(told(entry, self.model))
        return found if unknown is None else MaybeList.of(found, perhaps, unknown.plain())

    def is_called(self, pattern: str, resource: Resource, world: World) -> bool | Unknown:
        """Whether a name in tenancy.yaml, with `*`, means the resource. Raises UndecidedError."""
        return ownership.is_called(pattern, resource, world)

    def is_principal(self, resource: Resource, world: World) -> bool | Unknown:
        """Whether the resource is a role whose sessions are declared to act for a tenant. Raises UndecidedError."""
        if resource.type != "AWS::IAM::Role":
            return False
        return ownership.first_that_holds(
            ownership.is_called(pattern, resource, world) for session in self.sessions for pattern in session.roles
        )


NO_TENANCY = Tenancy()
