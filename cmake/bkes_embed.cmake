# Files as bytes in the program: cmake -DFOLDER=... -DOUTPUT=... -P bkes_embed.cmake
# writes a .cpp for the declarations of proxy/web/page_files.hpp.
file(GLOB files RELATIVE ${FOLDER} ${FOLDER}/*.html ${FOLDER}/*.css ${FOLDER}/*.js ${FOLDER}/*.svg)
list(SORT files)
set(arrays "")
set(rows "")
set(number 0)
foreach(name ${files})
    file(READ ${FOLDER}/${name} hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," content "${hex}")
    string(APPEND arrays "constexpr char content_${number}[] = {${content}};\n")
    string(APPEND rows "    page_file{\"${name}\", {content_${number}, sizeof content_${number}}},\n")
    math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUTPUT} "#include \"proxy/web/page_files.hpp\"

#include <array>

namespace bkes::proxy {
namespace {

${arrays}
constexpr std::array<page_file, ${number}> files{{
${rows}}};

}  // namespace

std::span<const page_file> page_files() {
    return files;
}

}  // namespace bkes::proxy
")
