/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence - what several commands show alike: paragraphs that fit the terminal, numbers with
 * decimals, the story of units that were sold twice, a job that is followed to its end.
 */
#pragma once
#include "cli/ask.h"

/* A label, and under it the text, broken at spaces where the terminal ends; elsewhere it stays one
 * line. Nothing when the text is empty. */
void evidence_paragraph(const char *label, struct slice text);
/* Any number as it came, to the right of its column; "-" when there is none. */
void evidence_number(struct ask *ask, struct table *table, struct json number);
/* The days of such a time: "2026-11-27". */
void evidence_day(struct table *table, struct json time);

/* Each of a list of /v1/orders/{channel}/{id}/autopsy: a table of moments, and what follows of it.
 * The exit code. */
int evidence_autopsies(struct ask *ask, struct json list);

/* GET /v1/jobs/{job} until it ends, each answer given to `tell` (NULL: none). 0 done, 1 it failed
 * (said on stderr), 2 nobody works on it. With --json its last state is printed. */
int evidence_follow(struct ask *ask,
                    const char *job,
                    void (*tell)(void *arg, struct json job),
                    void *arg);
