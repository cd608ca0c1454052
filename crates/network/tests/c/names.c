/*
 * Preloaded into a daemon: answers for the names that the tests use, so that no
 * question leaves the machine, and keeps groups on the loopback interface.
 *
 * $NAMES_DIR holds files that tests make and remove:
 *   hang   slow.test has no answer as long as it is there
 *   again  slow.test is "temporary failure" as long as it is there
 *   address  what slow.test is, instead of 127.0.0.1
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static FILE *open_there(const char *name) {
  char path[4096];
  const char *dir = getenv("NAMES_DIR");
  snprintf(path, sizeof(path), "%s/%s", dir == NULL ? "/nonexistent" : dir, name);
  return fopen(path, "r");
}

static int there(const char *name) {
  FILE *file = open_there(name);
  if (file != NULL)
    fclose(file);
  return file != NULL;
}

int getaddrinfo(const char *node, const char *service,
                const struct addrinfo *hints, struct addrinfo **result) {
  int (*next)(const char *, const char *, const struct addrinfo *,
              struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");
  if (node != NULL && strcmp(node, "nowhere.test") == 0)
    return EAI_NONAME;
  if (node != NULL && strcmp(node, "slow.test") == 0) {
    while (there("hang"))
      usleep(20000);
    if (there("again"))
      return EAI_AGAIN;
    static __thread char address[64];
    FILE *file = open_there("address");
    if (file == NULL || fgets(address, sizeof(address), file) == NULL)
      strcpy(address, "127.0.0.1");
    if (file != NULL)
      fclose(file);
    node = address;
  }
  return next(node, service, hints, result);
}

int connect(int fd, const struct sockaddr *addr, socklen_t len) {
  int (*next)(int, const struct sockaddr *, socklen_t) =
      dlsym(RTLD_NEXT, "connect");
  const struct sockaddr_in *v4 = (const struct sockaddr_in *)addr;
  if (addr->sa_family == AF_INET && IN_MULTICAST(ntohl(v4->sin_addr.s_addr))) {
    struct in_addr lo = {htonl(INADDR_LOOPBACK)};
    if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &lo, sizeof(lo)) != 0)
      return -1;
  }
  return next(fd, addr, len);
}
