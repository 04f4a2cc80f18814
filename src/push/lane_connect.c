/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connecting a channel: what its platform must know and allow, checked, and made so where we may.
 *
 *   CONSENT --a person came back, a token is kept--> TOKEN --there is one--> ASKING
 *   ASKING --the connector's exchange, what it found out is kept--> ADDRESS
 *   ADDRESS --our own public address led back to us--> HEARING --a delivery came, or not--> ENDING
 *
 * Each check is shown by the job as it is made. A state that has nothing to do is passed over. What
 * is connected is looked at again every few hours, without a job: subscriptions that the platform
 * switched off are made anew.
 */
#include "base/crypto.h"
#include "base/json_write.h"
#include "base/times.h"
#include "engine/connect.h"
#include "push/connect_checks.h"
#include "push/lane.h"

#define CONSENT_US (1800 * US_PER_S) /* a person has so long */
#define TOKEN_US (60 * US_PER_S)
#define HEARING_US (10 * US_PER_S)
#define STEPS_MAX 60 /* requests of the connector's exchange */
#define TRIES_MAX 5
#define CALL_TIMEOUT_US (30 * US_PER_S)
#define LOOK_FIRST_US (60 * US_PER_S) /* after a start */
#define LOOK_EVERY_US (INT64_C(6) * 3600 * US_PER_S)
#define RESULT_MAX ((size_t)256 * 1024)

enum connect_phase { CONSENT, TOKEN, ASKING, KEEPING, ADDRESS, HEARING, ENDING };

struct connecting {
    struct lane *lane;
    struct connect_order order; /* job 0: a look, nobody waits for it */
    enum connect_phase phase;
    bool is_busy;       /* a call or a turn is under way */
    struct arena arena; /* of the call or turn */
    struct connect_checks checks;
    char open[2048]; /* the address of consent; "" none */
    struct buf cursor;
    struct buf settings, secrets; /* found out, not kept yet */
    int steps, tries;
    uint8_t nonce[16]; /* of the present request */
    int64_t begun_us, until_us, not_before_us;
    struct err_note error;
};

static void say(struct connecting *k, enum connect_state state, const char *what, struct slice how)
{
    connect_checks_say(&k->checks, state, what, how);
}

static void enter(struct connecting *k, enum connect_phase phase, int64_t lasts_us)
{
    k->phase = phase;
    k->until_us = lane_now(k->lane) + lasts_us;
    k->not_before_us = 0;
    k->tries = 0;
}

static void wrong(struct connecting *k, const char *what, const char *how)
{
    connect_checks_take_back(&k->checks);
    say(k, CONNECT_WRONG, what, slice_of(how));
    enter(k, ENDING, 0);
}

void lane_connect_free(struct lane *lane)
{
    struct connecting *k = lane->connecting;
    lane->connecting = NULL;
    if (k) {
        arena_free(&k->arena);
        connect_checks_free(&k->checks);
        buf_free(&k->cursor);
        crypto_wipe(k->secrets.p, k->secrets.p ? k->secrets.n : 0);
        buf_free(&k->secrets);
        buf_free(&k->settings);
        free(k);
    }
}

/* ---- the job ---- */

static struct slice result_text(const struct connecting *k, struct arena *arena)
{
    ON_EXIT(buf_free) struct buf out;
    buf_init(&out, RESULT_MAX + 8192);
    struct json_writer w = json_writer(&out);
    json_begin_object(&w);
    if (k->open[0]) {
        json_field_str(&w, "open", k->open);
    } else {
        json_field_null(&w, "open");
    }
    json_key(&w, "checks");
    struct slice rows = buf_view(&k->checks.rows);
    json_put_raw(&w, arena_printf(arena, "[%.*s]", (int)rows.n, rows.p ? rows.p : ""));
    json_end_object(&w);
    return out.overflow ? (struct slice){0} : arena_copy(arena, buf_view(&out));
}

