"""Resources of templates made by the services' own calls, as far as moto keeps what they say."""

from __future__ import annotations

from collections.abc import Mapping

from tests.live.deploying import (
    account,
    analytics,
    apis,
    computing,
    containers,
    databases,
    engines,
    entrances,
    functions,
    guarding,
    identity,
    messages,
    networks,
    policies,
    rest,
    secrets,
    stores,
    watching,
)
from tests.live.deploying.made import Deployer

_AREAS = (
    rest,
    containers,
    analytics,
    account,
    apis,
    computing,
    databases,
    engines,
    entrances,
    functions,
    guarding,
    identity,
    messages,
    networks,
    policies,
    secrets,
    stores,
    watching,
)
DEPLOYERS: Mapping[str, Deployer] = {name: deployer for area in _AREAS for name, deployer in area.DEPLOYERS.items()}
