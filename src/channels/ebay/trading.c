/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an answer of the Trading API says: HTTP 200 whatever became of the call, which the body's
 * Ack and Errors tell. Success and Warning are done, PartialFailure is done in part, Failure is not
 * done. A token that is refused and a limit that is reached are Failures with codes of their own.
 */
#include "base/buf.h"
#include "channels/ebay/ebay.h"
#include "channels/reply.h"

#define REASON_MAX 300
#define ERRORS_SHOWN 3
#define INTERNAL_ERROR 10007

/* The token is not valid, has expired, was revoked, or lacks the right. */
static const int64_t token_codes[] = {930, 931, 932, 16110, 17470, 21916984, 21917053};
#define CALLS_USED_UP 518
#define CALLS_TOO_FAST 21919144 /* of the seller, within seconds */

static bool is_about_token(int64_t code)
{
    for (size_t i = 0; i < COUNT_OF(token_codes); i++) {
        if (token_codes[i] == code) {
            return true;
        }
    }
    return false;
}

int64_t trading_error_code(const struct xml_node *error)
{
    int64_t code = 0;

    return slice_int(xml_text_of(error, "ErrorCode"), &code) ? code : 0;
}

bool trading_is_error(const struct xml_node *error)
{
    return !slice_is(xml_text_of(error, "SeverityCode"), "Warning");
}

struct slice trading_error_text(const struct xml_node *error, struct arena *arena)
{
    struct slice what = xml_text_of(error, "LongMessage");

    if (!what.n) {
        what = xml_text_of(error, "ShortMessage");
    }
    what = ebay_bounded(what, 200);
    return arena_printf(
        arena, "%" PRId64 " %.*s", trading_error_code(error), (int)what.n, what.p ? what.p : "");
}

static struct slice
errors_text(const struct xml_node *root, struct arena *arena, int64_t *out_first)
{
    ON_EXIT(buf_free) struct buf text;
    size_t shown = 0;

    buf_init(&text, (size_t)4 * REASON_MAX);
    *out_first = 0;
    for (const struct xml_node *error = xml_get(root, "Errors"); error && shown < ERRORS_SHOWN;
         error = xml_next(error)) {
        if (!trading_is_error(error)) {
            continue;
        }
        if (shown++) {
            buf_text(&text, "; ");
        } else {
            *out_first = trading_error_code(error);
        }
        buf_slice(&text, trading_error_text(error, arena));
    }
    return arena_copy(arena, ebay_bounded(buf_view(&text), REASON_MAX));
}

static enum ebay_verdict status_verdict(const struct http_response *response,
                                        struct channel_signal *signal)
{
    int status = response->status;

    if (status == 403) {
        signal->unauthorised = false; /* the API itself answers 200: this is a firewall's page */
    }
    signal->down = status == 503 || (!signal->unauthorised && !signal->throttled);
    return status < 300 || status >= 500 || status == 408 ? EBAY_MAYBE : EBAY_LATER;
}

/* The body of an answer that is eBay's own. */
static enum ebay_verdict
ack_verdict(struct trading_answer *answer, struct arena *arena, struct channel_signal *signal)
{
    struct slice ack = xml_text_of(answer->root, "Ack");

    answer->reason = errors_text(answer->root, arena, &answer->error);
    if (slice_is(ack, "Success") || slice_is(ack, "Warning")) {
        return EBAY_DONE;
    }
    if (slice_is(ack, "PartialFailure")) {
        answer->is_partial = true;
        return EBAY_DONE;
    }
    if (!slice_is(ack, "Failure")) {
        answer->reason = SLICE("an answer without a verdict (Ack)");
        signal->down = true;
        return EBAY_MAYBE;
    }
    if (is_about_token(answer->error)) {
        signal->unauthorised = true;
        return EBAY_LATER;
    }
    if (answer->error == CALLS_USED_UP || answer->error == CALLS_TOO_FAST) {
        signal->throttled = true;
        return EBAY_LATER;
    }
    bool is_system = slice_is(
        xml_text(xml_path(answer->root, "Errors", "ErrorClassification", NULL)), "SystemError");
    if (is_system || answer->error == INTERNAL_ERROR) {
        signal->down = true;
        return EBAY_MAYBE;
    }
    return EBAY_REFUSED;
}

struct trading_answer trading_answer_read(const struct http_response *response,
                                          struct arena *arena,
                                          struct channel_signal *out_signal)
{
    struct trading_answer answer = {0};

    reply_read(response, arena, out_signal);
    if (response->status < 200 || response->status > 299) {
        answer.verdict = status_verdict(response, out_signal);
        answer.reason = arena_printf(arena, "HTTP %d of the Trading API", response->status);
    } else if (xml_parse(response->body, arena, &answer.root)) {
        answer.root = NULL;
        answer.verdict = EBAY_MAYBE;
        answer.reason = SLICE("the answer is not the Trading API's XML: a proxy or an outage");
        out_signal->down = true;
    } else {
        answer.verdict = ack_verdict(&answer, arena, out_signal);
    }
    if (answer.verdict != EBAY_DONE) {
        if (!answer.reason.n) {
            answer.reason = SLICE("a failure without a reason");
        }
        out_signal->reason = answer.reason;
    }
    return answer;
}

static bool units_read(struct slice text, int64_t *out)
{
    return slice_int(text, out) && *out >= -QTY_MAX && *out <= QTY_MAX;
}

/* Quantity alone counts what was ever put up for sale; sold units stay in it. */
bool trading_available(const struct xml_node *item, int64_t *out)
{
    int64_t quantity = 0;
    int64_t sold = 0;

    if (units_read(xml_text_of(item, "QuantityAvailable"), &quantity)) {
        *out = quantity;
        return true;
    }
    if (!units_read(xml_text_of(item, "Quantity"), &quantity)) {
        return false;
    }
    struct slice sold_text = xml_text(xml_path(item, "SellingStatus", "QuantitySold", NULL));
    if (sold_text.n && !units_read(sold_text, &sold)) {
        return false;
    }
    *out = quantity - sold;
    return true;
}
