/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A push: the rows of one listing, read, changed and written back.
 *
 *   GET inventory --plan--> PUT inventory ---------------------------> done
 *        ^    |               |  \--> PATCH active (back on sale) ----> done
 *        |    |          409, or the copy is older than 2 s: at most 5 times
 *        +----|---------------+
 *             +--> PATCH inactive (nothing is left) ------------------> done
 *             +--> PATCH active --> PUT inventory (sold out, renewed) -> done
 *             +--> nothing to do: it shows what it should ------------> done
 *
 * Between two requests everything lies in the cursor: "p1 READ_AT SHARED ROWS\nBODY", where p is
 * the step, 1 how often the record was read before, READ_AT when it was, SHARED the one quantity of
 * all variations or -1, ROWS a letter per row (enum etsy_row), and BODY what is to be written (in
 * capitals, P, the body is packed). A refusal after the first reading is of the listing's record as
 * a whole: it is no row's fault, and smaller pushes would be refused as well.
 */
#include "base/compress.h"
#include "base/crypto.h"
#include "channels/etsy/etsy.h"

#define CURSOR_MAX ((size_t)64 * 1024)
#define BODY_MAX ((size_t)1 << 20)
#define READS_MAX 5
#define COPY_AGE_US (2 * US_PER_S)

enum kind {
    KIND_GET = 'g',
    KIND_PUT = 'p',
    KIND_PUT_ACTIVE = 'q', /* the same, then KIND_ACTIVE */
    KIND_PUT_LAST = 'u',   /* after KIND_RENEW: units are on sale already */
    KIND_ACTIVE = 'a',
    KIND_RENEW = 'f', /* activate, then KIND_PUT_LAST */
    KIND_INACTIVE = 'd',
};

struct state {
    char kind;
    int reads;
    bool is_packed;
    int64_t read_at_us, shared;
    struct slice rows, body;
};

/* ---- the cursor ---- */

static bool is_put(char kind)
{
    return kind == KIND_PUT || kind == KIND_PUT_ACTIVE || kind == KIND_PUT_LAST;
}

static bool has_body(char kind)
{
    return is_put(kind) || kind == KIND_RENEW;
}

static bool cursor_parse(struct slice cursor, size_t count, struct state *out)
{
    struct state s = {.kind = KIND_GET, .shared = -1};
    struct slice line, word;
    int64_t reads = 0;

    if (!cursor.n) {
        *out = s;
        return true;
    }
    slice_cut(&cursor, '\n', &line);
    s.body = cursor;
    slice_cut(&line, ' ', &word);
    s.kind = word.n ? word.p[0] : 0;
    if (s.kind >= 'A' && s.kind <= 'Z') {
        s.kind = (char)(s.kind + ('a' - 'A'));
        s.is_packed = true;
    }
    if (!slice_int(slice_from(word, 1), &reads) || reads < 0 || reads > READS_MAX + 1) {
        return false;
    }
    s.reads = (int)reads;
    slice_cut(&line, ' ', &word);
    if (!slice_int(word, &s.read_at_us)) {
        return false;
    }
    slice_cut(&line, ' ', &word);
    if (!slice_int(word, &s.shared)) {
        return false;
    }
    s.rows = line;
    *out = s;
    return s.kind == KIND_GET ||
           (s.rows.n == count && (!has_body(s.kind) || s.body.n) &&
            (has_body(s.kind) || s.kind == KIND_ACTIVE || s.kind == KIND_INACTIVE));
}

/* What this step really does: a copy that has grown old is read again, not written. */
static bool state_of(const struct step *step, size_t count, struct state *out)
{
    if (!cursor_parse(step->cursor, count, out)) {
        return false;
    }
    bool is_old = step->now_us - out->read_at_us > COPY_AGE_US;
    if (is_old && (out->kind == KIND_PUT || out->kind == KIND_PUT_ACTIVE)) {
        *out = (struct state){.kind = KIND_GET, .reads = out->reads + 1, .shared = -1};
    }
    return true;
}

