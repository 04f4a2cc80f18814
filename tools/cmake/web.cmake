# SPDX-License-Identifier: Apache-2.0
# The operator's page: bundled by web/build.mjs, turned into one C file by a small program.
find_program(NODE node)
if(NOT NODE OR NOT EXISTS ${CMAKE_SOURCE_DIR}/web/node_modules/esbuild)
    message(FATAL_ERROR "the page's tools are missing: run ./dev build once, or install Node.js and run `npm ci --ignore-scripts` in web/")
endif()
add_executable(webgen tools/webgen.c)
file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/web/src/*)
set(web_files ${CMAKE_BINARY_DIR}/generated/web_files.c)
add_custom_command(OUTPUT ${web_files}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/generated
    COMMAND ${CMAKE_COMMAND} -E env TC_WEB_QUIET=1 ${NODE} ${CMAKE_SOURCE_DIR}/web/build.mjs ${CMAKE_BINARY_DIR}/web
    COMMAND webgen ${CMAKE_BINARY_DIR}/web/files.txt > ${web_files}
    DEPENDS webgen ${web_sources} ${CMAKE_SOURCE_DIR}/web/build.mjs ${CMAKE_SOURCE_DIR}/web/package-lock.json
    COMMENT "bundling the page")
target_sources(tc_web PRIVATE ${web_files})
