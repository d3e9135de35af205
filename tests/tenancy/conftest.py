"""Templates and tenancies as text."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest

from scanner.inputs.cloudformation.exports import Exports
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.cloudformation.template import open_template
from scanner.inputs.reading import nested_output
from scanner.model.resource import Inventory
from scanner.model.unknown import Unknown
from scanner.model.world import World, explore
from scanner.tenancy.loading import load_tenancy
from scanner.tenancy.tenancy import Tenancy
from scanner.text.reading import read

Declare = Callable[[str], Tenancy]
Belongs = Callable[..., dict[str, "bool | str"]]


@pytest.fixture
def declare() -> Declare:
    """A tenancy from its text, in which `version: 1` goes without saying."""

    def run(text: str) -> Tenancy:
        return load_tenancy(read(f"version: 1\n{dedent(text)}".encode(), "tenancy.yaml", cloudformation=False))

    return run


@pytest.fixture
def inventory() -> Callable[..., Inventory]:
    def run(template: str, account: str | None = None, region: str | None = None) -> Inventory:
        document = read(dedent(template).encode(), "t.yaml", cloudformation=True)
        exports = Exports()
        opened = open_template(document, Settings({}, account=account, region=region), exports.read, nested_output)
        exports.add([opened.stack])
        found = Inventory()
        found.add(opened.resources())
        return found

    return run


def _said(answers: set[bool | str]) -> bool | str:
    (answer,) = answers
    return answer


def _word(truth: bool | Unknown) -> bool | str:
    return truth.cause if isinstance(truth, Unknown) else truth


@pytest.fixture
def owned(declare: Declare, inventory: Callable[..., Inventory]) -> Belongs:
    """Whether each resource is tenant-owned, by logical id; an unknown is its cause."""

    def run(tenancy: str, template: str, **where: str) -> dict[str, bool | str]:
        found = inventory(template, **where)
        declared = declare(tenancy).over(found)
        return {
            each.logical_id: _said(
                {_word(leaf.result) for leaf in explore(lambda world, on=each: declared.owns(on, world))}  # type: ignore[misc]  # mypy does not infer a lambda with a default
            )
            for each in found.resources
        }

    return run


@pytest.fixture
def principals(declare: Declare, inventory: Callable[..., Inventory]) -> Belongs:
    """The same for tenant principals."""

    def run(tenancy: str, template: str, **where: str) -> dict[str, bool | str]:
        found = inventory(template, **where)
        declared = declare(tenancy).over(found)
        return {each.logical_id: _word(declared.is_principal(each, World())) for each in found.resources}

    return run
