/* Linux calls that glibc declares only under _GNU_SOURCE, which Swift's Glibc module does not define. */
#ifndef RISALAH_CLINUX_H
#define RISALAH_CLINUX_H

#include <stdint.h>

/* Starts writing the dirty pages of a range back, without waiting: sync_file_range(2). 0, or -1 and errno. */
int linux_start_writeback(int descriptor, int64_t offset, int64_t count);

/* The user of the process at the other end of a Unix socket: SO_PEERCRED of unix(7). 0, or -1 and errno. */
int linux_peer_user(int descriptor, uint32_t *user);

/* Makes this process one that cannot gain privileges, leaves no core dump, and cannot be traced by its own user:
   prctl(2). 0, or -1 and errno. */
int linux_confine(void);

#endif
