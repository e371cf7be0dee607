#include "proxy/web/web_request.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

BOOST_AUTO_TEST_SUITE(proxy_web_web_request)

using namespace bkes;
using namespace bkes::proxy;

namespace {

web_parameters read_well(std::string_view query) {
    const auto read = web_parameters::read(query, {"prefix", "prefix64", "limit"});
    BOOST_REQUIRE_MESSAGE(read, query);
    return *read;
}

std::string refusal_of(std::string_view query) {
    const auto read = web_parameters::read(query, {"prefix", "prefix64", "limit"});
    BOOST_REQUIRE_MESSAGE(!read, query);
    BOOST_TEST(read.error().status == 400U);
    return read.error().detail;
}

}  // namespace

BOOST_AUTO_TEST_CASE(segments_are_bytes) {
    const std::vector<bytes> expected{"a", "b/c", bytes{"\0\xff", 2}, "", "d+e"};
    BOOST_TEST((segments_of("/a/b%2Fc/%00%ff//d+e") == expected));
    BOOST_TEST(!segments_of("a"));
    BOOST_TEST(!segments_of("/a b"));
    BOOST_TEST(!segments_of("/%4"));
}

BOOST_AUTO_TEST_CASE(parameters_are_bytes) {
    const auto read = read_well("prefix=a+b%2Bc%00&limit=5&");
    BOOST_TEST((read.text("prefix") == bytes_view{"a b+c\0", 6}));
    BOOST_TEST(!read.text("prefix64"));
    BOOST_TEST(read.number("limit", 1, 10).value().value() == 5);
    BOOST_TEST(!read.number("from", 1, 10).value());
    BOOST_TEST(!read.number("limit", 6, 10));
    BOOST_TEST(!read.number("prefix", 0, 10));
    BOOST_TEST(!read_well("").text("limit"));
}

BOOST_AUTO_TEST_CASE(what_isnt_known_is_refused_by_name) {
    BOOST_TEST(refusal_of("prefx=a").contains("prefx"));
    BOOST_TEST(refusal_of("limit=1&limit=1").contains("limit is given twice"));
    BOOST_TEST(refusal_of("limit=%").contains("percent-encoded"));
}

BOOST_AUTO_TEST_CASE(bytes_are_given_in_two_ways) {
    BOOST_TEST(read_well("prefix=a").bytes_of("prefix").value().value() == "a");
    BOOST_TEST(read_well("prefix64=YQ").bytes_of("prefix").value().value() == "a");
    BOOST_TEST(!read_well("limit=1").bytes_of("prefix").value());
    BOOST_TEST(!read_well("prefix64=!").bytes_of("prefix"));
    BOOST_TEST(read_well("prefix=b&prefix64=YQ").bytes_of("prefix").value().value() == "a");
}

BOOST_AUTO_TEST_CASE(base64_in_either_alphabet) {
    const bytes data{"\xfb\xff\xfe", 3};
    for (const auto* text : {"+//+", "-__-", " //+"}) {
        BOOST_TEST((read_base64(text) == data), text);
    }
    for (const auto* text : {"YQ==", "YQ"}) {
        BOOST_TEST((read_base64(text) == "a"), text);
    }
    BOOST_TEST((read_base64("") == ""));
    for (const auto* text : {"Y", "YQ=", "YQ==YQ==", "a*bc"}) {
        BOOST_TEST(!read_base64(text), text);
    }
}

BOOST_AUTO_TEST_CASE(what_is_encoded_comes_back) {
    bytes all;
    for (int one = 0; one < 256; ++one) {
        all.push_back(static_cast<char>(one));
    }
    BOOST_TEST((segments_of("/" + percent_encoded(all)) == std::vector<bytes>{all}));
    BOOST_TEST((read_well("prefix=" + percent_encoded(all)).text("prefix") == all));
    BOOST_TEST(is_safe_segment("..."));
    for (const auto* lost : {"", ".", ".."}) {
        BOOST_TEST(!is_safe_segment(lost), lost);
    }
}

BOOST_AUTO_TEST_SUITE_END()
