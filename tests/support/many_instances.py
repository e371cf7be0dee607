"""The scene of docker/k8s on one machine: three brokers, three owners of one group, and four applications, each
beside a router of its own; every one of these pods in a network namespace (own_network.py).

    with Network() as network, network.inside():
        with ManyInstances(directory, network, seed=1) as scene:
            scene.round(kill_an_owner)              # many_faults.py
            scene.finish()

A round: applications append and read, something goes wrong and is repaired, all come back. Then the
applications pause, and everything is held against the log: each history, each store, each position.
"""

import collections
import contextlib
import random
import shutil
import time

from application_process import Application
from bkes_process import BINARY, BkesProcess, run_bkes, verify
from clients import eventually, fill_topic
from kafka_cluster import KafkaCluster
from ledger import Ledger, times_of
from race import ends_of
from sharing import wait_served
from small_disk import small_disk
from wire import Connection

TOPIC, GROUP = "bkes", "bkes"
PARTITIONS = 6
NAMES = "abcdefgh"  # of the hot keys of a round
SESSION_TIMEOUT_S = 6  # bkes' default
RECOVERY_S = 60
DISK_MB = 4096  # of an owner's store
FILLED = 330_000  # events that are there from the beginning: a restore point is worth it
PROGRESS = 20  # appends of each application, to show that it is served
KAFKA = {"min.insync.replicas": 2, "offsets.topic.num.partitions": 3, "transaction.state.log.num.partitions": 6,
         "group.initial.rebalance.delay.ms": 500}


