"""`checkov:skip` and `trivy:ignore` comments in Terraform's files, by the resource that they stand in.

Only comments and the heads of blocks are looked at; nothing in the file is evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.inputs.other_suppressions.suppression import Suppression
from scanner.inputs.other_suppressions.template_metadata import COMMENT

_RESOURCE = re.compile(r'\s*resource\s+"([A-Za-z0-9_]+)"\s+"([A-Za-z0-9_-]+)"\s*\{')
_TRIVY = re.compile(r"(?:trivy|tfsec):ignore:([A-Za-z0-9_-]+)(.*)\Z")
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')


def of_terraform(text: str, path: str) -> Iterator[Suppression]:
    """A comment before a resource means it, as Trivy reads it; Checkov's stand inside of one."""
    resource, depth = "", 0
    waiting: list[tuple[str, str, int]] = []
    for number, line in enumerate(text.splitlines(), 1):
        bare = _QUOTED.sub('""', line)
        comment = _comment(bare)
        head = _RESOURCE.match(line)
        if depth == 0 and head is not None:
            resource = f"{head[1]}.{head[2]}"
            for scheme, rule, at in waiting:
                yield Suppression(scheme, rule, resource, "", path, at)
            waiting = []
        if comment:
            if (match := COMMENT.search(comment)) is not None:
                refused = "" if resource else "it stands in no resource"
                yield Suppression("checkov", match[1], resource, match[2], path, number, refused)
            elif (match := _TRIVY.search(comment)) is not None:
                if resource:
                    yield Suppression("trivy", match[1], resource, "", path, number)
                else:
                    waiting.append(("trivy", match[1], number))
        code = bare.partition("#")[0].partition("//")[0]
        depth = max(0, depth + code.count("{") - code.count("}"))
        if depth == 0:
            resource = ""
    for scheme, rule, at in waiting:
        yield Suppression(scheme, rule, "", "", path, at, "it stands in no resource")


def _comment(line: str) -> str:
    at = [each for each in (line.find("#"), line.find("//")) if each >= 0]
    return line[min(at) :] if at else ""
