/* SPDX-License-Identifier: Apache-2.0 */
/* foreign_writer - somebody who writes to a stopped server's database by hand. */
#pragma once
#include "testing.h"

#include <stdio.h>

#include "sqlite3.h"

/* One statement; SQLite's own primary result code. */
static inline int foreign_write(const char *data_directory, const char *sql)
{
    char path[160];
    sqlite3 *db = NULL;
    snprintf(path, sizeof(path), "%s/truecount.db", data_directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    int code = sqlite3_exec(db, sql, NULL, NULL, NULL) & 0xff;
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return code;
}
