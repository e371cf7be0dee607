"""kafka-python as an application would use it. Commands and output: tests/clients/README.md."""

import json
import sys
import threading
import time

from kafka import KafkaConsumer, KafkaProducer, __version__

SERVERS, SETTINGS, COMMAND, *WORDS = sys.argv[1:]
READ = {"bootstrap_servers": SERVERS, "auto_offset_reset": "earliest"}
ADVISED = {"linger_ms": 0, "batch_size": 0} | (
    {"acks": "all", "retries": 5} if __version__.startswith("2.") else {"enable_idempotence": False})
PRINTING = threading.Lock()


def say(**line):
    with PRINTING:
        print(json.dumps(line), flush=True)


def producer(**more):
    return KafkaProducer(bootstrap_servers=SERVERS, **(ADVISED if SETTINGS == "advised" else {}) | more)


def event(topic, key, writer, order, **more):
    return {"topic": topic, "key": key.encode(), "value": f"{writer}-{order}".encode(),
            "headers": [("order", str(order).encode()), ("id", f"{writer}-{order}".encode())]} | more


def report(writer, order, answer):
    """`answer()` waits for the answer."""
    try:
        done = answer()
        say(writer=writer, order=order, ok=True, partition=done.partition, offset=done.offset)
    except Exception as failure:  # noqa: BLE001 - whatever an application would see
        say(writer=writer, order=order, ok=False, code=getattr(failure, "errno", -1),
            error=str(failure), **{"class": type(failure).__name__})


def append(topic, key, writer, orders):
    sender = producer()
    for order in orders:
        report(writer, order, lambda: sender.send(**event(topic, key, writer, order)).get(150))
    sender.close(10)


def burst(topic, key, writer, orders):
    sender = producer()
    sent = []
    for order in orders:
        try:
            sent.append((order, sender.send(**event(topic, key, writer, order)).get))
        except Exception as failure:  # noqa: BLE001
            say(writer=writer, order=order, ok=False, error=str(failure), at="send",
                **{"class": type(failure).__name__})
    for order, answer in sent:
        report(writer, order, lambda: answer(150))
    sender.close(10)


def place(topic, key, partition, order):
    sender = producer()
    report("a", order, sender.send(**event(topic, key, "a", order, partition=partition)).get)
    sender.close(10)


def two_writers(write, topic, key, count, first=0):
    orders = range(int(first), int(first) + int(count))
    threads = [threading.Thread(target=write, args=(topic, key, writer, orders))
               for writer in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def read(consumer, count):
    deadline = time.monotonic() + 30
    while count > 0 and time.monotonic() < deadline:
        for records in consumer.poll(timeout_ms=500).values():
            for one in records:
                count -= 1
                say(partition=one.partition, offset=one.offset, key=(one.key or b"").decode(),
                    value=(one.value or b"").decode())


def consume(topic, count):
    consumer = KafkaConsumer(topic, group_id=None, **READ)
    read(consumer, count)
    consumer.close()


def group(topic, name, count):
    consumer = KafkaConsumer(topic, group_id=name, **READ)
    read(consumer, count)
    began = time.monotonic()
    try:
        consumer.commit()
        say(commit=True)
    except Exception as failure:  # noqa: BLE001
        say(commit=False, error=str(failure), seconds=time.monotonic() - began,
            **{"class": type(failure).__name__})
    consumer.close()


def transact(topic, name, count):
    sender = producer(transactional_id=name)
    sender.init_transactions()
    sender.begin_transaction()
    for order in range(count):
        report("a", order, lambda: sender.send(**event(topic, "t", "a", order)).get(30))
    sender.commit_transaction()
    say(transaction="committed")
    sender.close(10)


try:
    if COMMAND == "append":
        append(*WORDS[:2], "a", map(int, WORDS[2:]))
    elif COMMAND == "place":
        place(*WORDS[:2], *map(int, WORDS[2:]))
    elif COMMAND in ("race", "burst"):
        two_writers(append if COMMAND == "race" else burst, *WORDS)
    elif COMMAND == "consume":
        consume(WORDS[0], int(WORDS[1]))
    else:
        {"group": group, "transact": transact}[COMMAND](*WORDS[:2], int(WORDS[2]))
except Exception as failure:  # noqa: BLE001
    say(failed=str(failure), **{"class": type(failure).__name__})
    sys.exit(1)
