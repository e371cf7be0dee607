"""What goes wrong in the scene of many_instances.py: each brings it about, and ends it. The seed chooses whom it
hits, and for how long."""

import itertools
import shutil
import time

from bkes_process import BINARY
from many_instances import RECOVERY_S, SESSION_TIMEOUT_S
from sharing import wait_served
from small_disk import fill

LONGER_THAN_A_SESSION_S = SESSION_TIMEOUT_S + 3
STORM_S = 10
FULL = "store can't write in the background"


def kill_an_owner(scene, rng):
    owner, down_s = rng.choice(scene.owning()), rng.choice((0, 3, LONGER_THAN_A_SESSION_S))
    scene.tell(f"  kill -9 {owner.name}, for {down_s} s")
    scene.count_take_overs(owner)
    owner.kill()
    time.sleep(down_s)
    owner.start()


def kill_a_broker(scene, rng):
    node, down_s = rng.choice(scene.cluster.brokers), rng.choice((0, 5, 10))
    scene.tell(f"  kill -9 broker {node.node_id}, for {down_s} s")
    node.kill()
    time.sleep(down_s)
    node.start()
    scene.cluster.wait_ready()
    scene.wait_in_sync()


def pause_an_owner(scene, rng):
    owner, pause_s = rng.choice(scene.owning()), LONGER_THAN_A_SESSION_S + rng.randrange(4)
    scene.tell(f"  {owner.name} sleeps for {pause_s} s")
    owner.pause()
    time.sleep(pause_s)
    owner.resume()


def kill_a_router(scene, rng):
    router, down_s = rng.choice(scene.routers), rng.choice((0, 2))
    scene.tell(f"  kill -9 {router.name}, for {down_s} s")
    router.kill()
    time.sleep(down_s)
    router.start()


def cut_two_owners(scene, rng):
    one, other = rng.sample(scene.owners, 2)
    _cut(scene, rng, scene.pod(one), scene.pod(other))


def cut_an_owner_from_the_coordinator(scene, rng):
    node = scene.coordinator()
    _cut(scene, rng, scene.pod(rng.choice(scene.owners)), scene.cluster.pod(node.node_id))


def cut_a_router_from_an_owner(scene, rng):
    _cut(scene, rng, scene.pod(rng.choice(scene.routers)), scene.pod(rng.choice(scene.owners)))


def _cut(scene, rng, one, other):
    cut_s = rng.choice((2, 2 * SESSION_TIMEOUT_S))
    scene.tell(f"  {one.name} and {other.name} don't hear each other for {cut_s} s")
    scene.network.cut(one, other)
    time.sleep(cut_s)
    scene.network.heal()


def fill_a_disk(scene, rng):
    """Nothing of what an owner reads and appends can be written out; when there is room again it goes on."""
    owner, full_s = rng.choice(scene.owning()), rng.choice((1, LONGER_THAN_A_SESSION_S))
    scene.tell(f"  the disk of {owner.name} is full, for {full_s} s")
    ballast = fill(owner.data_dir, leave_bytes=16 << 10)
    refused = scene.checkpoint(owner, owner.data_dir / "no-room")  # it writes out what it has
    time.sleep(full_s)
    ballast.unlink()
    assert refused.returncode != 0 and FULL in owner.log(), (refused, owner.log_tail())


def lose_a_store(scene, rng):
    """An owner comes back with an empty disk, and takes the store of another one."""
    owner = rng.choice(scene.owning())
    scene.tell(f"  {owner.name} is killed and loses its store")
    scene.count_take_overs(owner)
    owner.kill()
    shutil.rmtree(owner.data_dir / "store")
    owner.start()
    fetched = owner.wait_for_log(r"store begins from another instance's restore point .* bytes=(\d+) ms=(\d+)", RECOVERY_S)
    scene.tell(f"  {fetched[1]} bytes of another one's in {fetched[2]} ms")


def rebalance_storm(scene, rng):
    """A fourth instance joins and leaves, mostly before it is given anything."""
    until = time.monotonic() + STORM_S
    for times in itertools.count(1):
        scene.visitor.start()
        time.sleep(rng.choice((1, 1, 5)))
        scene.count_take_overs(scene.visitor)
        scene.visitor.stop()
        if time.monotonic() > until:
            break
    scene.tell(f"  {scene.visitor.name} came and went {times} times")


def roll_the_owners(scene, _rng):
    """One after the other is stopped, and begins again as the present binary."""
    for owner in scene.owners:
        scene.tell(f"  {owner.name}: {owner.binary} gives way to {BINARY}")
        scene.count_take_overs(owner)
        owner.stop()
        owner.binary = BINARY
        owner.start()
        wait_served(owner, RECOVERY_S)


FAULTS = [kill_an_owner, kill_a_broker, pause_an_owner, kill_a_router, cut_two_owners,
          cut_an_owner_from_the_coordinator, cut_a_router_from_an_owner, fill_a_disk, lose_a_store, rebalance_storm,
          roll_the_owners]
MOVING = [kill_an_owner, pause_an_owner, lose_a_store, roll_the_owners]
