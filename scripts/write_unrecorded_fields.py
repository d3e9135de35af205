"""Write what of AWS's answers no recording has, and why, into `docs/untested.md`; takes the path of the recordings."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from scanner.live.collector_table import Collector, Service
from scanner.live.services import SERVICES
from tests.live.read_paths import Asked, Place, Reader, has, shape_at, told
from tests.live.recorded import Key, prefix_of, recordings
from tests.live.sampling import output

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "untested.md"
MARKS = ("<!-- unrecorded fields -->\n", "<!-- end of unrecorded fields -->\n")
REASONS = {
    "other": "what was recorded under the call's name is of another API of the same address",
    "empty": "nothing of the kind was in any recorded answer: lists were empty",
    "inside": "it stands inside a setting that nobody had set, or that AWS has had only since",
    "unset": "the object that it stands in was told and never had it: nobody had set it, or AWS has had it only since",
}


@dataclass
class Recorded:
    """Of one call: in how many places each field had a value, and how many of these were objects."""

    values: Counter[tuple[str, ...]] = field(default_factory=Counter)
    objects: Counter[tuple[str, ...]] = field(default_factory=Counter)


@dataclass(frozen=True)
class Field:
    """A field that is read and was never recorded: why, and in how many objects it was missing."""

    path: tuple[str, ...]
    reason: str
    within: tuple[str, ...]
    objects: int


def recorded(path: Path) -> Mapping[Key, Recorded]:
    found: dict[Key, Recorded] = defaultdict(Recorded)
    for _, recording in recordings(path):
        for key, answers in recording.answers.items():
            for _, document in answers:
                if document.get("status_code", 200) < 300:
                    data = {name: each for name, each in document.get("data", {}).items() if name != "ResponseMetadata"}
                    for place, is_object in told(data):
                        found[key].values[place] += 1
                        found[key].objects[place] += is_object
    return found


@cache
def read() -> Mapping[Asked, frozenset[tuple[str, ...]]]:
    """By call, every field that the collectors read of it."""
    return _grouped(place for service, collector in _collectors() for place in _read(service, collector).places)


@cache
def handed_on() -> Mapping[Asked, frozenset[tuple[str, ...]]]:
    """By call, the fields that become a property with all that is in them."""
    return _grouped(place for service, collector in _collectors() for place in _read(service, collector).whole)


def _read(service: Service, collector: Collector) -> Reader:
    reader = Reader(service)
    reader.follow(collector)
    return reader


def _grouped(places: Iterable[Place]) -> Mapping[Asked, frozenset[tuple[str, ...]]]:
    found: dict[Asked, set[tuple[str, ...]]] = defaultdict(set)
    for asked, path in places:
        found[asked].add(path)
    return {asked: frozenset(paths) for asked, paths in sorted(found.items())}


def _collectors() -> Iterator[tuple[Service, Collector]]:
    for service in SERVICES:
        for collector in service.collectors:
            yield service, collector


def unrecorded(known: Mapping[Key, Recorded]) -> Iterator[tuple[Asked, list[Field]]]:
    """Of each recorded call what is read of it and no recording had."""
    for asked, paths in read().items():
        key = (prefix_of(asked[0]), asked[1])
        if key in known:
            yield asked, [*_missing(asked, sorted(paths), known[key])]


def _missing(asked: Asked, paths: Iterable[tuple[str, ...]], seen: Recorded) -> Iterator[Field]:
    is_other = not any(seen.values[name,] for name in output(*asked).members)
    for path in paths:
        if seen.values[path]:
            continue
        depth = next(number for number in range(len(path), -1, -1) if number == 0 or seen.values[path[:number]])
        above = path[:depth]
        objects = seen.objects[above]
        if is_other:
            yield Field(path, "other", (), 0)
        elif not objects:
            yield Field(path, "empty", above, 0)
        elif depth == len(path) - 1:
            yield Field(path, "unset", above, objects)
        else:
            yield Field(path, "inside", path[: depth + 1], objects)


def contradicted(known: Mapping[Key, Recorded]) -> list[Place]:
    """Fields that botocore's shapes call required and that an object lacked in some recording."""
    found: list[Place] = []
    for asked, fields in unrecorded(known):
        for each in fields:
            shape = shape_at(asked, each.within) if each.reason == "unset" else None
            while shape is not None and shape.type_name == "list":
                shape = shape.member
            if each.path[-1] in getattr(shape, "required_members", ()):
                found.append((asked, each.path))
    return found


