"""The shipped rules as they were read when the package was built, so that a scan need not read YAML.

The file holds data and no code. It counts only for the very bytes that it was made of: where a rule has been edited
since, as in a checkout, the rules are read themselves.
"""

from __future__ import annotations

import json

from scanner.base.record import record
from scanner.shipped_data import data_file
from scanner.text.document import Document, NoPlaces

FILE = "rules.json"
FORM = 1


@record
class Compiled:
    """`documents` are valid, in the order of their names, and without examples."""

    digest: str
    documents: tuple[Document, ...]


def read_compiled() -> Compiled | None:
    """None where there is no such file, or one of another release's form."""
    try:
        content = json.loads(data_file(FILE).read_bytes())
        if content["form"] != FORM:
            return None
        nowhere = NoPlaces()
        documents = tuple(
            Document(path=path, data=data, text="", spans=nowhere) for path, data in content["files"].items()
        )
        return Compiled(str(content["digest"]), documents)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


__all__ = ["FILE", "FORM", "Compiled", "read_compiled"]
