/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access tokens that an account buys with its lasting credentials: before the first call, ahead of
 * the end of the present one, and after it was refused. One purchase at a time; a token is kept
 * among the channel's sealed secrets before it is used.
 *
 *   has none, ends soon, was refused --buy--> kept (a turn) --the configuration is loaded--> used
 *                                       \--refused: again after 5 s, 10 s ... 15 min; TOKEN
 *                                       \--no answer: again after 5 s, 10 s ... 1 min
 */
#include "base/crypto.h"
#include "base/json_write.h"
#include "engine/request.h"
#include "push/lane.h"

#define AHEAD_US (120 * US_PER_S) /* before its end, unless the connector states more */
#define TIMEOUT_US (30 * US_PER_S)
#define RETRY_FIRST_US (5 * US_PER_S)
#define RETRY_MAX_US (900 * US_PER_S)
#define RETRY_DOWN_US (60 * US_PER_S) /* nothing works without a token: not long after it is back */
#define FRESH_US (60 * US_PER_S)      /* one refused so soon is not cured by another */

struct purchase {
    struct lane_call call; /* first */
    struct lane *lane;
    struct turn *turn; /* its arena holds the request, then the token */
    int64_t until_us;
    bool is_code; /* paid with what a person brought back, rather than with the refresh token */
    uint8_t nonce[16];
    pusher_consent_fn *fn; /* of is_code */
    void *arg;
};

/* Whoever waits for it in a browser is told, once. */
static void tell_person(struct purchase *p, const char *why_not)
{
    pusher_consent_fn *fn = p->fn;
    p->fn = NULL;
    if (fn) {
        fn(p->arg, why_not);
    }
}

static void purchase_free(struct purchase *p)
{
    tell_person(p, "truecount is stopping: try again");
    lane_call_remove(&p->call);
    turn_free(p->turn);
    free(p);
}

static void purchase_drop(struct lane_call *call)
{
    purchase_free((struct purchase *)call);
}

/* The channel when it buys tokens at all; NULL otherwise. */
static const struct channel_config *buyer(const struct lane *lane)
{
    const struct channel_config *c = lane_config(lane);
    bool buys = c && c->connector->build_token && c->account_error == ERR_OK &&
                c->row.mode != MODE_OFF && c->account.base_url.n && !c->account.needs_consent &&
                (c->token_until_us || !channel_has_credentials(c));
    return buys ? c : NULL;
}

/* Wall time from which a token is to be bought. */
static int64_t due_us(const struct lane *lane, const struct channel_config *c)
{
    bool is_now = lane->is_token_refused || !channel_has_credentials(c);
    int64_t stated = c->connector->semantics.token_ahead_us;
    int64_t due = is_now ? 0 : c->token_until_us - (stated ? stated : AHEAD_US);
    return due > lane->token_not_before_us ? due : lane->token_not_before_us;
}

int64_t lane_token_due(const struct lane *lane)
{
    const struct channel_config *c = buyer(lane);
    int64_t now = lane_now(lane);
    if (!c || lane->is_buying) {
        return 0;
    }
    return due_us(lane, c) > now ? due_us(lane, c) : now;
}

bool lane_token_refused(struct lane *lane)
{
    bool may_cure = buyer(lane) && lane_now(lane) - lane->token_bought_at_us > FRESH_US;
    lane->is_token_refused |= may_cure;
    return may_cure;
}

static void failed(struct lane *lane, bool is_refused, struct slice why)
{
    char *text = is_refused ? lane->token_why : lane->token_trouble;
    lane->token_why[0] = 0;
    lane->token_trouble[0] = 0;
    (void)snprintf(text, sizeof(lane->token_why), "%.*s", (int)why.n, why.p ? why.p : "");
    int64_t most = is_refused ? RETRY_MAX_US : RETRY_DOWN_US;
    int64_t delay = RETRY_FIRST_US << (lane->purchases_failed < 8 ? lane->purchases_failed : 8);
    lane->is_buying = false;
    lane->purchases_failed++;
    lane->token_not_before_us = lane_now(lane) + (delay < most ? delay : most);
    if (is_refused) {
        lane->is_token_reported = true;
        lane_notice(
            lane,
            "TOKEN",
            "A channel sells us no access token",
            why,
            "Connect the channel again (PATCH its secrets). Pushes are kept and sent then.");
    }
    lane_pump(lane);
}