def unread(known: Mapping[Key, Recorded]) -> Mapping[Asked, list[tuple[str, ...]]]:
    """Of each recorded call what was told and is not read, without what lies inside of it."""
    found: dict[Asked, list[tuple[str, ...]]] = {}
    for asked, paths in read().items():
        seen = known.get((prefix_of(asked[0]), asked[1]))
        above = {path[:number] for path in paths for number in range(len(path) + 1)}
        whole = handed_on().get(asked, frozenset())
        rest = [path for path in (seen.values if seen else ()) if path[:-1] in above and path not in above]
        inside = {path for path in rest if any(path[:number] in whole for number in range(len(path)))}
        # A call of the same name of another API has the same key.
        found[asked] = sorted(path for path in rest if path not in inside and has(asked, path))
    return found


def table(path: Path) -> str:
    """The tables, in Markdown."""
    known = recorded(path)
    rows = [*unrecorded(known)]
    never = Counter(each.reason for _, fields in rows for each in fields)
    all_read = sum(len(read()[asked]) for asked, _ in rows)
    passed = unread(known)
    lines = [
        f"\nOf {all_read:,} fields that collectors read of {len(rows)} recorded calls, {sum(never.values()):,} "
        f"were in no recording; {len(contradicted(known))} of these are required by botocore's shapes.\n",
        "\n| reason | fields |\n|---|---|\n",
        *(f"| {text} | {never[name]} |\n" for name, text in REASONS.items()),
    ]
    for name, text in REASONS.items():
        lines.append(f"\n**{text[:1].upper()}{text[1:]}:**\n\n| call | fields |\n|---|---|\n")
        for asked, fields in rows:
            shown = _shown(name, [each for each in fields if each.reason == name])
            lines += [f"| {asked[0]} `{asked[1]}` | {shown} |\n"] if shown else []
    told_of = sum(len(paths) for paths in passed.values())
    lines += [
        f"\nThe reverse: {told_of:,} fields were told by these calls and are not read. Those that a rule names for a "
        "type of the call, by whatever path, are these:\n\n| call | fields | why |\n|---|---|---|\n",
    ]
    for (asked, why), names in sorted(named(passed).items()):
        lines.append(f"| {asked[0]} `{asked[1]}` | {', '.join(f'`{each}`' for each in names)} | {why} |\n")
    return "".join(lines)


def _shown(reason: str, fields: list[Field]) -> str:
    if reason == "other":
        return ", ".join(f"`{each.path[0]}`" for each in fields if len(each.path) == 1)
    if reason == "inside":
        counted = Counter((each.within, each.objects) for each in fields)
        return ", ".join(
            f"`{'.'.join(within)}` ({number} {'field' if number == 1 else 'fields'}; {objects:,} without)"
            for (within, objects), number in sorted(counted.items())
        )
    if reason == "empty":
        counted = Counter((each.within, 0) for each in fields)
        return ", ".join(
            f"`{'.'.join(within) or '(all)'}` ({number})" for (within, _), number in sorted(counted.items())
        )
    return ", ".join(f"`{'.'.join(each.path)}` ({each.objects:,})" for each in fields)


def named(passed: Mapping[Asked, list[tuple[str, ...]]]) -> Mapping[tuple[Asked, str], list[str]]:
    """What is passed over though a rule has its name, with the reason."""
    from scanner.language.library import load_library
    from scanner.language.needs import needs_of

    library = load_library(examples=False)
    needs = needs_of(library.rules, library.relations)
    found: dict[tuple[Asked, str], list[str]] = defaultdict(list)
    types: dict[Asked, set[str]] = defaultdict(set)
    elsewhere: dict[Asked, set[str]] = defaultdict(set)
    for service, collector in _collectors():
        places = _read(service, collector).places
        for asked in {asked for asked, _ in places}:
            types[asked] |= {*collector.types}
            elsewhere[asked] |= {path[-1].lower() for other, path in places if other != asked}
    for asked, paths in passed.items():
        own = {path[-1].lower() for path in read()[asked]}
        wanted = {name.lower(): name for kind in types[asked] for name in needs.of.get(kind, ())}
        for path in paths:
            name = path[-1].lower()
            if name not in wanted:
                continue
            why = WHY.get((*asked, ".".join(path)), "")
            if not why and name in own:
                why = "the same name at another place of the answer is what is asked for, and is read"
            elif not why and name in elsewhere[asked]:
                why = "another call tells it, and is read"
            found[asked, why or "NOT EXPLAINED"].append(".".join(path))
    return found


