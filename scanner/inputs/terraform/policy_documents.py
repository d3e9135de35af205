"""Policy documents: JSON text in a plan, or the data source that puts it together when the plan is applied."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from scanner.inputs.terraform.attributes import LeftOut, View, merged
from scanner.inputs.terraform.instances import Instance
from scanner.inputs.terraform.references import References
from scanner.inputs.terraform.resources import noted
from scanner.model.partial_text import Text, text_of
from scanner.model.unknown import Reference, Unknown, first_unknown, unknowns

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
        found = self._deferred(view, name, shown) if not is_opaque(view, name) else None
        return value if found is None else found

    def whole(self, source: Instance, shown: Callable[[View, str], object]) -> object:
        """A data source that puts a document together when the plan is applied."""
        known = source.after.get("json")
        if isinstance(known, str):
            try:
                return json.loads(known)
            except (ValueError, RecursionError):
                return Unknown("invalid-template", f"`json` of {source.address} is no JSON")
        return _document(source, shown)

    def _deferred(self, view: View, name: str, shown: Callable[[View, str], object]) -> object:
        references = view.references(name)
        if not references or any(not each.startswith("data." + DOCUMENT) for each in references):
            return None
        sources = self._references.of(view.instance, references)
        documents = [each for each in sources.instances.values() if each.mode == "data" and each.type == DOCUMENT]
        if sources.open or len(documents) != 1 or len(sources.instances) != 1:
            return None
        (source,) = documents
        note = f"`{name}` of {view.instance.address} is taken to be {source.address}, to which its expression refers"
        return noted(_document(source, shown), note)


def _document(source: Instance, shown: Callable[[View, str], object]) -> object:
    """The statements of a document that is put together at apply; what it takes in from elsewhere is not known.

    `shown` gives what the text shows of an argument that is not known; None where it shows nothing.
    """
    view = View.of(source)
    for name in _OTHERS:
        value = view.read(name)
        if value not in (None, "", []) and not isinstance(value, LeftOut):
            if isinstance(first_unknown(value), Unknown):
                return Unknown("known-after-apply", f"`{name}` of {source.address} is known after apply")
            return Unknown("known-after-apply", f"{source.address} takes in other documents when it is applied")
    statements = view.blocks("statement")
    if isinstance(statements, Unknown):
        return statements
    why = Unknown("known-after-apply", f"a part of {source.address} is known after apply")
    listed = [_statement(each, why, shown) for each in statements] if isinstance(statements, list) else []
    version = view.read("version")
    return {"Version": version if isinstance(version, str) and version else "2012-10-17", "Statement": listed}


def _statement(view: View, why: Unknown, shown: Callable[[View, str], object]) -> object:
    if view.unknown is True:
        return why
    made: dict[str, object] = {"Effect": _argument(view, "effect", why, shown) or "Allow"}
    sid = _argument(view, "sid", why, shown)
    if sid:
        made["Sid"] = sid
    for name, key in (
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ):
        value = _argument(view, name, why, shown)
        if value:
            made[key] = _variables(value)
    for name, key in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        principals = _principals(_items(view, name, ("type", "identifiers"), why, shown))
        if principals is not None:
            made[key] = principals
    conditions = _conditions(_items(view, "condition", ("test", "variable", "values"), why, shown))
    if conditions is not None:
        made["Condition"] = conditions
    return made


def _argument(view: View, name: str, why: Unknown, shown: Callable[[View, str], object]) -> object:
    """The value; what is not known of it by the text, else unknown."""
    unknown = True if view.unknown is True else view.unknown.get(name)
    value = merged(view.value.get(name), unknown, why)
    if first_unknown(value) is None:
        return value
    text = shown(view, name)
    # Of what the text leaves open the plan may know more; an account that was not given it knows no better.
    told = text is not None and all(
        isinstance(each, Reference) or each.cause == "deploy-time" for each in unknowns(text)
    )
    return text if told else value


def _items(
    view: View, name: str, arguments: Sequence[str], why: Unknown, shown: Callable[[View, str], object]
) -> object:
    found = view.blocks(name)
    if not isinstance(found, list):
        return why if isinstance(found, Unknown) else None
    return [
        why if each.unknown is True else {key: _argument(each, key, why, shown) for key in arguments} for each in found
    ]


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
    if isinstance(value, Text):
        return text_of(each.replace("&{", "${") if isinstance(each, str) else each for each in value.parts)
    if isinstance(value, list):
        return [_variables(each) for each in value]
    return value


__all__ = ["DOCUMENT", "PolicyDocuments"]
