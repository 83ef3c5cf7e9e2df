"""Versions to publish and to activate."""

from harness.builders import AT_MS, made, model, ranked
from redis_store.versions import VersionStore

LISTS = {(2, 7): ranked(10, 20), (3, 8): ranked(30)}


def publish(store: VersionStore, *versions: int) -> None:
    for version in versions:
        store.publish(model(seed=version), made(version, LISTS))


def activate(store: VersionStore, version: int, end: int, token: int | None = None) -> None:
    store.activate(version, {0: end}, version if token is None else token, AT_MS)
