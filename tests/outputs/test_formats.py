from __future__ import annotations

import subprocess
import sys

import pytest

from scanner.findings.document import VERDICTS
from scanner.model.unknown import CAUSES
from scanner.outputs import NAMES, render
from scanner.outputs.options import RenderOptions
from scanner.outputs.words import CAUSE_WORDS, STATUS_WORDS, VERDICT_WORDS
from scanner.text.problem import Problems
from tests.outputs.sample import sample_report


def refusal(name: str) -> str:
    with pytest.raises(Problems) as caught:
        render(name, sample_report(), RenderOptions())
    (problem,) = caught.value.problems
    assert problem.kind == "config"
    return str(problem)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"text", "json", "html"}))
def test_a_format_of_a_later_version_is_refused_and_not_pretended(name: str) -> None:
    assert f"format `{name}` is not available in this version" in refusal(name)


def test_a_misspelt_format_is_answered_with_the_nearest() -> None:
    assert "did you mean `html`?" in refusal("htlm")


def test_rendering_text_and_json_loads_no_template_engine() -> None:
    program = (
        "import sys; from tests.outputs.sample import sample_report; from scanner.outputs import render;"
        "from scanner.outputs.options import RenderOptions;"
        "render('text', sample_report(), RenderOptions()); render('json', sample_report(), RenderOptions());"
        "sys.exit('jinja2' in sys.modules or 'scanner.outputs.html' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_every_verdict_and_every_cause_has_its_words() -> None:
    assert set(VERDICT_WORDS) == set(VERDICTS)
    assert set(CAUSE_WORDS) == set(CAUSES)


def test_no_print_out_calls_anything_compliant() -> None:
    words = [*VERDICT_WORDS.values(), *STATUS_WORDS.values()]
    words += [str(render(name, sample_report(), RenderOptions(all=True, verbose=True))) for name in ("text", "html")]
    shown = " ".join(words).replace("not a conclusion on compliance", "").lower()
    assert not any(word in shown for word in ("complian", "✓", "✔", "☑", " passed", "secure.\n"))
