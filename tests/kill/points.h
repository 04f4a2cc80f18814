/* SPDX-License-Identifier: Apache-2.0 */
/*
 * points - every time a child touches its data directory, one by one, under the test's hand.
 *
 * The kernel stops the child at each system call that writes, syncs, cuts, makes, renames or
 * removes a file (seccomp's user notification) and asks a thread of ours, which counts those below
 * the data directory over all threads of the child, and lets them pass, kills the child just before
 * the nth, or makes calls fail from the nth to the last. Killing before each of n calls is killing
 * after each of them, too. A tracer that counts per thread and per call would hide most points.
 */
#pragma once
#include "kill/served_child.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

struct points {
    char data[96];
    int pair[2], notify; /* how the listener comes to us; the listener, -1: none */
    pid_t child;
    pthread_t thread;
    bool has_thread;
    atomic_bool is_counting; /* what is off is let through uncounted */
    atomic_long count;       /* points so far */
    /* The plan: 0 at `from` is none. error 0 kills; else calls from..to fail with it. */
    atomic_long from, to;
    int error;
    bool opens_fail; /* of files that are there, too */
    atomic_long hits;
    char name[160]; /* of the first point hit */
};

static const struct point_call {
    int number, path_arg; /* -1: the first argument is a file descriptor */
    int create_arg;       /* of a call that is a point only with O_CREAT; -1: always */
    const char *name;
} point_calls[] = {
    {SYS_pwrite64, -1, -1, "pwrite64"},
    {SYS_pwritev, -1, -1, "pwritev"},
    {SYS_write, -1, -1, "write"},
    {SYS_writev, -1, -1, "writev"},
    {SYS_fsync, -1, -1, "fsync"},
    {SYS_fdatasync, -1, -1, "fdatasync"},
    {SYS_ftruncate, -1, -1, "ftruncate"},
    {SYS_fallocate, -1, -1, "fallocate"},
    {SYS_openat, 1, 2, "openat"},
    {SYS_renameat2, 1, -1, "renameat2"},
    {SYS_unlinkat, 1, -1, "unlinkat"},
    {SYS_mkdirat, 1, -1, "mkdirat"},
#ifdef SYS_unlink
    {SYS_unlink, 0, -1, "unlink"},
    {SYS_rename, 0, -1, "rename"},
    {SYS_mkdir, 0, -1, "mkdir"},
#endif
#ifdef SYS_renameat
    {SYS_renameat, 1, -1, "renameat"},
#endif
};

/* ---- in the child ---- */

static inline int points_filter(void)
{
    enum { CALLS = COUNT_OF(point_calls) };
    struct sock_filter program[3 * CALLS + 2];
    size_t n = 0;
    program[n++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < CALLS; i++) {
        program[n++] = (struct sock_filter)BPF_JUMP(
            BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)point_calls[i].number, 0, 1);
        program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
    }
    program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog filter = {.len = (unsigned short)n, .filter = program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return -1;
    }
    return (int)syscall(
        SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
}

/* Sends the listener to the test; it must not write on the way. */
static inline bool points_before_exec(void *arg)
{
    struct points *p = arg;
    int listener = points_filter();
    char room[CMSG_SPACE(sizeof(int))] = {0}, byte = 'x';
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &listener, sizeof(int));
    return listener >= 0 && sendmsg(p->pair[1], &message, 0) == 1 && close(listener) == 0;
}

/* ---- in the test ---- */

static inline bool
points_path(pid_t tid, const struct point_call *call, const uint64_t *args, char out[512])
{
    char link[64];
    if (call->path_arg < 0) {
        snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)tid, (int)args[0]);
        ssize_t n = readlink(link, out, 511);
        out[n > 0 ? n : 0] = '\0';
        return n > 0;
    }
    snprintf(link, sizeof(link), "/proc/%d/mem", (int)tid);
    int fd = open(link, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? pread(fd, out, 511, (off_t)args[call->path_arg]) : -1;
    if (fd >= 0) {
        close(fd);
    }
    out[n > 0 ? n : 0] = '\0';
    return n > 0;
}

