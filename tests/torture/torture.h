/* SPDX-License-Identifier: Apache-2.0 */
/*
 * torture - the nth allocation of production code fails; then the next run's n is one more.
 *
 * The programs are linked so that malloc, calloc, realloc and the C++ allocations that report
 * failure by value go through torture.c; what a script itself allocates does not (its objects are
 * compiled with real names). A script does something whole, takes every refusal as an answer, and
 * frees all it has. Each run is a process of its own, so that a crash is one finding and not the
 * end.
 */
#pragma once
#include "base/base.h"

/* What a script came to, when it comes back at all. */
enum torture_end {
    TORTURE_FINE,  /* all worked, or what failed said so */
    TORTURE_WRONG, /* something said it had worked, and it had not */
};

struct torture_script {
    const char *name;
    /* Runs the nth of several inputs; *out_more: there are further ones. */
    enum torture_end (*run)(size_t input, bool *out_more);
};

void torture_begin(long nth, bool stays); /* 0: none fails; stays: all from the nth on fail */
long torture_pause(void);                 /* nothing fails any more; how many there were */
void torture_go_on(void);                 /* after a pause, from where it was */
bool torture_has_failed(void);            /* an allocation was refused */
size_t torture_live(void);                /* handed out since the beginning, not yet given back */

extern const struct torture_script torture_base, torture_http, torture_engine_mem,
    torture_engine_sqlite;
extern const struct torture_script torture_decode; /* an input is a connector and a body */
