/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/backups.h"
#include "cli/catch_up.h"
#include "cli/chores.h"
#include "cli/control.h"
#include "cli/corrupt.h"
#include "cli/health.h"
#include "cli/key_file.h"
#include "cli/server.h"
#include "cli/store_place.h"
#include "cli/unclean.h"
#include "engine/access.h"
#include "engine/audit.h"
#include "engine/cutover.h"
#include "engine/import.h"
#include "engine/incident.h"
#include "intake/api.h"
#include "intake/connect_page.h"
#include "intake/page.h"
#include "intake/queue_reader.h"
#include "intake/replays.h"
#include "intake/webhook.h"

/* Of the descriptors, clients have the rest: these are for the store, channels, commands, and for
 * telling 503 to whoever comes when all connections are taken. */
#define CONNECTIONS_MAX 4096
#define DESCRIPTORS_KEPT 512

#define EDGE_POLICY                                                                                \
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "               \
    "form-action 'self'; frame-ancestors 'none'"

/* How many deliveries after an unclean stop are applied one by one. */
#define CAREFUL_DELIVERIES 1000

struct server {
    struct env *env;
    struct vault vault;
    struct engine *engine;
    struct store *reader;
    struct config *channels; /* the loop's; replaced whole */
    struct config *before;   /* the one before: a call under way may still read it */
    struct pusher *pusher;
    struct notify *notify; /* NULL without listen */
    struct webhooks *webhooks;
    struct queue_readers *queues;
    struct replays *replays;
    struct api *api;
    struct http_server *http;
    struct control *control;
    struct chores *chores;
    struct backups *backups;   /* NULL: nobody asked for any */
    struct catch_up *catch_up; /* NULL: the ledger was not put back from a backup */
    struct health *health;     /* NULL without listen */
    struct refused refused;
    struct unclean unclean;
    bool stopping;
    int port;
    char setup_url[1200];
};

/* What browsers are told with each answer. No page of ours has scripts or styles in its text. */
static const struct http_header edge_headers[] = {
    {{"X-Content-Type-Options", 22}, {"nosniff", 7}},
    {{"Content-Security-Policy", 23}, {EDGE_POLICY, sizeof(EDGE_POLICY) - 1}},
    {{"Referrer-Policy", 15}, {"no-referrer", 11}},
    {{"Cache-Control", 13}, {"no-store", 8}},
};

/* ---- the loop's view of the channels ---- */

static enum err reload(struct server *s)
{
    struct config *fresh = NULL;
    enum err e = config_load(s->reader, &s->vault, &fresh);
    if (e) {
        return e;
    }
    config_free(s->before);
    s->before = s->channels;
    s->channels = fresh;
    if (s->pusher) {
        pusher_set_config(s->pusher, fresh);
        webhooks_set_config(s->webhooks, fresh);
        queue_readers_set_config(s->queues, fresh);
        notify_set_config(s->notify, fresh);
        health_set_config(s->health, fresh);
    }
    api_set_config(s->api, fresh);
    return ERR_OK;
}

static void on_config(void *arg)
{
    enum err e = reload(arg);
    if (e) {
        LOG(LOG_ERROR, "channels could not be loaded again", LOG_STR("err", err_name(e)));
    }
}

static void on_mark(void *arg, const uint8_t key[16])
{
    struct server *s = arg;
    unclean_mark(&s->unclean, key);
}

static void
on_dirty(void *arg, const struct dirty_hint *hints, size_t count, int64_t committed_at_us)
{
    struct server *s = arg;
    if (s->pusher) {
        pusher_dirty(s->pusher, hints, count, committed_at_us);
    }
    if (s->api) {
        api_dirty(s->api, hints, count);
    }
}

