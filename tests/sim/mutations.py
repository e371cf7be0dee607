#!/usr/bin/env python3
"""Plants bugs into the sequencer, one at a time, and shows that the simulation catches each.

Works on a copy; a mutation whose text isn't found any more is an error, so the list can't rot.
"""
import argparse
import concurrent.futures
import hashlib
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPILER = [*(["ccache"] if shutil.which("ccache") else []), os.environ.get("CXX", "clang++-19")]
FLAGS = ["-std=c++23", "-O1", "-D_GLIBCXX_ASSERTIONS", "-DBOOST_TEST_DYN_LINK", "-I."]
SOURCES = [
    "protocol/core/assert.cpp", "sync/judgement.cpp", "sync/producer_identity.cpp",
    "sync/producer_lanes.cpp", "sync/producer_table.cpp", "sync/sequencer.cpp", "sync/sequencer_batches.cpp",
    "sync/sequencer_clients.cpp", "sync/sequencer_judging.cpp", "sync/undecided_heads.cpp",
    "tests/support/boost_test_main.cpp",
]

# name, file, text, what stands there instead
MUTATIONS = [
    ("conflict with something undecided isn't held", "sync/judgement.cpp",
     "if (!key.has_undecided) return conflict(",
     "if (true) return conflict("),
    ("order above isn't held", "sync/judgement.cpp",
     "return hold(hold_reason::order_above, *record.key, event_order{got.value() - earlier});",
     "return conflict(index, key.undecided_next + earlier, got);"),
    ("expected counts what is undecided", "sync/judgement.cpp",
     "return conflict(index, key.committed_next, got);",
     "return conflict(index, key.undecided_next, got);"),
    ("events of one batch don't count up", "sync/judgement.cpp",
     "        ++count.events;", ""),
    ("exists is always true", "sync/judgement.cpp",
     "if (next > event_order{0}) return std::nullopt;", "return std::nullopt;"),
    ("wrong partition isn't seen", "sync/judgement.cpp",
     "    if (key.lives_elsewhere) {", "    if (false) {"),
    ("event ids of a part are enough", "sync/judgement.cpp",
     "found->id != *record.event_id) {\n            return std::nullopt;",
     "found->id != *record.event_id) {\n            break;"),
    ("original offset forgets the place in the batch", "sync/judgement.cpp",
     "found->offset.value() - static_cast<std::int64_t>(i)", "found->offset.value()"),
    ("answers before the store has it", "sync/sequencer_batches.cpp",
     "if (end > next_offset) return;", ""),
    ("offset of the batch for all in it", "sync/sequencer_batches.cpp",
     "offset = offset + count;", "offset = offset + 0 * count;"),
    ("new batches while a refusal is sorted out", "sync/sequencer_batches.cpp",
     "draining_ = !in_flight_.empty();", "draining_ = false;"),
    ("a refusal leaves what was judged on it", "sync/sequencer_batches.cpp",
     "    pull_ready(disturbed);\n    settle(disturbed);", "    settle(disturbed);"),
    ("a refusal of a merged batch hits all", "sync/sequencer_batches.cpp",
     "blame != refusal_blame::whole_batch && batch.appends.size() > 1",
     "blame != refusal_blame::whole_batch && batch.appends.size() > 1000"),
    ("too many in flight", "sync/sequencer_batches.cpp",
     "in_flight_.size() < options_.in_flight_batches_max",
     "in_flight_.size() <= options_.in_flight_batches_max"),
    ("an unknown batch isn't sent again", "sync/sequencer_batches.cpp",
     "at->send_again = true;", "at->send_again = false;"),
    ("what is not written is dropped", "sync/sequencer_batches.cpp",
     "} else if (!append->clients.empty()) {", "} else if (append->clients.empty()) {"),
    ("big appends are merged", "sync/sequencer_batches.cpp",
     "const bool alone = append.request.merge == merging::goes_alone;",
     "const bool alone = false;"),
    ("held ones are forgotten", "sync/sequencer_batches.cpp",
     "heads_.store(append, [this](pending_append& held) { to_judge(held); });",
     "heads_.store(append, [](pending_append&) {});"),
    ("a cancelled one is sent", "sync/sequencer_clients.cpp",
     "if (append.clients.empty()) abandoned_.push_back(append.request.id);", ""),
    ("an older epoch isn't ended by a newer one", "sync/sequencer_clients.cpp",
     "(append.clients.empty() || append.if_not_written)", "append.clients.empty()"),
    ("a sent one is not ready when its hold time is over", "sync/sequencer_clients.cpp",
     "if (all_over && !append.is_sent() && !is_resend) {", "if (all_over && !is_resend) {"),
    ("expired ones leave what was judged on them", "sync/sequencer_clients.cpp",
     "    pull_ready(disturbed);\n    for (const auto id : unsent) {",
     "    std::erase_if(ready_, [&](auto* append) {\n"
     "        if (append->leaving) heads_.leave({&append, 1});\n        return append->leaving;\n"
     "    });\n    for (const auto id : unsent) {"),
    ("a resend doesn't join", "sync/sequencer_clients.cpp",
     "if (found.same != nullptr) return join_undecided(request, *found.same);",
     "if (found.same != nullptr) break;"),
    ("sequences behind a refused one go on", "sync/sequencer_clients.cpp",
     "const auto behind = lanes_.cut(append, why);",
     "const auto behind = std::vector<pending_append*>{};\n    lanes_.written(append, {});"),
    ("an older epoch goes on behind a newer one", "sync/sequencer_clients.cpp",
     "if (found.starts_new_epoch) start_new_epoch(request.sequence->producer);", ""),
    ("a new epoch starts anywhere", "sync/producer_lanes.cpp",
     "if (sequence.base_sequence != sequence_number{0}) return {standing::out_of_order};", ""),
    ("a producer's batches are judged in any order", "sync/sequencer_judging.cpp",
     "if (append.line_before != nullptr && !append.line_before->is_accepted()) {",
     "if (false) {"),
    ("sequences wrap one too early", "sync/producer_identity.cpp",
     "std::int64_t{std::numeric_limits<std::int32_t>::max()} + 1;",
     "std::int64_t{std::numeric_limits<std::int32_t>::max()};"),
    ("duplicates aren't remembered", "sync/producer_table.cpp",
     "if (const auto* original = known->find(sequence)) {",
     "if (const auto* original = known->find(sequence); original != nullptr && false) {"),
    ("a remembered sequence makes a resend", "sync/producer_table.cpp",
     "std::ranges::find(known, sequence, &written_batch::sequence)",
     "std::ranges::find_if(known, [&](const auto& one) {\n"
     "        auto same = one.sequence;\n        same.content_crc = sequence.content_crc;\n"
     "        return same == sequence;\n    })"),
    ("an undecided sequence makes a resend", "sync/producer_lanes.cpp",
     "if (waiting->request.sequence == sequence) return",
     "if (waiting->request.sequence->base_sequence == sequence.base_sequence) return"),
    ("records of others don't matter", "sync/sequencer.cpp",
     "    known->is_stale = true;", ""),
    ("heads are believed after a cut", "sync/sequencer.cpp",
     "heads_.all_stale([&disturbed](undecided_key& key) { disturbed.add(key); });", ""),
    ("what was acknowledged is believed after a cut", "sync/sequencer.cpp",
     "        judge_again(batch);", "        acked_.emplace(end, std::move(batch));\n        return;"),
    ("producers keep what was cut", "sync/producer_table.cpp",
     "known.batches[known.batch_count - 1].offset >= offset", "false"),
    ("new keys aren't claimed", "sync/undecided_heads.cpp",
     "if (key->is_claimed || key->committed_next > event_order{0}) continue;",
     "if (true) continue;"),
    ("claims aren't given back", "sync/undecided_heads.cpp",
     "    key.is_claimed = false;\n    claims_.release(key.key);", ""),
    ("records of others don't move what is in flight", "sync/undecided_heads.cpp",
     "        link.next = next;", ""),
    ("a stale head is believed", "sync/undecided_heads.cpp",
     "if (known != nullptr && !known->is_stale && !known->chain.empty()) return known;",
     "if (known != nullptr && !known->is_stale) return known;"),
]


