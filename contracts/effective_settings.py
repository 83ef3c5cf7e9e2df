"""The settings that a command goes by: the environment's, and those of the run beside it."""

from contracts.run_record import RECORD, Running, read_record, what_runs
from contracts.settings import Settings, from_environment


def settings_here() -> Settings:
    """What a command goes by that looks at, or works on, a system that is there.

    Those of the run that holds the state folder, where one does; what the environment names wins,
    each setting by itself. What starts a system goes by `from_environment` alone.

    Raises:
        BadSettings: as `from_environment`.
    """
    return found_here()[0]


def found_here() -> tuple[Settings, Running | None]:
    """The same with the run, where there is one."""
    given = from_environment()
    running = what_runs(given.state)
    return (given if running is None else running.beside(given)), running


def last_up(settings: Settings) -> Settings | None:
    """The settings of the `up` that ran last in this state folder; None if there was none."""
    record = settings.state / "up" / RECORD
    if not record.exists():
        return None
    return read_record(record).beside(settings)
