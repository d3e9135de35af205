"""Compile `scanner/_data/managed_policies.zip` from the AWS-managed policies that moto carries.

Needs moto: `pip install moto`, then `python scripts/compile_managed_policies.py`. One entry a policy, named by path and
name, holding `{"version": ..., "updated": ..., "document": ...}`; the archive's comment says which release they are
from. Times in the archive are fixed, so the same release gives the same entries.
"""

from __future__ import annotations

import argparse
import json
import zipfile
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "scanner" / "_data" / "managed_policies.zip"
TIME = (1980, 1, 1, 0, 0, 0)  # the earliest a zip archive can hold


def policies() -> dict[str, Any]:
    """Documents by ARN resource, such as `service-role/AWSLambdaBasicExecutionRole`."""
    data = json.loads(import_module("moto.iam.aws_managed_policies").aws_managed_policies_data)
    return {
        f"{policy['Path']}{name}".removeprefix("/"): {
            "version": policy["DefaultVersionId"],
            "updated": (policy.get("UpdateDate") or policy["CreateDate"])[:10],
            "document": policy["Document"],
        }
        for name, policy in data.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=TARGET)
    out: Path = parser.parse_args().out

    found = policies()
    about = {
        "release": f"moto {version('moto')}",
        "date": max(policy["updated"] for policy in found.values()),
        "licence": "Apache-2.0, Copyright 2012 Steve Pulec and the Moto contributors; see NOTICE",
    }
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.comment = json.dumps(about).encode()
        for name, policy in sorted(found.items()):
            entry = zipfile.ZipInfo(name, TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, json.dumps(policy, separators=(",", ":")))
    print(f"{out}: {len(found)} policies, {out.stat().st_size:,} bytes, {about['release']}, newest {about['date']}")


if __name__ == "__main__":
    main()
