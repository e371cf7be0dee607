# How every target of bkes is compiled: link bkes_build and nothing else is needed.

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
find_program(CCACHE ccache)
if(CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(bkes_build INTERFACE)
target_compile_features(bkes_build INTERFACE cxx_std_23)
target_include_directories(bkes_build INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(bkes_build INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wextra-semi
    -Wimplicit-fallthrough -Wshorten-64-to-32 -Werror -fno-omit-frame-pointer)
target_compile_definitions(bkes_build INTERFACE
    BKES_VERSION="${PROJECT_VERSION}"
    BOOST_ASIO_NO_DEPRECATED
    # A call chain of coroutines three deep then allocates nothing (docs/decisions/toolchain.md).
    BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=8
    SPDLOG_FMT_EXTERNAL)
find_package(Threads REQUIRED)
target_link_libraries(bkes_build INTERFACE Threads::Threads)

if(BKES_SANITIZE)
    target_compile_options(bkes_build INTERFACE -fsanitize=${BKES_SANITIZE} -fno-sanitize-recover=all)
    target_link_options(bkes_build INTERFACE -fsanitize=${BKES_SANITIZE})
    # Recycled coroutine frames would hide a use after free.
    target_compile_definitions(bkes_build INTERFACE BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
endif()
if(BKES_FUZZ)
    target_compile_options(bkes_build INTERFACE -fsanitize=fuzzer-no-link)
endif()

# bkes_library(NAME dependency...): a static library of all .cpp files of the current folder.
function(bkes_library name)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
    list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
    add_library(${name} STATIC ${sources})
    set_target_properties(${name} PROPERTIES UNITY_BUILD ${BKES_UNITY} UNITY_BUILD_BATCH_SIZE 20)
    target_link_libraries(${name} PUBLIC bkes_build ${ARGN})
endfunction()
