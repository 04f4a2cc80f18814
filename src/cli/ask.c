/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>
#include <unistd.h>

#include "base/crypto.h"
#include "cli/ask.h"

#define PATH_BYTES_MAX ((size_t)15 << 10) /* a request's head has 16 KiB */
#define BODY_BYTES_MAX ((size_t)64 << 20)
#define ARENA_BYTES_MAX ((size_t)64 << 20)
#define PAGE_ROWS 1000
#define SCREEN_ROWS 100
#define TRIES 4
#define TRY_PAUSE_NS 250000000

int ask_begin(struct ask *ask, const char *command)
{
    ask->command = command;
    arena_init(&ask->arena, ARENA_BYTES_MAX);
    buf_init(&ask->path, PATH_BYTES_MAX);
    buf_init(&ask->body, BODY_BYTES_MAX);
    buf_init(&ask->answer, BODY_BYTES_MAX + 1);
    ask->doc = json_doc_new();
    must(ask->doc && ask->data);
    return data_dir_serve(command, ask->data, ask->key_file, &ask->dir);
}

int ask_end(struct ask *ask, int code)
{
    data_dir_close(&ask->dir);
    json_doc_free(ask->doc);
    buf_free(&ask->path);
    buf_free(&ask->body);
    buf_free(&ask->answer);
    arena_free(&ask->arena);
    if (!code && (fflush(stdout) != 0 || ferror(stdout))) {
        fprintf(stderr, "truecount %s: not all of it could be printed\n", ask->command);
        return 1;
    }
    return code;
}

/* ---- the request ---- */

static void put_encoded(struct buf *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        bool is_plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                        (*c >= '0' && *c <= '9') || strchr("-._~", *c);
        if (is_plain) {
            buf_char(out, *c);
        } else {
            buf_printf(out, "%%%02X", (unsigned char)*c);
        }
    }
}

void ask_path(struct ask *ask, const char *path)
{
    buf_clear(&ask->path);
    buf_text(&ask->path, path);
}

void ask_segment(struct ask *ask, const char *text)
{
    buf_char(&ask->path, '/');
    put_encoded(&ask->path, text);
}

void ask_query(struct ask *ask, const char *name, const char *value)
{
    if (value) {
        buf_char(&ask->path, memchr(ask->path.p, '?', ask->path.n) ? '&' : '?');
        buf_text(&ask->path, name);
        buf_char(&ask->path, '=');
        put_encoded(&ask->path, value);
    }
}

struct json_writer ask_body(struct ask *ask)
{
    buf_clear(&ask->body);
    return json_writer(&ask->body);
}

static void new_key(char out[33])
{
    uint8_t bytes[16];
    crypto_random(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    }
}

/* Once; then again as long as there is reason to hope, on a connection of its own. */
static int send_until_answered(struct ask *ask, const struct control_request *request)
{
    const struct timespec pause = {.tv_nsec = TRY_PAUSE_NS};
    struct err_note note = {""};
    enum err e = ERR_OK;
    for (int i = 0; i < TRIES; i++) {
        if (i) {
            if (i > 1 || !e) { /* a server hangs up on who was silent: no need to wait then */
                nanosleep(&pause, NULL);
            }
            data_dir_close(&ask->dir);
            int code = data_dir_serve(ask->command, ask->data, ask->key_file, &ask->dir);
            if (code) {
                return code;
            }
        }
        e = control_ask(ask->dir.server, request, NULL, &ask->status, &ask->answer, &note);
        if (!e && ask->status != 503) {
            return 0;
        }
    }
    if (e) {
        fprintf(stderr, "truecount %s: %s\n", ask->command, note.text);
    }
    return e ? 2 : 0;
}

static int too_long(const struct ask *ask)
{
    fprintf(stderr, "truecount %s: that is too long for one request\n", ask->command);
    return 2;
}

int ask_try(struct ask *ask, const char *method, struct slice body)
{
    char key[33];
    bool is_read = strcmp(method, "GET") == 0;
    struct err_note note = {""};
    buf_char(&ask->path, '\0');
    if (ask->path.overflow || ask->body.overflow) {
        return too_long(ask);
    }
    new_key(key);
    const struct control_request request = {.method = method,
                                            .path = ask->path.p,
                                            .type = is_read     ? NULL
                                                    : ask->type ? ask->type
                                                                : "application/json",
                                            .key = is_read ? NULL : key,
                                            .body = body};
    int code = send_until_answered(ask, &request);
    ask->path.n--;
    if (code) {
        return code;
    }
    ask->said = (struct json){0};
    bool is_json = ask->answer.n == 0 ||
                   json_parse(ask->doc, buf_view(&ask->answer), &ask->said, &note) == ERR_OK;
    if (!is_json) {
        fprintf(stderr,
                "truecount %s: the server's answer makes no sense to this truecount (%s)\n",
                ask->command,
                note.text);
        return 2;
    }
    return 0;
}

