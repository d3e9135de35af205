"""Policies by the index of a search domain: bodies of `_bulk` and its like name any index, and a search may name none.

"Advanced options and API considerations" (Amazon OpenSearch Service Developer Guide): to configure access by index one
has to set `rest.action.multi.allow_explicit_index` to false.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.prover.situations import ACCOUNT, TAG, allow, role, said_of_roles

HERE = f"arn:aws:es:us-east-1:{ACCOUNT}:domain"
OPTION = "rest.action.multi.allow_explicit_index"
OWN = f"{TAG}-*"


def paths(action: str, *names: str) -> dict[str, Any]:
    return allow(action, [f"{HERE}/logs/{each}" for each in names])


def domain(options: object = None, name: str = "logs", kind: str = "OpenSearchService") -> dict[str, Any]:
    properties: dict[str, Any] = {"DomainName": name}
    if options is not None:
        properties["AdvancedOptions"] = options
    return {"Domain": {"Type": f"AWS::{kind}::Domain", "Properties": properties}}


CLOSED, OPEN = domain({OPTION: "false"}), domain()
LATER = domain({OPTION: {"Fn::ImportValue": "Option"}})
POST = paths("es:ESHttpPost", OWN)
CASES: dict[str, tuple[list[dict[str, Any]], dict[str, Any], str]] = {
    "bodies with the default": ([POST], OPEN, "LEAK"),
    "bodies with the option": ([POST], CLOSED, "ISOLATED"),
    "bodies with the option of an older domain": (
        [POST],
        domain({OPTION: "false"}, kind="Elasticsearch"),
        "ISOLATED",
    ),
    "bodies with the default of an older domain": ([POST], domain(kind="Elasticsearch"), "LEAK"),
    "bodies where it is switched on": ([POST], domain({OPTION: "true"}), "LEAK"),
    "bodies where the option comes later": ([POST], LATER, "NOT_PROVEN"),
    "bodies to a domain in no file": ([POST], {}, "NOT_PROVEN"),
    "bodies beside another domain": ([POST], domain({OPTION: "false"}, "other"), "NOT_PROVEN"),
    "reads of several documents": ([paths("es:ESHttpGet", OWN)], OPEN, "LEAK"),
    "one document": ([paths("es:ESHttpGet", f"{TAG}-x/_doc/1")], OPEN, "ISOLATED"),
    "deletions, which have no such body": ([paths("es:ESHttpDelete", OWN)], OPEN, "ISOLATED"),
    "a body without an index before it": (
        [paths("es:ESHttpPost", f"{TAG}-x/_doc/1", "_bulk")],
        OPEN,
        "LEAK",
    ),
    "the same with the option": ([paths("es:ESHttpPost", f"{TAG}-x/_doc/1", "_bulk")], CLOSED, "ISOLATED"),
    "a search of all indexes": ([paths("es:ESHttpGet", OWN, "_search")], CLOSED, "LEAK"),
}


@pytest.mark.parametrize("name", list(CASES))
def test_a_domain_that_tenants_share(name: str, tmp_path: Path) -> None:
    statements, resources, expected = CASES[name]
    said = said_of_roles(
        tmp_path,
        {"AppRole": role(*statements, RoleName="AppRole"), **resources},
        owned=[{"kind": "arn", "arn": f"{HERE}/logs/${{tenant}}-*"}],
    )
    assert said["AppRole"] == expected


def test_a_domain_for_each_tenant(tmp_path: Path) -> None:
    own = allow("es:ESHttpPost", [f"{HERE}/{TAG}", f"{HERE}/{TAG}/*"])
    said = said_of_roles(
        tmp_path,
        {"AppRole": role(own, RoleName="AppRole")},
        owned=[{"kind": "arn", "arn": f"{HERE}/${{tenant}}"}],
    )
    assert said["AppRole"] == "ISOLATED"
