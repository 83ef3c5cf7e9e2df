from collections.abc import Callable
from itertools import pairwise

from movielens.rating_blocks import Ratings
from producer.in_flight_window import Window
from producer.pace import Pace, at_rate, at_speed, unlimited
from producer.replay import CHUNK, Pacing, replay
from tests.producer.builders import FakeSender, FakeTime, ratings, records


def replayed(
    batches: list[Ratings],
    sender: FakeSender | None = None,
    pace: Pace = unlimited,
    stopping: Callable[[FakeSender], bool] = lambda _: False,
    time: FakeTime | None = None,
    report: Callable[[Window], None] = lambda _: None,
) -> Window:
    clock, kafka = time or FakeTime(), sender or FakeSender()
    window = Window(kafka, "ratings", 0, lambda _: None, clock.monotonic)
    tempo = Pacing(pace, clock.monotonic, clock.sleep)
    replay(batches, records, window, tempo, lambda: stopping(kafka), report)
    return window


def rows(sender: FakeSender) -> list[int]:
    return [int(value) for _, value, _ in sender.sent]


def test_every_row_is_sent_in_order_and_acknowledged() -> None:
    sender = FakeSender()

    count = CHUNK + 9

    window = replayed([ratings(count), ratings(7, count)], sender)

    assert rows(sender) == list(range(count + 7))
    assert (window.next, window.error) == (count + 7, None)


def test_nothing_is_sent_after_a_failure() -> None:
    sender = FakeSender(fails={5: TimeoutError()}, per_poll=CHUNK)

    window = replayed([ratings(3 * CHUNK)], sender)

    assert window.error is not None
    assert len(sender.sent) < 3 * CHUNK


def test_a_stop_ends_a_replay_after_what_was_sent() -> None:
    window = replayed([ratings(3 * CHUNK)], stopping=lambda sender: bool(sender.sent))

    assert 0 < window.sent == window.next < 3 * CHUNK


def test_rows_are_sent_at_the_rate() -> None:
    time, seen = FakeTime(), list[tuple[float, int]]()

    replayed(
        [ratings(100)],
        pace=at_rate(50),
        time=time,
        report=lambda window: seen.append((time.now - 50, window.sent)),
    )

    assert all(sent <= 1 + elapsed_s * 50 for elapsed_s, sent in seen)
    assert 1.9 < time.now - 50 < 2.1


def test_rows_are_sent_by_the_data_sets_own_time() -> None:
    time = FakeTime()

    replayed([ratings(11, seconds_apart=60)], pace=at_speed(60, 978_300_000), time=time)

    assert 9.9 < time.now - 50 < 10.1


def test_a_wait_is_short_enough_to_be_stopped() -> None:
    time, looks = FakeTime(), list[float]()

    def stopping(_: FakeSender) -> bool:
        looks.append(time.now)
        return time.now > 55

    replayed([ratings(9, seconds_apart=10**6)], pace=at_speed(1, 978_300_000), time=time,
             stopping=stopping)  # fmt: skip

    assert max(b - a for a, b in pairwise(looks)) < 0.1


def test_the_last_report_has_everything_acknowledged() -> None:
    seen: list[tuple[int, int]] = []

    replayed([ratings(5)], report=lambda window: seen.append((window.sent, window.next)))

    assert seen[-1] == (5, 5)
