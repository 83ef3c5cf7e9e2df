"""What a shell may carry, a row each: what it is, and what becomes of it."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from contracts.clean_environment import FOREIGN, OPEN_FILES, OURS, foreign, made
from contracts.settings import child_environment

ROOT = Path(__file__).parents[2]
PLAIN = {"PATH": "/bin", "HOME": "/home/somebody", "TERM": "xterm"}

LEFT_OUT = [
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "PYTHONOPTIMIZE",
    "PYTHONWARNINGS",
    "PYTHONINSPECT",
    "PYTHONIOENCODING",
    "PYTHONHASHSEED",
    "PYTHONDEVMODE",
    "SPARK_HOME",
    "SPARK_CONF_DIR",
    "SPARK_MASTER",
    "SPARK_LOCAL_DIRS",
    "SPARK_LOCAL_IP",
    "SPARK_DIST_CLASSPATH",
    "MASTER",
    "PYSPARK_PYTHON",
    "PYSPARK_DRIVER_PYTHON",
    "PYSPARK_SUBMIT_ARGS",
    "PYSPARK_GATEWAY_PORT",
    "_PYSPARK_DRIVER_CONN_INFO_PATH",
    "HADOOP_HOME",
    "HADOOP_CONF_DIR",
    "HADOOP_USER_NAME",
    "HDFS_NAMENODE_USER",
    "YARN_CONF_DIR",
    "HIVE_CONF_DIR",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "_JAVA_OPTIONS",
    "CLASSPATH",
    "KAFKA_OPTS",
    "KAFKA_HEAP_OPTS",
    "KAFKA_JMX_OPTS",
    "NUMBA_DISABLE_JIT",
    "MLFLOW_TRACKING_URI",
    "MPLBACKEND",
    "WEB_CONCURRENCY",
    "PROMETHEUS_MULTIPROC_DIR",
    "prometheus_multiproc_dir",
    "BASH_ENV",
    "BASH_FUNC_java%%",
    "BASHOPTS",
    "SHELLOPTS",
    "POSIXLY_CORRECT",
    "CDPATH",
    "ENV",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_MESSAGES",
    "LOCPATH",
]
HANDED_ON = [
    "PATH",
    "TERM",
    "TZ",
    "NO_COLOR",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "JAVA_HOME",
    "VIRTUAL_ENV",
    "SSL_CERT_FILE",
    "LD_LIBRARY_PATH",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_ENDPOINT_URL",
    "REELSTREAM_KAFKA",
    "REELSTREAM_STATE",
    "PYTHONUNBUFFERED",
    "PYTHONDONTWRITEBYTECODE",
    "NUMBA_CACHE_DIR",
]


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_would_change_our_processes_is_left_out(name: str) -> None:
    assert name not in made(PLAIN | {name: "1"})


@pytest.mark.parametrize("name", HANDED_ON)
def test_what_says_where_things_are_is_handed_on(name: str) -> None:
    assert made(PLAIN | {name: "1"})[name] == "1"


def test_every_pattern_of_the_table_has_a_row() -> None:
    unseen = {p for p in FOREIGN if not any(foreign(n) and _of(p, n) for n in LEFT_OUT)}

    assert unseen == set()


def _of(pattern: str, name: str) -> bool:
    return name.startswith(pattern.removesuffix("*"))


def test_an_environment_of_our_making_is_not_made_again() -> None:
    hostile = PLAIN | dict.fromkeys(LEFT_OUT, "1") | {"http_proxy": "x", "PYTHONPATH": str(ROOT)}

    once = made(hostile)

    assert made(once) == once
    assert OURS.items() <= once.items()


def test_of_pythonpath_the_folder_that_we_lie_in_stays() -> None:
    assert made(PLAIN | {"PYTHONPATH": f"/other:{ROOT}:"})["PYTHONPATH"] == str(ROOT)


def test_a_checkout_that_is_not_installed_is_found_by_its_children() -> None:
    program = "from contracts.clean_environment import made; print(made({})['PYTHONPATH'])"
    without_packages = [sys.executable, "-S", "-c", program]

    done = subprocess.run(without_packages, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)

    assert done.stdout.strip() == str(ROOT)


@pytest.mark.parametrize(
    ("given", "spared"),
    [
        ({}, "127.0.0.1,localhost,::1"),
        ({"no_proxy": ""}, "127.0.0.1,localhost,::1"),
        ({"no_proxy": ".example, localhost"}, ".example,localhost,127.0.0.1,::1"),
        ({"NO_PROXY": "10.0.0.1"}, "10.0.0.1,127.0.0.1,localhost,::1"),
        ({"no_proxy": "a", "NO_PROXY": "b"}, "a,127.0.0.1,localhost,::1"),
    ],
)
@pytest.mark.parametrize("proxy", ["http_proxy", "HTTPS_PROXY", "all_proxy"])
def test_no_proxy_is_asked_for_loopback(proxy: str, given: dict[str, str], spared: str) -> None:
    environment = made(PLAIN | {proxy: "http://proxy.example:3128"} | given)

    assert environment[proxy] == "http://proxy.example:3128"
    assert (environment["no_proxy"], environment["NO_PROXY"]) == (spared, spared)


def test_whoever_spares_everything_is_left_alone() -> None:
    environment = made(PLAIN | {"http_proxy": "http://proxy.example", "no_proxy": "*"})

    assert environment["no_proxy"] == "*"


@pytest.mark.parametrize(
    ("name", "value"), [("HOME", ""), ("HOME", "~"), ("COLUMNS", "1"), ("COLUMNS", "wide")]
)
def test_a_value_that_cannot_be_is_left_out(name: str, value: str) -> None:
    assert name not in made(PLAIN | {name: value})


BEGINS = """
import os, signal, sys
def anew(program, command, environment):
    print("anew", *command[1:], environment.get("PYTHONOPTIMIZE"))
    sys.exit()
