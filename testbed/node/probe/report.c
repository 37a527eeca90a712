/* Part of probe.c: finding the targets, and the lines that are printed. */

/* ---- who is there */

/* Reads the command line of a process into two words; 0 if it is gone. */
static int words_of(int pid, char *program, char *name) {
  char path[64], line[2 * NAME_SIZE + 2];
  snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t n = read(fd, line, sizeof line - 2);
  close(fd);
  if (n <= 0) return 0;
  line[n] = line[n + 1] = 0;
  snprintf(program, NAME_SIZE, "%s", line);
  snprintf(name, NAME_SIZE, "%s", line + strlen(line) + 1);
  return 1;
}

/* Whether this process is the target of a container of the pod SELF, or of the node. */
static int is_target(int pid, const char *self, struct target *t) {
  char program[NAME_SIZE], name[NAME_SIZE];
  size_t pod = (size_t)(strchr(self, '/') - self) + 1;
  if (!words_of(pid, program, name)) return 0;
  const char *slash = strrchr(program, '/');
  const char *base = slash ? slash + 1 : program;
  if (strcmp(base, "kubelet") == 0 || strcmp(base, "containerd") == 0) {
    *t = node;
    t->pid = pid;
    return 1;
  }
  if (strcmp(program, "/probe") != 0 || strncmp(name, self, pod) != 0 || strcmp(name, self) == 0) return 0;
  *t = container;
  t->pid = pid;
  t->address = (size_t)mark;
  snprintf(t->name, sizeof t->name, "%s", name + pod);
  return 1;
}

static int by_pid(const void *a, const void *b) {
  return ((const struct target *)a)->pid - ((const struct target *)b)->pid;
}

/* All targets. Of two with one name the first counts: it is older, and so the other is its child
   that has not changed its command line yet. */
static int look(const char *self, struct target *seen) {
  int count = 0;
  DIR *folder = opendir("/proc");
  for (struct dirent *e; folder && count < MAX_SEEN && (e = readdir(folder));)
    count += atoi(e->d_name) > 0 && is_target(atoi(e->d_name), self, &seen[count]);
  if (folder) closedir(folder);
  qsort(seen, (size_t)count, sizeof *seen, by_pid);
  int kept = 0;
  for (int i = 0; i < count; i++) {
    int known = 0;
    for (int j = 0; j < kept; j++) known |= *seen[i].name && strcmp(seen[i].name, seen[j].name) == 0;
    if (!known) seen[kept++] = seen[i];
  }
  return kept;
}

static int same_targets(const struct target *a, int a_count, const struct target *b, int b_count) {
  if (a_count != b_count) return 0;
  for (int i = 0; i < a_count; i++)
    if (a[i].pid != b[i].pid || strcmp(a[i].name, b[i].name) != 0) return 0;
  return 1;
}

/* ---- what is printed */

static char text[1 << 16];
static size_t used;

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...) {
  va_list args;
  va_start(args, format);
  int n = vsnprintf(text + used, sizeof text - used, format, args);
  va_end(args);
  if (n > 0) used += (size_t)n;
  if (used >= sizeof text) { fprintf(stderr, "probe: too much to say\n"); exit(1); }
}

static void say_ways(int ways) {
  for (int i = 0; i < WAYS; i++) say("%s\"%s\":%s", i ? "," : "{", way_names[i], ways >> i & 1 ? "true" : "false");
  say("}");
}

static void say_result(struct result r) {
  say("{\"started\":");
  say_ways(r.started);
  say(",\"worst\":");
  say_ways(r.worst);
  say("}");
}

static void status_word(const char *field, char *word, size_t size) {
  char line[1024];
  FILE *f = fopen("/proc/self/status", "re");
  snprintf(word, size, "0");
  while (f && fgets(line, sizeof line, f))
    if (strncmp(line, field, strlen(field)) == 0 && line[strlen(field)] == ':') {
      const char *value = line + strlen(field) + 1;
      value += strspn(value, " \t");
      snprintf(word, size, "%.*s", (int)strcspn(value, " \t\n"), value);
    }
  if (f) fclose(f);
}

static unsigned long namespace_of(const char *path) {
  struct stat s;
  return stat(path, &s) == 0 ? (unsigned long)s.st_ino : 0;
}

static int yama(void) {
  int scope = -1;
  FILE *f = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
  if (f && fscanf(f, "%d", &scope) != 1) scope = -1;
  if (f) fclose(f);
  return scope;
}