static void told(struct turn *turn)
{
    const struct connect_step *step = turn->owner;
    struct connecting *k = step->owner;
    struct lane *lane = k->lane;
    bool is_over = turn->status == 409 || (step->is_end && !turn->err);
    k->is_busy = false;
    if (turn->err) {
        k->checks.is_unsaid = true;
        k->not_before_us = lane_now(lane) + US_PER_S;
    }
    turn_free(turn);
    if (is_over) {
        lane_connect_free(lane);
    }
    lane_pump(lane);
}

/* Shows what is known so far. False: not now. */
static bool tell(struct connecting *k, bool is_end)
{
    if (k->order.job == 0) {
        k->checks.is_unsaid = false;
        return false;
    }
    struct turn *turn = turn_new(TURN_REQUEST, told, NULL);
    struct connect_step *step = turn ? ARENA_NEW(&turn->arena, struct connect_step) : NULL;
    if (!step) {
        turn_free(turn);
        return false;
    }
    *step = (struct connect_step){.owner = k,
                                  .job = k->order.job,
                                  .checks = k->checks.count,
                                  .result = result_text(k, &turn->arena),
                                  .is_end = is_end,
                                  .error = slice_of(k->error.text)};
    turn->owner = step;
    turn->run = request_connect_step;
    k->is_busy = step->result.n && engine_submit(k->lane->pusher->config.engine, turn);
    k->checks.is_unsaid = !k->is_busy;
    if (!k->is_busy) {
        turn_free(turn);
    }
    return k->is_busy;
}

/* ---- consent and token ---- */

static void begin_consent(struct connecting *k, const struct channel_config *c)
{
    struct lane *lane = k->lane;
    struct slice url = {0};
    uint8_t random[16];
    if (!c->connector->consent_url) {
        wrong(k, "credentials", "a secret is missing: see docs/channels for where it is found");
        return;
    }
    env_random(lane->pusher->config.env, random, sizeof(random));
    arena_clear(&k->arena);
    struct slice state = hex_encode(&k->arena, (struct slice){(const char *)random, 16});
    (void)snprintf(lane->consent_state, sizeof(lane->consent_state), "%.*s", SLICE_ARG(state));
    lane->consent_until_us = lane_now(lane) + CONSENT_US;
    const struct step step = {.now_us = lane_now(lane),
                              .redirect_uri = lane_redirect_uri(lane, c, &k->arena),
                              .state = state};
    struct err_note note = {""};
    if (c->connector->consent_url(&c->account, &step, &k->arena, &url, &note) ||
        url.n >= sizeof(k->open)) {
        wrong(k, "consent", note.text[0] ? note.text : "the address of consent is too long");
        return;
    }
    (void)snprintf(k->open, sizeof(k->open), "%.*s", SLICE_ARG(url));
    say(k,
        CONNECT_BY_HAND,
        "consent",
        SLICE("open the address in a browser, where the shop's owner is signed in, and allow it; "
              "it goes on by itself then"));
    k->until_us = lane->consent_until_us;
}

static void await_consent(struct connecting *k, const struct channel_config *c)
{
    if (!c->account.needs_consent) {
        if (k->open[0]) {
            say(k, CONNECT_OK, "consent", SLICE("given"));
        }
        k->open[0] = 0;
        enter(k, TOKEN, TOKEN_US);
    } else if (!k->open[0]) {
        begin_consent(k, c);
    } else if (lane_now(k->lane) >= k->until_us) {
        k->open[0] = 0;
        wrong(k, "consent", "nobody allowed it within half an hour: connect again");
    }
}

static void await_token(struct connecting *k, const struct channel_config *c)
{
    const struct lane *lane = k->lane;
    const char *none = "the platform sells us no access token";
    if (channel_has_credentials(c)) {
        connect_checks_answers(&k->checks);
        enter(k, ASKING, 0);
    } else if (lane->token_why[0]) {
        wrong(k, "credentials", lane->token_why);
    } else if (lane_now(lane) >= k->until_us) {
        wrong(k, "credentials", lane->token_trouble[0] ? lane->token_trouble : none);
    } else if (lane->token_trouble[0] && !k->checks.is_trying) {
        connect_checks_trying(&k->checks, c->account.base_url, lane->token_trouble);
    }
}