def compile_object(tree, source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([*COMPILER, *FLAGS, "-c", source, "-o", target.relative_to(tree)], cwd=tree,
                   check=True)
    return target


def link(objects, program):
    subprocess.run([COMPILER[-1], *objects, "-lboost_unit_test_framework", "-lfmt", "-o", program],
                   check=True)
    return program


def simulate(program, limit_s):
    """(True if the simulation finds nothing, else False; what it found)"""
    try:
        done = subprocess.run([program], timeout=limit_s, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired:
        return False, "hangs"
    lines = done.stdout.decode(errors="replace").splitlines()
    why = [line for line in lines if "ssertion" in line] or \
          [line.split('": ', 1)[-1] for line in lines if "error: in" in line]
    return done.returncode == 0, why[0] if why else ""


def mutated(tree, mutation):
    """The source with the bug in it."""
    name, source, text, instead = mutation
    original = (tree / source).read_text()
    if original.count(text) != 1:
        sys.exit(f"{name}: its text stands {original.count(text)} times in {source}")
    return original.replace(text, instead)


def survives(tree, objects, mutation, limit_s):
    name, source, _, _ = mutation
    place = tree / "mutants" / str(MUTATIONS.index(mutation))
    place.mkdir(parents=True)
    mutant = place / pathlib.Path(source).name
    mutant.write_text(mutated(tree, mutation))
    changed = compile_object(tree, mutant.relative_to(tree), mutant.with_suffix(".o"))
    passes, why = simulate(link({**objects, source: changed}.values(), place / "sim"), limit_s)
    print(f"{'SURVIVES' if passes else 'caught  '}  {name}: {why}", flush=True)
    return passes


def chosen(tree, arguments):
    """With --some the sources decide which: the same ones for the same sources, others after a
    change."""
    named = [one for one in MUTATIONS if not arguments.names or one[0] in arguments.names]
    if unknown := set(arguments.names) - {one[0] for one in MUTATIONS}:
        sys.exit(f"no such mutation: {', '.join(sorted(unknown))}")
    if arguments.some is None:
        return named
    digest = hashlib.sha256()
    for source in sorted({one[1] for one in MUTATIONS}):
        digest.update((tree / source).read_bytes())
    return random.Random(digest.digest()).sample(named, min(arguments.some, len(named)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these; else all")
    parser.add_argument("--some", type=int, metavar="N",
                        help="only N of them, chosen by what the sources hold")
    arguments = parser.parse_args()
    workers = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
    with tempfile.TemporaryDirectory() as folder, workers:
        tree = pathlib.Path(folder)
        for part in ("protocol/core", "sync", "tests/sim", "tests/support"):
            shutil.copytree(ROOT / part, tree / part)
        for mutation in MUTATIONS:
            mutated(tree, mutation)
        sources = SOURCES + [str(path.relative_to(tree))
                             for path in sorted((tree / "tests/sim").glob("*.cpp"))]
        objects = dict(zip(sources, workers.map(
            lambda source: compile_object(tree, source, tree / "objects" / (source + ".o")),
            sources)))
        program = link(objects.values(), tree / "sim")
        started = time.monotonic()
        passes, why = simulate(program, 180)
        if not passes:
            sys.exit(f"the simulation fails without any mutation: {why}")
        # Some hang, so not for long: but many times what a run takes here.
        limit_s = 10 + 10 * (time.monotonic() - started)
        survivors = sum(workers.map(
            lambda mutation: survives(tree, objects, mutation, limit_s), chosen(tree, arguments)))
    sys.exit(f"{survivors} not caught" if survivors else 0)


if __name__ == "__main__":
    main()
