#include "proxy/commands/arguments.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(proxy_commands_arguments)

using namespace bkes::proxy;

namespace {

const grammar get_grammar{
    .positionals = {"TOPIC", "KEY"},
    .options = {{"--from", "N", ""}, {"--json", "", ""}, {"--header", "H", ""}},
    .settings = {"order.header"}};

arguments parse(const std::vector<std::string>& args, const grammar& what = get_grammar) {
    return arguments{args, what};
}

std::string refusal(const std::vector<std::string>& args) {
    try {
        parse(args);
    } catch (const usage_error& e) {
        return e.what();
    }
    return "accepted";
}

}  // namespace

BOOST_AUTO_TEST_CASE(takes_options_before_between_and_after_arguments) {
    const auto args =
        parse({"--from", "3", "bkes", "--json", "order-42", "--header=a=b", "--header", "c"});
    BOOST_TEST(args.positional(0) == "bkes");
    BOOST_TEST(args.positional(1) == "order-42");
    BOOST_TEST(args.number("--from", 0, 0, 10) == 3);
    BOOST_TEST(args.has("--json"));
    BOOST_TEST(args.all("--header") == (std::vector<std::string>{"a=b", "c"}),
               boost::test_tools::per_element());
    BOOST_TEST(args.last("--header").value() == "c");
    BOOST_TEST(args.flags().empty());
}

BOOST_AUTO_TEST_CASE(what_follows_two_dashes_is_no_option) {
    const auto args = parse({"bkes", "--", "--json"});
    BOOST_TEST(args.positional(1) == "--json");
    BOOST_TEST(!args.has("--json"));
}

BOOST_AUTO_TEST_CASE(a_value_may_begin_with_dashes_or_be_empty) {
    BOOST_TEST(parse({"t", "k", "--header", "--json"}).last("--header").value() == "--json");
    BOOST_TEST(parse({"t", "k", "--header="}).last("--header").value().empty());
    BOOST_TEST(parse({"t", ""}).positional(1).empty());
    BOOST_TEST(parse({"t", "-"}).positional(1) == "-");
}

BOOST_AUTO_TEST_CASE(collects_settings) {
    const auto args = parse({"t", "k", "--order-header=v", "--order.header", "w"});
    BOOST_REQUIRE_EQUAL(args.flags().size(), 2);
    BOOST_TEST(args.flags()[0].key == "order.header");
    BOOST_TEST(args.flags()[0].value == "v");
    BOOST_TEST(args.flags()[0].source == "flag --order-header");
    BOOST_TEST(args.flags()[1].value == "w");
}

BOOST_AUTO_TEST_CASE(leaves_unknown_settings_to_the_configuration) {
    const auto args =
        parse({"--topic=a"},
              {.positionals = {}, .options = {}, .settings = {}, .takes_all_settings = true});
    BOOST_TEST(args.flags()[0].key == "topic");
}

BOOST_AUTO_TEST_CASE(says_what_is_wrong) {
    BOOST_TEST(refusal({"t"}) == "KEY is missing");
    BOOST_TEST(refusal({}) == "TOPIC is missing");
    BOOST_TEST(refusal({"t", "k", "x"}) == "unexpected argument \"x\"");
    BOOST_TEST(refusal({"t", "k", "--jsn"}) == "there is no option --jsn; did you mean --json?");
    BOOST_TEST(refusal({"t", "k", "--orderheader"}) ==
               "there is no option --orderheader; did you mean --order-header?");
    BOOST_TEST(refusal({"t", "k", "--something"}) == "there is no option --something");
    BOOST_TEST(refusal({"t", "k", "-x"}) == "there is no option -x");
    BOOST_TEST(refusal({"t", "k", "--json=1"}) == "--json takes no value");
    BOOST_TEST(refusal({"t", "k", "--from"}) == "--from needs a value");
}

BOOST_AUTO_TEST_CASE(numbers_are_checked) {
    const auto args = parse({"t", "k", "--from", "12x"});
    BOOST_CHECK_THROW((void)args.number("--from", 0, 0, 100), usage_error);
    BOOST_CHECK_THROW((void)parse({"t", "k", "--from", "101"}).number("--from", 0, 0, 100),
                      usage_error);
    BOOST_TEST(parse({"t", "k"}).number("--from", 7, 0, 100) == 7);
}

BOOST_AUTO_TEST_SUITE_END()
