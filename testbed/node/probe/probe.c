/* The only program in the containers of the node's tests: what can this container do to the
   processes of the others?

     /probe POD/CONTAINER [--init]
     /probe --print FILE

   Its first process is the target of the others: it has a mark in its memory and its environment
   and one open descriptor, and does nothing. A child of it, which nobody measures, looks for the
   targets of the same POD and tries to reach each one, and prints a JSON line per round. With
   --init it ends after some rounds, as a plain init container must.

   "started" is what the container's process can do as it is. "worst" is what it can do after all
   it could execute or ask the kernel for: it takes the ids of the target, by itself and through the
   programs in /armed, if the image has them. Capabilities are kept on the way.

   Nothing disturbs the target: nothing is written, no signal is delivered (signal 0) and nothing is
   stopped, see try_ptrace. The program is linked statically at a fixed address, so that the mark
   has the same address in all of them. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

enum { CMDLINE, ENVIRON, ROOT, MEM, PTRACE, VM_READ, FD, GETFD, FD_LIST, SIGNAL, WAYS };
static const char *const way_names[WAYS] = {"cmdline", "environ", "root",  "mem",     "ptrace",
                                            "vm_read", "fd",      "getfd", "fd_list", "signal"};
enum { ALL = (1 << WAYS) - 1, UNKNOWN = -1 };

enum { MARKED_FD = 9, MAX_SEEN = 64, NAME_SIZE = 256, PATH_SIZE = 300, STAGE_SECONDS = 20 };
/* Rounds follow each other fast until they agree, or somebody came or went. */
enum { LOOK_MS = 250, FAST_MS = 1000, SLOW_MS = 5000, AGREEING = 3, INIT_MS = 5000 };

static const char mark[16] = "probe mark here";

/* What is looked for in a target: the probe of another container, or a program of the node, which
   is a Go program and begins where the linker for Go puts it. */
struct target {
  int pid;
  char name[NAME_SIZE];
  const char *file;
  const char *bytes;
  size_t address;
  size_t size;
  int fd;
};

static const struct target container = {0, "", "etc/mark", mark, 0, sizeof mark, MARKED_FD};
#ifdef __aarch64__
enum { GO_BEGINS = 0x10000 };
#else
enum { GO_BEGINS = 0x400000 };
#endif
static const struct target node = {0, "", "etc/passwd", "\177ELF", GO_BEGINS, 4, 1};

/* ---- the ways */

static int open_of(const struct target *t, const char *what, int flags) {
  char path[PATH_SIZE];
  snprintf(path, sizeof path, "/proc/%d/%s", t->pid, what);
  return open(path, flags | O_CLOEXEC | O_NONBLOCK);
}

static int can_read(const struct target *t, const char *what) {
  char byte;
  int fd = open_of(t, what, O_RDONLY);
  if (fd < 0) return 0;
  int ok = read(fd, &byte, 1) == 1;
  close(fd);
  return ok;
}

static int try_root(const struct target *t) {
  char path[64];
  snprintf(path, sizeof path, "root/%s", t->file);
  return can_read(t, path);
}

static int try_mem(const struct target *t) {
  char copy[sizeof mark];
  int fd = open_of(t, "mem", O_RDONLY);
  if (fd < 0) return 0;
  int ok = pread(fd, copy, t->size, (off_t)t->address) == (ssize_t)t->size && memcmp(copy, t->bytes, t->size) == 0;
  close(fd);
  return ok;
}

static int try_vm_read(const struct target *t) {
  char copy[sizeof mark];
  struct iovec to = {copy, t->size}, from = {(void *)t->address, t->size};
  return process_vm_readv(t->pid, &to, 1, &from, 1, 0) == (ssize_t)t->size && memcmp(copy, t->bytes, t->size) == 0;
}

static int try_fd(const struct target *t) {
  char path[64], to[PATH_SIZE];
  snprintf(path, sizeof path, "/proc/%d/fd/%d", t->pid, t->fd);
  return readlink(path, to, sizeof to) >= 0;
}

