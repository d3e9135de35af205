"""What a scan was told about the stacks it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Settings:
    """`parameters` hold for every template; names that no template declares are the caller's to report."""

    parameters: Mapping[str, object] = field(default_factory=dict)
    strict_parameters: bool = False
    account: str | None = None
    region: str | None = None
    tenant_tags: tuple[str, ...] = ()
