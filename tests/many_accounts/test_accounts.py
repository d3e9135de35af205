"""Snapshots judged each by itself: what a scan of each says, whatever happens to the others."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.account import snapshot_of
from scanner.cli.main import main
from scanner.findings.report_rows import in_findings
from scanner.live.dask_cluster import Cluster
from scanner.many_accounts import job as jobs
from scanner.many_accounts import running
from scanner.many_accounts.job import Answer, Job, judge, this_build
from scanner.many_accounts.packing import Judging, pack
from scanner.many_accounts.parts import Part, Snapshot
from scanner.many_accounts.running import Run
from scanner.snapshots.folder_lock import held
from scanner.snapshots.lines import Seen
from scanner.snapshots.manifest import read_manifest, write_manifest
from scanner.snapshots.shard import ShardKey, write_shard
from tests.live import test_account_states

SELECT = ["--select", "s3-*", "--select", "dynamodb-*"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the snapshots of two accounts."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "snapshots").mkdir()
    for name, size in (("clinic-a", 30), ("clinic-b", 18)):
        snapshot_of(folder / "snapshots" / name, size)
    entry = '- {rule: s3-access-logs, resource: "*bucket-1*", because: read elsewhere and kept for a year,'
    (folder / "exceptions.yaml").write_text(f"{entry} owner: a@example.com, until: 2027-03-01}}\n", "utf-8")
    return folder


@pytest.fixture
def project(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    shutil.copytree(made, folder)
    monkeypatch.chdir(folder)
    return folder


def judged(*arguments: str) -> tuple[int, dict[str, Any]]:
    code = main(["accounts", "snapshots", "--out", "out", "--as-of", "2026-11-30", "--quiet", *SELECT, *arguments])
    return code, json.loads(Path("out/accounts.json").read_text("utf-8"))


def report_of(name: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(gzip.decompress(Path("out", "reports", f"{name}.json.gz").read_bytes()))
    report.pop("generated_at")
    return report


def lines() -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(Path("out/findings.jsonl.gz").read_bytes()).splitlines()]


def test_each_report_is_that_of_a_scan_and_the_index_sums_them_up(project: Path) -> None:
    code, index = judged()
    reports = {}
    for name in ("clinic-a", "clinic-b"):
        path = f"snapshots/{name}"
        main(
            ["scan", path, "--as-of", "2026-11-30", "--no-cache", "--quiet", *SELECT, "--format", "json=compact=r.json"]
        )
        alone = json.loads(Path("r.json").read_text("utf-8"))
        alone.pop("generated_at")
        reports[name] = report_of(name)
        assert reports[name] == alone
    assert code == index["exit_code"] == max(each["exit_code"] for each in reports.values())
    assert [each["name"] for each in index["accounts"]] == ["clinic-a", "clinic-b"]
    assert index["resources"] == sum(each["summary"]["resources"] for each in reports.values())
    for verdict, number in index["verdicts"].items():
        assert number == sum(each["summary"]["verdicts"][verdict] for each in reports.values())
    assert index["verdicts"]["SUPPRESSED"] > 0, "exceptions of the project hold"
    told = [(each["snapshot"], each["id"]) for each in lines()]
    assert told == [
        (name, each["id"])
        for name in reports
        for each in reports[name]["findings"]
        if each["verdict"] in ("FAIL", "UNKNOWN")
    ]
    assert sum(index["failed"].values()) == index["verdicts"]["FAIL"]
    assert sum(each["findings"] for each in index["rules"]) == index["verdicts"]["FAIL"]


def test_a_snapshot_that_cannot_be_read_is_told_and_the_others_are_judged(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = project / "snapshots" / "clinic-b" / "manifest.json"
    manifest.write_bytes(manifest.read_bytes()[:-200])
    code, index = judged()
    assert code == 2
    first, second = index["accounts"]
    assert (first["exit_code"], first["errors"]) == (1, 0)
    assert second["exit_code"] == 2
    assert second["errors"] == 1 and "is cut off or damaged" in second["first_errors"][0]["message"]


def test_a_snapshot_that_cannot_be_sent_is_not_judged_and_the_exit_code_says_so(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from scanner.many_accounts import packing

    monkeypatch.setattr(packing, "MOST_BYTES", 100 + sum(each.stat().st_size for each in project.glob("*.yaml")))
    code, index = judged()
    assert (code, index["judged"]) == (3, 0)
    assert [each["name"] for each in index["not_judged"]] == ["clinic-a", "clinic-b"]
    assert "is larger than" in capsys.readouterr().err
    assert lines() == []


def test_own_rules_and_configuration_go_along(project: Path) -> None:
    own = project / "ours"
    own.mkdir()
    text = (Path(__file__).parents[2] / "rules" / "encryption" / "dynamodb-kms.yaml").read_text("utf-8")
    (own / "our-tables.yaml").write_text(text.replace("id: dynamodb-kms", "id: our-tables"), "utf-8")
    (project / "tenantproof.yaml").write_text("skip: [s3-*]\n", "utf-8")
    code = main(["accounts", "snapshots", "--out", "out", "--quiet", "--rules", "ours", "--select", "our-tables"])
    assert code in {0, 1}
    index = json.loads(Path("out/accounts.json").read_text("utf-8"))
    assert [each["rule"] for each in index["rules"]] == ["our-tables"]
    assert report_of("clinic-a")["options"]["skip"] == ["s3-*"]


@pytest.mark.full
def test_what_is_the_same_is_not_judged_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counted(job: Job) -> Answer:
        asked.append(job.name)
        return judge(job)

    monkeypatch.setattr(running, "judge", counted)
    _, before = judged()
    assert sorted(asked) == ["clinic-a", "clinic-b"]
    asked.clear()
    _, again = judged("--resume")
    assert (asked, again) == ([], before)
    Path("out/reports/clinic-a.json.gz").write_bytes(b"cut")
    _, again = judged("--resume")
    assert asked == ["clinic-a"]
    assert again["verdicts"] == before["verdicts"]
    asked.clear()
    (project / "exceptions.yaml").write_text("[]\n", "utf-8")
    _, again = judged("--resume")
    assert sorted(asked) == ["clinic-a", "clinic-b"]
    assert again["verdicts"]["SUPPRESSED"] == 0


class Inline(Executor):
    """Gives prepared answers, in the order in which it is asked."""

    def __init__(self, answers: list[Answer | Exception]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.asked.append(arguments[0].name)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)
        return future


GOOD = Answer(this_build(), b"r", b"f", {})


@pytest.mark.parametrize(
    ("answers", "ended", "noted"),
    [
        ([Answer(this_build(), ended="signal 9"), GOOD], None, "signal 9"),
        ([RuntimeError("KilledWorker"), GOOD], None, "KilledWorker"),
        ([Answer(this_build(), ended="a"), Answer(this_build(), ended="b")], "b", "a"),
        ([Answer("0.0.1 x", b"r", b"f", {}), Answer("0.0.1 x", b"r", b"f", {})], "runs tenantproof 0.0.1 x", "0.0.1"),
    ],
    ids=["killed once", "its worker died", "killed twice", "another version"],
)
def test_a_job_that_ends_without_an_answer_is_given_once_more(
    answers: list[Answer | Exception], ended: str | None, noted: str
) -> None:
    run = Run()
    pool = Inline([*answers])
    ((job, answer),) = run._work(pool, iter([Job("a", "a", {}, [])]), 4, [], None)  # without threads
    assert job.name == "a" and pool.asked == ["a", "a"]
    assert (answer.ended is None) if ended is None else (ended in str(answer.ended))
    assert len(run.notes) == 1 and noted in run.notes[0]


def test_a_process_that_is_killed_is_told_by_its_signal(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs.sys, "executable", "/bin/sh")
    job = Job("a", "a", {"a/x": b""}, [])
    monkeypatch.setattr(jobs.subprocess, "run", lambda *_, **__: _Ended(-9))
    ended = judge(job).ended
    assert ended is not None and "signal 9" in ended


class _Ended:
    def __init__(self, code: int) -> None:
        self.returncode = code


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", ""])
def test_no_file_is_written_beside_the_job_s_folder(path: str) -> None:
    ended = judge(Job("a", "a", {path: b"x"}, [])).ended
    assert ended is not None and "is no path below a folder" in ended


def test_links_are_not_followed_and_no_module_is_taken_from_a_snapshot(project: Path) -> None:
    secret = project.parent / "secret.txt"
    secret.write_text("x", "utf-8")
    (project / "snapshots" / "clinic-a" / "link.json").symlink_to(secret)
    (project / "snapshots" / "clinic-a" / "json.py").write_text("raise SystemExit(7)\n", "utf-8")
    job = pack(Part(Snapshot("clinic-a", Path("snapshots/clinic-a")), None), Judging())
    assert "snapshots/clinic-a/link.json" not in job.files
    assert "exceptions.yaml" in job.files


def test_folders_that_begin_like_options_or_are_called_alike(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "snapshots" / "clinic-b").rename(project / "--rules")
    code = main(["accounts", "--out", "out", "--quiet", *SELECT, "--", "snapshots", "./--rules"])
    assert code == 1
    assert [each["exit_code"] for each in json.loads(Path("out/accounts.json").read_text("utf-8"))["accounts"]] == [
        1,
        1,
    ]
    shutil.copytree(project / "snapshots", project / "others")
    assert main(["accounts", "snapshots", "others", "--out", "out"]) == 2
    assert "reports are named for the folder" in capsys.readouterr().err


def test_a_folder_of_shards_without_a_manifest_is_told_beside_the_others(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "snapshots" / "clinic-b" / "manifest.json").unlink()
    (project / "snapshots" / "notes").mkdir()
    code, index = judged()
    assert (code, index["judged"]) == (3, 1)
    assert [each["name"] for each in index["not_judged"]] == ["clinic-b"]
    assert "clinic-b has shards and no manifest.json" in capsys.readouterr().err


def test_what_tenancy_and_decisions_name_goes_along(project: Path) -> None:
    """A session policy and the document of a decision: without them a worker would say something else."""
    (project / "policies").mkdir()
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket-0/{{tenant}}/*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    (project / "policies" / "session.json").write_text(json.dumps(policy), "utf-8")
    for name in ("clinic-a", "clinic-b"):
        (project / "snapshots" / name / "tenancy.yaml").unlink()
    (project / "tenancy.yaml").write_text(
        "version: 1\ntenant_id: {pattern: '[a-z0-9-]{1,36}', tags: [TenantId]}\n"
        "sessions:\n- {name: api, roles: ['tenant-*'], session_policy: policies/session.json, present: always}\n"
        "owned:\n- {kind: s3-object, bucket: bucket-0, key: '${tenant}/*'}\n",
        "utf-8",
    )
    (project / "review.pdf").write_bytes(b"%PDF-1.7")
    digest = hashlib.sha256(b"%PDF-1.7").hexdigest()
    decision = "control: 164.308(a)(1)(ii)(A), decision: implemented, by: a@example.com, date: 2026-05-01"
    (project / "decisions.yaml").write_text(f"- {{{decision}, attachment: review.pdf, sha256: {digest}}}\n", "utf-8")
    judged()
    asked = ["scan", "snapshots/clinic-a", "--as-of", "2026-11-30", "--no-cache", "--quiet", *SELECT]
    main([*asked, "--format", "json=compact=r.json"])
    alone = json.loads(Path("r.json").read_text("utf-8"))
    alone.pop("generated_at")
    assert report_of("clinic-a") == alone
    assert alone["decisions"][0]["matches"] is True and not [
        each for each in alone["errors"] if each["level"] == "error"
    ]


def test_values_that_begin_like_options_are_values(project: Path) -> None:
    code = main(["accounts", "snapshots", "--out", "out", "--quiet", "--select=s3-*", "--skip=--select"])
    assert code == 2, "no rule is called so, as a scan says"
    index = json.loads(Path("out/accounts.json").read_text("utf-8"))
    assert index["judged"] == 2 and "--select" in index["accounts"][0]["first_errors"][0]["message"]


def test_two_runs_into_one_folder(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("out").mkdir()
    with held(Path("out"), "2026-01-01T00:00:00Z"):
        assert main(["accounts", "snapshots", "--out", "out"]) == 2
    assert "another run writes into this folder" in capsys.readouterr().err


class Gone(Executor):
    """Takes one job and then none, as a scheduler that ends."""

    def __init__(self) -> None:
        self.asked = 0

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        self.asked += 1
        if self.asked > 1:
            raise RuntimeError("cannot schedule new futures after shutdown")
        return Future()


def test_what_a_scheduler_that_ends_was_given_is_judged_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "judge", lambda _: GOOD)
    run = Run(2, Cluster(Gone(), lambda: 1))
    jobs = [Job(name, name, {}, []) for name in "abc"]
    assert sorted(job.name for job, _ in run.answers(iter(jobs))) == ["a", "b", "c"]
    assert len(run.notes) == 1 and "this machine judged the rest" in run.notes[0]


def test_what_is_no_snapshot_is_an_error(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["accounts", "exceptions.yaml"]) == 2
    assert main(["accounts", "nowhere"]) == 2
    (project / "empty").mkdir()
    assert main(["accounts", "empty"]) == 2
    said = capsys.readouterr().err
    assert said.count("cannot be read") == 2 and "is neither a snapshot nor a folder of snapshots" in said


def test_each_account_of_one_snapshot_is_judged_as_it_is_in_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read, empty, partly read, refused, refused midway and late ones, each with its part of the snapshot."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "org"
    test_account_states.snapshot(folder)
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    settings: dict[str, object] = {"PublicAccessBlockConfiguration": dict.fromkeys(names, True)}
    part = Seen("Tenantproof::Account", "1" * 12, None, None, settings, [], part=True)
    added = write_shard(folder, ShardKey("1" * 12, "global", "s3"), [part], 1)
    before = read_manifest(folder)
    write_manifest(folder, replace(before, shards=[*before.shards, added], wanted=[*before.wanted, added.key]))
    arguments = ["--as-of", "2026-11-30", "--quiet"]
    main(["scan", "org", "--no-cache", *arguments, "--format", "json=whole.json"])
    whole = json.loads(Path("whole.json").read_text("utf-8"))
    code = main(["accounts", "org", "--out", "out", *arguments])
    index = json.loads(Path("out/accounts.json").read_text("utf-8"))
    states = {each["account"]: each for each in whole["scope"]["account_states"]}
    assert code == whole["exit_code"]
    assert {each["account"] for each in index["left_out"]} == {"6" * 12, "7" * 12}
    assert {row["name"] for row in index["accounts"]} == {f"org.{each}" for each in states} - {
        f"org.{each['account']}" for each in index["left_out"]
    }
    denied = [each for each in whole["findings"] if each["rule"] == "s3-account-public-block"]
    assert [each.get("unknown", {}).get("cause") for each in denied] == [None, "access-denied", "access-denied"]
    told = 0
    for row in index["accounts"]:
        account = row["name"].partition(".")[2]
        report = in_findings(report_of(row["name"]))
        assert report["scope"]["account_states"] == [states[account]]
        expected = [each for each in whole["findings"] if each["resource"]["account"] == account]
        own = [each for each in report["findings"] if each["resource"]["account"] == account]
        assert own == expected, account
        told += len(own)
    assert told == sum(each["resource"]["account"] is not None for each in whole["findings"])
    counted = dict.fromkeys(whole["summary"]["verdicts"], 0)
    for each in whole["findings"]:
        counted[each["verdict"]] += each["resource"]["account"] is not None
    assert {name: index["verdicts"].get(name, 0) for name in counted} == counted


@pytest.mark.full
def test_a_worker_of_a_cluster_that_is_killed_costs_its_account_again_and_nothing_else(project: Path) -> None:
    distributed = pytest.importorskip("distributed")
    import threading
    import time

    for number in range(4):
        shutil.copytree(project / "snapshots" / "clinic-a", project / "snapshots" / f"more-{number}")
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**options, silence_logs=50) as cluster:
        first = next(iter(cluster.workers.values()))

        def kill() -> None:
            time.sleep(1.0)
            os.kill(first.process.pid, 9)

        thread = threading.Thread(target=kill)
        thread.start()
        code, index = judged("--scheduler", cluster.scheduler_address)
        thread.join()
    assert (code, index["judged"], index["not_judged"]) == (1, 6, [])
    assert len({json.dumps(report_of(f"more-{number}")["summary"]) for number in range(4)}) == 1
