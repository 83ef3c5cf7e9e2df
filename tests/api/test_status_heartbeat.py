from api.dependencies import assemble
from contracts.process_status import ApiStatus
from tests.api.fakes import FakeReader, FakeWriter, World


def test_the_heartbeat_says_what_keeps_ratings_from_being_written() -> None:
    world = World(FakeReader(), writer=FakeWriter(trouble="cannot write: why"))
    heartbeat = assemble(world.services()).heartbeat
    heartbeat.beat()
    said = world.status.read(ApiStatus).trouble
    world.writer.trouble = None

    heartbeat.beat()

    assert (said, world.status.read(ApiStatus).trouble) == ("cannot write: why", "")
