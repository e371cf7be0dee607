#include "proxy/web/problem.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace bkes::proxy {

std::string json_of(const problem& refused) {
    const auto title = reason_of(refused.status);
    return boost::json::serialize(
        boost::json::object{{"title", boost::json::string_view{title.data(), title.size()}},
                            {"status", refused.status},
                            {"detail", refused.detail}});
}

http_answer answer_of(const problem& refused) {
    http_answer answer{.status = refused.status,
                       .content_type = "application/problem+json",
                       .body = json_of(refused) + "\n"};
    if (refused.status == 401) {
        answer.headers.push_back({"WWW-Authenticate", R"(Basic realm="bkes", charset="UTF-8")"});
    }
    if (refused.is_passing()) {
        answer.headers.push_back({"Retry-After", "1"});
    }
    return answer;
}

}  // namespace bkes::proxy
