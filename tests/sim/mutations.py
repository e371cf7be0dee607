#!/usr/bin/env python3
"""Plants bugs into the pure machines, one at a time, and shows that a simulation catches each.

Works on a copy; a mutation whose text isn't found any more is an error, so the list can't rot.
"""
import argparse
import concurrent.futures
import functools
import hashlib
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPILER = [*(["ccache"] if shutil.which("ccache") else []), os.environ.get("CXX", "clang++-19")]
FLAGS = ["-std=c++23", "-O1", "-D_GLIBCXX_ASSERTIONS", "-DBOOST_TEST_DYN_LINK", "-I."]
SEQUENCER = [
    "protocol/core/assert.cpp", "protocol/core/producer_identity.cpp", "sync/sequencer/*.cpp",
    "tests/support/boost_test_main.cpp",
]
# simulation: its sources. A bug is planted for the first simulation that has its file.
SIMULATIONS = {
    "sequencer": [*SEQUENCER, "tests/sim/sequencer/*.cpp"],
    "instances": [*SEQUENCER, "protocol/kafka_error.cpp", "sync/fencing/coordinator_dialogue.cpp",
                  "sync/fencing/fencing.cpp", "sync/fencing/lease.cpp",
                  "sync/append/batches_under_way.cpp", "sync/append/produce_outcome.cpp",
                  "sync/partition/unsettled_batches.cpp", "tests/sim/instances/*.cpp"],
}
# Not every bug needs a million steps, but some need more.
STEPS = {"sequencer": 1_000_000, "instances": 10_000_000}
# Shown by one seed of some 20,000. They get ten times the steps, and are not among --some.
SELDOM = {"what was forgotten meanwhile is sent again",
          "a late acknowledgement is believed against the log"}

