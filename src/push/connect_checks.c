/* SPDX-License-Identifier: Apache-2.0 */
#include "push/connect_checks.h"

#include "base/json_write.h"

#define URL_SHOWN 200

void connect_checks_init(struct connect_checks *checks, size_t bytes_max)
{
    *checks = (struct connect_checks){0};
    buf_init(&checks->rows, bytes_max);
}

void connect_checks_free(struct connect_checks *checks)
{
    buf_free(&checks->rows);
}

static const char *state_text(enum connect_state state)
{
    static const char *const texts[] = {[CONNECT_OK] = "ok",
                                        [CONNECT_MADE] = "made",
                                        [CONNECT_BY_HAND] = "by_hand",
                                        [CONNECT_WRONG] = "wrong"};
    must((size_t)state < COUNT_OF(texts));
    return texts[state];
}

static void row_add(struct connect_checks *checks,
                    enum connect_state state,
                    const char *what,
                    struct slice detail)
{
    if (checks->count) {
        buf_char(&checks->rows, ',');
    }
    struct json_writer w = json_writer(&checks->rows);
    json_begin_object(&w);
    json_field_str(&w, "what", what);
    json_field_str(&w, "state", state_text(state));
    json_field_text(&w, "detail", detail);
    json_end_object(&w);
    checks->count++;
    checks->is_unsaid = true;
}

void connect_checks_say(struct connect_checks *checks,
                        enum connect_state state,
                        const char *what,
                        struct slice detail)
{
    row_add(checks, state, what, detail);
    checks->is_wrong |= state == CONNECT_WRONG;
    checks->has_made |= state == CONNECT_MADE;
}

void connect_checks_take_back(struct connect_checks *checks)
{
    if (checks->is_trying) {
        checks->is_trying = false;
        checks->rows.n = checks->trying_from;
        checks->count--;
    }
}

void connect_checks_trying(struct connect_checks *checks, struct slice base_url, const char *why)
{
    char text[1024];
    int shown = (int)(base_url.n < URL_SHOWN ? base_url.n : URL_SHOWN);
    connect_checks_take_back(checks);
    checks->is_trying = true;
    checks->trying_from = checks->rows.n;
    (void)snprintf(
        text,
        sizeof(text),
        "%.*s gives no usable answer (%s): see that it is the address of the shop's API, "
        "correctly spelt, and that this machine reaches it; if not, mend "
        "settings.base_url. It is tried again for half a minute to a minute",
        shown,
        base_url.p ? base_url.p : "",
        why);
    row_add(checks, CONNECT_WRONG, "connection", slice_of(text));
}

void connect_checks_answers(struct connect_checks *checks)
{
    if (checks->is_trying) {
        connect_checks_take_back(checks);
        connect_checks_say(
            checks, CONNECT_OK, "connection", SLICE("it answers now, after it had not"));
    }
}

void connect_checks_give_up(struct connect_checks *checks)
{
    checks->is_wrong |= checks->is_trying;
    checks->is_trying = false;
}
