"""What every OSCAL document of ours shares: ids, properties, metadata, and texts as OSCAL takes them.

Source of the forms: "OSCAL JSON Format Reference", version 1.2.1.
"""

from __future__ import annotations

import re
import uuid

from scanner.base.terminal import one_line
from scanner.outputs.shared.markdown_escape import prose

OSCAL_VERSION = "1.2.1"
NAMESPACE = "urn:tenantproof:oscal"
MOST_VALUE = 2_000
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, NAMESPACE)
_NO_TOKEN = re.compile(r"[^A-Za-z0-9.-]+")

Node = dict[str, object]


def identity(*parts: object) -> str:
    """A UUID that the same parts always give, on every machine and in every run."""
    return str(uuid.uuid5(_SPACE, "\x1f".join(map(str, parts)).encode("utf-8", "backslashreplace").decode("utf-8")))


def control_token(framework: str, control: str) -> str:
    """`hipaa-security-rule_164.312.a.2.iv`: OSCAL's ids hold no brackets, and begin with a letter or `_`."""
    token = f"{_token(framework)}_{_token(control)}"
    return token if token[0].isalpha() else f"_{token}"


def objective_token(framework: str, control: str) -> str:
    """The id of a control's objective in our catalogue, as NIST's catalogues end theirs."""
    return f"{control_token(framework, control)}_obj"


def _token(text: str) -> str:
    return _NO_TOKEN.sub(".", text).strip(".") or "x"


def prop(name: str, value: object, remarks: str | None = None) -> Node:
    """A property in our own namespace; its value is one line and never empty."""
    node: Node = {"name": name, "ns": NAMESPACE, "value": _value(value)}
    if remarks is not None:
        node["remarks"] = remarks
    return node


def _value(value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    return one_line(text)[:MOST_VALUE].strip() or "-"


def line(text: str) -> str:
    """A line of Markdown in which nothing that others wrote is markup."""
    return prose(text) or "-"


def metadata(title: str, modified: str, version: str, *props: Node) -> Node:
    """What OSCAL requires of every document; `modified` is a time with a zone, `props` are left out where there are
    none."""
    node: Node = {
        "title": line(title),
        "last-modified": modified,
        "version": _value(version),
        "oscal-version": OSCAL_VERSION,
    }
    if props:
        node["props"] = list(props)
    return node
