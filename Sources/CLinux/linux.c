#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <linux/magic.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

extern char **environ;

int linux_start_writeback(int descriptor, int64_t offset, int64_t count) {
    return sync_file_range(descriptor, offset, count, SYNC_FILE_RANGE_WRITE);
}

int linux_peer_user(int descriptor, uint32_t *user) {
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return -1;
    *user = credentials.uid;
    return 0;
}

int linux_no_core(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_CORE, &limit) != 0) return -1;
    /* To a program that the kernel pipes dumps to (core_pattern), 0 says nothing, and 1 that there is none: core(5). No file is
       so small, either. Where somebody has set 0 for good it stays. */
    const rlim_t most = limit.rlim_max == 0 ? 0 : 1;
    const struct rlimit none = {most, most};
    return setrlimit(RLIMIT_CORE, &none);
}

int linux_confine(void) {
    if (linux_no_core() != 0) return -1;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return -1;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int linux_punch_hole(int descriptor, int64_t offset, int64_t count) {
    return fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, count);
}

int linux_is_in_memory(const char *path) {
    struct statfs found;
    if (statfs(path, &found) != 0) return -1;
    return found.f_type == TMPFS_MAGIC || found.f_type == RAMFS_MAGIC;
}

int linux_set_pipe_size(int descriptor, int bytes) {
    return fcntl(descriptor, F_SETPIPE_SZ, bytes);
}

int linux_spawn(const char *path, char *const arguments[], char *const environment[], const char *folder,
                const int descriptors[3], int leads, int32_t *process) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    int status = posix_spawnattr_init(&attributes);
    if (status != 0) return status;
    status = posix_spawn_file_actions_init(&actions);
    if (status != 0) {
        posix_spawnattr_destroy(&attributes);
        return status;
    }
    const short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (leads ? POSIX_SPAWN_SETPGROUP : 0);
    pid_t child = 0;
    /* One that lies where an earlier one goes is copied out of its way first. */
    int copies[3] = {-1, -1, -1};
    for (int place = 0; status == 0 && place < 3; place++) {
        if (descriptors[place] < 0 || descriptors[place] >= place) continue;
        copies[place] = fcntl(descriptors[place], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        if (copies[place] < 0) status = errno;
    }
    if (status == 0 && (status = posix_spawnattr_setflags(&attributes, flags)) == 0 &&
        (status = posix_spawnattr_setpgroup(&attributes, 0)) == 0 &&
        (status = posix_spawnattr_setsigdefault(&attributes, &all)) == 0 &&
        (status = posix_spawnattr_setsigmask(&attributes, &none)) == 0) {
        for (int place = 0; status == 0 && place < 3; place++) {
            const int from = copies[place] < 0 ? descriptors[place] : copies[place];
            status = from < 0 ? posix_spawn_file_actions_addopen(&actions, place, "/dev/null", O_RDWR, 0)
                              : posix_spawn_file_actions_adddup2(&actions, from, place);
        }
        if (status == 0) status = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
        if (status == 0 && folder) status = posix_spawn_file_actions_addchdir_np(&actions, folder);
        if (status == 0) {
            status = posix_spawn(&child, path, &actions, &attributes, arguments, environment ? environment : environ);
        }
        *process = child;
    }
    for (int place = 0; place < 3; place++) {
        if (copies[place] >= 0) close(copies[place]);
    }
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return status;
}

int linux_spawn_shell(const char *command, int output, int32_t *process) {
    char *const arguments[] = {"sh", "-c", (char *)command, NULL};
    const int descriptors[3] = {-1, output, STDERR_FILENO};
    return linux_spawn("/bin/sh", arguments, NULL, NULL, descriptors, 1, process);
}

int linux_contains(const void *bytes, size_t count, const void *needle, size_t needle_count) {
    return memmem(bytes, count, needle, needle_count) != NULL;
}
