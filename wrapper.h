/*
 * What bindgen reads: the daemon's plugin interface, its value cache and its
 * filter chains. plugin.h pulls in the configuration tree and the meta data
 * from wherever its release keeps them.
 */
#include "plugin.h"

#include "filter_chain.h"
#include "utils_cache.h"
