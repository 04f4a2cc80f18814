/* SPDX-License-Identifier: Apache-2.0 */
/* testing - cmocka and the few assertions every test wants. Include it first. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"

#define assert_slice(s, text) assert_slice_at((s), slice_of(text), __FILE__, __LINE__)

static inline void assert_slice_at(struct slice s, struct slice wanted, const char *file, int line)
{
    if (!slice_equal(s, wanted)) {
        print_error("got    '%.*s'\nwanted '%.*s'\n", SLICE_ARG(s), SLICE_ARG(wanted));
        _fail(file, line);
    }
}

/* Runs fn in a child process and wants it to end in must(): a test of what counts as a bug. */
static inline void assert_aborts(void (*fn)(void))
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (quiet < 0 || dup2(quiet, STDERR_FILENO) < 0 || signal(SIGABRT, SIG_DFL) == SIG_ERR) {
            _exit(1);
        }
        fn();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
