"""Names by which one stack reads what another gives, besides those of exports."""

from __future__ import annotations

from scanner.base.record import record


@record
class OutputName:
    """What `Fn::GetStackOutput` asks for; `account` is that of the role it is asked with, None for the stack's own.

    A `region` of None is the stack's own, too.
    """

    stack: str
    output: str
    region: str | None = None
    account: str | None = None

    def __str__(self) -> str:
        return f"{self.stack}.{self.output}"


@record
class WrittenExport:
    """A stored parameter by which CDK's `crossRegionReferences` hand a value to a stack of another region."""

    name: str


__all__ = ["OutputName", "WrittenExport"]
