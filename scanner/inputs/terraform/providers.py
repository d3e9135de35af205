"""The configurations of the provider in a plan: where a resource is made, and in which account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.inputs.terraform.configuration import references_of
from scanner.inputs.terraform.document import PlanDocument
from scanner.inputs.terraform.instances import Instance

# Arguments by which two configurations may be of different accounts.
_CREDENTIALS = (
    "access_key",
    "allowed_account_ids",
    "assume_role",
    "assume_role_with_web_identity",
    "profile",
    "shared_config_files",
    "shared_credentials_files",
)


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
        self._known: dict[tuple[str | None, str], tuple[str | None, str | None, bool]] = {}
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
        """What of the provider's configurations makes a resource; empty where there is but one.

        A resource whose own region is not known, or whose configuration is one of several by `for_each`, is in a place
        of its own.
        """
        own = (instance.config.provider if instance.config is not None else None) or ""
        if _says_region(instance) is None or self._made_by(instance)[2]:
            return f"{own} of {instance.address}"
        return "" if len(self._configs) <= 1 else own

    def place(self, instance: Instance) -> tuple[str | None, str | None]:
        """Account and region of a resource."""
        own = _says_region(instance)
        arn = _text(instance.after.get("arn")) or ""
        pieces = arn.split(":")
        if len(pieces) > 5 and pieces[0] == "arn":  # noqa: PLR2004  # arn:partition:service:region:account:...
            account, region = pieces[4] or None, pieces[3] or None
        else:
            account = region = None
        region = (own or region or self._made_by(instance)[1]) if own is not None else region
        return account or self._made_by(instance)[0], region

    def _made_by(self, instance: Instance) -> tuple[str | None, str | None, bool]:
        """Account and region of the configuration that makes a resource, and whether it is repeated."""
        key = (instance.config.provider if instance.config is not None else None, instance.provider_name)
        found = self._known.get(key)
        if found is None:
            repeated = _is_repeated(self._expressions(instance))
            self._known[key] = found = (self._account_of(instance), self._region_of(instance), repeated)
        return found

    def _region_of(self, instance: Instance) -> str | None:
        """The region of the configuration; the one that is given where the plan does not tell that it is another."""
        config = self._config(instance)
        if config is None:
            return self._region if len(self._alike(instance)) <= 1 else None
        said = _object(config.get("expressions")).get("region")
        if said is None:
            return self._region
        known = self._constant(said)
        if known is not None:
            return known
        return None if _is_other(config) or _is_repeated({"region": said}) else self._region

    def _account_of(self, instance: Instance) -> str | None:
        """The account of the configuration; the one that is given where the plan does not tell that it is another."""
        expressions = self._expressions(instance)
        assumed = self._assumed(expressions)
        if assumed is not None:
            return assumed
        if self._caller is not None:
            return self._caller
        config = self._config(instance)
        alike = self._alike(instance)
        credentials = [_credentials(each) for each in alike]
        if config is None:
            return self._account if all(each == credentials[0] for each in credentials) else None
        own = _credentials(config)
        main = [_credentials(each) for each in alike if not _is_other(each)]
        if _is_repeated(own) or (_is_other(config) and any(each != own for each in main or credentials)):
            return None
        return self._account

    def _expressions(self, instance: Instance) -> Mapping[str, object]:
        return _object((self._config(instance) or {}).get("expressions"))

    def _alike(self, instance: Instance) -> list[Mapping[str, object]]:
        """All configurations of the provider that makes the resource."""
        name = instance.provider_name
        return [
            body
            for key, each in self._configs.items()
            if (body := _object(each)).get("name", name) == name and (body.get("expressions") or ":" not in key)
        ]

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
        named = self._alike(instance)
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


def _says_region(instance: Instance) -> str | None:
    """The region that the resource itself names, as it may since provider 6: empty where it names none, None where it
    names one that is not known."""
    known = _text(instance.after.get("region"))
    if known is not None:
        return known
    unknown = instance.unknown is True or bool(instance.unknown.get("region"))
    written = instance.config is not None and bool(references_of(instance.config.arguments.get("region")))
    return None if unknown and written else ""


def _is_other(config: Mapping[str, object]) -> bool:
    """Whether it is a configuration beside the provider's main one."""
    return bool(config.get("alias") or config.get("module_address"))


def _credentials(config: Mapping[str, object]) -> Mapping[str, object]:
    expressions = _object(config.get("expressions"))
    return {name: expressions[name] for name in _CREDENTIALS if name in expressions}


def _is_repeated(expressions: Mapping[str, object]) -> bool:
    """Whether the configuration is one of several by `for_each`, which OpenTofu has since 1.9: it is listed once."""
    return any(each.startswith("each.") for each in references_of(list(expressions.values())))


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
