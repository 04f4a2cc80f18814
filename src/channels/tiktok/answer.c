/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every answer says, whatever was asked. The envelope's code decides; the status of HTTP only
 * where there is no envelope, or where the two contradict each other: then something before the API
 * had its hands in it.
 */
#include "channels/reply.h"
#include "channels/tiktok/tiktok.h"

#define REASON_MAX 200

enum code_kind {
    KIND_THROTTLED,
    KIND_TOKEN, /* another access token may do */
    KIND_SCOPE, /* the seller has to allow it */
    KIND_SETUP, /* the app's or the shop's settings: no token and no row is at fault */
    KIND_MAYBE, /* TikTok's own fault, at a moment it does not tell */
};

static const struct known_code {
    int64_t code;
    enum code_kind kind;
    const char *what;
} known_codes[] = {
    {36009002, KIND_THROTTLED, NULL},
    {12052109, KIND_THROTTLED, NULL},
    {105002, KIND_TOKEN, "the access token has expired"},
    {36009004, KIND_TOKEN, "the access token is not valid"},
    {101000, KIND_TOKEN, "the access token is another shop's or app's"},
    {105005, KIND_SCOPE, "the seller has not granted this right: allow the app again"},
    {106001,
     KIND_TOKEN,
     "the signature is refused: look at app_secret, and at this machine's clock"},
    {106013, KIND_SETUP, "shop_cipher is missing: connect the channel"},
    {12000000, KIND_SETUP, "shop_cipher is refused: connect the channel again"},
    {36009033, KIND_SETUP, "this machine's address is not on the app's list of allowed addresses"},
    {36009043, KIND_SETUP, "the shop is disabled: see Seller Center"},
    {36009044, KIND_SETUP, "the seller's account is disabled: see Seller Center"},
    {36009009, KIND_SETUP, "the API does not know this path"},
    {36009010, KIND_SETUP, "the API does not know this method"},
    {36009014, KIND_SETUP, "the API no longer has this version"},
    {36009022, KIND_SETUP, "the API wants another content type"},
    {36009023, KIND_SETUP, "the API wants another content type"},
    {36009003, KIND_MAYBE, "TikTok's internal error"},
    {36009007, KIND_MAYBE, "TikTok's own time-out"},
};

/* Codes that no row of a request is at fault for, though we do not know them one by one. */
static const struct {
    int64_t from, to;
    struct known_code code;
} known_ranges[] = {
    {105000, 105999, {0, KIND_TOKEN, "the access token is refused"}},
    {106000, 106999, {0, KIND_SETUP, "the request is not signed or addressed as it must be"}},
    {36009000, 36009999, {0, KIND_SETUP, "refused before the API looked at it"}},
};

static const struct known_code *code_find(int64_t code)
{
    for (size_t i = 0; i < COUNT_OF(known_codes); i++) {
        if (known_codes[i].code == code) {
            return &known_codes[i];
        }
    }
    for (size_t i = 0; i < COUNT_OF(known_ranges); i++) {
        if (code >= known_ranges[i].from && code <= known_ranges[i].to) {
            return &known_ranges[i].code;
        }
    }
    return NULL;
}

enum tt_verdict tt_code_verdict(int64_t code)
{
    const struct known_code *known = code_find(code);

    if (!known) {
        return code == 0 ? TT_DONE : TT_REFUSED;
    }
    return known->kind == KIND_MAYBE ? TT_MAYBE : TT_LATER;
}

bool tt_code_is_scope(int64_t code)
{
    const struct known_code *known = code_find(code);

    return known && known->kind == KIND_SCOPE;
}

static bool is_throttle(int64_t code)
{
    const struct known_code *known = code_find(code);

    return known && known->kind == KIND_THROTTLED;
}

/* Cut at a character's beginning: the reason is shown to people. */
static struct slice bounded(struct slice text, size_t max)
{
    if (text.n <= max) {
        return text;
    }
    size_t n = max;
    while (n > 0 && ((unsigned char)text.p[n] & 0xC0) == 0x80) {
        n--;
    }
    return (struct slice){text.p, n};
}

