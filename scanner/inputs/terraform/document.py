"""One plan or state as JSON: which it is, whether this version of the format is read, and whether it is whole.

The format is that of "JSON Output Format" in Terraform's documentation; OpenTofu writes the same.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping
from typing import Literal, NamedTuple, NoReturn

from scanner.base.problem import Problem, ProblemsError
from scanner.base.record import record
from scanner.text.lines import Lines

MAX_BYTES = 512 * 1024 * 1024
"""A plan repeats every resource up to four times, and those of large systems have hundreds of megabytes."""
Kind = Literal["terraform-plan", "terraform-state"]
_HOW = "run `terraform show -json PLAN > plan.json` (or `tofu show -json`) again and scan that"
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class Gap(NamedTuple):
    """What a plan leaves out of what will be there, as a sentence, and what brings it in."""

    what: str
    remedy: str


@record
class PlanDocument:
    """The text as JSON, and what the plan leaves out."""

    kind: Kind
    data: Mapping[str, object]
    shown: str
    gaps: tuple[Gap, ...] = ()


def read_plan_document(raw: bytes, shown: str) -> PlanDocument:
    """Raises `ProblemsError` with the place of what is wrong."""
    text = _decoded(raw, shown)
    try:
        data: object = json.loads(text)
    except json.JSONDecodeError as error:
        ended = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        message = "the file ends before the plan does" if ended else f"this is no JSON: {error.msg.lower()}"
        raise ProblemsError([Problem(shown, message, error.lineno, error.colno, _HOW)]) from None
    except RecursionError:
        raise ProblemsError([Problem(shown, "the values are nested too deep", 1, 1)]) from None
    except ValueError:
        # The interpreter refuses to convert integers of more than 4,300 digits.
        raise ProblemsError([Problem(shown, "a number has too many digits", 1, 1)]) from None
    if not isinstance(data, dict):
        raise ProblemsError([Problem(shown, "a plan is an object", 1, 1, _HOW)])
    version = data.get("format_version")
    major = str(version).partition(".")[0]
    if major not in ("0", "1"):
        place = Lines(text).at(max(text.find('"format_version"'), 0))
        message = f"format_version {version!r} is not read: 0.x and 1.x are"
        raise ProblemsError([Problem(shown, message, *place, hint="look for a newer release of tenantproof")])
    if "planned_values" in data or "resource_changes" in data:
        return PlanDocument("terraform-plan", data, shown, tuple(_gaps(data)))
    values = data.get("values")
    if values is None or isinstance(values, dict):
        return PlanDocument("terraform-state", data, shown)
    raise ProblemsError([Problem(shown, "`values` of a state is an object", 1, 1)])


def _gaps(data: Mapping[str, object]) -> list[Gap]:
    """Why the plan may lack some of what will be there."""
    gaps: list[Gap] = []
    if data.get("errored") is True:
        gaps.append(Gap("the plan ended in an error and lacks what comes after it", "mend the error and plan again"))
    deferred = data.get("deferred_changes")
    if isinstance(deferred, list) and deferred:
        what = f"{len(deferred)} {'change is' if len(deferred) == 1 else 'changes are'} deferred to a later plan"
        gaps.append(Gap(what, "apply this plan and plan again"))
    elif data.get("complete") is False and data.get("errored") is not True:
        gaps.append(Gap("the plan is not complete (`-target`, or changes that are deferred)", "plan without `-target`"))
    if "resource_changes" not in data:
        what = "the plan has no `resource_changes`: it was made with `-refresh-only`, or changes nothing"
        gaps.append(Gap(what, "plan without `-refresh-only`"))
    return gaps


def _decoded(raw: bytes, shown: str) -> str:
    if len(raw) > MAX_BYTES:
        size = f"{len(raw) / 1_000_000:,.0f} MB"
        raise ProblemsError([Problem(shown, f"the plan has {size}; at most {MAX_BYTES // (1024 * 1024)} MiB are read")])
    encoding = _UTF16.get(raw[:2], "utf-8")
    body = raw.removeprefix(raw[:2] if encoding != "utf-8" else codecs.BOM_UTF8)
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        before = body[: error.start].decode(encoding, "replace")
        _fail(before, shown, "UTF-8" if encoding == "utf-8" else "UTF-16")


def _fail(before: str, shown: str, encoding: str) -> NoReturn:
    line, column = Lines(before).at(len(before))
    raise ProblemsError([Problem(shown, f"this is not valid {encoding}", line, column, _HOW)])
