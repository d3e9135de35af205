"""What a Secret, a variable of a container, or a copy of either says is in no report and in no bundle."""

from __future__ import annotations

import base64
import json
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from scanner.cli.main import main
from tests.kubernetes_dumps import account, cluster_binding, cluster_role, rule, tenant, thing, write

WORDS = ("correct-horse-battery", "staple-variable-9", "applied-copy-77", "inside-manifest-5")
CODED = base64.b64encode(WORDS[0].encode()).decode()
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
MANIFEST = f"""
apiVersion: v1
kind: Namespace
metadata: {{name: initech, labels: {{TenantId: initech}}}}
---
apiVersion: v1
kind: Secret
metadata: {{name: s, namespace: initech}}
stringData:
  token: {WORDS[3]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: d, namespace: initech}}
spec:
  template:
    spec:
      hostNetwork: true
      containers:
        - {{name: c, image: i, env: [{{name: GREETING, value: {WORDS[1]}}}]}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    spec = {"containers": [{"name": "c", "image": "i", "env": [{"name": "GREETING", "value": WORDS[1]}]}]}
    objects = [
        *tenant("acme"),
        *tenant("globex"),
        thing("Secret", "s", "acme", data={"password": CODED}, annotations={APPLIED: f'{{"x": "{WORDS[2]}"}}'}),
        thing("Pod", "p", "acme", spec={**spec, "hostNetwork": True, "serviceAccountName": "api"}),
        cluster_role("r", rule("get", "secrets")),
        cluster_binding("r", account("api", "acme")),
    ]
    write(tmp_path / "dump", *objects)
    (tmp_path / "app.yaml").write_text(MANIFEST, "utf-8")
    (tmp_path / "tenancy.yaml").write_text((tmp_path / "dump/tenancy.yaml").read_text("utf-8"), "utf-8")
    (tmp_path / "dump/tenancy.yaml").unlink()
    return tmp_path


@pytest.mark.parametrize("form", ["text", "json", "html", "sarif", "markdown", "csv"])
def test_no_output_has_them(folder: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "report.out"
    main(["scan", str(folder), "--no-cache", "--all", "--verbose", "--format", f"{form}={out}", "--quiet"])
    said = out.read_text("utf-8") + "".join(capsys.readouterr())
    assert "ClusterRoleBinding" in said
    for word in (*WORDS, CODED):
        assert word not in said


@pytest.mark.full
def test_no_bundle_has_them(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (folder / ".git").mkdir()
    out = folder / "b.zip"
    main(["scan", ".", "--no-cache", "--bundle", str(out), "--include-inputs", "--quiet"])
    with zipfile.ZipFile(BytesIO(out.read_bytes())) as bundle:
        names = bundle.namelist()
        assert any(name.endswith("cluster.json") for name in names), names
        assert any(name.endswith("app.yaml") for name in names)
        for name in names:
            text = bundle.read(name).decode("utf-8", "replace")
            for word in (*WORDS, CODED):
                assert word not in text, name
        kept = json.loads(bundle.read(next(name for name in names if name.endswith("cluster.json"))))
        assert len(kept["items"]) > 10
