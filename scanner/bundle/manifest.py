"""The manifest of a bundle: its members by digest, and what else somebody must know to check it."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from scanner.base.record import record

SCHEMA = "tenantproof-bundle/1"
MANIFEST, CHECKSUM, SIGNATURE = "manifest.json", "manifest.sha256", "signature.dsse.json"
WHOLE = "whole"
_DIGEST = re.compile("[0-9a-f]{64}")
_APART = (MANIFEST, CHECKSUM, SIGNATURE)


@record
class Manifest:
    """Digests are SHA-256 in hexadecimal; `previous` is that of the manifest of the bundle before.

    `chain` is the history's own for this audit. `withheld` are parameters whose values are secrets and not in the
    bundle. `whole` says that every document can be made again from the inputs, as 0.1.0 did not promise. Times are
    ISO 8601 in UTC, `retain_until` is a day.
    """

    tool: str
    created: str
    report: str
    members: Mapping[str, str]
    includes_inputs: bool
    retain_until: str
    previous: str | None = None
    chain: str | None = None
    withheld: tuple[str, ...] = ()
    whole: bool = True

    def text(self) -> bytes:
        """The bytes that are signed: ASCII, indented by one, with a line end."""
        document = {
            "schema": SCHEMA,
            "tool": {"name": "tenantproof", "version": self.tool},
            "created": self.created,
            "report": self.report,
            "includes_inputs": self.includes_inputs,
            "retain_until": self.retain_until,
            "previous": self.previous,
            "chain": self.chain,
            "withheld": list(self.withheld),
            **({"made_again": WHOLE} if self.whole else {}),
            "members": dict(sorted(self.members.items())),
        }
        return json.dumps(document, indent=1, ensure_ascii=True).encode("ascii") + b"\n"


def digests_of(members: Mapping[str, bytes]) -> dict[str, str]:
    """Of all members but the manifest itself and what speaks of it."""
    return {name: digest_of(content) for name, content in members.items() if name not in _APART}


def digest_of(content: bytes) -> str:
    """SHA-256 in hexadecimal, without a prefix."""
    return hashlib.sha256(content).hexdigest()


def checksum_of(manifest: bytes) -> bytes:
    """The file that `sha256sum -c` reads."""
    return f"{digest_of(manifest)}  {MANIFEST}\n".encode("ascii")


def read_manifest(content: bytes) -> Manifest:
    """Raises ValueError for what is no manifest of this version."""
    try:
        data: Any = json.loads(content)  # Any: as JSON comes in
        if data["schema"] != SCHEMA:
            raise ValueError(f"it is of the form `{str(data['schema'])[:60]}`, and this release reads `{SCHEMA}`")
        if data["tool"]["name"] != "tenantproof":
            raise ValueError(f"it is of the program `{str(data['tool']['name'])[:60]}`")
        members = {str(name): str(digest) for name, digest in data["members"].items()}
        datetime.date.fromisoformat(str(data["retain_until"]))
        for key in ("report", "previous", "chain"):
            if not (key != "report" and data[key] is None) and not _DIGEST.fullmatch(str(data[key])):
                raise ValueError(f"`{key}` is no SHA-256 digest")
        return Manifest(
            str(data["tool"]["version"]),
            str(data["created"]),
            str(data["report"]),
            members,
            data["includes_inputs"] is True,
            str(data["retain_until"]),
            None if data["previous"] is None else str(data["previous"]),
            None if data["chain"] is None else str(data["chain"]),
            tuple(str(each) for each in data["withheld"]),
            _whole(data),
        )
    except (KeyError, TypeError, AttributeError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(f"it is not whole: {type(error).__name__} at {error}") from None


def _whole(data: Mapping[str, object]) -> bool:
    if data.get("made_again") not in (None, WHOLE):
        raise ValueError(f"`made_again` is `{str(data['made_again'])[:60]}`, and this release knows `{WHOLE}`")
    return "made_again" in data


__all__ = [
    "CHECKSUM",
    "MANIFEST",
    "SCHEMA",
    "SIGNATURE",
    "Manifest",
    "checksum_of",
    "digest_of",
    "digests_of",
    "read_manifest",
]
