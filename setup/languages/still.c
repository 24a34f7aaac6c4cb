// Loaded before a tool that keeps the memory of a program it has begun. What that program sees of randomness, of time
// and of the age of files is always the same, so that the same source makes the same bytes. See
// host/src/command/build/still.rs. Where the kernel allows no filter, the age of files still shows.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/stat.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

// 2026-01-01T00:00:00Z
#define NOW 1767225600
// In the argument that statx does not have: this call is our own.
#define OURS 0x5e5e5e5e

// Not zero: some generators ask again until they get something else.
static ssize_t fill(void *to, size_t bytes) {
  memset(to, 7, bytes);
  return (ssize_t)bytes;
}

ssize_t getrandom(void *to, size_t bytes, unsigned flags) {
  (void)flags;
  return fill(to, bytes);
}

static long (*real_syscall)(long, ...);

long syscall(long number, ...) {
  long a[6];
  va_list list;
  va_start(list, number);
  for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
  va_end(list);
  if (number == SYS_getrandom) return fill((void *)a[0], (size_t)a[1]);
  if (!real_syscall) real_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  return real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  (void)clock;
  now->tv_sec = NOW;
  now->tv_nsec = 0;
  return 0;
}

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
static long again(ucontext_t *u, void **to) {
  greg_t *r = u->uc_mcontext.gregs;
  long done;
  register long r10 __asm__("r10") = r[REG_R10], r8 __asm__("r8") = r[REG_R8], r9 __asm__("r9") = OURS;
  __asm__ volatile("syscall" : "=a"(done) : "a"(SYS_statx), "D"(r[REG_RDI]), "S"(r[REG_RSI]), "d"(r[REG_RDX]), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  *to = (void *)r8;
  return r[REG_RAX] = done;
}
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
static long again(ucontext_t *u, void **to) {
  unsigned long long *r = u->uc_mcontext.regs;
  register long x0 __asm__("x0") = r[0], x1 __asm__("x1") = r[1], x2 __asm__("x2") = r[2], x3 __asm__("x3") = r[3];
  register long x4 __asm__("x4") = r[4], x5 __asm__("x5") = OURS, x8 __asm__("x8") = SYS_statx;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x8) : "memory");
  *to = (void *)r[4];
  return r[0] = x0;
}
#endif

#ifdef ARCH
// The tools ask the kernel for this without going through libc: it is caught there.
static void on_statx(int signal, siginfo_t *info, void *context) {
  (void)signal;
  (void)info;
  void *to;
  if (again(context, &to) != 0) return;
  struct statx *file = to;
  struct statx_timestamp then = {.tv_sec = NOW};
  file->stx_atime = file->stx_btime = file->stx_ctime = file->stx_mtime = then;
  file->stx_ino = 1;
  file->stx_dev_major = file->stx_dev_minor = 0;
}

static void catch_statx(void) {
  struct sigaction act = {.sa_sigaction = on_statx, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 0, 5),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_statx, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OURS, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {.len = sizeof code / sizeof *code, .filter = code};
  if (sigaction(SIGSYS, &act, NULL) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return;
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}
#else
static void catch_statx(void) {}
#endif

// Nothing that is seen of the environment tells where this library lies.
__attribute__((constructor)) static void begin(void) {
  unsetenv("LD_PRELOAD");
  catch_statx();
}
