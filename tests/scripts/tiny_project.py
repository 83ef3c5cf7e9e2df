"""A project that is set up as Reelstream is, in seconds: one package, one jar, its own index."""

import hashlib
import io
import shutil
import subprocess
import threading
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from contracts.settings import child_environment

ROOT = Path(__file__).parent.parent.parent
JARS = """{"connector": [{"name": "tiny", "revision": "1", "sha256": ""}]}"""
JAR = 'Path(os.environ["XDG_CACHE_HOME"], "reelstream/jars/connector/tiny-1.jar")'
MAIN = f"""
import os
from pathlib import Path
jar = {JAR}
jar.parent.mkdir(parents=True, exist_ok=True)
jar.touch()
"""
CLASS_ARCHIVE = """
import sys
from pathlib import Path
folder = Path(sys.prefix, "share/reelstream")
folder.mkdir(parents=True, exist_ok=True)
(folder / "spark-0.jsa").touch()
"""
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
BACKEND = """
import zipfile

INFO = "reelstream-1.dist-info"

def build_editable(folder, settings=None, metadata=None):
    name = "reelstream-1-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        told = "Metadata-Version: 2.1\\nName: reelstream\\nVersion: 1\\n"
        wheel.writestr(f"{INFO}/METADATA", told)
        wheel.writestr(f"{INFO}/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr(f"{INFO}/RECORD", "")
    return name

build_wheel = build_editable
"""


def wheel(name: str) -> bytes:
    """A wheel of one empty module."""
    content, info = io.BytesIO(), f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": "",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(content, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        lines = "".join(f"{path},,\n" for path in files)
        archive.writestr(f"{info}/RECORD", lines + f"{info}/RECORD,,\n")
    return content.getvalue()


@dataclass
class Index:
    """A package index that has `tiny`, and may stall in the middle of it."""

    port: int = 0
    stalls: bool = False
    asked: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    file: bytes = field(default_factory=lambda: wheel("tiny"))

    @property
    def url(self) -> str:
        """Where pip finds it."""
        return f"http://127.0.0.1:{self.port}/simple"


@contextmanager
def index() -> Iterator[Index]:
    """An index that answers on loopback."""
    here = Index()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name is the base class's
            page = b'<a href="/tiny-1.0-py3-none-any.whl">tiny-1.0-py3-none-any.whl</a>'
            is_file = self.path.endswith(".whl")
            body = here.file if is_file else page
            self.send_response(200 if is_file or self.path == "/simple/tiny/" else 404)
            self.send_header("Content-Type", "application/zip" if is_file else "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if is_file and here.stalls:
                self.wfile.write(body[:100])
                here.asked.set()
                here.go_on.wait(60)
                body = body[100:]
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # pip was killed: it left
    here.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield here
    finally:
        here.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Tiny:
    """The project's folder and the environment that it is set up in."""

    folder: Path
    environment: dict[str, str]

    def command(self, *before: str) -> list[str]:
        """The command of its set-up."""
        return [*before, str(self.folder / "scripts" / "setup")]

    def set_up(
        self, before: Sequence[str] = (), **changes: str
    ) -> "subprocess.CompletedProcess[str]":
        """Set it up, through another program if that is asked for."""
        return subprocess.run(
            self.command(*before),
            env={**self.environment, **changes},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def record_of(self, package: str, whole: bool) -> Path:
        """What pip leaves of a package; of one that it was killed over, not the last file."""
        site = next((self.folder / ".venv" / "lib").glob("python*/site-packages"))
        record = site / f"{package}-1.0.dist-info"
        record.mkdir()
        (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        if whole:
            (record / "INSTALLER").write_text("pip\n")
        return record

    def lock(self, content: bytes) -> None:
        """Ask for a `tiny` of this content."""
        digest = hashlib.sha256(content).hexdigest()
        text = f"tiny==1.0 \\\n    --hash=sha256:{digest}\n    # via nobody\n"
        (self.folder / "locks" / "dev.lock").write_text(text)


def tiny_project(folder: Path, index_url: str) -> Tiny:
    """A fresh one; Java and Redis are there."""
    project = folder / "tiny project"
    for name in (
        *(f"scripts/{path.name}" for path in (ROOT / "scripts").glob("*.py")),
        "scripts/setup",
        *(
            f"contracts/{name}.py"
            for name in ("__init__", "file_checks", "class_archive", "clock", "process_exit")
        ),
        *(f"reelstream/{name}.py" for name in ("__init__", "error_translation", "die_with_parent")),
    ):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, project / name)
    (project / "reelstream" / "jars.lock.json").write_text(JARS)
    (project / "reelstream" / "__main__.py").write_text(MAIN)
    (project / "scripts" / "class_archive.py").write_text(CLASS_ARCHIVE)
    (project / "pyproject.toml").write_text(PYPROJECT)
    (project / "backend.py").write_text(BACKEND)
    (project / "locks").mkdir()
    for extra in ("java", "redis"):
        (project / "locks" / f"{extra}.lock").write_text("")
    programs = folder / "bin"
    program(programs / "java", "echo 'openjdk version \"17.0.1\"'")
    program(programs / "redis-server", "echo 'Redis server v=7.0.15 sha=0'")
    environment = {
        "PATH": f"{programs}:{child_environment({})['PATH']}",
        "HOME": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "PIP_INDEX_URL": index_url,
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_RETRIES": "1",  # each takes longer than the one before
        "NO_PROXY": "127.0.0.1",
        "LC_ALL": "C.UTF-8",
    }
    tiny = Tiny(project, environment)
    tiny.lock(wheel("tiny"))
    return tiny


def program(path: Path, line: str) -> None:
    """A program of one line."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
