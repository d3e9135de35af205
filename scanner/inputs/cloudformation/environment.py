"""Where a stack is deployed: what its pseudo parameters are."""

from __future__ import annotations

from collections.abc import Mapping

from scanner.base.record import record
from scanner.model.unknown import Unknown
from scanner.model.world import Variable, World

PSEUDO = (
    "AWS::AccountId",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
)
# What of the user's has the value; the region says the rest.
_ADVICE = {
    "AWS::AccountId": "pass --account",
    "AWS::StackName": "a CDK assembly or a snapshot of the account has it",
    "AWS::StackId": "a snapshot of the account has it",
    "AWS::NotificationARNs": "a snapshot of the account has them",
}


@record
class Environment:
    """`account` and `region` are None where nothing says them; `key` tells apart stacks that may differ in them."""

    key: str
    account: str | None = None
    region: str | None = None
    stack_name: str | None = None
    # What a stack calls itself is its own, also where it shares the rest with the stack around it.
    stack_key: str | None = None

    def nested(self, address: str) -> Environment:
        """The environment of a stack inside this one: the same account and region, another name."""
        return Environment(self.key, self.account, self.region, None, address)

    @property
    def partition(self) -> str | None:
        """The partition of the region; None where the region is not known."""
        if self.region is None:
            return None
        # "Amazon Resource Names (ARNs)": the partitions and the regions in each.
        return (
            "aws-us-gov" if self.region.startswith("us-gov-") else "aws-cn" if self.region.startswith("cn-") else "aws"
        )

    def read(self, name: str, world: World, tested: Mapping[str, tuple[str, ...]]) -> object:
        """What `Ref` of a pseudo parameter gives. Raises UndecidedError where conditions test one that is not known."""
        value = self._known(name)
        if value is not None:
            return value
        variable = self.variable(name, tested)
        if variable is not None:
            chosen = world.value(variable)
            if chosen is not None:
                world.label(name, chosen)
                return chosen
        return self._unknown(name)

    def told(self) -> dict[str, str]:
        """The pseudo parameters whose values are known, by name."""
        return {name: value for name in PSEUDO if (value := self._known(name)) is not None}

    def variable(self, name: str, tested: Mapping[str, tuple[str, ...]]) -> Variable | None:
        """The pseudo parameter as a choice between the values that conditions test it for, in `tested`.

        None where its value is known, or where no condition tests it.
        """
        if name not in tested or self._known(name) is not None:
            return None
        unknown = self._unknown(name)
        return Variable(unknown.symbol or (name,), name, unknown, None, tested[name])

    def _known(self, name: str) -> str | None:
        if name == "AWS::AccountId":
            return self.account
        if name == "AWS::Region":
            return self.region
        if name == "AWS::Partition":
            return self.partition
        if name == "AWS::URLSuffix":
            partition = self.partition
            return None if partition is None else "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
        return self.stack_name if name == "AWS::StackName" else None

    def _unknown(self, name: str) -> Unknown:
        advice = _ADVICE.get(name, "pass --region")
        is_string = name != "AWS::NotificationARNs"
        key = self.stack_key or self.key if name in ("AWS::StackName", "AWS::StackId") else self.key
        detail = f"`{name}` is known only at deployment; {advice}"
        return Unknown("deploy-time", detail, ("pseudo", key, name), is_string or None, is_string)