# name, file, text, what stands there instead
MUTATIONS = [
    ("conflict with something undecided isn't held", "sync/sequencer/judgement.cpp",
     "if (!key.has_undecided) return conflict(",
     "if (true) return conflict("),
    ("order above isn't held", "sync/sequencer/judgement.cpp",
     "return hold(hold_reason::order_above, *record.key, event_order{got.value() - earlier});",
     "return conflict(index, key.undecided_next + earlier, got);"),
    ("expected counts what is undecided", "sync/sequencer/judgement.cpp",
     "return conflict(index, key.committed_next, got);",
     "return conflict(index, key.undecided_next, got);"),
    ("events of one batch don't count up", "sync/sequencer/judgement.cpp",
     "        ++count.events;", ""),
    ("exists is always true", "sync/sequencer/judgement.cpp",
     "if (next > event_order{0}) return std::nullopt;", "return std::nullopt;"),
    ("wrong partition isn't seen", "sync/sequencer/judgement.cpp",
     "    if (key.lives_elsewhere) {", "    if (false) {"),
    ("keys of several homes are redirected", "sync/sequencer/judgement.cpp",
     "if (!key->lives_elsewhere || (home && *home != *key->lives_elsewhere)) return std::nullopt;",
     "if (!key->lives_elsewhere) continue;"),
    ("redirected before the one that it follows is decided", "sync/sequencer/judging.cpp",
     "if (append.line_before != nullptr) return hold_behind_sequence(append);", ""),
    ("what follows a redirected one doesn't wait", "sync/sequencer/judging.cpp",
     "!append.line_before->is_accepted()) {",
     "!append.line_before->is_accepted() &&\n"
     "        append.line_before->stage != append_stage::redirected) {"),
    ("a newer epoch doesn't wait for what is sent", "sync/sequencer/producer_queues.cpp",
     "if (!next->is_sent()) unlink(*next);", "unlink(*next);"),
    ("what waits for a redirected one is forgotten", "sync/sequencer/judging.cpp",
     "queues_.written(append, reply.base_offset);\n    wake_behind_sequence(next);",
     "queues_.written(append, reply.base_offset);\n    (void)next;"),
    ("a home that has moved is told as if it were one", "sync/sequencer/judging.cpp",
     "if (heard.outcome == append_outcome::wrong_partition) heard.outcome = append_outcome::not_ready;", ""),
    ("an offset of another partition is told", "sync/sequencer/judging.cpp",
     "    heard.base_offset = log_offset{-1};", ""),
    ("event ids of a part are enough", "sync/sequencer/judgement.cpp",
     "found->id != *record.event_id) {\n            return std::nullopt;",
     "found->id != *record.event_id) {\n            break;"),
    ("original offset forgets the place in the batch", "sync/sequencer/judgement.cpp",
     "found->offset.value() - static_cast<std::int64_t>(i)", "found->offset.value()"),
    ("answers before the store has it", "sync/sequencer/batches.cpp",
     "if (end > next_offset) return;", ""),
    ("offset of the batch for all in it", "sync/sequencer/batches.cpp",
     "offset = offset + count;", "offset = offset + 0 * count;"),
    ("new batches while a refusal is sorted out", "sync/sequencer/batches.cpp",
     "draining_ = !in_flight_.empty();", "draining_ = false;"),
    ("a refusal leaves what was judged on it", "sync/sequencer/batches.cpp",
     "    pull_ready(disturbed);\n    rejudge(disturbed);", "    settle(disturbed);"),
    ("a refusal of a merged batch hits all", "sync/sequencer/batches.cpp",
     "blame != refusal_blame::whole_batch && batch.appends.size() > 1",
     "blame != refusal_blame::whole_batch && batch.appends.size() > 1000"),
    ("too many in flight", "sync/sequencer/batches.cpp",
     "in_flight_.size() < options_.in_flight_batches_max",
     "in_flight_.size() <= options_.in_flight_batches_max"),
    ("an unknown batch isn't sent again", "sync/sequencer/batches.cpp",
     "at->send_again = true;", "at->send_again = false;"),
    ("what is not written is dropped", "sync/sequencer/batches.cpp",
     "} else if (!append->clients.empty()) {", "} else if (append->clients.empty()) {"),
    ("big appends are merged", "sync/sequencer/batches.cpp",
     "const bool alone = append.request.merge == merging::goes_alone;",
     "const bool alone = false;"),
    ("held ones are forgotten", "sync/sequencer/batches.cpp",
     "heads_.store(append, [this](pending_append& held) { to_judge(held); });",
     "heads_.store(append, [](pending_append&) {});"),
    ("a cancelled one is sent", "sync/sequencer/clients.cpp",
     "if (append.clients.empty()) abandoned_.push_back(append.request.id);", ""),
    ("an older epoch isn't ended by a newer one", "sync/sequencer/clients.cpp",
     "(append.clients.empty() || append.if_not_written)", "append.clients.empty()"),
    ("a sent one is not ready when its hold time is over", "sync/sequencer/clients.cpp",
     "if (all_over && !append.is_sent() && !is_resend) {", "if (all_over && !is_resend) {"),
    ("expired ones leave what was judged on them", "sync/sequencer/clients.cpp",
     "    pull_ready(disturbed);\n    for (const auto id : unsent) {",
     "    std::erase_if(ready_, [&](auto* append) {\n"
     "        if (append->leaving) heads_.leave({&append, 1});\n        return append->leaving;\n"
     "    });\n    for (const auto id : unsent) {"),
    ("a resend doesn't join", "sync/sequencer/clients.cpp",
     "if (found.same != nullptr) return join_undecided(request, *found.same);",
     "if (found.same != nullptr) break;"),
    ("sequences behind a refused one go on", "sync/sequencer/clients.cpp",
     "const auto behind = queues_.cut(append, why);",
     "const auto behind = std::vector<pending_append*>{};\n    queues_.written(append, {});"),
    ("an older epoch goes on behind a newer one", "sync/sequencer/clients.cpp",
     "if (found.starts_new_epoch) start_new_epoch(request.sequence->producer);", ""),
    ("a new epoch starts anywhere", "sync/sequencer/producer_queues.cpp",
     "if (sequence.base_sequence != sequence_number{0}) return {standing::out_of_order};", ""),
    ("a producer's batches are judged in any order", "sync/sequencer/judging.cpp",
     "if (append.line_before != nullptr && !append.line_before->is_accepted()) {",
     "if (false) {"),
    ("sequences wrap one too early", "protocol/core/producer_identity.cpp",
     "std::int64_t{std::numeric_limits<std::int32_t>::max()} + 1;",
     "std::int64_t{std::numeric_limits<std::int32_t>::max()};"),
    ("duplicates aren't remembered", "sync/sequencer/producer_table.cpp",
     "if (const auto* original = known->find(sequence)) {",
     "if (const auto* original = known->find(sequence); original != nullptr && false) {"),
    ("a remembered sequence makes a resend", "sync/sequencer/producer_table.cpp",
     "std::ranges::find(known, sequence, &written_batch::sequence)",
     "std::ranges::find_if(known, [&](const auto& one) {\n"
     "        auto same = one.sequence;\n        same.content_crc = sequence.content_crc;\n"
     "        return same == sequence;\n    })"),
    ("an undecided sequence makes a resend", "sync/sequencer/producer_queues.cpp",
     "if (waiting->request.sequence == sequence) return",
     "if (waiting->request.sequence->base_sequence == sequence.base_sequence) return"),
    ("records of others don't matter", "sync/sequencer/sequencer.cpp",
     "    known->is_stale = true;", ""),
    ("heads are believed after a cut", "sync/sequencer/sequencer.cpp",
     "heads_.all_stale([&disturbed](undecided_key& key) { disturbed.add(key); });", ""),
    ("what was acknowledged is believed after a cut", "sync/sequencer/sequencer.cpp",
     "        judge_again(batch);", "        acked_.emplace(end, std::move(batch));\n        return;"),
    ("producers keep what was cut", "sync/sequencer/producer_table.cpp",
     "[offset](const written_batch& one) { return one.offset >= offset; }",
     "[](const written_batch&) { return false; }"),
    ("new keys aren't claimed", "sync/sequencer/undecided_heads.cpp",
     "if (key->is_claimed || key->committed_next > event_order{0}) continue;",
     "if (true) continue;"),
    ("claims aren't given back", "sync/sequencer/undecided_heads.cpp",
     "    key.is_claimed = false;\n    claims_.release(key.key);", ""),
    ("records of others don't move what is in flight", "sync/sequencer/undecided_heads.cpp",
     "        link.next = next;", ""),
    ("a stale head is believed", "sync/sequencer/undecided_heads.cpp",
     "if (known != nullptr && !known->is_stale && !known->chain.empty()) return known;",
     "if (known != nullptr && !known->is_stale) return known;"),

    # ---- fencing, batches under way
    ("what is undecided is sent again for ever", "sync/fencing/fencing.cpp",
     ": must_renew_ ? goal::renew", ": false ? goal::renew"),
    ("written before the own marker is read", "sync/fencing/fencing.cpp",
     "&& !may_write_ && !awaited_marker_ &&", "&& !may_write_ &&"),
    ("a predecessor's lease isn't waited for", "sync/fencing/fencing.cpp",
     "has_predecessor ? now + settings_.lease : now;", "now;"),
    ("a fence is believed that an election took", "sync/fencing/fencing.cpp",
     "    newest_marker_.reset();\n    is_fence_read_ = false;\n",
     "    newest_marker_.reset();\n"),
    ("a proof counts from its answer", "sync/fencing/fencing.cpp",
     "    proof_of(asked_at_);", "    proof_of(now);"),
    ("a leader that lacks what was read is written to", "sync/fencing/fencing.cpp",
     "if (found != log_agreement::agrees) {", "if (found == log_agreement::no_answer) {"),
    ("no proof is too old for a batch", "sync/fencing/fencing.cpp",
     "    if (!may_be_forgotten(now)) {", "    if (true) {"),
    ("what was forgotten meanwhile is sent again", "sync/fencing/fencing.cpp",
     "must_renew_ = must_renew_ || may_be_forgotten(now);", ""),
    ("a probe that is asked for proves before its answer", "sync/fencing/fencing.cpp",
     "        proof_of(asked_at);", "        proof_of(now);"),
    ("taken over, and proved alone", "sync/fencing/fencing.cpp",
     "    if (dialogue_.wanted() != goal::prove) {",
     "    if (dialogue_.wanted() == goal::take_over) {"),
    ("old records hasten no heartbeat", "sync/fencing/fencing.cpp",
     "    if (is_forgettable) {", "    if (false) {"),
    ("any marker ends the wait", "sync/fencing/fencing.cpp",
     "newest_marker_->epoch >= awaited_marker_->epoch;", "true;"),
    ("another's marker is overlooked", "sync/fencing/fencing.cpp",
     "    newest_marker_ = marker;\n    if (has_read_newer_marker()) {",
     "    newest_marker_ = marker;\n    if (false) {"),
    ("whoever was fenced drops what is under way", "sync/fencing/fencing.cpp",
     "    say(fencing_action::say_lost);",
     "    say(fencing_action::nothing_else_is_written);\n    say(fencing_action::say_lost);"),
    ("writes go on without a connection", "sync/fencing/fencing.cpp",
     "        say(fencing_action::stop_writes);", ""),
    ("a new epoch needs no marker", "sync/fencing/fencing.cpp",
     "        awaited_marker_ = held;\n", ""),
    ("a doubtful probe proves", "sync/fencing/fencing.cpp",
     "if (found == probe_finding::owned) {", "if (found != probe_finding::no_answer) {"),
    ("a fenced owner asks again and again", "sync/fencing/coordinator_dialogue.cpp",
     "step_ == step::init_producer && goal_ == goal::take_over ? verdict::repeat_later",
     "true ? verdict::repeat_later"),
    ("the first 0 of EndTxn is enough", "sync/fencing/coordinator_dialogue.cpp",
     "if (is_committed_once_) return barrier_stands();", "return barrier_stands();"),
    ("a lease is twice as long", "sync/fencing/lease.cpp",
     "(asked_at + length_)", "(asked_at + 2 * length_)"),
    ("a lost connection leaves no doubt", "sync/append/batches_under_way.cpp",
     "            batch.earlier = earlier_attempts::may_be_written;\n", ""),
    ("what a broker forgot is sent again", "sync/append/batches_under_way.cpp",
     "may_forget || batch.is_forgettable", "may_forget"),
    ("an acknowledgement is believed against the log", "sync/append/batches_under_way.cpp",
     "(is_its_place && read != one) || is_before_it", "false"),
    ("a late acknowledgement is believed against the log", "sync/append/batches_under_way.cpp",
     "base_offset < read_to ? batch_end::ask_the_log : batch_end::written", "batch_end::written"),
    ("an acknowledgement is believed against a fence", "sync/append/batches_under_way.cpp",
     "(is_its_place && read != one) || is_before_it", "is_its_place && read != one"),
    ("a refused resend was never written", "sync/append/produce_outcome.cpp",
     "earlier == earlier_attempts::none ?", "true ?"),
    ("timed out at the broker is not written", "sync/append/produce_outcome.cpp",
     "return protocol::is_retriable(error) ?", "return false ?"),

    # ---- shared ownership
    ("an old view of the group is believed after a loss", "sync/partition/assignment.hpp",
     "if (asked_at > doubted_at_) {", "if (asked_at > time_point::min()) {"),
    ("a loss leaves no doubt about the assignment", "sync/partition/assignment.hpp",
     "doubted_at_ = now;", "(void)now;"),
    ("what is assigned again is no longer doubted", "sync/partition/assignment.hpp",
     "{ is_assigned_ = true; }",
     "{\n        is_assigned_ = true;\n        doubted_at_ = time_point::min();\n    }"),
    ("a doubt stays", "sync/partition/assignment.hpp",
     "            doubted_at_ = time_point::min();\n", ""),
    ("what was revoked is still wanted", "sync/partition/assignment.hpp",
     "return is_assigned_ &&", "return"),
    ("a tenure begins while the last one ends", "sync/partition/tenure.hpp",
     "if (state_ != state::none ||", "if (state_ == state::held ||"),
    ("a tenure that was lost is held", "sync/partition/tenure.hpp",
     "return state_ == state::held; }", "return state_ != state::none; }"),
    ("a tenure ends with batches under way", "sync/partition/tenure.hpp",
     "left.in_flight_batches == 0 &&", ""),
    ("a tenure ends before its answers leave", "sync/partition/tenure.hpp",
     "left.unstored_batches == 0 &&", ""),
    ("a tenure never ends", "sync/partition/tenure.hpp",
     "        state_ = state::none;\n", ""),
    ("nobody decides if whoever took over is gone", "sync/partition/tenure.hpp",
     "return state_ == state::ending && group.is_wanted();",
     "return state_ == state::ending && group.is_wanted() && false;"),
    ("who decides renews what it lost", "sync/fencing/fencing.cpp",
     "        first_owner_.reset();\n", ""),
    ("a position counts from its answer", "sync/partition/followed_position.hpp",
     "asked_at_.store(asking_since_,",
     "asked_at_.store(std::max(asking_since_, wanted_.load()),"),
    ("a store that is behind answers", "sync/partition/followed_position.hpp",
     "return stored.covers(said_) ? asked", "return true ? asked"),
    ("a store answers that has what an election took", "sync/types/log_reach.hpp",
     "epoch >= said.epoch", "true"),
    ("a read doesn't wait for what is under way", "sync/partition/unsettled_batches.cpp",
     "batches_.empty() ? read_moment::max()", "true ? read_moment::max()"),
    ("what is under way is of no key", "sync/partition/unsettled_batches.cpp",
     "        ++keys_[key];", "        (void)key;"),
    ("what stands in the log is settled before it is stored",
     "sync/partition/unsettled_batches.cpp", "at->second.end && *at->second.end <= next_offset;",
     "at->second.end.has_value();"),
    ("what is refused is never settled", "sync/partition/unsettled_batches.cpp",
     "        settle(found);\n", ""),
    ("what is stored is never settled", "sync/partition/unsettled_batches.cpp",
     "at = is_in_store ? settle(at) : std::next(at);", "at = std::next(at);"),
    ("one question is for all reads", "sync/partition/followed_position.hpp",
     "if (is_asking_ || (wanted_.load() <= asked && !is_overdue)) {",
     "if (is_asking_ || (asked != read_moment::min() && !is_overdue)) {"),
    ("a question in vain is the last one", "sync/partition/followed_position.hpp",
     "        is_asking_ = false;\n        if (said) {",
     "        is_asking_ = !said;\n        if (said) {"),
]


