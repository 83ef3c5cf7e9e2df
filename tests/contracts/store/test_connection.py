import pytest

from contracts.keys import Keys
from contracts.store.connection import Client, forget

pytestmark = pytest.mark.integration


def test_forgetting_a_prefix_leaves_all_other_keys(client: Client, keys: Keys) -> None:
    other = keys.prefix.replace(":", "-")
    client.mset({keys.token(): 1, keys.active(): 2, other: 3})

    forget(client, keys.prefix)

    assert client.mget([keys.token(), keys.active(), other]) == [None, None, b"3"]


def test_an_empty_prefix_is_refused(client: Client) -> None:
    with pytest.raises(ValueError, match="would unlink everything"):
        forget(client, "")
