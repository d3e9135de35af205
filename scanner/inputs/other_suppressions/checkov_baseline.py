"""Checkov's baselines (`checkov --create-baseline`): findings by file and resource, without a reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from scanner.inputs.other_suppressions.suppression import Suppression

_TEMPLATE = re.compile(r"([A-Za-z0-9]+(?:::[A-Za-z0-9]+)+)\.(\S+)\Z")
_TERRAFORM = re.compile(r"(?:module\.[\w.\"\[\]-]+\.)?aws_\w+\.[\w\"\[\]-]+\Z")


def is_baseline(data: object) -> bool:
    """Whether the JSON is one."""
    return isinstance(data, Mapping) and isinstance(data.get("failed_checks"), list)


def of_baseline(data: object, path: str) -> Iterator[Suppression]:
    """`file` is relative to where Checkov was run, with a slash before it."""
    listed = data.get("failed_checks") if isinstance(data, Mapping) else None
    for entry in listed if isinstance(listed, list) else ():
        if not isinstance(entry, Mapping) or not isinstance(entry.get("file"), str):
            continue
        file = str(entry["file"]).lstrip("/")
        findings = entry.get("findings")
        for finding in findings if isinstance(findings, list) else ():
            if not isinstance(finding, Mapping):
                continue
            resource, refused = _address(file, finding.get("resource"))
            checks = finding.get("check_ids")
            for check in checks if isinstance(checks, list) else ():
                if isinstance(check, str):
                    yield Suppression("checkov", check, resource, "", path, None, refused)


def _address(file: str, resource: object) -> tuple[str, str]:
    if not isinstance(resource, str):
        return "", "it names no resource"
    if (match := _TEMPLATE.match(resource)) is not None:
        return f"{file}#{match[2]}", ""
    if _TERRAFORM.match(resource):
        return resource, ""
    return "", f"`{resource}` is no resource of AWS"