static void on_metrics(void *arg, struct buf *out)
{
    const struct server *s = arg;
    const struct pusher_figures *f = pusher_figures(s->pusher);
    buf_printf(out,
               "# TYPE truecount_pushes_total counter\ntruecount_pushes_total %" PRIu64
               "\n# TYPE truecount_listings_waiting gauge\ntruecount_listings_waiting %zu"
               "\n# TYPE truecount_push_requests_open gauge\ntruecount_push_requests_open %zu\n",
               f->pushes,
               f->waiting,
               f->open);
    if (s->health) {
        notify_metrics(s->notify, out);
        health_metrics(s->health, out);
        catch_up_metrics(s->catch_up, out);
        backups_metrics(s->backups, out);
    }
}

static void on_lane_figures(void *arg, struct channel_id channel, struct lane_figures *out)
{
    struct server *s = arg;
    if (s->pusher) {
        pusher_lane_figures(s->pusher, channel, out);
    }
}

static void on_fetch(void *arg,
                     struct channel_id channel,
                     const struct fetch *fetches,
                     size_t count,
                     int64_t delay_us)
{
    struct server *s = arg;
    if (s->pusher) { /* else its orders are read when a whole server starts */
        pusher_fetch(s->pusher, channel, fetches, count, delay_us);
    }
}

static void on_refused(void *arg, struct channel_id channel)
{
    struct server *s = arg;
    pusher_catch_up(s->pusher, channel);
}

static void on_heard(void *arg, struct channel_id channel, int64_t received_at_us)
{
    struct server *s = arg;
    pusher_heard(s->pusher, channel, received_at_us);
}

static void on_consent(void *arg,
                       struct channel_id channel,
                       struct slice query,
                       struct slice body,
                       void (*done)(void *done_arg, const char *why_not),
                       void *done_arg)
{
    struct server *s = arg;
    pusher_consent(s->pusher, channel, query, body, done, done_arg);
}

static void on_connect(void *arg, const struct connect_order *order)
{
    struct server *s = arg;
    if (s->pusher) { /* else the next start marks the job as interrupted */
        pusher_connect(s->pusher, order);
    }
}

static void on_pause(void *arg, struct channel_id channel, bool is_paused)
{
    struct server *s = arg;
    if (s->pusher) {
        pusher_pause(s->pusher, channel, is_paused);
    }
}

static void on_import(void *arg, const struct import_order *order)
{
    struct server *s = arg;
    if (s->pusher) { /* else the next start marks the job as interrupted */
        pusher_import(s->pusher, order);
    }
}

static void on_replay(void *arg, const struct replay_order *order)
{
    struct server *s = arg;
    replays_start(s->replays, order);
}

static void on_turn(void *arg, const struct turn *turn)
{
    struct server *s = arg;
    if (s->api) {
        api_turn(s->api, turn);
    }
}

static void on_commit(void *arg)
{
    struct server *s = arg;
    if (s->api) {
        api_committed(s->api);
    }
    if (s->notify) { /* else incidents are told when a whole server starts */
        notify_wake(s->notify);
    }
}

static void on_webhook_test(void *arg, int64_t id, outlet_trial_fn *fn, void *fn_arg)
{
    struct server *s = arg;
    notify_test(s->notify, id, fn, fn_arg);
}

static void on_request(void *arg, struct http_exchange *x)
{
    struct server *s = arg;
    if (slice_starts(x->request.url, "/hooks/")) {
        webhook_handle(s->webhooks, x);
    } else if (slice_starts(x->request.url, "/connect/")) {
        const struct connect_page page = {s->channels, on_consent, s};
        connect_page_handle(&page, x);
    } else if (!page_handle(x)) {
        api_handle(s->api, x);
    }
}

/* Who may not send it is told so without it. */
static size_t body_max_of(void *arg, const struct http_request *head)
{
    const struct server *s = arg;
    return api_may_send(s->api, head) ? api_body_max(head) : 0;
}

/* ---- by the clock ---- */

