import re

from reelstream.kafka_command import new_cluster_id


def test_a_cluster_id_never_looks_like_an_option() -> None:
    ids = {new_cluster_id() for _ in range(1000)}

    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{21}", one) for one in ids)
    assert len(ids) == 1000
