"""The requests by which bkes owns a partition, one by one and without retries of their own, to see
what brokers answer (docs/decisions/fencing-on-three-brokers.md).

    old = Writer(cluster, "topic", 0, "id")
    old.take_over()
    old.produce(sequence=0)      # (error code, offset)
"""

import contextlib
import time

from events import NOT_LEADER, UNKNOWN_TOPIC, event, produce_outcomes, produce_request
from record_batches import batch
from wire import Closed, Connection

NONE, COORDINATOR_LOADING, NO_COORDINATOR, NOT_COORDINATOR = 0, 14, 15, 16
OUT_OF_ORDER, INVALID_EPOCH, CONCURRENT, PRODUCER_FENCED = 45, 47, 51, 90
NO_LEADER = (UNKNOWN_TOPIC, NOT_LEADER)
COMES_BACK = (COORDINATOR_LOADING, NO_COORDINATOR, NOT_COORDINATOR, CONCURRENT)
WAIT_S = 60


class Writer:
    def __init__(self, cluster, topic, partition, transactional_id):
        self.cluster = cluster
        self.topic = topic
        self.partition = partition
        self.transactional_id = transactional_id
        self.producer_id = self.epoch = -1

    def take_over(self):
        """InitProducerId, then a marker. The first 0 of EndTxn comes before it stands in the log."""
        answer = self._coordinator("InitProducerId", 4, {
            "TransactionalId": self.transactional_id, "TransactionTimeoutMs": 60000})
        assert answer["ErrorCode"] == NONE, answer
        self.producer_id, self.epoch = answer["ProducerId"], answer["ProducerEpoch"]
        self.prove()
        return self

    def prove(self):
        """A marker of the epoch that is held; the error code of whatever refused it."""
        added = self._coordinator("AddPartitionsToTxn", 3, {
            "V3AndBelowTransactionalId": self.transactional_id, "V3AndBelowProducerId": self.producer_id,
            "V3AndBelowProducerEpoch": self.epoch, "V3AndBelowTopics": [
                {"Name": self.topic, "Partitions": [self.partition]}]})
        code = added["ResultsByTopicV3AndBelow"][0]["ResultsByPartition"][0]["PartitionErrorCode"]
        for _ in range(2):
            code = code or self._coordinator("EndTxn", 4, {
                "TransactionalId": self.transactional_id, "ProducerId": self.producer_id,
                "ProducerEpoch": self.epoch, "Committed": True})["ErrorCode"]
        return code

    def produce(self, sequence):
        """One record, at the partition's leader of now: (error code, offset). A leader that was just
        elected may not listen yet, or not know that it leads."""
        data = batch([event(b"key", b"value")], producer_id=self.producer_id, epoch=self.epoch,
                     sequence=sequence)

        def ask():
            with contextlib.suppress(ConnectionRefusedError):
                with Connection(*self._address(self.leader())) as raw:
                    answer = raw.call("Produce", 9,
                                      produce_request({(self.topic, self.partition): data}))
                outcome = produce_outcomes(answer)[self.topic, self.partition]
                return None if outcome.code in NO_LEADER else outcome
            return None
        outcome = self._wait(ask)
        return outcome.code, outcome.offset

    def leader(self):
        """Node id; waits until there is one that is alive."""
        return self._wait(lambda: max(self._partition_now()["LeaderId"], 0))

    def in_sync(self):
        return self._partition_now()["IsrNodes"]

    def wait_in_sync(self, count):
        self._wait(lambda: len(self.in_sync()) == count)

    def move_leader(self):
        """Kills the leader; returns it when another one leads."""
        before = self.cluster.broker(self.leader())
        before.kill()
        self._wait(lambda: self._partition_now()["LeaderId"] not in (-1, before.node_id))
        return before

    def _coordinator(self, api, version, values):
        """The answer of the transaction coordinator, when it is there and has no other work."""
        def ask():
            with contextlib.suppress(Closed, OSError):
                found = self._anyone("FindCoordinator", 4, {
                    "KeyType": 1, "CoordinatorKeys": [self.transactional_id]})["Coordinators"][0]
                if found["ErrorCode"] != NONE:
                    return None
                with Connection(found["Host"], found["Port"]) as raw:
                    answer = raw.call(api, version, values)
                return None if self._code_of(answer) in COMES_BACK else answer
            return None
        return self._wait(ask)

    @staticmethod
    def _code_of(answer):
        if "ResultsByTopicV3AndBelow" in answer:
            return answer["ResultsByTopicV3AndBelow"][0]["ResultsByPartition"][0]["PartitionErrorCode"]
        return answer["ErrorCode"]

    def _partition_now(self):
        alive = {node.node_id for node in self.cluster.brokers if node.is_alive()}
        found = self._anyone("Metadata", 9, {"Topics": [{"Name": self.topic}]})["Topics"][0]
        partition = found["Partitions"][self.partition]
        return partition if partition["LeaderId"] in alive else partition | {"LeaderId": -1}

    def _anyone(self, api, version, values):
        for node in self.cluster.brokers:
            if node.is_alive():
                with contextlib.suppress(Closed, OSError), Connection(node.host, node.port) as raw:
                    return raw.call(api, version, values)
        raise AssertionError("no broker answers")

    def _address(self, node_id):
        node = self.cluster.broker(node_id)
        return node.host, node.port

    @staticmethod
    def _wait(condition):
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            found = condition()
            if found:
                return found
            time.sleep(0.05)
        raise TimeoutError("it didn't come true")