static struct slice cursor_text(const struct state *s, struct arena *arena)
{
    char kind = s->is_packed ? (char)(s->kind - ('a' - 'A')) : s->kind;
    struct slice text = arena_printf(arena,
                                     "%c%d %" PRId64 " %" PRId64 " %.*s\n%.*s",
                                     kind,
                                     s->reads,
                                     s->read_at_us,
                                     s->shared,
                                     (int)s->rows.n,
                                     s->rows.n ? s->rows.p : "",
                                     (int)s->body.n,
                                     s->body.n ? s->body.p : "");
    return text.n <= CURSOR_MAX ? text : (struct slice){0};
}

/* Records of hundreds of variations repeat themselves: packed they fit. */
static bool body_pack(struct state *s, struct arena *arena)
{
    struct compressor *compressor = compressor_new();
    struct slice packed = {0};

    bool is_done = compressor && compress(compressor, arena, s->body, &packed) == ERR_OK;
    compressor_free(compressor);
    struct slice text = is_done ? base64_encode(arena, packed) : (struct slice){0};
    if (!text.p) {
        return false;
    }
    s->body = text;
    s->is_packed = true;
    return true;
}

static enum err body_of(const struct state *s, struct arena *arena, struct slice *out)
{
    struct slice packed;

    if (!s->is_packed) {
        *out = arena_copy(arena, s->body);
        return out->p ? ERR_OK : ERR_LIMIT;
    }
    if (!base64_decode(arena, s->body, &packed)) {
        return arena->exhausted ? ERR_LIMIT : ERR_USAGE;
    }
    return decompress(arena, packed, BODY_MAX, out);
}

/* ---- requests ---- */

/* The third axis of variations must be announced, or a record that has it is refused. */
static bool has_third_axis(struct slice body)
{
    static const char name[] = "\"property_id\":";
    static const char next[] = "\"offerings\":";
    int axes = 0;

    for (struct slice rest = body; rest.n;) {
        const char *at = memmem(rest.p, rest.n, name, sizeof name - 1);
        const char *end = memmem(rest.p, rest.n, next, sizeof next - 1);
        if (!at) {
            return false;
        }
        bool is_next = end && end < at;
        axes = is_next ? 0 : axes + 1;
        if (axes > 2) {
            return true;
        }
        rest = slice_from(rest,
                          (size_t)((is_next ? end : at) - rest.p) +
                              (is_next ? sizeof next : sizeof name) - 1);
    }
    return false;
}

static enum err build_put(const struct account *account,
                          int64_t listing,
                          const struct state *s,
                          struct arena *arena,
                          struct http_request *out)
{
    struct slice body;
    enum err e = body_of(s, arena, &body);

    if (e) {
        return e;
    }
    struct slice path = arena_printf(arena,
                                     "/v3/application/listings/%" PRId64 "/inventory%s",
                                     listing,
                                     has_third_axis(body) ? "?max_variations_supported=3" : "");
    return etsy_request(account, "PUT", path, body, false, arena, out);
}

static enum err build_patch(const struct account *account,
                            int64_t listing,
                            bool is_active,
                            struct arena *arena,
                            struct http_request *out)
{
    struct slice path = arena_printf(arena,
                                     "/v3/application/shops/%.*s/listings/%" PRId64,
                                     SLICE_ARG(etsy_config(account)->shop_id),
                                     listing);
    struct slice form = is_active ? SLICE("state=active") : SLICE("state=inactive");
    return etsy_request(account, "PATCH", path, form, true, arena, out);
}

static bool are_of_one_listing(const struct push_item *items, size_t count, int64_t *listing)
{
    *listing = 0;
    for (size_t i = 0; i < count; i++) {
        struct etsy_target target;
        if (items[i].value < 0 || items[i].value > QTY_MAX || !etsy_target_of(&items[i], &target) ||
            (i > 0 && target.listing != *listing)) {
            return false;
        }
        *listing = target.listing;
    }
    return count > 0 && count <= ETSY_PUSH_MAX;
}

enum err etsy_build_push(const struct account *account,
                         const struct push_item *items,
                         size_t count,
                         const struct step *step,
                         struct arena *arena,
                         struct http_request *out)
{
    struct state s;
    int64_t listing = 0;

