"""Grants of a KMS key as the statements that they stand for.

"Grants in AWS KMS" and "Grant constraints" (AWS KMS Developer Guide): a grant allows its grantee the operations that it
names on its one key, beside the key policy; constraints bind the encryption context of operations that take one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from scanner.iam.literal_targets import means
from scanner.iam.reference_index import pointing_at
from scanner.model.deferred import settle_all
from scanner.model.reference_match import names_resource
from scanner.model.unknown import OpenList, Unknown

if TYPE_CHECKING:
    from scanner.model.resource import Inventory, Resource
    from scanner.model.world import World

GRANT = "Tenantproof::KMS::Grant"
KEYS = frozenset({"AWS::KMS::Key", "AWS::KMS::ReplicaKey"})
_UNSAID = Unknown(
    "undeclared", "whether a permissions boundary or a session policy binds a KMS grant is not documented"
)
_PRINCIPAL = re.compile(r"arn:|\d{12}\Z")
# "Grant constraints": only these are bound by them, and what a grant of CreateGrant may give further.
_WITH_CONTEXT = frozenset(
    {
        "CreateGrant", "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo",
    }
)  # fmt: skip


def grant_statements(key: Resource, inventory: Inventory, world: World) -> Iterator[dict[str, object]]:
    """What grants allow others than services of AWS; the effect is Unknown where that is not known.

    Raises UndecidedError.
    """
    why = inventory.unread.near(GRANT, key)
    if why is not None:
        yield {"Sid": "Grants", "Effect": why.plain(), "Principal": "*", "Action": "kms:*", "Resource": "*"}
    for grant in pointing_at(inventory, GRANT, "KeyId", key, world):
        if not grant.exists(world):
            continue
        properties = settle_all(grant.fields.get("Properties"), world)
        if not isinstance(properties, Mapping):
            nothing = Unknown("invalid-template", "a grant says nothing")
            told = properties if isinstance(properties, Unknown) else nothing
            yield _statement(grant, told.plain(), "*", ["kms:*"], {})
            continue
        named = properties.get("KeyId")
        on = names_resource(named, key, world)
        if on is not True:
            spelled = means(named, key, world)
            on = spelled if spelled is not False else on
        if on is False or (isinstance(on, Unknown) and grant.folder != key.folder):
            continue
        yield from _of(grant, properties, on.plain() if isinstance(on, Unknown) else "Allow")


def _of(grant: Resource, properties: Mapping[str, object], effect: object) -> Iterator[dict[str, object]]:
    who = properties.get("GranteePrincipal")
    if isinstance(who, str) and not _PRINCIPAL.match(who):
        return
    operations = properties.get("Operations")
    listed = operations if isinstance(operations, list) else []
    if not isinstance(operations, list) or isinstance(operations, OpenList):
        unknown = operations.unknown if isinstance(operations, OpenList) else operations
        why = unknown if isinstance(unknown, Unknown) else Unknown("invalid-template", "a grant names operations")
        yield _statement(grant, why.plain(), who, ["kms:*"], {})
    bound = [each for each in listed if each in _WITH_CONTEXT]
    free = [each for each in listed if each not in _WITH_CONTEXT]
    for actions, condition in ((bound, _condition(properties.get("Constraints"))), (free, {})):
        if actions:
            told = _statement(grant, effect, who, _actions(actions), condition)
            yield told
            yield _beside_caps(told, who)


def _beside_caps(told: dict[str, object], who: object) -> dict[str, object]:
    """What may hold of a caller whose permissions boundary or session policy is silent: it is not known.

    A statement that names a role gives nothing that these do not allow. "Permissions boundaries for IAM entities" (IAM
    User Guide) says that they limit identity-based policies and, in part, resource-based ones; of grants no document
    of AWS says it. Service control policies limit whatever gives, and an explicit Deny binds in any case.
    """
    asked = told.get("Condition")
    condition = dict(asked) if isinstance(asked, Mapping) else {}
    condition["ArnEquals"] = {"aws:PrincipalArn": who}
    condition["Null"] = {"aws:PrincipalArn": _UNSAID}
    return {**told, "Principal": {"AWS": "*"}, "Condition": condition}


def _statement(
    grant: Resource, effect: object, who: object, actions: list[object], condition: object
) -> dict[str, object]:
    statement = {"Sid": grant.logical_id, "Effect": effect, "Principal": {"AWS": who}, "Action": actions}
    if isinstance(condition, Unknown):
        # Without knowing what it asks for, it may ask for nothing.
        return {**statement, "Effect": condition.plain(), "Resource": "*"}
    return {**statement, "Resource": "*", **({"Condition": condition} if condition else {})}


def _actions(operations: list[object]) -> list[object]:
    return [f"kms:{each}" if isinstance(each, str) else each for each in operations]


def _condition(constraints: object) -> object:
    """Empty where nothing is asked of the context."""
    if isinstance(constraints, list):
        constraints = constraints[0] if constraints else None
    if constraints is None or isinstance(constraints, Unknown):
        return constraints or {}
    if not isinstance(constraints, Mapping):
        return {}
    pairs: dict[str, object] = {}
    for name in ("EncryptionContextSubset", "EncryptionContextEquals"):
        context = constraints.get(name)
        if isinstance(context, Unknown):
            return context
        if isinstance(context, Mapping):
            pairs |= {f"kms:EncryptionContext:{key}": value for key, value in context.items()}
    return {"StringEquals": pairs} if pairs else {}


__all__ = ["GRANT", "KEYS", "grant_statements"]
