"""Whether a Redis is suitable: by its own report, and by trying."""

from collections.abc import Mapping
from typing import Any

from contracts.redis_keys import Keys
from redis_store.connection import Client
from redis_store.redis_errors import (
    ClusterStore,
    ReadOnlyStore,
    StoreCannotSave,
    StoreFull,
    StoreTooOld,
)

OLDEST = (6, 2)
# KEYS: the probe. Needs what every script of ours needs; nothing is left.
PROBE = """
redis.call('HSET', KEYS[1], 'written', 1)
redis.call('UNLINK', KEYS[1])
return 1
"""


def require_fit(client: Client) -> str:
    """Refuse a Redis that is unsuitable by its own report; returns its version.

    Raises:
        StoreError: if it is down or unsuitable.
    """
    said = client.info()
    version = str(said["redis_version"])
    if tuple(map(int, version.split(".")[:2])) < OLDEST:
        raise StoreTooOld(f"Redis {version} is older than 6.2")
    if said.get("cluster_enabled"):
        raise ClusterStore("Redis runs in cluster mode")
    if said.get("role") != "master":
        raise ReadOnlyStore(f"Redis is a replica of {said.get('master_host')}")
    if _is_full(said):
        raise StoreFull("Redis is full")
    if said.get("aof_last_write_status") == "err":
        raise StoreCannotSave("Redis rejects writes because it cannot save them")
    return version


def require_writes(client: Client, keys: Keys) -> None:
    """Write, and unlink what was written, as the processes do.

    Raises:
        StoreError: if Redis refuses.
    """
    client.register_script(PROBE)(keys=[keys.probe()])


def evicts(client: Client) -> str | None:
    """The policy by which Redis evicts keys when it is full; None if it does not."""
    said = client.info("memory")
    policy = str(said["maxmemory_policy"])
    return policy if said["maxmemory"] and policy != "noeviction" else None


def _is_full(said: Mapping[str, Any]) -> bool:
    counted = said["used_memory"] - said.get("mem_not_counted_for_evict", 0)
    keeps = said["maxmemory_policy"] == "noeviction"
    return bool(keeps and said["maxmemory"] and counted > said["maxmemory"])
