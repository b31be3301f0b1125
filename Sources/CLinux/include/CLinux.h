/* Linux calls that glibc declares only under _GNU_SOURCE, which Swift's Glibc module does not define. */
#ifndef RISALAH_CLINUX_H
#define RISALAH_CLINUX_H

#include <stddef.h>
#include <stdint.h>

/* Starts writing the dirty pages of a range back, without waiting: sync_file_range(2). 0, or -1 and errno. */
int linux_start_writeback(int descriptor, int64_t offset, int64_t count);

/* The user of the process at the other end of a Unix socket: SO_PEERCRED of unix(7). 0, or -1 and errno. */
int linux_peer_user(int descriptor, uint32_t *user);

/* Has this process, and what it starts, leave no core dump: setrlimit(2). 0, or -1 and errno. */
int linux_no_core(void);

/* Makes this process one that cannot gain privileges, leaves no core dump, and cannot be traced by its own user:
   prctl(2). 0, or -1 and errno. */
int linux_confine(void);

/* Gives a range of a file back to the file system; it reads as zeros, and the length stays: fallocate(2).
   0, or -1 and errno. */
int linux_punch_hole(int descriptor, int64_t offset, int64_t count);

/* Lets a pipe hold up to `bytes`: F_SETPIPE_SZ of fcntl(2). Its size, or -1 and errno. */
int linux_set_pipe_size(int descriptor, int bytes);

/* Runs the program at `path` with these arguments, the first of which is its name, in `folder` or ours, with that
   environment or ours, the three descriptors as its stdin, stdout and stderr (less than 0: /dev/null), no other
   descriptor, and the default action for every signal; in a process group of its own where `leads`: posix_spawn(3).
   0 and the process id, or an errno. */
int linux_spawn(const char *path, char *const arguments[], char *const environment[], const char *folder,
                const int descriptors[3], int leads, int32_t *process);

/* Runs `command` by /bin/sh in a process group of its own, with `output` as its stdout, nothing on its stdin, our
   stderr, no other descriptor, and the default action for every signal. 0 and the process id, or an errno. */
int linux_spawn_shell(const char *command, int output, int32_t *process);

/* Whether `needle` occurs in `bytes`: memmem(3). */
int linux_contains(const void *bytes, size_t count, const void *needle, size_t needle_count);

/* An open file in memory, which no folder names: memfd_create(2). Its descriptor, or -1 and errno. */
int linux_memory_file(const char *name);

/* Whether `path` is on a file system that is in memory, and on no disk: tmpfs or ramfs, statfs(2). 1 or 0, or -1 and
   errno. */
int linux_is_in_memory(const char *path);

/* How a program of somebody else is run. */
struct linux_confinement {
    /* RLIMIT_DATA, in bytes, of each of its processes. */
    int64_t memory;
    /* Added to nothing: what setpriority(2) is given. */
    int32_t niceness;
    /* Who it must not outlive: our parent. */
    int32_t parent;
    /* Whether in namespaces of its own, without a network. */
    int32_t isolated;
};

/* What linux_run_confined gives when the program was not run: said on stderr, after "risalah-engine: ". */
#define LINUX_NOT_CONFINED 125

/* Runs the program at the path arguments[0] as a child, confined, with our stdin, stdout and stderr, without core dumps
   or new privileges. It ends, and every process that it left, before this returns; also at SIGTERM, SIGINT and SIGHUP,
   and when our parent ends. Its exit status, 128 and more for a signal, or LINUX_NOT_CONFINED. For a process that is
   there for nothing else and has one thread. */
int linux_run_confined(const struct linux_confinement *limits, char *const arguments[]);

/* Whether the kernel lets a process of ours have the namespaces: 0, or the errno with which it does not. For a process
   of one thread. */
int linux_probe_isolation(void);

#endif