os.execve = anew
from contracts.clean_environment import begin
begin()
print(sorted({"SPARK_HOME", "PYSPARK_SUBMIT_ARGS"} & set(os.environ)))
"""
"""Says how it would be started anew, else what is left of Spark's variables."""
ANEW = "anew -X begun-by-reelstream -m reelstream up None"


def begun(variables: Mapping[str, str], *options: str) -> str:
    """What the program says in a shell that carries these."""
    done = subprocess.run(
        [sys.executable, *options, "-c", BEGINS, "up"],
        env=child_environment({}) | dict(variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("variables", "options"),
    [
        ({"PYTHONOPTIMIZE": "1"}, []),
        ({"PYTHONPATH": "/nowhere"}, []),
        ({"PYTHONWARNINGS": "error"}, []),
        ({"PYTHONIOENCODING": "ascii"}, []),
        ({}, ["-O"]),
    ],
)
def test_a_python_that_has_read_the_shell_is_started_anew(
    variables: dict[str, str], options: list[str]
) -> None:
    assert begun(variables, *options) == ANEW


@pytest.mark.parametrize(
    ("variables", "options", "left"),
    [
        ({"SPARK_HOME": "/opt/spark", "PYSPARK_SUBMIT_ARGS": "--master x"}, [], "[]"),
        ({"SPARK_HOME": "/opt/spark", "PYTHONUNBUFFERED": "1"}, [], "[]"),
        ({"PYTHONOPTIMIZE": "1"}, ["-X", "begun-by-reelstream"], "[]"),
        (
            {"SPARK_HOME": "/opt/spark", "PYSPARK_GATEWAY_PORT": "1", "PYTHONPATH": "/nowhere"},
            [],
            "['SPARK_HOME']",
        ),
    ],
    ids=["Spark's", "what Python reads but minds not", "anew already", "under spark-submit"],
)
def test_others_go_on_with_what_is_theirs_taken_out(
    variables: dict[str, str], options: list[str], left: str
) -> None:
    assert begun(variables, *options) == left


def few_files() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 2 * OPEN_FILES))


def very_few_files() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 100))


LIMITS = """
import os, resource, signal
from contracts.clean_environment import begin
begin()
files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
print(files, oct(os.umask(0)), signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL)
"""


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (few_files, f"{OPEN_FILES} 0o22 True"),
        (very_few_files, "100 0o22 True"),
        (lambda: os.umask(0o777), None),
        (lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN), None),
    ],
    ids=["few files", "very few files", "no rights", "children forgotten"],
)
def test_limits_are_as_good_as_they_may_be(limit: Callable[[], object], said: str | None) -> None:
    before = os.umask(0o022)
    done = subprocess.run(
        [sys.executable, "-c", LIMITS],
        env=child_environment({}),
        preexec_fn=limit,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    os.umask(before)

    files, umask, told = done.stdout.split()
    assert said is None or done.stdout.strip() == said
    assert int(files) >= 100
    assert (int(umask, 8) & 0o700, told) == (0, "True")
