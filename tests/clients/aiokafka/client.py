"""aiokafka as an application would use it. Commands and output: tests/clients/README.md."""

import asyncio
import json
import sys
import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

SERVERS, SETTINGS, COMMAND, *WORDS = sys.argv[1:]
READ = {"bootstrap_servers": SERVERS, "auto_offset_reset": "earliest"}


def say(**line):
    print(json.dumps(line), flush=True)


def producer(**more):
    advised = {"linger_ms": 0, "max_batch_size": 1} if SETTINGS == "advised" else {}
    return AIOKafkaProducer(bootstrap_servers=SERVERS, **advised | more)


def event(topic, key, writer, order, **more):
    return {"topic": topic, "key": key.encode(), "value": f"{writer}-{order}".encode(),
            "headers": [("order", str(order).encode()), ("id", f"{writer}-{order}".encode())]} | more


async def report(writer, order, sending):
    """`sending` is awaited for the answer."""
    try:
        done = await sending
        say(writer=writer, order=order, ok=True, partition=done.partition, offset=done.offset)
    except Exception as failure:  # noqa: BLE001 - whatever an application would see
        say(writer=writer, order=order, ok=False, code=getattr(failure, "errno", -1),
            error=str(failure), **{"class": type(failure).__name__})


async def append(topic, key, writer, orders):
    async with producer() as sender:
        for order in orders:
            await report(writer, order, sender.send_and_wait(**event(topic, key, writer, order)))


async def burst(topic, key, writer, orders):
    async with producer() as sender:
        sent = [(order, await sender.send(**event(topic, key, writer, order))) for order in orders]
        for order, answer in sent:
            await report(writer, order, answer)


async def place(topic, key, partition, order):
    async with producer() as sender:
        await report("a", order, sender.send_and_wait(
            **event(topic, key, "a", order, partition=partition)))


async def two_writers(write, topic, key, count, first=0):
    orders = range(int(first), int(first) + int(count))
    await asyncio.gather(*(write(topic, key, writer, orders) for writer in "ab"))


async def read(consumer, count):
    for _ in range(count):
        one = await asyncio.wait_for(consumer.getone(), 30)
        say(partition=one.partition, offset=one.offset, key=(one.key or b"").decode(),
            value=(one.value or b"").decode())


async def consume(topic, count):
    async with AIOKafkaConsumer(topic, **READ) as consumer:
        await read(consumer, count)


async def group(topic, name, count):
    async with AIOKafkaConsumer(topic, group_id=name, **READ) as consumer:
        await read(consumer, count)
        began = time.monotonic()
        try:
            await asyncio.wait_for(consumer.commit(), 90)
            say(commit=True)
        except Exception as failure:  # noqa: BLE001
            say(commit=False, error=str(failure), seconds=time.monotonic() - began,
                **{"class": type(failure).__name__})


async def transact(topic, name, count):
    async with producer(transactional_id=name) as sender:
        async with sender.transaction():
            for order in range(count):
                await report("a", order, sender.send_and_wait(**event(topic, "t", "a", order)))
    say(transaction="committed")


async def main():
    if COMMAND == "append":
        await append(*WORDS[:2], "a", map(int, WORDS[2:]))
    elif COMMAND == "place":
        await place(*WORDS[:2], *map(int, WORDS[2:]))
    elif COMMAND in ("race", "burst"):
        await two_writers(append if COMMAND == "race" else burst, *WORDS)
    elif COMMAND == "consume":
        await consume(WORDS[0], int(WORDS[1]))
    else:
        await {"group": group, "transact": transact}[COMMAND](*WORDS[:2], int(WORDS[2]))


try:
    asyncio.run(main())
except Exception as failure:  # noqa: BLE001
    say(failed=str(failure), **{"class": type(failure).__name__})
    sys.exit(1)
