/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crypto.h"
#include "base/log.h"
#include "engine/csv.h"
#include "engine/cutover.h"
#include "engine/request.h"
#include "engine/request_opening.h"
#include "intake/api_inner.h"
#include "intake/stream.h"

/* ---- answers ---- */

void api_answer_with(struct http_exchange *x,
                     int status,
                     const struct http_header *more,
                     size_t more_count,
                     struct slice body)
{
    struct http_header headers[6] = {
        {SLICE("Content-Type"),
         status >= 400 ? SLICE("application/problem+json") : SLICE("application/json")},
        {SLICE("Cache-Control"), SLICE("no-store")},
        {SLICE("X-Content-Type-Options"), SLICE("nosniff")},
    };
    size_t n = 3;
    if (status == 503) {
        headers[n++] = (struct http_header){SLICE("Retry-After"), SLICE("2")};
    }
    must(more_count <= 2);
    for (size_t i = 0; i < more_count; i++) {
        headers[n++] = more[i];
    }
    http_answer(x, status, headers, n, body);
}

void api_answer_tagged(struct http_exchange *x, int status, const char *etag, struct slice body)
{
    const struct http_header tag = {SLICE("ETag"), slice_of(etag)};
    api_answer_with(x, status, &tag, status < 400 && etag[0] ? 1 : 0, body);
}

void api_answer_json(struct http_exchange *x, int status, struct slice body)
{
    api_answer_tagged(x, status, "", body);
}

static void write_problem(struct json_writer *w, int status, const char *title, struct slice detail)
{
    json_begin_object(w);
    json_field_str(w, "type", "about:blank");
    json_field_str(w, "title", title);
    json_field_int(w, "status", status);
    json_field_text(w, "detail", detail);
    json_end_object(w);
}

void api_problem(struct http_exchange *x, int status, const char *title, struct slice detail)
{
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, 64 * 1024);
    struct json_writer w = json_writer(&out);
    write_problem(&w, status, title, detail);
    api_answer_json(x, status, buf_view(&out));
}

struct slice api_why_not_committed(enum err e, const struct err_note *note)
{
    return e == ERR_IO || e == ERR_UNKNOWN
               ? SLICE("the disk failed while it was written: nobody knows yet whether it is kept. "
                       "Send it again under the same Idempotency-Key")
               : slice_of(note->text[0] ? note->text : err_text(e));
}

void api_not_committed(struct http_exchange *x, const struct turn *turn)
{
    api_problem(x, 503, "not committed", api_why_not_committed(turn->err, &turn->note));
}

int reading_problem(struct reading *r, int status, const char *title, const char *format, ...)
{
    char detail[512];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof(detail), format, args);
    va_end(args);
    buf_clear(&r->out);
    r->show.w = json_writer(&r->out);
    write_problem(&r->show.w, status, title, slice_of(detail));
    return status;
}

void api_refuse_busy(struct api *api, struct http_exchange *x)
{
    const char *why = engine_counters(api->config.engine).refuses_because;
    if (why) {
        api_problem(x,
                    503,
                    "not writable now",
                    arena_printf(&x->arena, "nothing was changed; send it again later: %s", why));
        return;
    }
    refused_add(api->config.refused, REFUSED_QUEUE, x->peer);
    api_problem(x, 503, "too busy", SLICE("nothing was changed; send it again"));
}

/* ---- who asks ---- */

size_t api_body_max(const struct http_request *head)
{
    bool is_table = slice_starts(head->url, "/v1/csv/") ||
                    slice_is(head->url, "/v1/opening/file"); /* the path alone */
    return is_table && slice_is(head->method, "POST") ? CSV_BODY_MAX : 0;
}

bool api_may_send(struct api *api, const struct http_request *head)
{
    struct caller caller;
    return access_find(api->access, head, &caller) == 0 && caller.scope >= SCOPE_OPERATE;
}

static void refuse_caller(struct http_exchange *x, int status)
{
    static const struct http_header headers[] = {
        {{"Content-Type", 12}, {"application/problem+json", 24}},
        {{"WWW-Authenticate", 16}, {"Bearer", 6}}};
    if (status == 401) {
        http_answer(x,
                    401,
                    headers,
                    2,
                    SLICE("{\"type\":\"about:blank\",\"title\":\"no valid token\",\"status\":401,"
                          "\"detail\":\"send Authorization: Bearer TOKEN; create one with "
                          "truecount token create. People log in: POST /v1/session\"}"));
    } else {
        api_problem(x, status, "tokens cannot be read", SLICE("try again"));
    }
}

/* ---- reads ---- */