static enum err add_chores(struct server *s, const struct server_options *options)
{
    const struct chore_plan plans[] = {
        {requests_expire_holds, .first_us = US_PER_S, .every_us = US_PER_S, .again_us = US_PER_S},
        {requests_erase_bodies,
         .first_us = 10 * US_PER_S,
         .every_us = 3600 * US_PER_S,
         .again_us = 100 * US_PER_MS,
         .ago_us = options->keep_bodies_days * 24 * 3600 * US_PER_S + 1},
        {options->keep_audit_days ? requests_forget_audits : NULL,
         .first_us = 20 * US_PER_S,
         .every_us = 3600 * US_PER_S,
         .again_us = 100 * US_PER_MS,
         .ago_us = options->keep_audit_days * 24 * 3600 * US_PER_S + 1},
        {requests_cutovers_due, .first_us = US_PER_S, .every_us = US_PER_S, .again_us = US_PER_S},
        {requests_audits, .first_us = US_PER_S, .every_us = US_PER_S / 2, .again_us = US_PER_S},
        {requests_close_incidents,
         .first_us = 5 * US_PER_S,
         .every_us = 15 * US_PER_S,
         .again_us = 50 * US_PER_MS},
    };
    enum err e = ERR_OK;
    for (size_t i = 0; !e && i < COUNT_OF(plans); i++) {
        e = plans[i].run ? chores_add(s->chores, &plans[i]) : ERR_OK;
    }
    return e;
}

/* ---- jobs that the last stop interrupted ---- */

static void jobs_failed(struct turn *turn)
{
    if (turn->err) {
        LOG(LOG_ERROR, "interrupted jobs were not marked", LOG_STR("err", err_name(turn->err)));
    }
    turn_free(turn);
}

/* The queue keeps its order: no job can be started before. */
static enum err fail_interrupted_jobs(struct server *s)
{
    struct turn *turn = turn_new(TURN_REQUEST, jobs_failed, NULL);
    if (!turn) {
        return ERR_MEMORY;
    }
    turn->run = request_jobs_interrupted;
    if (!engine_submit(s->engine, turn)) {
        turn_free(turn);
        return ERR_LIMIT;
    }
    return ERR_OK;
}

/* ---- putting it together ---- */

enum err server_address(const char *text, char host[256], int *out_port, struct err_note *note)
{
    struct slice whole = slice_of(text);
    const char *colon = strrchr(text, ':');
    int64_t port = 0;
    if (!colon || !slice_int(slice_of(colon + 1), &port) || port < 0 || port > 65535) {
        return err_note(note,
                        ERR_USAGE,
                        "'%s' is no listen address: give HOST:PORT, e.g. 127.0.0.1:8080",
                        text);
    }
    struct slice name = {whole.p, (size_t)(colon - text)};
    if (name.n >= 2 && name.p[0] == '[' && name.p[name.n - 1] == ']') {
        name = (struct slice){name.p + 1, name.n - 2};
    }
    if (name.n >= 256) {
        return err_note(note, ERR_USAGE, "'%s' is too long for a host", text);
    }
    snprintf(host, 256, "%.*s", SLICE_ARG(name.n ? name : SLICE("0.0.0.0")));
    *out_port = (int)port;
    return ERR_OK;
}

static enum err open_data(struct server *s,
                          const struct server_options *options,
                          struct store **out,
                          struct err_note *note)
{
    if (options->listen && mkdir(options->data, 0700) != 0 && errno != EEXIST) {
        return err_note(note,
                        ERR_USAGE,
                        "cannot create the data directory '%s': %s",
                        options->data,
                        strerror(errno));
    }
    struct stat st;
    if (stat(options->data, &st) != 0 || !S_ISDIR(st.st_mode) ||
        access(options->data, R_OK | W_OK | X_OK) != 0) {
        return err_note(
            note,
            ERR_USAGE,
            "'%s' is no directory that this user may read and write: give --data another",
            options->data);
    }
    char own[1100];
    snprintf(own, sizeof(own), "%s/secrets.key", options->data);
    const char *path = options->key_file ? options->key_file : own;
    if (!options->listen && access(path, F_OK) != 0 && errno == ENOENT) {
        return err_note(note,
                        ERR_USAGE,
                        "there is no key file '%s': give --key-file the one that truecount serve "
                        "has",
                        path);
    }
    enum err e = options->listen ? corrupt_check(options->data, note) : ERR_OK;
    e = e ? e : key_file_read(path, s->vault.key, note);
    s->vault.private_ok = options->private_ok;
    return e ? e
             : store_place_open_when_free(
                   options->data, options->store, s->env->ops->sqlite_vfs(s->env), out, note);
}

