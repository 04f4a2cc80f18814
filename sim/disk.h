/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk - a file system for SQLite that forgets: what was written is safe only once it was synced.
 *
 * Each file has what its readers see, and what would be found after a power cut; between the two
 * lies the list of writes since the last sync. A power cut keeps, drops or tears (at 512 bytes) each
 * of them by chance. A killed process loses its open files and their locks and shared memory, not
 * what it wrote. After either, the process that held the files may go on writing: into the void.
 *
 * A VFS without threads: one loop, any number of connections.
 */
#pragma once
#include "drill/luck.h"

#define DISK_VFS "sim-disk"

struct disk;

struct disk_faults {
    int sync_fails;  /* so many of the next syncs fail; what they were to save is anybody's guess */
    int write_fails; /* so many of the next writes fail with an input/output error */
    bool is_full;    /* nothing grows */
};

struct disk_figures {
    uint64_t writes, syncs, failed, full, power_cuts, dropped, torn;
    uint64_t opened; /* the database, to be written */
};

/* Registers the VFS; one disk at a time. */
struct disk *disk_new(uint64_t seed);
void disk_free(struct disk *disk);
struct disk_faults *disk_faults(struct disk *disk);
const struct disk_figures *disk_figures(const struct disk *disk);
/* The process is gone. has_power: what it wrote is still there; else only what is safe, and what
 * chance left of the rest. */
void disk_crash(struct disk *disk, bool has_power);
/* The files in this directory are gone; nobody has them open. */
void disk_forget(struct disk *disk, const char *directory);
/* fn(arg) just before the so manieth write or sync from now; it may crash the disk. 0: never. */
void disk_at_touch(struct disk *disk, int64_t touches, void (*fn)(void *arg), void *arg);
/* A transaction that writes is open: nothing that it decides may be known outside yet. */
bool disk_is_writing(const struct disk *disk);
/* What the dead one held is closed: from now on another may open the files. */
void disk_next_process(struct disk *disk);