/* Without them, when they cannot be read: a read that fails otherwise says so itself. */
static void load_aliases(void *arg, struct sku_id id, struct rows *out)
{
    struct reading *r = arg;
    if (r->store->ops->aliases_of(r->store, id, r->arena, out)) {
        *out = (struct rows){0};
    }
}

static struct slice load_sku_code(void *arg, struct sku_id id)
{
    struct reading *r = arg;
    struct sku_row *row = NULL;
    bool found = r->store->ops->skus(r->store, &id, 1, r->arena, &row) == ERR_OK && row;
    return found ? row->code : (struct slice){0};
}

static void run_read(struct api *api,
                     struct http_exchange *x,
                     const struct route *route,
                     const struct slice *args)
{
    struct store *store = api->config.reader;
    struct reading r = {.api = api, .x = x, .store = store, .arena = &x->arena};
    memcpy(r.args, args, sizeof(r.args));
    buf_init(&r.out, ANSWER_MAX);
    r.show = (struct show){.w = json_writer(&r.out),
                           .config = api->channels,
                           .sku_code = load_sku_code,
                           .aliases = load_aliases,
                           .arg = &r};
    enum err e = store->ops->begin(store);
    int status = e ? 503 : route->read(&r);
    if (!e) {
        store->ops->rollback(store); /* a snapshot that nothing was written to */
    }
    if (e || x->arena.exhausted || r.out.overflow) {
        status = reading_problem(&r,
                                 503,
                                 "the answer could not be read",
                                 "%s",
                                 e ? err_text(e) : "it is too large: ask for fewer with ?limit=");
    }
    struct slice known =
        http_header_get(x->request.headers, x->request.headers_count, "If-None-Match");
    if (status == 200 && known.n && r.etag[0] && etag_matches(known, r.etag)) {
        status = 304;
        buf_clear(&r.out);
    }
    if (status == 200 && r.is_page) {
        api_answer_page(x, buf_view(&r.out));
    } else {
        api_answer_tagged(x, status, r.etag, buf_view(&r.out));
    }
    buf_free(&r.out);
}

/* ---- writes ---- */

struct writing {
    struct api *api;
    struct http_exchange *x;
};

static bool is_about_access(struct slice path)
{
    return slice_starts(path, "/v1/tokens") || slice_starts(path, "/v1/users") ||
           slice_starts(path, "/v1/session");
}

static void written(struct turn *turn)
{
    const struct writing *writing = turn->owner;
    struct http_exchange *x = writing->x;
    if (turn->err) {
        LOG(LOG_ERROR,
            "a request was not committed",
            LOG_STR("err", err_name(turn->err)),
            LOG_STR("note", turn->note.text));
        api_not_committed(x, turn);
    } else {
        const struct api_config *config = &writing->api->config;
        if (turn->connect && config->on_connect) {
            config->on_connect(config->arg, turn->connect);
        }
        if (turn->import && config->on_import) {
            config->on_import(config->arg, turn->import);
        }
        if (turn->replay && config->on_replay) {
            config->on_replay(config->arg, turn->replay);
        }
        if (turn->run == request_resume && turn->status == 200) {
            api_pause(writing->api, turn->body, false);
        }
        if (is_about_access(turn->path)) {
            access_changed(writing->api->access);
        }
        api_answer_tagged(x, turn->status, turn->etag, buf_view(&turn->answer));
    }
    turn_free(turn);
}

static bool set_answer_key(const struct api *api,
                           struct turn *turn,
                           const struct http_exchange *x,
                           const struct caller *caller)
{
    struct slice key =
        http_header_get(x->request.headers, x->request.headers_count, "Idempotency-Key");
    if (key.n == 0) {
        return true;
    }
    if (key.n > 255) {
        return false;
    }
    char token[24];
    int n = snprintf(token, sizeof(token), "%" PRId64, caller->token);
    const struct slice parts[] = {
        {token, (size_t)n}, SLICE("\n"), turn->method, SLICE("\n"), turn->path, SLICE("\n"), key};
    blake2b(turn->answer_key, sizeof(turn->answer_key), parts, COUNT_OF(parts));
    /* Keyed where the body holds a password: its digest is kept. */
    bool is_secret = turn->run == request_users_create || turn->run == request_user_change;
    const struct slice body[] = {
        {(const char *)api->config.vault->key, is_secret ? SEAL_KEY_SIZE : 0}, turn->body};
    blake2b(turn->body_digest, sizeof(turn->body_digest), body, COUNT_OF(body));
    turn->has_answer_key = true;
    return true;
}

