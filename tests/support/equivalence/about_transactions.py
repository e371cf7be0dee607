"""Producers with ids, and transactions."""

from equivalence.sides import request


@request("InitProducerId")
def idempotent(_):
    return {"TransactionalId": None, "TransactionTimeoutMs": 60000}


@request("InitProducerId")
def transactional(at):
    return {"TransactionalId": at.own("transaction"),
            "TransactionTimeoutMs": 60000 if at.is_known else 2_000_000_000}


@request("InitProducerId", since=3)
def of_an_old_epoch(at):
    producer = at.producer()
    name = producer.transaction if at.is_known else at.own("transaction")
    return {"TransactionalId": name, "TransactionTimeoutMs": 60000,
            "ProducerId": producer.id, "ProducerEpoch": producer.epoch + 7}


@request("AddPartitionsToTxn")
def a_partition(at):
    name, producer, epoch = at.producer()
    topics = [{"Name": at.written_topic, "Partitions": [0]}]
    return {"Transactions": [{"TransactionalId": name, "ProducerId": producer,
                              "ProducerEpoch": epoch, "Topics": topics}],
            "V3AndBelowTransactionalId": name, "V3AndBelowProducerId": producer,
            "V3AndBelowProducerEpoch": epoch, "V3AndBelowTopics": topics}


@request("AddOffsetsToTxn")
def a_group(at):
    name, producer, epoch = at.producer()
    return {"TransactionalId": name, "ProducerId": producer, "ProducerEpoch": epoch,
            "GroupId": at.own("group")}


@request("TxnOffsetCommit")
def offsets_of_a_transaction(at):
    name, producer, epoch = at.producer()
    group = at.own("group")
    if at.is_known:
        at.call("AddOffsetsToTxn", 3, {"TransactionalId": name, "ProducerId": producer,
                                       "ProducerEpoch": epoch, "GroupId": group})
    return {"TransactionalId": name, "GroupId": group, "ProducerId": producer,
            "ProducerEpoch": epoch, "Topics": [{"Name": at.topic, "Partitions": [
                {"PartitionIndex": 0, "CommittedOffset": 1, "CommittedMetadata": "m"}]}]}


@request("TxnOffsetCommit", since=3)
def offsets_of_a_stranger(at):
    name, producer, epoch = at.producer()
    return {"TransactionalId": name, "GroupId": at.group, "ProducerId": producer,
            "ProducerEpoch": epoch, "MemberId": "stranger", "GenerationId": 7, "Topics": [
                {"Name": at.topic, "Partitions": [{"PartitionIndex": 0, "CommittedOffset": 1}]}]}


@request("EndTxn")
def committed(at):
    name, producer, epoch = at.producer(with_partition=True)
    return {"TransactionalId": name, "ProducerId": producer, "ProducerEpoch": epoch,
            "Committed": True}


@request("EndTxn")
def aborted_though_nothing_began(at):
    name, producer, epoch = at.producer()
    return {"TransactionalId": name, "ProducerId": producer, "ProducerEpoch": epoch,
            "Committed": False}


@request("WriteTxnMarkers")
def one_marker(at):
    return {"Markers": [{"ProducerId": 4711, "ProducerEpoch": 0, "TransactionResult": False,
                         "CoordinatorEpoch": 0, "Topics": [
                             {"Name": at.written_topic, "PartitionIndexes": [0]}]}]}


@request("DescribeTransactions")
def one_that_has_begun(at):
    return {"TransactionalIds": [at.producer(with_partition=True).transaction]}


@request("ListTransactions")
def all_that_are_empty(at):
    return {"StateFilters": ["Empty" if at.is_known else "NoSuchState"]}


@request("ListTransactions", since=2)
def by_pattern(at):
    return {"TransactionalIdPattern": "transaction-.*" if at.is_known else "("}
