"""One shipped rule over lines of a snapshot, or over a template: verdicts by logical id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

from scanner.engine.finding_builder import Describer
from scanner.engine.judge_all import bind
from scanner.engine.judging import Judge
from scanner.inputs.cloudformation.exports import Exports
from scanner.inputs.cloudformation.settings import Settings
from scanner.inputs.cloudformation.template import open_template
from scanner.inputs.reading import nested_output
from scanner.inputs.snapshot import read_snapshot
from scanner.language.library import Library, load_library
from scanner.model.resource import Inventory
from scanner.snapshots.lines import Line
from scanner.snapshots.manifest import Manifest, write_manifest
from scanner.snapshots.shard import ShardKey, write_shard
from scanner.tenancy.tenancy import NO_TENANCY
from scanner.text.reading import read

ACCOUNT = "111122223333"


def judged_lines(folder: Path, rule: str, lines: Iterable[Line], regions: tuple[str, ...] = ()) -> dict[str, str]:
    """What a snapshot holds of one service that is asked once an account."""
    shard = write_shard(folder, ShardKey(ACCOUNT, "global", "s3"), lines)
    regions = regions or ("eu-west-1", "us-east-1")
    times = ("2026-11-30T00:00:00Z", "2026-11-30T00:01:00Z")
    manifest = Manifest("0", *times, [ACCOUNT], [*regions], ["s3"], shards=[shard])
    write_manifest(folder, manifest)
    snapshot = read_snapshot(folder, "snapshot")
    assert not snapshot.problems
    inventory = Inventory(unread=snapshot.unread)
    inventory.add(snapshot.resources)
    return _verdicts(rule, inventory)


def judged_template(rule: str, text: str, **settings: str) -> dict[str, str]:
    exports = Exports()
    document = read(text.encode(), "t.yaml", cloudformation=True)
    template = open_template(document, Settings(**settings), exports.read, nested_output)  # type: ignore[arg-type]  # account, region
    exports.add([template.stack])
    inventory = Inventory()
    inventory.add(template.resources())
    return _verdicts(rule, inventory)


@cache
def _library() -> Library:
    return load_library()


def _verdicts(name: str, inventory: Inventory) -> dict[str, str]:
    library = _library()
    (rule,) = (each for each in library.rules if each.id == name)
    tenancy = replace(NO_TENANCY.over(inventory))
    judge = Judge(inventory, library.new_relations(), tenancy, Describer({}), False)
    names = bind(rule, tenancy, {}).names
    found = (judge.judge(rule, each, names) for each in inventory.resources if rule.names(each.type))
    return {str(each.resource["logical_id"]): each.verdict for each in found}
