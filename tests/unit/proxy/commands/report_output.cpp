#include "proxy/commands/report_output.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(proxy_commands_report_output)

using namespace bkes;
using namespace bkes::proxy;

namespace {

const sync::verify_report report{.events = 9,
                                 .keys = 4,
                                 .differences = 3,
                                 .shown = {"value differs: key=\"a\"", "missing\n"},
                                 .misnumbered = 2,
                                 .split_keys = {"a b", "\xff"},
                                 .behind = 1,
                                 .expected = sync::partitioner::crc32,
                                 .elsewhere = 3,
                                 .first_elsewhere = {{"a b", partition_id{1}, partition_id{0}},
                                                     {"\xff", partition_id{0}, partition_id{4}}}};

}  // namespace

BOOST_AUTO_TEST_CASE(prints_findings_and_counts_for_people) {
    BOOST_TEST(report_as_text("bkes", report) ==
               "value differs: key=\"a\"\n"
               "missing\\x0a\n"
               "and 1 differences more\n"
               "key in two partitions: \"a b\"\n"
               "key in two partitions: \"\\xff\"\n"
               "key elsewhere: \"a b\" is in partition 1, crc32 says 0\n"
               "key elsewhere: \"\\xff\" is in partition 0, crc32 says 4\n"
               "and 1 keys elsewhere more\n"
               "bkes: 9 events of 4 keys compared: 3 differences, 2 keys in two partitions, 3 keys "
               "elsewhere than partitioner=crc32 says, 2 records with an order that isn't their "
               "place, 1 offsets of the log not in the store yet\n");
}

BOOST_AUTO_TEST_CASE(many_split_keys_are_counted) {
    sync::verify_report many;
    many.split_keys.assign(25, "k");
    BOOST_TEST(report_as_text("bkes", many).contains("and 5 keys more\n"));
}

BOOST_AUTO_TEST_CASE(prints_one_object_for_programs) {
    BOOST_TEST(report_as_json("bkes", report) ==
               R"({"topic":"bkes","events":9,"keys":4,"differences":3,)"
               R"("first_differences":["value differs: key=\"a\"","missing\\x0a"],)"
               R"("split_keys":[{"key":"a b"},{"key_hex":"ff"}],"partitioner":"crc32",)"
               R"("elsewhere":3,"first_elsewhere":[{"key":"a b","partition":1,"expected":0},)"
               R"({"key_hex":"ff","partition":0,"expected":4}],"misnumbered":2,"behind":1})"
               "\n");
}

BOOST_AUTO_TEST_SUITE_END()