static void kept(struct turn *turn)
{
    struct purchase *p = turn->owner;
    struct lane *lane = p->lane;
    bool is_kept = turn->err == ERR_OK && turn->status == 200;
    tell_person(p, is_kept ? NULL : "the token could not be kept: try again");
    purchase_free(p);
    if (!is_kept) {
        failed(lane, false, SLICE(""));
        return;
    }
    lane->is_buying = false;
    lane->is_token_refused = false;
    lane->purchases_failed = 0;
    lane->token_why[0] = 0;
    lane->token_trouble[0] = 0;
    lane->token_not_before_us = 0;
    lane->token_bought_at_us = lane_now(lane);
    lane->blocked_until_us = 0; /* what failed for the old one need not wait any longer */
    lane_notice_close(lane, "TOKEN");
    lane_pump(lane);
}

/* A new refresh token replaces the one that bought it: some platforms let each be used once. */
static void keep(struct purchase *p, const struct token *token)
{
    struct turn *turn = p->turn;
    struct slice *args = ARENA_ARRAY(&turn->arena, 2, struct slice);
    ON_EXIT(buf_free) struct buf secrets;
    buf_init(&secrets, (size_t)64 * 1024);
    struct json_writer w = json_writer(&secrets);
    json_begin_object(&w);
    json_field_text(&w, "access_token", token->access);
    json_field_text(&w, SECRET_TOKEN_UNTIL, arena_printf(&turn->arena, "%" PRId64, p->until_us));
    if (token->refresh.n) {
        json_field_text(&w, "refresh_token", token->refresh);
    }
    json_end_object(&w);
    must(args); /* an arena of 64 MiB */
    args[0] = (struct slice){0};
    args[1] = arena_copy(&turn->arena, buf_view(&secrets));
    crypto_wipe(secrets.p, secrets.p ? secrets.n : 0);
    turn->args = args;
    turn->channel = p->lane->channel;
    turn->run = request_channel_learn;
    if (secrets.overflow || !engine_submit(p->lane->pusher->config.engine, turn)) {
        struct lane *lane = p->lane;
        purchase_free(p);
        failed(lane, false, SLICE(""));
    }
}

static void bought(void *arg, const struct env_reply *reply)
{
    struct purchase *p = arg;
    struct lane *lane = p->lane;
    const struct channel_config *c = p->is_code ? lane_config(lane) : buyer(lane);
    struct channel_signal signal = SIGNAL_NONE;
    struct token token = {0};
    struct err_note note = reply->note;
    const struct step step = {.now_us = lane_now(lane), .nonce = p->nonce};
    enum err e = reply->err ? reply->err : c ? ERR_OK : ERR_NOT_FOUND;
    if (!e) {
        e = c->connector->read_token(&c->account,
                                     &step,
                                     &reply->response,
                                     lane->pusher->parser,
                                     &p->turn->arena,
                                     &token,
                                     &signal,
                                     &note);
    }
    if (!e && signal.next.is_wanted) {
        e = err_note(&note, ERR_UNKNOWN, "a token takes one request");
    }
    if (!e) {
        p->until_us = lane_now(lane) + token.lifetime_us;
        keep(p, &token);
        return;
    }
    char why[sizeof(note.text)];
    (void)snprintf(why, sizeof(why), "%s", note.text);
    bool is_refused = signal.unauthorised, is_code = p->is_code;
    tell_person(p, why);
    purchase_free(p);
    if (is_code) {
        lane->is_buying = false; /* the person may try again */
        lane_pump(lane);
    } else {
        failed(lane, is_refused, slice_of(why));
    }
}

static struct purchase *purchase_new(struct lane *lane)
{
    struct purchase *p = calloc(1, sizeof(*p));
    struct turn *turn = p ? turn_new(TURN_REQUEST, kept, p) : NULL;
    if (!turn) {
        free(p);
        return NULL;
    }
    *p = (struct purchase){.lane = lane, .turn = turn};
    env_random(lane->pusher->config.env, p->nonce, sizeof(p->nonce));
    lane->is_buying = true;
    lane_call_add(lane, &p->call, purchase_drop);
    return p;
}

static void purchase_send(struct purchase *p, const struct http_request *request)
{
    const struct pusher_config *config = &p->lane->pusher->config;
    const struct env_call call = {
        .request = *request, .timeout_us = TIMEOUT_US, .private_ok = config->private_ok};
    config->env->ops->http(config->env, &call, bought, p);
}

