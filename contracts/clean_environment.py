"""Cleans the environment inherited from the shell, for our processes.

Libraries read the environment behind our back: another Spark's SPARK_HOME, a notebook's submit
arguments or an interpreter's flags would change or end what runs here. Imports the standard library
alone: it works before other people's modules are out of the way.
"""

import os
import resource
import signal
import sys
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

FOREIGN = {
    "PYTHON*": "modules and flags of other programs; kafka-python decodes inside an assert",
    "SPARK_*": "another Spark, its configuration, its master",
    "PYSPARK_*": "another Python for Spark's workers; a notebook's arguments",
    "_PYSPARK_*": "where an earlier gateway said its port",
    "MASTER": "Spark's master, as old tutorials name it",
    "HADOOP_*": "a cluster's configuration: paths would lie in its file system",
    "HDFS_*": "as above",
    "YARN_*": "as above",
    "HIVE_*": "as above",
    "JAVA_TOOL_OPTIONS": "options for every Java: agents, ports, memory, languages",
    "JDK_JAVA_OPTIONS": "as above",
    "_JAVA_OPTIONS": "as above; these even win over ours",
    "CLASSPATH": "other programs' jars",
    "KAFKA_*": "options for Kafka's own scripts",
    "NUMBA_*": "how numba compiles; without it training takes a hundred times as long",
    "MLFLOW_*": "a company's tracking server",
    "MPLBACKEND": "a notebook's way to draw",
    "PROMETHEUS_MULTIPROC_DIR": "makes the metrics library share a folder with other programs",
    "prometheus_multiproc_dir": "as above",
    "WEB_CONCURRENCY": "a hosting service's number of web workers",
    "BASH_ENV": "a script that bash reads first; Spark's launcher is one of bash",
    "BASH_FUNC_*": "functions that bash would call instead of programs",
    "BASHOPTS": "options of an interactive shell",
    "SHELLOPTS": "as above",
    "POSIXLY_CORRECT": "a stricter bash, which cannot read Spark's launcher",
    "CDPATH": "makes `cd` speak, in the midst of what Spark's launcher reads",
    "ENV": "a script that sh reads first",
    "LANG": "the language: Java upper-cases names by it, and a Turkish i is not one of Kafka's",
    "LANGUAGE": "as above",
    "LC_*": "as above",
    "LOCPATH": "where the languages lie",
}
"""What is not handed on, by name or pattern, and what it would do."""

HARMLESS = {
    "PYTHONUNBUFFERED",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPYCACHEPREFIX",
    "PYTHONNOUSERSITE",
    "PYTHONUSERBASE",
    "NUMBA_CACHE_DIR",
}
"""Of these patterns, what is handed on all the same."""

OURS = {
    "LC_CTYPE": "C.UTF-8",  # letters beyond ASCII in paths, and no language
    "PYTHONUTF8": "1",
    "PYTHONSAFEPATH": "1",  # a file in the working folder is not taken for a module of ours
}
SPARED = ("127.0.0.1", "localhost", "::1")
"""What no proxy is asked for."""
NARROWEST = 40
"""Columns of a terminal in which lines can be read."""
HERE = Path(__file__).resolve()
ROOT = HERE.parents[1]

SUBMITTED = "PYSPARK_GATEWAY_PORT"
"""Set by `spark-submit` in the process that it starts, and by nothing that a shell keeps."""
BEGUN = "begun-by-reelstream"
"""An option (-X) without a meaning to Python: we have restarted this process ourselves."""
OPEN_FILES = 4096
"""What we ask for if the shell allows less; Spark opens hundreds of jars."""


def made(shell: Mapping[str, str]) -> dict[str, str]:
    """The environment of our making; made of itself, it stays as it is.

    Args:
        shell: the environment that we were given.
    """
    kept = {n: value for n, value in shell.items() if not foreign(n) and _usable(n, value)}
    return kept | OURS | _installed(shell) | _loopback_spared(shell)


def foreign(name: str) -> bool:
    """Whether a variable is not handed on."""
    return name not in HARMLESS and any(fnmatchcase(name, pattern) for pattern in FOREIGN)


def _usable(name: str, value: str) -> bool:
    """Whether a value can be what it stands for; without it the system itself is asked."""
    if name == "HOME":
        return value.startswith("/")
    return name != "COLUMNS" or (value.isdecimal() and int(value) >= NARROWEST)


def submitted() -> bool:
    """Whether `spark-submit` has started this process: then it says how Spark runs."""
    return SUBMITTED in os.environ


def begin() -> None:
    """Give this process an environment and limits of our making, whatever shell started it.

    Python itself reads some variables before we run: where they matter, the process is started
    anew, once. Under `spark-submit` everything stays as that has made it.
    """
    if submitted():
        return
    ours = made(os.environ)
    _mend_limits()
    if BEGUN not in sys._xoptions and _read_by_python(ours):
        command = [sys.executable, "-X", BEGUN, "-m", "reelstream", *sys.argv[1:]]
        os.execve(sys.executable, command, ours)
    for name in os.environ.keys() - ours.keys():
        del os.environ[name]
    os.environ.update(ours)


def _read_by_python(ours: Mapping[str, str]) -> bool:
    """Whether this interpreter has read something that is not of our making."""
    given = {n: v for n, v in os.environ.items() if n.startswith("PYTHON") and n not in HARMLESS}
    return bool(
        sys.flags.optimize
        or sys.getfilesystemencoding() != "utf-8"
        or any(ours.get(name) != value for name, value in given.items())
    )


def _installed(shell: Mapping[str, str]) -> dict[str, str]:
    """Of PYTHONPATH, the folders that we ourselves lie in: that is how we were found."""
    listed = shell.get("PYTHONPATH", "").split(os.pathsep)
    ours = [one for one in listed if one and Path(one, "contracts", HERE.name).resolve() == HERE]
    if not ours and str(ROOT) not in sys.path[1:] and Path.cwd() == ROOT:
        ours = [str(ROOT)]  # not installed: found in the working folder
    return {"PYTHONPATH": os.pathsep.join(ours)} if ours else {}


def _loopback_spared(shell: Mapping[str, str]) -> dict[str, str]:
    """Proxies are for what is elsewhere."""
    given = shell.get("no_proxy") or shell.get("NO_PROXY") or ""
    spared = [name.strip() for name in given.split(",") if name.strip()]
    if spared == ["*"] or not any(name.lower().endswith("_proxy") for name in shell):
        return {}
    whole = ",".join([*spared, *(name for name in SPARED if name not in spared)])
    return {"no_proxy": whole, "NO_PROXY": whole}


def _mend_limits() -> None:
    """Files that may be open, rights on what we write, and children whose ends we are told."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    os.umask(os.umask(0o077) & 0o077)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
