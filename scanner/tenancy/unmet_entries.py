"""Entries of tenancy.yaml that mean nothing of what was scanned: most are misspelt, and what they say is lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from scanner.base.problem import Problem, did_you_mean
from scanner.model.resource import Inventory
from scanner.model.world import UndecidedError, World
from scanner.tenancy.owned import OwnedArn, TaggedResources
from scanner.tenancy.schema import ARN_SEGMENTS
from scanner.tenancy.tenancy import Tenancy
from scanner.tenancy.tenant_principals import entries_for

if TYPE_CHECKING:
    from scanner.iam.resource_arns import ArnForm

_ROLE = "AWS::IAM::Role"
Called = tuple[str, str, list[int]]


def called(inventory: Inventory, tenancy: Tenancy) -> Iterator[Called]:
    """Each role by address and name, with the numbers of the entries under `principals` that mean it, or may."""
    for role in inventory.of_type(_ROLE) if tenancy.principals else ():
        try:
            name = role.names(World()).name
        except UndecidedError:
            name = None
        yield role.address, name if isinstance(name, str) else role.logical_id, entries_for(role, tenancy)


def unmet(tenancy: Tenancy, roles: Iterable[Called]) -> Iterator[Problem]:
    """A warning at the place of each entry that means no role that was read, or of which no action is known."""
    listed = list(roles)
    met = {number for _, _, numbers in listed for number in numbers}
    for number, entry in enumerate(tenancy.principals):
        if number in met:
            continue
        wanted = " in stacks named ".join(f"`{each}`" for each in (entry.role, entry.stack) if each is not None)
        said = f"no role that was scanned is called {wanted}, so `principals[{number}]` says whose nothing is"
        yield _warning(
            tenancy, ("principals", number), said, did_you_mean(_plain(entry.role), (n for _, n, _ in listed))
        )
    for number, owned in enumerate(tenancy.owned if tenancy.source != "inferred" else ()):
        if isinstance(owned, OwnedArn | TaggedResources):
            yield from _without_action(tenancy, number, owned)


def _plain(pattern: str | None) -> str:
    """What of a pattern is text, for the nearest name."""
    return (pattern or "").rpartition("/")[2].replace("${tenant}", "").replace("*", "")


def _without_action(tenancy: Tenancy, number: int, entry: OwnedArn | TaggedResources) -> Iterator[Problem]:
    from scanner.iam.resource_arns import resource_arns  # a scan without such an entry never reads the forms

    arns = resource_arns()
    if isinstance(entry, OwnedArn):
        if arns.describing(entry.arn) or entry.actions:
            return
        said = f"AWS's documents list no action on `{entry.arn}`, so nothing is proved of `owned[{number}]`"
        yield _warning(tenancy, ("owned", number), said, _nearest(entry.arn, arns.forms()))
        return
    for index, name in enumerate(entry.types):
        if not arns.of_type(name):
            said = f"AWS's documents list no action on `{name}`, so nothing is proved of it in `owned[{number}]`"
            yield _warning(tenancy, ("owned", number, "types", index), said, did_you_mean(name, arns.types()))


def _nearest(arn: str, forms: Iterable[ArnForm]) -> str | None:
    """The service that was meant, or the kind of resource of a service that there is."""
    segments = arn.split(":", ARN_SEGMENTS - 1)
    if len(segments) < ARN_SEGMENTS:
        return None
    kinds: dict[str, set[str]] = {}
    for form in forms:
        kinds.setdefault(form.service, set()).add(_kind(form.arn.split(":", ARN_SEGMENTS - 1)[-1]))
    if segments[2] not in kinds:
        return did_you_mean(segments[2], kinds)
    return did_you_mean(_kind(segments[-1]), (each for each in kinds[segments[2]] if "$" not in each))


def _kind(name: str) -> str:
    return name.partition("/")[0].partition(":")[0]


def _warning(tenancy: Tenancy, keys: Sequence[str | int], said: str, hint: str | None) -> Problem:
    place = tenancy.place(tuple(keys))
    path = tenancy.document.path if tenancy.document is not None else "tenancy.yaml"
    line, column = (place.line, place.column) if place is not None else (None, None)
    return Problem(path, said, line, column, hint, kind="tenancy", level="warning")
