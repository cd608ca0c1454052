/*
 * Preloaded into a daemon: the names of hosts are those in $HOSTS, a file with
 * a name and its addresses in each line; no question leaves the machine.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* The addresses of a name, which begin the rest of its line. */
static char *addresses_of(const char *name, char *line, size_t size) {
  const char *path = getenv("HOSTS");
  FILE *file = path == NULL ? NULL : fopen(path, "r");
  char *found = NULL;
  while (file != NULL && found == NULL && fgets(line, (int)size, file)) {
    char *addresses = strchr(line, ' ');
    if (addresses == NULL)
      continue;
    *addresses++ = 0;
    if (strcmp(line, name) == 0)
      found = addresses;
  }
  if (file != NULL)
    fclose(file);
  return found;
}

int getaddrinfo(const char *node, const char *service,
                const struct addrinfo *hints, struct addrinfo **result) {
  int (*next)(const char *, const char *, const struct addrinfo *,
              struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");
  char line[512];
  char *rest = node == NULL ? NULL : addresses_of(node, line, sizeof(line));
  if (rest == NULL)
    return next(node, service, hints, result);
  char *context = NULL;
  *result = NULL;
  for (char *address = strtok_r(rest, " \n", &context); address != NULL;
       address = strtok_r(NULL, " \n", &context)) {
    int status = next(address, service, hints, result);
    if (status != 0)
      return status;
    while (*result != NULL)
      result = &(*result)->ai_next;
  }
  return 0;
}
