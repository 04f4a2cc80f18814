/* SPDX-License-Identifier: Apache-2.0 */
/* key_file - the key for secrets at rest, kept outside the database in a file of mode 0600. */
#pragma once
#include "base/crypto.h"

/* Reads 32 bytes; creates them (from the kernel's random) when the file is not there. The note says
 * what to do. */
MUST_USE enum err
key_file_read(const char *path, uint8_t out[SEAL_KEY_SIZE], struct err_note *note);
