"""Lines of a template that a finding shows."""

from __future__ import annotations

import json
from pathlib import Path

from scanner.engine.describing import MOST_OF_A_LINE
from scanner.scanning import Options, scan


def test_a_template_in_one_line_is_not_copied_into_each_finding(tmp_path: Path) -> None:
    """The report would grow with the square of the template."""
    buckets = {
        f"Records{number}": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"r{number}"}}
        for number in range(200)
    }
    (tmp_path / "app.json").write_text(json.dumps({"Resources": buckets}), "utf-8")
    report = scan(tmp_path, options=Options(select=["s3-versioning"])).report
    assert len(report["findings"]) == 200
    for finding in report["findings"]:
        for evidence in finding["evidence"]:
            assert all(len(line) <= MOST_OF_A_LINE + 2 for line in evidence["snippet"])
    shown = [each["evidence"][0]["snippet"][0] for each in report["findings"]]
    names = [each["resource"]["logical_id"] for each in report["findings"]]
    assert all(f'"{name}"' in line for name, line in zip(names, shown, strict=True))
