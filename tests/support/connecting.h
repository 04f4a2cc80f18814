/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connecting - a whole exchange of connecting an account, driven as the server does it: built,
 * answered by a scripted platform, read, and on with the cursor that was left.
 */
#pragma once
#include "support/channel_fixture.h"

#define EXCHANGE_CALLS_MAX 64
#define EXCHANGE_CHECKS_MAX 200
#define EXCHANGE_NOW_US INT64_C(1795412731000000)

struct exchange {
    struct http_request requests[EXCHANGE_CALLS_MAX];
    size_t calls;
    struct connect_check checks[EXCHANGE_CHECKS_MAX];
    size_t checks_count;
    struct slice settings, secrets;
    enum err err;
    struct err_note note;
    struct channel_signal signal; /* of the last answer */
};

/* What the platform answers; fixture.doc is free for it. */
typedef struct http_response exchange_answer(const struct http_request *request);

static inline void exchange_run(const struct account *account,
                                const char *hooks_url,
                                exchange_answer *answer,
                                struct exchange *out)
{
    struct slice cursor = {0};

    *out = (struct exchange){0};
    for (bool more = true; more;) {
        uint8_t nonce[16] = {(uint8_t)(out->calls + 1)}; /* another one for every request */
        struct step step = {.now_us = EXCHANGE_NOW_US + (int64_t)out->calls,
                            .nonce = nonce,
                            .cursor = cursor,
                            .hooks_url = slice_of(hooks_url)};
        struct connect_report report = {0};
        assert_true(out->calls < EXCHANGE_CALLS_MAX);
        struct http_request *request = &out->requests[out->calls++];
        assert_int_equal(account->connector->build_connect(account, &step, &fixture.arena, request),
                         ERR_OK);
        struct http_response response = answer(request);
        out->signal = (struct channel_signal){.points_left = -1, .day_left = -1};
        out->err = account->connector->read_connect(account,
                                                    &step,
                                                    &response,
                                                    fixture.doc,
                                                    &fixture.arena,
                                                    &report,
                                                    &out->signal,
                                                    &out->note);
        for (size_t i = 0; i < report.checks_count; i++) {
            assert_true(out->checks_count < EXCHANGE_CHECKS_MAX);
            out->checks[out->checks_count++] = report.checks[i];
        }
        out->settings = report.settings.n ? report.settings : out->settings;
        out->secrets = report.secrets.n ? report.secrets : out->secrets;
        more = !out->err && out->signal.next.is_wanted;
        cursor = out->signal.next.cursor;
        assert_true(!more || (cursor.n > 0 && cursor.n <= 65536));
    }
}

/* The finding of that name; the last one when there are several. */
static inline const struct connect_check *exchange_check(const struct exchange *x, const char *what)
{
    for (size_t i = x->checks_count; i > 0; i--) {
        if (strcmp(x->checks[i - 1].what, what) == 0) {
            return &x->checks[i - 1];
        }
    }
    return NULL;
}

static inline void
exchange_found(const struct exchange *x, const char *what, enum connect_state state)
{
    const struct connect_check *check = exchange_check(x, what);
    if (!check) {
        fail_msg("nothing is said of %s", what);
        return;
    }
    if (check->state != state) {
        fail_msg("%s is %d, not %d: %.*s",
                 what,
                 (int)check->state,
                 (int)state,
                 SLICE_ARG(check->detail));
    }
    /* Who has to do something is told what. */
    if (state == CONNECT_WRONG || state == CONNECT_BY_HAND) {
        assert_true(check->detail.n > 20);
    }
}

static inline void exchange_says(const struct exchange *x, const char *what, const char *text)
{
    const struct connect_check *check = exchange_check(x, what);
    assert_non_null(check);
    if (!memmem(check->detail.p, check->detail.n, text, strlen(text))) {
        fail_msg("%s: '%.*s' does not say '%s'", what, SLICE_ARG(check->detail), text);
    }
}

static inline size_t exchange_count(const struct exchange *x, enum connect_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < x->checks_count; i++) {
        count += x->checks[i].state == state;
    }
    return count;
}