/* The point that a stopped call is, NULL when it is none. */
static inline const struct point_call *
points_of(struct points *p, const struct seccomp_notif *asked, char path[512])
{
    for (size_t i = 0; i < COUNT_OF(point_calls); i++) {
        const struct point_call *call = &point_calls[i];
        if (call->number != asked->data.nr) {
            continue;
        }
        uint64_t args[6];
        memcpy(args, asked->data.args, sizeof(args));
        bool is_made = call->create_arg < 0 || (args[call->create_arg] & O_CREAT);
        bool is_ours = is_made && points_path((pid_t)asked->pid, call, args, path) &&
                       strncmp(path, p->data, strlen(p->data)) == 0;
        return is_ours ? call : NULL;
    }
    return NULL;
}

/* Opening what is there writes nothing, and removing needs no room: a bad disk lets both pass. */
static inline bool points_cannot_fail(const struct point_call *call, const char *path)
{
    return (call->create_arg >= 0 && access(path, F_OK) == 0) ||
           strncmp(call->name, "unlink", 6) == 0;
}

/* What becomes of a stopped call; false when the child was killed. */
static inline bool
points_decide(struct points *p, const struct seccomp_notif *asked, struct seccomp_notif_resp *out)
{
    char path[512];
    *out = (struct seccomp_notif_resp){.id = asked->id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    const struct point_call *call = points_of(p, asked, path);
    if (!call || !atomic_load(&p->is_counting)) {
        return true;
    }
    long nth = atomic_fetch_add(&p->count, 1) + 1, from = atomic_load(&p->from);
    if (from == 0 || nth < from || nth > atomic_load(&p->to)) {
        return true;
    }
    if (p->error && !p->opens_fail && points_cannot_fail(call, path)) {
        return true;
    }
    if (atomic_fetch_add(&p->hits, 1) == 0) {
        snprintf(p->name, sizeof(p->name), "%s %s", call->name, path + strlen(p->data));
    }
    if (p->error == 0) {
        (void)kill(p->child, SIGKILL);
        return false;
    }
    out->flags = 0;
    out->error = -p->error;
    return true;
}

static inline void *points_watch(void *arg)
{
    struct points *p = arg;
    for (;;) {
        struct pollfd poll_fd = {.fd = p->notify, .events = POLLIN};
        struct seccomp_notif asked;
        struct seccomp_notif_resp answer;
        memset(&asked, 0, sizeof(asked));
        if (poll(&poll_fd, 1, -1) < 0 || !(poll_fd.revents & POLLIN)) {
            return NULL; /* the last thread of the child is gone */
        }
        if (ioctl(p->notify, SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0) {
            if (errno == ENOENT || errno == EINTR) {
                continue; /* killed before we looked */
            }
            return NULL;
        }
        if (points_decide(p, &asked, &answer)) {
            (void)ioctl(p->notify, SECCOMP_IOCTL_NOTIF_SEND, &answer);
        }
    }
}

static inline void points_init(struct points *p, struct served_child *s)
{
    *p = (struct points){.notify = -1};
    snprintf(p->data, sizeof(p->data), "%s", s->data);
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p->pair) == 0);
}

/* Starts the child under watch. from 0: nothing happens to it, its points are counted. */
static inline void points_begin(
    struct points *p, struct served_child *s, long from, long to, int error, bool counts_at_once)
{
    char room[CMSG_SPACE(sizeof(int))], byte;
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)};
    atomic_store(&p->count, 0);
    atomic_store(&p->hits, 0);
    atomic_store(&p->from, from);
    atomic_store(&p->to, to);
    atomic_store(&p->is_counting, counts_at_once);
    p->error = error;
    p->name[0] = '\0';
    s->before_exec = points_before_exec;
    s->before_exec_arg = p;
    child_begin(s);
    s->before_exec = NULL;
    p->child = s->child;
    if (recvmsg(p->pair[0], &message, MSG_CMSG_CLOEXEC) != 1) {
        fail_msg("no listener from the child: %s", strerror(errno));
    }
    memcpy(&p->notify, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
    must(pthread_create(&p->thread, NULL, points_watch, p) == 0);
    p->has_thread = true;
}

/* From now on the disk works. */
static inline void points_lift(struct points *p)
{
    atomic_store(&p->from, 0);
}

/* After the child's end. */
static inline void points_end(struct points *p)
{
    if (p->has_thread) {
        pthread_join(p->thread, NULL);
        p->has_thread = false;
        close(p->notify);
        p->notify = -1;
    }
}

static inline void points_free(struct points *p)
{
    points_end(p);
    close(p->pair[0]);
    close(p->pair[1]);
}
