"""The functions that rules may call: a closed list, null-safe and three-valued.

Each has a line of documentation and an example, which `rules docs` and the tests read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.base.record import replace
from scanner.language.expressions.cluster_functions import CLUSTER_FUNCTIONS
from scanner.language.expressions.function import Arguments, Function, plain
from scanner.language.expressions.mapping_functions import MAPPING_FUNCTIONS
from scanner.language.expressions.naming_functions import NAMING_FUNCTIONS
from scanner.language.expressions.policy_functions import POLICY_FUNCTIONS
from scanner.language.expressions.resource_functions import RESOURCE_FUNCTIONS
from scanner.language.expressions.value_functions import VALUE_FUNCTIONS

if TYPE_CHECKING:
    from scanner.language.expressions.scope import Scope

ANSWERS = frozenset(
    {
        "acts_for_tenant",
        "admits_strangers",
        "allows",
        "below_root",
        "called",
        "contains",
        "customer_key",
        "declared",
        "decrypts_every_key",
        "denies",
        "denies_outside_network",
        "denies_without_tls",
        "ends_with",
        "grants_outside",
        "grants_public",
        "hipaa_list_is_current",
        "is_admin",
        "is_public_route",
        "is_tenant_id",
        "like",
        "matches",
        "mentions",
        "node_is_open",
        "public_block",
        "s3_endpoint",
        "selected_for_backup",
        "starts_with",
        "taggable",
        "takes_in_action",
        "takes_in_all",
    }
)
"""The functions whose result is an answer, true or false, and no value of the template."""


def _answering(function: Function) -> Function:
    """Its unknown is that of the answer: what is known of the value that left it open, such as that an id is never
    empty, says nothing of it."""
    call = function.call

    def answer(arguments: Arguments, scope: Scope) -> object:
        found = call(arguments, scope)
        return found if found is True or found is False else plain(found)

    return replace(function, call=answer)


FUNCTIONS: dict[str, Function] = {
    function.name: _answering(function) if function.name in ANSWERS else function
    for function in (
        *VALUE_FUNCTIONS,
        *RESOURCE_FUNCTIONS,
        *POLICY_FUNCTIONS,
        *NAMING_FUNCTIONS,
        *CLUSTER_FUNCTIONS,
        *MAPPING_FUNCTIONS,
    )
}


__all__ = ["ANSWERS", "FUNCTIONS"]
