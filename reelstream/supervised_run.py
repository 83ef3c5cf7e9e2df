"""A running system: waits for its steps, supervises its processes, shows its state."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from contracts.clock import now_ms
from contracts.run_record import Running, note
from reelstream.local_stack import LocalStack
from reelstream.replay_process import LEDGERS, Counts, ReplayProcess
from reelstream.run_summary import DemoFigures
from reelstream.startup_checklist import Checklist, State
from reelstream.system_probe import SystemProbe, View

TICK_S = 0.25
MEASURE_EVERY_S = 5.0


@dataclass
class SupervisedRun:
    """One run of a machine, from its first process to its last.

    Attributes:
        command: `demo` or `up`.
        checklist: the steps of its start.
        interrupted: whether it was told to stop.
        limit_s: seconds after which it ends by itself.
        show: draws it as it stands.
    """

    command: str
    local_stack: LocalStack
    checklist: Checklist
    interrupted: Callable[[], bool]
    limit_s: float | None
    show: Callable[["SupervisedRun"], None]
    began: float = field(default_factory=time.monotonic)
    began_ms: int = field(default_factory=now_ms)
    feeds: list[ReplayProcess] = field(default_factory=list)
    seen: DemoFigures = field(default_factory=DemoFigures)
    watch: SystemProbe = field(init=False)
    view: View = field(init=False)
    _measured_at: float = field(default=float("-inf"), init=False)

    def __post_init__(self) -> None:
        """Look at the machine's addresses."""
        self.watch = SystemProbe(self.local_stack.settings)
        self.view = self.watch.view()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.began

    @property
    def counts(self) -> Counts:
        """The progress of all producers together."""
        reports = [one.counts() for one in self.feeds]
        names = Counts.__struct_fields__
        return Counts(*(sum(getattr(report, name) for report in reports) for name in names))

    @property
    def known(self) -> Counts:
        """The same with people's ratings, and never less than what is known from further on.

        A ledger is a moment behind, and others may send too: what the speed layer has counted was
        acknowledged, and what was acknowledged was sent.
        """
        counts, accepted = self.counts, self.view.api.accepted
        acknowledged = max(counts.acknowledged + accepted, self.view.position.counted)
        return Counts(counts.total, max(counts.sent + accepted, acknowledged), acknowledged)

    def replay(self, name: str, data: str, *options: str) -> ReplayProcess:
        """Start a producer with these options of `producer replay`; killed, it resumes."""
        ledger = self.local_stack.settings.state / LEDGERS / f"{name}.json"
        arguments = ("producer", "replay", data, "--resume", "--ledger", str(ledger), *options)
        self.local_stack.start(name, *arguments, once=True)
        started = ReplayProcess(name, ledger, self.local_stack.supervisor)
        self.feeds.append(started)
        return started

    def wait(self, condition: Callable[[], bool]) -> bool:
        """Supervise everything until the condition holds (True) or it is time to stop (False).

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
        self.local_stack.stop()

    def _over(self) -> bool:
        return self.interrupted() or (self.limit_s is not None and self.elapsed_s > self.limit_s)

    def _tick(self) -> None:
        self.local_stack.supervisor.check()
        settings = self.local_stack.settings.model_dump(mode="json")
        processes = self.local_stack.supervisor.processes()
        note(Running(self.command, self.began_ms, settings, processes, self.local_stack.given))
        self.view = self.watch.view()
        if self.seen.seconds_to_page is None and self.watch.page_answers():
            self.seen.seconds_to_page = round(self.elapsed_s, 1)
            self.checklist.set("Page", State.done)
        if self.elapsed_s - self._measured_at > MEASURE_EVERY_S:
            self._measured_at = self.elapsed_s
            resident = self.local_stack.supervisor.resident_mb()
            self.seen.resident_mb = max(self.seen.resident_mb, resident)
            self.seen.trending = self.watch.trending(3)
        self.show(self)
