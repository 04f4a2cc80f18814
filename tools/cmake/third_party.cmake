# SPDX-License-Identifier: Apache-2.0
# What we stand on. Debian's packages, and two C sources that Debian ships or npm pins by lock file.
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_package(EXPAT REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED) # Amazon hands the reports of its feeds over gzip-compressed
find_package(PkgConfig REQUIRED)
pkg_check_modules(PQ REQUIRED IMPORTED_TARGET GLOBAL libpq) # as PkgConfig::PQ

# SQLite from its amalgamation: Debian 12's 3.40.1 has the WAL-reset corruption race (fixed in 3.51.3).
# better-sqlite3's npm package carries the unmodified amalgamation; only that file of it is used.
set(TC_SQLITE_DIR ${CMAKE_SOURCE_DIR}/tools/sqlite/node_modules/better-sqlite3/deps/sqlite3)
set(TC_SQLITE_SHA256 "75a4760a7b9727a4c4c877aec92eacf39e52a8f2921ce00bd33be6d3a8e8e254")
if(NOT EXISTS ${TC_SQLITE_DIR}/sqlite3.c)
    message(FATAL_ERROR "SQLite's amalgamation is missing: run ./dev build, which fetches it by lock file")
endif()
file(SHA256 ${TC_SQLITE_DIR}/sqlite3.c sqlite_sha256)
if(NOT sqlite_sha256 STREQUAL TC_SQLITE_SHA256)
    message(FATAL_ERROR "sqlite3.c is not the pinned one: ${sqlite_sha256}")
endif()
add_library(tc_sqlite3 STATIC ${TC_SQLITE_DIR}/sqlite3.c)
target_include_directories(tc_sqlite3 SYSTEM PUBLIC ${TC_SQLITE_DIR})
target_compile_definitions(tc_sqlite3 PRIVATE
    SQLITE_DQS=0 SQLITE_THREADSAFE=2 SQLITE_DEFAULT_MEMSTATUS=0 SQLITE_OMIT_DEPRECATED
    SQLITE_OMIT_LOAD_EXTENSION SQLITE_OMIT_SHARED_CACHE SQLITE_LIKE_DOESNT_MATCH_BLOBS
    SQLITE_DEFAULT_WAL_SYNCHRONOUS=2 SQLITE_MAX_EXPR_DEPTH=0 SQLITE_USE_ALLOCA)
# Optimised even in debug builds, where nobody looks into it; -O2 costs three times the wait.
if(TC_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Debug")
    target_compile_options(tc_sqlite3 PRIVATE -w -O1 -g0)
else()
    target_compile_options(tc_sqlite3 PRIVATE -w -O2)
endif()

# llhttp, generated C from Debian's node-llhttp: a strict HTTP/1.1 parser without lenient flags.
set(TC_LLHTTP_DIR /usr/share/llhttp)
add_library(tc_llhttp STATIC ${TC_LLHTTP_DIR}/api.c ${TC_LLHTTP_DIR}/http.c ${TC_LLHTTP_DIR}/llhttp.c)
target_include_directories(tc_llhttp SYSTEM PUBLIC /usr/share/include/llhttp)
# Without strict mode llhttp lets spaces into field names, before the colon: a way to smuggle requests.
target_compile_definitions(tc_llhttp PRIVATE LLHTTP_STRICT_MODE=1)
target_compile_options(tc_llhttp PRIVATE -w -O2)
