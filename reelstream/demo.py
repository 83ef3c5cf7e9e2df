"""The whole loop on one machine: history, first model, then the rest of the data set live."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from contracts.clock import now_ms
from contracts.edge import INTERRUPTED, Failure
from contracts.requests import Request, RetrainLog, Trigger, request
from contracts.topics import reached
from reelstream import feed
from reelstream.feed import Counts, Feed
from reelstream.machine import TRAINER_NICE, Machine
from reelstream.progress import Checklist, State, Step
from reelstream.summary import Sample, Seen, Summary, freshness
from reelstream.watch import View, Watch

HISTORY_SHARE = "0.9"
LIVE_RATE = "50"
SAMPLE_USER = 1
TICK_S = 0.25
MEASURE_EVERY_S = 5.0
QUIET_WITHIN_S = 60.0
QUIET_WITHIN_INTERRUPTED_S = 3.0
"""Whoever presses Ctrl-C does not want to wait."""
STEPS = ("Page", "Kafka", "History", "First model")


class NotQuiet(RuntimeError):
    """The processes did not catch up with the topic after the replay; says how far they are."""


@dataclass
class Demo:
    """One run of the demo, from an empty folder to its summary."""

    machine: Machine
    data: Path
    interrupted: Callable[[], bool]
    limit_s: float | None
    show: Callable[["Demo"], None]
    began: float = field(default_factory=time.monotonic)
    feeds: list[Feed] = field(default_factory=list)
    seen: Seen = field(default_factory=Seen)
    view: View = field(init=False)
    watch: Watch = field(init=False)
    checklist: Checklist = field(init=False)
    retrains: RetrainLog | None = None
    _measured_at: float = field(default=float("-inf"), init=False)

    def __post_init__(self) -> None:
        """Look at the machine's addresses."""
        settings = self.machine.settings
        self.watch = Watch(settings)
        self.view = self.watch.view()
        self.checklist = Checklist(settings.progress, [Step(name) for name in STEPS])

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.began

    @property
    def counts(self) -> Counts:
        """What all producers report together."""
        reports = [one.counts() for one in self.feeds]
        names = Counts.__struct_fields__
        return Counts(*(sum(getattr(report, name) for report in reports) for name in names))

    def run(self) -> Summary:
        """Run until told to stop, then let everything catch up and sum up.

        Raises:
            KeepsDying, FeedFailed, NotQuiet: if it cannot go on.
            Failure: if it was interrupted before everything had been counted and landed.
        """
        steps = (self._open, self._load_history, self._train_first, self._replay_live)
        if all(step() for step in steps):
            self.checklist.say("replay finished; your turn: rate something")
            self._wait(lambda: False)
        return self._finish()

    def stop(self) -> None:
        """Stop everything that was started, in whatever state it is."""
        for one in self.feeds:
            one.stop(timeout_s=2)
        if self.retrains:
            self.retrains.close()
        self.machine.stop()

    def _open(self) -> bool:
        """Start page and services; the page answers before anything else is up."""
        self.checklist.set("Page", State.running)
        self.checklist.set("Kafka", State.running)
        self.machine.start_redis()
        self.machine.start("api", "api", "run")
        self.machine.start_kafka()
        self.machine.start("catalogue", "producer", "catalogue", str(self.data), once=True)
        if not self._wait(self.machine.topics_created):
            return False
        self.checklist.set("Kafka", State.done)
        return True

    def _load_history(self) -> bool:
        """Load the older share with its original clock, as fast as it goes."""
        self.checklist.set("History", State.running)
        history = self._feed("history", "--until", HISTORY_SHARE, "--clock", "original")
        self.machine.start("streaming", "streaming", "run")
        self.machine.start("speed", "speed", "run")
        self.machine.start("batch", "batch", "worker", nice=TRAINER_NICE)
        if not self._wait(history.finished):
            return False
        topic = self.watch.topic_ends()
        return self._wait(lambda: reached(self.watch.landed(), topic))

    def _train_first(self) -> bool:
        """Ask for the first model and wait until somebody's list comes of it."""
        self.checklist.set("History", State.done, f"{self.counts.acknowledged} ratings")
        self.checklist.set("First model", State.running, "in about 25 s")
        settings = self.machine.settings
        self.retrains = RetrainLog(settings.kafka, settings.topics.retrain, "reelstream-demo")
        self.retrains.append(self._first_request())
        return self._wait(lambda: self.watch.titles(SAMPLE_USER)[0] in {"batch", "fold_in"})

    def _replay_live(self) -> bool:
        """Replay the rest with the wall clock, at a pace that people can watch."""
        self.seen.seconds_to_first_list = round(self.elapsed_s, 1)
        self.checklist.set("First model", State.done)
        self.checklist.say(f"the rest is replayed live, {LIVE_RATE} ratings a second")
        live = self._feed("live", "--from", HISTORY_SHARE, "--clock", "now", "--rate", LIVE_RATE)
        return self._wait(live.finished)

    def _first_request(self) -> Request:
        return request(Trigger.hand, self.watch.landed(), now_ms())

    def _feed(self, name: str, *options: str) -> Feed:
        arguments = [str(self.data), *options]
        logs = self.machine.settings.state / "logs"
        started = feed.start(name, arguments, self.machine.environment, logs)
        self.feeds.append(started)
        return started

    def _wait(self, condition: Callable[[], bool]) -> bool:
        """Look after everything until the condition holds (True) or it is time to stop (False)."""
        while not self._over():
            self._tick()
            if condition():
                return True
            time.sleep(TICK_S)
        return False

    def _over(self) -> bool:
        return self.interrupted() or (self.limit_s is not None and self.elapsed_s > self.limit_s)

    def _tick(self) -> None:
        self.machine.supervisor.check()
        for one in self.feeds:
            one.finished()
        self.view = self.watch.view()
        if self.seen.seconds_to_page is None and self.watch.page_answers():
            self.seen.seconds_to_page = round(self.elapsed_s, 1)
            self.checklist.set("Page", State.done)
        self._tell_history()
        if self.elapsed_s - self._measured_at > MEASURE_EVERY_S:
            self._measured_at = self.elapsed_s
            resident = self.machine.supervisor.resident_mb()
            self.seen.resident_mb = max(self.seen.resident_mb, resident)
            self.seen.trending = self.watch.trending(5)
        self.show(self)

    def _tell_history(self) -> None:
        history = self.feeds[0].counts() if self.feeds else Counts()
        if history.total and history.acknowledged < history.total:
            done, total = history.acknowledged // 1000, history.total // 1000
            self.checklist.set("History", State.running, f"{done}k of {total}k")

    def _finish(self) -> Summary:
        """Stop the producers, let speed and log catch up, and read the figures."""
        for one in self.feeds:
            one.stop(timeout_s=2 if self.interrupted() else 30)
        within = QUIET_WITHIN_INTERRUPTED_S if self.interrupted() else QUIET_WITHIN_S
        deadline = self.elapsed_s + within
        while not self._quiet():
            self.machine.supervisor.check()
            if self.elapsed_s > deadline:
                raise self._not_quiet()
            time.sleep(TICK_S)
        return self._summary()

    def _not_quiet(self) -> RuntimeError:
        counted, landed = self.view.position.counted, sum(self.watch.landed().values())
        what = f"{self._acknowledged()} events acknowledged, {counted} counted, {landed} landed"
        if self.interrupted():
            what_to_do = "nothing to do, the next demo begins afresh"
            return Failure(f"interrupted with {what}", "demo", what_to_do, INTERRUPTED)
        return NotQuiet(what)

    def _quiet(self) -> bool:
        self.view = self.watch.view()
        landed = sum(self.watch.landed().values())
        return self.view.position.counted == landed == self._acknowledged()

    def _acknowledged(self) -> int:
        return self.counts.acknowledged + self.view.accepted

    def _summary(self) -> Summary:
        position, active = self.view.position, self.view.active
        decisions = self.retrains.state().decisions if self.retrains else ()
        return Summary(
            sent=self.counts.sent + self.view.accepted,
            acknowledged=self._acknowledged(),
            applied=position.applied,
            no_effect=position.no_effect,
            rejected=sum(position.rejected.values()),
            model_version=active.version if active else None,
            versions_published=sum(decision.version is not None for decision in decisions),
            sample=Sample(SAMPLE_USER, self.watch.titles(SAMPLE_USER)[1]),
            seconds_to_page=self.seen.seconds_to_page,
            seconds_to_first_personal_list=self.seen.seconds_to_first_list,
            freshness_ms=freshness(self.view.speed),
            resident_mb=self.seen.resident_mb,
        )
