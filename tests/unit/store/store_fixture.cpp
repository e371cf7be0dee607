#include "tests/unit/store/store_fixture.hpp"

#include "store/format.hpp"

#include <set>
#include <thread>

namespace bkes::store::test {
namespace {

bool same(const owned_event& expected, const stored_event& found) {
    return expected.offset == found.offset && expected.timestamp_ms == found.timestamp_ms &&
           expected.body == found.body;
}

void check_events(event_store& store, partition_id partition, const bytes& key,
                  const memory_model::aggregate& expected) {
    const auto count = expected.events.size();
    for (const std::size_t skip : {std::size_t{0}, count / 2, count}) {
        std::size_t index = skip;
        const auto visit = [&](const stored_event& event) {
            BOOST_REQUIRE_LT(index, count);
            const auto order = expected.start + static_cast<std::int64_t>(index);
            BOOST_REQUIRE_EQUAL(event.order.value(), order.value());
            BOOST_REQUIRE(same(expected.events[index], event));
            ++index;
            return true;
        };
        const auto from = expected.start + static_cast<std::int64_t>(skip);
        BOOST_REQUIRE(store.read_events(in_partition(partition), key, from, visit));
        BOOST_REQUIRE_EQUAL(index, count);
    }
}

void check_listing(event_store& store, const memory_model& model) {
    std::optional<bytes> after;
    for (const auto& [key, head] : model.all_heads()) {
        const auto page = store.list_keys(test_topic, "", after, 1, no_limit);
        BOOST_REQUIRE(page);
        BOOST_REQUIRE_EQUAL(page->size(), 1U);
        BOOST_REQUIRE(page->front().key == key);
        BOOST_REQUIRE(page->front().head == head);
        after = key;
    }
    const auto rest = store.list_keys(test_topic, "", after, 10, no_limit);
    BOOST_REQUIRE(rest && rest->empty());
}

}  // namespace

store_options store_fixture::options() {
    return {.directory = (directory.path() / "store").string(),
            .memory_bytes = memory_bytes,
            .cluster_id = "test-cluster",
            .log_sink = [this](std::string_view line) { log.emplace_back(line); }};
}

void store_fixture::open() {
    store.reset();
    auto opened = event_store::open(options());
    BOOST_REQUIRE_MESSAGE(opened, (log.empty() ? std::string{"no log line"} : log.back()));
    store = std::move(*opened);
}

void store_fixture::change_files(
    const std::function<void(rocksdb::DB&, const family_of&)>& change) {
    store.reset();
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto& name :
         {rocksdb::kDefaultColumnFamilyName, std::string{events_family}, std::string{heads_family},
          std::string{firsts_family}, std::string{positions_family}}) {
        families.emplace_back(name, rocksdb::ColumnFamilyOptions{});
    }
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* raw = nullptr;
    BOOST_REQUIRE(rocksdb::DB::Open({}, store_path().string(), families, &handles, &raw).ok());
    const std::unique_ptr<rocksdb::DB> database{raw};
    change(*database, [&](const std::string& name) {
        return *std::ranges::find(handles, name, &rocksdb::ColumnFamilyHandle::GetName);
    });
    for (auto* handle : handles) {
        database->DestroyColumnFamilyHandle(handle);
    }
}

void store_fixture::check_firsts() {
    change_files([](rocksdb::DB& database, const family_of& family) {
        std::set<bytes> expected;
        const auto each = [&](const char* name, const auto& visit) {
            const std::unique_ptr<rocksdb::Iterator> it{database.NewIterator({}, family(name))};
            for (it->SeekToFirst(); it->Valid(); it->Next()) {
                visit(it->key().ToString(), it->value().ToString());
            }
        };
        each(heads_family, [&](bytes_view head_key, bytes_view value) {
            head_list heads;
            BOOST_REQUIRE(decode_heads(value, heads));
            const auto topic = topic_part(head_key);
            for (const auto& own : heads) {
                bytes entry;
                append_first_key(entry, {topic.substr(1), own.head.partition}, first_offset_of(own),
                                 head_key.substr(topic.size()));
                expected.insert(std::move(entry));
            }
        });
        std::set<bytes> found;
        each(firsts_family, [&](const bytes& entry, bytes_view /*value*/) { found.insert(entry); });
        BOOST_TEST(found.size() == expected.size());
        BOOST_TEST((found == expected));
    });
}

bool store_fixture::logged(std::string_view text) const {
    return std::ranges::any_of(
        log, [&](const std::string& line) { return line.find(text) != std::string::npos; });
}

apply_report store_fixture::apply(partition_id partition, const std::vector<owned_event>& events) {
    const auto after = position_at(events.back().offset.value() + 1);
    auto report = apply_when_not_busy(*store, partition, events, after);
    BOOST_REQUIRE(report);
    return *report;
}

std::vector<owned_event> store_fixture::read(partition_id partition, const bytes& key,
                                             event_order from) const {
    std::vector<owned_event> events;
    const auto done =
        store->read_events(in_partition(partition), key, from, [&](const stored_event& event) {
            events.push_back(
                {event.offset, event.timestamp_ms, key, event.order, bytes{event.body}});
            return true;
        });
    BOOST_REQUIRE(done);
    return events;
}

std::optional<aggregate_head> store_fixture::head(const bytes& key) const {
    const auto found = store->find_head(test_topic, key);
    BOOST_REQUIRE(found);
    return *found;
}

owned_event event_at(std::int64_t offset, const bytes& key, std::int64_t timestamp_ms) {
    return {log_offset{offset}, timestamp_ms, key, std::nullopt,
            "body of " + std::to_string(offset)};
}

log_position position_at(std::int64_t offset) {
    return {
        .topic_id = uuid{{1, 2, 3}}, .next_offset = log_offset{offset}, .epoch = leader_epoch{4}};
}

result<apply_report> apply_when_not_busy(event_store& store, partition_id partition,
                                         const std::vector<owned_event>& events,
                                         const log_position& after) {
    const auto views = views_of(events);
    while (true) {
        auto report = store.apply(in_partition(partition), views, after);
        if (report || report.error() != make_error_code(store_errc::busy)) {
            return report;
        }
        std::this_thread::yield();
    }
}

void check_equal(event_store& store, const memory_model& model) {
    for (const auto& [partition, content] : model.partitions()) {
        const auto position = store.position(in_partition(partition));
        BOOST_REQUIRE(position);
        BOOST_REQUIRE(*position == content.position);
        for (const auto& [key, aggregate] : content.aggregates) {
            const auto expected = model.find_heads(key);
            const auto heads = store.find_heads(test_topic, key);
            BOOST_REQUIRE(heads);
            BOOST_REQUIRE(*heads == expected);
            const auto home = store.find_head(test_topic, key);
            BOOST_REQUIRE(home && home->has_value());
            BOOST_REQUIRE(**home == expected.front());
            check_events(store, partition, key, aggregate);
        }
    }
    check_listing(store, model);
}

}  // namespace bkes::store::test
