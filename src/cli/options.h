/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options - flags and TRUECOUNT_... variables of a command, from one typed table that also writes
 * its help.
 *
 * "--public-url" may also be given as TRUECOUNT_PUBLIC_URL; the flag wins. An unknown flag, a
 * missing value or one out of bounds prints one line that says what to do, and the command exits
 * with 2.
 */
#pragma once
#include "base/base.h"

enum option_type { OPTION_TEXT, OPTION_NUMBER, OPTION_SWITCH, OPTION_TEXTS };

struct option {
    const char *name; /* without the dashes */
    enum option_type type;
    const char *argument; /* its name in the help, e.g. "DIR" */
    const char *help;
    bool is_required;
    int64_t min, max; /* of OPTION_NUMBER; max of OPTION_TEXTS: how often it may be given */
    /* Where the value goes; what stands there before is the default. */
    const char **text; /* of OPTION_TEXTS: room for max of them, NULL behind the last */
    int64_t *number;
    bool *is_set;
};

enum options_result { OPTIONS_OK, OPTIONS_HELP, OPTIONS_WRONG };

/* What stands on the line beside options, in its order; "--" makes words of all that follows. A
 * negative number and a lone "-" are words. */
struct words {
    const char *usage; /* for the help, e.g. "SKU LOCATION QUANTITY" */
    size_t min, max;   /* max at most WORDS_MAX */
    const char **items;
    size_t count; /* out */
};
#define WORDS_MAX 1000

/* argv[0] is the command's name. Prints help on stdout or the error on stderr. */
enum options_result options_parse(
    int argc, char **argv, const char *summary, const struct option *options, size_t count);
/* The same for a command that takes words; their items must have room for max of them. */
enum options_result options_parse_words(int argc,
                                        char **argv,
                                        const char *summary,
                                        const struct option *options,
                                        size_t count,
                                        struct words *words);
/* The exit code that goes with a result other than OPTIONS_OK. */
int options_exit(enum options_result result);
