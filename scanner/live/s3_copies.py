"""Copies of what an audit wrote, in a bucket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from scanner.base.extras import MissingExtraError
from scanner.base.problem import Problem, ProblemsError


def copy_to(paths: Iterable[Path], place: str, profile: str | None = None) -> Iterator[str]:
    """Puts the files, and those in folders, under `s3://bucket/prefix`, and tells each.

    Raises ProblemsError, MissingExtraError.

    S3 checks each upload against its checksum, and refuses one that does not fit.
    """
    try:
        boto3: Any = import_module("boto3")  # Any: it ships no types
        failures: Any = import_module("boto3.exceptions")
        errors: Any = import_module("botocore.exceptions")
    except ImportError:
        raise MissingExtraError("live") from None
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    try:
        client = boto3.Session(profile_name=profile).client("s3")
        for path in paths:
            files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
            for file in files:
                inside = file.relative_to(path.parent).as_posix()
                key = "/".join(part for part in (prefix.strip("/"), inside) if part)
                client.upload_file(str(file), bucket, key, ExtraArgs={"ChecksumAlgorithm": "SHA256"})
                yield f"s3://{bucket}/{key}"
    except (errors.BotoCoreError, errors.ClientError, failures.Boto3Error, OSError) as error:
        raise ProblemsError([Problem("--copy-to", f"cannot be written: {error}", kind="config")]) from None


__all__ = ["copy_to"]
