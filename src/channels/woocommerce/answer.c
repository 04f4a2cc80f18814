/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/reply.h"
#include "channels/woocommerce/woo.h"

#define REASON_MAX 200

/* Cut at a character's beginning: the reason is shown to people. */
static struct slice bounded(struct slice text)
{
    if (text.n <= REASON_MAX) {
        return text;
    }
    size_t n = REASON_MAX;
    while (n > 0 && ((unsigned char)text.p[n] & 0xC0) == 0x80) {
        n--;
    }
    return (struct slice){text.p, n};
}

struct slice woo_error_text(struct json error, struct arena *arena)
{
    struct slice code = {0};
    struct slice message = {0};

    if (!json_text(json_get(error, "code"), &code) || code.n == 0) {
        return (struct slice){0};
    }
    code = bounded(code);
    json_text(json_get(error, "message"), &message);
    message = bounded(message);
    return arena_printf(
        arena, "%.*s%s%.*s", SLICE_ARG(code), message.n ? ": " : "", SLICE_ARG(message));
}

/* What an answer without the API's JSON means to the operator. */
static struct slice foreign_text(const struct http_response *response, struct arena *arena)
{
    struct slice to =
        bounded(http_header_get(response->headers, response->headers_count, "Location"));

    if (response->status >= 300 && response->status <= 399) {
        return arena_printf(arena,
                            "HTTP %d to %.*s: base_url must be the address the shop itself uses",
                            response->status,
                            SLICE_ARG(to));
    }
    return arena_printf(arena,
                        "HTTP %d without the API's JSON: a maintenance page, a firewall, or a shop "
                        "with plain permalinks",
                        response->status);
}

/*
 * The API answers errors with an object that has a code. Anything else with an error status comes
 * from what stands before it (nginx, a firewall, WordPress without WooCommerce): below 500 it did
 * not pass the request on; from 500 on PHP may have died after the write.
 */
static enum woo_verdict
verdict_of(const struct http_response *response, bool is_json, struct slice code)
{
    int status = response->status;
    bool has_retry_after =
        http_header_get(response->headers, response->headers_count, "Retry-After").p != NULL;

    if (status >= 200 && status <= 299) {
        return is_json ? WOO_JSON : WOO_MAYBE;
    }
    if (status == 503 && has_retry_after) {
        return WOO_LATER; /* WordPress in maintenance, or a limiter: nothing ran */
    }
    if (status < 300 || status >= 500 || status == 408) {
        return WOO_MAYBE;
    }
    switch (status) {
    case 400:
    case 404:
    case 409:
    case 410:
    case 413:
    case 422:
        /* rest_no_route: WooCommerce is switched off, or its routes are hidden. */
        return code.n && !slice_is(code, "rest_no_route") ? WOO_REFUSED : WOO_LATER;
    default:
        return WOO_LATER;
    }
}

struct woo_answer woo_answer_read(const struct http_response *response,
                                  struct json_doc *doc,
                                  struct arena *arena,
                                  struct channel_signal *out_signal)
{
    struct woo_answer answer = {.status = response->status};
    struct slice code = {0};
    struct err_note note;

    reply_read(response, arena, out_signal);
    bool is_json = json_parse(doc, response->body, &answer.root, &note) == ERR_OK &&
                   (json_type(answer.root) == JSON_OBJECT || json_type(answer.root) == JSON_ARRAY);
    if (!is_json) {
        answer.root = (struct json){0};
    }
    json_text(json_get(answer.root, "code"), &code);
    answer.verdict = verdict_of(response, is_json, code);

    if (answer.verdict == WOO_JSON) {
        return answer;
    }
    answer.reason = woo_error_text(answer.root, arena);
    if (!answer.reason.n) {
        answer.reason = foreign_text(response, arena);
    }
    out_signal->reason = answer.reason;
    if (response->status == 403 && !code.n) {
        out_signal->unauthorised = false; /* a firewall's page says nothing of the keys */
    }
    out_signal->down =
        answer.verdict != WOO_REFUSED && !out_signal->unauthorised && !out_signal->throttled;
    return answer;
}

enum err woo_answer_fault(const struct woo_answer *answer,
                          const struct channel_signal *signal,
                          struct err_note *note)
{
    enum err e = ERR_NET; /* a read has no effect: it is simply asked again */

    if (signal->unauthorised) {
        e = ERR_AUTH;
    } else if (signal->throttled) {
        e = ERR_THROTTLED;
    } else if (answer->verdict == WOO_REFUSED) {
        e = answer->status == 404 ? ERR_NOT_FOUND : ERR_USAGE;
    }
    return err_note(note, e, "%.*s", SLICE_ARG(answer->reason));
}

/* The page named by one link-value, when it is the next one (RFC 8288). */
static int64_t next_page_of(struct slice target, struct slice rest, struct arena *arena)
{
    static const char rel[] = "rel=\"next\"";
    struct slice path, page;
    int64_t number = 0;

    if (!rest.p || !memmem(rest.p, rest.n, rel, sizeof rel - 1)) {
        return 0;
    }
    slice_cut(&target, '?', &path);
    if (!http_query_get(target, "page", arena, &page) || !slice_int(page, &number)) {
        return 0;
    }
    return number > 1 && number < QTY_MAX ? number : 0;
}

int64_t woo_next_page(const struct http_response *response, struct arena *arena)
{
    /* WordPress sends a Link to its API's root beside the one with the pages. */
    for (size_t i = 0; i < response->headers_count; i++) {
        struct slice rest = response->headers[i].value;
        if (!slice_equal_nocase(response->headers[i].name, SLICE("Link"))) {
            continue;
        }
        struct slice skipped, target, parameters;
        bool more = slice_cut(&rest, '<', &skipped);
        while (more) {
            slice_cut(&rest, '>', &target);
            more = slice_cut(&rest, '<', &parameters);
            int64_t page = next_page_of(target, parameters, arena);
            if (page) {
                return page;
            }
        }
    }
    return 0;
}

struct woo_stock woo_stock_read(struct json item)
{
    struct woo_stock stock = {0};
    struct json manage = json_get(item, "manage_stock");
    struct slice text;
    int64_t count = 0;

    if (json_text(manage, &text) && slice_is(text, "parent")) {
        /* The number shown is the parent's: summed over the children it would count the pool twice.
         */
        stock.is_managed = true;
        stock.parent_managed = true;
        return stock;
    }
    if (!json_bool(manage, &stock.is_managed) || !stock.is_managed) {
        return stock;
    }
    if (json_int_loose(json_get(item, "stock_quantity"), &count) && count >= -QTY_MAX &&
        count <= QTY_MAX) {
        stock.is_known = true;
        stock.count = count;
    }
    return stock;
}
