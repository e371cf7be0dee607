#!/usr/bin/env python3
"""Plants bugs into the sequencer, one at a time, and shows that the simulation catches each.

Usage: mutations.py [NAME...]      (all of them take a few minutes)
Works on a copy; a mutation whose text isn't found any more is an error, so the list can't rot.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPILER = os.environ.get("CXX", "clang++-19")
FLAGS = ["-std=c++23", "-O1", "-D_GLIBCXX_ASSERTIONS", "-DBOOST_TEST_DYN_LINK", "-I."]
SOURCES = [
    "protocol/core/assert.cpp", "sync/judgement.cpp", "sync/producer_lanes.cpp",
    "sync/producer_table.cpp", "sync/sequencer.cpp", "sync/sequencer_batches.cpp",
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
     "blame == refusal_blame::one_record && batch.appends.size() > 1",
     "blame == refusal_blame::one_record && batch.appends.size() > 1000"),
    ("too many in flight", "sync/sequencer_batches.cpp",
     "in_flight_.size() >= options_.in_flight_batches_max",
     "in_flight_.size() > options_.in_flight_batches_max"),
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
     "if (append.clients.empty() && !append.is_sent()) {\n"
     "        drop({append.request.id}, append_outcome::not_ready);\n    }",
     ""),
    ("a sent one is not ready when its hold time is over", "sync/sequencer_clients.cpp",
     "if (all_over && !append.is_sent() && !is_resend) {", "if (all_over && !is_resend) {"),
    ("expired ones leave what was judged on them", "sync/sequencer_clients.cpp",
     "    disturbance disturbed;\n    pull_ready(disturbed);\n    for (const auto id : unsent) {",
     "    disturbance disturbed;\n    std::erase_if(ready_, [&](auto* append) {\n"
     "        if (append->leaving) heads_.leave(*append);\n        return append->leaving;\n"
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
    ("sequences wrap one too early", "sync/producer_table.cpp",
     "std::int64_t{std::numeric_limits<std::int32_t>::max()} + 1;",
     "std::int64_t{std::numeric_limits<std::int32_t>::max()};"),
    ("duplicates aren't remembered", "sync/producer_table.cpp",
     "if (const auto* original = known->find(sequence)) {",
     "if (const auto* original = known->find(sequence); original != nullptr && false) {"),
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


def compile_object(tree, source, name=None):
    target = tree / "objects" / ((name or source.replace("/", "_")) + ".o")
    target.parent.mkdir(exist_ok=True)
    subprocess.run([COMPILER, *FLAGS, "-c", source, "-o", target], cwd=tree, check=True)
    return target


def link(tree, objects):
    subprocess.run([COMPILER, *objects, "-lboost_unit_test_framework", "-lfmt", "-o", "sim"],
                   cwd=tree, check=True)


def simulate(tree):
    """(True if the simulation finds nothing, else False; what it found)"""
    try:
        done = subprocess.run(["./sim"], cwd=tree, timeout=180,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired:
        return False, "hangs"
    lines = done.stdout.decode(errors="replace").splitlines()
    why = [line for line in lines if "ssertion" in line] or \
          [line.split('": ', 1)[-1] for line in lines if "error: in" in line]
    return done.returncode == 0, why[0] if why else ""


def main(names):
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder)
        for part in ("protocol/core", "sync", "tests/sim", "tests/support"):
            shutil.copytree(ROOT / part, tree / part)
        sim = [str(p.relative_to(tree)) for p in sorted((tree / "tests/sim").glob("*.cpp"))]
        objects = {source: compile_object(tree, source) for source in SOURCES + sim}
        link(tree, objects.values())
        passes, why = simulate(tree)
        if not passes:
            sys.exit(f"the simulation fails without any mutation: {why}")
        survivors = []
        for name, source, text, instead in MUTATIONS:
            if names and name not in names:
                continue
            original = (tree / source).read_text()
            if original.count(text) != 1:
                sys.exit(f"{name}: its text stands {original.count(text)} times in {source}")
            (tree / source).write_text(original.replace(text, instead))
            mutant = compile_object(tree, source, "mutant")
            link(tree, {**objects, source: mutant}.values())
            passes, why = simulate(tree)
            print(f"{'SURVIVES' if passes else 'caught  '}  {name}: {why}", flush=True)
            if passes:
                survivors.append(name)
            (tree / source).write_text(original)
        sys.exit(f"{len(survivors)} not caught" if survivors else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
