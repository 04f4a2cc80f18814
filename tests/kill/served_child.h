/* SPDX-License-Identifier: Apache-2.0 */
/*
 * served_child - `truecount serve` on a directory of its own, started, killed and looked at.
 *
 * No loop and no shops beside it, unlike support/served.h: here a start costs milliseconds, for it
 * is made tens of thousands of times. Whoever wants to stand between the server and its disk sets
 * `before_exec`, which runs in the child.
 */
#pragma once
#include "kill/wire.h"
#include "support/child.h"

#include "base/arena.h"
#include "base/json_read.h"

#define BEARER "Authorization: Bearer " CHILD_TOKEN "\r\nContent-Type: application/json\r\n"
#define CALL_MAX_US (20 * US_PER_S)

struct served_child {
    char directory[64], data[96], log[96];
    pid_t child; /* 0: not running */
    int port, exit_code;
    int64_t start_us; /* what the last start took */
    bool (*before_exec)(void *arg);
    void *before_exec_arg;
    struct wire wire; /* of served_ask */
    struct json_doc *doc;
    struct json json; /* the last answer, when it was JSON */
};

static inline void child_init(struct served_child *s)
{
    *s = (struct served_child){.child = 0};
    snprintf(s->directory, sizeof(s->directory), "/tmp/truecount-kill-XXXXXX");
    must(mkdtemp(s->directory));
    snprintf(s->data, sizeof(s->data), "%s/data", s->directory);
    snprintf(s->log, sizeof(s->log), "%s/log", s->directory);
    wire_init(&s->wire);
    s->doc = json_doc_new();
    must(s->doc);
}

static inline void child_print_log(const struct served_child *s)
{
    char *log = file_text(s->log);
    size_t n = strlen(log);
    fprintf(stderr, "---- the server's log, its end ----\n%s\n", n > 6000 ? log + n - 6000 : log);
    free(log);
}

static inline bool child_is_over(struct served_child *s)
{
    if (s->child && child_ended(s->child, &s->exit_code)) {
        s->child = 0;
    }
    return s->child == 0;
}

static inline void child_await_end(struct served_child *s, int64_t for_us)
{
    int64_t until_us = mono_us() + for_us;
    while (!child_is_over(s)) {
        if (mono_us() > until_us) {
            child_print_log(s);
            fail_msg("the server did not end");
        }
        nap_us(300);
    }
    wire_close(&s->wire);
}

/* kill -9. It may have ended by itself. */
static inline void child_kill(struct served_child *s)
{
    if (s->child) {
        (void)kill(s->child, SIGKILL);
        child_await_end(s, 10 * US_PER_S);
    }
}

static inline void child_free(struct served_child *s)
{
    child_kill(s);
    wire_free(&s->wire);
    json_doc_free(s->doc);
    directory_remove(s->directory);
}

/* ---- start ---- */

static inline void child_begin(struct served_child *s)
{
    char *const argv[] = {(char *)(uintptr_t)TC_BINARY,
                          (char *)(uintptr_t) "serve",
                          (char *)(uintptr_t) "--data",
                          s->data,
                          (char *)(uintptr_t) "--listen",
                          (char *)(uintptr_t) "127.0.0.1:0",
                          (char *)(uintptr_t) "--allow-private-channels",
                          NULL};
    pid_t parent = getpid();
    must(s->child == 0);
    s->port = 0;
    (void)unlink(s->log);
    s->child = fork();
    must(s->child >= 0);
    if (s->child > 0) {
        return;
    }
    int fd = open(s->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0 ||
        prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
        setenv("TRUECOUNT_ADMIN_TOKEN", CHILD_TOKEN, 1) != 0 ||
        (s->before_exec && !s->before_exec(s->before_exec_arg))) {
        _exit(127);
    }
    execv(TC_BINARY, argv);
    _exit(127);
}

/* The port that the log names; 0 as long as there is none. */
static inline int child_port(const struct served_child *s)
{
    char *log = file_text(s->log);
    const char *line = strstr(log, "\"listening\""),
               *port = line ? strstr(line, "\"port\":") : NULL;
    int n = port ? (int)strtol(port + sizeof("\"port\":") - 1, NULL, 10) : 0;
    free(log);
    return n;
}

