/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/unclean.h"

static const uint8_t nothing[16];

/* The keys that were left marked before, and the one of the last stop. */
static enum err read_suspects(struct unclean *u, const char *path, const uint8_t left[16])
{
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) {
        return ERR_IO;
    }
    ssize_t n = read(fd, u->suspects, sizeof(u->suspects));
    u->suspects_count = n > 0 ? (size_t)n / 16 : 0;
    bool kept = true;
    if (memcmp(left, nothing, 16) != 0 && u->suspects_count < UNCLEAN_SUSPECTS_MAX) {
        memcpy(u->suspects[u->suspects_count++], left, 16);
        kept = write(fd, left, 16) == 16 && fsync(fd) == 0;
    }
    close(fd);
    return n >= 0 && kept ? ERR_OK : ERR_IO;
}

enum err unclean_begin(struct unclean *u, const char *directory, struct err_note *note)
{
    char suspects[1100];
    uint8_t left[16] = {0};
    snprintf(u->running, sizeof(u->running), "%s/running", directory);
    snprintf(suspects, sizeof(suspects), "%s/suspects", directory);
    u->was_unclean = access(u->running, F_OK) == 0;
    u->fd = open(u->running, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (u->fd < 0) {
        return err_note(note, ERR_IO, "cannot write '%s': %s", u->running, strerror(errno));
    }
    if (u->was_unclean && pread(u->fd, left, sizeof(left), 0) != (ssize_t)sizeof(left)) {
        memset(left, 0, sizeof(left)); /* it ended before its first careful delivery */
    }
    enum err e = read_suspects(u, suspects, left);
    if (e) {
        return err_note(note, e, "cannot read or write '%s': %s", suspects, strerror(errno));
    }
    unclean_mark(u, NULL);
    return ERR_OK;
}

void unclean_mark(struct unclean *u, const uint8_t key[16])
{
    if (u->fd >= 0 && pwrite(u->fd, key ? key : nothing, 16, 0) == 16 && key) {
        (void)fdatasync(u->fd);
    }
}

void unclean_end(struct unclean *u)
{
    if (u->fd >= 0) {
        close(u->fd);
        (void)unlink(u->running);
        u->fd = -1;
    }
}
