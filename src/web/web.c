/* SPDX-License-Identifier: Apache-2.0 */
#include "web/web.h"

/* First segments of the page's addresses; the same stand in web/src/app/routes.ts. */
static const char *const screens[] = {
    "",         "channels", "counts", "deliveries", "drills",    "holds",  "incidents",
    "item",     "ledger",   "links",  "login",      "orders",    "pushes", "rules",
    "settings", "setup",    "start",  "stock",      "transfers",
};

bool web_is_screen(struct slice path)
{
    struct slice first;
    if (!slice_starts(path, "/")) {
        return false;
    }
    path.p++;
    path.n--;
    slice_cut(&path, '/', &first);
    for (size_t i = 0; i < COUNT_OF(screens); i++) {
        if (slice_is(first, screens[i])) {
            return true;
        }
    }
    return false;
}

/* Whether a list like "gzip, br;q=0.5, zstd;q=0" names the coding and does not refuse it. */
static bool takes(struct slice accept, const char *coding)
{
    struct slice item;
    for (bool more = accept.n > 0; more;) {
        more = slice_cut(&accept, ',', &item);
        struct slice rest = item, name;
        slice_cut(&rest, ';', &name);
        if (slice_equal_nocase(slice_trim(name), slice_of(coding))) {
            rest = slice_trim(rest);
            return !slice_is(rest, "q=0") && !slice_is(rest, "q=0.0") &&
                   !slice_is(rest, "q=0.00") && !slice_is(rest, "q=0.000");
        }
    }
    return false;
}

const struct web_file *web_find(struct slice path, struct slice accept_encoding)
{
    const struct web_file *best = NULL;
    for (size_t i = 0; i < web_files_count; i++) {
        const struct web_file *file = &web_files[i];
        if (!slice_is(path, file->path)) {
            continue;
        }
        if ((!best || file->size < best->size) &&
            (!file->encoding[0] || takes(accept_encoding, file->encoding))) {
            best = file;
        }
    }
    return best;
}
