"""Signatures over a bundle's manifest: an in-toto statement in a DSSE envelope.

("DSSE v1.0.0": what is signed is the payload's type and the payload, each with its length before it. "in-toto
Attestation Framework": a statement names its subject by digest.)
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scanner.base.extras import MissingExtra
from scanner.base.problem import Problem, Problems
from scanner.base.record import record

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_STATEMENT = "https://in-toto.io/Statement/v1"
_PREDICATE = "urn:tenantproof:evidence-bundle:1"
_MOST = 1024 * 1024


@record
class Signer:
    """`sign` takes bytes and gives a signature; `key_id` is the digest of the public key."""

    key_id: str
    sign: Callable[[bytes], bytes]


@record
class Signed:
    """`manifest` is the digest that was signed."""

    manifest: str
    key_id: str
    holds: bool | None
    """None where no public key was given to hold it against."""


def signer_of(given: str, profile: str | None = None) -> Signer:
    """The key of a PEM file, of an environment variable (`env:NAME`), or of AWS KMS (`awskms:ARN`).

    Raises Problems and MissingExtra.
    """
    if given.startswith("awskms:"):
        from scanner.live.kms_signing import kms_key

        key = kms_key(given.removeprefix("awskms:"), profile)
        return Signer(_key_id(key.public), key.sign)
    if given.startswith("env:"):
        name = given.removeprefix("env:")
        if name not in os.environ:
            raise Problems([Problem("--sign-key", f"the environment has no `{name}`", kind="config")])
        pem = os.environ[name].encode()
    else:
        pem = _read(Path(given), "--sign-key")
    private = _private(pem)
    public = private.public_key()
    return Signer(_key_id(_spki(public)), private.sign)


def envelope(manifest_digest: str, predicate: dict[str, object], signer: Signer) -> bytes:
    """A DSSE envelope with one signature; `manifest_digest` is SHA-256 in hexadecimal. Raises what the signer does."""
    statement = {
        "_type": _STATEMENT,
        "subject": [{"name": "manifest.json", "digest": {"sha256": manifest_digest}}],
        "predicateType": _PREDICATE,
        "predicate": predicate,
    }
    payload = json.dumps(statement, sort_keys=True, separators=(",", ":")).encode("ascii")
    signature = signer.sign(_encoded(payload))
    document = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": signer.key_id, "sig": base64.b64encode(signature).decode()}],
    }
    return json.dumps(document, indent=1).encode("ascii") + b"\n"


def read_envelope(content: bytes, public: Path | None) -> Signed:
    """What was signed, and whether the key signed it. Raises ValueError for no envelope, Problems and MissingExtra."""
    try:
        data: Any = json.loads(content)  # Any: as JSON comes in
        payload = base64.b64decode(data["payload"], validate=True)
        statement: Any = json.loads(payload)
        ours = data["payloadType"] == PAYLOAD_TYPE and statement["_type"] == _STATEMENT
        if not ours or statement["predicateType"] != _PREDICATE:
            raise ValueError("it signs something else than a bundle")
        manifest = str(statement["subject"][0]["digest"]["sha256"])
        signatures = [(str(each["keyid"]), base64.b64decode(each["sig"], validate=True)) for each in data["signatures"]]
        key_id = signatures[0][0]
    except (KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise ValueError(f"it is not whole: {type(error).__name__} at {error}") from None
    if public is None:
        return Signed(manifest, key_id, None)
    key = _public(_read(public, "--key"))
    known = _key_id(_spki(key))
    holds = any(_verifies(key, signature, _encoded(payload)) for each, signature in signatures if each == known)
    return Signed(manifest, key_id, holds)


def _encoded(payload: bytes) -> bytes:
    return b"DSSEv1 %d %s %d %s" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload)


def _read(path: Path, option: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST)
    except OSError as error:
        message = f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}"
        raise Problems([Problem(option, message, kind="config")]) from None


# Any, from here on: the package is loaded only where somebody signs.
def _private(pem: bytes) -> Any:
    serialization, ed25519 = _cryptography()
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        hint = "openssl genpkey -algorithm ed25519 -out key.pem"
        raise Problems([Problem("--sign-key", "is no Ed25519 key in PEM without a password", hint=hint, kind="config")])
    return key


def _public(pem: bytes) -> Any:
    serialization, _ = _cryptography()
    try:
        return serialization.load_pem_public_key(pem)
    except (ValueError, TypeError):
        hint = "openssl pkey -in key.pem -pubout -out key.pub.pem"
        raise Problems([Problem("--key", "is no public key in PEM", hint=hint, kind="config")]) from None


def _verifies(key: Any, signature: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _spki(key: Any) -> bytes:
    serialization, _ = _cryptography()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return bytes(key.public_bytes(serialization.Encoding.DER, form))


def _key_id(spki: bytes) -> str:
    return hashlib.sha256(spki).hexdigest()


def _cryptography() -> tuple[Any, Any]:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise MissingExtra("sign") from None
    return serialization, ed25519


__all__ = ["PAYLOAD_TYPE", "Signed", "Signer", "envelope", "read_envelope", "signer_of"]
