/* Linux calls that glibc declares only under _GNU_SOURCE, which Swift's Glibc module does not define. */
#ifndef RISALAH_CLINUX_H
#define RISALAH_CLINUX_H

#include <stdint.h>

/* Starts writing the dirty pages of a range back, without waiting: sync_file_range(2). 0, or -1 and errno. */
int linux_start_writeback(int descriptor, int64_t offset, int64_t count);

/* Gives a range of a file back to the file system; it reads as zeros, and the length stays: fallocate(2).
   0, or -1 and errno. */
int linux_punch_hole(int descriptor, int64_t offset, int64_t count);

/* Lets a pipe hold up to `bytes`: F_SETPIPE_SZ of fcntl(2). Its size, or -1 and errno. */
int linux_set_pipe_size(int descriptor, int bytes);

/* Runs `command` by /bin/sh in a process group of its own, with `output` as its stdout, nothing on its stdin, our
   stderr, no other descriptor, and the default action for every signal. 0 and the process id, or an errno. */
int linux_spawn_shell(const char *command, int output, int32_t *process);

#endif