class ManyInstances:
    def __init__(self, directory, network, seed, *, owners_binary=BINARY, tell=print):
        self.directory, self.network = directory, network
        self.seed, self.rng = seed, random.Random(seed)
        self.tell = tell
        self.cluster = KafkaCluster(directory / "kafka", brokers=3, own_controller=True, properties=KAFKA,
                                    network=network)
        self.owners = [self._instance(f"owner-{n}", binary=owners_binary, restore_from="peer") for n in (1, 2, 3)]
        self.visitor = self._instance("visitor")
        self.routers = [self._instance(f"router-{n}", role="router", listener="127.0.0.1:9192",
                                       admin_listener="0.0.0.0:9210") for n in (1, 2, 3, 4)]
        self.applications = []
        self.disks = contextlib.ExitStack()
        self.take_overs = collections.Counter()  # {instance: how many in its lives before this one}
        self.rounds = 0
        self.ledger = Ledger(self.cluster, TOPIC, PARTITIONS)

    def _instance(self, name, *, binary=None, **options):
        options = {"topics": TOPIC, "group_id": GROUP, "partitioner": "crc32", "threads": 1} | options
        process = BkesProcess(self.directory / name, self.cluster.bootstrap_servers, options, binary=binary,
                              pod=self.network.pod(name))
        process.name = name
        return process

    def __enter__(self):
        try:
            for one in self.owners:
                self.disks.enter_context(small_disk(one.data_dir, DISK_MB, image=self.directory / f"disk-of-{one.name}"))
            self.cluster.start()
            self.cluster.create_topic(TOPIC, partitions=PARTITIONS, replication_factor=3)
            fill_topic(self.cluster.bootstrap_servers, TOPIC, FILLED)
            self.ledger.begin()
            for one in self.instances:
                one.start()
            for one in self.instances:
                wait_served(one, RECOVERY_S)
            self.applications = [Application(self.pod(router), number=n, topic=TOPIC, partitions=PARTITIONS)
                                 for n, router in enumerate(self.routers)]
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_):
        self.kill()

    def kill(self):
        for one in (*self.applications, *self.instances, self.visitor):
            one.kill()
        self.cluster.stop()
        self.disks.close()

    @property
    def instances(self):
        return [*self.owners, *self.routers]

    def pod(self, instance):
        return self.network.pod(instance.name)

    def round(self, fault, *, moves=False):
        """`fault(scene, rng)` brings something about and ends it. `moves`: a partition can't stay where it is."""
        self.rounds += 1
        before = self.count_take_overs()
        lost_before = self._lost()
        self.tell(f"round {self.rounds}: {fault.__name__}")
        for one in self.applications:
            one.call("start", names=[f"r{self.rounds}-{name}" for name in NAMES],
                     seed=self.seed * 1000 + self.rounds)
        self.wait_progress()
        fault(self, self.rng)
        self.recover()
        appends = self.check()
        taken = self.count_take_overs() - before
        assert taken or not moves, "nothing was taken over"
        count, silence, slowest = times_of(appends)
        self.tell(f"  {count} appends, the slowest took {slowest:.1f} s, for {silence:.1f} s there was none;"
                  f" {taken} take-overs, {self._lost() - lost_before} packets lost")

    def _lost(self):
        return self.network.lost(*self.network.pods.values())

    def recover(self):
        began = time.monotonic()
        for node in self.cluster.brokers:
            assert node.is_alive(), node.log_tail()
        for one in self.instances:
            wait_served(one, RECOVERY_S)
        self.wait_progress()
        self.tell(f"  all serve again {time.monotonic() - began:.1f} s later")

    def wait_progress(self):
        """Each application appends."""
        targets = [one.call("written") + PROGRESS for one in self.applications]

        def missing():
            time.sleep(0.1)
            return [one.number for one, target in zip(self.applications, targets) if one.call("written") < target]
        eventually(lambda: not missing(), timeout_s=RECOVERY_S, what="an application gets nothing written")

    def check(self):
        """Histories, stores and positions against the log, while nobody appends; the histories of the appends."""
        paths = [str(self.directory / f"history-{one.number}") for one in self.applications]
        for one, path in zip(self.applications, paths):
            one.ask("stop", path=path)
        appends = self.ledger.check([one.history(path) for one, path in zip(self.applications, paths)])
        eventually(self._all_followed, timeout_s=RECOVERY_S, what="an owner doesn't come to the log's end")
        for one in self.owners:  # the marker of a late take-over may still come
            eventually(lambda: self._behind(one) == 0, timeout_s=RECOVERY_S, what=f"{one.name} stays behind the log")
        return appends

    def _all_followed(self):
        """Each owner's store has all of the log."""
        time.sleep(0.1)
        ends = ends_of(self.cluster, TOPIC, PARTITIONS)
        return all(self._stored(one) == ends for one in self.owners)

    @staticmethod
    def _stored(owner):
        return {int(_label(labels, "partition")): int(value) for (name, *labels), value in owner.metrics().items()
                if name == "bkes_partition_stored_offset"}

    def _behind(self, owner):
        """How much its store lacks now, by a restore point of it; what it has is as in the log."""
        copy = owner.data_dir / "copy"  # on the disk of the store
        done = self.checkpoint(owner, copy)
        assert done.returncode == 0, done.stderr
        report = self._verified(owner, "--data-dir", copy)
        shutil.rmtree(copy)
        return report["behind"]

    @staticmethod
    def checkpoint(owner, place):
        return run_bkes("checkpoint", place, "--data-dir", owner.data_dir)

    @staticmethod
    def _verified(owner, *where):
        code, report = verify(owner, TOPIC, "--topics", TOPIC, "--partitioner", "crc32", *where)
        wrong = [report[name] for name in ("differences", "split_keys", "elsewhere", "misnumbered") if report[name]]
        assert (code, wrong) == (0, []), (owner.name, report)
        return report

    def owning(self):
        """Owners that have partitions now."""
        return [one for one in self.owners
                if any(value == 1 for labels, value in one.metrics().items()
                       if labels[0] == "bkes_partition_state" and "state=ready" in labels)]

    def count_take_overs(self, *ending):
        """All so far. `ending`: instances that are about to end, and with them their counters."""
        now = {one: self._take_overs_now(one) for one in (*self.owners, self.visitor) if one.is_alive()}
        total = self.take_overs.total() + sum(now.values())
        for one in ending:
            self.take_overs[one.name] += now[one]
        return total

    @staticmethod
    def _take_overs_now(instance):
        try:
            return int(sum(value for (name, *_), value in instance.metrics().items()
                           if name == "bkes_take_overs_total"))
        except OSError:
            return 0  # it doesn't listen yet

    def wait_in_sync(self):
        """Each partition has all its replicas again."""
        admin = self.cluster.admin()

        def is_whole():
            partitions = admin.list_topics(TOPIC).topics[TOPIC].partitions
            return all(len(one.isrs) == 3 for one in partitions.values())
        eventually(is_whole, timeout_s=RECOVERY_S, what="the brokers don't come in sync")

    def coordinator(self):
        """The broker that coordinates the group."""
        def ask():
            for node in self.cluster.brokers:
                if not node.is_alive():
                    continue
                with Connection(node.host, node.port) as raw:
                    found = raw.call("FindCoordinator", 4, {"KeyType": 0, "CoordinatorKeys": [GROUP]})
                (found,) = found["Coordinators"]
                if found["ErrorCode"] == 0:
                    return self.cluster.broker(found["NodeId"])
            return None
        return eventually(ask)

    def finish(self):
        """All end as they should, and each store, closed now, has what the log has (but for markers of those who
        took over when its instance ended)."""
        for one in self.applications:
            one.end()
        taken = self.count_take_overs()
        for one in (*self.routers, *self.owners):
            one.stop()
            one.check_reports()
        for one in self.owners:
            self._verified(one)
        counted = self.ledger.totals
        self.tell(f"{self.rounds} rounds with seed {self.seed}: {counted['written']} appends, {counted['refused']}"
                  f" refused, {counted['unknown']} of unknown end ({counted['late']} came in a later round),"
                  f" {counted['reads']} reads, {taken} take-overs; all histories are linearizable, all stores agree")


def _label(labels, name):
    return dict(one.split("=", 1) for one in labels)[name]