/* ---- the connector's exchange ---- */

static struct step step_of(struct connecting *k, const struct channel_config *c)
{
    const struct lane *lane = k->lane;
    return (struct step){
        .now_us = lane_now(lane),
        .nonce = k->nonce,
        .cursor = arena_copy(&k->arena, buf_view(&k->cursor)),
        .hooks_url = arena_printf(
            &k->arena, "%s/hooks/%.*s", lane->pusher->public_url, SLICE_ARG(c->row.code)),
        .redirect_uri = lane_redirect_uri(lane, c, &k->arena)};
}

static void learned(struct turn *turn)
{
    struct connecting *k = turn->owner;
    struct lane *lane = k->lane;
    k->is_busy = false;
    if (turn->err) {
        k->not_before_us = lane_now(lane) + US_PER_S;
    } else {
        if (turn->status != 200) {
            say(k, CONNECT_WRONG, "settings", slice_of(turn->note.text));
        }
        buf_clear(&k->settings);
        crypto_wipe(k->secrets.p, k->secrets.p ? k->secrets.n : 0);
        buf_clear(&k->secrets);
        if (k->phase == KEEPING) {
            enter(k, ASKING, 0);
        }
    }
    turn_free(turn);
    lane_pump(lane);
}

/* What was found out is kept before anything is built on it. */
static void learn(struct connecting *k)
{
    struct turn *turn = turn_new(TURN_REQUEST, learned, k);
    struct slice *args = turn ? ARENA_ARRAY(&turn->arena, 2, struct slice) : NULL;
    if (args) {
        args[0] = arena_copy(&turn->arena, buf_view(&k->settings));
        args[1] = arena_copy(&turn->arena, buf_view(&k->secrets));
        turn->args = args;
        turn->channel = k->lane->channel;
        turn->run = request_channel_learn;
        k->is_busy = engine_submit(k->lane->pusher->config.engine, turn);
    }
    if (!k->is_busy) {
        turn_free(turn);
        k->not_before_us = lane_now(k->lane) + US_PER_S;
    }
}

static void take_report(struct connecting *k, const struct connect_report *report)
{
    for (size_t i = 0; i < report->checks_count; i++) {
        const struct connect_check *check = &report->checks[i];
        say(k, check->state, check->what, check->detail);
    }
    buf_slice(&k->settings, report->settings);
    buf_slice(&k->secrets, report->secrets);
}

static void
ask_failed(struct connecting *k, const struct channel_config *c, bool may_pass, const char *why)
{
    why = why[0] ? why : "the platform gave no usable answer";
    if (!may_pass || !c) {
        wrong(k, "connection", why);
        return;
    }
    connect_checks_trying(&k->checks, c->account.base_url, why);
    if (++k->tries < TRIES_MAX) {
        k->not_before_us = lane_now(k->lane) + (US_PER_S << k->tries);
        (void)tell(k, false); /* now: until then nothing else is done */
    } else {
        connect_checks_give_up(&k->checks);
        enter(k, ENDING, 0);
    }
}

