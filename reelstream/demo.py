"""`reelstream demo`: history, first model, then the rest of the data set live."""

import time
from contextlib import closing
from pathlib import Path

from contracts.process_exit import FAILED, INTERRUPTED, Failure
from kafka_clients.retrain_log import RetrainLog
from reelstream.run_summary import Sample, Summary, freshness
from reelstream.startup_steps import load_history, open_services, train_first
from reelstream.supervised_run import TICK_S, SupervisedRun

HISTORY_SHARE = "90%"
LIVE = "live"
LIVE_RATE = "50"
SAMPLE_USER = 1
QUIET_WITHIN_S = 60.0
QUIET_WITHIN_INTERRUPTED_S = 12.0
"""Whoever presses Ctrl-C does not want to wait long."""


class NotQuiet(Failure):
    """The processes did not catch up with the topic after the replay; says how far they are."""

    where = "demo"
    what_to_do = "see the logs of speed and streaming"
    code = FAILED


def show_all(run: SupervisedRun, data: Path) -> Summary:
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
        run.checklist.say("replay finished; now rate something yourself")
        run.wait(lambda: False)
    _catch_up(run)
    return _summary(run)


def _personal_list(run: SupervisedRun) -> bool:
    """Wait until the API answers somebody with a list of their own."""
    if not run.wait(lambda: run.watch.titles(SAMPLE_USER)[0] in {"batch", "fold_in"}):
        return False
    run.seen.seconds_to_first_list = round(run.elapsed_s, 1)
    return True


def _replay_live(run: SupervisedRun, data: Path) -> bool:
    """Replay the rest with the wall clock, at a pace that people can watch."""
    run.checklist.say(f"replaying the rest live, {LIVE_RATE} ratings a second")
    options = ("--from", HISTORY_SHARE, "--clock", "now", "--rate", LIVE_RATE)
    return run.wait(run.replay(LIVE, str(data), *options).finished)


def _catch_up(run: SupervisedRun) -> None:
    """Stop the producers and let speed layer and log reach the topic's end.

    Raises:
        Failure: if there is nothing to sum up yet.
    """
    if run.seen.seconds_to_first_list is None:
        raise _too_early(run)
    for one in run.feeds:
        one.stop(timeout_s=2 if run.interrupted() else 30)
    within = QUIET_WITHIN_INTERRUPTED_S if run.interrupted() else QUIET_WITHIN_S
    deadline = run.elapsed_s + within
    while not _quiet(run):
        run.local_stack.supervisor.check()
        if run.elapsed_s > deadline:
            raise _not_quiet(run)
        time.sleep(TICK_S)


def _too_early(run: SupervisedRun) -> Failure:
    """It ended before the first list: what it was at, in words."""
    if run.interrupted():
        what_to_do = "nothing to do, the next demo starts from scratch"
        return Failure("interrupted during start-up", "demo", what_to_do, INTERRUPTED)
    what = f"it ended after {run.limit_s:g} s, during start-up: {run.checklist.current}"
    return Failure(what, "--for", "give it more time, e.g. --for 3m", FAILED)


def _quiet(run: SupervisedRun) -> bool:
    """Whether every record of the topic has been counted and has landed."""
    run.view = run.watch.view()
    counted, landed = run.view.position.counted, sum(run.watch.landed().values())
    return counted == landed == sum(run.watch.topic_ends().values())


def _not_quiet(run: SupervisedRun) -> Failure:
    counted, landed = run.view.position.counted, sum(run.watch.landed().values())
    acknowledged = run.counts.acknowledged + run.view.api.accepted
    what = f"{acknowledged} events acknowledged, {counted} counted, {landed} in the event log"
    if run.interrupted():
        what_to_do = "nothing to do, the next demo starts from scratch"
        return Failure(f"interrupted with {what}", "demo", what_to_do, INTERRUPTED)
    return NotQuiet(what)


def _summary(run: SupervisedRun) -> Summary:
    position, active, counts = run.view.position, run.view.active, run.counts
    # The API's own count may miss what it was killed over; what it promised must be there.
    ids = run.watch.landed_ids()
    by_people = max(ids.from_people, run.view.api.accepted)
    return Summary(
        sent=counts.sent + by_people,
        acknowledged=counts.acknowledged + by_people,
        replayed=sum(one.counts().acknowledged for one in run.feeds if one.name == LIVE),
        repeated=ids.repeated,
        applied=position.applied,
        no_effect=position.no_effect,
        rejected=sum(position.rejected.values()),
        model_version=active.version if active else None,
        versions_published=_versions_published(run),
        sample=Sample(SAMPLE_USER, run.watch.titles(SAMPLE_USER)[1]),
        seconds_to_page=run.seen.seconds_to_page,
        seconds_to_first_personal_list=run.seen.seconds_to_first_list,
        freshness_ms=freshness(run.view.speed),
        resident_mb=run.seen.resident_mb,
    )


def _versions_published(run: SupervisedRun) -> int:
    settings = run.local_stack.settings
    with closing(RetrainLog(settings.kafka, settings.topics.retrain, "reelstream-demo")) as log:
        return sum(decision.version is not None for decision in log.state().decisions)
