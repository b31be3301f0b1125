#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Namespaces: of users, so that nobody has to be root for the others; of networks, so that there is none, not even
   127.0.0.1; of processes, so that whatever is started in it ends with its first process. */
#define NAMESPACES (CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID)

int linux_memory_file(const char *name) {
    return memfd_create(name, MFD_CLOEXEC);
}

static int failed(const char *what) {
    dprintf(STDERR_FILENO, "risalah-engine: %s: %s\n", what, strerror(errno));
    return LINUX_NOT_CONFINED;
}

static int write_line(const char *path, const char *format, ...) {
    char line[64];
    va_list values;
    va_start(values, format);
    const int length = vsnprintf(line, sizeof line, format, values);
    va_end(values);
    const int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return -1;
    const ssize_t written = write(file, line, (size_t)length);
    close(file);
    return written == length ? 0 : -1;
}

/* Enters namespaces of our own, in which our user and group are what they are. 0, or -1 and errno. */
static int isolate(void) {
    const unsigned user = geteuid(), group = getegid();
    if (unshare(NAMESPACES) != 0) return -1;
    if (write_line("/proc/self/setgroups", "deny") != 0 && errno != ENOENT) return -1;
    if (write_line("/proc/self/uid_map", "%u %u 1", user, user) != 0) return -1;
    return write_line("/proc/self/gid_map", "%u %u 1", group, group);
}

int linux_probe_isolation(void) {
    const pid_t child = fork();
    if (child < 0) return errno;
    if (child == 0) {
        if (isolate() != 0) _exit(errno);
        /* The first process of the namespace is what would be refused last. */
        const pid_t first = fork();
        if (first < 0) _exit(errno);
        if (first == 0) _exit(0);
        while (waitpid(first, NULL, 0) < 0 && errno == EINTR) {}
        _exit(0);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return errno;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

/* As a shell says how a process ended. */
static int shell_status(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Becomes the program; does not return. */
static void become(const struct linux_confinement *limits, char *const arguments[]) {
    const struct rlimit data = {(rlim_t)limits->memory, (rlim_t)limits->memory};
    sigset_t nothing;
    sigemptyset(&nothing);
    if (linux_no_core() != 0 || setrlimit(RLIMIT_DATA, &data) != 0 ||
        setpriority(PRIO_PROCESS, 0, limits->niceness) != 0 || sigprocmask(SIG_SETMASK, &nothing, NULL) != 0) {
        _exit(failed("limits"));
    }
    execv(arguments[0], arguments);
    _exit(failed(arguments[0]));
}

/* The first process of the namespace: starts the program, and ends with it, and with it all that is in the namespace. */
static void lead(const struct linux_confinement *limits, char *const arguments[]) {
    const pid_t program = fork();
    if (program < 0) _exit(failed("fork"));
    if (program == 0) become(limits, arguments);
    for (;;) {
        int status = 0;
        const pid_t ended = waitpid(-1, &status, 0);
        if (ended == program) _exit(shell_status(status));
        if (ended < 0 && errno != EINTR) _exit(failed("wait"));
    }
}

/* Kills one of our children. 0 when none is left, or the kernel does not say which there are. */
static int kill_children(void) {
    char path[64], list[4096];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    const ssize_t length = read(file, list, sizeof list - 1);
    close(file);
    if (length <= 0) return 0;
    list[length] = 0;
    int count = 0;
    char *rest = list, *next = list;
    for (;; rest = next, count++) {
        const long child = strtol(rest, &next, 10);
        /* The last number may be cut off: it is ours only where something follows it. */
        if (next == rest || *next == 0) break;
        kill((pid_t)child, SIGKILL);
    }
    return count;
}

/* Ends whatever the program left running. We are who the kernel gives orphans to, so round by round all become ours. */
static void sweep(void) {
    while (kill_children() > 0) {
        while (waitpid(-1, NULL, 0) < 0 && errno == EINTR) {}
    }
}

/* Waits for `child`, or for what ends it. */
static int supervise(pid_t child, int signals, int parent) {
    struct pollfd watched[2] = {{signals, POLLIN, 0}, {parent, POLLIN, 0}};
    int ordered = 0;
    for (;;) {
        struct signalfd_siginfo information;
        if (poll(watched, 2, -1) < 0 && errno != EINTR) ordered = 1;
        if (watched[1].revents) ordered = 1;
        if (watched[0].revents && read(signals, &information, sizeof information) == sizeof information &&
            information.ssi_signo != SIGCHLD) {
            ordered = 1;
        }
        if (ordered) kill(child, SIGKILL);
        int status = 0;
        pid_t ended;
        do {
            ended = waitpid(-1, &status, ordered ? 0 : WNOHANG);
        } while (ended > 0 && ended != child);
        if (ended < 0 && errno != EINTR) return failed("wait");
        if (ended == child) {
            sweep();
            return shell_status(status);
        }
    }
}

int linux_run_confined(const struct linux_confinement *limits, char *const arguments[]) {
    sigset_t watched;
    sigemptyset(&watched);
    const int ending[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};
    for (size_t index = 0; index < sizeof ending / sizeof *ending; index++) sigaddset(&watched, ending[index]);
    if (sigprocmask(SIG_BLOCK, &watched, NULL) != 0) return failed("signals");
    const int signals = signalfd(-1, &watched, SFD_CLOEXEC);
    if (signals < 0) return failed("signals");
    /* Not PR_SET_PDEATHSIG, which comes when the thread ends that started us. */
    const int parent = (int)syscall(SYS_pidfd_open, limits->parent, 0);
    if (parent < 0) return failed("parent");
    if (getppid() != limits->parent) {
        errno = ESRCH;
        return failed("parent");
    }
    if (fcntl(parent, F_SETFD, FD_CLOEXEC) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) {
        return failed("confinement");
    }
    if (limits->isolated && isolate() != 0) return failed("namespaces");
    /* Says that we were there after the child asked to be told of our end. */
    int ready[2];
    if (pipe2(ready, O_CLOEXEC) != 0) return failed("pipe");
    const pid_t child = fork();
    if (child < 0) return failed("fork");
    if (child == 0) {
        char byte;
        close(ready[1]);
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || read(ready[0], &byte, 1) != 1) _exit(LINUX_NOT_CONFINED);
        if (limits->isolated) lead(limits, arguments);
        become(limits, arguments);
    }
    const ssize_t told = write(ready[1], "", 1);
    close(ready[0]);
    close(ready[1]);
    if (told != 1) kill(child, SIGKILL);
    return supervise(child, signals, parent);
}