def compile_object(tree, source, target, before=()):
    """`before`: where headers are looked for first."""
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([*COMPILER, *[f"-I{folder}" for folder in before], *FLAGS, "-c", source,
                    "-o", target.relative_to(tree)], cwd=tree, check=True)
    return target


@functools.cache
def included_by(tree, source):
    """All headers of the project that this file includes, also by way of others."""
    found = set()
    for header in re.findall(r'^#include "(.+)"', (tree / source).read_text(), re.MULTILINE):
        found |= {header} | included_by(tree, header)
    return frozenset(found)


def link(objects, program):
    subprocess.run([COMPILER[-1], *objects, "-lboost_unit_test_framework", "-lfmt", "-o", program],
                   check=True)
    return program


def simulate(program, steps, limit_s):
    """(True if the simulation finds nothing, else False; what it found)"""
    environment = {"BKES_SIM_STEPS": str(steps)} | os.environ
    try:
        done = subprocess.run([program], timeout=limit_s, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=environment)
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


class Simulation:
    """The sources of one simulation, compiled."""

    def __init__(self, name, tree, workers):
        self.name = name
        self.tree = tree
        self.sources = sources_of(tree, name)
        objects = workers.map(
            lambda source: compile_object(tree, source, tree / "objects" / (source + ".o")),
            self.sources)
        self.objects = dict(zip(self.sources, objects))
        started = time.monotonic()
        passes, why = simulate(link(self.objects.values(), tree / f"sim_{name}"), STEPS[name], 180)
        if not passes:
            sys.exit(f"simulation of {name} fails without any mutation: {why}")
        # Some hang, so not for long: but many times what a run takes here.
        self.limit_s = 10 + 10 * (time.monotonic() - started)

    def survives(self, mutation):
        name, source, _, _ = mutation
        place = self.tree / "mutants" / str(MUTATIONS.index(mutation))
        mutant = place / source
        mutant.parent.mkdir(parents=True)
        mutant.write_text(mutated(self.tree, mutation))
        if source in self.sources:
            changed = {source: compile_object(self.tree, mutant.relative_to(self.tree),
                                              mutant.with_suffix(".o"))}
        else:
            changed = {one: compile_object(self.tree, one, place / (one + ".o"), [place])
                       for one in self.sources if source in included_by(self.tree, one)}
        program = link({**self.objects, **changed}.values(), place / "program")
        times = 10 if name in SELDOM else 1
        passes, why = simulate(program, times * STEPS[self.name], times * self.limit_s)
        print(f"{'SURVIVES' if passes else 'caught  '}  {name}: {why}", flush=True)
        return passes