static enum err
watch_health(struct server *s, const struct server_options *options, struct err_note *note)
{
    struct health_config config = {
        .env = s->env,
        .engine = s->engine,
        .reader = s->reader,
        .pusher = s->pusher,
        .refused = &s->refused,
        .data = options->data,
        .disk = {options->disk_warn_mib * DISK_MIB, options->disk_refuse_mib * DISK_MIB},
        .is_trial = options->is_trial,
        .verify_at = NIGHTLY_DEFAULT};
    if (options->verify_at && !nightly_parse(options->verify_at, &config.verify_at)) {
        return err_note(note,
                        ERR_USAGE,
                        "--verify-at '%s': give HH:MM, local time, or never",
                        options->verify_at);
    }
    return health_new(&config, &s->health);
}

/* The tail of the log must be what its last commits hashed; the whole of it is for `verify`. */
static enum err check_tail(struct store *store, struct err_note *note)
{
    enum { TAIL_COMMITS = 200 };
    int64_t head;
    uint8_t hash[32];
    enum err e = store->ops->chain_check(store, -TAIL_COMMITS, &head, hash, note);
    return e;
}

static enum err start_rooms(struct server *s,
                            const struct server_options *options,
                            struct store *store,
                            struct err_note *note)
{
    const bool was_unclean = s->unclean.was_unclean;
    const struct engine_config engine = {.careful = was_unclean ? CAREFUL_DELIVERIES : 0,
                                         .mark = on_mark,
                                         .suspects = s->unclean.suspects,
                                         .suspects_count = s->unclean.suspects_count,
                                         .env = s->env,
                                         .store = store,
                                         .vault = s->vault,
                                         .on_dirty = on_dirty,
                                         .on_config = on_config,
                                         .on_commit = on_commit,
                                         .on_turn = on_turn,
                                         .arg = s};
    enum err e = engine_new(&engine, &s->engine, note);
    e = e ? e : engine_reader(s->engine, &s->reader, note);
    if (e) {
        return e;
    }
    const struct pusher_config pusher = {.env = s->env,
                                         .engine = s->engine,
                                         .reader = s->reader,
                                         .private_ok = options->private_ok,
                                         .vault = s->vault};
    const struct notify_config notify = {.env = s->env,
                                         .engine = s->engine,
                                         .reader = s->reader,
                                         .private_ok = options->private_ok,
                                         .vault = s->vault,
                                         .mail = options->mail};
    const struct backups_config backups = {.env = s->env,
                                           .engine = s->engine,
                                           .data = options->data,
                                           .to = options->backup_to,
                                           .key_file = options->key_file,
                                           .at = options->backup_at,
                                           .keep = options->backup_keep};
    const struct webhooks_config webhooks = {.env = s->env,
                                             .engine = s->engine,
                                             .vault = &s->vault,
                                             .forgets_bodies = options->keep_bodies_days == 0,
                                             .refused = &s->refused,
                                             .on_fetch = on_fetch,
                                             .on_refused = on_refused,
                                             .on_heard = on_heard,
                                             .arg = s};
    const struct queue_readers_config queues = {.env = s->env,
                                                .engine = s->engine,
                                                .vault = &s->vault,
                                                .forgets_bodies = options->keep_bodies_days == 0,
                                                .on_fetch = on_fetch,
                                                .on_heard = on_heard,
                                                .arg = s};
    const struct replays_config replays = {
        .env = s->env, .engine = s->engine, .vault = &s->vault, .on_fetch = on_fetch, .arg = s};
    const struct api_config api = {.env = s->env,
                                   .engine = s->engine,
                                   .reader = s->reader,
                                   .vault = &s->vault,
                                   .admin_token = options->admin_token,
                                   .refused = &s->refused,
                                   .public_url = options->public_url,
                                   .proxies = options->proxies,
                                   .proxies_count = options->proxies_count,
                                   .has_public_metrics = options->has_public_metrics,
                                   .metrics = on_metrics,
                                   .lane_figures = on_lane_figures,
                                   .on_fetch = on_fetch,
                                   .on_connect = on_connect,
                                   .on_import = on_import,
                                   .on_replay = on_replay,
                                   .on_pause = on_pause,
                                   .on_webhook_test = options->listen ? on_webhook_test : NULL,
                                   .arg = s};
    e = options->listen ? pusher_new(&pusher, &s->pusher) : ERR_OK;
    e = e || !options->listen ? e : notify_new(&notify, &s->notify);
    e = e || !options->listen ? e : webhooks_new(&webhooks, &s->webhooks);
    e = e || !options->listen ? e : queue_readers_new(&queues, &s->queues);
    e = e || !options->listen ? e : watch_health(s, options, note);
    e = e || !options->listen ? e : backups_new(&backups, &s->backups, note);
    e = e ? e : replays_new(&replays, &s->replays);
    e = e ? e : api_new(&api, &s->api);
    e = e ? e : reload(s);
    if (e) {
        return note->text[0] ? e : err_note(note, e, "cannot start: %s", err_text(e));
    }
    e = chores_new(s->env, s->engine, &s->chores);
    e = e || !options->listen ? e : add_chores(s, options);
    e = e || !options->listen
            ? e
            : catch_up_new(s->env, s->engine, s->pusher, options->data, &s->catch_up, note);
    if (e) {
        return note->text[0] ? e : err_note(note, e, "cannot start: %s", err_text(e));
    }
    if (!options->listen) { /* whoever asks first sees no hold that is over */
        chores_once(s->chores, requests_expire_holds);
        while (engine_step(s->engine)) {
        }
        engine_collect(s->engine);
    }
    return engine_start(s->engine, note);
}

