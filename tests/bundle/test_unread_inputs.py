"""What could not be read went into a bundle as it was, with its secrets: nothing had said where they are."""

from __future__ import annotations

import base64
import gzip
import json
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.bundle.data_secrets import without_secrets_of_data
from scanner.bundle.masked_text import masked
from scanner.cli.main import main

SECRET = "Sup3rS3cretValue99"
PLAN = {
    "format_version": "1.2",
    "terraform_version": "1.11.4",
    "planned_values": {"root_module": {}},
    "resource_changes": [
        {
            "address": "aws_db_instance.a",
            "mode": "managed",
            "type": "aws_db_instance",
            "name": "a",
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {"actions": ["create"], "before": None, "after": {"password": SECRET}, "after_unknown": {}},
        }
    ],
    "configuration": {"root_module": {}},
}
TEMPLATE = f"""\
AWSTemplateFormatVersion: "2010-09-09"
Parameters: {{P: {{Type: String, NoEcho: true, Default: {SECRET}}}}}
Resources:
  Db:
    Type: AWS::RDS::DBInstance
    Properties:
      MasterUserPassword: {SECRET}
      Note: |
        export TOKEN={SECRET}
        # {SECRET}
"""
CONFIG = {"fileVersion": "1.0", "configurationItems": [{"resourceType": "AWS::RDS::DBInstance", "note": SECRET}]}
FILES: dict[str, tuple[str, bytes]] = {
    "a template that is no YAML": ("t.yaml", f"{TEMPLATE}  Bad: [unclosed\n".encode()),
    "a template with a key twice in JSON": (
        "t.json",
        json.dumps({"Resources": {"A": {"Type": "AWS::SNS::Topic", "Metadata": SECRET}}}).encode()[:-2] + b",}}",
    ),
    "a plan that is cut off": ("plan.json", json.dumps(PLAN).encode()[:-30]),
    "a plan of another form": ("plan.json", json.dumps({**PLAN, "format_version": "9.0"}).encode()),
    "a plan that ended in an error": ("plan.json", json.dumps({**PLAN, "errored": True}).encode()),
    "a manifest that is no YAML": (
        "k.yaml",
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{password: {SECRET}}}\nx: [\n".encode(),
    ),
    "a config snapshot that is cut off": ("c.json.gz", gzip.compress(json.dumps(CONFIG).encode(), mtime=0)[:-9]),
}


@pytest.mark.parametrize(("name", "content"), FILES.values(), ids=FILES.keys())
def test_nothing_secret_of_it_is_in_the_bundle_and_it_fails_again_as_it_failed(
    name: str, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ok.json").write_text('{"Resources": {"A": {"Type": "AWS::SNS::Topic"}}}', "utf-8")
    (tmp_path / "in" / name).write_bytes(content)
    scan = ["scan", "in", "--select", "sns-kms", "--no-cache", "--quiet", "--bundle", "b.zip", "--include-inputs"]
    assert main([*scan, "--format", "json=r.json"]) in (0, 1, 2)
    with zipfile.ZipFile("b.zip") as archive:
        for member in archive.namelist():
            raw = archive.read(member)
            told = raw + (zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(raw) if member.endswith(".gz") else b"")
            assert SECRET.encode() not in told and base64.b64encode(SECRET.encode()) not in told, member
    capsys.readouterr()
    assert main(["verify", "b.zip"]) == 0, capsys.readouterr().out


def test_what_is_too_deep_to_be_looked_through_is_masked() -> None:
    deep = json.dumps({"format_version": "1.2", "password": SECRET})
    for _ in range(900):
        deep = f'{{"a": {deep}}}'
    safe = without_secrets_of_data(deep.encode())
    assert SECRET.encode() not in safe and len(safe) == len(deep)


def test_what_unpacks_to_more_than_is_read_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.bundle.data_secrets._MOST_BYTES", 1_000)
    assert without_secrets_of_data(gzip.compress(b"[" + b'"x",' * 1_000 + b"1]")) == b""


_LINES = st.from_regex(r'(["\']?[A-Za-z_]{1,8}["\']? ?: ?["\']?[\w.!&*-]{0,9}["\']?[,\n {}]){1,8}')


@given(st.text(max_size=200) | _LINES)
def test_lines_and_columns_stay_and_no_value_does(text: str) -> None:
    safe = masked(text.encode("utf-8", "replace")).decode()
    whole = text.encode("utf-8", "replace").decode()
    assert len(safe) == len(whole)
    assert [at for at, each in enumerate(safe) if each in "\n{}[],:\"'"] == [
        at for at, each in enumerate(whole) if each in "\n{}[],:\"'"
    ]
    assert masked(safe.encode()) == safe.encode()


def test_what_tells_a_file_s_form_stays() -> None:
    safe = masked(TEMPLATE.encode()).decode()
    assert SECRET not in safe
    assert 'AWSTemplateFormatVersion: "2010-09-09"' in safe and "Type: AWS::RDS::DBInstance" in safe
    assert "NoEcho: true" in safe and safe.count("\n") == TEMPLATE.count("\n")
    assert b"AKIA" not in masked(b"name: AKIAZ7Q3M5N2K6R4T6W2\n")