static void ask_answered(void *arg, const struct env_reply *reply)
{
    struct connecting *k = arg;
    struct lane *lane = k->lane;
    const struct channel_config *c = lane_channel(lane);
    struct channel_signal signal = SIGNAL_NONE;
    struct connect_report report = {0};
    struct err_note note = reply->note;
    enum err e = reply->err;
    k->is_busy = false;
    lane->open--;
    lane->pusher->figures.open--;
    if (!e && c) {
        const struct step step = step_of(k, c);
        e = c->connector->read_connect(&c->account,
                                       &step,
                                       &reply->response,
                                       lane->pusher->parser,
                                       &k->arena,
                                       &report,
                                       &signal,
                                       &note);
    }
    lane_learn(lane, CALL_ORDER, reply, &signal, e == ERR_OK);
    if (e) {
        bool may_pass = reply->err || signal.throttled || signal.down;
        connect_checks_take_back(&k->checks);
        take_report(k, &report);
        ask_failed(k, c, may_pass, note.text);
    } else if (c) {
        connect_checks_answers(&k->checks);
        k->tries = 0;
        take_report(k, &report);
        buf_clear(&k->cursor);
        buf_slice(&k->cursor, signal.next.is_wanted ? signal.next.cursor : (struct slice){0});
        k->not_before_us = lane_now(lane) + signal.next.after_us;
        bool is_last = k->cursor.n == 0 || ++k->steps >= STEPS_MAX;
        if (is_last) {
            enter(k, ADDRESS, 0);
        }
        if (k->settings.n || k->secrets.n) {
            k->phase = is_last ? ADDRESS : KEEPING;
            learn(k);
        }
    }
    lane_pump(lane);
}

static void ask(struct connecting *k, const struct channel_config *c)
{
    struct lane *lane = k->lane;
    if (!c->connector->build_connect) {
        enter(k, ADDRESS, 0);
        return;
    }
    if (!lane_may_call(lane, CALL_ORDER)) {
        k->not_before_us = lane_now(lane) + 100 * US_PER_MS;
        return;
    }
    arena_clear(&k->arena);
    struct http_request request;
    env_random(lane->pusher->config.env, k->nonce, sizeof(k->nonce));
    const struct step step = step_of(k, c);
    enum err e = c->connector->build_connect(&c->account, &step, &k->arena, &request);
    if (e) {
        wrong(k, "connection", "a request could not be built from the settings");
        return;
    }
    k->is_busy = true;
    lane->open++;
    lane->pusher->figures.open++;
    const struct pusher_config *config = &lane->pusher->config;
    const struct env_call call = {
        .request = request, .timeout_us = CALL_TIMEOUT_US, .private_ok = config->private_ok};
    config->env->ops->http(config->env, &call, ask_answered, k);
}

/* ---- our own address, and what comes there ---- */

static bool has_queue(const struct channel_config *c)
{
    return c->connector->receives && c->connector->receives(&c->account);
}

static void address_answered(void *arg, const struct env_reply *reply)
{
    struct connecting *k = arg;
    struct lane *lane = k->lane;
    const struct channel_config *c = lane_config(lane);
    ON_EXIT(arena_free) struct arena arena;
    arena_init(&arena, (size_t)64 * 1024);
    struct slice proof =
        hook_proof(&lane->pusher->config.vault, slice_of(lane->address_text), &arena);
    k->is_busy = false;
    bool is_us = !reply->err && reply->response.status == 200 && proof.n &&
                 memmem(reply->response.body.p, reply->response.body.n, proof.p, proof.n) != NULL;
    if (is_us) {
        say(k, CONNECT_OK, "public address", SLICE("it leads to this server"));
    } else if (c) {
        say(k,
            CONNECT_WRONG,
            "public address",
            arena_printf(
                &arena,
                "%s/hooks/%.*s does not lead to this server (%s): see that --public-url is "
                "what the reverse proxy in front serves",
                lane->pusher->public_url,
                SLICE_ARG(c->row.code),
                reply->err ? reply->note.text : "something else answered"));
    }
    enter(k, HEARING, HEARING_US);
    lane_pump(lane);
}

