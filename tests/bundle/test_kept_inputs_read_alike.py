"""What a bundle keeps reads as it did where it lay: `verify` names each file, where a scan found it in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.cli.main import main

TOPIC = "Resources: {T: {Type: AWS::SNS::Topic}}\n"
TABLES = "CREATE TABLE charts (id uuid, tenant_id uuid NOT NULL);\nGRANT ALL ON charts TO app;\n"
TENANCY = "version: 1\ntenant_id: {tags: [TenantId]}\ndatabase: [{setting: app.tenant, role: app, column: tenant_id}]\n"
NEST = (
    "Resources: {N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'https://h.example/x/c.yaml', "
    "Parameters: {Encrypted: 'false'}}}}\n"
)
CHILD = (
    "Parameters: {Encrypted: {Type: String, Default: 'true'}}\n"
    "Resources: {Db: {Type: AWS::RDS::DBInstance, Properties: {StorageEncrypted: !Ref Encrypted}}}\n"
)
PROJECTS: dict[str, tuple[dict[str, str], list[str]]] = {
    "SQL in a folder": ({"a.yaml": TOPIC, "db/001.sql": TABLES}, ["."]),
    "SQL that says only who may sign in": ({"a.yaml": TOPIC, "db/001.sql": "CREATE ROLE app LOGIN;\n"}, ["."]),
    "SQL of a function alone": (
        {"a.yaml": TOPIC, "db/001.sql": "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;\n"},
        ["."],
    ),
    "SQL that is named": ({"a.yaml": TOPIC, "db/001.sql": TABLES}, ["a.yaml", "db/001.sql"]),
    "SQL of a tenancy": ({"a.yaml": TOPIC, "db/001.sql": TABLES, "tenancy.yaml": TENANCY}, ["."]),
    "templates by address": (
        {"p.yaml": NEST, "c/c.yaml": CHILD, "tenantproof.yaml": 'templates: {"https://h.example/x/": ./c/}\n'},
        ["."],
    ),
}


@pytest.mark.parametrize("name", PROJECTS)
def test_nothing_differs_where_nothing_was_changed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files, paths = PROJECTS[name]
    for file, text in files.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    command = [
        "scan",
        *paths,
        "--no-cache",
        "--quiet",
        "--bundle",
        "b.zip",
        "--include-inputs",
        "--format",
        "csv=r.csv",
    ]
    assert main(command) in (0, 1)
    said = (main(["verify", "b.zip"]), capsys.readouterr().out)
    assert said[0] == 0, said[1]
