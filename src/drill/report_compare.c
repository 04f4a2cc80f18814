/* SPDX-License-Identifier: Apache-2.0 */
/* Two reports beside each other. */
#include <math.h>
#include <stdlib.h>

#include "drill/report.h"

enum figure_kind {
    FIGURE_PLAIN, /* neither better nor worse: what the run was */
    FIGURE_MS,    /* less is better */
    FIGURE_UNITS, /* less is better */
};

struct figure {
    const char *text, *group, *key; /* group: "" = of the scenario itself */
    enum figure_kind kind;
};
static const struct figure figures[] = {
    {"orders", "", "orders", FIGURE_PLAIN},
    {"deliveries", "", "deliveries", FIGURE_PLAIN},
    {"pushes", "", "pushes", FIGURE_PLAIN},
    {"oversold units", "", "oversold", FIGURE_UNITS},
    {"units booked wrongly", "", "units_booked_wrong", FIGURE_UNITS},
    {"disagreeing listings", "", "disagreeing", FIGURE_UNITS},
    {"exposure, units a channel", "", "exposure", FIGURE_UNITS},
    {"converged, ms", "", "converged_ms", FIGURE_MS},
    {"longest above, ms", "", "above_longest_ms", FIGURE_MS},
    {"ours p50, ms", "ours", "p50_ms", FIGURE_MS},
    {"ours p95, ms", "ours", "p95_ms", FIGURE_MS},
    {"ours p99, ms", "ours", "p99_ms", FIGURE_MS},
    {"shown elsewhere p50, ms", "shown", "p50_ms", FIGURE_MS},
    {"shown elsewhere p95, ms", "shown", "p95_ms", FIGURE_MS},
    {"shown elsewhere p99, ms", "shown", "p99_ms", FIGURE_MS},
    {"after the outage, ms", "outage", "converged_ms", FIGURE_MS},
};

static bool number_of(struct json v, double *out)
{
    char text[64];
    struct arena arena;
    int64_t n;
    if (json_int(v, &n)) {
        *out = (double)n;
        return true;
    }
    if (json_type(v) != JSON_REAL) {
        return false;
    }
    arena_init(&arena, 4096);
    snprintf(text, sizeof(text), "%.*s", SLICE_ARG(json_copy_text(v, &arena)));
    arena_free(&arena);
    *out = strtod(text, NULL);
    return true;
}

static bool figure_of(struct json scenario, const struct figure *f, double *out)
{
    struct json at = scenario;
    if (strcmp(f->group, "outage") == 0) {
        at = json_get(scenario, "outage");
    } else if (f->group[0]) {
        at = json_path(scenario, "all_channels", f->group, NULL);
    }
    return number_of(json_get(at, f->key), out);
}

static bool is_worse(const struct figure *f, double a, double b, int64_t worse_than)
{
    double slack = f->kind == FIGURE_MS ? REPORT_SLACK_MS : 1;
    return f->kind != FIGURE_PLAIN && worse_than >= 0 && b - a > slack &&
           b > a * (1 + (double)worse_than / 100);
}

static void put_figure(const struct figure *f,
                       struct json a,
                       struct json b,
                       int64_t worse_than,
                       struct buf *out,
                       bool *fine)
{
    double x, y;
    char percent[32] = "";
    if (!figure_of(a, f, &x) || !figure_of(b, f, &y)) {
        return;
    }
    bool worse = is_worse(f, x, y, worse_than);
    if (x != 0) {
        snprintf(percent, sizeof(percent), "%+.1f %%", (y - x) / fabs(x) * 100);
    } else if (y != 0) {
        snprintf(percent, sizeof(percent), "from 0");
    }
    buf_printf(out,
               "  %-28s %12.*f %12.*f %12s%s\n",
               f->text,
               f->kind == FIGURE_PLAIN ? 0 : 1,
               x,
               f->kind == FIGURE_PLAIN ? 0 : 1,
               y,
               percent,
               worse ? "  worse" : "");
    *fine = *fine && !worse;
}

static struct json scenario_named(struct json root, struct slice name)
{
    for (struct json_iter i = json_iter(json_get(root, "scenarios")); json_next(&i);) {
        struct slice other;
        if (json_text(json_get(i.value, "name"), &other) && slice_equal(name, other)) {
            return i.value;
        }
    }
    return (struct json){0};
}

static enum err check(struct json root, const char *which, struct err_note *note)
{
    struct slice what;
    int64_t version;
    if (!json_text(json_get(root, "report"), &what) || !slice_is(what, "truecount drill") ||
        !json_int(json_get(root, "version"), &version)) {
        return err_note(note, ERR_PARSE, "%s is no report of a drill", which);
    }
    if (version != REPORT_VERSION) {
        return err_note(note,
                        ERR_PARSE,
                        "%s is a report of version %" PRId64 ", this program compares version %d",
                        which,
                        version,
                        REPORT_VERSION);
    }
    return ERR_OK;
}

/* Who compares two different things should know. */
static void put_settings(struct json a, struct json b, struct buf *out)
{
    static const char *const keys[] = {"seed", "orders_per_second", "seconds"};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        int64_t x = 0, y = 0;
        json_int(json_get(a, keys[i]), &x);
        json_int(json_get(b, keys[i]), &y);
        if (x != y) {
            buf_printf(out,
                       "not the same run: %s is %" PRId64 " in A and %" PRId64 " in B\n",
                       keys[i],
                       x,
                       y);
        }
    }
}

enum err report_compare(struct json a,
                        struct json b,
                        int64_t worse_than,
                        struct buf *out,
                        bool *out_is_fine,
                        struct err_note *note)
{
    size_t common = 0;
    bool fine = true;
    enum err e = check(a, "A", note);
    e = e ? e : check(b, "B", note);
    if (e) {
        return e;
    }
    put_settings(a, b, out);
    for (struct json_iter i = json_iter(json_get(a, "scenarios")); json_next(&i);) {
        struct slice name = {0};
        json_text(json_get(i.value, "name"), &name);
        struct json other = scenario_named(b, name);
        if (json_type(other) != JSON_OBJECT) {
            continue;
        }
        common++;
        char head[32];
        snprintf(head, sizeof(head), "%.*s", SLICE_ARG(name));
        buf_printf(out, "%-30s %12s %12s %12s\n", head, "A", "B", "difference");
        for (size_t k = 0; k < COUNT_OF(figures); k++) {
            put_figure(&figures[k], i.value, other, worse_than, out, &fine);
        }
    }
    if (common == 0) {
        return err_note(note, ERR_PARSE, "the two have no scenario in common");
    }
    *out_is_fine = fine;
    return ERR_OK;
}
