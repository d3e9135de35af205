"""One thing that another tool was told to pass over."""

from __future__ import annotations

from scanner.base.record import record


@record
class Suppression:
    """`scheme` is whose name `rule` is: one of the schemes of aliases, or `cfn-nag`.

    `resource` is an address, a part of one, or an ARN, as exceptions name resources; empty where the suppression means
    none that can be named. `reason` is empty where none was given. `path` and `line` are where it was read. `refused`
    says why it can be no exception, whatever the rule.
    """

    scheme: str
    rule: str
    resource: str
    reason: str
    path: str
    line: int | None = None
    refused: str = ""
