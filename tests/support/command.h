/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command - runs the program's commands on a served scenario's data, as a person would.
 *
 * TRUECOUNT_DATA says where the data is; what goes to stdout and to stderr is kept apart. RUN gives
 * the arguments as a list; WANT_RUN also wants an exit code.
 */
#pragma once
#include "support/served_shop.h"

struct command {
    struct served *s;
    const char *stdin_text; /* of the next run; NULL: nothing */
    int code;
    char *out, *err; /* of the last run */
};

static inline void command_free(struct command *c)
{
    free(c->out);
    free(c->err);
    c->out = c->err = NULL;
}

static inline void command_child(const struct command *c, const char *const *args, int in)
{
    char *argv[40] = {(char *)(uintptr_t)TC_BINARY}, path[128];
    for (size_t i = 0; args[i]; i++) {
        must(i + 2 < COUNT_OF(argv));
        argv[i + 1] = (char *)(uintptr_t)args[i];
    }
    snprintf(path, sizeof(path), "%s/out", c->s->directory);
    int out = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    snprintf(path, sizeof(path), "%s/err", c->s->directory);
    int err = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (out < 0 || err < 0 || dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
        dup2(err, STDERR_FILENO) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
        setenv("TRUECOUNT_DATA", c->s->data, 1) != 0) {
        _exit(127);
    }
    execv(TC_BINARY, argv);
    _exit(127);
}

/* Starts it; `in` becomes its stdin. */
static inline pid_t command_start(const struct command *c, const char *const *args, int in)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        command_child(c, args, in);
    }
    return child;
}

/* Waits for its end, while the shops' loop runs. */
static inline int command_end(struct command *c, pid_t child)
{
    char path[128];
    UNTIL(c->s, 30, child_ended(child, &c->code));
    command_free(c);
    snprintf(path, sizeof(path), "%s/out", c->s->directory);
    c->out = file_text(path);
    snprintf(path, sizeof(path), "%s/err", c->s->directory);
    c->err = file_text(path);
    return c->code;
}

static inline int command_run(struct command *c, const char *const *args)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/in", c->s->directory);
    FILE *in = fopen(path, "w+");
    must(in);
    fputs(c->stdin_text ? c->stdin_text : "", in);
    must(fflush(in) == 0);
    rewind(in);
    pid_t child = command_start(c, args, fileno(in));
    (void)fclose(in);
    return command_end(c, child);
}

static inline void command_want(
    const struct command *c, int code, const char *out, const char *err, const char *file, int line)
{
    if (c->code != code || (out && !strstr(c->out, out)) || (err && !strstr(c->err, err))) {
        print_error("exit %d\nstdout: %.3000s\nstderr: %.3000s\nwanted %d, out '%s', err '%s'\n",
                    c->code,
                    c->out,
                    c->err,
                    code,
                    out ? out : "",
                    err ? err : "");
        served_print_log(c->s);
        _fail(file, line);
    }
}

#define RUN(c, ...) command_run((c), (const char *const[]){__VA_ARGS__, NULL})
/* Runs it and wants the exit code and these parts of stdout and stderr (NULL: anything). */
#define WANT_RUN(c, code, out, err, ...)                                                           \
    do {                                                                                           \
        RUN(c, __VA_ARGS__);                                                                       \
        command_want((c), (code), (out), (err), __FILE__, __LINE__);                               \
    } while (0)
