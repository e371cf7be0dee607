#!/usr/bin/python3
"""Creates an event topic if it isn't there: kept for ever, never compacted."""

import argparse
import sys

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

EVENT_TOPIC = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap-servers", required=True, metavar="HOST:PORT")
    parser.add_argument("--topic", required=True)
    parser.add_argument("--partitions", type=int, default=5)
    parser.add_argument("--replication-factor", type=int, default=-1, help="-1: the brokers' default")
    options = parser.parse_args()

    admin = AdminClient({"bootstrap.servers": options.bootstrap_servers, "log_level": 0})
    try:
        if options.topic in admin.list_topics(timeout=10).topics:
            return 0
        topic = NewTopic(options.topic, options.partitions, options.replication_factor,
                         config=EVENT_TOPIC)
        admin.create_topics([topic])[options.topic].result(timeout=30)
    except KafkaException as error:
        print(f"create_topic.py: {options.bootstrap_servers}: {error.args[0].str()}",
              file=sys.stderr)
        return 1
    print(f"created topic {options.topic} with {options.partitions} partitions")
    return 0


if __name__ == "__main__":
    sys.exit(main())
