/* SPDX-License-Identifier: Apache-2.0 */
/* actions - commands with a verb of their own behind them: truecount transfer ship ID. */
#pragma once
#include "base/base.h"

struct action {
    const char *name, *usage, *help;
    int (*run)(int argc, char **argv); /* argv[0] is "transfer ship"; returns the exit code */
};

/* argv[0] is the command's name, argv[1] the verb. */
int actions_run(
    int argc, char **argv, const char *summary, const struct action *actions, size_t count);
