/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backups - a backup each day, by the server itself (backup.h), in a thread of its own at low
 * priority: neither the loop nor the writer waits for it.
 *
 * Local time decides, as with the nightly proof. One that failed is told (BACKUP-FAILED), and tried
 * again an hour later; the next that succeeds closes the incident.
 */
#pragma once
#include "engine/engine.h"

struct backups;

#define BACKUPS_AT "02:30"
#define BACKUPS_KEEP 7

struct backups_config {
    struct env *env;
    struct engine *engine;
    const char *data, *to; /* live as long as it does; to: NULL: none are made */
    const char *key_file;  /* NULL: secrets.key in data; only its id is kept */
    const char *at;        /* "HH:MM" local; NULL: BACKUPS_AT */
    int64_t keep;
};

/* NULL, and nothing is done with it, when none are to be made. ERR_USAGE: `at` is no time. */
MUST_USE enum err
backups_new(const struct backups_config *config, struct backups **out, struct err_note *note);
void backups_start(struct backups *backups); /* looks at the time from now on */
void backups_look(struct backups *backups);  /* once, now: begins the day's when it is due */
void backups_metrics(const struct backups *backups, struct buf *out);
void backups_stop(struct backups *backups); /* one under way ends soon, and leaves nothing */
void backups_free(struct backups *backups); /* waits for it; before the engine is freed */
