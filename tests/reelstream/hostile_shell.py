"""A shell that carries whatever other programs have put there: all of it at once."""

from pathlib import Path

LIMITS = ["sh", "-c", 'ulimit -Sn 64; umask 077; exec "$@"', "sh"]
"""Runs a command with few open files, and with rights for nobody else."""
PROXY = "http://127.0.0.1:9"
"""Nobody answers there."""
JAVA = "-Xmx16m -Duser.language=tr -Djava.io.tmpdir=/nowhere"
CLUSTER = """<configuration>
<property><name>fs.defaultFS</name><value>hdfs://nowhere.example:8020</value></property>
</configuration>"""


def hostile(folder: Path) -> dict[str, str]:
    """The variables; what they point at is made in the folder."""
    for module in ("pyspark", "py4j", "redis", "kafka", "numpy", "pydantic"):
        (folder / module).mkdir(parents=True)
        (folder / module / "__init__.py").write_text(f"raise ImportError('another {module}')\n")
    (folder / "core-site.xml").write_text(CLUSTER)
    (folder / "said.sh").write_text("echo a script that bash reads first\n")
    (folder / "startup.py").write_text("raise SystemExit('read at the start')\n")
    return _python(folder) | _java_and_spark(folder) | _machine(folder)


def _python(folder: Path) -> dict[str, str]:
    return {
        "PYTHONPATH": str(folder),
        "PYTHONSTARTUP": str(folder / "startup.py"),
        "PYTHONOPTIMIZE": "2",
        "PYTHONWARNINGS": "error",
        "PYTHONIOENCODING": "ascii:strict",
        "PYTHONUTF8": "0",
        "PYTHONINSPECT": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "VIRTUAL_ENV": "/nowhere",
        "NUMBA_DISABLE_JIT": "1",
        "MPLBACKEND": "none",
        "MLFLOW_TRACKING_URI": PROXY,
        "PROMETHEUS_MULTIPROC_DIR": "/nowhere",
        "WEB_CONCURRENCY": "many",
    }


def _java_and_spark(folder: Path) -> dict[str, str]:
    return {
        "JAVA_TOOL_OPTIONS": JAVA,
        "_JAVA_OPTIONS": JAVA,
        "JDK_JAVA_OPTIONS": JAVA,
        "CLASSPATH": "/nowhere.jar",
        "SPARK_HOME": "/nowhere/spark",
        "SPARK_CONF_DIR": str(folder),
        "SPARK_MASTER": "spark://nowhere.example:7077",
        "MASTER": "yarn",
        "SPARK_LOCAL_DIRS": "/proc/nowhere",
        "SPARK_LOCAL_IP": "10.255.255.1",
        "SPARK_DIST_CLASSPATH": "/nowhere",
        "PYSPARK_PYTHON": "/nowhere/python",
        "PYSPARK_DRIVER_PYTHON": "jupyter",
        "PYSPARK_SUBMIT_ARGS": "--master local[2]",
        "HADOOP_HOME": "/nowhere",
        "HADOOP_CONF_DIR": str(folder),
        "YARN_CONF_DIR": str(folder),
        "KAFKA_OPTS": "-Dnothing",
        "KAFKA_HEAP_OPTS": "-Xmx1m",
    }


def _machine(folder: Path) -> dict[str, str]:
    return {
        "http_proxy": PROXY,
        "HTTP_PROXY": PROXY,
        "https_proxy": PROXY,
        "HTTPS_PROXY": PROXY,
        "all_proxy": "socks5://127.0.0.1:9",
        "no_proxy": "",
        "NO_PROXY": "",
        "LANG": "C",
        "LC_ALL": "tr_TR.UTF-8",
        "LANGUAGE": "tr",
        "TZ": "Nowhere/Nothing",
        "TMPDIR": "/nowhere",
        "COLUMNS": "1",
        "TERM": "dumb",
        "NO_COLOR": "1",
        "BASH_ENV": str(folder / "said.sh"),
        "BASH_FUNC_java%%": "() { echo another java; }",
        "CDPATH": "/",
        "POSIXLY_CORRECT": "1",
    }
