/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/hook_keys.h"

#include "base/crypto.h"

#define KEPT_MAX 32
#define FETCHES_MAX 8    /* under way */
#define FETCHES_A_MIN 30 /* begun */
#define STEPS_MAX 4      /* requests of one fetch */
#define LIFETIME_MAX_US (INT64_C(86400) * US_PER_S)

struct kept_key {
    uint8_t name[16]; /* digest of channel and id */
    int64_t until_us; /* wall; 0: the place is free */
    struct slice key; /* our own copy */
};

struct key_fetch {
    struct key_fetch *next;
    struct hook_keys *keys;
    struct channel_id channel;
    uint8_t name[16];
    struct arena arena;
    struct slice id, cursor;
    int steps;
    uint8_t nonce[16];
    hook_key_fn *fn;
    void *arg;
};

struct hook_keys {
    struct env *env;
    bool private_ok;
    const struct config *channels;
    struct json_doc *parser;
    struct kept_key kept[KEPT_MAX];
    struct key_fetch *fetches;
    size_t fetches_count;
    int64_t minute_us;
    int begun;
};

enum err hook_keys_new(struct env *env, bool private_ok, struct hook_keys **out)
{
    struct hook_keys *keys = calloc(1, sizeof(*keys));
    struct json_doc *parser = keys ? json_doc_new() : NULL;
    if (!parser) {
        free(keys);
        return ERR_MEMORY;
    }
    keys->env = env;
    keys->private_ok = private_ok;
    keys->parser = parser;
    *out = keys;
    return ERR_OK;
}

void hook_keys_set_config(struct hook_keys *keys, const struct config *channels)
{
    keys->channels = channels;
}

static void fetch_free(struct key_fetch *fetch)
{
    struct key_fetch **link = &fetch->keys->fetches;
    while (*link != fetch) {
        link = &(*link)->next;
    }
    *link = fetch->next;
    fetch->keys->fetches_count--;
    arena_free(&fetch->arena);
    free(fetch);
}

void hook_keys_free(struct hook_keys *keys)
{
    if (!keys) {
        return;
    }
    while (keys->fetches) { /* whoever waits is told */
        hook_key_fn *fn = keys->fetches->fn;
        void *arg = keys->fetches->arg;
        fetch_free(keys->fetches);
        fn(arg, (struct slice){0}, true);
    }
    for (size_t i = 0; i < KEPT_MAX; i++) {
        free((char *)(uintptr_t)keys->kept[i].key.p);
    }
    json_doc_free(keys->parser);
    free(keys);
}

/* ---- what is kept ---- */

static void name_of(uint8_t out[16], struct channel_id channel, struct slice id)
{
    const struct slice parts[] = {{(const char *)&channel, sizeof(channel)}, id};
    blake2b(out, 16, parts, COUNT_OF(parts));
}

static const struct kept_key *find(const struct hook_keys *keys, const uint8_t name[16])
{
    int64_t now = env_wall_us(keys->env);
    for (size_t i = 0; i < KEPT_MAX; i++) {
        if (keys->kept[i].until_us > now && memcmp(keys->kept[i].name, name, 16) == 0) {
            return &keys->kept[i];
        }
    }
    return NULL;
}

/* In a free place, or in that of the key that ends first. */
static struct slice
keep(struct hook_keys *keys, const uint8_t name[16], struct slice key, int64_t life_us)
{
    struct kept_key *place = &keys->kept[0];
    for (size_t i = 1; i < KEPT_MAX; i++) {
        place = keys->kept[i].until_us < place->until_us ? &keys->kept[i] : place;
    }
    char *copy = malloc(key.n);
    if (!copy) {
        return (struct slice){0};
    }
    memcpy(copy, key.p, key.n);
    free((char *)(uintptr_t)place->key.p);
    memcpy(place->name, name, sizeof(place->name));
    place->key = (struct slice){copy, key.n};
    place->until_us =
        env_wall_us(keys->env) + (life_us < LIFETIME_MAX_US ? life_us : LIFETIME_MAX_US);
    return place->key;
}

