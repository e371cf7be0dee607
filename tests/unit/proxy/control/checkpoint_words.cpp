#include "proxy/control/checkpoint_words.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace {

using namespace bkes;
using namespace bkes::proxy;

const store::checkpoint_report made{
    .bytes = 1234,
    .took = std::chrono::milliseconds{12},
    .partitions = {{"bkes", partition_id{0}, {.topic_id = {}, .next_offset = log_offset{17}}},
                   {"customers",
                    partition_id{11},
                    {.topic_id = {}, .next_offset = log_offset{4'000'000'000}}}}};

std::string problem_of(std::string_view line) {
    const auto asked = requested_checkpoint(line);
    return asked ? "none" : asked.error();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_control_checkpoint_words)

BOOST_AUTO_TEST_CASE(a_request) {
    BOOST_TEST(checkpoint_request("/a \"b\"\n") == R"({"checkpoint":"/a \"b\"\n"})");
    for (const auto* directory : {"/a", "/a \"b\"\n", "/\u00e4", "/"}) {
        BOOST_TEST(requested_checkpoint(checkpoint_request(directory)).value() == directory);
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_request) {
    for (const auto* line :
         {"", "{", "[]", "{}", "7", R"({"checkpoint":7})", R"({"checkpoint":["/a"]})",
          R"({"checkpoint":"/a","more":1})", R"({"restore":"/a"})", "{\"checkpoint\":\"/\xff\"}"}) {
        BOOST_TEST(problem_of(line).contains("a line is"), line);
    }
    for (const auto* line :
         {R"({"checkpoint":""})", R"({"checkpoint":"a"})", R"({"checkpoint":"/a\u0000b"})"}) {
        BOOST_TEST(problem_of(line) == "the directory isn't absolute");
    }
}

BOOST_AUTO_TEST_CASE(an_answer) {
    const auto answer = checkpoint_answer("/a", made);
    BOOST_TEST(answer == R"({"ok":true,"directory":"/a","bytes":1234,"ms":12,"partitions":[)"
                         R"({"topic":"bkes","partition":0,"next_offset":17},)"
                         R"({"topic":"customers","partition":11,"next_offset":4000000000}]})");
    BOOST_TEST(checkpoint_text(answer).value() ==
               "restore point /a: 2 partitions, 1234 bytes, made in 12 ms\n"
               "TOPIC      PARTITION    NEXT-OFFSET\n"
               "bkes               0             17\n"
               "customers         11     4000000000\n");
    BOOST_TEST(checkpoint_text(checkpoint_answer("/a", store::checkpoint_report{})).value() ==
               "restore point /a: 0 partitions, 0 bytes, made in 0 ms\n");
}

BOOST_AUTO_TEST_CASE(a_refusal) {
    const auto answer = checkpoint_answer("/a", std::unexpected{std::string{"no \"room\""}});
    BOOST_TEST(answer == R"({"error":"no \"room\""})");
    const auto refused = checkpoint_text(answer);
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error().is_understood);
    BOOST_TEST(refused.error().text == "no \"room\"");
}

BOOST_AUTO_TEST_CASE(an_answer_of_something_else) {
    for (const auto* line : {"", "HTTP/1.1 400", "{}", R"({"ok":true})",
                             R"({"ok":true,"directory":1,"bytes":1,"ms":1,"partitions":[]})",
                             R"({"ok":true,"directory":"","bytes":1,"ms":1,"partitions":[1]})"}) {
        const auto text = checkpoint_text(line);
        BOOST_REQUIRE(!text);
        BOOST_TEST(!text.error().is_understood);
    }
}

BOOST_AUTO_TEST_SUITE_END()
