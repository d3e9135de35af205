"""Judging in several processes says what one process says."""

from __future__ import annotations

import json
import os
import signal
import threading
from pathlib import Path

import pytest

from scanner.engine import worker_pool
from scanner.engine.judging import Judge
from scanner.findings.finding import Finding
from scanner.scanning import Options, scan

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="only where a process can be forked")


@pytest.fixture
def many(tmp_path: Path) -> Path:
    for number in range(30):
        folder = tmp_path / f"s{number}"
        folder.mkdir()
        bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"records-{number}"}}
        policy = {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": f"records-{(number + 1) % 30}", "PolicyDocument": {"Ref": "Unknown"}},
        }
        content = {"Parameters": {"Unknown": {"Type": "String"}}, "Resources": {"Records": bucket, "Policy": policy}}
        (folder / "app.json").write_text(json.dumps(content), "utf-8")
    return tmp_path


def told(folder: Path) -> list[object]:
    return [scan(folder, options=Options()).report[key] for key in ("findings", "controls", "summary")]  # type: ignore[literal-required]


@pytest.mark.parametrize("number", ["2", "3", "8"])
@pytest.mark.full
def test_several_processes_find_what_one_finds(many: Path, monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    monkeypatch.setenv("TENANTPROOF_PROCESSES", "1")
    alone = told(many)
    monkeypatch.setattr(worker_pool, "WORTH_IT", 10)
    monkeypatch.setenv("TENANTPROOF_PROCESSES", number)
    started = []
    monkeypatch.setattr(
        worker_pool, "_start", lambda *given, start=worker_pool._start: started.append(given) or start(*given)
    )
    assert told(many) == alone
    assert len(started) == 3 * (int(number) - 1)


@pytest.mark.full
def test_what_a_killed_process_should_have_done_is_done(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = told(many)
    parent, judge = os.getpid(), Judge.judge

    def dying(self: Judge, *given: object) -> Finding:
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return judge(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(worker_pool, "WORTH_IT", 10)
    monkeypatch.setenv("TENANTPROOF_PROCESSES", "2")
    monkeypatch.setattr(Judge, "judge", dying)
    assert told(many) == alone


def test_a_crash_in_another_process_is_told(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crashing(*_: object) -> bool:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(worker_pool, "WORTH_IT", 10)
    monkeypatch.setenv("TENANTPROOF_PROCESSES", "2")
    monkeypatch.setattr(Judge, "_run", crashing)
    result = scan(many, options=Options(select=["s3-versioning"]))
    assert result.exit_code == 3
    assert len(result.crashes) == 30
    assert {each["verdict"] for each in result.report["findings"]} == {"UNKNOWN"}


def test_beside_other_threads_there_is_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENANTPROOF_PROCESSES", "4")
    assert worker_pool.processes() == 4
    waiting = threading.Event()
    thread = threading.Thread(target=waiting.wait)
    thread.start()
    assert worker_pool.processes() == 1
    waiting.set()
    thread.join()


def test_parts_are_of_about_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENANTPROOF_PROCESSES", "2")
    assert worker_pool._number(0) == worker_pool._number(100) == 1
    assert worker_pool._number(100 * 100 + 300 * 100) == 2
    first, middle, end = worker_pool._bounds([100] * 100 + [300] * 100, 2)
    assert (first, end) == (0, 200)
    assert 130 <= middle <= 135