struct slice tt_error_text(int64_t code, struct slice message, struct arena *arena)
{
    const struct known_code *known = code_find(code);
    struct slice said = bounded(message, REASON_MAX);
    struct slice text = {0};

    if (known && known->what) {
        text = arena_printf(
            arena, "%" PRId64 " %s (%.*s)", code, known->what, (int)said.n, said.p ? said.p : "");
    } else {
        text = arena_printf(arena, "%" PRId64 " %.*s", code, (int)said.n, said.p ? said.p : "");
    }
    return text.n ? text : SLICE("an answer that cannot be kept");
}

/* The status of an answer that holds no envelope. */
static enum tt_verdict status_verdict(int status)
{
    bool is_before_effect = (status >= 300 && status <= 499 && status != 408);

    return is_before_effect ? TT_LATER : TT_MAYBE;
}

static void signal_of(const struct tt_answer *answer, int status, struct channel_signal *signal)
{
    const struct known_code *known = code_find(answer->code);

    if (answer->code >= 0) {
        /* The API itself answered: 403 says nothing more of the token than its code does. */
        signal->unauthorised =
            status == 401 || (known && (known->kind == KIND_TOKEN || known->kind == KIND_SCOPE));
    } else if (status == 403) {
        signal->unauthorised = false; /* a firewall's page says nothing of the token */
    }
    signal->down = status == 503 ||
                   (answer->verdict != TT_REFUSED && !signal->unauthorised && !signal->throttled);
    signal->reason = answer->reason;
}

struct tt_answer tt_answer_read(const struct http_response *response,
                                struct json_doc *doc,
                                struct arena *arena,
                                struct channel_signal *out_signal)
{
    struct tt_answer answer = {.code = -1};
    struct json root = {0};
    struct err_note note;
    struct slice message = {0};
    int status = response->status;
    int64_t code = 0;
    bool is_2xx = status >= 200 && status <= 299;

    reply_read(response, arena, out_signal);
    bool is_envelope = json_parse(doc, response->body, &root, &note) == ERR_OK &&
                       json_int_loose(json_get(root, "code"), &code) && code >= 0;
    if (is_envelope && (is_2xx || (code != 0 && status >= 300))) {
        answer.code = code;
    }
    if (answer.code == 0) {
        answer.data = json_get(root, "data");
        return answer;
    }
    if (answer.code < 0) {
        answer.verdict = status_verdict(status);
        answer.reason =
            arena_printf(arena,
                         "HTTP %d without the API's JSON: a proxy, an outage, or another address "
                         "than the API's",
                         status);
    } else {
        json_text(json_get(root, "message"), &message);
        answer.verdict = tt_code_verdict(code);
        /* A refusal that comes with 5xx is none: the server broke, whatever it says. */
        if (answer.verdict == TT_REFUSED && status >= 500) {
            answer.verdict = TT_MAYBE;
        } else if (answer.verdict == TT_REFUSED && (status == 401 || status == 429)) {
            answer.verdict = TT_LATER;
        }
        answer.reason = tt_error_text(code, message, arena);
        if (is_throttle(code)) { /* whatever its status, Retry-After is meant */
            struct http_response slow = *response;
            slow.status = 429;
            reply_read(&slow, arena, out_signal);
        }
    }
    if (!answer.reason.n) {
        answer.reason = SLICE("an answer that cannot be kept");
    }
    signal_of(&answer, status, out_signal);
    return answer;
}

enum err tt_answer_fault(const struct tt_answer *answer,
                         const struct channel_signal *signal,
                         struct err_note *note)
{
    enum err e = ERR_NET; /* a read has no effect: it is simply asked again */

    if (signal->unauthorised) {
        e = ERR_AUTH;
    } else if (signal->throttled) {
        e = ERR_THROTTLED;
    } else if (answer->verdict == TT_REFUSED) {
        e = ERR_USAGE;
    }
    return err_note(note, e, "%.*s", SLICE_ARG(answer->reason));
}