static void check_address(struct connecting *k, const struct channel_config *c)
{
    struct lane *lane = k->lane;
    const struct pusher *pusher = lane->pusher;
    if (has_queue(c)) {
        enter(k, HEARING, HEARING_US);
        return;
    }
    if (!pusher->is_public) {
        say(k,
            CONNECT_BY_HAND,
            "public address",
            arena_printf(&k->arena,
                         "start truecount serve with --public-url https://YOUR.HOST and connect "
                         "again: deliveries go to %s/hooks/%.*s now, which only this machine "
                         "reaches",
                         pusher->public_url,
                         SLICE_ARG(c->row.code)));
        enter(k, HEARING, HEARING_US);
        return;
    }
    uint8_t random[16];
    env_random(pusher->config.env, random, sizeof(random));
    arena_clear(&k->arena);
    struct slice text = hex_encode(&k->arena, (struct slice){(const char *)random, 16});
    (void)snprintf(lane->address_text, sizeof(lane->address_text), "%.*s", SLICE_ARG(text));
    const struct http_request request = {.method = SLICE("GET"),
                                         .url = arena_printf(&k->arena,
                                                             "%s/hooks/%.*s?truecount=%s",
                                                             pusher->public_url,
                                                             SLICE_ARG(c->row.code),
                                                             lane->address_text)};
    k->is_busy = true;
    const struct env_call call = {
        .request = request, .timeout_us = 10 * US_PER_S, .private_ok = pusher->config.private_ok};
    pusher->config.env->ops->http(pusher->config.env, &call, address_answered, k);
}

static void hear(struct connecting *k, const struct channel_config *c)
{
    struct lane *lane = k->lane;
    char at[TIME_TEXT_MAX];
    if (k->order.job == 0) { /* a look: nobody places a test order */
        enter(k, ENDING, 0);
        return;
    }
    if (lane->heard_us >= k->begun_us) {
        struct slice time = time_format(lane->heard_us, at);
        say(k,
            CONNECT_OK,
            "deliveries",
            arena_printf(&k->arena, "one came at %.*s", SLICE_ARG(time)));
    } else if (lane_now(lane) < k->until_us) {
        k->not_before_us = k->until_us;
        return;
    } else {
        say(k,
            CONNECT_BY_HAND,
            "deliveries",
            arena_printf(&k->arena,
                         "none has come since: place a test order, and look with GET "
                         "/v1/deliveries?channel=%.*s",
                         SLICE_ARG(c->row.code)));
    }
    struct slice now = time_format(lane_now(lane), at);
    buf_printf(&k->settings, "{\"connected_at\":\"%.*s\"}", SLICE_ARG(now));
    enter(k, ENDING, 0);
}

/* ---- the lane's side ---- */

/* Of a look only what changed matters. */
static void report_look(struct connecting *k)
{
    if (k->checks.is_wrong || k->checks.has_made) {
        lane_notice(k->lane,
                    "SUBSCRIPTION-DEAD",
                    k->checks.is_wrong ? "A channel's connection is not as it must be"
                                       : "A channel's subscriptions were gone, and are made anew",
                    buf_view(&k->checks.rows),
                    "Connect the channel again (truecount channel connect) and do what it says. "
                    "Orders that were missed meanwhile are read by themselves.");
    } else {
        lane_notice_close(k->lane, "SUBSCRIPTION-DEAD");
    }
}

static void end(struct connecting *k)
{
    if (k->settings.n && !k->checks.is_wrong && k->order.job) {
        learn(k); /* connected_at: from now on it is looked at again */
    } else if (k->order.job == 0) {
        report_look(k);
        lane_connect_free(k->lane);
    } else if (!tell(k, true)) {
        k->not_before_us = lane_now(k->lane) + US_PER_S;
    }
}

static void carry_on(struct connecting *k, const struct channel_config *c)
{
    switch (k->phase) {
    case CONSENT:
        await_consent(k, c);
        return;
    case TOKEN:
        await_token(k, c);
        return;
    case KEEPING:
        if (k->settings.n || k->secrets.n) {
            learn(k);
        }
        return;
    case ASKING:
        ask(k, c);
        return;
    case ADDRESS:
        if (k->settings.n || k->secrets.n) {
            learn(k);
        } else {
            check_address(k, c);
        }
        return;
    case HEARING:
        hear(k, c);
        return;
    case ENDING:
        end(k);
        return;
    }
}

