/* SPDX-License-Identifier: Apache-2.0 */
/* rebuild_verify - `truecount verify --rebuild`: store/rebuild.h on a copy of the ledger. */
#pragma once

/* into: where the copy stays; NULL: beside the ledger, and removed at the end. The exit code: 0 all
 * is well, 1 it is not, 2 it could not be checked. */
int rebuild_verify(const char *command, const char *data, const char *into);
