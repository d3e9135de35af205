"""Secrets in values whose text is written otherwise than what it says, and in options of a command.

Each stood in snippets: the detectors saw `''` and `\\x3d` in the text, and not the quote and the sign of the value.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scanner import Options, scan
from scanner.inputs.secret_spans import SecretSpans
from scanner.text.reading import read

SECRET = "hunter2Trust15no1xQ"
CODE = {
    "single quotes": f"'PASSWORD = ''{SECRET}'''",
    "single quotes, lines": f"'PASSWORD = ''{SECRET}''\n\n          '",
    "a mapping in single quotes": f"'c = {{''password'': ''{SECRET}''}}'",
    "double quotes": f'"PASSWORD = \\"{SECRET}\\""',
    "an escaped sign": f"\"PASSWORD\\x3d'{SECRET}'\"",
    "an escaped letter": f'"PASS\\x57ORD={SECRET}"',
    "an escape in the secret": f'"PASSWORD={SECRET[:4]}\\x65{SECRET[5:]}"',
    "a block": f'|\n          PASSWORD = "{SECRET}"',
    "a block, an option": f"|\n          mysql --user x --password {SECRET}",
    "in Sub": f"!Sub 'PASSWORD = ''{SECRET}'''",
    "in Join": f"!Join ['', ['PASSWORD = ''{SECRET}''', x]]",
}
COMMANDS = {
    "an option": f'["--password", "{SECRET}"]',
    "one of several": f'["--user", "x", "--db-password", "{SECRET}", "--verbose"]',
    "one dash": f'["-token", "{SECRET}"]',
    "each on its line": f"\n            - --api-key\n            - {SECRET}",
    "a shell": f'["sh", "-c", "run --auth-token {SECRET} x"]',
    "a sign": f'["--password={SECRET}"]',
    "in Sub": f'["--password", !Sub "{SECRET}"]',
}


def template() -> str:
    functions = "".join(
        f"  F{number}:\n    Type: AWS::Lambda::Function\n    Properties:\n      Code:\n        ZipFile: {code}\n"
        f"      Runtime: python3.8\n      Handler: a.b\n      Role: r\n"
        for number, code in enumerate(CODE.values())
    )
    tasks = "".join(
        f"  T{number}:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      ContainerDefinitions:\n"
        f"        - Name: a\n          Image: x\n          Command: {command}\n"
        for number, command in enumerate(COMMANDS.values())
    )
    return f"Resources:\n{functions}{tasks}"


def test_no_report_shows_them(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(template(), "utf-8")
    report = scan(options=Options(paths=[tmp_path])).report
    assert not report["errors"]
    shown = json.dumps(report)
    assert '"snippet"' in shown
    for part in (SECRET, SECRET[5:]):
        assert part not in shown


def test_each_resource_with_one_is_told_of_it(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(template(), "utf-8")
    report = scan(options=Options(paths=[tmp_path], select=["no-plaintext-secrets"])).report
    failed = {each["resource"]["logical_id"] for each in report["findings"] if each["verdict"] == "FAIL"}
    assert {f"F{number}" for number in range(len(CODE))} <= failed


@pytest.mark.parametrize("sign", ["=", "\\u003d", "\\u003D"])
def test_json_with_escapes(sign: str) -> None:
    text = f'{{"Resources": {{"F": {{"Type": "X::Y::Z", "Properties": {{"Code": "PASSWORD{sign}{SECRET}"}}}}}}}}'
    document = read(text.encode(), "t.json", cloudformation=True)
    assert SECRET not in SecretSpans(document).replaced()


@pytest.mark.parametrize(
    "text",
    [
        "use --password to sign in",
        "--token file",
        "--password-stdin registry2.example",
        "--password $DB1",
        "--token <token1>",
        "--password ${Pw1}",
    ],
)
def test_a_sentence_about_an_option_is_shown(text: str) -> None:
    written = json.dumps({"Resources": {"F": {"Type": "X::Y::Z", "Properties": {"Code": text + "\\n"}}}})
    document = read(written.encode(), "t.json", cloudformation=True)
    assert SecretSpans(document).replaced() == written
