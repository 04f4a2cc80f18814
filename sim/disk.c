/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "sim/disk.h"
#include "sqlite3.h"

#define SECTOR 512
#define FILES_MAX 8
#define NAME_MAX_BYTES 512
#define SHM_REGIONS_MAX 64

struct change {
    struct change *next;
    size_t at, n; /* truncation: at is the new size, bytes is NULL */
    uint8_t *bytes;
};

struct image {
    uint8_t *p;
    size_t n, cap;
};

struct disk_file {
    char name[NAME_MAX_BYTES];
    struct image seen, safe;
    struct change *changes, **last;
    int handles;
    bool is_gone; /* deleted, or of a process that is dead: freed with its last handle */
    void *shm[SHM_REGIONS_MAX];
    int shm_size;
    int shm_shared[SQLITE_SHM_NLOCK];
    struct handle *shm_exclusive[SQLITE_SHM_NLOCK];
    int shared;
    struct handle *reserved, *exclusive;
};

struct handle {
    sqlite3_file base; /* first */
    struct disk_file *file;
    int lock;
    uint16_t shm_held;
    bool deletes;
};

struct disk {
    sqlite3_vfs vfs;
    struct luck luck;
    struct disk_file *files[FILES_MAX];
    bool is_orphaned; /* the process is dead, and does not know it yet */
    struct disk_faults faults;
    struct disk_figures figures;
    int64_t touches_left; /* 0: nobody waits for one */
    void (*at_touch)(void *arg);
    void *at_touch_arg;
};
static struct disk *the_disk; /* SQLite gives file methods no argument of ours */

/* ---- images ---- */

static void image_reach(struct image *image, size_t n)
{
    if (n > image->cap) {
        size_t cap = n + n / 2 + 4096;
        image->p = realloc(image->p, cap);
        must(image->p);
        image->cap = cap;
    }
    if (n > image->n) {
        memset(image->p + image->n, 0, n - image->n);
        image->n = n;
    }
}

static void image_put(struct image *image, size_t at, const uint8_t *bytes, size_t n)
{
    image_reach(image, at + n);
    memcpy(image->p + at, bytes, n);
}

static void image_copy(struct image *to, const struct image *from)
{
    to->n = 0;
    if (from->n) {
        image_put(to, 0, from->p, from->n);
    }
}

static void change_do(struct image *image, const struct change *c, size_t n)
{
    if (c->bytes) {
        image_put(image, c->at, c->bytes, n);
    } else if (c->at < image->n) {
        image->n = c->at;
    }
}

static void changes_forget(struct disk_file *file)
{
    while (file->changes) {
        struct change *c = file->changes;
        file->changes = c->next;
        free(c->bytes);
        free(c);
    }
    file->last = &file->changes;
}

static void change_add(struct disk_file *file, size_t at, const void *bytes, size_t n)
{
    struct change *c = calloc(1, sizeof(*c));
    must(c);
    *c = (struct change){.at = at, .n = n};
    if (bytes) {
        c->bytes = malloc(n ? n : 1);
        must(c->bytes);
        memcpy(c->bytes, bytes, n);
    }
    *file->last = c;
    file->last = &c->next;
}

/* ---- files ---- */

static struct disk_file *file_find(const char *name)
{
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (the_disk->files[i] && strcmp(the_disk->files[i]->name, name) == 0) {
            return the_disk->files[i];
        }
    }
    return NULL;
}

static struct disk_file *file_new(const char *name)
{
    struct disk_file *file = calloc(1, sizeof(*file));
    must(file && strlen(name) < NAME_MAX_BYTES);
    (void)snprintf(file->name, NAME_MAX_BYTES, "%s", name);
    file->last = &file->changes;
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (!the_disk->files[i]) {
            the_disk->files[i] = file;
            return file;
        }
    }
    must(!"more files than SQLite has");
    return NULL;
}

static void file_free(struct disk_file *file)
{
    changes_forget(file);
    for (int i = 0; i < SHM_REGIONS_MAX; i++) {
        free(file->shm[i]);
    }
    free(file->seen.p);
    free(file->safe.p);
    free(file);
}

/* It has no name any more. */
static void file_unlink(struct disk_file *file)
{
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (the_disk->files[i] == file) {
            the_disk->files[i] = NULL;
        }
    }
    file->is_gone = true;
    if (file->handles == 0) {
        file_free(file);
    }
}

static struct disk_file *file_of(sqlite3_file *f)
{
    return ((struct handle *)f)->file;
}

/* ---- reading and writing ---- */

/* The process may die of it: what it goes on to write is then lost. */
static void touch(const struct disk_file *file)
{
    if (!file->is_gone && the_disk->touches_left && --the_disk->touches_left == 0) {
        the_disk->at_touch(the_disk->at_touch_arg);
    }
}

