"""The scene of docker/k8s in network namespaces: owners, and applications beside routers, while things go wrong
(many_instances.py). scripts/many_instances.py goes on with that for as long as you like."""

import os
import socket
import subprocess
import sys

import pytest

import own_network
from many_faults import MOVING, cut_an_owner_from_the_coordinator, kill_a_broker, kill_an_owner, rebalance_storm
from many_instances import ManyInstances
from own_network import Network, why_not

pytestmark = pytest.mark.plain_scene("its bkes are in another network, without TLS")
SEED = 80
FAULTS = [kill_an_owner, cut_an_owner_from_the_coordinator, kill_a_broker, rebalance_storm]


@pytest.fixture
def network():
    if reason := why_not():
        pytest.skip(reason)
    with Network() as made, made.inside():
        yield made


def test_many_instances(network, tmp_path):
    with ManyInstances(tmp_path, network, SEED) as scene:
        for fault in FAULTS:
            scene.round(fault, moves=fault in MOVING)
        scene.finish()


def test_who_is_cut_off_hears_nothing(network):
    """Silence, not a refusal, on connections that are there already too; and all is well again after it."""
    one, other = network.pod("one"), network.pod("other")
    with network.inside("one"):
        listener = socket.create_server((one.host, 9000))
    with network.inside("other"):
        sender = socket.create_connection((one.host, 9000), timeout=5)
    receiver, _ = listener.accept()
    receiver.settimeout(0.5)
    network.cut(one, other)
    sender.sendall(b"late")
    with pytest.raises(TimeoutError):
        receiver.recv(4)
    with network.inside("other"), pytest.raises(TimeoutError):
        socket.create_connection((one.host, 9000), timeout=0.5)
    assert network.lost(one) >= 2
    network.heal()
    receiver.settimeout(10)
    assert receiver.recv(4) == b"late"
    for end in (listener, sender, receiver):
        end.close()


def test_what_a_crash_left_is_removed(network):
    crash = "import os, own_network; own_network.Network().__enter__().pod('lost'); print(os.getpid()); os._exit(1)"
    done = subprocess.run([sys.executable, "-B", "-c", crash], capture_output=True, text=True,
                          env=os.environ | {"PYTHONPATH": own_network.__file__.rpartition("/")[0]})
    left = f"bkes-net-{done.stdout.strip()}-lost"
    assert left in os.listdir("/run/netns"), done.stderr
    own_network.remove_leftovers()
    assert left not in os.listdir("/run/netns")
    assert network.pods == {} and any(one.endswith(f"-{os.getpid()}-hub") for one in os.listdir("/run/netns"))
