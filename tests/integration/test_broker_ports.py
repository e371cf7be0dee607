"""Which port stands for which broker, over restarts of bkes and of brokers."""

import pytest

from clients import eventually
from kafka_node import live_brokers
from wire import Closed, Connection

pytestmark = pytest.mark.plain_scene("nobody can log in at the port of a broker that is down")


def served_by(bkes, port, broker):
    """Whether that broker is behind the port: no other one tells its settings."""
    try:
        with Connection(bkes.host, port) as raw:
            answer = raw.call("DescribeConfigs", 4, {"Resources": [
                {"ResourceType": 4, "ResourceName": str(broker),
                 "ConfigurationKeys": ["broker.id"]}]})
            return answer["Results"][0]["ErrorCode"] == 0
    except (Closed, ConnectionRefusedError):
        return False


def test_nobody_stands_in_for_a_broker_that_is_down(kafka3, start_bkes):
    # Three ports, for 0 to 2 by the rule: broker 3 gets what is left, which is remembered.
    bkes = start_bkes(cluster=kafka3, topics="", broker_port_count=3)
    port = bkes.port + 1
    assert all(served_by(bkes, one, broker) for one, broker in
               ((port, 3), (port + 1, 1), (port + 2, 2)))
    assert (bkes.data_dir / "broker-ports").read_text() == f"PLAINTEXT 3 {port}\n"

    bkes.stop()
    kafka3.broker(3).kill()
    eventually(lambda: live_brokers(*kafka3.addresses[0]) == 2)
    bkes.start()
    bkes.wait_ready()
    with Connection(bkes.host, port) as raw:
        raw.send("DescribeLogDirs", 4, {"Topics": None})
        assert raw.wait_closed() == b""
        client = raw.socket.getsockname()[1]
    bkes.wait_for_log("address of a broker isn't known yet broker=3")
    bkes.wait_for_log(f"cause=upstream_unreachable client=127.0.0.1:{client}")

    # Nobody asks for metadata: bkes sees for itself that the broker is back.
    kafka3.broker(3).start()
    eventually(lambda: served_by(bkes, port, 3))


def test_remembered_ports_follow_the_range(kafka3, start_bkes):
    bkes = start_bkes(cluster=kafka3, topics="", broker_port_count=3)
    bkes.stop()
    bkes.options |= {"broker.port.base": bkes.port + 5}
    bkes.start()
    bkes.wait_ready()
    assert served_by(bkes, bkes.port + 5, 3)
    assert not served_by(bkes, bkes.port + 1, 3)
    bkes.wait_for_log("port of a known broker is out of the range by now broker=3")


def test_a_broker_that_was_down_at_the_start_gets_its_port_when_it_comes(kafka3, start_bkes):
    bkes = start_bkes(cluster=kafka3, topics="")
    bkes.stop()
    kafka3.broker(3).kill()
    eventually(lambda: live_brokers(*kafka3.addresses[0]) == 2)
    bkes.start()
    bkes.wait_ready()
    kafka3.broker(3).start()
    # A client may know this port alone: nobody asks for metadata through bkes.
    eventually(lambda: served_by(bkes, bkes.port + 1 + 3, 3))


def test_a_broker_that_gets_another_address_keeps_its_port(kafka3, start_bkes):
    """Again nobody asks for metadata."""
    bkes = start_bkes(cluster=kafka3, topics="")
    assert served_by(bkes, bkes.port + 1 + 3, 3)
    kafka3.move_broker(3)
    eventually(lambda: served_by(bkes, bkes.port + 1 + 3, 3))
    bkes.wait_for_log("broker moved broker=3")
