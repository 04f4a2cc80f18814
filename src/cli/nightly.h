/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nightly - proves every number from the log, once a day, beside the running server.
 *
 * The proof (store_verify) reads one snapshot in a thread of its own, at low priority: neither the
 * loop nor the writer waits for it. One at a time; a stop ends it soon.
 *
 * Local time decides: a day's proof is due when that time of the day has come, however the clock got
 * there. After a start the day's time may be over: then it is due tomorrow.
 */
#pragma once
#include "engine/engine.h"

#define NIGHTLY_NEVER (-1)
#define NIGHTLY_DEFAULT (3 * 60 + 30)

struct nightly;

struct nightly_proof {
    enum err err; /* ERR_OK: all is proven. ERR_CORRUPT: it is not, and the note says what. Another:
                     it could not be done */
    struct err_note note;
    struct verify_report report;
    int64_t begun_us, took_us; /* wall; mono */
};

struct nightly_config {
    struct env *env;
    struct engine *engine;
    int at_minute; /* of the local day; NIGHTLY_NEVER */
    /* On the loop, of each proof that was not cancelled. */
    void (*on_proof)(void *arg, const struct nightly_proof *proof);
    void *arg;
};

/* "03:30" or "never". */
MUST_USE bool nightly_parse(const char *text, int *out_at_minute);

MUST_USE enum err nightly_new(const struct nightly_config *config, struct nightly **out);
/* Begins the day's proof when it is due. Call it every minute or more often. */
void nightly_look(struct nightly *nightly);
/* Begins one now; false: one is under way, or it cannot be begun. */
bool nightly_begin(struct nightly *nightly);
void nightly_stop(struct nightly *nightly); /* what is under way ends soon, and is told to nobody */
void nightly_free(
    struct nightly *nightly); /* waits for it; before the engine is freed. NULL is fine */
