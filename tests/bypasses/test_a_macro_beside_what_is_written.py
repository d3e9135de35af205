"""A macro that is called beside settings gets them, too, and may give back others: they counted as they were written.

"Template macros" in the AWS CloudFormation User Guide: a call within a snippet gets its siblings and what is below
them. `AWS::Include` only adds what its file holds. A call at the top of the template gets all of it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.options import Options
from scanner.scanning import scan

OWN = "'Fn::Transform': {Name: Own}"
DB = "Resources: {Db: {Type: AWS::RDS::DBInstance, Properties: {StorageEncrypted: true}}}\n"


def said(folder: Path, text: str) -> tuple[str, str]:
    (folder / "t.yaml").write_text(text, "utf-8")
    report = scan(options=Options(paths=[folder], select=["rds-encrypted"])).report
    (found,) = report["findings"]
    unknown = found.get("unknown")
    return found["verdict"], unknown["cause"] if unknown else ""


@pytest.mark.parametrize(
    "text",
    [
        DB.replace("StorageEncrypted: true", f"StorageEncrypted: true, {OWN}"),
        DB.replace("Type: AWS", f"{OWN}, Type: AWS"),
        DB.replace("Resources: {", f"Resources: {{{OWN}, "),
        f"{OWN.replace(chr(39), '')}\n{DB}",
        f"Transform: [Own]\n{DB}",
        f"Mappings: {{{OWN}}}\n{DB}",
        f"Conditions: {{{OWN}}}\n{DB}",
        f"Parameters: {{{OWN}}}\n{DB}",
        # Which macro it is, is not read either.
        f"Transform: !Ref Name\n{DB}",
        f"Transform: [!Sub 'Own']\n{DB}",
        f"Transform: {{Name: !Ref Name}}\n{DB}",
        f"Transform: 7\n{DB}",
        DB.replace("Encrypted", "Encrypted: true, 'Fn::Transform': {Name: !Ref Name}, X"),
        DB.replace("Encrypted", "Encrypted: true, 'Fn::Transform': [{Name: AWS::Include}, {Name: Own}], X"),
        DB.replace("Encrypted", "Encrypted: true, 'Fn::Transform': Own, X"),
    ],
)
def test_a_macro_may_change_what_stands_beside_it(text: str, tmp_path: Path) -> None:
    assert said(tmp_path, text) == ("UNKNOWN", "macro")


@pytest.mark.parametrize(
    "text",
    [
        f"Outputs: {{{OWN}}}\n{DB}",
        DB.replace("StorageEncrypted: true", f"StorageEncrypted: true, Tags: [{{{OWN}}}]"),
        DB.replace("StorageEncrypted: true", f"StorageEncrypted: true, ProcessorFeatures: [{{Name: a, {OWN}}}]"),
        DB.replace(
            "StorageEncrypted: true",
            "StorageEncrypted: true, 'Fn::Transform': {Name: AWS::Include, Parameters: {Location: 's3://b/k'}}",
        ),
    ],
)
def test_what_a_macro_does_not_get_stays_as_it_is_written(text: str, tmp_path: Path) -> None:
    assert said(tmp_path, text) == ("PASS", "")
