/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/access.h"

#include <stdlib.h>

#include "base/crypto.h"
#include "base/log.h"
#include "base/map.h"
#include "intake/api.h"

#define MEMORY_MAX ((size_t)64 * 1024 * 1024)
#define DAY_US (24 * 3600 * US_PER_S)

struct live_session {
    struct session_row row;
    int64_t seen_us; /* the store knows of it later */
};

/* What was read at once; kept whole until the next reading is complete. */
struct known {
    struct arena arena;
    struct map tokens;   /* hash -> token_row */
    struct map sessions; /* hash -> live_session */
    struct rows users;   /* user_row */
};

struct access {
    struct access_config config;
    struct known known[2];
    int now; /* which of them */
    bool is_known;
    uint8_t admin_hash[32];
    bool has_admin;
    struct cidr proxies[ACCESS_PROXIES_MAX];
};

/* ---- reading ---- */

static struct known *now_of(struct access *a)
{
    return &a->known[a->now];
}

static enum err read_tokens_into(struct access *a, struct known *k)
{
    struct rows rows = {0};
    enum err e = a->config.reader->ops->tokens(a->config.reader, &k->arena, &rows);
    for (size_t i = 0; !e && i < rows.count; i++) {
        struct token_row *row = rows.items[i];
        if (!row->is_revoked &&
            !map_set(&k->tokens, (struct slice){(const char *)row->hash, 32}, row)) {
            e = ERR_MEMORY;
        }
    }
    return e;
}

static enum err read_sessions_into(struct access *a, struct known *k)
{
    struct rows rows = {0};
    enum err e = a->config.reader->ops->sessions(a->config.reader, &k->arena, &rows);
    for (size_t i = 0; !e && i < rows.count; i++) {
        const struct session_row *row = rows.items[i];
        struct live_session *live = ARENA_NEW(&k->arena, struct live_session);
        if (!live) {
            return ERR_MEMORY;
        }
        *live = (struct live_session){.row = *row, .seen_us = row->seen_at_us};
        struct slice key = {(const char *)live->row.hash, sizeof(live->row.hash)};
        const struct live_session *before = map_get(&now_of(a)->sessions, key);
        if (before && before->seen_us > live->seen_us) {
            live->seen_us = before->seen_us;
        }
        e = map_set(&k->sessions, key, live) ? ERR_OK : ERR_MEMORY;
    }
    return e;
}

static enum err read_all(struct access *a)
{
    struct known *k = &a->known[!a->now];
    map_clear(&k->tokens);
    map_clear(&k->sessions);
    k->users = (struct rows){0};
    arena_clear(&k->arena);
    enum err e = read_tokens_into(a, k);
    e = e ? e : read_sessions_into(a, k);
    e = e ? e : a->config.reader->ops->users(a->config.reader, &k->arena, &k->users);
    if (!e) {
        a->now = !a->now;
        a->is_known = true;
    }
    return e;
}

static bool is_known(struct access *a)
{
    return a->is_known || read_all(a) == ERR_OK;
}

void access_changed(struct access *a)
{
    a->is_known = false;
}

/* ---- people ---- */

static const struct user_row *user_of(struct access *a, int64_t id)
{
    const struct rows *users = &now_of(a)->users;
    for (size_t i = 0; i < users->count; i++) {
        const struct user_row *row = users->items[i];
        if (row->id == id) {
            return row->state == USER_ACTIVE ? row : NULL;
        }
    }
    return NULL;
}

const struct user_row *access_user(struct access *a, int64_t id)
{
    return is_known(a) ? user_of(a, id) : NULL;
}

const struct user_row *access_user_by_name(struct access *a, struct slice name)
{
    const size_t count = is_known(a) ? now_of(a)->users.count : 0;
    for (size_t i = 0; i < count; i++) {
        const struct user_row *row = now_of(a)->users.items[i];
        if (row->state == USER_ACTIVE && slice_equal_nocase(row->name, name)) {
            return row;
        }
    }
    return NULL;
}

