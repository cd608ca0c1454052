/*
 * Keeps the fake daemon out of plugins: a plugin with a plugin_log of its own
 * would talk to itself. The linker puts such a variable into programs only, and
 * names it when it is asked to put it into a shared object.
 */
#include "fake.h"

static _Thread_local int
    the_fake_collectd_is_for_dev_dependencies_and_cannot_be_in_a_plugin
    __attribute__((tls_model("local-exec")));

/* Called by whatever reports anything, so that nothing is linked without. */
void guard_against_plugins(void) {
  ++the_fake_collectd_is_for_dev_dependencies_and_cannot_be_in_a_plugin;
}
