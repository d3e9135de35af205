"""Texts that schemas call as credentials are called are taken out, in every type, or somebody said why not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from scanner.model.secrets import secret_places
from scanner.model.types import type_names

_CALLED = re.compile(
    r"(password$|secret$|^token$|passphrase|privatekey|connectionstring|preshared|credential$|apikey$|authkey"
    r"|secretkey|signingkey|encryptionkey$|tokenkey|keytab$|sharedkey|bearer"
    r"|(access|auth|api|bearer|session|refresh|sas|security|client|shared|private|bot|oauth|channel|verification)"
    r"(token|key|secret)$)",
    re.IGNORECASE,
)
_DEEPEST = 8
# Why what is called so is no secret, by the last name of its path.
NO_SECRETS = {
    "a key of KMS, or a secret of Secrets Manager, by its name": {
        "CdnIdentifierSecret",
        "Credential",
        "DefaultEncryptionKey",
        "DomainJoinServiceAccountSecret",
        "EncryptionKey",
        "EncryptionPassphraseSecretArn",
        "ParametersEncryptionKey",
        "PassphraseSecretArn",
        "PrivateKeySecretArn",
        "VolumeEncryptionKey",
    },
    "the public half, or where it is": {"PublicSigningKeyEndpoint", "PublicSigningKeyUrl"},
    "what makes a request idempotent": {"ClientToken"},
    "the name, the length or a field of a key": {
        "AuthorizationPrivateKeyJsonKey",
        "NextSigningKeyLength",
        "TokenKeyId",
        "TokenKeyName",
    },
    "the identifier of an access key, beside SecretKey": {"AccessKey"},
    "an address, or a principal": {"ChimeBearer", "ConnectionString"},
    "what is published to prove that a domain is one's own": {"Token"},
}


def _texts(schema: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    def walk(node: object, path: tuple[str, ...], seen: frozenset[str], depth: int) -> Iterator[tuple[str, ...]]:
        if depth > _DEEPEST or not isinstance(node, Mapping):
            return
        if "$ref" in node:
            name = str(node["$ref"]).rpartition("/")[2]
            if name in seen:
                return
            node, seen = schema.get("definitions", {}).get(name, {}), seen | {name}
        for key, child in (node.get("properties") or {}).items():
            told = schema.get("definitions", {}).get(str(child.get("$ref", "")).rpartition("/")[2], child)
            kinds = told.get("type") if isinstance(told.get("type"), list) else [told.get("type")]
            if _CALLED.search(key) and "string" in kinds and not told.get("enum"):
                yield (*path, key)
            yield from walk(child, (*path, key), seen, depth + 1)
        for more in (node.get("items"), *(node.get("patternProperties") or {}).values()):
            yield from walk(more, path, seen, depth + 1)
        for each in ("anyOf", "oneOf", "allOf"):
            for more in node.get(each) or ():
                yield from walk(more, path, seen, depth + 1)

    return walk(schema, (), frozenset(), 0)


@pytest.mark.full
def test_what_is_called_as_credentials_are_is_taken_out_in_every_type() -> None:
    pytest.importorskip("cfnlint.schema.manager")
    from scanner.language.schemas import schema_of

    allowed = {name for names in NO_SECRETS.values() for name in names}
    asked, shown, needless = 0, set(), set(allowed)
    for type_name in type_names():
        schema: Any = schema_of(type_name)
        if schema is None:
            continue
        made = {each.replace("/properties/", "").replace("/", ".") for each in schema.get("readOnlyProperties", ())}
        for path in _texts(schema):
            node: object = "something"
            for name in reversed(path):
                node = {name: node}
            asked += 1
            if ".".join(path) not in made and not any(True for _ in secret_places(type_name, node)):
                needless.discard(path[-1])
                if path[-1] not in allowed:
                    shown.add(f"{type_name} {'.'.join(path)}")
    assert asked > 200
    assert shown == set()
    assert needless == set()
