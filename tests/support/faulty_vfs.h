/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faulty_vfs - SQLite's own file system, whose syncs and writes fail when a test says so.
 *
 * Register once with faulty_vfs_register, then open a store with the VFS "faulty". One test at a
 * time: SQLite gives file methods no place for an argument of ours.
 */
#pragma once
#include "base/base.h"
#include "sqlite3.h"

struct faulty_file {
    sqlite3_file base; /* first; the real file follows behind this struct */
};

static struct {
    sqlite3_vfs vfs, *real;
    int syncs_to_fail; /* of the next ones */
    int writes_left;   /* until the disk is full; <0: it has room */
} faulty = {.writes_left = -1};

static sqlite3_file *real_of(sqlite3_file *file)
{
    return (sqlite3_file *)((struct faulty_file *)file + 1);
}

static int faulty_close(sqlite3_file *f)
{
    return real_of(f)->pMethods->xClose(real_of(f));
}

static int faulty_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    return real_of(f)->pMethods->xRead(real_of(f), p, n, at);
}

static int faulty_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    if (faulty.writes_left == 0) {
        return SQLITE_FULL;
    }
    faulty.writes_left -= faulty.writes_left > 0;
    return real_of(f)->pMethods->xWrite(real_of(f), p, n, at);
}

static int faulty_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    return real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static int faulty_sync(sqlite3_file *f, int flags)
{
    if (faulty.syncs_to_fail > 0) {
        faulty.syncs_to_fail--;
        return SQLITE_IOERR_FSYNC;
    }
    return real_of(f)->pMethods->xSync(real_of(f), flags);
}

static int faulty_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return real_of(f)->pMethods->xFileSize(real_of(f), size);
}

static int faulty_lock(sqlite3_file *f, int lock)
{
    return real_of(f)->pMethods->xLock(real_of(f), lock);
}

static int faulty_unlock(sqlite3_file *f, int lock)
{
    return real_of(f)->pMethods->xUnlock(real_of(f), lock);
}

static int faulty_is_reserved(sqlite3_file *f, int *out)
{
    return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}

static int faulty_control(sqlite3_file *f, int op, void *arg)
{
    return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int faulty_sector(sqlite3_file *f)
{
    return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int faulty_device(sqlite3_file *f)
{
    return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static int faulty_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
    return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, out);
}

static int faulty_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return real_of(f)->pMethods->xShmLock(real_of(f), offset, n, flags);
}

static void faulty_shm_barrier(sqlite3_file *f)
{
    real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int faulty_shm_unmap(sqlite3_file *f, int delete)
{
    return real_of(f)->pMethods->xShmUnmap(real_of(f), delete);
}

static int faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
    static const sqlite3_io_methods methods = {.iVersion = 2,
                                               .xClose = faulty_close,
                                               .xRead = faulty_read,
                                               .xWrite = faulty_write,
                                               .xTruncate = faulty_truncate,
                                               .xSync = faulty_sync,
                                               .xFileSize = faulty_size,
                                               .xLock = faulty_lock,
                                               .xUnlock = faulty_unlock,
                                               .xCheckReservedLock = faulty_is_reserved,
                                               .xFileControl = faulty_control,
                                               .xSectorSize = faulty_sector,
                                               .xDeviceCharacteristics = faulty_device,
                                               .xShmMap = faulty_shm_map,
                                               .xShmLock = faulty_shm_lock,
                                               .xShmBarrier = faulty_shm_barrier,
                                               .xShmUnmap = faulty_shm_unmap};
    (void)vfs;
    int code = faulty.real->xOpen(faulty.real, name, real_of(f), flags, out);
    f->pMethods = real_of(f)->pMethods ? &methods : NULL;
    return code;
}

static void faulty_vfs_register(void)
{
    faulty.real = sqlite3_vfs_find(NULL);
    must(faulty.real);
    faulty.vfs = *faulty.real;
    faulty.vfs.pNext = NULL;
    faulty.vfs.zName = "faulty";
    faulty.vfs.szOsFile += (int)sizeof(struct faulty_file);
    faulty.vfs.xOpen = faulty_open;
    must(sqlite3_vfs_register(&faulty.vfs, 0) == SQLITE_OK);
}
