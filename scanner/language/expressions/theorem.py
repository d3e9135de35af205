"""What a `prove:` verb claims."""

from __future__ import annotations

from scanner.base.record import record

CROSS_TENANT = "cannot-cross-tenant"
ESCALATE = "cannot-escalate"
TENANT_TAG = "tag-not-caller-chosen"
KEY_LAYOUT = "layout-unambiguous"
THEOREMS = (CROSS_TENANT, ESCALATE, TENANT_TAG, KEY_LAYOUT)
"""All names that rules may use."""


@record
class Theorem:
    """`over` None is every kind of data. `services` are the only ones, `without` the ones left out, by ARN prefix.

    `data` is `items` or `copies` (streams, exports, backups), None both. `of` is `sessions` for what acts for one
    tenant at a time, `compute` for what runs for all, `silo` for roles that belong to one tenant.
    """

    name: str
    over: str | None
    services: frozenset[str] | None = None
    without: frozenset[str] = frozenset()
    of: str = "sessions"
    data: str | None = None

    def wants(self, service: str) -> bool:
        """Whether data of a service is this theorem's."""
        return service not in self.without and (self.services is None or service in self.services)