void api_write(struct api *api,
               struct http_exchange *x,
               const struct route *route,
               const struct slice *args,
               const struct caller *caller)
{
    bool is_dry = false;
    bool is_table = route->write == request_csv_import || route->write == request_opening_file;
    if (is_table && !api_csv_dry_run(x, &is_dry)) {
        return;
    }
    struct turn *turn = turn_new(TURN_REQUEST, written, NULL);
    struct writing *writing = turn ? ARENA_NEW(&turn->arena, struct writing) : NULL;
    struct slice *kept = turn ? ARENA_ARRAY(&turn->arena, ARGS_MAX, struct slice) : NULL;
    if (!writing || !kept) {
        turn_free(turn);
        api_problem(x, 503, "out of memory", SLICE("try again"));
        return;
    }
    *writing = (struct writing){api, x};
    for (size_t i = 0; i < ARGS_MAX; i++) {
        kept[i] = arena_copy(&turn->arena, args[i]);
    }
    turn->owner = writing;
    turn->run = route->write;
    turn->is_dry_run = is_dry;
    turn->method = x->request.method; /* the exchange lives until it is answered */
    turn->path = x->request.url;
    turn->query = x->request.query;
    turn->body = x->request.body;
    turn->if_match = http_header_get(x->request.headers, x->request.headers_count, "If-Match");
    turn->args = kept;
    api_turn_ask(api, turn, x, caller, api_action_of(route));
    if (route->write == request_pause) {
        api_pause(api, turn->body, true); /* at once, however long the queue is */
    }
    if (!set_answer_key(api, turn, x, caller)) {
        turn_free(turn);
        api_problem(x, 400, "Idempotency-Key is too long", SLICE("at most 255 characters"));
    } else if (!engine_submit(api->config.engine, turn)) {
        turn_free(turn);
        api_refuse_busy(api, x);
    }
}

/* ---- routing ---- */

/* Matches a path to a pattern; {} catches one decoded segment. */
static bool matches(const char *pattern, struct slice path, struct arena *arena, struct slice *args)
{
    struct slice rest = slice_of(pattern);
    size_t n = 0;
    if (slice_ends(path, "/") && path.n > 1) {
        return false;
    }
    for (;;) {
        struct slice want, have;
        bool more_want = slice_cut(&rest, '/', &want), more_have = slice_cut(&path, '/', &have);
        if (slice_is(want, "{}")) {
            must(n < ARGS_MAX);
            if (have.n == 0 || !percent_decode(arena, have, &args[n++])) {
                return false;
            }
        } else if (!slice_equal(want, have)) {
            return false;
        }
        if (more_want != more_have) {
            return false;
        }
        if (!more_want) {
            return true;
        }
    }
}

static void refuse_method(struct http_exchange *x, const char *allow)
{
    const struct http_header headers[] = {
        {SLICE("Content-Type"), SLICE("application/problem+json")},
        {SLICE("Allow"), slice_of(allow)}};
    struct slice body =
        arena_printf(&x->arena,
                     "{\"type\":\"about:blank\",\"title\":\"method not allowed\",\"status\":405,"
                     "\"detail\":\"this path answers %s\"}",
                     allow);
    http_answer(x, 405, headers, 2, body);
}

static bool is_change(struct slice method)
{
    return !slice_is(method, "GET") && !slice_is(method, "HEAD");
}

/* True: it was refused. */
static bool refuse_stranger(struct api *api,
                            struct http_exchange *x,
                            const struct route *route,
                            struct caller *caller)
{
    int refused = route->is_public ? 0 : access_find(api->access, &x->request, caller);
    if (refused) {
        if (refused == 401) {
            api_note_refusal(api, x, refused);
        }
        refuse_caller(x, refused);
        return true;
    }
    bool is_by_cookie = caller->session != 0;
    const char *forged = is_change(x->request.method) && (is_by_cookie || route->is_public)
                             ? access_forged(api->access, &x->request, is_by_cookie)
                             : NULL;
    if (forged) {
        api_note_refusal(api, x, 403);
        api_problem(x, 403, "not from our own page", slice_of(forged));
        return true;
    }
    if (!route->is_public && caller->scope < route->scope) {
        api_note_refusal(api, x, 403);
        api_problem(x,
                    403,
                    "the token's scope does not reach",
                    arena_printf(&x->arena,
                                 "this needs a token of scope %s; this one has %s",
                                 scope_text(route->scope),
                                 scope_text(caller->scope)));
        return true;
    }
    return false;
}

static void refuse_program(struct http_exchange *x)
{
    api_problem(x,
                403,
                "this is a person's own",
                SLICE("a token has no session: log in with POST /v1/session"));
}

