"""confluent-kafka (librdkafka) as an application would use it. Commands and output:
tests/clients/README.md."""

import json
import sys
import threading
import time

from confluent_kafka import Consumer, KafkaException, Producer

SERVERS, SETTINGS, COMMAND, *WORDS = sys.argv[1:]
ADVISED = {"batch.num.messages": 1, "linger.ms": 0, "enable.idempotence": True,
           "partitioner": "murmur2_random"}
PRINTING = threading.Lock()


def say(**line):
    with PRINTING:
        print(json.dumps(line), flush=True)


def producer(**more):
    return Producer({"bootstrap.servers": SERVERS} | (ADVISED if SETTINGS == "advised" else {})
                    | more)


def event(topic, key, writer, order):
    return {"topic": topic, "key": key, "value": f"{writer}-{order}",
            "headers": {"order": str(order), "id": f"{writer}-{order}"}}


def reporter(writer, order):
    def report(failure, message):
        if failure is None:
            say(writer=writer, order=order, ok=True, partition=message.partition(),
                offset=message.offset())
        else:
            say(writer=writer, order=order, ok=False, code=failure.code(), error=failure.str(),
                name=failure.name(), fatal=failure.fatal(), **{"class": type(failure).__name__})
    return report


def append(topic, key, writer, orders, **more):
    sender = producer()
    for order in orders:
        sender.produce(**event(topic, key, writer, order), on_delivery=reporter(writer, order), **more)
        sender.flush(60)


def burst(topic, key, writer, orders):
    sender = producer()
    for order in orders:
        sender.produce(**event(topic, key, writer, order), on_delivery=reporter(writer, order))
    sender.flush(60)


def two_writers(write, topic, key, count, first=0):
    orders = range(int(first), int(first) + int(count))
    threads = [threading.Thread(target=write, args=(topic, key, writer, orders))
               for writer in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def read(consumer, topic, count):
    consumer.subscribe([topic])
    deadline = time.monotonic() + 30
    while count > 0 and time.monotonic() < deadline:
        one = consumer.poll(1)
        if one is not None and one.error():
            say(poll=one.error().str())
        elif one is not None:
            count -= 1
            say(partition=one.partition(), offset=one.offset(), key=(one.key() or b"").decode(),
                value=(one.value() or b"").decode())


def consume(topic, count):
    """A group that commits nothing."""
    consumer = Consumer({"bootstrap.servers": SERVERS, "group.id": f"consume-{time.time_ns()}",
                         "auto.offset.reset": "earliest", "enable.auto.commit": False})
    read(consumer, topic, count)
    consumer.close()


def group(topic, name, count):
    consumer = Consumer({"bootstrap.servers": SERVERS, "group.id": name,
                         "auto.offset.reset": "earliest"})
    read(consumer, topic, count)
    began = time.monotonic()
    try:
        for part in consumer.commit(asynchronous=False):
            if part.error:
                raise KafkaException(part.error)
        say(commit=True)
    except KafkaException as failure:
        say(commit=False, error=failure.args[0].str(), seconds=time.monotonic() - began,
            **{"class": "KafkaException"})
    consumer.close()


def transact(topic, name, count):
    sender = producer(**{"transactional.id": name})
    sender.init_transactions(30)
    sender.begin_transaction()
    for order in range(count):
        sender.produce(**event(topic, "t", "a", order), on_delivery=reporter("a", order))
    sender.flush(30)
    sender.commit_transaction(30)
    say(transaction="committed")


try:
    if COMMAND == "append":
        append(*WORDS[:2], "a", map(int, WORDS[2:]))
    elif COMMAND == "place":
        append(*WORDS[:2], "a", [int(WORDS[3])], partition=int(WORDS[2]))
    elif COMMAND in ("race", "burst"):
        two_writers(append if COMMAND == "race" else burst, *WORDS)
    elif COMMAND == "consume":
        consume(WORDS[0], int(WORDS[1]))
    else:
        {"group": group, "transact": transact}[COMMAND](*WORDS[:2], int(WORDS[2]))
except Exception as failure:  # noqa: BLE001 - whatever an application would see
    say(failed=str(failure), **{"class": type(failure).__name__})
    sys.exit(1)