static int finish(struct ask *ask, int code)
{
    return code || ask->status < 400 ? code : ask_refused(ask);
}

int ask_get(struct ask *ask)
{
    return finish(ask, ask_try(ask, "GET", (struct slice){0}));
}

int ask_send(struct ask *ask, const char *method)
{
    return finish(ask, ask_try(ask, method, buf_view(&ask->body)));
}

/* ---- refusals ---- */

static void print_shortages(struct json list)
{
    static const struct column columns[] = {
        {"sku", false}, {"location", false}, {"requested", true}, {"available", true}};
    struct table *table = table_new(columns, COUNT_OF(columns));
    for (struct json_iter i = json_iter(list); json_next(&i);) {
        for (size_t c = 0; c < COUNT_OF(columns); c++) {
            table_json(table, json_get(i.value, columns[c].title));
        }
    }
    if (!table_print(table, stderr, table_style_of(stderr))) {
        fputs("(there is no memory to list them)\n", stderr);
    }
    table_free(table);
}

int ask_refused(struct ask *ask)
{
    struct slice detail = ask_text(ask->said, "detail");
    bool is_strange = ask->status == 404 && slice_is(ask_text(ask->said, "title"), "no such path");
    fflush(stdout);
    fprintf(stderr, "truecount %s: ", ask->command);
    if (is_strange) {
        fputs("the server that runs on the data directory does not know this request: is it an "
              "older truecount?\n",
              stderr);
        return 2;
    }
    if (detail.n) {
        cells_print(stderr, detail);
    } else {
        fprintf(stderr, "the server answered %d", ask->status);
    }
    fputc('\n', stderr);
    print_shortages(json_get(ask->said, "shortages"));
    if (ask->is_json) {
        ask_print_json(ask);
    }
    return ask->status == 404 || ask->status == 409 || ask->status == 422 ? 1 : 2;
}

void ask_print_json(const struct ask *ask)
{
    if (ask->answer.n) {
        (void)fwrite(ask->answer.p, 1, ask->answer.n, stdout);
        putchar('\n');
    }
}

/* ---- lists ---- */

/* Asks for one page behind the cursor; the list's own path stays in ask->path. */
static int ask_page(struct ask *ask, int64_t rows, struct slice cursor)
{
    char text[24];
    size_t before = ask->path.n;
    snprintf(text, sizeof(text), "%" PRId64, rows);
    ask_query(ask, "limit", text);
    if (cursor.n) {
        ask_query(ask, "cursor", cursor.p);
    }
    int code = ask_get(ask);
    ask->path.n = before;
    return code;
}

int ask_list(struct ask *ask, int64_t limit, void (*row)(void *arg, struct json item), void *arg)
{
    bool is_screen = limit == 0 && !ask->is_json && isatty(STDOUT_FILENO);
    int64_t left = is_screen ? SCREEN_ROWS : limit ? limit : INT64_MAX;
    struct slice cursor = {0};
    do {
        int code = ask_page(ask, left < PAGE_ROWS ? left : PAGE_ROWS, cursor);
        if (code) {
            return code;
        }
        if (ask->is_json) {
            ask_print_json(ask);
        }
        struct json items = json_get(ask->said, "items");
        for (struct json_iter i = json_iter(items); json_next(&i) && !ask->is_json;) {
            row(arg, i.value);
        }
        left -= (int64_t)json_count(items);
        cursor = ask_keep(ask, ask->said, "next");
    } while (cursor.n && left > 0);
    if (cursor.n && is_screen) {
        fprintf(stderr,
                "truecount %s: the first %d; --limit N shows more, a pipe or file gets all\n",
                ask->command,
                SCREEN_ROWS);
    }
    return 0;
}

int ask_table(const struct ask *ask, struct table *table, const char *nothing)
{
    if (table_rows(table) == 0) {
        puts(nothing);
    }
    bool is_printed = table_print(table, stdout, table_style_of(stdout));
    table_free(table);
    if (!is_printed) {
        fprintf(stderr, "truecount %s: there is no memory for a table of all that\n", ask->command);
        return 2;
    }
    return 0;
}

/* ---- members ---- */

struct slice ask_text(struct json object, const char *key)
{
    struct slice text = {0};
    (void)json_text(json_get(object, key), &text);
    return text;
}

int64_t ask_int(struct json object, const char *key)
{
    int64_t number = 0;
    (void)json_int(json_get(object, key), &number);
    return number;
}

void ask_say(const char *before, struct json object, const char *key)
{
    char time[TIME_TEXT_MAX];
    struct slice text = ask_text(object, key);
    if (text.n) {
        fputs(before, stdout);
        cells_print(stdout, table_word(text, time));
    }
}

struct slice ask_keep(struct ask *ask, struct json object, const char *key)
{
    return arena_copy(&ask->arena, ask_text(object, key));
}