/* Until it listens; false when it ended before. */
static inline bool child_listens(struct served_child *s)
{
    int64_t began_us = mono_us();
    while (s->port == 0) {
        if (child_is_over(s)) {
            return false;
        }
        if (mono_us() - began_us > 30 * US_PER_S) {
            child_print_log(s);
            fail_msg("the server does not listen");
        }
        nap_us(500);
        s->port = child_port(s);
    }
    s->start_us = mono_us() - began_us;
    return true;
}

static inline void child_start_whole(struct served_child *s)
{
    child_begin(s);
    if (!child_listens(s)) {
        child_print_log(s);
        fail_msg("the server did not start: exit code %d", s->exit_code);
    }
}

/* ---- one call after the other ---- */

/* The status, 0 without an answer. Quotes are those of JSON. */
static inline int child_call(struct served_child *s,
                             const char *method,
                             const char *path,
                             const char *headers,
                             struct slice body)
{
    struct err_note note;
    s->json = (struct json){0};
    for (int tried = 0; tried < 2; tried++) {
        bool is_fresh = s->wire.state != WIRE_IDLE && s->wire.state != WIRE_ANSWERED;
        if (is_fresh && !wire_open(&s->wire, s->port)) {
            return 0;
        }
        wire_ask(&s->wire, method, path, headers, body);
        if (wire_wait(&s->wire, CALL_MAX_US)) {
            if (s->wire.body.n && json_parse(s->doc, s->wire.body, &s->json, &note)) {
                s->json = (struct json){0};
            }
            return s->wire.status;
        }
        wire_close(&s->wire);
        if (is_fresh) { /* else the server may have closed it as idle */
            return 0;
        }
    }
    return 0;
}

static inline int PRINTF_LIKE(2, 3) child_get(struct served_child *s, const char *path, ...)
{
    char text[256];
    va_list args;
    va_start(args, path);
    int n = vsnprintf(text, sizeof(text), path, args);
    va_end(args);
    must(n > 0 && (size_t)n < sizeof(text));
    return child_call(s, "GET", text, BEARER, SLICE(""));
}

/* A write that must succeed; single quotes stand for double ones. */
static inline void PRINTF_LIKE(3, 4)
    child_write(struct served_child *s, const char *path, const char *body, ...)
{
    static char text[1 << 20];
    va_list args;
    va_start(args, body);
    int n = vsnprintf(text, sizeof(text), body, args);
    va_end(args);
    must(n >= 0 && (size_t)n < sizeof(text));
    for (char *c = text; *c; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    int status = child_call(s, "POST", path, BEARER, (struct slice){text, (size_t)n});
    if (status < 200 || status > 299) {
        child_print_log(s);
        fail_msg("POST %s: %d %.*s", path, status, SLICE_ARG(s->wire.body));
    }
}

static inline struct slice said(struct json object, const char *key)
{
    struct slice text = {0};
    (void)json_text(json_get(object, key), &text);
    return text;
}

static inline int64_t said_number(struct json object, const char *key)
{
    int64_t n = INT64_MIN;
    if (!json_int_loose(json_get(object, key), &n)) {
        fail_msg("no number '%s' in the answer", key);
    }
    return n;
}

/* ---- verify, and whole directories ---- */

/* Beside the running server or on what it left. */
static inline void child_verify(struct served_child *s)
{
    char out[128], *text = NULL;
    snprintf(out, sizeof(out), "%s/verify", s->directory);
    int code = child_run(out, (const char *const[]){"verify", "--data", s->data, NULL}, &text);
    if (code != 0) {
        fprintf(stderr, "verify: %d\n%s\n", code, text);
        child_print_log(s);
        fail_msg("verify says that something is wrong");
    }
    free(text);
}

/* Copies the files of a directory into another, made anew. */
static inline void directory_copy(const char *from, const char *to)
{
    const struct dirent *entry;
    directory_remove(to);
    must(mkdir(to, 0700) == 0);
    DIR *dir = opendir(from);
    must(dir);
    while ((entry = readdir(dir))) {
        char source[512], target[512];
        struct stat st;
        snprintf(source, sizeof(source), "%s/%s", from, entry->d_name);
        snprintf(target, sizeof(target), "%s/%s", to, entry->d_name);
        if (stat(source, &st) != 0 || !S_ISREG(st.st_mode)) {
            continue;
        }
        static char part[1 << 16];
        int in = open(source, O_RDONLY | O_CLOEXEC);
        int out = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        must(in >= 0 && out >= 0);
        for (ssize_t n; (n = read(in, part, sizeof(part))) > 0;) {
            must(write(out, part, (size_t)n) == n);
        }
        close(in);
        close(out);
    }
    closedir(dir);
}
