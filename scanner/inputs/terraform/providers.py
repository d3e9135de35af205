"""The configurations of the provider in a plan: where a resource is made, and in which account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.inputs.terraform.configuration import references_of
from scanner.inputs.terraform.document import PlanDocument
from scanner.inputs.terraform.instances import Instance


class Providers:
    """What the plan says of account and region; what it leaves open is the caller's to give."""

    def __init__(
        self, document: PlanDocument, instances: Iterable[Instance], account: str | None, region: str | None
    ) -> None:
        data = document.data
        configuration = _object(data.get("configuration"))
        self._configs = _object(configuration.get("provider_config"))
        self._variables = _object(data.get("variables"))
        self._account = account
        self._region = region
        told = {_text(each.after.get("account_id")) for each in instances if each.type == "aws_caller_identity"} - {
            None
        }
        # With one provider configuration, whoever asked who it is is who makes everything.
        self._caller = told.pop() if len(told) == 1 and len(self._configs) <= 1 else None

    @property
    def version(self) -> str | None:
        """The version that the configuration asks for, as it is written."""
        for key, body in self._configs.items():
            if key.rpartition(":")[2] in ("aws", "awscc"):
                return _text(_object(body).get("version_constraint"))
        return None

    def key(self, instance: Instance) -> str:
        """Which configuration of the provider makes a resource; empty where there is but one."""
        if len(self._configs) <= 1:
            return ""
        return (instance.config.provider if instance.config is not None else None) or ""

    def place(self, instance: Instance) -> tuple[str | None, str | None]:
        """Account and region of a resource."""
        own = _text(instance.after.get("region")) if "region" in instance.after else None
        arn = _text(instance.after.get("arn")) or ""
        pieces = arn.split(":")
        if len(pieces) > 5 and pieces[0] == "arn":  # noqa: PLR2004  # arn:partition:service:region:account:...
            account, region = pieces[4] or None, pieces[3] or None
        else:
            account = region = None
        config = self._config(instance)
        expressions = _object(config.get("expressions")) if config is not None else {}
        region = own or region or self._constant(expressions.get("region")) or self._region
        return account or self._assumed(expressions) or self._caller or self._account, region

    def may_add_tags(self, instance: Instance) -> bool:
        """Whether the provider may add tags that the plan does not tell.

        The provider says `tags_all` while planning as soon as there is one tag of either kind, those of its environment
        variables included; without any it is unknown until apply (`SetTagsDiff` of provider 5.100 does so).
        """
        config = self._config(instance)
        return config is None or bool(_object(config.get("expressions")).get("default_tags"))

    def _config(self, instance: Instance) -> Mapping[str, object] | None:
        key = instance.config.provider if instance.config is not None else None
        found = self._configs.get(key) if key is not None else None
        if isinstance(found, dict) and (found.get("expressions") or ":" not in str(key)):
            return found
        # Up to 1.1 a module's resources name a configuration that is not listed; one that is passed down is the root's.
        name = instance.provider_name
        named = [_object(body) for body in self._configs.values() if _object(body).get("name", name) == name]
        return named[0] if len(named) == 1 else None

    def _assumed(self, expressions: Mapping[str, object]) -> str | None:
        """The account of the role that the provider takes, or the only one that it may be used for."""
        allowed = self._value(expressions.get("allowed_account_ids"))
        if isinstance(allowed, list) and len(allowed) == 1 and isinstance(allowed[0], str):
            return allowed[0]
        roles = expressions.get("assume_role")
        for role in roles if isinstance(roles, list) else ():
            arn = self._constant(_object(role).get("role_arn"))
            pieces = arn.split(":") if arn else []
            if len(pieces) > 5:  # noqa: PLR2004  # as above
                return pieces[4] or None
        return None

    def _constant(self, expression: object) -> str | None:
        return _text(self._value(expression))

    def _value(self, expression: object) -> object:
        body = _object(expression)
        if "constant_value" in body:
            return body["constant_value"]
        references = references_of(expression)
        if len(references) == 1 and references[0].startswith("var."):
            return _object(self._variables.get(references[0].removeprefix("var."))).get("value")
        return None


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
