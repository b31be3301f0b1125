/* Linux calls that glibc declares only under _GNU_SOURCE, which Swift's Glibc module does not define. */
#ifndef RISALAH_CLINUX_H
#define RISALAH_CLINUX_H

#include <stdint.h>

/* Starts writing the dirty pages of a range back, without waiting: sync_file_range(2). 0, or -1 and errno. */
int linux_start_writeback(int descriptor, int64_t offset, int64_t count);

#endif
