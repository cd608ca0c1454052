/* Commands on stdin, events on stdout; arguments are plugins to load first. */
#define _GNU_SOURCE
#include "fake.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Standard output for events alone: what plugins print there goes to standard
   error. */
static FILE *events(void) {
  int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (fd < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
    abort();
  FILE *stream = fdopen(fd, "w");
  if (stream == NULL)
    abort();
  return stream;
}

/* Adds the lines up to "end" to a command that takes them. */
static char *with_lines(char *command) {
  char *line = NULL;
  size_t size = 0;
  while (getline(&line, &size, stdin) > 0 && strcmp(line, "end\n") != 0) {
    size_t len = strlen(command);
    command = realloc(command, len + strlen(line) + 2);
    if (command == NULL)
      abort();
    snprintf(command + len, strlen(line) + 2, "%s%s",
             command[len - 1] == '\n' ? "" : "\n", line);
  }
  free(line);
  return command;
}

int main(int argc, char **argv) {
  emit_to(events());
  set_thread_role("main");
  signal(SIGPIPE, SIG_IGN);
  for (int i = 1; i < argc; i++) {
    char *command = NULL;
    if (asprintf(&command, "load \"%s\"", argv[i]) < 0 || !fake_run(command))
      return 2;
    free(command);
  }
  char *line = NULL;
  size_t size = 0;
  while (getline(&line, &size, stdin) > 0 && strcmp(line, "quit\n") != 0) {
    char *command = must_copy(line);
    if (command_takes_lines(command))
      command = with_lines(command);
    if (command[0] != '\n' && command[0] != '#')
      fake_run(command);
    free(command);
  }
  free(line);
  return 0;
}