    if (!are_of_one_listing(items, count, &listing) || !state_of(step, count, &s) ||
        !etsy_config(account)->shop_id.n) {
        return ERR_USAGE;
    }
    if (is_put(s.kind)) {
        return build_put(account, listing, &s, arena, out);
    }
    if (s.kind != KIND_GET) {
        return build_patch(account, listing, s.kind != KIND_INACTIVE, arena, out);
    }
    struct slice path = arena_printf(
        arena, "/v3/application/listings/%" PRId64 "/inventory?includes=Listing", listing);
    return etsy_request(account, "GET", path, (struct slice){0}, false, arena, out);
}

/* ---- answers ---- */

struct reading {
    const struct account *account;
    const struct push_item *items;
    size_t count;
    const struct step *step;
    struct state state;
    struct etsy_answer answer;
    struct arena *arena;
    struct push_result *out;
    struct channel_signal *signal;
};

static void all_are(struct reading *r, enum push_outcome outcome, struct slice reason)
{
    for (size_t i = 0; i < r->count; i++) {
        r->out[i] = (struct push_result){.outcome = outcome, .reason = reason};
    }
}

static struct push_result
row_result(struct reading *r, size_t i, char row, enum push_outcome outcome, struct slice reason)
{
    struct etsy_target target = {0};
    struct push_result result = {.outcome = PUSH_REFUSED};

    switch (row) {
    case ETSY_ROW_WRITE:
        return (struct push_result){.outcome = outcome, .reason = reason};
    case ETSY_ROW_CAPPED:
        if (outcome != PUSH_CONFIRMED) {
            return (struct push_result){.outcome = outcome, .reason = reason};
        }
        /* Something else than its value may just have been written: it is read, not believed. */
        result.outcome = r->state.kind == KIND_GET ? PUSH_REFUSED : PUSH_UNKNOWN;
        result.reason = SLICE("all variations of the listing share one quantity, and another one "
                              "allows less: let the quantity vary at Etsy, or give them one SKU");
        return result;
    case ETSY_ROW_STALE:
        result.outcome = PUSH_STALE;
        result.reason = SLICE("Etsy's count is not what it should be: a sale may be on its way");
        return result;
    case ETSY_ROW_TIED:
        result.outcome = PUSH_STALE;
        result.reason = SLICE("shares its quantity with a variation whose count is not what it "
                              "should be");
        return result;
    case ETSY_ROW_SOLD_OUT:
        result.reason = SLICE("sold out at Etsy: renewing the listing costs a fee. Renew it in the "
                              "Shop Manager, or set settings.reactivate to \"always\"");
        return result;
    default:
        break;
    }
    must(etsy_target_of(&r->items[i], &target)); /* planned before */
    result.reason = etsy_found_text(
        row == ETSY_ROW_AMBIGUOUS ? ETSY_AMBIGUOUS : ETSY_MISSING, &target, r->arena);
    return result;
}

/* What became of the rows that were to be written; the others have their own story. */
static void settle(struct reading *r, enum push_outcome outcome, struct slice reason)
{
    for (size_t i = 0; i < r->count; i++) {
        char row = r->state.rows.n ? r->state.rows.p[i] : ETSY_ROW_WRITE;
        r->out[i] = row_result(r, i, row, outcome, reason);
    }
}

static void go_on(struct reading *r, struct state next, int64_t after_us)
{
    struct slice text = cursor_text(&next, r->arena);

    if (!text.n && has_body(next.kind) && !next.is_packed && body_pack(&next, r->arena)) {
        text = cursor_text(&next, r->arena);
    }
    if (!text.n) {
        settle(r, PUSH_REFUSED, SLICE("the listing has more variations than can be written"));
        return;
    }
    r->signal->next =
        (struct next_request){.is_wanted = true, .cursor = text, .after_us = after_us};
}

/* From the beginning, a little later each time, and not in step with whoever else is writing. */
static void go_again(struct reading *r)
{
    int64_t jitter_ms = r->step->nonce ? r->step->nonce[0] : 0;
    int reads = r->state.reads + 1;

    if (reads > READS_MAX) {
        settle(r, PUSH_LATER, r->answer.reason);
        return;
    }
    go_on(r,
          (struct state){.kind = KIND_GET, .reads = reads, .shared = -1},
          (reads * INT64_C(100) + jitter_ms) * US_PER_MS);
}

