"""The cache: complete or absent, created once."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
import types

import pytest

from tools import paths


def test_a_broken_build_leaves_nothing(tmp_path):
    target = tmp_path / "cache" / "thing"

    def fail(building):
        (building / "half").write_text("done")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        paths.build_once(target, fail)
    assert [path.name for path in target.parent.iterdir()] == ["thing.lock"]


def _build(folder):
    def make(building):
        with open(os.path.join(folder, "built"), "a") as handle:
            handle.write("x")
        time.sleep(0.3)
        (building / "file").write_text("complete")

    made = paths.build_once(paths.Path(folder) / "thing", make)
    return (made / "file").read_text()


def test_builders_at_once_make_it_once(tmp_path):
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert pool.map(_build, [str(tmp_path)] * 3) == ["complete"] * 3
    assert (tmp_path / "built").read_text() == "x"


def test_only_folders_of_ended_commands_are_forgotten(monkeypatch, tmp_path):
    monkeypatch.setattr(paths.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(paths, "MEMORY", tmp_path)
    ours = paths.temporary_folder("test")
    code = ("from tools import paths; import time; paths.tempfile.tempdir = %r;"
            "print(paths.temporary_folder('other'), flush=True); time.sleep(60)")
    other = subprocess.Popen(
        [sys.executable, "-c", code % str(tmp_path)], stdout=subprocess.PIPE,
        cwd=str(paths.ROOT))
    try:
        folder = paths.Path(other.stdout.readline().decode().strip())
        assert paths.forgotten_folders() == []
    finally:
        other.send_signal(signal.SIGKILL)
        other.wait()
    assert paths.forgotten_folders() == [folder]
    assert ours.exists()


@pytest.mark.parametrize("room, flags, given, place", [
    (8, 0, None, "memory"), (7, 0, None, None), (8, os.ST_NOEXEC, None, None),
    (8, 0, "/elsewhere", "/elsewhere")])
def test_temporary_files_are_in_memory_where_there_is_room(
        monkeypatch, room, flags, given, place):
    monkeypatch.setattr(paths, "MEMORY", paths.Path("memory"))
    monkeypatch.setattr(paths.os, "statvfs", lambda _folder: types.SimpleNamespace(
        f_bavail=room << 20, f_frsize=1024, f_flag=flags))
    for free, found in ((8, place), (7, given)):
        monkeypatch.setenv("TMPDIR", given or "")
        if not given:
            monkeypatch.delenv("TMPDIR")
        monkeypatch.setattr(paths, "free_memory", lambda free=free: free << 30)
        paths.work_in_memory()
        assert os.environ.get("TMPDIR") == found


def test_other_users_may_pass_but_not_list():
    folder = paths.temporary_folder("test")
    try:
        assert folder.stat().st_mode & 0o777 == 0o711
    finally:
        paths.shutil.rmtree(str(folder))


def test_the_hash_of_sources_sees_content_and_names(tmp_path):
    (tmp_path / "a.py").write_text("1")
    first = paths.digest_of_folders([tmp_path])
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_text("2")
    assert paths.digest_of_folders([tmp_path]) == first
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    renamed = paths.digest_of_folders([tmp_path])
    (tmp_path / "b.py").write_text("2")
    assert len({first, renamed, paths.digest_of_folders([tmp_path])}) == 3