enum err access_has_users(struct access *a, bool *out)
{
    bool has = false;
    if (!is_known(a)) {
        return ERR_IO;
    }
    for (size_t i = 0; i < now_of(a)->users.count; i++) {
        has |= ((const struct user_row *)now_of(a)->users.items[i])->state != USER_GONE;
    }
    *out = has;
    return ERR_OK;
}

static struct live_session *session_of(struct access *a, int64_t id)
{
    const struct map *sessions = &now_of(a)->sessions;
    for (size_t i = 0; i < sessions->items_count; i++) {
        struct live_session *live = sessions->items[i].value;
        if (live && live->row.id == id) {
            return live;
        }
    }
    return NULL;
}

const struct session_row *access_session(struct access *a, int64_t id)
{
    const struct live_session *live = is_known(a) ? session_of(a, id) : NULL;
    return live ? &live->row : NULL;
}

/* ---- that somebody was seen ---- */

static void written(struct turn *turn)
{
    if (turn->err) {
        LOG(LOG_WARN, "when somebody was seen was not kept", LOG_STR("err", err_name(turn->err)));
    }
    turn_free(turn);
}

static struct turn *seen_turn(struct access *a, request_fn *run, size_t order_size)
{
    struct turn *turn = a->config.engine ? turn_new(TURN_REQUEST, written, NULL) : NULL;
    if (turn) {
        turn->run = run;
        turn->owner = arena_alloc(&turn->arena, order_size);
    }
    if (turn && !turn->owner) {
        turn_free(turn);
        return NULL;
    }
    return turn;
}

static void submit(struct access *a, struct turn *turn)
{
    if (!engine_submit(a->config.engine, turn)) {
        turn_free(turn); /* the next request tries again */
    }
}

/* Not with each request: once a minute. */
static void session_seen(struct access *a, struct live_session *live, int64_t now_us)
{
    live->seen_us = now_us > live->seen_us ? now_us : live->seen_us;
    if (live->seen_us - live->row.seen_at_us < SESSION_SEEN_US) {
        return;
    }
    struct turn *turn = seen_turn(a, request_session_seen, sizeof(struct session_order));
    if (turn) {
        live->row.seen_at_us = live->seen_us;
        *(struct session_order *)turn->owner = (struct session_order){live->row.id, live->seen_us};
        submit(a, turn);
    }
}

static void token_seen(struct access *a, struct token_row *row, int64_t now_us)
{
    int64_t day = now_us / DAY_US;
    if (row->used_day >= day) {
        return;
    }
    struct turn *turn = seen_turn(a, request_token_used, sizeof(struct token_order));
    if (turn) {
        row->used_day = day;
        *(struct token_order *)turn->owner = (struct token_order){row->id, day};
        submit(a, turn);
    }
}

/* ---- who asks ---- */

static bool token_is_over(const struct token_row *row, int64_t now_us)
{
    return row->expires_at_us && now_us >= row->expires_at_us;
}

static int find_token(struct access *a, struct slice header, struct caller *out)
{
    uint8_t hash[32];
    if (!slice_starts(header, "Bearer ") && !slice_starts(header, "bearer ")) {
        return 401;
    }
    token_hash(slice_trim(slice_from(header, 7)), hash);
    struct slice key = {(const char *)hash, sizeof(hash)};
    if (a->has_admin && crypto_equal(key, (struct slice){(const char *)a->admin_hash, 32})) {
        *out =
            (struct caller){.token = API_TOKEN_ADMIN, .name = SLICE("admin"), .scope = SCOPE_ADMIN};
        return 0;
    }
    if (!is_known(a)) {
        return 503; /* fail closed */
    }
    struct token_row *row = map_get(&now_of(a)->tokens, key);
    int64_t now_us = env_wall_us(a->config.env);
    if (!row || token_is_over(row, now_us)) {
        return 401;
    }
    token_seen(a, row, now_us);
    *out = (struct caller){.token = row->id, .name = row->name, .scope = row->scope};
    return 0;
}