static int disk_read(sqlite3_file *f, void *out, int n, sqlite3_int64 at)
{
    const struct image *seen = &file_of(f)->seen;
    size_t from = (size_t)at, want = (size_t)n;
    size_t there = from >= seen->n ? 0 : seen->n - from;
    memcpy(out,
           seen->p ? seen->p + (there ? from : 0) : (const uint8_t *)"",
           there < want ? there : want);
    if (there < want) {
        memset((uint8_t *)out + there, 0, want - there);
        return SQLITE_IOERR_SHORT_READ;
    }
    return SQLITE_OK;
}

static int disk_write(sqlite3_file *f, const void *bytes, int n, sqlite3_int64 at)
{
    struct disk_file *file = file_of(f);
    touch(file);
    if (!file->is_gone) { /* the dead write into the void, and cause no faults there */
        if (the_disk->faults.write_fails > 0) {
            the_disk->faults.write_fails--;
            the_disk->figures.failed++;
            return SQLITE_IOERR_WRITE;
        }
        if (the_disk->faults.is_full && (size_t)(at + n) > file->seen.n) {
            the_disk->figures.failed++;
            the_disk->figures.full++;
            return SQLITE_FULL;
        }
        the_disk->figures.writes++;
    }
    image_put(&file->seen, (size_t)at, bytes, (size_t)n);
    change_add(file, (size_t)at, bytes, (size_t)n);
    return SQLITE_OK;
}

static int disk_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    struct disk_file *file = file_of(f);
    if ((size_t)size < file->seen.n) {
        file->seen.n = (size_t)size;
    }
    change_add(file, (size_t)size, NULL, 0);
    return SQLITE_OK;
}

/* What a power cut, or a sync that failed, left of the changes. */
static void changes_by_chance(struct disk_file *file)
{
    struct disk *disk = the_disk;
    for (const struct change *c = file->changes; c; c = c->next) {
        int64_t fate = luck_between(&disk->luck, 0, 9);
        if (fate < 5) {
            disk->figures.dropped++;
        } else if (fate < 8 || !c->bytes || c->n <= SECTOR) {
            change_do(&file->safe, c, c->n);
        } else {
            disk->figures.torn++;
            change_do(&file->safe,
                      c,
                      (size_t)luck_between(&disk->luck, 1, (int64_t)(c->n / SECTOR)) * SECTOR);
        }
    }
    changes_forget(file);
}

static int disk_sync(sqlite3_file *f, int flags)
{
    struct disk_file *file = file_of(f);
    (void)flags;
    touch(file);
    if (file->is_gone) {
        changes_forget(file);
        return SQLITE_OK;
    }
    if (the_disk->faults.sync_fails > 0) {
        the_disk->faults.sync_fails--;
        the_disk->figures.failed++;
        changes_by_chance(file);
        return SQLITE_IOERR_FSYNC;
    }
    the_disk->figures.syncs++;
    for (const struct change *c = file->changes; c; c = c->next) {
        change_do(&file->safe, c, c->n);
    }
    changes_forget(file);
    return SQLITE_OK;
}

static int disk_size(sqlite3_file *f, sqlite3_int64 *out)
{
    *out = (sqlite3_int64)file_of(f)->seen.n;
    return SQLITE_OK;
}

/* ---- locks ---- */

static int disk_lock(sqlite3_file *f, int level)
{
    struct handle *h = (struct handle *)f;
    struct disk_file *file = h->file;
    if (h->lock >= level) {
        return SQLITE_OK;
    }
    bool others_write = (file->reserved && file->reserved != h);
    bool others_rule = (file->exclusive && file->exclusive != h);
    int mine = h->lock >= SQLITE_LOCK_SHARED;
    if (others_rule || (level >= SQLITE_LOCK_RESERVED && others_write) ||
        (level == SQLITE_LOCK_EXCLUSIVE && file->shared > mine)) {
        return SQLITE_BUSY;
    }
    if (!mine) {
        file->shared++;
    }
    if (level >= SQLITE_LOCK_RESERVED) {
        file->reserved = h;
    }
    if (level == SQLITE_LOCK_EXCLUSIVE) {
        file->exclusive = h;
    }
    h->lock = level;
    return SQLITE_OK;
}

static int disk_unlock(sqlite3_file *f, int level)
{
    struct handle *h = (struct handle *)f;
    struct disk_file *file = h->file;
    if (level >= h->lock) {
        return SQLITE_OK;
    }
    if (level <= SQLITE_LOCK_SHARED) {
        file->reserved = file->reserved == h ? NULL : file->reserved;
        file->exclusive = file->exclusive == h ? NULL : file->exclusive;
    }
    if (level == SQLITE_LOCK_NONE) {
        file->shared--;
    }
    h->lock = level;
    return SQLITE_OK;
}

