from harness.checker.event_validity import murmur2


def test_murmur2_gives_what_kafka_gives() -> None:
    # From Kafka's own UtilsTest.testMurmur2.
    known = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536}

    assert {data: murmur2(data) - 2**32 for data in known} == known
