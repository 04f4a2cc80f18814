/* SPDX-License-Identifier: Apache-2.0 */
/* replay: kept deliveries applied once more, or only what that would book. */
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/cmd.h"

#define LOOK_NS (250 * 1000 * 1000)

struct replay {
    struct ask ask;
    const char *from, *to, *channel, *order, *topic, *state, *reason;
    int64_t delivery;
    bool pushes, is_dry_run;
    bool is_terminal, is_shown; /* a line of progress stands on it */
    int64_t said_percent;
};

/* Ctrl-C ends the job, not only the watching of it. */
static volatile sig_atomic_t is_interrupted;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    is_interrupted = 1;
}

static void put_text(struct json_writer *w, const char *key, const char *text)
{
    if (text) {
        json_field_str(w, key, text);
    }
}

static int begin(struct replay *r, struct slice *out_job)
{
    struct ask *ask = &r->ask;
    char id[24];
    struct json_writer w = ask_body(ask);
    json_begin_object(&w);
    put_text(&w, "from", r->from);
    put_text(&w, "to", r->to);
    put_text(&w, "channel", r->channel);
    put_text(&w, "order", r->order);
    put_text(&w, "topic", r->topic);
    put_text(&w, "state", r->state);
    put_text(&w, "reason", r->reason);
    (void)snprintf(id, sizeof(id), "%" PRId64, r->delivery);
    put_text(&w, "delivery", r->delivery ? id : NULL);
    json_field_bool(&w, "pushes", r->pushes);
    json_field_bool(&w, "dry_run", r->is_dry_run);
    json_end_object(&w);
    ask_path(ask, "/v1/replays");
    int code = ask_send(ask, "POST");
    *out_job = code ? (struct slice){0} : ask_keep(ask, ask->said, "job");
    return code;
}

/* ---- progress ---- */

/* On a terminal one line that changes; elsewhere a line for every tenth. */
static void show_progress(struct replay *r)
{
    int64_t done = ask_int(r->ask.said, "done"), total = ask_int(r->ask.said, "total");
    int64_t percent = total ? done * 100 / total : 0;
    const char *what = r->pushes ? "listings" : "deliveries";
    if (r->is_terminal) {
        fprintf(stderr,
                "\rreplay: %" PRId64 " of %" PRId64 " %s (%" PRId64 " %%) ",
                done,
                total,
                what,
                percent);
        r->is_shown = true;
    } else if (percent / 10 > r->said_percent / 10) {
        fprintf(stderr, "replay: %" PRId64 " of %" PRId64 " %s\n", done, total, what);
        r->said_percent = percent;
    }
    (void)fflush(stderr);
}

static int cancel(struct replay *r, const char *job)
{
    struct ask *ask = &r->ask;
    buf_clear(&ask->body);
    ask_path(ask, "/v1/jobs");
    ask_segment(ask, job);
    int code = ask_send(ask, "DELETE");
    if (!code) {
        fprintf(stderr,
                "truecount %s: cancelled: what was applied by then stays, and may be replayed "
                "again\n",
                ask->command);
    }
    return code ? code : 1;
}

/* Until the job is over; the last answer is the job. */
static int follow(struct replay *r, const char *job)
{
    const struct timespec pause = {.tv_nsec = LOOK_NS};
    struct ask *ask = &r->ask;
    for (;;) {
        ask_path(ask, "/v1/jobs");
        ask_segment(ask, job);
        int code = ask_get(ask);
        struct slice state = ask_text(ask->said, "state");
        if (code || !(slice_is(state, "queued") || slice_is(state, "running"))) {
            return code;
        }
        show_progress(r);
        if (is_interrupted) {
            return cancel(r, job);
        }
        (void)nanosleep(&pause, NULL);
    }
}

/* ---- what came of it ---- */

static int print_orders(const struct replay *r)
{
    static const struct column columns[] = {{"channel", false},
                                            {"order", false},
                                            {"movement", false},
                                            {"sku", false},
                                            {"location", false},
                                            {"quantity", true}};
    struct table *table = table_new(columns, COUNT_OF(columns));
    for (struct json_iter i = json_iter(json_get(r->ask.said, "review")); json_next(&i);) {
        for (struct json_iter m = json_iter(json_get(i.value, "movements")); json_next(&m);) {
            table_json(table, json_get(i.value, "channel"));
            table_json(table, json_get(i.value, "order"));
            table_json(table, json_get(m.value, "kind"));
            table_json(table, json_get(m.value, "sku"));
            table_json(table, json_get(m.value, "location"));
            table_json(table, json_get(m.value, "quantity"));
        }
    }
    return ask_table(&r->ask,
                     table,
                     r->is_dry_run ? "Nothing would change: what they say is booked."
                                   : "Nothing changed: what they say was booked.");
}

static int print_skus(const struct replay *r)
{
    static const char *const keys[] = {"sku", "available", "reserved", "unavailable"};
    static const struct column columns[] = {
        {"sku", false}, {"available", true}, {"reserved", true}, {"unavailable", true}};
    struct table *table = table_new(columns, COUNT_OF(columns));
    struct json skus = json_get(json_get(r->ask.said, "result"), "skus");
    for (struct json_iter i = json_iter(skus); json_next(&i);) {
        for (size_t k = 0; k < COUNT_OF(keys); k++) {
            table_json(table, json_get(i.value, keys[k]));
        }
    }
    if (table_rows(table) == 0) {
        table_free(table);
        return 0;
    }
    putchar('\n');
    return ask_table(&r->ask, table, "");
}

