/* SPDX-License-Identifier: Apache-2.0 */
/*
 * data_dir - a data directory as the commands find it: with a server on it, which is then asked, or
 * without, and then it is opened.
 */
#pragma once
#include "cli/control_call.h"
#include "cli/lone.h"
#include "store/store.h"

struct data_dir { /* one of the first two */
    struct control_call *server;
    struct store *store; /* the writer, and the directory's lock */
    struct lone *lone;   /* the server is our own */
};

/*
 * Errors go to stderr in one line that begins with the command's name. 0, or the exit code: 1 when
 * the data cannot be read, 2 when it is not there or in use by somebody who does not answer.
 * Without may_create a directory without a ledger stays one.
 */
int data_dir_open(const char *command, const char *data, bool may_create, struct data_dir *out);
/*
 * The same, and there is always a server to ask: the one that runs, or one of our own. Somebody
 * else's lock is waited for a little, as other commands are short. key_file: lone.h.
 */
int data_dir_serve(const char *command,
                   const char *data,
                   const char *key_file,
                   struct data_dir *out);
void data_dir_close(struct data_dir *dir);
/* control_ask, and the error on stderr: 0 and the answer's status and body, or the exit code 2. */
int data_dir_ask(const char *command,
                 struct data_dir *dir,
                 const struct control_request *request,
                 FILE *sink,
                 int *out_status,
                 struct buf *out_body);
/* Prints what a problem answer says is wrong; gives the exit code 2. */
int data_dir_refused(const char *command, int status, struct slice problem);
