// describer.hpp and schema_printer.hpp: the two texts.

#include "tests/unit/protocol/wire/sample_message.hpp"

#include <boost/test/unit_test.hpp>

namespace bkes::protocol {

BOOST_AUTO_TEST_SUITE(protocol_wire_describer)

BOOST_AUTO_TEST_CASE(describes_the_fields_of_a_version) {
    const sample message{.number = 1,
                         .text = std::nullopt,
                         .items = std::vector<sample_item>{{.name = "a\n\""}},
                         .numbers = {1, 2},
                         .tagged_texts = {"x", "y"},
                         .unknown_tags = {{.tag = 9, .content = "?"}}};
    BOOST_TEST(describe(message, 1) ==
               "{number: 1, text: null, strict: -1, lax: -1, items: [{name: \"a\\x0a\\\"\"}], "
               "numbers: [1, 2], blob: \"\", tag_9: \"?\"}");
    BOOST_TEST(describe(sample{}, 3) ==
               "{number: 0, text: \"\", lax: -1, items: [], numbers: [], maybe: null, blob: \"\", "
               "tagged_number: 5, tagged_texts: [], tagged_item: {name: \"\", count: 7}}");
}

BOOST_AUTO_TEST_CASE(prints_its_schema_cut_to_what_exists) {
    BOOST_TEST(schema_text<sample>() ==
               "sample key=1 versions=0-3 flexible=2-3\n"
               "  number int16 versions=0-3 default=0\n"
               "  text string versions=0-3 nullable=1-3 default=\"\"\n"
               "  strict int32 versions=1-2 default=-1\n"
               "  lax int32 versions=1-3 default=-1 ignorable\n"
               "  items []struct versions=1-3 nullable=2-3 default=[]\n"
               "    name string versions=1-3 default=\"\" topic\n"
               "    count int32 versions=2-3 default=7\n"
               "  numbers []int32 versions=1-3 default=[]\n"
               "  maybe struct versions=3-3 nullable=3-3 default=null\n"
               "    name string versions=3-3 default=\"\" topic\n"
               "    count int32 versions=3-3 default=7\n"
               "  blob bytes versions=1-3 default=\"\"\n"
               "  tagged_number int64 versions=2-3 tag=0 default=5\n"
               "  tagged_texts []string versions=3-3 tag=2 default=[] topic\n"
               "  tagged_item struct versions=2-3 tag=4 ignorable\n"
               "    name string versions=2-3 default=\"\" topic\n"
               "    count int32 versions=2-3 default=7\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace bkes::protocol
