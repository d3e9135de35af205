"""Signing with a key of AWS KMS, which never leaves it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from scanner.base.extras import MissingExtraError
from scanner.base.problem import Problem, ProblemsError
from scanner.base.record import record

# "KMS key spec reference": what each kind of key signs with.
_ALGORITHMS = {"ECC_NIST_EDWARDS25519": "ED25519_SHA_512", "ECC_NIST_P256": "ECDSA_SHA_256"}


@record
class KmsKey:
    """`public` is the key's SubjectPublicKeyInfo in DER."""

    public: bytes
    sign: Callable[[bytes], bytes]


def kms_key(arn: str, profile: str | None = None) -> KmsKey:
    """Raises ProblemsError where it is no signing key, or may not be used, and MissingExtraError."""
    try:
        boto3: Any = import_module("boto3")  # Any: it ships no types
        errors: Any = import_module("botocore.exceptions")
    except ImportError:
        raise MissingExtraError("live") from None
    parts = arn.split(":")
    region = parts[3] if len(parts) > 5 else None  # noqa: PLR2004  # an ARN has six parts
    try:
        client = boto3.Session(profile_name=profile, region_name=region).client("kms")
        answer = client.get_public_key(KeyId=arn)
        algorithm = _ALGORITHMS.get(answer["KeySpec"])
        if algorithm is None or answer["KeyUsage"] != "SIGN_VERIFY":
            known = ", ".join(_ALGORITHMS)
            message = f"is a key of {answer['KeySpec']}; what signs a bundle is one of {known}"
            raise ProblemsError([Problem("--sign-key", message, kind="config")])
    except (errors.BotoCoreError, errors.ClientError) as error:
        raise ProblemsError([Problem("--sign-key", f"cannot be used: {error}", kind="config")]) from None

    def sign(message: bytes) -> bytes:
        try:
            made = client.sign(KeyId=arn, Message=message, MessageType="RAW", SigningAlgorithm=algorithm)
        except (errors.BotoCoreError, errors.ClientError) as error:
            raise ProblemsError([Problem("--sign-key", f"cannot sign: {error}", kind="config")]) from None
        return bytes(made["Signature"])

    return KmsKey(bytes(answer["PublicKey"]), sign)


__all__ = ["KmsKey", "kms_key"]