static bool live_is_over(const struct live_session *live, int64_t now_us)
{
    struct session_row row = live->row;
    row.seen_at_us = live->seen_us;
    return session_is_over(&row, now_us);
}

static int find_session(struct access *a, struct slice cookie, struct caller *out)
{
    uint8_t hash[32];
    if (!is_known(a)) {
        return 503;
    }
    access_cookie_hash(cookie, hash);
    struct live_session *live =
        map_get(&now_of(a)->sessions, (struct slice){(const char *)hash, sizeof(hash)});
    int64_t now_us = env_wall_us(a->config.env);
    const struct user_row *user = live ? user_of(a, live->row.user) : NULL;
    if (!user || live_is_over(live, now_us)) {
        return 401;
    }
    session_seen(a, live, now_us);
    *out = (struct caller){.token = API_TOKEN_OF_USER(user->id),
                           .name = user->name,
                           .scope = user->role,
                           .via = VIA_SESSION,
                           .user = user->id,
                           .session = live->row.id};
    return 0;
}

int access_find(struct access *a, const struct http_request *head, struct caller *out)
{
    struct slice header = http_header_get(head->headers, head->headers_count, "Authorization");
    if (header.n) {
        return find_token(a, header, out);
    }
    struct slice cookie = access_cookie(head);
    return cookie.n ? find_session(a, cookie, out) : 401;
}

bool access_lasts(struct access *a, const struct caller *caller)
{
    int64_t now_us = env_wall_us(a->config.env);
    if (caller->via == VIA_CLI || caller->token == API_TOKEN_ADMIN) {
        return true;
    }
    if (!is_known(a)) {
        return false;
    }
    if (caller->session) {
        const struct live_session *live = session_of(a, caller->session);
        return live && user_of(a, live->row.user) && !live_is_over(live, now_us);
    }
    const struct map *tokens = &now_of(a)->tokens;
    for (size_t i = 0; i < tokens->items_count; i++) {
        const struct token_row *row = tokens->items[i].value;
        if (row && row->id == caller->token) {
            return !token_is_over(row, now_us);
        }
    }
    return false;
}

/* ---- cookies and forgeries ---- */

struct slice access_cookie(const struct http_request *head)
{
    struct slice rest = http_header_get(head->headers, head->headers_count, "Cookie"), one;
    while (rest.n) {
        slice_cut(&rest, ';', &one);
        one = slice_trim(one);
        if (slice_starts(one, ACCESS_COOKIE "=")) {
            struct slice value = slice_from(one, sizeof(ACCESS_COOKIE));
            return value.n == ACCESS_SECRET_TEXT ? value : (struct slice){0};
        }
    }
    return (struct slice){0};
}

void access_cookie_hash(struct slice cookie, uint8_t out[32])
{
    const struct slice parts[] = {SLICE("truecount session\n"), cookie};
    blake2b(out, 32, parts, COUNT_OF(parts));
}

struct slice access_csrf(struct slice cookie, struct arena *arena)
{
    uint8_t digest[ACCESS_SECRET_TEXT / 2];
    const struct slice parts[] = {SLICE("truecount csrf\n"), cookie};
    blake2b(digest, sizeof(digest), parts, COUNT_OF(parts));
    return hex_encode(arena, (struct slice){(const char *)digest, sizeof(digest)});
}

struct slice access_secret(struct env *env, struct arena *arena)
{
    uint8_t random[ACCESS_SECRET_TEXT / 2];
    env_random(env, random, sizeof(random));
    struct slice text = hex_encode(arena, (struct slice){(const char *)random, sizeof(random)});
    crypto_wipe(random, sizeof(random));
    return text;
}

/* "https://host:port" is that host, by either scheme: TLS may end before us. */
static bool is_origin_of(struct slice origin, struct slice host)
{
    size_t scheme = slice_starts(origin, "https://") ? 8 : slice_starts(origin, "http://") ? 7 : 0;
    return scheme && host.n && slice_equal_nocase(slice_from(origin, scheme), host);
}

