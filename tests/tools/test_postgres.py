"""The private PostgreSQL."""

import os
import shutil
import socket
import subprocess

import pytest

from tools import paths, ports, postgres, processes
from tools.errors import ToolError


@pytest.fixture
def folder():
    made = paths.temporary_folder("test")
    yield made
    shutil.rmtree(str(made), ignore_errors=True)


@pytest.fixture
def cluster(folder):
    made = postgres.Cluster(folder / "postgres")
    yield made
    made.remove()


def test_databases_are_made_and_copied(cluster):
    cluster.start()
    cluster.create_database("odoo")
    cluster.query("CREATE TABLE t AS SELECT '钉钉' AS name, 2 AS two")
    cluster.create_database("second", template="odoo")
    assert cluster.query("SELECT * FROM t", "second") == "钉钉|2"
    assert sorted(cluster.databases()) == ["odoo", "second"]
    with pytest.raises(ToolError, match="does not exist"):
        cluster.query("SELECT 1", "third")


def test_statements_share_a_connection(cluster):
    cluster.start()
    cluster.create_database("odoo")
    connection = "SELECT pg_backend_pid()"
    known = cluster.query(connection)
    assert cluster.query(connection + ";") == known
    assert cluster.query("SELECT 'a|b' UNION SELECT E'x\n\ny' ORDER BY 1") == (
        "a|b\nx\n\ny")
    assert cluster.query("") == ""
    with pytest.raises(ToolError, match='column "nothing" does not exist'):
        cluster.query("SELECT 1; SELECT nothing; SELECT 2")
    assert cluster.query(connection) != known
    # Each statement is a transaction; a rolled back one leaves nothing.
    assert cluster.query(
        "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in%'") == "0"
    cluster.stop()
    cluster.start()
    assert cluster.query("SELECT 3") == "3"


def test_it_listens_here_only_and_asks_for_the_password(cluster):
    cluster.start()
    with socket.socket() as client:
        client.settimeout(1)
        assert client.connect_ex(("127.0.0.2", cluster.port))
    done = subprocess.run(
        [str(postgres.binaries() / "psql"), "-w", "-h", ports.HOST, "-p",
         str(cluster.port), "-U", postgres.ROLE, "-d", "postgres", "-c", "SELECT 1"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=dict(os.environ, PGPASSWORD="guess", PGPASSFILE=os.devnull))
    assert done.returncode and b"password authentication failed" in done.stdout
    assert (cluster.folder / "role_password").stat().st_mode & 0o077 == 0


def test_data_survive_a_kill(cluster, tmp_path):
    cluster.durable = True
    cluster.start()
    cluster.create_database("odoo")
    cluster._process.kill()
    cluster._process = None
    assert (cluster.folder / "postmaster.pid").exists()
    # The number in the file may belong to another process by now.
    other = processes.Process(
        "sleep", ["sleep", "60"], tmp_path / "log", user=cluster.user)
    try:
        (cluster.folder / "postmaster.pid").write_text("%d\n" % other.pid)
        cluster.start()
    finally:
        other.stop()
    assert cluster.databases() == ["odoo"]


def test_a_running_one_is_not_started_twice(cluster):
    cluster.start()
    with pytest.raises(ToolError, match="already runs"):
        postgres.Cluster(cluster.folder).start()
    assert cluster.query("SELECT 1", "postgres") == "1"


def test_data_of_another_version_are_not_touched(cluster):
    cluster.start()
    cluster.stop()
    (cluster.folder / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(ToolError, match="made by PostgreSQL 9.6.*make clean"):
        cluster.start()


def test_a_folder_that_its_user_cannot_reach_is_replaced(folder, monkeypatch):
    private = folder / "home"
    private.mkdir(mode=0o700)
    wanted = private / "checkout" / "postgres"
    if os.geteuid():
        assert postgres.place(wanted) == wanted
        return
    place = postgres.place(wanted)
    assert place != wanted and place == postgres.place(wanted)
    assert postgres._reachable(place.parent, postgres.unprivileged_user())
    private.chmod(0o711)
    (private / "checkout").mkdir()
    assert postgres.place(wanted) == wanted


def test_a_foreign_folder_with_our_name_is_refused(folder, monkeypatch):
    monkeypatch.setattr(postgres.tempfile, "tempdir", str(folder))
    (folder / "elsewhere").mkdir()
    (folder / ("dingding-%d" % os.geteuid())).symlink_to(folder / "elsewhere")
    with pytest.raises(ToolError, match="belongs to somebody else"):
        postgres._public_folder()