static int print_listings(const struct replay *r)
{
    static const char *const keys[] = {"listing", "channel", "sku"};
    static const struct column columns[] = {{"listing", false}, {"channel", false}, {"sku", false}};
    struct table *table = table_new(columns, COUNT_OF(columns));
    for (struct json_iter i = json_iter(json_get(r->ask.said, "review")); json_next(&i);) {
        for (size_t k = 0; k < COUNT_OF(keys); k++) {
            table_json(table, json_get(i.value, keys[k]));
        }
    }
    return ask_table(&r->ask, table, "Nothing was pushed then.");
}

static void print_sum(const struct replay *r)
{
    static const struct {
        const char *key, *text;
    } figures[] = {{"applied", "applied"},
                   {"unchanged", "said nothing new"},
                   {"parked", "parked"},
                   {"skipped", "of channels that are off"},
                   {"without_body", "without their body any more"},
                   {"failed", "failed"}};
    struct json result = json_get(r->ask.said, "result");
    fprintf(stderr,
            "replay%s: %" PRId64 " %s",
            r->is_dry_run ? " (nothing is kept)" : "",
            ask_int(result, "seen"),
            r->pushes ? "listings" : "deliveries");
    for (size_t i = 0; i < COUNT_OF(figures) && !r->pushes; i++) {
        int64_t n = ask_int(result, figures[i].key);
        if (n) {
            fprintf(stderr, ", %" PRId64 " %s", n, figures[i].text);
        }
    }
    int64_t movements = ask_int(result, "movements");
    fprintf(stderr, "; %" PRId64 " %s\n", movements, movements == 1 ? "movement" : "movements");
    int64_t more = ask_int(result, "review_more") + ask_int(result, "skus_more");
    if (more) {
        fprintf(stderr,
                "replay: %" PRId64 " more %s not shown\n",
                more,
                more == 1 ? "row is" : "rows are");
    }
}

static int print_all(struct replay *r)
{
    struct ask *ask = &r->ask;
    bool is_done = slice_is(ask_text(ask->said, "state"), "done");
    int64_t failed = ask_int(json_get(ask->said, "result"), "failed");
    int code = 0;
    if (ask->is_json) {
        ask_print_json(ask);
    } else {
        code = r->pushes ? print_listings(r) : print_orders(r);
        code = code || r->pushes ? code : print_skus(r);
        print_sum(r);
    }
    if (!is_done) {
        struct slice why = ask_text(ask->said, "error");
        fprintf(stderr,
                "truecount %s: it ended early: %.*s\n",
                ask->command,
                (int)why.n,
                why.p ? why.p : "");
    }
    return code ? code : !is_done || failed;
}

static int run(struct replay *r)
{
    struct slice job = {0};
    const struct sigaction action = {.sa_handler = on_interrupt};
    r->is_terminal = isatty(STDERR_FILENO);
    if (r->pushes && !r->is_dry_run && r->ask.dir.lone) {
        fprintf(stderr,
                "truecount %s: no server runs here: the listings are marked now, and looked at "
                "when truecount serve starts\n",
                r->ask.command);
    }
    int code = begin(r, &job);
    if (code) {
        return code;
    }
    (void)sigaction(SIGINT, &action, NULL);
    code = follow(r, job.p);
    if (r->is_shown) {
        fputs("\r\x1b[K", stderr);
    }
    return code ? code : print_all(r);
}

int cmd_replay(int argc, char **argv)
{
    struct replay r = {.state = NULL};
    const struct option options[] = {
        ASK_OPTIONS(&r.ask),
        {"from", OPTION_TEXT, "TIME", "received at or after it", .text = &r.from},
        {"to", OPTION_TEXT, "TIME", "received before it", .text = &r.to},
        {"channel", OPTION_TEXT, "CODE", "of this channel", .text = &r.channel},
        {"order", OPTION_TEXT, "ID", "of this order", .text = &r.order},
        {"topic", OPTION_TEXT, "TOPIC", "of this topic", .text = &r.topic},
        {"state", OPTION_TEXT, "STATE", "parked, ignored, applied, ...", .text = &r.state},
        {"delivery",
         OPTION_NUMBER,
         "ID",
         "this one",
         .min = 1,
         .max = INT64_MAX,
         .number = &r.delivery},
        {"pushes",
         OPTION_SWITCH,
         NULL,
         "look again at the listings that were pushed then, instead",
         .is_set = &r.pushes},
        {"dry-run", OPTION_SWITCH, NULL, "only show what would be booked", .is_set = &r.is_dry_run},
        {"reason",
         OPTION_TEXT,
         "TEXT",
         "why, for the log; needed without --dry-run",
         .text = &r.reason}};
    enum options_result result = options_parse(
        argc,
        argv,
        "Decodes kept deliveries again and applies them, oldest first. What is booked already is "
        "not booked\nagain, so it may be repeated at will. Prints the differences per order and "
        "per SKU. Ctrl-C ends it;\nwhat was applied by then stays.\n\n"
        "Exit 0: done; 1: refused, ended early, or some failed; 2: it could not be asked.",
        options,
        COUNT_OF(options));
    if (result != OPTIONS_OK) {
        return options_exit(result);
    }
    int code = ask_begin(&r.ask, argv[0]);
    return ask_end(&r.ask, code ? code : run(&r));
}
