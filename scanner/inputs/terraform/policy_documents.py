"""Policy documents: JSON text in a plan, or the data source that puts it together when the plan is applied."""

from __future__ import annotations

import json
from collections.abc import Callable

from scanner.inputs.terraform.attributes import LeftOut, View, merged
from scanner.inputs.terraform.instances import Instance
from scanner.inputs.terraform.references import References
from scanner.inputs.terraform.resources import noted
from scanner.model.unknown import Unknown, first_unknown

DOCUMENT = "aws_iam_policy_document"
# With one of these a document takes in what is not in its own statements.
_OTHERS = ("source_json", "override_json", "source_policy_documents", "override_policy_documents")


class PolicyDocuments:
    """Of one plan."""

    def __init__(self, references: References) -> None:
        self._references = references

    def read(
        self, view: View, name: str, shown: Callable[[View, str], object], is_opaque: Callable[[View, str], bool]
    ) -> object:
        """The document that the attribute holds; None where there is none.

        `shown` is what its text shows, `is_opaque` whether it is more than a reference there.
        """
        value = view.read(name)
        if value is None or value == "" or isinstance(value, LeftOut):
            return None
        if isinstance(value, str):
            try:
                return json.loads(value)
            except (ValueError, RecursionError):
                return Unknown("invalid-template", f"`{name}` of {view.instance.address} is no JSON")
        if not isinstance(value, Unknown):
            return value
        text = shown(view, name)
        if text is not None:
            return text
        found = self._deferred(view, name) if not is_opaque(view, name) else None
        return value if found is None else found

    def whole(self, source: Instance) -> object:
        """A data source that puts a document together when the plan is applied."""
        known = source.after.get("json")
        if isinstance(known, str):
            try:
                return json.loads(known)
            except (ValueError, RecursionError):
                return Unknown("invalid-template", f"`json` of {source.address} is no JSON")
        return _document(source)

    def _deferred(self, view: View, name: str) -> object:
        references = view.references(name)
        if not references or any(not each.startswith("data." + DOCUMENT) for each in references):
            return None
        sources = self._references.of(view.instance, references)
        documents = [each for each in sources.instances.values() if each.mode == "data" and each.type == DOCUMENT]
        if sources.open or len(documents) != 1 or len(sources.instances) != 1:
            return None
        (source,) = documents
        note = f"`{name}` of {view.instance.address} is taken to be {source.address}, to which its expression refers"
        return noted(_document(source), note)


def _document(source: Instance) -> object:
    """The statements of a document that is put together at apply; what it takes in from elsewhere is not known."""
    data = merged(
        source.after, source.unknown, Unknown("known-after-apply", f"a part of {source.address} is known after apply")
    )
    if not isinstance(data, dict):
        return data
    for name in _OTHERS:
        value = data.get(name)
        if value not in (None, "", []):
            if isinstance(first_unknown(value), Unknown):
                return Unknown("known-after-apply", f"`{name}` of {source.address} is known after apply")
            return Unknown("known-after-apply", f"{source.address} takes in other documents when it is applied")
    statements = data.get("statement")
    if isinstance(statements, Unknown):
        return statements
    listed = (
        [_statement(each) for each in statements if isinstance(each, dict | Unknown)]
        if isinstance(statements, list)
        else []
    )
    version = data.get("version")
    return {"Version": version if isinstance(version, str) and version else "2012-10-17", "Statement": listed}


def _statement(body: dict[str, object] | Unknown) -> object:
    if isinstance(body, Unknown):
        return body
    made: dict[str, object] = {"Effect": body.get("effect") or "Allow"}
    if body.get("sid"):
        made["Sid"] = body["sid"]
    for name, key in (
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ):
        if body.get(name):
            made[key] = _variables(body[name])
    for name, key in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        principals = _principals(body.get(name))
        if principals is not None:
            made[key] = principals
    conditions = _conditions(body.get("condition"))
    if conditions is not None:
        made["Condition"] = conditions
    return made


def _principals(listed: object) -> object:
    if not listed or isinstance(listed, Unknown):
        return listed or None
    found: dict[str, object] = {}
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, dict):
            return each
        kind, identifiers = each.get("type"), each.get("identifiers")
        if isinstance(kind, Unknown):
            return kind
        if kind == "*" and identifiers in (["*"], "*"):
            return "*"
        if isinstance(identifiers, Unknown):
            found[str(kind)] = identifiers
            continue
        before = found.get(str(kind))
        listed_before = before if isinstance(before, list) else [before] if before is not None else []
        found[str(kind)] = [*listed_before, *(identifiers if isinstance(identifiers, list) else [identifiers])]
    return found


def _conditions(listed: object) -> object:
    if not listed or isinstance(listed, Unknown):
        return listed or None
    found: dict[str, dict[str, object]] = {}
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, dict):
            return each
        test, variable, values = each.get("test"), each.get("variable"), _variables(each.get("values"))
        for part in (test, variable):
            if isinstance(part, Unknown):
                return part
        keys = found.setdefault(str(test), {})
        before = keys.get(str(variable))
        if isinstance(values, list) and isinstance(before, list):
            values = [*before, *values]
        elif before is not None:
            return Unknown("known-after-apply", "two conditions on one key, of which one is not known")
        keys[str(variable)] = values
    return found


def _variables(value: object) -> object:
    """`&{aws:username}` is how the data source writes IAM's own variables."""
    if isinstance(value, str):
        return value.replace("&{", "${")
    if isinstance(value, list):
        return [_variables(each) for each in value]
    return value


__all__ = ["DOCUMENT", "PolicyDocuments"]
