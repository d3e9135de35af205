"""Evidence bundles: whatever is changed is told, and told apart; what was judged is judged again."""

from __future__ import annotations

import io
import json
import random
import shutil
import stat
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.base.problem import ProblemsError
from scanner.bundle.archive import packed, unpacked
from scanner.bundle.manifest import CHECKSUM, MANIFEST, SIGNATURE, digest_of
from scanner.cli.main import main
from scanner.snapshots.lines import Listed, Seen
from scanner.snapshots.manifest import Manifest, write_manifest
from scanner.snapshots.shard import ShardKey, write_shard

ROOT = Path(__file__).resolve().parents[2]
EPOCH = "1770000000"
TENANCY = "version: 1\ntenant_id: {tags: [TenantId]}\nmodel: pool\n"
EXCEPTIONS = """- rule: s3-versioning
  resource: "*"
  owner: records team
  because: the bucket holds nothing that is not elsewhere
  until: 2026-06-30
"""
BUCKET = {"Resources": {"Records": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": "Name"}}}}}
TEMPLATE = {
    "Parameters": {"Name": {"Type": "String"}, "Secret": {"Type": "String", "NoEcho": True}},
    **BUCKET,
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    (folder / "infra").mkdir(parents=True)
    (folder / "infra" / "app.json").write_text(json.dumps(TEMPLATE), "utf-8")
    (folder / "tenancy.yaml").write_text(TENANCY, "utf-8")
    (folder / "exceptions.yaml").write_text(EXCEPTIONS, "utf-8")
    (folder / ".git").mkdir()
    (folder / "secrets.json").write_text('{"password": "hunter22"}', "utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    return folder


def made(name: str = "b.zip", *options: str, paths: tuple[str, ...] = ("infra",)) -> Path:
    given = ("--parameters", "Name=records", "--parameters", "Secret=hunter22", "--format", "json=r.json", "--quiet")
    code = main(["scan", *paths, "--bundle", name, *given, *options])
    assert code in (0, 1)
    return Path(name)


def verified(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, list[dict[str, str]]]:
    capsys.readouterr()
    code = main(["verify", *map(str, arguments), "--format", "json"])
    told = capsys.readouterr()
    return code, json.loads(told.out)["checks"] if told.out else [{"said": told.err}]


def said(checks: list[dict[str, str]], verdict: str = "differs") -> str:
    return "\n".join(f"{each['what']}: {each['said']}" for each in checks if each.get("verdict") == verdict)


def rewritten(path: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    _, members, _ = unpacked(path)
    change(members)
    path.write_bytes(packed(members))
    return path


def test_a_bundle_is_verified_with_nothing_else(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = made("b.zip", "--include-inputs")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(path, elsewhere)
    shutil.rmtree(project / "infra")
    monkeypatch.chdir(elsewhere)
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    code, checks = verified(capsys, "b.zip")
    assert code == 0, checks
    assert "verdicts" in said(checks, "same")
    assert "only the account itself shows that" in said(checks, "not shown")
    assert sorted(elsewhere.iterdir()) == [elsewhere / "b.zip"]


@pytest.mark.full
def test_the_same_scan_gives_the_same_bytes(project: Path) -> None:
    assert made("a.zip", "--include-inputs").read_bytes() == made("b.zip", "--include-inputs").read_bytes()


@pytest.mark.full
def test_secrets_and_files_that_nobody_asked_for_are_not_in_it(project: Path) -> None:
    raw, members, _ = unpacked(made("b.zip", "--include-inputs"))
    assert b"hunter22" not in raw
    assert not any("secrets.json" in name for name in members)
    assert json.loads(members[MANIFEST])["withheld"] == ["Secret"]
    assert {name for name in members if name.startswith("inputs/")} == {
        "inputs/infra/app.json",
        "inputs/tenancy.yaml",
        "inputs/exceptions.yaml",
    }
    assert {"report.json", "controls.csv", "options.json", "tenancy.yaml", "exceptions.yaml"} <= set(members)


@pytest.mark.full
def test_any_byte_that_is_flipped_is_noticed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = made("b.zip", "--include-inputs", "--select", "s3-versioning")
    raw = path.read_bytes()
    assert len(raw) > 10_000
    chance = random.Random(11)  # nothing secret
    with zipfile.ZipFile(path) as archive:
        ends = [info.header_offset + number for info in archive.infolist()[:3] for number in (0, 8, 26)]
        central = archive.start_dir
    places = {*ends, *range(central, central + 46, 5), len(raw) - 1, *(chance.randrange(len(raw)) for _ in range(12))}
    for place in sorted(places):
        flipped = bytearray(raw)
        flipped[place] ^= 1 << chance.randrange(8)
        Path("flipped.zip").write_bytes(flipped)
        code, checks = verified(capsys, "flipped.zip")
        assert code in (1, 2), (place, checks)


CHANGES: dict[str, tuple[Callable[[dict[str, bytes]], object], str]] = {
    "a member": (lambda each: each.update({"report.json": each["report.json"] + b" "}), "report.json: was changed"),
    "a member less": (lambda each: each.pop("controls.csv"), "controls.csv: is missing"),
    "a member more": (lambda each: each.update({"extra": b"x"}), "extra: was added"),
    "an input": (lambda each: each.update({"inputs/infra/app.json": b"{}"}), "inputs/infra/app.json: was changed"),
    "a rule": (
        lambda each: each.update({"rules/rules/backup/s3-versioning.yaml": b"id: x"}),
        "rules/rules/backup/s3-versioning.yaml: was changed",
    ),
    "the manifest": (lambda each: each.update({MANIFEST: each[MANIFEST] + b"\n"}), "manifest.json: was changed"),
    "the checksum": (lambda each: each.update({CHECKSUM: b"0" * 64}), "manifest.json: was changed"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.full
def test_what_is_changed_is_named(project: Path, capsys: pytest.CaptureFixture[str], change: str) -> None:
    path = made("b.zip", "--include-inputs")
    how, wanted = CHANGES[change]
    code, checks = verified(capsys, rewritten(path, how))
    assert code == 1
    assert wanted in said(checks)


def consistent(members: dict[str, bytes]) -> None:
    """Makes the manifest fit again, as somebody would who changes a bundle with care."""
    from dataclasses import replace

    from scanner.bundle.manifest import digests_of, read_manifest

    manifest = replace(read_manifest(members[MANIFEST]), members=digests_of(members)).text()
    members[MANIFEST] = manifest
    members[CHECKSUM] = f"{digest_of(manifest)}  {MANIFEST}\n".encode()


@pytest.mark.full
def test_rules_that_were_swapped_with_care_lead_to_other_verdicts(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = made("b.zip", "--include-inputs")

    def swap(members: dict[str, bytes]) -> None:
        name = "rules/rules/encryption/s3-default-encryption-kms.yaml"
        other = (
            members[name]
            .decode()
            .replace("severity: medium", "severity: low")
            .replace("assert:", "assert: [{that: Type, is: x}]\nx:", 1)
        )
        members[name] = other.encode()
        consistent(members)

    code, checks = verified(capsys, rewritten(path, swap))
    assert code == 1
    assert said(checks)


@pytest.mark.full
def test_a_verdict_that_was_changed_with_care_is_not_reached_again(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = made("b.zip", "--include-inputs")

    def whitewash(members: dict[str, bytes]) -> None:
        members["report.json"] = members["report.json"].replace(b'"verdict": "FAIL"', b'"verdict": "PASS"')
        consistent(members)

    code, checks = verified(capsys, rewritten(path, whitewash))
    assert code == 1
    assert "was PASS and is FAIL" in said(checks)
    assert "is another report than the manifest is of" in said(checks)


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    ed25519 = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ed25519")
    private = ed25519.Ed25519PrivateKey.generate()
    secret, public = tmp_path / "key.pem", tmp_path / "key.pub.pem"
    pem = serialization.Encoding.PEM
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    secret.write_bytes(private.private_bytes(pem, form, none))
    public.write_bytes(private.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))
    return secret, public


@pytest.mark.full
def test_a_signature_holds_for_its_key_alone(
    project: Path, keys: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret, public = keys
    monkeypatch.setenv("SIGNING_KEY", secret.read_text("utf-8"))
    path = made("b.zip", "--sign-key", "env:SIGNING_KEY")
    assert path.read_bytes() == made("c.zip", "--sign-key", str(secret)).read_bytes()
    code, checks = verified(capsys, path, "--key", public)
    assert code == 4
    assert "signature" in said(checks, "same")
    assert "give --key" in said(verified(capsys, path)[1], "not shown")

    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    other = Ed25519PrivateKey.generate()
    pem = serialization.Encoding.PEM
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    Path("other.pem").write_bytes(other.private_bytes(pem, form, none))
    again = made("d.zip", "--sign-key", "other.pem")
    assert "is not of the key that was given" in said(verified(capsys, again, "--key", public)[1])
    unsigned = made("e.zip")
    assert "is not signed, and a key was given" in said(verified(capsys, unsigned, "--key", public)[1])

    def changed(members: dict[str, bytes]) -> None:
        members["controls.csv"] += b"x"
        consistent(members)

    assert "is of another manifest" in said(verified(capsys, rewritten(path, changed), "--key", public)[1])


@pytest.mark.full
def test_the_envelope_is_one_that_others_verify(project: Path, keys: tuple[Path, Path]) -> None:
    """As DSSE says it: the signature is over the type and the payload, each with its length."""
    import base64

    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    secret, public = keys
    _, members, _ = unpacked(made("b.zip", "--sign-key", str(secret)))
    envelope = json.loads(members[SIGNATURE])
    payload = base64.b64decode(envelope["payload"])
    kind = envelope["payloadType"]
    assert kind == "application/vnd.in-toto+json"
    message = b" ".join((b"DSSEv1", str(len(kind)).encode(), kind.encode(), str(len(payload)).encode(), payload))
    key: Any = load_pem_public_key(public.read_bytes())
    key.verify(base64.b64decode(envelope["signatures"][0]["sig"]), message)
    statement = json.loads(payload)
    assert statement["subject"] == [{"name": MANIFEST, "digest": {"sha256": digest_of(members[MANIFEST])}}]


@pytest.mark.full
def test_a_key_of_kms_signs_without_leaving_it(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], keys: tuple[Path, Path]
) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    boto3 = pytest.importorskip("boto3")
    private: Any = load_pem_private_key(keys[0].read_bytes(), None)
    asked: list[dict[str, Any]] = []

    class Kms:
        def get_public_key(self, **given: Any) -> dict[str, Any]:
            form = serialization.PublicFormat.SubjectPublicKeyInfo
            der = private.public_key().public_bytes(serialization.Encoding.DER, form)
            spec = "RSA_2048" if given["KeyId"].endswith("rsa") else "ECC_NIST_EDWARDS25519"
            return {"PublicKey": der, "KeySpec": spec, "KeyUsage": "SIGN_VERIFY"}

        def sign(self, **given: Any) -> dict[str, Any]:
            asked.append(given)
            return {"Signature": private.sign(given["Message"])}

    monkeypatch.setattr(boto3.Session, "client", lambda *_, **__: Kms())
    arn = "arn:aws:kms:eu-west-1:111122223333:key/k"
    path = made("b.zip", "--sign-key", f"awskms:{arn}")
    assert [(each["KeyId"], each["MessageType"], each["SigningAlgorithm"]) for each in asked] == [
        (arn, "RAW", "ED25519_SHA_512")
    ]
    assert verified(capsys, path, "--key", keys[1])[0] == 4
    assert main(["scan", "infra", "--bundle", "x.zip", "--sign-key", f"awskms:{arn}rsa", "--quiet"]) == 2
    assert "is a key of RSA_2048" in capsys.readouterr().err


@pytest.mark.full
def test_bundles_follow_each_other(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = made("one.zip")
    second = made("two.zip", "--previous", "one.zip")
    assert "follows one.zip" in said(verified(capsys, second, "--previous", first)[1], "same")
    assert "give --previous" in said(verified(capsys, second)[1], "not shown")
    assert "follows no other bundle" in said(verified(capsys, first, "--previous", second)[1])
    other = made("three.zip", "--select", "s3-versioning")
    assert "follows another bundle" in said(verified(capsys, second, "--previous", other)[1])


@pytest.mark.full
def test_inputs_may_be_kept_elsewhere(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = made("b.zip")
    kept = tmp_path / "kept"
    shutil.copytree(project, kept, ignore=shutil.ignore_patterns(".git", "*.zip"))
    assert "give --inputs" in said(verified(capsys, path)[1], "not shown")
    (kept / "infra" / "app.json").write_text(json.dumps(TEMPLATE).replace('"Name"', '"Title"'), "utf-8")
    code, checks = verified(capsys, path, "--inputs", kept)
    assert code == 1
    assert "infra/app.json: is not the input that was judged" in said(checks)
    (kept / "infra" / "app.json").unlink()
    assert "is not in" in said(verified(capsys, path, "--inputs", kept)[1])


@pytest.mark.full
def test_snapshots_and_assemblies_are_judged_again(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = ShardKey("111122223333", "global", "s3")
    folder = project / "account"
    folder.mkdir()
    properties = {"BucketName": "records", "VersioningConfiguration": None, "WebsiteConfiguration": None, "Tags": None}
    lines = [
        Seen("AWS::S3::Bucket", "records", "arn:aws:s3:::records", "eu-central-1", properties, []),
        Listed("AWS::S3::Bucket"),
    ]
    shard = write_shard(folder, key, lines, 3)
    times = ("2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z")
    write_manifest(folder, Manifest("1", *times, [key.account], ["eu-central-1"], ["s3"], [key], [shard]))
    path = made("b.zip", "--include-inputs", paths=("account",))
    code, checks = verified(capsys, path)
    assert code == 0, said(checks)
    assert b"account/shards" in path.read_bytes() or b"inputs/account/" in path.read_bytes()


@pytest.mark.full
def test_rules_of_ones_own_are_in_it(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["rules", "new", "own-rule", "--dir", "own"])
    path = made("b.zip", "--include-inputs", "--rules", "own")
    _, members, _ = unpacked(path)
    assert "rules/own/own/own-rule.yaml" in members
    assert verified(capsys, path)[0] == 0


def hostile(name: str, content: bytes = b"x", **more: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo(name)
        for key, value in more.items():
            setattr(info, key, value)
        archive.writestr(info, content, compress_type=more.get("compress_type", zipfile.ZIP_STORED))
    return out.getvalue()


def twice() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a", b"2")
    return out.getvalue()


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (lambda: hostile("../../outside"), "leads elsewhere"),
        (lambda: hostile("/etc/passwd"), "leads elsewhere"),
        (lambda: hostile("a\\..\\b"), "leads elsewhere"),
        (lambda: hostile("link", b"/etc/passwd", external_attr=(stat.S_IFLNK | 0o777) << 16), "has a link in it"),
        (lambda: hostile("bomb", bytes(50_000_000), compress_type=zipfile.ZIP_DEFLATED), "is compressed"),
        (twice, "twice"),
        (lambda: b"not a zip", "no bundle that can be read"),
        (lambda: hostile("readme.txt"), "has no manifest"),
        (lambda: hostile(MANIFEST, b'{"schema": "tenantproof-bundle/9"}'), ""),
    ],
)
@pytest.mark.full
def test_hostile_archives_are_refused(
    project: Path, capsys: pytest.CaptureFixture[str], raw: Callable[[], bytes], wanted: str
) -> None:
    Path("b.zip").write_bytes(raw())
    before = {each.name for each in project.parent.rglob("*")}
    code, checks = verified(capsys, "b.zip")
    assert code in (1, 2)
    assert wanted in checks[0]["said"]
    assert {each.name for each in project.parent.rglob("*")} == before


@pytest.mark.full
def test_a_newer_bundle_is_not_half_understood(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def newer(members: dict[str, bytes]) -> None:
        members[MANIFEST] = members[MANIFEST].replace(b"tenantproof-bundle/1", b"tenantproof-bundle/2")
        members[CHECKSUM] = f"{digest_of(members[MANIFEST])}  {MANIFEST}\n".encode()

    code, checks = verified(capsys, rewritten(made(), newer))
    assert code == 2
    assert "this release reads" in checks[0]["said"]


@pytest.mark.full
def test_what_cannot_be_read_is_exit_2(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "nowhere.zip"]) == 2
    assert main(["verify", "infra"]) == 2
    with pytest.raises(ProblemsError):
        unpacked(Path("nowhere.zip"))
    assert main(["scan", "infra", "--bundle", "b.zip", "--sign-key", "nowhere.pem", "--quiet"]) == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.full
def test_an_audit_bundles_what_it_recorded(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(
        [
            "audit",
            "infra",
            "--parameters",
            "Name=a",
            "--bundle",
            "b.zip",
            "--include-inputs",
            "--quiet",
            "--format",
            "json=r.json",
        ]
    ) in (0, 1)
    code, checks = verified(capsys, "b.zip")
    assert code == 0, said(checks)
    _, members, _ = unpacked(Path("b.zip"))
    assert json.loads(members[MANIFEST])["chain"]
    assert "history" in json.loads(members["report.json"])


@pytest.mark.full
def test_an_audit_is_copied_to_a_bucket(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    moto: Any = pytest.importorskip("moto")
    boto3: Any = pytest.importorskip("boto3")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with moto.mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="evidence")
        arguments = ["audit", "infra", "--quiet", "--format", "json=r.json", "--bundle", "b.zip"]
        assert main([*arguments, "--copy-to", "s3://evidence/audits"]) in (0, 1)
        names = {each["Key"] for each in client.list_objects_v2(Bucket="evidence")["Contents"]}
        assert names == {"audits/history.db", "audits/r.json", "audits/b.zip"}
        assert main([*arguments, "--copy-to", "s3://nowhere/x"]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert main([*arguments, "--copy-to", "elsewhere"]) == 2


@pytest.mark.full
def test_an_installed_program_verifies_it(project: Path, tmp_path: Path) -> None:
    """As somebody else would: another process, another folder, only the bundle."""
    path = made("b.zip", "--include-inputs")
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "scanner.cli", "verify", str(path.resolve())],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.rstrip().endswith("nothing differs")
