/* SPDX-License-Identifier: Apache-2.0 */
#include "channels/settings.h"

#define SETTING_MAX 4096

static bool is_visible(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] <= ' ' || s.p[i] > '~') {
            return false;
        }
    }
    return true;
}

static enum err text_of(
    struct json object, const char *what, const char *key, struct slice *out, struct err_note *note)
{
    struct json v = json_get(object, key);
    struct slice text = {0};

    *out = (struct slice){0};
    if (json_type(v) == JSON_NONE || json_type(v) == JSON_NULL) {
        return ERR_OK;
    }
    if (!json_text(v, &text)) {
        return err_note(note,
                        ERR_USAGE,
                        "%s.%s must be a text, not %s",
                        what,
                        key,
                        json_type_name(json_type(v)));
    }
    if (text.n > SETTING_MAX) {
        return err_note(note, ERR_USAGE, "%s.%s is too long", what, key);
    }
    *out = text;
    return ERR_OK;
}

enum err
setting_text(struct json settings, const char *key, struct slice *out, struct err_note *note)
{
    return text_of(settings, "settings", key, out, note);
}

enum err setting_url(struct json settings,
                     const char *key,
                     struct arena *arena,
                     struct slice *out,
                     struct err_note *note)
{
    struct slice url = {0};
    *out = (struct slice){0};
    enum err e = text_of(settings, "settings", key, &url, note);
    if (e || !url.n) {
        return e;
    }
    size_t scheme = slice_starts(url, "https://")  ? strlen("https://")
                    : slice_starts(url, "http://") ? strlen("http://")
                                                   : 0;
    if (scheme == 0 || url.n == scheme || url.p[scheme] == '/' || !is_visible(url) ||
        memchr(url.p, '?', url.n) || memchr(url.p, '#', url.n)) {
        return err_note(note,
                        ERR_USAGE,
                        "settings.%s must be an address such as https://shop.example, without a "
                        "query",
                        key);
    }
    *out = arena_copy(arena, url);
    return out->p ? ERR_OK : err_note(note, ERR_LIMIT, "settings.%s is too long", key);
}

enum err setting_secret(struct json secrets,
                        const char *key,
                        struct arena *arena,
                        struct slice *out,
                        struct err_note *note)
{
    struct slice text = {0};
    *out = (struct slice){0};
    enum err e = text_of(secrets, "secrets", key, &text, note);
    text = slice_trim(text);
    if (e || !text.n) {
        return e;
    }
    *out = arena_copy(arena, text);
    return out->p ? ERR_OK : err_note(note, ERR_LIMIT, "secrets.%s is too long", key);
}

enum err setting_token(struct json secrets,
                       const char *key,
                       struct arena *arena,
                       struct slice *out,
                       struct err_note *note)
{
    enum err e = setting_secret(secrets, key, arena, out, note);
    if (!e && !is_visible(*out)) {
        return err_note(
            note, ERR_USAGE, "secrets.%s has bytes that no such token has: copy it again", key);
    }
    return e;
}