/* Most systems give a process 1,024 descriptors unless it asks for more: a thousand idle clients
 * would lock everybody else out without a word. */
static size_t connections_max(void)
{
    struct rlimit limit = {0};
    const rlim_t wanted = CONNECTIONS_MAX + DESCRIPTORS_KEPT;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
        const rlim_t had = limit.rlim_cur;
        limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
            limit.rlim_cur = had;
        }
    }
    if (limit.rlim_cur >= wanted) {
        return CONNECTIONS_MAX;
    }
    size_t most = limit.rlim_cur < 2 * DESCRIPTORS_KEPT ? limit.rlim_cur / 2
                                                        : limit.rlim_cur - DESCRIPTORS_KEPT;
    LOG(LOG_WARN,
        "few file descriptors: raise the limit (ulimit -n, LimitNOFILE) for more connections",
        LOG_INT("descriptors", (int64_t)limit.rlim_cur),
        LOG_INT("connections", (int64_t)most));
    return most;
}

/* Behind the #, so that no log on the way has the code. */
static enum err setup_address(struct server *s, const char *url)
{
    const char *code = NULL;
    enum err e = api_setup_code(s->api, &code);
    if (!e && code) {
        size_t n = strlen(url);
        n -= n && url[n - 1] == '/';
        (void)snprintf(s->setup_url, sizeof(s->setup_url), "%.*s/setup#%s", (int)n, url, code);
    }
    return e;
}

