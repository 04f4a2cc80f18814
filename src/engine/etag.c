/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/etag.h"

#define SETTINGS_BYTES 16
#define FIGURES_BYTES 8
#define SHOWN_MAX ((size_t)64 * 1024 * 1024) /* more than a request can say */

static void put_hex(struct buf *out, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_printf(out, "%02x", bytes[i]);
    }
}

/* A writer like the lender's that writes to `out`. */
static struct show show_to(const struct show *names, struct buf *out)
{
    struct show s = *names;
    buf_init(out, SHOWN_MAX);
    s.w = json_writer(out);
    json_begin_object(&s.w);
    return s;
}

/* What was not kept in memory whole names nothing: better refused than taken for another. */
static void seal(struct show *s, struct slice hidden, char out[ETAG_SIZE])
{
    uint8_t hash[SETTINGS_BYTES];
    ON_EXIT(buf_free) struct buf text;
    json_end_object(&s->w);
    const struct slice parts[] = {buf_view(s->w.out), SLICE("\n"), hidden};
    out[0] = '\0';
    buf_init(&text, ETAG_SIZE);
    blake2b(hash, sizeof(hash), parts, COUNT_OF(parts));
    buf_char(&text, '"');
    put_hex(&text, hash, sizeof(hash));
    buf_text(&text, "\"");
    if (!s->w.out->overflow && !text.overflow) {
        memcpy(out, text.p, text.n);
        out[text.n] = '\0';
    }
}

void etag_sku(const struct show *names, const struct sku_row *row, char out[ETAG_SIZE])
{
    ON_EXIT(buf_free) struct buf shown;
    struct show s = show_to(names, &shown);
    json_key(&s.w, "sku");
    show_sku(&s, row);
    seal(&s, (struct slice){0}, out);
}

void etag_location(const struct show *names, const struct location_row *row, char out[ETAG_SIZE])
{
    ON_EXIT(buf_free) struct buf shown;
    struct show s = show_to(names, &shown);
    json_key(&s.w, "location");
    show_location(&s, row);
    seal(&s, (struct slice){0}, out);
}

void etag_channel(const struct show *names, const struct channel_row *row, char out[ETAG_SIZE])
{
    ON_EXIT(buf_free) struct buf shown;
    struct show s = show_to(names, &shown);
    show_channel_settings(&s, row);
    seal(&s, row->secrets, out); /* sealed anew with every change of one */
}

void etag_listing(const struct show *names, const struct listing_row *row, char out[ETAG_SIZE])
{
    ON_EXIT(buf_free) struct buf shown;
    struct show s = show_to(names, &shown);
    show_listing_settings(&s, row);
    seal(&s, (struct slice){0}, out);
}

void etag_outlet(const struct show *names, const struct outlet_row *row, char out[ETAG_SIZE])
{
    ON_EXIT(buf_free) struct buf shown;
    struct show s = show_to(names, &shown);
    json_field_text(&s.w, "url", row->url);
    json_field_int(&s.w, "events", row->wants);
    json_field_int(&s.w, "state", (int64_t)row->state);
    seal(&s, row->secrets, out); /* sealed anew with every change of one */
}

void etag_user(const struct show *names, const struct user_row *row, char out[ETAG_SIZE])
{
    ON_EXIT(buf_free) struct buf shown;
    struct show s = show_to(names, &shown);
    json_field_text(&s.w, "name", row->name);
    json_field_int(&s.w, "role", (int64_t)row->role);
    json_field_int(&s.w, "state", (int64_t)row->state);
    json_field_bool(&s.w, "totp", row->totp.n > 0);
    seal(&s, row->password, out); /* hashed with another salt at every change */
}

void etag_add_figures(char tag[ETAG_SIZE], struct slice shown)
{
    uint8_t hash[16];
    size_t n = strlen(tag);
    if (n == 0 || n + 2 * FIGURES_BYTES + 2 > ETAG_SIZE) {
        return;
    }
    blake2b(hash, sizeof(hash), &shown, 1);
    n--; /* over the quote */
    tag[n++] = '-';
    for (size_t i = 0; i < FIGURES_BYTES; i++, n += 2) {
        (void)snprintf(tag + n, 3, "%02x", hash[i]);
    }
    tag[n++] = '"';
    tag[n] = '\0';
}

/* ---- headers ---- */

/* Up to the figures, the last quote left out too. */
static struct slice settings_of(struct slice tag)
{
    struct slice settings;
    if (!slice_cut(&tag, '-', &settings) && slice_ends(settings, "\"") && settings.n > 1) {
        settings.n--;
    }
    return settings;
}

bool etag_matches_settings(struct slice if_match, const char *tag)
{
    struct slice wanted = settings_of(slice_of(tag)), one;
    bool more = true;
    if (slice_is(slice_trim(if_match), "*")) {
        return true;
    }
    while (more && wanted.n) {
        more = slice_cut(&if_match, ',', &one);
        one = slice_trim(one);
        if (one.n > 1 && slice_ends(one, "\"") && slice_equal(settings_of(one), wanted)) {
            return true;
        }
    }
    return false;
}

bool etag_matches(struct slice if_none_match, const char *tag)
{
    bool more = tag[0] != '\0';
    if (slice_is(slice_trim(if_none_match), "*")) {
        return true;
    }
    while (more) {
        struct slice one;
        more = slice_cut(&if_none_match, ',', &one);
        one = slice_trim(one);
        one = slice_starts(one, "W/") ? slice_from(one, 2) : one;
        if (slice_is(one, tag)) {
            return true;
        }
    }
    return false;
}
