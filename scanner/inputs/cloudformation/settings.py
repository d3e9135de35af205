"""What a scan was told about the stacks it reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path

from scanner.base.cache import Cache
from scanner.base.record import record


@record
class Settings:
    """`parameters` hold for every template; names that no template declares are the caller's to report.

    A name `Stack:Name` holds for the one stack. `optional` are names that no template need have. `stage` is what the
    stacks are deployed to; `staged` whether `parameters` are that stage's already. `contents` are read in place of
    what the files of these real paths hold. `sql` reads `.sql` files in folders, too.
    `templates` are folders of nested templates, from some folder above, by what their addresses begin with.
    `partial_plan` takes plans of Terraform that are not whole, `source` is the folder of their `.tf` files.
    """

    parameters: Mapping[str, object] = field(default_factory=dict)
    strict_parameters: bool = False
    account: str | None = None
    region: str | None = None
    tenant_tags: tuple[str, ...] = ()
    optional: frozenset[str] = frozenset()
    stage: str | None = None
    staged: bool = False
    contents: Mapping[Path, bytes] = field(default_factory=dict)
    cache: Cache | None = None
    sql: bool = False
    database: tuple[Mapping[str, object], ...] = ()
    partial_plan: bool = False
    source: Path | None = None
    templates: Mapping[str, str] = field(default_factory=dict)

    @property
    def asked_for(self) -> frozenset[str]:
        """The parameters that some template must have."""
        return frozenset(self.parameters) - self.optional


def of_stack(parameters: Mapping[str, object], stack: Iterable[str]) -> dict[str, object]:
    """Those of the parameters that hold for a stack, which goes by any of the names; its own count first."""
    names = set(stack)
    own = {
        name: value
        for key, value in parameters.items()
        for of, _, name in (key.partition(":"),)
        if name and of in names
    }
    return {key: value for key, value in parameters.items() if ":" not in key} | own
