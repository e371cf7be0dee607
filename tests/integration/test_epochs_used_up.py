"""The coordinator has 32,767 epochs for a producer id, then it gives a transactional id another one:
what fences the owner of the old one?"""

import pytest

from events import NONE, NOT_LEADER, EventTopic, end_of, fetch_request, fetched
from fencing import INVALID_EPOCH, Writer
from record_batches import read_headers
from wire import Connection

KEY = b"a"
LAST_WRITTEN = 32_510  # sync/fencing/coordinator_dialogue.hpp


@pytest.fixture
def topic(new_topic):
    return new_topic(partitions=1)


def use_up_epochs(kafka, transactional_id, last):
    """The id's newest epoch is `last` then."""
    request = {"TransactionalId": transactional_id, "TransactionTimeoutMs": 60000}
    Writer(kafka, None, 0, transactional_id)._coordinator("InitProducerId", 4, request)
    with Connection(*kafka.addresses[0]) as raw:
        for wanted in range(1, last + 1):
            answer = raw.call("InitProducerId", 4, request)
            assert (answer["ErrorCode"], answer["ProducerEpoch"]) == (NONE, wanted)


def batch_headers(kafka, topic):
    with Connection(*kafka.addresses[0]) as raw:
        data = fetched(raw.call("Fetch", 11, fetch_request(topic, 0)))["Records"]
    return [header for header, _, _ in read_headers(data)]


def test_a_new_producer_id_fences_the_owner_of_the_old_one(kafka, start_bkes, topic):
    use_up_epochs(kafka, f"bkes-{topic}-0", LAST_WRITTEN - 1)
    first = start_bkes(topics=topic)
    one = EventTopic(first, topic, partitions=1)
    assert one.append(KEY, b"0", 0).code == NONE
    old = Writer(kafka, topic, 0, f"bkes-{topic}-0")
    last = batch_headers(kafka, topic)[-1]
    old.producer_id, old.epoch = last.producer_id, last.epoch
    assert old.epoch == LAST_WRITTEN

    first.pause()
    other = EventTopic(start_bkes(topics=topic), topic, partitions=1)
    assert other.append(KEY, b"1", 1).code == NONE
    last = batch_headers(kafka, topic)[-1]
    assert last.producer_id != old.producer_id and last.epoch == 0
    # Whatever the old owner had on its way.
    assert old.produce(sequence=1)[0] == INVALID_EPOCH

    end = end_of(kafka, topic, 0)
    first.resume()
    first.wait_for_log("another instance owns the partition")
    assert one.append(KEY, b"lost", 2).code == NOT_LEADER
    assert end_of(kafka, topic, 0) == end
    assert other.append(KEY, b"2", 2).code == NONE
    assert other.values(KEY) == [b"0", b"1", b"2"]
