"""Reading the shipped rules once, when the package is built, into the file that a scan reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from scanner.base.problem import ProblemsError
from scanner.language.compiled_library import FILE, FORM
from scanner.language.library import documents_of, load_library
from scanner.shipped_data import data_file, rules_dir
from scanner.text.document import Document


def compile_rules(target: Path | None = None) -> Path:
    """Writes the file, by default into the package. Raises ProblemsError where a shipped rule is not valid."""
    library = load_library()
    documents, problems = documents_of([rules_dir()], examples=False)
    if problems:
        raise ProblemsError(problems)
    path = target or data_file(FILE)
    path.write_text(_text(library.digest, [document for document, _, _ in documents]), "utf-8")
    return path


def _text(digest: str, documents: Sequence[Document]) -> str:
    files = {document.path: document.data for document in sorted(documents, key=lambda each: each.path)}
    return json.dumps({"form": FORM, "digest": digest, "files": files}, ensure_ascii=False, separators=(",", ":"))


__all__ = ["compile_rules"]