/* ---- fetching ---- */

static void fetch_end(struct key_fetch *fetch, struct slice key)
{
    hook_key_fn *fn = fetch->fn;
    void *arg = fetch->arg;
    fetch_free(fetch);
    fn(arg, key, false);
}

static void fetch_send(struct key_fetch *fetch);

static void fetched(void *arg, const struct env_reply *reply)
{
    struct key_fetch *fetch = arg;
    struct hook_keys *keys = fetch->keys;
    const struct channel_config *c =
        keys->channels ? config_channel(keys->channels, fetch->channel) : NULL;
    struct slice key = {0};
    int64_t life_us = 0;
    struct channel_signal signal = SIGNAL_NONE;
    struct err_note note = {""};
    const struct step step = {
        .now_us = env_wall_us(keys->env), .nonce = fetch->nonce, .cursor = fetch->cursor};
    bool is_there = c && c->connector && !c->account_error && c->connector->read_key;
    if (reply->err || !is_there ||
        c->connector->read_key(&c->account,
                               &step,
                               &reply->response,
                               keys->parser,
                               &fetch->arena,
                               &key,
                               &life_us,
                               &signal,
                               &note)) {
        fetch_end(fetch, (struct slice){0});
    } else if (signal.next.is_wanted && fetch->steps < STEPS_MAX) {
        fetch->cursor = arena_copy(&fetch->arena, signal.next.cursor);
        fetch_send(fetch);
    } else {
        bool is_key = !signal.next.is_wanted && key.n > 0 && life_us > 0;
        fetch_end(fetch, is_key ? keep(keys, fetch->name, key, life_us) : (struct slice){0});
    }
}

static void fetch_send(struct key_fetch *fetch)
{
    struct hook_keys *keys = fetch->keys;
    const struct channel_config *c = config_channel(keys->channels, fetch->channel);
    struct http_request request;
    env_random(keys->env, fetch->nonce, sizeof(fetch->nonce));
    fetch->steps++;
    const struct step step = {
        .now_us = env_wall_us(keys->env), .nonce = fetch->nonce, .cursor = fetch->cursor};
    if (!c || !c->connector || c->account_error ||
        c->connector->build_key(&c->account, fetch->id, &step, &fetch->arena, &request)) {
        fetch_end(fetch, (struct slice){0});
        return;
    }
    const struct env_call call = {
        .request = request, .timeout_us = 10 * US_PER_S, .private_ok = keys->private_ok};
    keys->env->ops->http(keys->env, &call, fetched, fetch);
}

static bool may_fetch(struct hook_keys *keys)
{
    int64_t now = env_wall_us(keys->env);
    if (now - keys->minute_us >= 60 * US_PER_S) {
        keys->minute_us = now;
        keys->begun = 0;
    }
    return keys->fetches_count < FETCHES_MAX && keys->begun < FETCHES_A_MIN;
}

void hook_keys_get(struct hook_keys *keys,
                   const struct channel_config *channel,
                   struct slice id,
                   hook_key_fn *fn,
                   void *arg)
{
    uint8_t name[16];
    name_of(name, channel->row.id, id);
    const struct kept_key *kept = find(keys, name);
    if (kept) {
        fn(arg, kept->key, false);
        return;
    }
    struct key_fetch *fetch = may_fetch(keys) ? calloc(1, sizeof(*fetch)) : NULL;
    if (!fetch) {
        fn(arg, (struct slice){0}, true);
        return;
    }
    arena_init(&fetch->arena, (size_t)1024 * 1024);
    *fetch = (struct key_fetch){.next = keys->fetches,
                                .keys = keys,
                                .channel = channel->row.id,
                                .arena = fetch->arena,
                                .fn = fn,
                                .arg = arg};
    fetch->id = arena_copy(&fetch->arena, id);
    memcpy(fetch->name, name, sizeof(name));
    keys->fetches = fetch;
    keys->fetches_count++;
    keys->begun++;
    fetch_send(fetch);
}
