/* SPDX-License-Identifier: Apache-2.0 */
/*
 * channel_verbs - the verbs of truecount channel that have files of their own: what proves that a
 * channel may be taken over (channel_shadow.c), and taking it over, back, or out of use
 * (channel_cutover.c). argv[0] is "channel shadow" and so on; each returns the exit code.
 */
#pragma once
#include "base/base.h"

struct ask;

int channel_audit(int argc, char **argv);
int channel_shadow(int argc, char **argv);
int channel_checklist(int argc, char **argv);
int channel_cutover(int argc, char **argv);
int channel_rollback(int argc, char **argv);
int channel_pause(int argc, char **argv);
int channel_resume(int argc, char **argv);

/* The path of /v1/channels/{code}/{verb}. */
void channel_path(struct ask *ask, const char *code, const char *verb);
/* The list `checks` of the last answer; those that hold are left out with `only_wrong`. The exit
 * code. */
int channel_checks(const struct ask *ask, FILE *out, bool only_wrong);
