/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_place - which store a data directory stands for: SQLite's file in it, or the database that
 * `serve --store` named. Its address is then kept in the directory, in the file `store` (0600: it may
 * hold a password), so that every other command finds it.
 */
#pragma once
#include "store/store.h"

/*
 * url: as --store has it; NULL: what the directory says, or SQLite. "sqlite": in the directory.
 * vfs: of SQLite. ERR_USAGE: the address is none, or the directory says another one.
 */
MUST_USE enum err store_place_open(
    const char *data, const char *url, const char *vfs, struct store **out, struct err_note *note);
/* The same for a server: where another one decides on a database that may be shared, waits until it is
 * gone, and says so in the log. */
MUST_USE enum err store_place_open_when_free(
    const char *data, const char *url, const char *vfs, struct store **out, struct err_note *note);
/* Whether it is an address of PostgreSQL, as libpq takes it. */
bool store_place_is_postgres(const char *url);
/* Whether there is a ledger, as far as the directory tells. */
bool store_place_is_there(const char *data);
/* Whether that ledger is a file of the directory. */
bool store_place_is_file(const char *data);
