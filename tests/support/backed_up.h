/* SPDX-License-Identifier: Apache-2.0 */
/* backed_up - a served ledger is backed up while it runs, and put back in the place of its directory. */
#pragma once
#include "support/served_shop.h"

struct backed_up {
    char to[96], path[200]; /* where backups are; the one that was made last */
};

/* The first backup that is there, by its manifest. */
static inline void backed_up_find(struct backed_up *b)
{
    const struct dirent *entry;
    DIR *dir = opendir(b->to);
    assert_non_null(dir);
    b->path[0] = '\0';
    while ((entry = readdir(dir))) {
        if (strncmp(entry->d_name, "truecount-", 10) == 0) {
            snprintf(b->path, sizeof(b->path), "%s/%.60s", b->to, entry->d_name);
        }
    }
    closedir(dir);
    assert_true(b->path[0]);
}

/* `truecount backup`, with the key. */
static inline void back_up(struct served *s, struct backed_up *b)
{
    char out[128], *text = NULL;
    snprintf(out, sizeof(out), "%s/backup", s->directory);
    snprintf(b->to, sizeof(b->to), "%s/backups", s->directory);
    const char *const args[] = {"backup", "--data", s->data, "--to", b->to, "--with-key", NULL};
    int code = child_run(out, args, &text);
    if (code != 0) {
        fail_msg("backup: %d, %s", code, text);
    }
    free(text);
    backed_up_find(b);
}

/* `truecount restore`; the server must not run. What was there is moved aside, as people do. */
static inline void put_back(struct served *s, const struct backed_up *b)
{
    char out[128], before[160], *text = NULL;
    snprintf(out, sizeof(out), "%s/restore", s->directory);
    snprintf(before, sizeof(before), "%s.before", s->data);
    assert_int_equal(s->child, 0);
    assert_int_equal(rename(s->data, before), 0);
    const char *const args[] = {"restore", "--from", b->path, "--data", s->data, NULL};
    int code = child_run(out, args, &text);
    if (code != 0) {
        fail_msg("restore: %d, %s", code, text);
    }
    free(text);
}
