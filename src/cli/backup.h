/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backup - a copy of the ledger that can be checked, made while whoever writes it goes on.
 *
 *   TO/truecount-2026-11-27T20-15-00Z/truecount.db     the ledger as one commit left it
 *                                     manifest.json    what it is: chain, counts, key, sums
 *                                     secrets.key      only when it was asked for
 *
 * Made under another name (.NAME.partial), synced, proven as `verify` proves, and renamed last: what
 * bears the name is whole. What went wrong leaves nothing behind. One at a time in a directory.
 *
 * The copying reads one snapshot at half the speed of the disk, so that others have the rest; while
 * it lasts the write-ahead log of the ledger grows by what is written meanwhile.
 */
#pragma once
#include <stdio.h>

#include "store/store.h"

#define BACKUP_PATH_MAX 1024
#define BACKUP_NAME_MAX 64
#define BACKUP_KEY_ID_MAX 24

struct backup_options {
    const char *data, *to;        /* to: made when absent */
    const char *key_file;         /* NULL: secrets.key in data */
    bool has_key;                 /* the key goes along */
    bool is_unproven;             /* its numbers are not proven */
    int64_t keep;                 /* so many of this ledger's stay in `to`; 0: all */
    int64_t now_us;               /* wall: its name */
    bool (*must_stop)(void *arg); /* asked now and then: ERR_LIMIT. NULL: never */
    /* The copy is being proven: store_interrupt(store) ends it. NULL when that is over. */
    void (*on_proving)(void *arg, struct store *store);
    void *arg;
};

/* What a backup says of itself. */
struct backup_manifest {
    char name[BACKUP_NAME_MAX];
    char data[BACKUP_PATH_MAX]; /* whose it is */
    int64_t made_at_us;
    int64_t schema, head;                             /* the last commit */
    char chain[65];                                   /* its hash */
    int64_t commits, events, movements, orders, skus; /* the last two, and commits: when proven */
    bool is_proven, has_key;
    char key_id[BACKUP_KEY_ID_MAX]; /* of the key that opens its secrets; "": there was none */
    int64_t bytes;                  /* of the ledger */
    char sha256[65], key_sha256[65];
};

/* ERR_CORRUPT: its numbers do not prove, the note says what. ERR_FULL, ERR_CONFLICT: somebody makes
 * one there; ERR_USAGE. *out_removed: older ones, by `keep`. */
MUST_USE enum err backup_make(const struct backup_options *options,
                              struct backup_manifest *out,
                              int64_t *out_removed,
                              struct err_note *note);

/* Before anything opens the ledger: ERR_USAGE when it is in no file, or when opening would migrate it,
 * for then there is no way back to the release that it is of. */
MUST_USE enum err backup_may_open(const char *data, struct err_note *note);

/* When the newest of this ledger's in `to` was made, and how large it is; 0: there is none. */
void backup_newest(const char *to, const char *data, int64_t *out_made_at_us, int64_t *out_bytes);

void backup_manifest_write(const struct backup_manifest *manifest, struct buf *out);
/* Of the directory of one backup. ERR_NOT_FOUND, ERR_PARSE with a note. */
MUST_USE enum err
backup_manifest_read(const char *directory, struct backup_manifest *out, struct err_note *note);

/* ---- shared with restore ---- */

/* By which keys are told apart; says nothing of the key. "" when there is no such file. */
void backup_key_id(const char *path, char out[BACKUP_KEY_ID_MAX]);
/* Of a file, in hex; it is read at half the speed of the disk when `is_paced`. */
MUST_USE enum err backup_sum(const char *path, bool is_paced, char out[65], struct err_note *note);
/* Copies a file to a new one, mode 0600, synced. */
MUST_USE enum err backup_copy_file(const char *from, const char *to, struct err_note *note);
MUST_USE enum err backup_sync(const char *path, struct err_note *note); /* a file or directory */
/* Room for so many bytes beside what must stay free: ERR_FULL. */
MUST_USE enum err backup_has_room(const char *directory, int64_t bytes, struct err_note *note);
/* Opens the ledger in `directory`, fills in what it is, proves it if asked. */
MUST_USE enum err backup_prove(const char *directory,
                               const struct backup_options *options,
                               struct backup_manifest *out,
                               struct err_note *note);
