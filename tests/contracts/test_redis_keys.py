import re
from fnmatch import fnmatchcase

import pytest

from contracts.redis_keys import Keys

KEYS = Keys("mine:1:")


def test_every_key_begins_with_the_prefix() -> None:
    names = [
        KEYS.topic(),
        KEYS.position(0),
        KEYS.rated(0, 7),
        KEYS.active(),
        KEYS.trend("hour", 0),
        KEYS.activity("hour", 0),
        KEYS.active_users("hour", 0),
        KEYS.stories(),
    ]

    assert all(name.startswith("mine:1:") for name in names)


def test_the_keys_of_one_partition_share_a_slot() -> None:
    names = [
        KEYS.position(3), KEYS.rated(3, 7, 2), KEYS.foldin(3, 7), KEYS.movies(3), KEYS.touched(3),
        KEYS.owed(3), KEYS.listed(5, 3, 7),
    ]  # fmt: skip

    assert {re.findall(r"\{(.*?)\}", name)[0] for name in names} == {"3"}


def test_the_first_chunk_of_a_history_has_no_number() -> None:
    assert KEYS.rated(0, 7, 1) == KEYS.rated(0, 7) + ":1"


@pytest.mark.parametrize(
    "key",
    [
        KEYS.listed(12, 0, 7),
        KEYS.factors(12, "biases", 0),
        KEYS.manifest(12),
        KEYS.popular(12),
        KEYS.popular(12, "Sci-Fi: new"),
        KEYS.similar(12, 7),
    ],
)
def test_the_version_is_told_from_a_key(key: str) -> None:
    assert KEYS.version_of(key) == 12


def test_no_key_without_a_version_looks_like_one_with() -> None:
    unversioned = [
        KEYS.active(), KEYS.rated(0, 7), KEYS.foldin(0, 7), KEYS.token(), KEYS.movies(0),
        KEYS.active_users("day", 0),
    ]  # fmt: skip

    kinds = tuple(pattern.removesuffix("*") for pattern in KEYS.all_versioned())
    assert not any(name.startswith(kinds) for name in unversioned)


def test_a_versions_keys_are_matched_by_its_patterns_and_no_others() -> None:
    keys = [
        [KEYS.listed(n, 0, 7), KEYS.factors(n, "biases", 0), KEYS.popular(n),
         KEYS.popular(n, "Drama"), KEYS.similar(n, 7)]
        for n in (1, 12)
    ]  # fmt: skip

    for version, own in zip((1, 12), keys, strict=True):
        matched = [one for some in keys for one in some if _matches(one, KEYS.of_version(version))]
        assert matched == own


def test_names_of_many_lists_are_those_of_each() -> None:
    names = [KEYS.listed(5, 3, user).encode() for user in (7, 2_000_000_001)]

    assert KEYS.all_listed(5, 3, [7, 2_000_000_001]) == names


def _matches(key: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(key, pattern) for pattern in patterns)
