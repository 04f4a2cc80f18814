/* SPDX-License-Identifier: Apache-2.0 */
/* durability - on which file system the ledger lies, and whether an fsync there means anything. */
#pragma once
#include "base/base.h"

enum durability {
    DURABILITY_DISK,    /* nothing is known against it */
    DURABILITY_MEMORY,  /* a reboot loses all */
    DURABILITY_NETWORK, /* locks and syncs are not to be trusted */
};

/* By the type that statfs states. *out_name: for people. */
enum durability durability_of_type(uint32_t type, const char **out_name);
/* Of a directory; one that cannot be asked counts as a disk. */
enum durability durability_of(const char *directory, const char **out_name);
