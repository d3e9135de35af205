"""Every rule that a command can mend says which: one that the AWS CLI takes, or kubectl."""

from __future__ import annotations

import re
import shlex

import pytest

from scanner.language.library import load_library
from tests.rules.aws_cli import faults

# Rules that no command mends, and why. May only shrink.
NONE = {
    **dict.fromkeys(
        (
            "annual-risk-assessment",
            "data-layout-unambiguous",
            "dynamodb-indexes-declared",
            "hipaa-eligible-services-only",
            "sensitive-store-siloed",
            "sud-store-apart",
            "tenancy-model-declared",
        ),
        "what is wrong is what tenancy.yaml or the rule's parameters say, or that data is in the wrong store",
    ),
    **dict.fromkeys(
        ("silo-stack-complete", "silo-stacks-alike", "tenant-data-survives-stack-deletion"),
        "it is about the template of a stack; no call changes that beside the template",
    ),
    "business-associate-agreement-active": "AWS Artifact has no call that accepts an agreement",
    "rds-pooled-rows-protected": "the remedy is SQL, which its fix has",
}
_KUBECTL = re.compile(r"kubectl (?:apply|create rolebinding|delete clusterrolebinding|label|patch|taint) .+")


def test_every_rule_has_a_command_or_a_reason() -> None:
    rules = {rule.id: rule for rule in load_library().rules}
    assert {id_ for id_, rule in rules.items() if not rule.cli} == set(NONE)


@pytest.mark.full
def test_commands_are_those_of_the_aws_cli() -> None:
    commands = {command: rule.id for rule in load_library().rules for command in rule.cli}
    assert len(commands) > 400, "the commands are not read"
    wrong = {
        f"{id_}: {command}": said
        for command, id_ in commands.items()
        if not command.startswith("kubectl ") and (said := list(faults(command)))
    }
    assert wrong == {}


def test_commands_of_kubernetes() -> None:
    commands = [each for rule in load_library().rules for each in rule.cli if each.startswith("kubectl ")]
    assert commands
    assert [each for each in commands if not _KUBECTL.fullmatch(each)] == []


def test_words_to_fill_in_are_no_redirections() -> None:
    """`<name>` would be read from by a shell."""
    commands = [each for rule in load_library().rules for each in rule.cli]
    assert [each for each in commands if not shlex.split(each) or re.search(r"\s<", each)] == []


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("aws s3api put-bucket-version --bucket B", "has no command `put-bucket-version`"),
        ("aws s3api put-bucket-versioning --bucket B", "wants `--versioning-configuration`"),
        ("aws s3api put-bucket-versioning --bucket B --versioning-configuration Status=On", "is `On`, not one of"),
        ("aws s3api put-bucket-versioning --bucket B --versioning-configuration status=Enabled", "has no `status`"),
        ("aws kms enable-key-rotation --key K", "has no option `--key`"),
        ("aws kms enable-key-rotation --key-id K --rotation-period-in-days year", "is no number"),
        ("aws rds modify-db-instance --db-instance-identifier I --multi-az true", "is a flag and takes no value"),
        ("aws kmz enable-key-rotation --key-id K", "no service `kmz`"),
    ],
)
def test_a_wrong_command_is_seen(command: str, said: str) -> None:
    assert [each for each in faults(command) if said in each], list(faults(command))