static struct slice origin_of(const char *url)
{
    struct slice text = slice_of(url);
    size_t n = slice_starts(text, "https://") ? 8 : slice_starts(text, "http://") ? 7 : text.n;
    while (n < text.n && text.p[n] != '/') {
        n++;
    }
    return (struct slice){text.p, n};
}

const char *access_forged(const struct access *a, const struct http_request *head, bool has_session)
{
    struct slice origin = http_header_get(head->headers, head->headers_count, "Origin");
    struct slice site = http_header_get(head->headers, head->headers_count, "Sec-Fetch-Site");
    struct slice host = http_header_get(head->headers, head->headers_count, "Host");
    struct slice token = http_header_get(head->headers, head->headers_count, "X-CSRF-Token");
    if (site.n && !slice_is(site, "same-origin") && !slice_is(site, "none")) {
        return "it comes from another site's page";
    }
    if (origin.n && !is_origin_of(origin, host) &&
        !(a->config.public_url && slice_equal_nocase(origin, origin_of(a->config.public_url)))) {
        return "its Origin is not this server: with a proxy in front, set --public-url";
    }
    if (!has_session) {
        return NULL;
    }
    struct arena arena;
    arena_init(&arena, 4096);
    struct slice wanted = access_csrf(access_cookie(head), &arena);
    bool is_right = wanted.n && crypto_equal(wanted, token);
    arena_free(&arena);
    return is_right ? NULL : "send the session's csrf as X-CSRF-Token; GET /v1/session has it";
}

/* ---- addresses ---- */

static bool is_proxy(const struct access *a, const struct cidr *address)
{
    for (size_t i = 0; i < a->config.proxies_count; i++) {
        if (cidr_has(&a->proxies[i], address)) {
            return true;
        }
    }
    return false;
}

/* From the nearest hop on: the first that is no proxy of ours. What is no address ends the search. */
struct slice access_address(const struct access *a,
                            const struct http_request *head,
                            struct slice peer,
                            struct arena *arena)
{
    struct slice said = http_header_get(head->headers, head->headers_count, "X-Forwarded-For");
    struct cidr address;
    struct slice best = peer;
    while (said.n && cidr_parse(best, &address) && is_proxy(a, &address)) {
        size_t from = said.n;
        while (from && said.p[from - 1] != ',') {
            from--;
        }
        struct slice hop = slice_trim((struct slice){said.p + from, said.n - from});
        said.n = from ? from - 1 : 0;
        if (memchr(hop.p, '/', hop.n) || !cidr_parse(hop, &address)) {
            break;
        }
        best = hop;
    }
    return arena_copy(arena, best);
}

bool access_is_loopback(struct slice address)
{
    struct cidr parsed;
    return cidr_parse(address, &parsed) && cidr_is_loopback(&parsed);
}

/* ---- life ---- */

enum err access_new(const struct access_config *config, struct access **out)
{
    struct access *a = calloc(1, sizeof(*a));
    if (!a) {
        return ERR_MEMORY;
    }
    must(config->proxies_count <= ACCESS_PROXIES_MAX);
    a->config = *config;
    for (size_t i = 0; i < config->proxies_count; i++) {
        a->proxies[i] = config->proxies[i];
    }
    for (size_t i = 0; i < COUNT_OF(a->known); i++) {
        arena_init(&a->known[i].arena, MEMORY_MAX);
        map_init(&a->known[i].tokens);
        map_init(&a->known[i].sessions);
    }
    if (config->admin_token && config->admin_token[0]) {
        token_hash(slice_of(config->admin_token), a->admin_hash);
        a->has_admin = true;
    }
    *out = a;
    return ERR_OK;
}

void access_free(struct access *a)
{
    if (!a) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(a->known); i++) {
        map_free(&a->known[i].tokens);
        map_free(&a->known[i].sessions);
        arena_free(&a->known[i].arena);
    }
    free(a);
}
