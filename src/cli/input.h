/* SPDX-License-Identifier: Apache-2.0 */
/*
 * input - lines and pairs that people, files and scanners give to a command.
 *
 * Fields stand between tabs when the line has one (a SKU may have spaces in it), else between
 * spaces. Empty lines and those that begin with # say nothing.
 */
#pragma once
#include <stdio.h>

#include "base/base.h"

struct input {
    FILE *in;
    char *text; /* of the last line */
    size_t cap;
    size_t number; /* of the last line, from 1 */
};

/* The next line that says something, trimmed; it lives until the next call. */
bool input_line(struct input *input, struct slice *out);
void input_free(struct input *input); /* fits ON_EXIT */
/* At most `max` fields into `out`; gives how many there are. */
size_t input_fields(struct slice line, struct slice *out, size_t max);
/* "SKU=3" at its last '='; false when there is none, and all of it is the SKU. */
bool input_pair(const char *word, struct slice *out_sku, struct slice *out_rest);
