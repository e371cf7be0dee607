#!/usr/bin/python3
"""Each source file of sync has a suite of its own (tests/unit mirrors the folders), or a line here
that says where it is tested.

  suites.py [ROOT]        prints what is missing or has become untrue, ends with 1
"""

import pathlib
import sys

PARTITION = "tests/unit/sync/partition/partition_log.cpp"
SEQUENCER = "tests/sim/sequencer/sequencer_simulation.cpp"
FAULTS = "tests/integration/test_faults.py"
WAY_IN = "tests/integration/test_way_in.py"
START_UP = "tests/integration/test_start_up.py"
COMMANDS = "tests/integration/test_commands.py"
SHARED = "tests/integration/test_shared_ownership.py"

TESTED_BY = {
    "sync/aggregate_reader.cpp": "tests/integration/test_two_topics.py",
    "sync/append/answer_text.cpp": "tests/integration/test_guarded_append.py",
    "sync/append/appender.cpp": PARTITION,
    "sync/append/appender_connection.cpp": PARTITION,
    "sync/broker/bootstrap_servers.cpp": START_UP,
    "sync/broker/cluster_view.cpp": FAULTS,
    "sync/broker/leader_check.cpp": PARTITION,
    "sync/broker/leader_link.cpp": FAULTS,
    "sync/broker/leader_tracker.cpp": FAULTS,
    "sync/broker/link_errors.cpp": "tests/unit/sync/broker/broker_link.cpp",
    "sync/catch_up_log.cpp": START_UP,
    "sync/fencing/boot_clock.cpp": PARTITION,
    "sync/oauth/open_security.cpp": WAY_IN,
    "sync/start/own_rights.cpp": WAY_IN,
    "sync/fencing/coordinator_session.cpp": PARTITION,
    "sync/fencing/producer_probe.cpp": PARTITION,
    "sync/group_owners.cpp": SHARED,
    "sync/restore_from_peer.cpp": "tests/integration/test_restore_from_a_peer.py",
    "sync/routed_topics.cpp": "tests/integration/test_routers.py",
    "sync/start/start_checks.cpp": START_UP,
    "sync/stored_topics.cpp": "tests/integration/test_guarded_append.py",
    "sync/net/tls_errors.cpp": "tests/unit/sync/net/net_stream.cpp",
    "sync/broker/broker_link_login.cpp": "tests/unit/sync/broker/broker_link_security.cpp",
    "sync/net/link_security.cpp": "tests/unit/sync/broker/broker_link_security.cpp",
    "sync/log/log_reader.cpp": "tests/integration/test_existing_topics.py",
    "sync/log/log_tail.cpp": PARTITION,
    "sync/log/log_tail_way_back.cpp": PARTITION,
    "sync/log/partition_index.cpp": PARTITION,
    "sync/partition/partition_log_clients.cpp": PARTITION,
    "sync/partition/partition_log_outcomes.cpp": PARTITION,
    "sync/partition/read_proof.cpp": "tests/integration/test_two_topics.py",
    "sync/partition/readable_watch.cpp": "tests/integration/test_key_topics.py",
    "sync/partition/stored_heads.cpp": PARTITION,
    "sync/partition/topic_set.cpp": "tests/integration/test_topic_surprises.py",
    "sync/rdkafka/client_handle.cpp": COMMANDS,
    "sync/group/group_questions.cpp": SHARED,
    "sync/group/group_watch.cpp": SHARED,
    "sync/rdkafka/group_member.cpp": SHARED,
    "sync/rdkafka/topic_reader.cpp": COMMANDS,
    "sync/sasl/base64.cpp": "tests/unit/sync/sasl/scram_client.cpp",
    "sync/sasl/sasl_errors.cpp": "tests/unit/sync/sasl/scram_client.cpp",
    "sync/shared_ownership.cpp": SHARED,
    "sync/sequencer/batches.cpp": SEQUENCER,
    "sync/sequencer/judgement.cpp": "tests/unit/sync/sequencer/orders.cpp",
    "sync/sequencer/judging.cpp": "tests/unit/sync/sequencer/orders.cpp",
    "sync/sequencer/producer_queues.cpp": "tests/unit/sync/sequencer/resends.cpp",
    "sync/sequencer/sequencer.cpp": "tests/unit/sync/sequencer/outcomes.cpp",
    "sync/sequencer/undecided_heads.cpp": SEQUENCER,
    "sync/start/cluster_facts.cpp": START_UP,
    "sync/start/log_bounds.cpp": COMMANDS,
    "sync/sync_store.cpp": COMMANDS,
    "sync/types/security_options.cpp": "tests/unit/proxy/config/config.cpp",
    "sync/verify.cpp": COMMANDS,
}


def check(root):
    sources = {path.relative_to(root).as_posix() for path in (root / "sync").rglob("*.cpp")}
    own = {source for source in sources if (root / "tests/unit" / source).exists()}
    yield from (f"{source}: no suite, and no line in TESTED_BY"
                for source in sorted(sources - own - set(TESTED_BY)))
    for source, test in sorted(TESTED_BY.items()):
        if source not in sources:
            yield f"TESTED_BY: there is no {source}"
        elif source in own:
            yield f"TESTED_BY: {source} has a suite of its own"
        elif not (root / test).exists():
            yield f"TESTED_BY: there is no {test}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    problems = list(check(root.resolve()))
    print("\n".join([*problems, f"{len(problems)} problems"]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