enum err server_new(struct env *env,
                    const struct server_options *options,
                    struct server **out,
                    struct err_note *note)
{
    struct server *s = calloc(1, sizeof(*s));
    if (!s) {
        return ERR_MEMORY;
    }
    s->env = env;
    s->unclean.fd = -1;
    char host[256];
    int port = 0;
    bool is_whole = options->listen != NULL;
    struct store *store = NULL;
    enum err e = is_whole ? server_address(options->listen, host, &port, note) : ERR_OK;
    e = e ? e : open_data(s, options, &store, note);
    must(e || store);
    e = e || !is_whole ? e : unclean_begin(&s->unclean, options->data, note);
    e = e ? e : check_tail(store, note);
    e = e ? e : start_rooms(s, options, store, note);
    const struct http_limits limits = {.body_max_of = body_max_of,
                                       .always = edge_headers,
                                       .always_count = COUNT_OF(edge_headers),
                                       .refused = &s->refused,
                                       .conns_max = is_whole ? connections_max() : 0};
    e = e || !is_whole
            ? e
            : http_server_new(env, host, port, &limits, on_request, s, &s->http, &s->port, note);
    const struct control_config control = {
        .env = env, .engine = s->engine, .api = s->api, .data = options->data};
    e = e ? e : control_new(&control, &s->control, note);
    if (!e && is_whole) {
        char own[300];
        (void)snprintf(own, sizeof(own), "http://%s:%d", host, s->port);
        e = setup_address(s, options->public_url ? options->public_url : own);
        pusher_set_address(s->pusher,
                           options->public_url ? options->public_url : own,
                           options->public_url != NULL);
        notify_set_address(s->notify, options->public_url ? options->public_url : own);
    }
    if (!e && is_whole) {
        pusher_recover(s->pusher);
    }
    e = e || !is_whole ? e : notify_start(s->notify);
    e = e ? e : fail_interrupted_jobs(s);
    if (e) {
        if (!s->engine) {
            store_close(store);
        }
        server_free(s);
        return e;
    }
    if (is_whole) {
        health_start(s->health);
        backups_start(s->backups);
    } else if (corrupt_check(options->data, &(struct err_note){""})) {
        engine_refuse(s->engine, "the ledger is frozen, its proof failed: see its file 'corrupt'");
    }
    api_set_ready(s->api, true);
    *out = s;
    return ERR_OK;
}

int server_port(const struct server *s)
{
    return s->port;
}

const char *server_setup_url(const struct server *s)
{
    return s->setup_url;
}

struct pusher *server_pusher(struct server *s)
{
    return s->pusher;
}

struct engine *server_engine(struct server *s)
{
    return s->engine;
}

struct engine_counters server_engine_counters(const struct server *s)
{
    return engine_counters(s->engine);
}

void server_stop(struct server *s)
{
    s->stopping = true;
    chores_stop(s->chores);
    api_set_ready(s->api, false);
    if (s->http) {
        http_server_stop(s->http);
    }
    control_stop(s->control);
    if (s->pusher) {
        pusher_stop(s->pusher);
        notify_stop(s->notify);
        queue_readers_stop(s->queues);
        health_stop(s->health);
        backups_stop(s->backups);
    }
    replays_stop(s->replays);
    engine_stop(s->engine);
}

void server_free(struct server *s)
{
    if (!s) {
        return;
    }
    if (s->http) {
        http_server_free(s->http);
    }
    control_free(s->control);
    if (s->engine && !s->stopping) {
        replays_stop(s->replays);
        engine_stop(s->engine);
    }
    health_free(s->health);
    catch_up_free(s->catch_up);
    backups_free(s->backups);
    replays_free(s->replays);
    queue_readers_free(s->queues);
    webhooks_free(s->webhooks); /* what waits there for a key is answered, and pokes the pusher */
    pusher_free(s->pusher);
    notify_free(s->notify);
    api_free(s->api);
    chores_free(s->chores);
    config_free(s->channels);
    config_free(s->before);
    store_close(s->reader);
    engine_free(s->engine);
    unclean_end(&s->unclean);
    crypto_wipe(&s->vault, sizeof(s->vault));
    free(s);
}
