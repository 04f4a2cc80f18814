/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/corrupt.h"

#define PATH_BYTES 1100

static enum err sync_directory(const char *data)
{
    int fd = open(data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return synced ? ERR_OK : ERR_IO;
}

enum err corrupt_mark(const char *data, const char *why)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof(path), "%s/corrupt", data);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    size_t n = strlen(why);
    bool kept = fd >= 0 && write(fd, why, n) == (ssize_t)n && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return kept ? sync_directory(data) : ERR_IO;
}

void corrupt_restore_text(const char *data, char *out, size_t size)
{
    (void)snprintf(
        out,
        size,
        "systemctl stop truecount && mv '%.200s' '%.200s.broken' && truecount restore "
        "--from YOUR-BACKUP --data '%.200s' && cp -p '%.200s.broken/secrets.key' '%.200s/' "
        "&& systemctl start truecount",
        data,
        data,
        data,
        data,
        data);
}

enum err corrupt_check(const char *data, struct err_note *note)
{
    char path[PATH_BYTES], why[130] = "";
    (void)snprintf(path, sizeof(path), "%s/corrupt", data);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT
                   ? ERR_OK
                   : err_note(note, ERR_IO, "cannot read '%s': %s", path, strerror(errno));
    }
    ssize_t n = read(fd, why, sizeof(why) - 1);
    close(fd);
    why[n > 0 ? n : 0] = '\0';
    return err_note(note,
                    ERR_USAGE,
                    "the ledger is frozen, its proof failed: %s. Restore a backup; or, when "
                    "truecount verify finds it whole, remove '%.60s/corrupt'",
                    why,
                    data);
}
