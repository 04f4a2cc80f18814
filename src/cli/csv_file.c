/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/csv_file.h"
#include <errno.h>

#include "cli/progress.h"
#include "engine/csv.h"

static int cannot_write(const struct ask *ask, const char *file)
{
    fprintf(stderr,
            "truecount %s: cannot write %s: %s\n",
            ask->command,
            file ? file : "to stdout",
            strerror(errno));
    return 1;
}

static int copy_out(const struct ask *ask, const char *file, FILE *aside)
{
    char piece[65536];
    size_t n;
    FILE *out = file ? fopen(file, "we") : stdout;
    if (!out) {
        return cannot_write(ask, file);
    }
    rewind(aside);
    while ((n = fread(piece, 1, sizeof(piece), aside)) > 0) {
        (void)fwrite(piece, 1, n, out); /* looked at in the end */
    }
    bool is_written = !ferror(aside) && fflush(out) == 0 && !ferror(out);
    if (file && fclose(out) != 0) {
        is_written = false;
    }
    return is_written ? 0 : cannot_write(ask, file);
}

int csv_file_fetch(struct ask *ask, const char *file, const char *what)
{
    FILE *aside = tmpfile();
    if (!aside) {
        fprintf(stderr, "truecount %s: no temporary file: %s\n", ask->command, strerror(errno));
        return 2;
    }
    file = file && strcmp(file, "-") == 0 ? NULL : file;
    buf_char(&ask->path, '\0');
    const struct control_request request = {.method = "GET", .path = ask->path.p};
    struct progress *progress = progress_begin(what, aside);
    int code = data_dir_ask(ask->command, &ask->dir, &request, aside, &ask->status, &ask->answer);
    progress_end(progress);
    if (!code && ask->status != 200) {
        code = data_dir_refused(ask->command, ask->status, buf_view(&ask->answer));
    } else if (!code) {
        code = copy_out(ask, file, aside);
    }
    (void)fclose(aside);
    return code;
}

/* The whole file, which must be one request. False after saying why not. */
static bool read_file(const struct ask *ask, const char *file, const char *name, struct buf *out)
{
    char piece[65536];
    size_t n;
    bool is_stdin = strcmp(file, "-") == 0;
    FILE *in = is_stdin ? stdin : fopen(file, "re");
    while (in && !out->overflow && (n = fread(piece, 1, sizeof(piece), in)) > 0) {
        buf_put(out, piece, n);
    }
    bool is_read = in && !ferror(in);
    if (!is_read) {
        fprintf(stderr, "truecount %s: cannot read %s: %s\n", ask->command, name, strerror(errno));
    } else if (out->overflow) {
        fprintf(stderr,
                "truecount %s: %s is larger than %d MiB: split it\n",
                ask->command,
                name,
                (int)(CSV_BODY_MAX >> 20));
    }
    if (in && !is_stdin) {
        (void)fclose(in);
    }
    return is_read && !out->overflow;
}

int csv_file_send(struct ask *ask, const char *file, const char *name)
{
    char what[64];
    ON_EXIT(buf_free) struct buf text;
    buf_init(&text, CSV_BODY_MAX);
    if (!read_file(ask, file, name, &text)) {
        return 2;
    }
    ask->type = "text/csv";
    (void)snprintf(what, sizeof(what), "importing %.1f MB", (double)text.n / 1e6);
    struct progress *progress = progress_begin(what, NULL);
    int code = ask_try(ask, "POST", buf_view(&text));
    progress_end(progress);
    ask->type = NULL;
    if (code || (ask->status >= 400 && !csv_file_has_errors(ask))) {
        return code ? code : ask_refused(ask);
    }
    return 0;
}

bool csv_file_has_errors(const struct ask *ask)
{
    return json_count(json_get(ask->said, "errors")) > 0;
}

void csv_file_print_errors(const struct ask *ask, const char *name)
{
    size_t count = 0;
    for (struct json_iter i = json_iter(json_get(ask->said, "errors")); json_next(&i);) {
        struct slice column = ask_text(i.value, "column");
        fprintf(stderr, "%s:%" PRId64 ": ", name, ask_int(i.value, "line"));
        if (column.n) {
            cells_print(stderr, column);
            fputs(": ", stderr);
        }
        cells_print(stderr, ask_text(i.value, "detail"));
        fputc('\n', stderr);
        count++;
    }
    int64_t all = ask_int(ask->said, "errors_count");
    if (all > (int64_t)count) {
        fprintf(stderr, "truecount %s: and %" PRId64 " more\n", ask->command, all - (int64_t)count);
    }
    fprintf(stderr, "truecount %s: nothing of the file was kept\n", ask->command);
}
