/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/actions.h"

static int help(
    FILE *out, const char *command, const char *summary, const struct action *actions, size_t count)
{
    fprintf(out, "usage: truecount %s VERB [options]\n\n%s\n\n", command, summary);
    for (size_t i = 0; i < count; i++) {
        char left[80];
        snprintf(left, sizeof(left), "%s %s", actions[i].name, actions[i].usage);
        fprintf(out, "  %-40s %s\n", left, actions[i].help);
    }
    fprintf(out, "\ntruecount %s VERB --help tells more.\n", command);
    return out == stdout ? 0 : 2;
}

int actions_run(
    int argc, char **argv, const char *summary, const struct action *actions, size_t count)
{
    static char title[64];
    struct slice verb = slice_of(argc > 1 ? argv[1] : "");
    if (slice_is(verb, "--help") || slice_is(verb, "-h")) {
        return help(stdout, argv[0], summary, actions, count);
    }
    for (size_t i = 0; i < count; i++) {
        if (slice_is(verb, actions[i].name)) {
            snprintf(title, sizeof(title), "%s %s", argv[0], actions[i].name);
            argv[1] = title;
            return actions[i].run(argc - 1, argv + 1);
        }
    }
    if (verb.n) {
        fprintf(stderr, "truecount %s: there is no '%s'\n\n", argv[0], argv[1]);
    }
    return help(stderr, argv[0], summary, actions, count);
}
