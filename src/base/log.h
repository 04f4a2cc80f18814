/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log - one JSON object a line on stderr: time, level, a constant `msg`, typed fields.
 *
 * Only the edges log (intake, push, cli, engine's start and stop), each fault once. No bodies, no
 * personal data, no secrets: fields are listed by the caller, one by one.
 */
#pragma once
#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_field {
    const char *key;
    struct slice text; /* used when .p is set */
    int64_t number;
};
#define LOG_TEXT(k, s) ((struct log_field){.key = (k), .text = (s)})
#define LOG_STR(k, s) ((struct log_field){.key = (k), .text = slice_of(s)})
#define LOG_INT(k, v) ((struct log_field){.key = (k), .number = (v)})

void log_set_level(enum log_level level); /* LOG_INFO at start */
void log_line(enum log_level level, const char *msg, const struct log_field *fields, size_t count);
#define LOG(level, msg, ...)                                                                       \
    log_line((level),                                                                              \
             (msg),                                                                                \
             (const struct log_field[]){__VA_ARGS__},                                              \
             sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

#ifdef __cplusplus
}
#endif