static int try_fd_list(const struct target *t) {
  int fd = open_of(t, "fd", O_RDONLY | O_DIRECTORY);
  if (fd < 0) return 0;
  DIR *folder = fdopendir(fd);
  int entries = 0;
  while (folder && readdir(folder)) entries++;
  if (folder) closedir(folder);
  return entries > 2; /* . and .. */
}

/* Takes a copy of one of its descriptors. */
static int try_getfd(const struct target *t) {
  int handle = (int)syscall(SYS_pidfd_open, t->pid, 0);
  if (handle < 0) return 0;
  int fd = (int)syscall(SYS_pidfd_getfd, handle, t->fd, 0);
  if (fd >= 0) close(fd);
  close(handle);
  return fd >= 0;
}

/* PTRACE_SEIZE attaches without a stop, and when the tracer ends the kernel detaches it, without a
   stop too: so a child seizes and ends. (PTRACE_DETACH needs a stopped target, and two probes that
   stop each other at the same moment never run again.) A target has one tracer at a time, which is
   another probe's for some microseconds; hence the retries, many when it must succeed because
   another way with the same check did. */
static int try_ptrace(const struct target *t, int must) {
  for (int retries = must ? 50 : 3; retries > 0; retries--) {
    pid_t child = fork();
    if (child < 0) return 0;
    if (child == 0) _exit(ptrace(PTRACE_SEIZE, t->pid, 0, 0) == 0 ? 0 : 1);
    int status = 1;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR);
    if (status == 0) return 1;
    usleep(500 + 137 * (useconds_t)(getpid() % 11));
  }
  return 0;
}

static int reach(const struct target *t) {
  int ways = 0;
  ways |= can_read(t, "cmdline") << CMDLINE;
  ways |= can_read(t, "environ") << ENVIRON;
  ways |= try_root(t) << ROOT;
  ways |= try_mem(t) << MEM;
  ways |= try_vm_read(t) << VM_READ;
  ways |= try_fd(t) << FD;
  ways |= try_getfd(t) << GETFD;
  ways |= try_fd_list(t) << FD_LIST;
  ways |= (kill(t->pid, 0) == 0) << SIGNAL;
  return ways | try_ptrace(t, ways & (1 << MEM | 1 << VM_READ | 1 << GETFD)) << PTRACE;
}

/* ---- who does it */

struct sets { struct __user_cap_data_struct word[2]; };

static struct sets capabilities(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct sets sets;
  memset(&sets, 0, sizeof sets);
  syscall(SYS_capget, &header, sets.word);
  return sets;
}

/* Makes all that is permitted effective. */
static void raise_capabilities(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct sets sets = capabilities();
  for (int i = 0; i < 2; i++) sets.word[i].effective = sets.word[i].permitted;
  syscall(SYS_capset, &header, sets.word);
}

/* Becomes this user and group, each as far as that is allowed, and keeps the capabilities. The
   group first: it needs no capability afterwards. */
static void become(uid_t uid, gid_t gid) {
  prctl(PR_SET_KEEPCAPS, 1);
  raise_capabilities();
  if (setresgid(gid, gid, gid) < 0) errno = 0;
  if (setresuid(uid, uid, uid) < 0) errno = 0;
  raise_capabilities();
}

/* All that the kernel looks at, as text. */
static void identity(char *text, size_t size) {
  uid_t uid[3];
  gid_t gid[3];
  getresuid(&uid[0], &uid[1], &uid[2]);
  getresgid(&gid[0], &gid[1], &gid[2]);
  struct sets sets = capabilities();
  snprintf(text, size, "%u,%u,%u:%u,%u,%u:%x,%x:%x,%x", uid[0], uid[1], uid[2], gid[0], gid[1], gid[2],
           sets.word[0].effective, sets.word[1].effective, sets.word[0].permitted, sets.word[1].permitted);
}

