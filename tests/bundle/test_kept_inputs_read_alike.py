"""What a bundle keeps reads as it did where it lay: `verify` names each file, where a scan found it in a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import yaml

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
WORD = "Hk7vTrust9Zq"
SECRETS: dict[str, Any] = {
    "Resources": {
        "First": {
            "Type": "AWS::RDS::DBInstance",
            "Properties": {"MasterUserPassword": WORD, "Tags": [{"Key": "x", "Value": f"postgres://u:{WORD}@h/d"}]},
        },
        "Task": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {
                "ContainerDefinitions": [{"Name": "a", "Command": ["curl", "-u", f"a:{WORD}", "https://h"]}]
            },
        },
        "Machine": {
            "Type": "AWS::EC2::Instance",
            "Properties": {"UserData": {"Fn::Base64": {"Fn::Join": ["", ["curl -u a:", WORD, " https://h\n"]]}}},
        },
        "Build": {
            "Type": "AWS::CodeBuild::Project",
            "Properties": {"Source": {"BuildSpec": f"- twine upload -u 'u' -p {WORD}\n- curl https://h\n"}},
        },
        "Last": {"Type": "AWS::RDS::DBInstance", "Properties": {"StorageEncrypted": False}},
    }
}
SHORT = {"Resources": {name: SECRETS["Resources"][name] for name in ("First", "Last")}}
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
    "secrets of all in one line": ({"a.json": json.dumps(SHORT)}, ["."]),
    "secrets in flow style": ({"a.yaml": yaml.safe_dump(SECRETS, default_flow_style=True)}, ["."]),
    "secrets in block style": ({"a.yaml": yaml.safe_dump(SECRETS)}, ["."]),
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
    with ZipFile("b.zip") as bundle:
        assert not any(WORD.encode() in bundle.read(member) for member in bundle.namelist())
