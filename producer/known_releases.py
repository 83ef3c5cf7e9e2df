"""The releases that can be fetched, with the size and hash of their archives."""

import difflib
from dataclasses import dataclass

from contracts.process_exit import USAGE, Failure

CHANGING = "ml-latest"
"""Is replaced whenever GroupLens likes, so that nothing can vouch for it."""


@dataclass(frozen=True)
class Release:
    """A release's zip: its size in bytes, and its SHA-256."""

    name: str
    size: int
    sha256: str


RELEASES = {
    name: Release(name, size, sha256)
    for name, size, sha256 in (
        (
            "ml-latest-small",
            978_202,
            "696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436",
        ),
        ("ml-100k", 4_924_029, "50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229"),
        ("ml-1m", 5_917_549, "a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20"),
        ("ml-10m", 65_566_137, "813c411ccb6122564edfe752e7f80c4dcc5aa25fa94c93622f6877a7ba252862"),
        ("ml-20m", 198_702_078, "96f243c338a8665f6bcc89c53edf6ee39162a846940de6b7c8c48aeada765ff3"),
        ("ml-25m", 261_978_986, "8b21cfb7eb1706b4ec0aac894368d90acf26ebdfb6aced3ebd4ad5bd1eb9c6aa"),
        ("ml-32m", 238_950_008, "e4a68655d7386b8f95f2f2424b2ff975dfdd15ffd59e0d864a14dca43e99d6ee"),
    )
}


def release(name: str) -> Release:
    """The release of this name.

    Raises:
        Failure: if none is known; says which are, the nearest first.
    """
    if name in RELEASES:
        return RELEASES[name]
    nearest = difflib.get_close_matches(name, RELEASES, len(RELEASES), cutoff=0)
    what, to_do = f"unknown release {name!r:.80}", f"choose one of {', '.join(nearest)}"
    if name == CHANGING:
        what = f"{name} changes over time, so it cannot be verified"
        to_do += ", or download it yourself and give its path"
    raise Failure(what, "producer fetch", to_do, USAGE)
