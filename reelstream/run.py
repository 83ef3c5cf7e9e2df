"""A machine that runs: its steps waited for, its processes looked after, its state shown."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from contracts.clock import now_ms
from reelstream.feed import LEDGERS, Counts, Feed
from reelstream.machine import Machine
from reelstream.progress import Checklist, State
from reelstream.running import note
from reelstream.summary import Seen
from reelstream.watch import View, Watch

TICK_S = 0.25
MEASURE_EVERY_S = 5.0


@dataclass
class Run:
    """One run of a machine, from its first process to its last.

    Attributes:
        command: `demo` or `up`.
        checklist: the steps of its start.
        interrupted: whether it was told to stop.
        limit_s: seconds after which it ends by itself.
        show: draws it as it stands.
    """

    command: str
    machine: Machine
    checklist: Checklist
    interrupted: Callable[[], bool]
    limit_s: float | None
    show: Callable[["Run"], None]
    began: float = field(default_factory=time.monotonic)
    began_ms: int = field(default_factory=now_ms)
    feeds: list[Feed] = field(default_factory=list)
    seen: Seen = field(default_factory=Seen)
    view: View = field(init=False)
    watch: Watch = field(init=False)
    _measured_at: float = field(default=float("-inf"), init=False)

    def __post_init__(self) -> None:
        """Look at the machine's addresses."""
        self.watch = Watch(self.machine.settings)
        self.view = self.watch.view()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.began

    @property
    def counts(self) -> Counts:
        """How far all producers are together."""
        reports = [one.counts() for one in self.feeds]
        names = Counts.__struct_fields__
        return Counts(*(sum(getattr(report, name) for report in reports) for name in names))

    def feed(self, name: str, data: str, *options: str) -> Feed:
        """Start a producer with these options of `producer replay`; killed, it resumes."""
        ledger = self.machine.settings.state / LEDGERS / f"{name}.json"
        arguments = ("producer", "replay", data, "--resume", "--ledger", str(ledger), *options)
        self.machine.start(name, *arguments, once=True)
        started = Feed(name, ledger, self.machine.supervisor)
        self.feeds.append(started)
        return started

    def wait(self, condition: Callable[[], bool]) -> bool:
        """Look after everything until the condition holds (True) or it is time to stop (False).

        Raises:
            KeepsDying: if it cannot go on.
        """
        while not self._over():
            self._tick()
            if condition():
                return True
            time.sleep(TICK_S)
        return False

    def stop(self) -> None:
        """Stop everything that was started, in whatever state it is."""
        self.machine.supervisor.stop()

    def _over(self) -> bool:
        return self.interrupted() or (self.limit_s is not None and self.elapsed_s > self.limit_s)

    def _tick(self) -> None:
        self.machine.supervisor.check()
        settings, processes = self.machine.settings, self.machine.supervisor.processes()
        note(self.command, self.began_ms, settings, processes)
        self.view = self.watch.view()
        if self.seen.seconds_to_page is None and self.watch.page_answers():
            self.seen.seconds_to_page = round(self.elapsed_s, 1)
            self.checklist.set("Page", State.done)
        if self.elapsed_s - self._measured_at > MEASURE_EVERY_S:
            self._measured_at = self.elapsed_s
            resident = self.machine.supervisor.resident_mb()
            self.seen.resident_mb = max(self.seen.resident_mb, resident)
            self.seen.trending = self.watch.trending(3)
        self.show(self)
