"""The cache: what was kept, or nothing; never something else."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.base.cache import LARGEST, Cache, cache_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def entries(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.tpc"))


def test_what_was_kept_is_read_and_by_nothing_but_its_kind_and_key(folder: Path) -> None:
    Cache(folder, "1").write("sam", b"key", b"content")
    cache = Cache(folder, "1")
    assert cache.read("sam", b"key") == b"content"
    assert cache.read("report", b"key") is None
    assert cache.read("sam", b"other") is None
    assert Cache(folder, "2").read("sam", b"key") is None
    assert [each.name for each in folder.iterdir()] == [each.name for each in entries(folder)]


@given(st.data())
@pytest.mark.full
def test_an_entry_that_was_changed_anywhere_is_none(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    Cache(folder, "1").write("sam", b"key", b"content of some length")
    (path,) = entries(folder)
    raw = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(raw) - 1))
    match data.draw(st.sampled_from(["flip", "cut", "add"])):
        case "flip":
            raw[place] ^= data.draw(st.integers(1, 255))
        case "cut":
            del raw[place:]
        case _:
            raw += b"x"
    path.write_bytes(raw)
    assert Cache(folder, "1").read("sam", b"key") is None


def test_an_entry_in_the_place_of_another_is_none(folder: Path) -> None:
    cache = Cache(folder, "1")
    cache.write("sam", b"one", b"1")
    (one,) = entries(folder)
    cache.write("sam", b"two", b"2")
    two = next(each for each in entries(folder) if each != one)
    two.write_bytes(one.read_bytes())
    assert cache.read("sam", b"two") is None
    assert cache.read("sam", b"one") == b"1"


def test_a_folder_that_others_may_write_to_is_not_used(folder: Path) -> None:
    Cache(folder, "1").write("sam", b"key", b"content")
    folder.chmod(0o777)
    assert Cache(folder, "1").read("sam", b"key") is None
    Cache(folder, "1").write("sam", b"other", b"content")
    assert len(entries(folder)) == 1


@pytest.mark.parametrize("name", ["a file", "nowhere"])
def test_without_a_folder_the_work_is_done_again(tmp_path: Path, name: str) -> None:
    (tmp_path / "a file").write_text("", "utf-8")
    cache = Cache(tmp_path / "a file" if name == "a file" else Path(os.devnull, "cache"), "1")
    cache.write("sam", b"key", b"content")
    assert cache.read("sam", b"key") is None
    cache.trim()


def test_links_and_pipes_are_not_followed(folder: Path, tmp_path: Path) -> None:
    cache = Cache(folder, "1")
    cache.write("sam", b"key", b"content")
    (path,) = entries(folder)
    kept = path.rename(tmp_path / "elsewhere")
    path.symlink_to(kept)
    assert cache.read("sam", b"key") is None
    path.unlink()
    os.mkfifo(path)
    assert cache.read("sam", b"key") is None


def test_the_oldest_go_first(folder: Path) -> None:
    cache = Cache(folder, "1", most_bytes=3_000)
    for number in range(6):
        cache.write("sam", bytes([number]), os.urandom(700))
        path = max(entries(folder), key=lambda each: each.stat().st_mtime_ns)
        os.utime(path, (number, number))
    assert cache.read("sam", b"\0") is not None  # and so it is the newest
    cache.trim()
    assert sum(each.stat().st_size for each in entries(folder)) <= 3_000
    assert cache.read("sam", b"\0") is not None
    assert cache.read("sam", b"\1") is None
    assert cache.read("sam", b"\5") is not None


def test_what_unpacks_to_more_than_is_kept_is_none(folder: Path) -> None:
    cache = Cache(folder, "1")
    cache.write("sam", b"key", bytes(LARGEST + 1))
    assert not folder.exists() or not entries(folder)


def test_many_at_once_read_whole_entries(folder: Path) -> None:
    contents = {bytes([number]): bytes([number]) * 50_000 for number in range(8)}

    def work(turn: int) -> None:
        cache = Cache(folder, "1")
        for key, content in contents.items():
            if (turn + key[0]) % 2:
                cache.write("sam", key, content)
            assert cache.read("sam", key) in (None, content)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(40)))
    assert not list(folder.glob(".*"))


def test_where_it_lies_is_the_users_own_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    assert cache_folder({"TENANTPROOF_CACHE_DIR": "/t", "HOME": "/h"}) == Path("/t")
    assert cache_folder({"XDG_CACHE_HOME": "/x", "HOME": "/h"}) == Path("/x/tenantproof")
    assert cache_folder({"HOME": "/h"}) == Path("/h/.cache/tenantproof")
    assert cache_folder({}) is None
    assert cache_folder({"HOME": "relative"}) is None
