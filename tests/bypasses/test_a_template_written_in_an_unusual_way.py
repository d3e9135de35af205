"""A template was passed over, without a word, where its sections did not begin a line as people write them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from scanner.inputs.kinds import is_manifest, is_template
from scanner.scanning import scan

BODY = "Type: AWS::RDS::DBInstance, Properties: {StorageEncrypted: false}"
BLOCK = f"Resources: {{D: {{{BODY}}}}}\n"
FLOW = f"{{Resources: {{D: {{{BODY}}}}}}}\n"
WRITTEN = {
    "a comment before braces": f"# c\n{FLOW}",
    "braces after the start of the document": f"--- {FLOW}",
    "braces after a directive": f"%YAML 1.1\n---\n{FLOW}",
    "braces behind a tag": f"!!map {FLOW}",
    "braces behind an anchor": f"&root {FLOW}",
    "a key behind a question mark": f"? Resources\n: {{D: {{{BODY}}}}}\n",
    "a key behind a tag": f"!!str {BLOCK}",
    "a key behind an anchor": f"&key {BLOCK}",
    "a letter as an escape": f'"\\x52esources": {{D: {{{BODY}}}}}\n',
    "a letter as a long escape": f'"R\\U00000065sources": {{D: {{{BODY}}}}}\n',
    "an escape in braces": '{"\\u0052esources": {"D": {"Type": "AWS::RDS::DBInstance"}}}',
    "an escape in braces after a comment": '# c\n{"\\u0052esources": {"D": {"Type": "AWS::RDS::DBInstance"}}}',
    "carriage returns alone": f"Description: x\r{BLOCK}",
    "a line separator": f"Description: x\u2028{BLOCK}",
    "a paragraph separator": f"Description: x\u2029{BLOCK}",
    "a next line": f"Description: x\x85{BLOCK}",
    "braces in single quotes before": f"{{Metadata: {{a: '{{{{['}}, Resources: {{D: {{{BODY}}}}}}}\n",
    "a quote in a word before": f"{{Description: it's 5\" wide, Resources: {{D: {{{BODY}}}}}}}\n",
    "a brace in a comment": f"{{Metadata: {{a: b}}, # {{\nResources: {{D: {{{BODY}}}}}}}\n",
    "single quotes within single quotes": f"{{Metadata: 'it''s {{', 'Resources': {{D: {{{BODY}}}}}}}\n",
    "merged into the root": f"<<: {FLOW}",
    "after a document without anything": f"---\n--- {FLOW}",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_each_is_judged_beside_another(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "other.yaml").write_text("Resources: {T: {Type: AWS::SNS::Topic}}\n", "utf-8")
    for number, text in enumerate(WRITTEN.values()):
        (tmp_path / f"t{number}.yaml").write_bytes(text.encode(encoding))
    report = scan(tmp_path).report
    said = {
        each["resource"]["address"]: each["verdict"] for each in report["findings"] if each["rule"] == "rds-encrypted"
    }
    passed_over = [how for number, how in enumerate(WRITTEN) if said.get(f"t{number}.yaml#D") != "FAIL"]
    assert not passed_over


@pytest.mark.parametrize(
    "text",
    [
        "# c\n{Other: {Resources: {D: 1}}}\n",
        "- {Resources: {}}\n",
        "? [Resources]\n: {Resources: 1}\n",
        "? Resources\n: [1, 2]\n",
        "a: |\n  {Resources: {}}\n",
        "note: see \\x52esources and Resources\n",
        '{"a": "\\u0052esources", "b": {"\\u0052esources": {}}}',
        "!!seq [Resources, {Resources: 1}]\n",
        "&a b: {Resources: {}}\n",
    ],
)
def test_what_only_speaks_of_resources_is_none(text: str) -> None:
    assert not is_template(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "# c\n{apiVersion: v1, kind: Secret, metadata: {name: s}}\n",
        "--- {apiVersion: v1, kind: Secret}\n",
        "a: 1\n---\n!!map {apiVersion: v1, kind: Secret}\n",
        '{"api\\u0056ersion": "v1", "\\x6bind": "Secret"}',
        "metadata: {}\rapiVersion: v1\rkind: Secret\r",
        "? apiVersion\n: v1\n? kind\n: Secret\n",
    ],
)
def test_an_object_of_a_cluster_is_seen_too(text: str) -> None:
    assert is_manifest(text.encode())


def test_a_long_text_costs_little() -> None:
    lines = "# c\n{a: [" + "Resources, " * 200_000 + "b]}\n"
    plain = '{"a": [' + '"Resources", ' * 400_000 + '"b"]}'
    begun = time.process_time()
    assert not is_template(lines.encode())
    assert not is_template(plain.encode())
    assert time.process_time() - begun < 4