static void run_route(struct api *api,
                      struct http_exchange *x,
                      const struct route *route,
                      const struct slice *args,
                      const struct caller *known)
{
    struct caller caller = known ? *known : (struct caller){0};
    if (!known && refuse_stranger(api, x, route, &caller)) {
        return;
    }
    if (route->doc->is_personal && !caller.session) {
        refuse_program(x);
        return;
    }
    if (!api_request_is_right(api, x, route)) {
        return;
    }
    caller.name = arena_copy(&x->arena, caller.name);
    if (route->special) {
        api->asking = caller;
        route->special(api, x, args);
    } else if (route->read) {
        run_read(api, x, route, args);
    } else if (!api_hash_first(api, x, route, args, &caller)) {
        api_write(api, x, route, args, &caller);
    }
}

/* known: who asks, when that needs no proof. */
static void route_request(struct api *api, struct http_exchange *x, const struct caller *known)
{
    char allow[64] = "";
    struct slice args[ARGS_MAX] = {{0}};
    struct slice method = slice_is(x->request.method, "HEAD") ? SLICE("GET") : x->request.method;
    for (size_t i = 0; i < api_routes_count; i++) {
        const struct route *route = &api_routes[i];
        if (!matches(route->pattern, x->request.url, &x->arena, args)) {
            continue;
        }
        if (slice_is(method, route->method)) {
            run_route(api, x, route, args, known);
            return;
        }
        size_t n = strlen(allow);
        snprintf(allow + n, sizeof(allow) - n, "%s%s", n ? ", " : "", route->method);
    }
    if (allow[0]) {
        refuse_method(x, allow);
    } else {
        api_problem(x, 404, "no such path", SLICE("see /openapi.json for what there is"));
    }
}

void api_handle(struct api *api, struct http_exchange *x)
{
    route_request(api, x, NULL);
}

void api_handle_console(struct api *api, struct http_exchange *x)
{
    const struct caller console = {
        .token = API_TOKEN_CONSOLE, .name = SLICE("console"), .scope = SCOPE_ADMIN, .via = VIA_CLI};
    route_request(api, x, &console);
}

/* ---- life ---- */

static enum err access_rooms(struct api *api)
{
    const struct access_config access = {.env = api->config.env,
                                         .engine = api->config.engine,
                                         .reader = api->config.reader,
                                         .admin_token = api->config.admin_token,
                                         .public_url = api->config.public_url,
                                         .proxies = api->config.proxies,
                                         .proxies_count = api->config.proxies_count};
    struct env *env = api->config.env;
    api->by_name = attempts_new(env, LOGIN_TRIES, LOGIN_WINDOW_US);
    api->by_address = attempts_new(env, LOGIN_TRIES, LOGIN_WINDOW_US);
    api->refusals = attempts_new(env, ATTEMPTS_MAX, REFUSALS_WINDOW_US);
    api->told = attempts_new(env, 1, LOGIN_WINDOW_US);
    enum err e = access_new(&access, &api->access);
    e = e ? e : hashing_new(env, &api->hashing);
    e = e ? e : stream_new(api, &api->stream);
    bool is_whole = api->by_name && api->by_address && api->refusals && api->told;
    return e ? e : is_whole ? ERR_OK : ERR_MEMORY;
}

enum err api_new(const struct api_config *config, struct api **out)
{
    struct api *api = calloc(1, sizeof(*api));
    if (!api) {
        return ERR_MEMORY;
    }
    api->config = *config;
    api->parser = json_doc_new();
    if (!api->parser || exposed_new(&api->exposed) || access_rooms(api)) {
        api_free(api);
        return ERR_MEMORY;
    }
    *out = api;
    return ERR_OK;
}

void api_set_config(struct api *api, const struct config *channels)
{
    stream_channels(api->stream, api->channels, channels);
    api->channels = channels;
}

void api_tokens_changed(struct api *api)
{
    access_changed(api->access);
}

void api_set_ready(struct api *api, bool ready)
{
    api->is_ready = ready;
    if (!ready) {
        stream_stop(api->stream);
    }
}

void api_free(struct api *api)
{
    if (api) {
        api_csv_stop(api);
        api_reports_stop(api);
        stream_free(api->stream);
        hashing_free(api->hashing);
        access_free(api->access);
        attempts_free(api->by_name);
        attempts_free(api->by_address);
        attempts_free(api->refusals);
        attempts_free(api->told);
        exposed_free(api->exposed);
        json_doc_free(api->parser);
        crypto_wipe(api->setup_code, sizeof(api->setup_code));
        free(api);
    }
}