static struct connecting *connecting_new(struct lane *lane, const struct connect_order *order)
{
    struct connecting *k = calloc(1, sizeof(*k));
    if (k) {
        k->lane = lane;
        k->order = *order;
        k->begun_us = lane_now(lane);
        arena_init(&k->arena, (size_t)16 * 1024 * 1024);
        connect_checks_init(&k->checks, RESULT_MAX);
        buf_init(&k->cursor, (size_t)64 * 1024);
        buf_init(&k->settings, (size_t)64 * 1024);
        buf_init(&k->secrets, (size_t)64 * 1024);
    }
    return k;
}

static void look_again(struct lane *lane, const struct channel_config *c)
{
    if (lane->next_look_us == 0) {
        lane->next_look_us = lane_now(lane) + LOOK_FIRST_US;
    }
    if (!lane->connecting && c->is_connected && lane_now(lane) >= lane->next_look_us) {
        const struct connect_order look = {.channel = lane->channel};
        lane->next_look_us = lane_now(lane) + LOOK_EVERY_US;
        lane->connecting = connecting_new(lane, &look);
        if (lane->connecting) {
            enter(lane->connecting, TOKEN, TOKEN_US);
        }
    }
}

void lane_connect(struct lane *lane)
{
    const struct channel_config *c = lane_config(lane);
    if (c) {
        look_again(lane, c);
    }
    for (struct connecting *k = lane->connecting; k; k = lane->connecting) {
        enum connect_phase before = k->phase;
        if (k->is_busy || lane_now(lane) < k->not_before_us) {
            return;
        }
        if (!c || c->account_error || c->row.mode == MODE_OFF) {
            err_note(&k->error, ERR_NOT_FOUND, "the channel is off, or its settings do not do");
            k->settings.n = 0;
            k->phase = ENDING;
        }
        if (k->checks.is_unsaid && k->phase != ENDING && tell(k, false)) {
            return;
        }
        carry_on(k, c);
        if (lane->connecting != k || k->is_busy || k->phase == before) {
            return;
        }
    }
}

int64_t lane_connect_due(const struct lane *lane)
{
    const struct connecting *k = lane->connecting;
    int64_t now = lane_now(lane);
    if (!k) { /* only what was connected is looked at again */
        const struct channel_config *c = lane_config(lane);
        return c && c->is_connected ? lane->next_look_us : 0;
    }
    if (k->is_busy) { /* its answer wakes us */
        return 0;
    }
    if (k->phase == CONSENT || k->phase == TOKEN) {
        return k->checks.is_unsaid ? now : k->until_us; /* the configuration wakes us */
    }
    return k->not_before_us > now ? k->not_before_us : now;
}

struct slice
lane_redirect_uri(const struct lane *lane, const struct channel_config *c, struct arena *arena)
{
    return arena_printf(arena, "%s/connect/%.*s", lane->pusher->public_url, SLICE_ARG(c->row.code));
}

void pusher_connect(struct pusher *pusher, const struct connect_order *order)
{
    struct lane *lane = pusher_lane(pusher, order->channel);
    if (!lane) {
        return; /* the next start marks the job as interrupted */
    }
    if (lane->connecting && lane->connecting->is_busy) {
        /* Its call or turn still points to it: it goes on for the new job, from the beginning. */
        lane->connecting->order = *order;
        lane->connecting->checks.is_unsaid = true;
        return;
    }
    lane_connect_free(lane);
    lane->token_why[0] = 0;
    lane->token_trouble[0] = 0;
    lane->token_not_before_us = 0;
    lane->connecting = connecting_new(lane, order);
    if (lane->connecting) {
        enter(lane->connecting, CONSENT, CONSENT_US);
    }
    pusher->config.env->ops->timer_set(lane->timer, 0);
}

void pusher_heard(struct pusher *pusher, struct channel_id channel, int64_t received_at_us)
{
    struct lane *lane = pusher_lane(pusher, channel);
    if (lane) {
        lane->heard_us = received_at_us;
        lane_hears(lane);
        if (lane->connecting && lane->connecting->phase == HEARING) {
            lane->connecting->not_before_us = 0;
            pusher->config.env->ops->timer_set(lane->timer, 0);
        }
    }
}
