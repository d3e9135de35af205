"""The shipped rules as they were read when the package was built, so that a scan need not read YAML.

The file holds data and no code. It counts only for the very bytes that it was made of: where a rule has been edited
since, as in a checkout, the rules are read themselves.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scanner.resources import data_file
from scanner.text.document import Document, Keys, Span
from scanner.text.problem import Problems

FILE = "rules.json"
_FORM = 1


@dataclass(frozen=True, slots=True)
class Compiled:
    """`documents` are valid, in the order of their names, and without examples."""

    digest: str
    documents: tuple[Document, ...]


class _Nowhere:
    """What is valid has no place that anybody would be pointed to."""

    def find(self, keys: Keys) -> Span:
        del keys
        return Span(0, 0, 0)


def read_compiled() -> Compiled | None:
    """None where there is no such file, or one of another release's form."""
    try:
        content = json.loads(data_file(FILE).read_bytes())
        if content["form"] != _FORM:
            return None
        nowhere = _Nowhere()
        documents = tuple(
            Document(path=path, data=data, text="", spans=nowhere) for path, data in content["files"].items()
        )
        return Compiled(str(content["digest"]), documents)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def compile_rules(target: Path | None = None) -> Path:
    """Writes the file, by default into the package. Raises Problems where a shipped rule is not valid."""
    from scanner.language.library import documents_of, load_library
    from scanner.resources import rules_dir

    library = load_library()
    documents, problems = documents_of([rules_dir()], examples=False)
    if problems:
        raise Problems(problems)
    path = target or data_file(FILE)
    path.write_text(_text(library.digest, [document for document, _, _ in documents]), "utf-8")
    return path


def _text(digest: str, documents: Sequence[Document]) -> str:
    files = {document.path: document.data for document in sorted(documents, key=lambda each: each.path)}
    return json.dumps({"form": _FORM, "digest": digest, "files": files}, ensure_ascii=False, separators=(",", ":"))


__all__ = ["FILE", "Compiled", "compile_rules", "read_compiled"]
