#pragma once
// The files of the page (proxy/page/), as they are in the program: cmake/bkes_embed.cmake writes them.

#include <span>
#include <string_view>

namespace bkes::proxy {

struct page_file {
    std::string_view name;
    std::string_view content;
};

std::span<const page_file> page_files();

}  // namespace bkes::proxy
