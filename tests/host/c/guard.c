/*
 * Keeps the fake daemon out of plugins: a plugin with a plugin_log of its own
 * would talk to itself. The linker puts this into programs only, and names the
 * variable when it is asked to put it into a shared object.
 */
int fake_collectd_in_a_plugin_use_a_dev_dependency(void);

static _Thread_local int
    the_fake_collectd_is_for_dev_dependencies_and_cannot_be_in_a_plugin
    __attribute__((tls_model("local-exec"), used));

int fake_collectd_in_a_plugin_use_a_dev_dependency(void) {
  return ++the_fake_collectd_is_for_dev_dependencies_and_cannot_be_in_a_plugin;
}
