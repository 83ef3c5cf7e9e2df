from api.background import BackgroundTasks
from redis_store.connection import StoreError


def test_background_tasks_go_on_with_the_next_task_when_the_store_is_away() -> None:
    done: list[str] = []

    def fail() -> None:
        raise StoreError("away")

    BackgroundTasks([fail, lambda: done.append("next")]).once()

    assert done == ["next"]


def test_background_tasks_are_done_at_the_beginning_and_at_the_end() -> None:
    done: list[str] = []

    with BackgroundTasks([lambda: done.append("done")]).running():
        pass

    assert len(done) == 2
