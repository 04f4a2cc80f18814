/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/key_file.h"

static enum err create(const char *path, uint8_t out[SEAL_KEY_SIZE], struct err_note *note)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return err_note(note, ERR_IO, "cannot create the key file '%s': %s", path, strerror(errno));
    }
    crypto_random(out, SEAL_KEY_SIZE);
    bool written = write(fd, out, SEAL_KEY_SIZE) == SEAL_KEY_SIZE && fsync(fd) == 0;
    close(fd);
    return written ? ERR_OK
                   : err_note(
                         note, ERR_IO, "cannot write the key file '%s': %s", path, strerror(errno));
}

enum err key_file_read(const char *path, uint8_t out[SEAL_KEY_SIZE], struct err_note *note)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        return create(path, out, note);
    }
    if (fd < 0) {
        return err_note(note, ERR_IO, "cannot read the key file '%s': %s", path, strerror(errno));
    }
    struct stat st = {0};
    ssize_t n = read(fd, out, SEAL_KEY_SIZE);
    bool is_private = fstat(fd, &st) == 0 && (st.st_mode & 077) == 0;
    close(fd);
    if (!is_private) {
        return err_note(
            note, ERR_USAGE, "the key file '%s' can be read by others: chmod 600 it", path);
    }
    return n == SEAL_KEY_SIZE
               ? ERR_OK
               : err_note(note,
                          ERR_USAGE,
                          "the key file '%s' does not hold 32 bytes: restore it from your backup",
                          path);
}
