/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv_file - tables between files and the API, for the commands that have any.
 *
 * A file is written only when all of the table has come: what stands in it is never the half of
 * one, and who reads slowly does not keep the server's snapshot open. "-" is stdin or stdout.
 */
#pragma once
#include "cli/ask.h"

/* The table at ask's path, into the file (NULL: stdout). what: "exporting stock". */
MUST_USE int csv_file_fetch(struct ask *ask, const char *file, const char *what);
/* Sends the file as the body of a POST to ask's path; the answer is in ask->said. A table with
 * errors is no failure here: csv_file_has_errors. name: of the file, for people. */
MUST_USE int csv_file_send(struct ask *ask, const char *file, const char *name);
bool csv_file_has_errors(const struct ask *ask);
/* FILE:LINE: column: what is wrong, each on a line of stderr. */
void csv_file_print_errors(const struct ask *ask, const char *name);