static int disk_is_reserved(sqlite3_file *f, int *out)
{
    *out = file_of(f)->reserved != NULL;
    return SQLITE_OK;
}

/* ---- shared memory, of connections in one process ---- */

static int disk_shm_map(sqlite3_file *f, int region, int size, int extend, void volatile **out)
{
    struct disk_file *file = file_of(f);
    must(region < SHM_REGIONS_MAX);
    if (!file->shm[region] && extend) {
        file->shm[region] = calloc(1, (size_t)size);
        must(file->shm[region]);
    }
    *out = file->shm[region];
    return SQLITE_OK;
}

static int disk_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    struct handle *h = (struct handle *)f;
    struct disk_file *file = h->file;
    bool shared = flags & SQLITE_SHM_SHARED;
    for (int i = offset; i < offset + n && (flags & SQLITE_SHM_LOCK); i++) {
        bool mine = h->shm_held & (1u << i);
        if ((file->shm_exclusive[i] && file->shm_exclusive[i] != h) ||
            (!shared && file->shm_shared[i] > (mine && file->shm_exclusive[i] != h))) {
            return SQLITE_BUSY;
        }
    }
    for (int i = offset; i < offset + n; i++) {
        uint16_t bit = (uint16_t)(1u << i);
        if (flags & SQLITE_SHM_LOCK) {
            if (shared && !(h->shm_held & bit)) {
                file->shm_shared[i]++;
            } else if (!shared) {
                file->shm_exclusive[i] = h;
            }
            h->shm_held |= bit;
        } else if (h->shm_held & bit) {
            if (file->shm_exclusive[i] == h) {
                file->shm_exclusive[i] = NULL;
            } else {
                file->shm_shared[i]--;
            }
            h->shm_held &= (uint16_t)~bit;
        }
    }
    return SQLITE_OK;
}

static void disk_shm_barrier(sqlite3_file *f)
{
    (void)f;
}

static int disk_shm_unmap(sqlite3_file *f, int deletes)
{
    struct handle *h = (struct handle *)f;
    (void)deletes; /* the regions go with the file's last handle */
    for (int i = 0; i < SQLITE_SHM_NLOCK; i++) {
        if (h->shm_held & (1u << i)) {
            (void)disk_shm_lock(f, i, 1, SQLITE_SHM_UNLOCK | SQLITE_SHM_SHARED);
        }
    }
    return SQLITE_OK;
}

/* ---- the VFS ---- */

static int disk_close(sqlite3_file *f)
{
    struct handle *h = (struct handle *)f;
    struct disk_file *file = h->file;
    (void)disk_unlock(f, SQLITE_LOCK_NONE);
    (void)disk_shm_unmap(f, 0);
    if (--file->handles == 0) {
        for (int i = 0; i < SHM_REGIONS_MAX; i++) {
            free(file->shm[i]);
            file->shm[i] = NULL;
        }
        if (file->is_gone) {
            file_free(file);
        } else if (h->deletes) {
            file_unlink(file);
        }
    }
    return SQLITE_OK;
}

static int disk_control(sqlite3_file *f, int op, void *arg)
{
    (void)f;
    (void)op;
    (void)arg;
    return SQLITE_NOTFOUND;
}

static int disk_sector(sqlite3_file *f)
{
    (void)f;
    return SECTOR;
}

static int disk_device(sqlite3_file *f)
{
    (void)f;
    return 0;
}

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
    static const sqlite3_io_methods methods = {.iVersion = 2,
                                               .xClose = disk_close,
                                               .xRead = disk_read,
                                               .xWrite = disk_write,
                                               .xTruncate = disk_truncate,
                                               .xSync = disk_sync,
                                               .xFileSize = disk_size,
                                               .xLock = disk_lock,
                                               .xUnlock = disk_unlock,
                                               .xCheckReservedLock = disk_is_reserved,
                                               .xFileControl = disk_control,
                                               .xSectorSize = disk_sector,
                                               .xDeviceCharacteristics = disk_device,
                                               .xShmMap = disk_shm_map,
                                               .xShmLock = disk_shm_lock,
                                               .xShmBarrier = disk_shm_barrier,
                                               .xShmUnmap = disk_shm_unmap};
    static int nameless;
    char own[32];
    struct handle *h = (struct handle *)f;
    (void)vfs;
    (void)snprintf(own, sizeof(own), "nameless-%d", nameless++);
    *h = (struct handle){0};
    if (the_disk->is_orphaned) {
        return SQLITE_CANTOPEN;
    }
    struct disk_file *file = file_find(name ? name : own);
    if (!file && !(flags & SQLITE_OPEN_CREATE)) {
        return SQLITE_CANTOPEN;
    }
    h->file = file ? file : file_new(name ? name : own);
    h->file->handles++;
    the_disk->figures.opened += (flags & SQLITE_OPEN_MAIN_DB) && (flags & SQLITE_OPEN_READWRITE);
    h->deletes = flags & SQLITE_OPEN_DELETEONCLOSE;
    h->base.pMethods = &methods;
    if (out) {
        *out = flags;
    }
    return SQLITE_OK;
}

