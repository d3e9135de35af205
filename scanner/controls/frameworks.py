"""Frameworks: which rule evidences which control of a regulation or a guide."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, cast

from scanner.base.problem import Problem, ProblemsError
from scanner.base.record import record
from scanner.findings.report_document import CitationDocument
from scanner.text.complaint import check
from scanner.text.document import Document
from scanner.text.shape import Flag, Items, Key, OneOf, Record, Text

EvidenceKind = Literal["direct", "supporting", "none"]
OURS = "ours"
_CITATION = OneOf(
    (
        Text(),
        Record(
            {
                "rule": Key(Text(), "the rule's id", required=True),
                "basis": Key(Text(), "who says that the rule evidences the control"),
            }
        ),
    )
)
FRAMEWORK = Record(
    {
        "id": Key(Text("[a-z0-9]+(-[a-z0-9]+)*", "words joined by `-`"), "the file's name", required=True),
        "title": Key(Text(), "the framework's own name", required=True),
        "source": Key(Text(), "where its text stands"),
        "controls": Key(
            Items(
                Record(
                    {
                        "id": Key(Text(), "the control's number", required=True),
                        "title": Key(Text(), "its heading", required=True),
                        "kind": Key(Text(), "standard, implementation specification, question"),
                        "required": Key(Text(choices=("Required", "Addressable")), "as the regulation says"),
                        "evidence": Key(
                            Text(choices=("direct", "supporting", "none")), "what infrastructure can show of it"
                        ),
                        "because": Key(Text(), "why it can show no more"),
                        "note": Key(Text(), "how a report must word it"),
                        "ask": Key(Text(), "what an auditor must still ask for"),
                        "applies": Key(
                            Record(
                                {
                                    "entity": Key(Text(), "the kind of entity it binds", required=True),
                                    "default": Key(Flag(), "whether it applies where nothing is declared"),
                                }
                            ),
                            "whom it binds, if not all",
                        ),
                        "rules": Key(Items(_CITATION), "what evidences it"),
                    }
                ),
                least=1,
            ),
            "all entries, in the order of the text",
            required=True,
        ),
    }
)


@record
class Citation:
    """`basis` says who maps the rule to the control: published mappings, or this project."""

    rule: str
    basis: str


@record
class Control:
    """`binds` is the kind of entity that the control is for, None where it is for all; `by_default` says whether it
    then binds one that declares no kind.

    `evidence` says what configuration can show of it; `because` why it is no more, `note` how a report must word it,
    and `ask` what an auditor must still ask for. `kind` is what the text calls it, such as a standard.
    """

    id: str
    title: str
    evidence: EvidenceKind
    because: str | None
    note: str | None
    citations: tuple[Citation, ...]
    binds: str | None = None
    by_default: bool = True
    required: Literal["Required", "Addressable"] | None = None
    ask: str | None = None
    kind: str | None = None


@record
class Framework:
    """Controls in the order of the text; `source` is where that is published."""

    id: str
    title: str
    controls: tuple[Control, ...]
    source: str | None = None


def load_framework(document: Document, *, valid: bool = False) -> Framework:
    """Raises ProblemsError with all that is wrong in the file, unless it is known to be `valid`."""
    problems = [] if valid else check(FRAMEWORK, document, kind="rule")
    if problems:
        raise ProblemsError(problems)
    data = cast("dict[str, object]", document.data)
    controls: list[Control] = []
    seen: set[str] = set()
    for index, body in enumerate(cast("list[dict[str, object]]", data["controls"])):
        control = _control(body)
        if control.id in seen:
            place = document.place(("controls", index))
            problems.append(
                Problem(document.path, f"control `{control.id}` stands twice", place.line, place.column, kind="rule")
            )
        seen.add(control.id)
        controls.append(control)
    if problems:
        raise ProblemsError(problems)
    return Framework(str(data["id"]), str(data["title"]), tuple(controls), cast("str | None", data.get("source")))


def _control(body: dict[str, object]) -> Control:
    applies = cast("dict[str, object]", body.get("applies") or {})
    citations = tuple(
        Citation(str(each["rule"]), str(each.get("basis", OURS)))
        if isinstance(each, dict)
        else Citation(str(each), OURS)
        for each in cast("list[object]", body.get("rules") or [])
    )
    return Control(
        str(body["id"]),
        str(body["title"]),
        cast("EvidenceKind", body.get("evidence", "direct" if citations else "none")),
        cast("str | None", body.get("because")),
        cast("str | None", body.get("note")),
        citations,
        cast("str | None", applies.get("entity")),
        bool(applies.get("default", not applies)),
        cast("Literal['Required', 'Addressable'] | None", body.get("required")),
        cast("str | None", body.get("ask")),
        cast("str | None", body.get("kind")),
    )


def citations_of(frameworks: Iterable[Framework]) -> dict[str, list[CitationDocument]]:
    """For each rule the controls that cite it."""
    cited: dict[str, list[CitationDocument]] = {}
    for framework in frameworks:
        for control in framework.controls:
            for citation in control.citations:
                cited.setdefault(citation.rule, []).append(
                    {"framework": framework.id, "id": control.id, "basis": citation.basis}
                )
    return cited
