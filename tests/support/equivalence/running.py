"""Asks both sides for all that the tables have.

    with both_sides(world) as sides:
        assert differences_of(sides, "Metadata", versions) == []
"""

import contextlib

from equivalence.comparing import differences
from equivalence.sides import At, CLOSED, SUFFIXES, Side, UNANSWERED, load_requests
from kafka_messages import encode, fitting
from wire import least

# What a broker needs to have something to say in every API.
FOR_ALL_APIS = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS",
    "delegation.token.secret.key": "secret",
}

# What reads a topic and is the broker's own answer for a guarded one too.
READING = ("Fetch", "ListOffsets", "Metadata", "OffsetForLeaderEpoch", "DescribeTopicPartitions",
           "DescribeConfigs", "DescribeProducers", "DescribeLogDirs", "ListPartitionReassignments")


@contextlib.contextmanager
def both_sides(world, account=None):
    sides = [Side(world, name, account) for name in SUFFIXES]
    try:
        yield sides
    finally:
        for side in sides:
            side.close()


def differences_of(sides, api, versions, *, kinds=(True, False)):
    """Of each request about what is there and about what isn't, and of one with nothing in it.
    `kinds`: with what is there, with what isn't."""
    found = []
    for version in versions:
        for request in load_requests()[api]:
            for is_known in kinds if version in request.versions else ():
                answers = [_answer(api, request, at) for at in At.both(sides, version, is_known)]
                title = f"{api} v{version}, {request.title}{'' if is_known else ', unknown'}"
                found += [f"{title}: {one}" for one in differences(api, *answers)]
                if UNANSWERED in answers or is_known and CLOSED in answers:
                    found.append(f"{title}: says too little, {answers}")
        answers = [side.ask(api, version, least(api, version)) for side in sides]
        found += [f"{api} v{version}, empty: {one}" for one in differences(api, *answers)]
    return found


def _answer(api, request, at):
    return at.side.ask(api, at.version, fitting(api, at.version, request.make(at)))


def answer_to(api, version, side):
    """The answer to the first request of an API."""
    (at,) = At.both([side], version, True)
    return _answer(api, load_requests()[api][0], at)


def cut_differences_of(sides, api, versions):
    """Of each request with its end missing: closed on both sides, or answered alike."""
    found = []
    for version in versions:
        request = next(one for one in load_requests()[api] if version in one.versions)
        bodies = [encode(api, "request", version, fitting(api, version, request.make(at)))
                  for at in At.both(sides, version, True)]
        size = len(bodies[0])
        for missing in sorted({1, size // 2, size} - {0} if size else ()):
            answers = [side.ask_bytes(api, version, body[:-missing])
                       for side, body in zip(sides, bodies)]
            if answers != [CLOSED, CLOSED]:
                found.append(f"{api} v{version} without its last {missing}: {answers}")
    return found


def outcomes(sides, key, version):
    """What becomes of a key in a version that somebody may not have: a frame or CLOSED."""
    return [side.ask_bytes("Heartbeat", version, b"", key=key) for side in sides]
