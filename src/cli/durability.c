/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/vfs.h>

#include "cli/durability.h"

/* statfs(2) and the kernel's include/uapi/linux/magic.h. */
static const struct {
    uint32_t type;
    enum durability durability;
    const char *name;
} known[] = {
    {0x01021994, DURABILITY_MEMORY, "tmpfs"},
    {0x858458f6, DURABILITY_MEMORY, "ramfs"},
    {0x00006969, DURABILITY_NETWORK, "NFS"},
    {0x0000517b, DURABILITY_NETWORK, "SMB"},
    {0xff534d42, DURABILITY_NETWORK, "CIFS"},
    {0xfe534d42, DURABILITY_NETWORK, "SMB2"},
    {0x01021997, DURABILITY_NETWORK, "9p"},
    {0x65735546, DURABILITY_NETWORK, "FUSE"},
    {0x5346414f, DURABILITY_NETWORK, "AFS"},
    {0x00c36400, DURABILITY_NETWORK, "Ceph"},
};

enum durability durability_of_type(uint32_t type, const char **out_name)
{
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (known[i].type == type) {
            *out_name = known[i].name;
            return known[i].durability;
        }
    }
    *out_name = "a disk";
    return DURABILITY_DISK;
}

enum durability durability_of(const char *directory, const char **out_name)
{
    struct statfs fs;
    return durability_of_type(statfs(directory, &fs) == 0 ? (uint32_t)fs.f_type : 0, out_name);
}
