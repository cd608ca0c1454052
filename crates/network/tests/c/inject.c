/*
 * Preloaded into a daemon: what happens rarely happens when a test wants it.
 *
 * $INJECT holds files that tests make:
 *   busy      a mutex that is only tried is taken, as long as the file is there
 *   no-memory the next datagram cannot be received for want of memory, once
 *   impossible more datagrams come than there is room for, once
 *   poll-error poll reports an error of a UDP socket until something is
 *             received from it, which takes the file away
 *   no-ipv6   the kernel has no IPv6, as long as the file is there
 *   slow-poll between a thread's decision to wait for a UDP socket and its
 *             waiting there is as much time as the file is there, or half a
 *             minute
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char *path_of(const char *name, char *path, size_t size) {
  const char *dir = getenv("INJECT");
  snprintf(path, size, "%s/%s", dir == NULL ? "/nonexistent" : dir, name);
  return path;
}

static int there(const char *name) {
  char path[4096];
  int before = errno;
  int found = access(path_of(name, path, sizeof(path)), F_OK) == 0;
  errno = before;
  return found;
}

static int taken(const char *name) {
  char path[4096];
  int before = errno;
  int done = unlink(path_of(name, path, sizeof(path))) == 0;
  errno = before;
  return done;
}

static int is_udp(int fd) {
  int type = 0, domain = 0, before = errno;
  socklen_t length = sizeof(int);
  int known = getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 &&
              getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0;
  errno = before;
  return known && type == SOCK_DGRAM &&
         (domain == AF_INET || domain == AF_INET6);
}

int socket(int domain, int type, int protocol) {
  int (*next)(int, int, int) = dlsym(RTLD_NEXT, "socket");
  if (domain == AF_INET6 && there("no-ipv6")) {
    errno = EAFNOSUPPORT;
    return -1;
  }
  return next(domain, type, protocol);
}

int pthread_mutex_trylock(pthread_mutex_t *mutex) {
  int (*next)(pthread_mutex_t *) = dlsym(RTLD_NEXT, "pthread_mutex_trylock");
  return there("busy") ? EBUSY : next(mutex);
}

static int poll_has_told;

/* Whether receiving from this socket fails now. */
static int fails(int fd) {
  if (!is_udp(fd))
    return 0;
  if (poll_has_told && taken("poll-error"))
    poll_has_told = 0;
  if (!taken("no-memory"))
    return 0;
  errno = ENOMEM;
  return 1;
}

ssize_t recvfrom(int fd, void *buffer, size_t size, int flags,
                 struct sockaddr *address, socklen_t *length) {
  ssize_t (*next)(int, void *, size_t, int, struct sockaddr *, socklen_t *) =
      dlsym(RTLD_NEXT, "recvfrom");
  return fails(fd) ? -1 : next(fd, buffer, size, flags, address, length);
}

int recvmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags,
             struct timespec *timeout) {
  int (*next)(int, struct mmsghdr *, unsigned int, int, struct timespec *) =
      dlsym(RTLD_NEXT, "recvmmsg");
  if (fails(fd))
    return -1;
  int received = next(fd, messages, count, flags, timeout);
  return received > 0 && is_udp(fd) && taken("impossible") ? 100000 : received;
}

int poll(struct pollfd *fds, nfds_t count, int timeout) {
  int (*next)(struct pollfd *, nfds_t, int) = dlsym(RTLD_NEXT, "poll");
  for (nfds_t i = 0; i < count; i++) {
    if (fds[i].fd < 0 || !is_udp(fds[i].fd))
      continue;
    if (there("poll-error")) {
      poll_has_told = 1;
      for (nfds_t other = 0; other < count; other++)
        fds[other].revents = other == i ? POLLERR : 0;
      return 1;
    }
    for (int tenth = 0; tenth < 300 && there("slow-poll"); tenth++)
      nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    break;
  }
  return next(fds, count, timeout);
}
