"""Everything under a prefix, to prove that nothing changed."""

from contracts.redis_keys import Keys
from redis_store.connection import Client


def everything(client: Client, keys: Keys) -> dict[bytes, bytes]:
    """Every key under the prefix with its value as Redis dumps it."""
    return {key: client.dump(key) for key in client.scan_iter(f"{keys.prefix}*")}