void lane_token(struct lane *lane)
{
    const struct channel_config *c = buyer(lane);
    int64_t now = lane_now(lane);
    if (!c || lane->is_buying || due_us(lane, c) > now || now < lane->blocked_until_us) {
        return;
    }
    struct purchase *p = purchase_new(lane);
    struct http_request request;
    if (!p) {
        return; /* the next look tries again */
    }
    const struct step step = {.now_us = now, .nonce = p->nonce};
    if (c->connector->build_token(&c->account, &step, &p->turn->arena, &request)) {
        purchase_free(p);
        lane->is_buying = false;
        lane->token_not_before_us = now + RETRY_MAX_US;
        if (lane->is_token_refused) { /* and there is nothing to buy another with */
            lane->is_token_refused = false;
            lane->is_token_reported = true;
            lane_notice(lane,
                        "TOKEN",
                        "A channel refuses our access token",
                        SLICE("It was revoked or has ended, and there are no lasting credentials "
                              "that buy another one."),
                        "Connect the channel again: truecount channel connect. Pushes are kept "
                        "and sent then.");
        }
        return;
    }
    purchase_send(p, &request);
}

/* ---- what a person brought back ---- */

static bool is_state_right(const struct lane *lane, struct slice query, struct arena *arena)
{
    const struct channel_config *c = lane_config(lane);
    bool is_awaited = lane->consent_state[0] && lane_now(lane) < lane->consent_until_us;
    struct slice state;
    if (!is_awaited || !http_query_get(query, "state", arena, &state)) {
        return is_awaited && c && c->connector->semantics.returns_without_state;
    }
    return crypto_equal(state, slice_of(lane->consent_state));
}

/* The platform posted the secrets themselves. */
static void keep_secrets(struct purchase *p, const struct channel_config *c, struct slice body)
{
    struct turn *turn = p->turn;
    struct lane *lane = p->lane;
    struct slice *args = ARENA_ARRAY(&turn->arena, 2, struct slice);
    struct err_note note = {""};
    enum err e = args ? c->connector->take_secrets(
                            &c->account, body, lane->pusher->parser, &turn->arena, &args[1], &note)
                      : ERR_LIMIT;
    turn->args = args;
    turn->channel = lane->channel;
    turn->run = request_channel_learn;
    if (e || !engine_submit(lane->pusher->config.engine, turn)) {
        tell_person(p, e && note.text[0] ? note.text : "the keys could not be kept: try again");
        purchase_free(p);
        lane->is_buying = false;
    }
}

static void pay_with_code(struct purchase *p, const struct channel_config *c, struct slice query)
{
    struct lane *lane = p->lane;
    struct arena *arena = &p->turn->arena;
    struct http_request request;
    const struct step step = {.now_us = lane_now(lane),
                              .nonce = p->nonce,
                              .state = slice_of(lane->consent_state),
                              .redirect_uri = lane_redirect_uri(lane, c, arena)};
    enum err e =
        c->connector->build_code(&c->account, arena_copy(arena, query), &step, arena, &request);
    if (e) {
        tell_person(p,
                    e == ERR_AUTH ? "what the platform sent back is not genuine, or it was refused"
                                  : "the platform sent back no code: it was not allowed");
        purchase_free(p);
        lane->is_buying = false;
        return;
    }
    purchase_send(p, &request);
}

void pusher_consent(struct pusher *pusher,
                    struct channel_id channel,
                    struct slice query,
                    struct slice body,
                    pusher_consent_fn *fn,
                    void *arg)
{
    struct lane *lane = pusher_lane(pusher, channel);
    const struct channel_config *c = lane ? lane_config(lane) : NULL;
    ON_EXIT(arena_free) struct arena scratch;
    arena_init(&scratch, (size_t)1024 * 1024);
    bool takes = c && !c->account_error &&
                 (body.n ? c->connector->take_secrets != NULL : c->connector->build_code != NULL);
    if (!takes || !is_state_right(lane, query, &scratch)) {
        fn(arg, "nobody is connecting this channel now: begin with truecount channel connect");
        return;
    }
    struct purchase *p = lane->is_buying ? NULL : purchase_new(lane);
    if (!p) {
        fn(arg, "a token is being bought already: try again in a minute");
        return;
    }
    p->is_code = true;
    p->fn = fn;
    p->arg = arg;
    if (body.n) {
        keep_secrets(p, c, body);
    } else {
        pay_with_code(p, c, query);
    }
}
