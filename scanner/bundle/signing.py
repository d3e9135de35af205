"""Signatures over a bundle's manifest: an in-toto statement in a DSSE envelope.

securesystemslib, which in-toto and TUF sign with, writes and reads the envelope ("DSSE v1.0.0"); a statement names its
subject by digest ("in-toto Attestation Framework").
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from scanner.base.extras import MissingExtraError
from scanner.base.problem import Problem, ProblemsError
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

    Raises ProblemsError and MissingExtraError.
    """
    if given.startswith("awskms:"):
        from scanner.live.kms_signing import kms_key

        key = kms_key(given.removeprefix("awskms:"), profile)
        return Signer(_key_id(key.public), key.sign)
    if given.startswith("env:"):
        name = given.removeprefix("env:")
        if name not in os.environ:
            raise ProblemsError([Problem("--sign-key", f"the environment has no `{name}`", kind="config")])
        pem = os.environ[name].encode()
    else:
        pem = _read(Path(given), "--sign-key")
    private = _private(pem)
    spki = _spki(private.public_key())
    key = _secure("securesystemslib.signer").CryptoSigner(private, _known(private.public_key()))
    return Signer(_key_id(spki), lambda message: bytes.fromhex(key.sign(message).signature))


def envelope(manifest_digest: str, predicate: dict[str, object], signer: Signer) -> bytes:
    """A DSSE envelope with one signature; `manifest_digest` is SHA-256 in hexadecimal. Raises what the signer does."""
    statement = {
        "_type": _STATEMENT,
        "subject": [{"name": "manifest.json", "digest": {"sha256": manifest_digest}}],
        "predicateType": _PREDICATE,
        "predicate": predicate,
    }
    payload = json.dumps(statement, sort_keys=True, separators=(",", ":")).encode("ascii")
    made = _secure("securesystemslib.dsse").Envelope(payload, PAYLOAD_TYPE, {})
    signature = signer.sign(made.pae()).hex()
    made.signatures[signer.key_id] = _secure("securesystemslib.signer").Signature(signer.key_id, signature)
    return json.dumps(made.to_dict(), indent=1).encode("ascii") + b"\n"


def read_envelope(content: bytes, public: Path | None) -> Signed:
    """What was signed, and whether the key signed it.

    Raises ValueError for no envelope, ProblemsError and MissingExtraError.
    """
    dsse, errors = _secure("securesystemslib.dsse"), _secure("securesystemslib.exceptions")
    try:
        data: Any = json.loads(content)  # Any: as JSON comes in
        read = dsse.Envelope.from_dict(json.loads(content))
        if read.to_dict() != data:
            raise ValueError("it holds more than an envelope does")
        statement: Any = json.loads(read.payload)
        ours = read.payload_type == PAYLOAD_TYPE and statement["_type"] == _STATEMENT
        if not ours or statement["predicateType"] != _PREDICATE:
            raise ValueError("it signs something else than a bundle")
        manifest = str(statement["subject"][0]["digest"]["sha256"])
        key_id = next(iter(read.signatures))
    except (KeyError, TypeError, IndexError, AttributeError, RecursionError, StopIteration, errors.Error) as error:
        raise ValueError(f"it is not whole: {type(error).__name__} at {error}") from None
    if public is None:
        return Signed(manifest, key_id, None)
    key = _known(_public(_read(public, "--key")))
    try:
        holds = bool(read.verify([key], 1))
    except errors.Error:
        holds = False
    return Signed(manifest, key_id, holds)


def _secure(module: str) -> Any:  # Any: it is loaded only where somebody signs, and ships with an extra
    try:
        return import_module(module)
    except ImportError:
        raise MissingExtraError("sign") from None


def _known(key: Any) -> Any:
    """The public key by the digest of its SubjectPublicKeyInfo, as our envelopes name it. Raises ProblemsError."""
    try:
        return _secure("securesystemslib.signer").SSlibKey.from_crypto(key, _key_id(_spki(key)))
    except ValueError:
        raise ProblemsError(
            [Problem("--key", "is a public key of a kind that signs no bundle", kind="config")]
        ) from None


def _read(path: Path, option: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST)
    except OSError as error:
        message = f"`{path}` cannot be read: {(error.strerror or str(error)).lower()}"
        raise ProblemsError([Problem(option, message, kind="config")]) from None


# Any, from here on: the package is loaded only where somebody signs.
def _private(pem: bytes) -> Any:
    serialization, ed25519 = _cryptography()
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        hint = "openssl genpkey -algorithm ed25519 -out key.pem"
        raise ProblemsError(
            [Problem("--sign-key", "is no Ed25519 key in PEM without a password", hint=hint, kind="config")]
        )
    return key


def _public(pem: bytes) -> Any:
    serialization, _ = _cryptography()
    try:
        return serialization.load_pem_public_key(pem)
    except (ValueError, TypeError):
        hint = "openssl pkey -in key.pem -pubout -out key.pub.pem"
        raise ProblemsError([Problem("--key", "is no public key in PEM", hint=hint, kind="config")]) from None


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
        raise MissingExtraError("sign") from None
    return serialization, ed25519


__all__ = ["PAYLOAD_TYPE", "Signed", "Signer", "envelope", "read_envelope", "signer_of"]