static void say_self(void) {
  static const char *const sets[][2] = {
    {"eff", "CapEff"}, {"prm", "CapPrm"}, {"inh", "CapInh"}, {"bnd", "CapBnd"}, {"amb", "CapAmb"}};
  char word[64];
  gid_t groups[256];
  int count = getgroups(256, groups);
  say("\"uid\":%u,\"gid\":%u,\"groups\":[", geteuid(), getegid());
  for (int i = 0; i < count; i++) say("%s%u", i ? "," : "", groups[i]);
  say("],\"caps\":{");
  for (int i = 0; i < 5; i++) {
    status_word(sets[i][1], word, sizeof word);
    say("%s\"%s\":\"%s\"", i ? "," : "", sets[i][0], word);
  }
  status_word("NoNewPrivs", word, sizeof word);
  say("},\"nnp\":%s", strcmp(word, "1") == 0 ? "true" : "false");
  status_word("Seccomp", word, sizeof word);
  say(",\"seccomp\":%s,\"yama\":%d,\"pidns\":%lu,\"userns\":%lu,\"pid\":%d", word, yama(),
      namespace_of("/proc/self/ns/pid"), namespace_of("/proc/self/ns/user"), getppid());
}

/* Measures all and prints a line. Whether all could be measured and the result is that of the
   round before. */
static int round_of(const char *self, int number, const struct target *seen, int count) {
  static char before[sizeof text];
  struct result of_node = {0, 0};
  int nodes = 0, names = 0, complete = 1;
  used = 0;
  say("{\"self\":\"%s\",\"round\":%d,", strchr(self, '/') + 1, number);
  size_t begin = used;
  say_self();
  say(",\"sees\":{");
  for (int i = 0; i < count; i++) {
    struct target again;
    struct result r = measure(&seen[i]);
    /* One that ended meanwhile was not reached for that reason alone. */
    if (r.started == UNKNOWN || !is_target(seen[i].pid, self, &again)) { complete = 0; continue; }
    if (*seen[i].name) {
      say("%s\"%s\":", names++ ? "," : "", seen[i].name);
      say_result(r);
    } else {
      nodes++;
      of_node.started |= r.started;
      of_node.worst |= r.worst;
    }
  }
  say("},\"node\":");
  if (nodes) say_result(of_node);
  else say("null");
  say("}\n");
  int same = strcmp(before, text + begin) == 0;
  strcpy(before, text + begin);
  for (size_t done = 0; done < used;) {
    ssize_t n = write(STDOUT_FILENO, text + done, used - done);
    if (n < 0 && errno != EINTR) exit(1);
    if (n > 0) done += (size_t)n;
  }
  return complete && same;
}

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000L + t.tv_nsec / 1000000L;
}

/* ---- the two processes */

static void keep_measuring(const char *self, int is_init) {
  static struct target seen[MAX_SEEN], measured[MAX_SEEN];
  int count = 0, measured_count = UNKNOWN, agreeing = 0;
  long begin = now_ms(), last = 0;
  for (int number = 0;;) {
    count = look(self, seen);
    int changed = !same_targets(seen, count, measured, measured_count);
    if (changed || now_ms() - last >= (agreeing < AGREEING ? FAST_MS : SLOW_MS)) {
      int agrees = round_of(self, number++, seen, count) && !changed;
      agreeing = agrees ? agreeing + 1 : 0;
      memcpy(measured, seen, sizeof seen);
      measured_count = count;
      last = now_ms();
    }
    if (is_init && agreeing >= AGREEING && now_ms() - begin >= INIT_MS) return;
    usleep(LOOK_MS * 1000);
  }
}

/* For `kubectl exec`: there is no other program to read a file with. */
static int print_file(const char *path) {
  char part[4096];
  int fd = open(path, O_RDONLY);
  ssize_t n = -1;
  while (fd >= 0 && (n = read(fd, part, sizeof part)) > 0)
    if (write(STDOUT_FILENO, part, (size_t)n) != n) break;
  if (n != 0) perror(path);
  return n != 0;
}

static void stop(int number) { (void)number; _exit(0); }

int main(int argc, char **argv) {
  if (argc == 8 && strcmp(argv[1], "--reach") == 0) return reach_main(argv + 2);
  if (argc == 3 && strcmp(argv[1], "--print") == 0) return print_file(argv[2]);
  int is_init = argc == 3 && strcmp(argv[2], "--init") == 0;
  if ((argc != 2 && !is_init) || !strchr(argv[1], '/')) {
    fprintf(stderr, "usage: %s POD/CONTAINER [--init]\n", argv[0]);
    return 2;
  }
  signal(SIGTERM, stop);
  signal(SIGINT, stop);
  int fd = open("/etc/mark", O_RDONLY);
  if (fd < 0 || dup2(fd, MARKED_FD) < 0) { perror("/etc/mark"); return 1; }
  pid_t child = fork();
  if (child < 0) { perror("fork"); return 1; }
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    char *self = strdup(argv[1]);
    /* It must not be taken for the target. */
    memset(argv[1], 0, strlen(argv[1]));
    if (self) keep_measuring(self, is_init);
    _exit(self ? 0 : 1);
  }
  for (;;) {
    int status;
    pid_t ended = wait(&status); /* also of orphans, where this is process 1 */
    if (ended == child) return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  }
}