/* Any answer that is not the one hoped for. */
static void settle_failed(struct reading *r)
{
    bool is_on_sale = r->state.kind == KIND_PUT_LAST; /* renewed: it shows a number of Etsy's own */

    switch (r->answer.verdict) {
    case ETSY_REFUSED:
        settle(r, is_on_sale ? PUSH_UNKNOWN : PUSH_REFUSED, r->answer.reason);
        return;
    case ETSY_CONFLICT:
    case ETSY_LATER:
        settle(r, is_on_sale ? PUSH_UNKNOWN : PUSH_LATER, r->answer.reason);
        return;
    case ETSY_MAYBE:
    case ETSY_DONE:
        settle(r, PUSH_UNKNOWN, r->answer.reason);
        return;
    }
}

/* ---- the record was read ---- */

static char kind_of(enum etsy_deed deed)
{
    switch (deed) {
    case ETSY_DEED_PUT:
        return KIND_PUT;
    case ETSY_DEED_PUT_ACTIVE:
        return KIND_PUT_ACTIVE;
    case ETSY_DEED_ACTIVE_PUT:
        return KIND_RENEW;
    case ETSY_DEED_ACTIVE:
        return KIND_ACTIVE;
    case ETSY_DEED_INACTIVE:
        return KIND_INACTIVE;
    case ETSY_DEED_NONE:
        break;
    }
    return KIND_GET;
}

static void
plan_carry_out(struct reading *r, const struct etsy_record *record, const struct etsy_plan *plan)
{
    ON_EXIT(buf_free) struct buf body;
    struct state next = {
        .kind = kind_of(plan->deed),
        .reads = r->state.reads,
        .read_at_us = r->step->now_us,
        .shared = plan->shared,
        .rows = {plan->rows, r->count},
    };

    buf_init(&body, BODY_MAX);
    r->state.rows = next.rows;
    if (plan->deed == ETSY_DEED_NONE) {
        settle(r, PUSH_CONFIRMED, (struct slice){0});
        return;
    }
    if (has_body(next.kind)) {
        etsy_record_write(record, plan->quantities, &body);
        if (body.overflow) {
            settle(r, PUSH_REFUSED, SLICE("the listing has more variations than can be written"));
            return;
        }
        next.body = buf_view(&body);
    }
    go_on(r, next, 0);
}

static void record_arrived(struct reading *r)
{
    struct etsy_record record = {0};
    struct etsy_plan plan;
    struct json root = r->answer.root;

    if (r->answer.verdict != ETSY_DONE) {
        /* A GET has no effect: whatever went wrong, nothing was written. */
        bool is_refused = r->answer.verdict == ETSY_REFUSED;
        all_are(r, is_refused ? PUSH_REFUSED : PUSH_LATER, r->answer.reason);
        return;
    }
    if (r->state.reads > READS_MAX) {
        all_are(r, PUSH_LATER, SLICE("the listing could not be written soon after it was read"));
        return;
    }
    if (json_type(json_get(root, "products")) != JSON_ARRAY) {
        r->signal->down = true;
        all_are(r, PUSH_LATER, SLICE("the answer is not an inventory record"));
        return;
    }
    const char *why = etsy_record_read(root, json_get(root, "listing"), r->arena, &record);
    struct slice unsafe = why ? slice_of(why) : etsy_record_unsafe(&record, r->arena);
    if (unsafe.n) {
        all_are(r, PUSH_REFUSED, unsafe);
        return;
    }
    enum err e = etsy_plan(etsy_config(r->account), &record, r->items, r->count, r->arena, &plan);
    if (e) {
        all_are(r,
                e == ERR_USAGE ? PUSH_REFUSED : PUSH_LATER,
                e == ERR_USAGE ? SLICE("the listing's remote does not say which product it is")
                               : SLICE("the answer is larger than one may be"));
        return;
    }
    plan_carry_out(r, &record, &plan);
}

/* ---- the record was written ---- */

static bool has_words(struct slice text, const char *words)
{
    return text.n && memmem(text.p, text.n, words, strlen(words)) != NULL;
}