static int disk_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    struct disk_file *file = file_find(name);
    (void)vfs;
    (void)sync;
    if (the_disk->is_orphaned) {
        return SQLITE_OK;
    }
    if (!file) {
        return SQLITE_IOERR_DELETE_NOENT;
    }
    file_unlink(file);
    return SQLITE_OK;
}

static int disk_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    (void)vfs;
    (void)flags;
    *out = file_find(name) != NULL;
    return SQLITE_OK;
}

static int disk_path(sqlite3_vfs *vfs, const char *name, int n, char *out)
{
    (void)vfs;
    return sqlite3_snprintf(n, out, "%s", name) ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int disk_random(sqlite3_vfs *vfs, int n, char *out)
{
    (void)vfs;
    for (int i = 0; i < n; i++) {
        out[i] = (char)luck_next(&the_disk->luck);
    }
    return n;
}

static int disk_sleep(sqlite3_vfs *vfs, int us)
{
    (void)vfs;
    return us;
}

static int disk_time(sqlite3_vfs *vfs, sqlite3_int64 *out)
{
    (void)vfs;
    *out = INT64_C(212577000000000); /* it is not asked for what matters */
    return SQLITE_OK;
}

/* ---- life ---- */

struct disk *disk_new(uint64_t seed)
{
    struct disk *disk = calloc(1, sizeof(*disk));
    must(disk && !the_disk);
    disk->luck.s = seed;
    disk->vfs = (sqlite3_vfs){.iVersion = 2,
                              .szOsFile = (int)sizeof(struct handle),
                              .mxPathname = NAME_MAX_BYTES - 1,
                              .zName = DISK_VFS,
                              .xOpen = disk_open,
                              .xDelete = disk_delete,
                              .xAccess = disk_access,
                              .xFullPathname = disk_path,
                              .xRandomness = disk_random,
                              .xSleep = disk_sleep,
                              .xCurrentTimeInt64 = disk_time};
    the_disk = disk;
    must(sqlite3_vfs_register(&disk->vfs, 0) == SQLITE_OK);
    return disk;
}

void disk_free(struct disk *disk)
{
    sqlite3_vfs_unregister(&disk->vfs);
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (disk->files[i]) {
            must(disk->files[i]->handles == 0);
            file_free(disk->files[i]);
        }
    }
    the_disk = NULL;
    free(disk);
}

struct disk_faults *disk_faults(struct disk *disk)
{
    return &disk->faults;
}

const struct disk_figures *disk_figures(const struct disk *disk)
{
    return &disk->figures;
}

void disk_forget(struct disk *disk, const char *directory)
{
    for (size_t i = 0; i < FILES_MAX; i++) {
        struct disk_file *file = disk->files[i];
        if (file && strncmp(file->name, directory, strlen(directory)) == 0) {
            must(file->handles == 0);
            file_unlink(file);
        }
    }
}

void disk_at_touch(struct disk *disk, int64_t touches, void (*fn)(void *arg), void *arg)
{
    disk->touches_left = touches;
    disk->at_touch = fn;
    disk->at_touch_arg = arg;
}

/* SQLite's lock number 0: who holds it appends to the WAL. */
bool disk_is_writing(const struct disk *disk)
{
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (disk->files[i] && disk->files[i]->shm_exclusive[0]) {
            return true;
        }
    }
    return false;
}

/* Each file lives on under its name as a new one; whoever had the old one open keeps it, alone. */
void disk_crash(struct disk *disk, bool has_power)
{
    struct disk_file *before[FILES_MAX];
    memcpy(before, disk->files, sizeof(before));
    memset(disk->files, 0, sizeof(disk->files));
    disk->figures.power_cuts += !has_power;
    disk->is_orphaned = true;
    for (size_t i = 0; i < FILES_MAX; i++) {
        struct disk_file *old = before[i];
        if (!old) {
            continue;
        }
        struct disk_file *file = file_new(old->name);
        image_copy(&file->safe, &old->safe);
        if (has_power) { /* the kernel has it all, and will write it in time */
            image_copy(&file->seen, &old->seen);
            for (const struct change *c = old->changes; c; c = c->next) {
                change_add(file, c->at, c->bytes, c->n);
            }
        } else {
            for (const struct change *c = old->changes; c; c = c->next) {
                change_add(file, c->at, c->bytes, c->n);
            }
            changes_by_chance(file);
            image_copy(&file->seen, &file->safe);
        }
        file_unlink(old);
    }
}

void disk_next_process(struct disk *disk)
{
    disk->is_orphaned = false;
}
