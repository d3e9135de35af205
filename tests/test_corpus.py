"""Other people's templates: none crashes, none hangs, and what is unknown is truly not in the files."""

from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path

import pytest

from scanner.inputs.cloudformation.environment import PSEUDO
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.cloudformation.template import Template
from scanner.inputs.discovery import discover
from scanner.inputs.reading import Reading, read_inputs
from scanner.model.deferred import Deferred, settle_all
from scanner.model.unknown import Reference, Unknown, unknowns
from scanner.model.world import TooManyWorldsError, World, explore
from scanner.scanning import scan

pytestmark = pytest.mark.full
ROOT = Path(__file__).resolve().parent.parent


def test_the_whole_corpus_is_scanned_in_one_run(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start = time.process_time()
    result = scan(corpus)
    seconds = time.process_time() - start
    report = result.report
    assert not result.crashes
    assert report["exit_code"] != 3
    causes = Counter(
        (each.get("unknown") or {}).get("cause") for each in report["findings"] if each["verdict"] == "UNKNOWN"
    )
    assert "scanner-error" not in causes
    # What is read later than the rest is read before it is told.
    assert not any(" object at 0x" in str(each) for each in report["findings"])
    assert report["summary"]["resources"] > 2500
    assert seconds < 60
    with capsys.disabled():
        print(
            f"\ncorpus: {len(report['inputs'])} inputs, {report['summary']['resources']:,} resources, {seconds:.1f} s"
        )
        print(f"  verdicts {report['summary']['verdicts']}")
        print(f"  unknown by cause {dict(causes.most_common())}")
        print(f"  errors {len(report['errors'])}, gaps {len(report['coverage'])}")


def test_rules_that_most_of_the_corpus_fails_say_why(corpus: Path) -> None:
    """Where more than 60 of 100 fail, the page that explains it has a sentence."""
    verdicts: dict[str, Counter[str]] = {}
    for each in scan(corpus).report["findings"]:
        verdicts.setdefault(each["rule"], Counter())[each["verdict"]] += 1
    judged = {rule: found["FAIL"] + found["PASS"] for rule, found in verdicts.items()}
    most = {rule for rule, count in judged.items() if count >= 5 and verdicts[rule]["FAIL"] > 0.6 * count}
    page = (ROOT / "docs" / "explanation" / "what-most-templates-fail.md").read_text("utf-8")
    told = set(re.findall(r"^\| `([a-z0-9-]+)` \|", page, re.MULTILINE))
    assert most - told == set()
    assert told <= judged.keys()


def test_unknown_values_of_the_corpus_are_truly_not_in_its_files(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reading = read_inputs(discover([corpus], cwd=Path.cwd()), Settings())
    templates = {template.document.path: template for template in reading.templates}
    exported = {
        name
        for template in reading.templates
        for output in template.stack.raw_outputs.values()
        if isinstance(output, dict) and isinstance(name := (output.get("Export") or {}).get("Name"), str)
    }
    table: dict[str, Counter[str]] = {}
    wrong: list[str] = []
    for resource in reading.inventory.resources:
        path = resource.source.locate(resource, (), World()).path
        row = table.setdefault(path.partition("/")[0], Counter())
        row["resources"] += 1
        try:
            leaves = explore(lambda world, its=resource: settle_all(its.fields.get("Properties"), world))
        except TooManyWorldsError:
            row["too many worlds"] += 1
            continue
        row["branching"] += len(leaves) > 1
        for unknown in unknowns(leaves[0].result):
            row[unknown.cause] += 1
            if path not in templates:
                # Of a plan or a cluster's manifests: what is open there is told by its own tests.
                assert unknown.cause not in ("parameter", "import", "macro"), (path, unknown.detail)
            elif not _is_missing(unknown, templates[path], reading, exported):
                wrong.append(f"{path}: {unknown.cause}: {unknown.detail}")
    with capsys.disabled():
        columns = ["resources", "branching", *sorted({name for row in table.values() for name in row if "-" in name})]
        columns += sorted({name for row in table.values() for name in row} - set(columns))
        print("\nunknown values of the corpus by cause, in the first world of each resource")
        print(f"  {'':32}" + "".join(f"{name:>{len(name) + 2}}" for name in columns))
        for name, row in sorted(table.items()):
            print(f"  {name:32}" + "".join(f"{row[each]:>{len(each) + 2}}" for each in columns))
    assert not wrong, "\n".join(wrong)
    assert sum(row["invalid-template"] for row in table.values()) < 100
    assert sum(row["too many worlds"] for row in table.values()) == 0


def _is_missing(unknown: Unknown, template: Template, reading: Reading, exported: set[str]) -> bool:
    """Whether the files say nothing of the value, told from the raw text and not by the resolver."""
    text = template.document.text
    name = unknown.detail.partition("`")[2].partition("`")[0]
    if unknown.cause == "deploy-time":
        made = isinstance(unknown, Reference) or name.partition(".")[0] in template.stack.bodies
        return made or name in PSEUDO or "availability zones" in unknown.detail
    if unknown.cause == "parameter":
        declared = [each.stack.parameters[name] for each in reading.templates if name in each.stack.parameters]
        return any(each.value is None or type(each.value) is Deferred for each in declared)
    if unknown.cause == "dynamic-reference":
        return "{{resolve:" in text or "AWS::SSM::Parameter::Value" in text
    if unknown.cause == "import":
        return name not in exported or "may be one" in unknown.detail or "declared by" in unknown.detail
    if unknown.cause == "macro":
        # What `sam package` would upload is not among the files either.
        word = name.rpartition(" ")[2].removeprefix("Fn::").partition(".")[0]
        return word in text or template.serverless is not None
    if unknown.cause == "missing-file":
        nested = unknown.detail.rpartition("nested stack `")[2].partition("`")[0]
        told = [problem.message for problem in reading.problems] + [gap.what for gap in reading.gaps]
        return any(f"`{nested}`" in each for each in told)
    # What a faulty template leaves open; which these are is told in its problems or its finding.
    return unknown.cause == "invalid-template"