# What was looked at one by one: why a field is passed over whose name a rule has.
_STATE = "a state of the moment, and no setting"
_ASKED = "it repeats what was asked about"
_ADDRESS = "an address, by which nothing is judged"
WHY: Mapping[tuple[str, str, str], str] = {
    ("apigateway", "get_resources", "items.path"): "templates name a resource by its part of the path, which is read",
    ("apigateway", "get_resources", "items.resourceMethods.ANY"): "a word of a map whose entries are all read",
    ("apigateway", "get_resources", "items.resourceMethods.GET"): "a word of a map whose entries are all read",
    ("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups.Tags.ResourceId"): _ASKED,
    ("autoscaling", "describe_policies", "ScalingPolicies.Enabled"): "the type of templates has no such property",
    ("cloudfront", "get_distribution_config", "DistributionConfig.ViewerCertificate.Certificate"): "deprecated: it "
    "repeats `ACMCertificateArn` or `IAMCertificateId`, which are read",
    (
        "ec2",
        "describe_instances",
        "Reservations.Instances.BlockDeviceMappings",
    ): "of an instance's volumes no more than their ids are told; `describe_volumes` tells how they are encrypted",
    ("ec2", "describe_instances", "Reservations.Instances.IamInstanceProfile.Id"): "the profile is known by its ARN",
    ("ec2", "describe_instances", "Reservations.Instances.NetworkInterfaces.Attachment.Status"): _STATE,
    ("ec2", "describe_instances", "Reservations.Instances.NetworkInterfaces.Status"): _STATE,
    ("ecs", "describe_clusters", "clusters.status"): _STATE,
    ("ecs", "describe_services", "services.deployments.id"): "the id of a deployment, by which nothing is judged",
    ("ecs", "describe_services", "services.events"): "messages of the scheduler, and no setting",
    ("ecs", "describe_clusters", "clusters.clusterName"): _ASKED,
    ("ecs", "describe_services", "services.serviceName"): _ASKED,
    ("ecs", "describe_services", "services.status"): _STATE,
    ("efs", "describe_file_systems", "FileSystems.Name"): "it repeats the tag `Name`, which is read",
    ("eks", "describe_cluster", "cluster.endpoint"): _ADDRESS,
    ("eks", "describe_nodegroup", "nodegroup.resources"): "what the group made, and no setting",
    ("s3", "get_bucket_notification_configuration", "LambdaFunctionConfigurations.Id"): "a name of the entry",
    ("s3", "get_bucket_notification_configuration", "TopicConfigurations.Id"): "a name of the entry",
    ("elasticache", "describe_cache_clusters", "CacheClusters.AtRestEncryptionEnabled"): "the type of templates has no "
    "such property: clusters outside a replication group cannot be encrypted at rest",
    ("elasticbeanstalk", "describe_environments", "Environments.Health"): _STATE,
    ("elb", "describe_load_balancers", "LoadBalancerDescriptions.Policies"): "names of policies, which "
    "`describe_load_balancer_policies` tells with what is in them",
    ("elbv2", "describe_tags", "TagDescriptions.ResourceArn"): _ASKED,
    ("kms", "describe_key", "KeyMetadata.Arn"): _ASKED,
    ("lambda", "list_functions", "Functions.Version"): "always `$LATEST` in this list",
    ("rds", "describe_db_clusters", "DBClusters.Status"): _STATE,
    ("rds", "describe_db_clusters", "DBClusters.VpcSecurityGroups.Status"): _STATE,
    ("rds", "describe_db_instances", "DBInstances.OptionGroupMemberships.Status"): _STATE,
    ("rds", "describe_db_instances", "DBInstances.VpcSecurityGroups.Status"): _STATE,
    ("redshift", "describe_clusters", "Clusters.Endpoint"): _ADDRESS,
    ("redshift", "describe_clusters", "Clusters.VpcId"): "the VPC is that of the subnet group, which is read",
    (
        "sns",
        "list_subscriptions_by_topic",
        "Subscriptions.Endpoint",
    ): "an address may hold a password, and those of this account are told with each subscription",
}


if __name__ == "__main__":
    text = TARGET.read_text("utf-8")
    before, _, rest = text.partition(MARKS[0])
    TARGET.write_text(f"{before}{MARKS[0]}{table(Path(sys.argv[1]))}{MARKS[1]}{rest.partition(MARKS[1])[2]}", "utf-8")
