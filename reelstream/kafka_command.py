"""The embedded broker: one KRaft node on loopback, from Kafka's jars."""

import base64
import subprocess
import uuid
from pathlib import Path

from contracts.atomic_files import write_atomically
from contracts.java_options import options as java_options
from contracts.process_exit import FAILED, Failure
from contracts.settings import SCRATCH
from reelstream.die_with_parent import dying_with_parent
from reelstream.java import Java
from reelstream.ports import Ports

HEAP = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")

PROPERTIES = """\
node.id=1
process.roles=broker,controller
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{kafka},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{kafka}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
# The default of 128 MB does not fit a small heap.
log.cleaner.dedupe.buffer.size=8388608
# A broker that was killed is taken back after seconds.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"""

LOGGING = """\
log4j.rootLogger=WARN, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d %p %c{1}: %m%n
log4j.logger.kafka.server.KafkaRaftServer=INFO
"""


class BrokerNotPrepared(Failure):
    """Kafka's storage tool failed; holds the end of its output."""

    where = "Kafka"
    what_to_do = "check that the folder is writable and the disk is not full"
    code = FAILED


def prepare(java: Java, jars: Path, state: Path, ports: Ports) -> list[str]:
    """Configure the broker below `state`, format its storage once; the command that runs it.

    Raises:
        BrokerNotPrepared: if the storage cannot be formatted.
    """
    folder, temporary = state / "kafka", state / SCRATCH
    for one in (folder, temporary):
        one.mkdir(parents=True, exist_ok=True)
    properties, logging = folder / "server.properties", folder / "log4j.properties"
    text = PROPERTIES.format(controller=ports.controller, kafka=ports.kafka, data=folder / "data")
    write_atomically(properties, _as_properties(text))
    write_atomically(logging, LOGGING.encode())
    command = [
        str(java.binary),
        *HEAP,
        *java_options(temporary),
        f"-Dlog4j.configuration={logging.as_uri()}",
        "-cp",
        class_path(jars),
    ]
    if not (folder / "data" / "meta.properties").exists():
        _format(command, properties)
    return [*command, "kafka.Kafka", str(properties)]


def _as_properties(text: str) -> bytes:
    """Java reads properties as Latin-1: letters beyond ASCII are spelled as UTF-16 units."""
    return "".join(map(_spelled, text)).encode("ascii")


def _spelled(character: str) -> str:
    units = character.encode("utf-16-be").hex()
    spelled = "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))
    return character if character.isascii() else spelled


def class_path(jars: Path) -> str:
    """All jars, in an order that does not change."""
    return ":".join(str(jar) for jar in sorted(jars.glob("*.jar")))


def new_cluster_id() -> str:
    """A random id as Kafka writes them; a first `-` would be taken for an option."""
    first, *rest = uuid.uuid4().bytes
    return base64.urlsafe_b64encode(bytes([first & 0x7F, *rest])).decode().rstrip("=")


def _format(command: list[str], properties: Path) -> None:
    tool = ["kafka.tools.StorageTool", "format", "-t", new_cluster_id(), "-c", str(properties)]
    # In a session of its own: Ctrl-C is for us, and we end it in our own way.
    done = subprocess.run(
        dying_with_parent([*command, *tool]),
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    if done.returncode:
        raise BrokerNotPrepared(f"{properties}: {(done.stdout + done.stderr).strip()[-300:]}")
