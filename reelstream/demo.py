"""The whole loop on one machine: history, first model, then the rest of the data set live."""

import time
from contextlib import closing
from pathlib import Path

from contracts.edge import INTERRUPTED, Failure
from contracts.requests import RetrainLog
from reelstream.run import TICK_S, Run
from reelstream.steps import load_history, open_services, train_first
from reelstream.summary import Sample, Summary, freshness

HISTORY_SHARE = "90%"
LIVE_RATE = "50"
SAMPLE_USER = 1
QUIET_WITHIN_S = 60.0
QUIET_WITHIN_INTERRUPTED_S = 3.0
"""Whoever presses Ctrl-C does not want to wait."""


class NotQuiet(RuntimeError):
    """The processes did not catch up with the topic after the replay; says how far they are."""


def show_all(run: Run, data: Path) -> Summary:
    """Run until told to stop, then let everything catch up and sum up.

    Raises:
        KeepsDying, NotQuiet: if it cannot go on.
        Failure: if it was interrupted before everything had been counted and landed.
    """
    if (
        open_services(run, data)
        and load_history(run, data, "--until", HISTORY_SHARE)
        and train_first(run)
        and _personal_list(run)
        and _replay_live(run, data)
    ):
        run.checklist.say("replay finished; your turn: rate something")
        run.wait(lambda: False)
    _catch_up(run)
    return _summary(run)


def _personal_list(run: Run) -> bool:
    """Wait until the API answers somebody with a list of their own."""
    if not run.wait(lambda: run.watch.titles(SAMPLE_USER)[0] in {"batch", "fold_in"}):
        return False
    run.seen.seconds_to_first_list = round(run.elapsed_s, 1)
    return True


def _replay_live(run: Run, data: Path) -> bool:
    """Replay the rest with the wall clock, at a pace that people can watch."""
    run.checklist.say(f"the rest is replayed live, {LIVE_RATE} ratings a second")
    options = ("--from", HISTORY_SHARE, "--clock", "now", "--rate", LIVE_RATE)
    return run.wait(run.feed("live", str(data), *options).finished)


def _catch_up(run: Run) -> None:
    """Stop the producers and let speed layer and log reach the topic's end."""
    if run.interrupted() and run.seen.seconds_to_first_list is None:
        what_to_do = "nothing to do, the next demo begins afresh"
        raise Failure("interrupted during the start", "demo", what_to_do, INTERRUPTED)
    for one in run.feeds:
        one.stop(timeout_s=2 if run.interrupted() else 30)
    within = QUIET_WITHIN_INTERRUPTED_S if run.interrupted() else QUIET_WITHIN_S
    deadline = run.elapsed_s + within
    while not _quiet(run):
        run.machine.supervisor.check()
        if run.elapsed_s > deadline:
            raise _not_quiet(run)
        time.sleep(TICK_S)


def _quiet(run: Run) -> bool:
    """Whether every record of the topic has been counted and has landed."""
    run.view = run.watch.view()
    counted, landed = run.view.position.counted, sum(run.watch.landed().values())
    return counted == landed == sum(run.watch.topic_ends().values())


def _not_quiet(run: Run) -> RuntimeError:
    counted, landed = run.view.position.counted, sum(run.watch.landed().values())
    acknowledged = run.counts.acknowledged + run.view.accepted
    what = f"{acknowledged} events acknowledged, {counted} counted, {landed} landed"
    if run.interrupted():
        what_to_do = "nothing to do, the next demo begins afresh"
        return Failure(f"interrupted with {what}", "demo", what_to_do, INTERRUPTED)
    return NotQuiet(what)


def _summary(run: Run) -> Summary:
    position, active, counts = run.view.position, run.view.active, run.counts
    # The API's own count may miss what it was killed over; what it promised must be there.
    ids = run.watch.landed_ids()
    by_people = max(ids.from_people, run.view.accepted)
    return Summary(
        sent=counts.sent + by_people,
        acknowledged=counts.acknowledged + by_people,
        repeated=ids.repeated,
        applied=position.applied,
        no_effect=position.no_effect,
        rejected=sum(position.rejected.values()),
        model_version=active.version if active else None,
        versions_published=_versions_published(run),
        sample=Sample(SAMPLE_USER, run.watch.titles(SAMPLE_USER)[1]),
        seconds_to_page=run.seen.seconds_to_page,
        seconds_to_first_personal_list=run.seen.seconds_to_first_list,
        freshness_ms=freshness(run.view.said["speed"]),
        resident_mb=run.seen.resident_mb,
    )


def _versions_published(run: Run) -> int:
    settings = run.machine.settings
    with closing(RetrainLog(settings.kafka, settings.topics.retrain, "reelstream-demo")) as log:
        return sum(decision.version is not None for decision in log.state().decisions)