/* The last step of a stage: tells the ways, none if it is as it was before. */
_Noreturn static void reach_and_tell(const struct target *t, const char *before, int pipe) {
  char now[NAME_SIZE];
  identity(now, sizeof now);
  int ways = strcmp(now, before) == 0 ? 0 : reach(t);
  _exit(write(pipe, &ways, sizeof ways) == sizeof ways ? 0 : 1);
}

/* /armed/... --reach PID KIND UID GID BEFORE PIPE */
static int reach_main(char **args) {
  struct target t = strcmp(args[1], "node") == 0 ? node : container;
  if (t.address == 0) t.address = (size_t)mark;
  t.pid = atoi(args[0]);
  become((uid_t)strtoul(args[2], 0, 10), (gid_t)strtoul(args[3], 0, 10));
  reach_and_tell(&t, args[4], atoi(args[5]));
}

static void become_by(const char *program, const struct target *t, uid_t uid, gid_t gid, const char *before, int pipe) {
  char pid[16], user[16], group[16], end[16];
  snprintf(pid, sizeof pid, "%d", t->pid);
  snprintf(user, sizeof user, "%u", uid);
  snprintf(group, sizeof group, "%u", gid);
  snprintf(end, sizeof end, "%d", pipe);
  const char *kind = t->file == node.file ? "node" : "container";
  execl(program, program, "--reach", pid, kind, user, group, before, end, (char *)0);
}

/* Runs one attempt in a child: as it is (neither become nor a program), or after a change of
   identity. UNKNOWN if the child did not get to an answer. */
static int stage(const struct target *t, int changes, const char *program, uid_t uid, gid_t gid) {
  char before[NAME_SIZE];
  int ends[2], ways = UNKNOWN;
  identity(before, sizeof before);
  if (pipe(ends) < 0) return UNKNOWN;
  pid_t child = fork();
  if (child == 0) {
    alarm(STAGE_SECONDS);
    close(ends[0]);
    if (!changes) reach_and_tell(t, "", ends[1]);
    if (program) become_by(program, t, uid, gid, before, ends[1]);
    become(uid, gid); /* also when the program is not there or may not run */
    reach_and_tell(t, before, ends[1]);
  }
  close(ends[1]);
  if (child < 0 || read(ends[0], &ways, sizeof ways) != sizeof ways) ways = UNKNOWN;
  close(ends[0]);
  while (child > 0 && waitpid(child, 0, 0) < 0 && errno == EINTR);
  return ways;
}

/* The ids of a process, which /proc shows to all. */
static int ids_of(int pid, uid_t *uid, gid_t *gid) {
  char path[64], line[256];
  int found = 0;
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *f = fopen(path, "re");
  while (f && fgets(line, sizeof line, f))
    found += sscanf(line, "Uid: %u", uid) == 1 || sscanf(line, "Gid: %u", gid) == 1;
  if (f) fclose(f);
  return found == 2;
}

struct result { int started, worst; };

static struct result measure(const struct target *t) {
  const struct result unknown = {UNKNOWN, UNKNOWN};
  uid_t uid;
  gid_t gid;
  if (!ids_of(t->pid, &uid, &gid)) return unknown;
  struct result r = {stage(t, 0, 0, 0, 0), 0};
  if (r.started == UNKNOWN) return unknown;
  r.worst = r.started;
  char same[64];
  snprintf(same, sizeof same, "/armed/%u-%u", uid, gid);
  /* As the target; as itself with all capabilities, then as the target; as root, which counts
     where the target is in a user namespace that root made. */
  const struct { const char *program; uid_t uid; gid_t gid; } moves[] = {
    {0, uid, gid}, {same, uid, gid}, {"/armed/capabilities", uid, gid}, {"/armed/0-0", 0, 0},
  };
  for (int i = 0; i < 4 && r.worst != ALL; i++) {
    if (moves[i].program && access(moves[i].program, F_OK) < 0) continue;
    int ways = stage(t, 1, moves[i].program, moves[i].uid, moves[i].gid);
    if (ways == UNKNOWN) return unknown;
    r.worst |= ways;
  }
  return r;
}

#include "report.c"
