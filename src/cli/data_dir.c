/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "cli/data_dir.h"
#include "cli/store_place.h"

#define LOCK_WAIT_S 5
#define LOCK_PAUSE_NS 30000000

/* False after saying so. */
static bool is_ledger(const char *command, const char *data)
{
    if (store_place_is_there(data)) {
        return true;
    }
    fprintf(stderr,
            "truecount %s: there is no ledger in '%s'; start truecount serve --data %s first\n",
            command,
            data,
            data);
    return false;
}

/* asked: what control_connect gave, with its note. The exit code. */
static int cannot_open(const char *command,
                       const char *data,
                       enum err e,
                       const struct err_note *note,
                       enum err asked,
                       const struct err_note *asked_note)
{
    if (e == ERR_CONFLICT && asked != ERR_AUTH) {
        fprintf(
            stderr,
            "truecount %s: '%s' is in use by a truecount that does not answer on its " CONTROL_FILE
            ": if it is starting, stopping or at another command, wait and try again\n",
            command,
            data);
        return 2;
    }
    note = e == ERR_CONFLICT ? asked_note : note;
    fprintf(stderr, "truecount %s: %s\n", command, note->text[0] ? note->text : err_text(e));
    return e == ERR_CORRUPT || e == ERR_IO ? 1 : 2;
}

int data_dir_open(const char *command, const char *data, bool may_create, struct data_dir *out)
{
    struct err_note note = {""}, silence = {""};
    *out = (struct data_dir){0};
    if (!may_create && !is_ledger(command, data)) {
        return 2;
    }
    enum err asked = control_connect(data, &out->server, &silence);
    if (!asked) {
        return 0;
    }
    enum err e = store_place_open(data, NULL, NULL, &out->store, &note);
    return e ? cannot_open(command, data, e, &note, asked, &silence) : 0;
}

static time_t seconds_now(void)
{
    struct timespec now;
    must(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return now.tv_sec;
}

int data_dir_serve(const char *command,
                   const char *data,
                   const char *key_file,
                   struct data_dir *out)
{
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_NS};
    struct err_note note = {""}, asked_note = {""};
    enum err e = ERR_OK, asked = ERR_OK;
    *out = (struct data_dir){0};
    if (!is_ledger(command, data)) {
        return 2;
    }
    const time_t until_s = seconds_now() + LOCK_WAIT_S;
    for (;;) {
        asked = control_connect(data, &out->server, &asked_note);
        if (!asked) {
            return 0;
        }
        e = lone_start(data, key_file, &out->lone, &note);
        if (!e) {
            e = control_connect(data, &out->server, &note);
            break;
        }
        if (e != ERR_CONFLICT || asked == ERR_AUTH || seconds_now() >= until_s) {
            break;
        }
        nanosleep(&pause, NULL);
    }
    if (e) {
        data_dir_close(out);
        return cannot_open(command, data, e, &note, asked, &asked_note);
    }
    return 0;
}

void data_dir_close(struct data_dir *dir)
{
    control_close(dir->server);
    lone_end(dir->lone);
    store_close(dir->store);
    *dir = (struct data_dir){0};
}

int data_dir_ask(const char *command,
                 struct data_dir *dir,
                 const struct control_request *request,
                 FILE *sink,
                 int *out_status,
                 struct buf *out_body)
{
    struct err_note note = {""};
    enum err e = control_ask(dir->server, request, sink, out_status, out_body, &note);
    if (e) {
        fprintf(stderr, "truecount %s: %s\n", command, note.text);
        return 2;
    }
    return 0;
}

int data_dir_refused(const char *command, int status, struct slice problem)
{
    struct json_doc *doc = json_doc_new();
    struct json root = {0};
    struct slice detail = {0};
    struct err_note note;
    if (!doc || json_parse(doc, problem, &root, &note) ||
        !json_text(json_get(root, "detail"), &detail)) {
        fprintf(stderr, "truecount %s: the server answered %d\n", command, status);
    } else {
        fprintf(stderr, "truecount %s: %.*s\n", command, SLICE_ARG(detail));
    }
    json_doc_free(doc);
    return 2;
}
