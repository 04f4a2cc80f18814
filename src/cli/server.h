/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server - all rooms put together on one world: store, engine, pusher, intake. What `serve` runs
 * and `demo` measures.
 *
 * Start-up is recovery, and there is no other path: take the lock, check the engine and its
 * settings, check the tail of the hash chain, listen, then read back what was in flight and catch
 * up with every channel's orders.
 *
 * Without `listen` it serves one command while no other server runs: the same engine and API answer
 * on DIR/control.sock alone. It pushes and reads nothing, so what changes here reaches the channels
 * when a whole server starts; and it makes neither a directory nor a key file.
 */
#pragma once
#include "base/cidr.h"
#include "base/env.h"
#include "engine/engine.h"
#include "intake/http_server.h"
#include "push/notify.h"
#include "push/pusher.h"

struct server;

struct server_options {
    const char *data;         /* directory; created when absent */
    const char *listen;       /* "127.0.0.1:8080"; NULL: see above */
    const char *public_url;   /* NULL: http:// and the listen address */
    const char *store;        /* store_place.h */
    const char *key_file;     /* NULL: secrets.key in data */
    const char *admin_token;  /* NULL: none preset */
    int64_t keep_bodies_days; /* of deliveries; 0: they are not kept at all */
    int64_t keep_audit_days;  /* entries of the audit; 0: for ever */
    bool private_ok;
    int64_t disk_warn_mib, disk_refuse_mib; /* room on the disk: below it, one is told; below it,
                                               nothing is written any more. 0: never */
    bool is_trial; /* the directory is thrown away afterwards: nobody is told where it lies */
    const char *backup_to;      /* where a backup is made each day; NULL: none is */
    const char *backup_at;      /* "HH:MM" local; NULL: 02:30 */
    int64_t backup_keep;        /* so many of them stay */
    const char *verify_at;      /* "HH:MM" local: the night's proof; NULL: 03:30; "never" */
    const struct cidr *proxies; /* whose X-Forwarded-For is believed; 16 at most */
    size_t proxies_count;
    bool has_public_metrics;
    const struct mail_config *mail; /* how incidents are mailed; NULL: they are not */
};
#define KEEP_BODIES_DAYS 14
#define KEEP_BODIES_DAYS_MAX 90
#define KEEP_AUDIT_DAYS 730
#define KEEP_AUDIT_DAYS_MAX 36500

/* On ERR_OK the server listens; the caller runs the loop. Otherwise the note says what to do. */
MUST_USE enum err server_new(struct env *env,
                             const struct server_options *options,
                             struct server **out,
                             struct err_note *note);
int server_port(const struct server *server);
/* Where the first administrator is made, once: the address with its code. Empty: there is a user. */
const char *server_setup_url(const struct server *server);
struct pusher *server_pusher(struct server *server); /* NULL without listen */
struct engine_counters server_engine_counters(const struct server *server);
struct engine *server_engine(struct server *server);
/* Answers what is under way, commits what waits, then calls fn once. */
void server_stop(struct server *server);
void server_free(struct server *server); /* after the loop has ended */
/* "host:port", "[::1]:port" or ":port" into its parts. ERR_USAGE with a note. */
MUST_USE enum err
server_address(const char *text, char host[256], int *out_port, struct err_note *note);
