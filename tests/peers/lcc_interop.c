/* libcollectdclient as a sender and as a receiver, for the interop tests.
 *   lcc_interop send    none|sign|encrypt PORT [USER PASSWORD]   value lists from stdin, see lists.h
 *   lcc_interop receive none|sign|encrypt [USER PASSWORD]        prints "port N", then value lists
 * Both use 127.0.0.1. The receiver ends at an empty datagram, as the library does.
 *
 * The library takes the success of a call for its failure, and refuses to sign or encrypt wherever memory can be
 * locked. So the sender gives up that right, unless LCC_KEEP_MEMLOCK is set. */
#define _GNU_SOURCE
#include "lists.h"
#include <arpa/inet.h>
#include <collectd/network_buffer.h>
#include <collectd/network_parse.h>
#include <collectd/server.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static lcc_security_level_t level;
static const char *user, *password;

static int udp_socket(void) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0) {
    perror("socket");
    exit(1);
  }
  return fd;
}

static void give_up_locked_memory(void) {
  struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_MEMLOCK, &none) != 0)
    perror("setrlimit");
  /* Root may lock memory whatever the limit says. */
  if (geteuid() == 0 && (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0))
    perror("setresuid");
}

static void send_packet(int fd, struct sockaddr_in const *to, lcc_network_buffer_t *nb) {
  static char packet[65536];
  size_t size = sizeof packet;
  lcc_network_buffer_finalize(nb);
  if (lcc_network_buffer_get(nb, packet, &size) != 0 ||
      sendto(fd, packet, size, 0, (struct sockaddr const *)to, sizeof *to) < 0) {
    perror("send");
    exit(1);
  }
  lcc_network_buffer_initialize(nb);
}

static int send_lists(int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = udp_socket();
  lcc_network_buffer_t *nb = lcc_network_buffer_create(0);
  if (level != NONE) {
    if (!getenv("LCC_KEEP_MEMLOCK"))
      give_up_locked_memory();
    int status = lcc_network_buffer_set_security_level(nb, level, user, password);
    if (status != 0) {
      fprintf(stderr, "security level refused: %s\n", status == ENOTSUP ? "ENOTSUP" : strerror(status));
      return 3;
    }
  }
  lcc_network_buffer_initialize(nb);
  lcc_value_list_t vl;
  int waiting = 0;
  while (list_read(stdin, &vl)) {
    if (lcc_network_buffer_add_value(nb, &vl) != 0) {
      send_packet(fd, &to, nb);
      if (lcc_network_buffer_add_value(nb, &vl) != 0) {
        fprintf(stderr, "a value list does not fit a packet\n");
        return 1;
      }
    }
    waiting = 1;
  }
  if (waiting)
    send_packet(fd, &to, nb);
  return 0;
}

static int print_list(lcc_value_list_t const *vl) {
  list_print(stdout, vl);
  fflush(stdout);
  return 0;
}

static char const *find_password(char const *name) { return user && !strcmp(name, user) ? password : NULL; }

static int receive_lists(void) {
  struct sockaddr_in at = {.sin_family = AF_INET};
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t len = sizeof at;
  lcc_listener_t listener = {.conn = udp_socket()};
  if (bind(listener.conn, (struct sockaddr *)&at, len) != 0 || getsockname(listener.conn, (struct sockaddr *)&at, &len) != 0) {
    perror("bind");
    return 1;
  }
  printf("port %d\n", ntohs(at.sin_port));
  fflush(stdout);
  listener.parse_options.writer = print_list;
  listener.parse_options.security_level = level;
  listener.parse_options.password_lookup = user ? find_password : NULL;
  return lcc_listen_and_write(listener);
}

int main(int argc, char **argv) {
  if (argc < 3)
    return 2;
  int sends = !strcmp(argv[1], "send");
  level = !strcmp(argv[2], "encrypt") ? ENCRYPT : !strcmp(argv[2], "sign") ? SIGN : NONE;
  int next = sends ? 4 : 3;
  if (argc >= next + 2) {
    user = argv[next];
    password = argv[next + 1];
  }
  if (sends && argc > 3)
    return send_lists(atoi(argv[3]));
  return receive_lists();
}
