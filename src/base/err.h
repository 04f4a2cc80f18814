/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err - faults of disk, network, peer or input, and the one place that says which may be retried.
 *
 * A refusal that a person asked for (not enough stock) is an outcome, not an err. A bug is must().
 */
#pragma once
#include "base/base.h"

enum err_class {
    ERR_CLASS_NONE,
    ERR_CLASS_OURS,      /* stop and tell the operator */
    ERR_CLASS_PERMANENT, /* the same input fails again */
    ERR_CLASS_TRANSIENT, /* may succeed later */
    ERR_CLASS_SLOW_DOWN, /* later, and less often */
};

#define ERR_MAP(X)                                                                                 \
    X(OK, NONE, "ok")                                                                              \
    X(LIMIT, OURS, "a configured bound was reached")                                               \
    X(CORRUPT, OURS, "stored data broke an invariant")                                             \
    X(IO, OURS, "the disk refused")                                                                \
    X(FULL, TRANSIENT, "the disk is full")                                                         \
    X(MEMORY, OURS, "out of memory")                                                               \
    X(PARSE, PERMANENT, "input does not match its format")                                         \
    X(AUTH, PERMANENT, "credential or signature refused")                                          \
    X(NOT_FOUND, PERMANENT, "no such thing")                                                       \
    X(USAGE, PERMANENT, "the call's arguments are off")                                            \
    X(CONFLICT, TRANSIENT, "another writer got there first")                                       \
    X(THROTTLED, SLOW_DOWN, "peer asked us to slow down")                                          \
    X(NET, TRANSIENT, "connection failed before anything was sent")                                \
    X(UNKNOWN, TRANSIENT, "sent but not answered: it may have happened")

enum err {
#define X(name, class, text) ERR_##name,
    ERR_MAP(X)
#undef X
};

#ifdef __cplusplus
extern "C" {
#endif

/* The detail of a fault, filled in at the lowest place that knows it. Always NUL-terminated. */
struct err_note {
    char text[256];
};

enum err_class err_class(enum err e);
const char *err_text(enum err e);
const char *err_name(enum err e);
/* Formats into the note and returns `e`, so that a failing line can say `return err_note(...)`. */
enum err err_note(struct err_note *note, enum err e, const char *format, ...) PRINTF_LIKE(3, 4);

#ifdef __cplusplus
}
#endif
