"""Every rule, tested by what stands in its own file; and the library as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.cli.main import main
from scanner.controls.frameworks import citations_of
from scanner.language.checking import check_paths
from scanner.language.library import Library, further_frameworks, load_library
from scanner.language.rule import Rule
from scanner.rule_testing.examples import VERDICT, check_examples, check_holes, judge_example
from scanner.rule_testing.mutants import check_mutants
from scanner.rule_testing.staying import complaints
from scanner.rule_testing.value_mutants import check_values
from scanner.shipped_data import rules_dir
from scanner.text.reading import read
from tests.rules.spellings import chosen, respelled

LIBRARY = load_library()
RULES = pytest.mark.parametrize("rule", LIBRARY.rules, ids=lambda rule: rule.id)


@pytest.fixture(scope="module")
def library() -> Library:
    return LIBRARY


def test_the_first_rules_are_all_there(library: Library) -> None:
    expected = {
        "tenant-tag-present", "api-calls-are-authorized", "cognito-tenant-claim-is-fixed", "aws-calls-stay-private",
        "vpc-endpoint-policy-scoped", "access-logs-name-the-tenant", "tracing-on", "waf-on-every-entrance",
        "cost-tags-on-taggable", "lambda-tenant-isolation-mode", "rds-encrypted", "dynamodb-pitr", "dynamodb-kms",
        "s3-bucket-public-block", "s3-tls-only", "s3-default-encryption-kms", "s3-versioning", "log-group-retention",
        "log-group-kms", "kms-key-rotation", "lambda-not-public", "rds-not-public", "cloudtrail-log-validation",
        "secret-rotation-configured",
    }  # fmt: skip
    assert expected <= {rule.id for rule in library.rules}


@RULES
def test_examples_are_judged_as_they_say(rule: Rule, library: Library) -> None:
    assert [str(mishap) for mishap in check_examples(rule, library)] == []


@pytest.mark.full
@RULES
def test_more_unknown_never_turns_a_verdict_over(rule: Rule, library: Library) -> None:
    outcomes = list(check_holes(rule, library))
    assert outcomes, "no value of any example was taken out"
    assert [str(mishap) for mishap in outcomes if mishap is not None] == []


@pytest.mark.full
@RULES
def test_every_assertion_is_noticed_by_an_example(rule: Rule, library: Library) -> None:
    assert [str(mutant) for mutant in check_mutants(rule, library) if not mutant.noticed] == []


@RULES
def test_every_changed_value_is_noticed_or_has_its_reason(rule: Rule, library: Library) -> None:
    assert list(complaints(rule.id, check_values(rule, library))) == []


@pytest.mark.full
@RULES
def test_what_cloudformation_takes_in_other_spellings_is_judged_alike(rule: Rule, library: Library) -> None:
    """Booleans and numbers as texts and the reverse, and texts by functions, "Supported data types", mean the same."""
    differing = [
        f"{example.name}: {spelling} is {verdict}"
        for example in rule.examples
        if example.kind != "unknown"
        for spelling, body in respelled(example.body)
        for verdict in {finding.verdict for finding in judge_example(rule, example, body, library)}
        if verdict != VERDICT[example.kind]
    ]
    assert differing == []


# What they compare are all tenants' resources at once, in no one world: whose each is rests on the choice.
_OF_ALL_TENANTS = ("pod-roles-stay-with-tenant", "silo-stacks-alike", "silo-tenants-cannot-reach-each-other")


@pytest.mark.full
@RULES
def test_a_choice_of_the_same_either_way_turns_no_verdict_over(rule: Rule, library: Library) -> None:
    differing = [
        f"{example.name}: with a choice around {place} it is {verdict}"
        for example in rule.examples
        if example.kind in ("pass", "fail")
        for place, body in chosen(example.body)
        for verdict in {finding.verdict for finding in judge_example(rule, example, body, library)}
        if verdict != VERDICT[example.kind] and not (verdict == "UNKNOWN" and rule.id in _OF_ALL_TENANTS)
    ]
    assert differing == []


@RULES
def test_every_path_exists(rule: Rule, library: Library) -> None:
    assert [str(problem) for problem in check_paths(rule, library.relations)] == []


@RULES
def test_a_rule_shows_what_passes_and_what_fails(rule: Rule) -> None:
    kinds = {example.kind for example in rule.examples}
    assert {"pass", "fail"} <= kinds


@RULES
def test_a_rule_that_can_be_unknown_shows_when(rule: Rule) -> None:
    assert "unknown" in {example.kind for example in rule.examples}


@RULES
def test_a_rule_says_why_and_how_to_mend(rule: Rule) -> None:
    assert len(rule.why) >= 40
    assert len(rule.fix) >= 20
    assert all(reference.startswith("https://") for reference in rule.references)


def test_every_rule_is_cited_or_says_why_not(library: Library) -> None:
    path = rules_dir() / "uncited.yaml"
    uncited = read(path.read_bytes(), "rules/uncited.yaml", cloudformation=False).data or {}
    assert isinstance(uncited, dict)
    further = further_frameworks()
    cited = set(citations_of(each for each in library.frameworks if each.id not in further))
    ids = {rule.id for rule in library.rules}
    assert ids - cited == set(uncited), "cited by no framework of every report, or listed though it is cited"
    assert set(citations_of(library.frameworks)) <= ids, "a framework cites a rule that is not there"


def test_further_frameworks_answer_every_entry(library: Library) -> None:
    """Entries that configuration cannot show say what to ask for; each citation says why it is evidence."""
    further = [each for each in library.frameworks if each.id in further_frameworks()]
    sizes = {each.id: len(each.controls) for each in further}
    assert sizes == {
        "42-cfr-part-2": 27,
        "cis-aws-7": 70,
        "hhs-cpg": 20,
        "hipaa-nprm-2025": 108,
        "iso-27001-2022": 93,
        "nist-800-53-r5-moderate": 287,
        "nist-csf-2": 106,
        "soc-2": 61,
    }
    for framework in further:
        for control in framework.controls:
            if control.evidence != "direct":
                assert control.because and (control.ask or control.citations), f"{framework.id} {control.id}"
            assert (control.evidence == "none") == (not control.citations), f"{framework.id} {control.id}"
            assert all(": " in each.basis or each.basis == "published by Prowler" for each in control.citations)


def test_further_frameworks_are_read_where_they_are_asked_for() -> None:
    assert {each.id for each in load_library(examples=False).frameworks} == {"hipaa-security-rule", "saas-lens"}
    asked = load_library(examples=False, frameworks=["soc-*", "cis-aws-7"])
    assert {each.id for each in asked.frameworks} == {"hipaa-security-rule", "saas-lens", "soc-2", "cis-aws-7"}


def test_the_security_rule_has_all_its_entries(library: Library) -> None:
    (framework,) = [each for each in library.frameworks if each.id == "hipaa-security-rule"]
    assert len(framework.controls) == 70
    assert all(control.because for control in framework.controls if control.evidence != "direct")
    assert all(not control.citations for control in framework.controls if control.evidence == "none")


def test_subsumed_rules_exist(library: Library) -> None:
    ids = {rule.id for rule in library.rules}
    assert {subsumed for rule in library.rules for subsumed in rule.subsumes} <= ids


@pytest.mark.parametrize("arguments", [["list"], ["show", "rds-encrypted"], ["check", "rds-*"], ["test", "rds-*"]])
@pytest.mark.full
def test_the_command_works_on_it(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", *arguments]) == 0
    out = capsys.readouterr().out
    assert "rds-encrypted" in out or "all as expected" in out or ", 0 problems" in out


@pytest.mark.full
def test_a_rule_that_does_not_exist_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "show", "rds-encryptd"]) == 2
    assert "did you mean `rds-encrypted`?" in capsys.readouterr().err


def test_a_library_without_examples_is_the_same_otherwise(library: Library) -> None:
    quick = load_library(examples=False)
    assert quick.digest == library.digest
    assert [rule.id for rule in quick.rules] == [rule.id for rule in library.rules]
    for rule, other in zip(quick.rules, library.rules, strict=True):
        assert (rule.title, rule.severity, rule.why, rule.fix, rule.types, rule.references) == (
            other.title,
            other.severity,
            other.why,
            other.fix,
            other.types,
            other.references,
        )
        assert rule.examples == ()
        assert "examples" in other.document.text.rpartition("\nexamples:\n")[1], f"{rule.id}: examples stand last"


@pytest.mark.full
def test_the_table_of_rules_is_of_these_rules() -> None:
    from scripts.write_rule_index import README, TARGET, readme, text

    assert TARGET.read_text("utf-8") == text(), "run python scripts/write_rule_index.py"
    assert README.read_text("utf-8") == readme(), "run python scripts/write_rule_index.py"


def test_a_rule_that_0_1_0_did_not_have_says_since_when_it_is() -> None:
    """By it `rules_as_of` keeps a new rule from turning a green gate red."""
    first = set(Path(__file__).with_name("of_0.1.0.txt").read_text("utf-8").split())
    rules = {rule.id: rule.since for rule in load_library().rules}
    assert first <= rules.keys(), "a rule of 0.1.0 is gone"
    assert {id_ for id_, since in rules.items() if (since == "0.1.0") != (id_ in first)} == set()
