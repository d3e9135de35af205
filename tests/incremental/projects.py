"""A project that is scanned again after each change, and every time held against a scan of everything."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanner.base.cache import Cache
from scanner.outputs.json import render
from scanner.outputs.shared.render_options import RenderOptions
from scanner.scanning import Options, Scan, scan, single

DAY = datetime.date(2026, 11, 23)
TLS_ONLY: dict[str, Any] = {
    "Type": "AWS::S3::BucketPolicy",
    "Properties": {
        "Bucket": "records",
        "PolicyDocument": {
            "Statement": {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": ["arn:aws:s3:::records", "arn:aws:s3:::records/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        },
    },
}


class Project:
    """A folder of templates with a cache of its own, in which every scan is held against one without a cache."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder / "repo"
        self.folder.mkdir()
        self.options = Options(paths=(self.folder,), cache=Cache(folder / "cache", "test"), as_of=DAY)
        self.whole = 0
        everything = single.judge_all

        def counted(*arguments: Any) -> Any:
            self.whole += 1
            return everything(*arguments)

        monkeypatch.setattr(single, "judge_all", counted)

    def fill(self, number: int = 25) -> None:
        """Files that have nothing to do with each other."""
        for each in range(number):
            self.write(f"app{each}/queue.json", {f"Queue{each}": {"Type": "AWS::SQS::Queue"}})

    def write(self, path: str, resources: dict[str, Any], **sections: Any) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"Resources": resources, **sections}, indent=1), "utf-8")

    def scan(self, **more: Any) -> Scan:
        """Of a part if it can be, and checked against one of everything."""
        kept = scan(options=replace(self.options, **more))
        before = self.whole
        anew = scan(options=replace(self.options, cache=None, **more))
        self.whole = before
        assert _told(kept) == _told(anew)
        assert kept.exit_code == anew.exit_code
        return kept

    def rescan(self, **more: Any) -> Scan:
        """As `scan`, which must not judge everything."""
        before = self.whole
        result = self.scan(**more)
        assert self.whole == before, "everything was judged again"
        return result

    def scan_whole(self, **more: Any) -> Scan:
        """As `scan`, which must judge everything."""
        before = self.whole
        result = self.scan(**more)
        assert self.whole == before + 1, "something was taken for unchanged"
        return result


def _told(result: Scan) -> str:
    report = result.report
    report["generated_at"], report["run"] = "", {}
    return "".join(render(report, RenderOptions()))


def verdict(result: Scan, rule: str, address: str) -> str:
    (found,) = [
        each
        for each in result.report["findings"]
        if each["rule"] == rule and each["resource"]["address"].endswith(address)
    ]
    return found["verdict"]