def sources_of(tree, simulation):
    return sorted({str(path.relative_to(tree)) for pattern in SIMULATIONS[simulation]
                   for path in tree.glob(pattern)})


def simulation_of(tree, source):
    return next(name for name in SIMULATIONS for one in sources_of(tree, name)
                if source == one or source in included_by(tree, one))


def chosen(tree, arguments):
    """With --some the sources decide which: the same ones for the same sources, others after a
    change. None in headers, which take ten compilations each."""
    named = [one for one in MUTATIONS if not arguments.names or one[0] in arguments.names]
    if unknown := set(arguments.names) - {one[0] for one in MUTATIONS}:
        sys.exit(f"no such mutation: {', '.join(sorted(unknown))}")
    if arguments.some is None:
        return named
    named = [one for one in named if one[1].endswith(".cpp") and one[0] not in SELDOM]
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
        for part in ("protocol", "sync", "tests/sim", "tests/support"):
            shutil.copytree(ROOT / part, tree / part)
        for mutation in MUTATIONS:
            mutated(tree, mutation)
        planted = chosen(tree, arguments)
        survivors = 0
        for name in SIMULATIONS:
            fitting = [one for one in planted if simulation_of(tree, one[1]) == name]
            if fitting:
                survivors += sum(workers.map(Simulation(name, tree, workers).survives, fitting))
    sys.exit(f"{survivors} not caught" if survivors else 0)


if __name__ == "__main__":
    main()