/* Etsy counts otherwise than we did: nothing is left for buyers, and it says so. */
static bool is_zero_refused(const struct reading *r)
{
    if (r->answer.verdict != ETSY_REFUSED || !has_words(r->answer.reason, "greater than 0")) {
        return false;
    }
    for (size_t i = 0; i < r->count; i++) {
        if (r->state.rows.p[i] == ETSY_ROW_CAPPED ||
            (r->state.rows.p[i] == ETSY_ROW_WRITE && r->items[i].value > 0)) {
            return false;
        }
    }
    return true;
}

static bool shows_what_was_sent(const struct reading *r)
{
    struct etsy_record record = {0};

    if (etsy_record_read(r->answer.root, (struct json){0}, r->arena, &record)) {
        return false;
    }
    for (size_t i = 0; i < r->count; i++) {
        struct etsy_target target;
        size_t at = 0;
        int64_t sent = r->state.shared >= 0 ? r->state.shared : etsy_shown(r->items[i].value);
        if (r->state.rows.p[i] != ETSY_ROW_WRITE) {
            continue;
        }
        if (!etsy_target_of(&r->items[i], &target) ||
            etsy_find(&record, &target, &at) != ETSY_FOUND ||
            record.products[at].quantity != sent) {
            return false;
        }
    }
    return true;
}

static void record_written(struct reading *r)
{
    if (r->answer.verdict == ETSY_CONFLICT && r->state.kind != KIND_PUT_LAST) {
        go_again(r);
        return;
    }
    if (is_zero_refused(r) && r->state.kind == KIND_PUT) {
        struct state next = r->state;
        next.kind = KIND_INACTIVE;
        next.is_packed = false;
        next.body = (struct slice){0};
        go_on(r, next, 0);
        return;
    }
    if (r->answer.verdict != ETSY_DONE) {
        settle_failed(r);
        return;
    }
    if (!shows_what_was_sent(r)) {
        settle(r, PUSH_UNKNOWN, SLICE("Etsy's answer shows other quantities than were sent"));
        return;
    }
    if (r->state.kind == KIND_PUT_ACTIVE) {
        struct state next = r->state;
        next.kind = KIND_ACTIVE;
        next.is_packed = false;
        next.body = (struct slice){0};
        go_on(r, next, 0);
        return;
    }
    settle(r, PUSH_CONFIRMED, (struct slice){0});
}

/* ---- the listing's state was changed ---- */

static void state_changed(struct reading *r)
{
    struct slice now = {0};

    if (r->answer.verdict != ETSY_DONE) {
        settle_failed(r);
        return;
    }
    json_text(json_get(r->answer.root, "state"), &now);
    bool is_active = slice_equal_nocase(now, SLICE("active"));
    bool is_done = r->state.kind == KIND_INACTIVE ? now.n > 0 && !is_active : is_active;
    if (!is_done) {
        settle(r, PUSH_UNKNOWN, SLICE("Etsy's answer does not show the state that was asked for"));
        return;
    }
    if (r->state.kind == KIND_RENEW) {
        struct state next = r->state;
        next.kind = KIND_PUT_LAST;
        go_on(r, next, 0);
        return;
    }
    settle(r, PUSH_CONFIRMED, (struct slice){0});
}

void etsy_read_push(const struct account *account,
                    const struct push_item *items,
                    size_t count,
                    const struct step *step,
                    const struct http_response *response,
                    struct json_doc *doc,
                    struct arena *arena,
                    struct push_result *out,
                    struct channel_signal *out_signal)
{
    struct reading r = {.account = account,
                        .items = items,
                        .count = count,
                        .step = step,
                        .arena = arena,
                        .out = out,
                        .signal = out_signal};

    r.answer = etsy_answer_read(response, doc, arena, out_signal);
    int64_t listing = 0;
    if (!are_of_one_listing(items, count, &listing) || !state_of(step, count, &r.state)) {
        all_are(&r, PUSH_UNKNOWN, SLICE("not a step of this exchange"));
    } else if (r.state.kind == KIND_GET) {
        record_arrived(&r);
    } else if (is_put(r.state.kind)) {
        record_written(&r);
    } else {
        state_changed(&r);
    }
}
