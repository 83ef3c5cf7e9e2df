"""The jars of Kafka and of Spark's connector: by coordinate and SHA-256, through PySpark's Ivy.

`jars.lock.json` lists every jar, transitive ones too; nothing is resolved at run time.
"""

import importlib.util
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

import msgspec

from contracts.file_checks import sha256_of
from contracts.java_options import options as java_options
from contracts.process_exit import DAMAGED, UNREACHABLE, Failure
from reelstream.die_with_parent import dying_with_parent
from reelstream.java import Java
from reelstream.truststore import network_options

LOCK = Path(__file__).with_name("jars.lock.json")


class BadJar(Failure):
    """A jar that does not match the lock; names it with both hashes."""

    where = "jars"
    what_to_do = "check for a proxy that alters downloads, and try again"
    code = DAMAGED


class NoJars(Failure):
    """The jars cannot be downloaded."""

    where = "jars"
    what_to_do = "check the network, and try again"
    code = UNREACHABLE


class Jar(msgspec.Struct, frozen=True):
    """One line of the lock."""

    organisation: str
    name: str
    revision: str
    sha256: str

    @property
    def file(self) -> str:
        """Its file's name."""
        return f"{self.name}-{self.revision}.jar"


Lock = Mapping[str, list[Jar]]
"""The sets `connector` and `broker`, each in a folder of its name."""


def locked() -> Lock:
    """What the lock says."""
    return msgspec.json.decode(LOCK.read_bytes(), type=dict[str, list[Jar]])


def fetch(java: Java, target: Path, announce: Callable[[str], None], lock: Lock) -> None:
    """Have every jar of the lock below `target`; download only what is missing or damaged there.

    Raises:
        NoJars: if a download fails.
        BadJar: if the hash of what was downloaded differs.
    """
    missing = missing_from(target, lock)
    count = sum(map(len, missing.values()))
    if not count:
        return
    announce(f"downloading {count} jars for Kafka and Spark's connector (56 MB)")
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target) as folder:
        _retrieve(java, Path(folder), missing)
        _check(Path(folder), missing)
        for kind, jars in missing.items():
            (target / kind).mkdir(exist_ok=True)
            for jar in jars:
                (Path(folder) / kind / jar.file).replace(target / kind / jar.file)


def missing_from(target: Path, lock: Lock) -> dict[str, list[Jar]]:
    """Jars of the lock that are not below `target` as the lock has them."""
    missing = {
        kind: [jar for jar in some if sha256_of(target / kind / jar.file) != jar.sha256]
        for kind, some in lock.items()
    }
    return {kind: some for kind, some in missing.items() if some}


def _check(folder: Path, wanted: Lock) -> None:
    for kind, some in missing_from(folder, wanted).items():
        found = sha256_of(folder / kind / some[0].file)
        if found is None:
            raise NoJars(f"{some[0].file} could not be downloaded")
        raise BadJar(f"{some[0].file} has SHA-256 {found}, not {some[0].sha256}")


def _retrieve(java: Java, folder: Path, jars: Lock) -> None:
    settings = folder / "ivy.xml"
    settings.write_text(_ivy_file(jars))
    pattern = f"{folder}/[conf]/[artifact]-[revision].[ext]"
    ivy = ["-cache", str(folder / "cache"), "-ivy", str(settings), "-retrieve", pattern]
    options = [*java_options(folder), *network_options(folder)]
    command = [str(java.binary), *options, "-cp", str(_ivy_jar()), "org.apache.ivy.Main", *ivy]
    done = subprocess.run(
        dying_with_parent(command),
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    if done.returncode:
        raise NoJars(f"Ivy failed ({complaint(done.stdout)})")


def complaint(output: str) -> str:
    """The line of Ivy's output that says why it failed; its last line never does."""
    lines = [line.strip(" \t:") for line in output.splitlines()]
    telling = [line for line in lines if "access error" in line or "not found" in line]
    return (telling or [line for line in lines if line] or ["it printed nothing"])[-1][:300]


def _ivy_file(jars: Lock) -> str:
    """The jars as a module descriptor for Ivy, none of them transitive."""
    confs = "".join(f"<conf name={quoteattr(kind)}/>" for kind in jars)
    dependencies = "".join(
        f"<dependency org={quoteattr(jar.organisation)} name={quoteattr(jar.name)} "
        f'rev={quoteattr(jar.revision)} transitive="false" conf="{kind}-&gt;master"/>\n'
        for kind, some in jars.items()
        for jar in some
    )
    return (
        '<ivy-module version="2.0"><info organisation="reelstream" module="jars"/>'
        f"<configurations>{confs}</configurations>"
        f"<dependencies>{dependencies}</dependencies></ivy-module>"
    )


def _ivy_jar() -> Path:
    spec = importlib.util.find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise NoJars("PySpark, whose Ivy fetches the jars, is not installed")
    return next((Path(spec.origin).parent / "jars").glob("ivy-*.jar"))
