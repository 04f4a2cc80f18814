# SPDX-License-Identifier: Apache-2.0
# A room is a folder of src/ built as one static library that sees only the rooms it names.
set(TC_WARNINGS -Wall -Wextra -Wshadow -Wconversion -Wwrite-strings -Wformat=2 -Wundef -Wvla
    -Wimplicit-fallthrough -Wcast-qual)
# A warning stops a developer, never a merchant who builds a release.
if(TC_WERROR)
    list(APPEND TC_WARNINGS -Werror)
endif()
if(CMAKE_C_COMPILER_ID MATCHES Clang) # its -Wconversion does not like must(!"why not")
    list(APPEND TC_WARNINGS -Wno-string-conversion)
endif()
set(TC_WARNINGS_C ${TC_WARNINGS} -Wswitch-enum -Wstrict-prototypes -Wmissing-prototypes)

function(tc_room name)
    cmake_parse_arguments(ROOM "" "" "SEES;LINKS" ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS
        ${CMAKE_SOURCE_DIR}/src/${name}/*.c ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
    list(FILTER sources EXCLUDE REGEX "src/cli/main\\.c$")
    set(links ${ROOM_LINKS})
    foreach(seen ${ROOM_SEES})
        list(APPEND links tc_${seen})
    endforeach()
    if(NOT sources) # headers only
        add_library(tc_${name} INTERFACE)
        target_include_directories(tc_${name} INTERFACE ${CMAKE_SOURCE_DIR}/src)
        target_link_libraries(tc_${name} INTERFACE ${links})
        return()
    endif()
    add_library(tc_${name} STATIC ${sources})
    target_include_directories(tc_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_compile_definitions(tc_${name} PUBLIC _GNU_SOURCE)
    target_compile_options(tc_${name} PRIVATE
        $<$<COMPILE_LANGUAGE:C>:${TC_WARNINGS_C}> $<$<COMPILE_LANGUAGE:CXX>:${TC_WARNINGS}>)
    target_link_libraries(tc_${name} PUBLIC ${links})
endfunction()
