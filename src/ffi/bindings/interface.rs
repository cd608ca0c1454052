//! What of collectd's headers is declared to Rust. Part of the build script, not of the library.

/// Functions that every release from 5.8 on exports with one and the same signature. A plugin is loaded with `RTLD_NOW`, so a single
/// function beyond these would keep it from loading on an older daemon: whatever came later, or changed, is looked up at run time.
const FUNCTIONS: &[&str] = &[
    "cdtime",
    "fc_register_(match|target)",
    "global_option_get(_long|_time)?",
    "meta_data_(create|clone|clone_merge|destroy|exists|type|toc|delete|as_string)",
    "meta_data_(add|get)_(string|signed_int|unsigned_int|double|boolean)",
    "plugin_dispatch_(values|notification)",
    "plugin_(flush|log|write)",
    "plugin_get_(ds|interval)",
    "plugin_notification_meta_add_(string|signed_int|unsigned_int|double|boolean)",
    "plugin_notification_meta_(copy|free)",
    "plugin_register_(complex_config|complex_read|data_set|flush|init|log|missing|notification|shutdown|write)",
    "plugin_unregister_(complex_config|data_set|flush|init|log|missing|notification|read|read_group|shutdown|write)",
    "uc_get_(iterator|names|rate|rate_by_name|size)",
    "uc_iterator_(next|destroy|get_time|get_values|get_interval)",
    "uc_meta_data_(exists|delete)",
    "uc_meta_data_(add|get)_(string|signed_int|unsigned_int|double|boolean)",
];

/// Named on their own because no function above mentions them in full.
const TYPES: &[&str] = &[
    "(counter|gauge|derive|absolute|cdtime)_t",
    "(value|value_list|data_source|data_set|notification|notification_meta|user_data)_t",
    "oconfig_(item|value)_t",
    "(match|target)_proc_t",
    "plugin_(init|read|write|flush|missing|log|shutdown|notification)_cb",
];

/// Variables, constants and enumerators. Not `STATE_*`, which 5.9 renumbered, and not `COLLECT_DEBUG`, a fact about one build.
const VARIABLES: &[&str] = &[
    "(hostname|interval|timeout)_g",
    "DATA_MAX_NAME_LEN",
    "NOTIF_MAX_MSG_LEN",
    "DS_TYPE_(COUNTER|GAUGE|DERIVE|ABSOLUTE)",
    "LOG_(ERR|WARNING|NOTICE|INFO|DEBUG)",
    "NOTIF_(FAILURE|WARNING|OKAY)",
    "NM_TYPE_(STRING|SIGNED_INT|UNSIGNED_INT|DOUBLE|BOOLEAN)",
    "MD_TYPE_(STRING|SIGNED_INT|UNSIGNED_INT|DOUBLE|BOOLEAN)",
    "OCONFIG_TYPE_(STRING|NUMBER|BOOLEAN)",
    "FC_MATCH_(NO_MATCH|MATCHES)",
    "FC_TARGET_(CONTINUE|STOP|RETURN)",
];

/// Kept out even if a list above grows careless: differs between releases, or is not ours to declare.
const BLOCKED: &[&str] = &[
    "daemon_log",
    "plugin_(register|unregister|dispatch)_cache_event",
    "plugin_(get|set|init)_ctx",
    "plugin_ctx_[st]",
    "plugin_is_loaded",
    "plugin_thread_create",
    "uc_(get|set|inc)_(state|hits)",
    "uc_get_history(_by_name)?",
    "uc_get_value(_by_name)?",
    "uc_iterator_get_meta",
    "uc_meta_data_toc",
    "uc_set_callbacks_mask",
    "cache_event_.*",
    "meta_data_iter.*",
    "pthread_.*",
];

/// The generator with every setting but the headers.
pub(crate) fn builder() -> bindgen::Builder {
    let minimum = bindgen::RustTarget::stable(88, 0).expect("newer than the oldest that bindgen knows");
    let mut builder = bindgen::builder()
        .rust_target(minimum)
        .rust_edition(bindgen::RustEdition::Edition2024)
        .use_core()
        .size_t_is_usize(true)
        .derive_default(false)
        .derive_debug(false)
        // Checks of the build machine's layout break a build for another one.
        .layout_tests(false)
        .generate_comments(false)
        .default_macro_constant_type(bindgen::MacroTypeVariation::Signed)
        .default_enum_style(bindgen::EnumVariation::Consts)
        .prepend_enum_name(false)
        .merge_extern_blocks(true)
        .sort_semantically(true)
        // Not rustfmt: the text must not depend on what is installed.
        .formatter(bindgen::Formatter::Prettyplease);
    for pattern in FUNCTIONS {
        builder = builder.allowlist_function(pattern);
    }
    for pattern in TYPES {
        builder = builder.allowlist_type(pattern);
    }
    for pattern in VARIABLES {
        builder = builder.allowlist_var(pattern);
    }
    for pattern in BLOCKED {
        builder = builder.blocklist_item(pattern);
    }
    builder
}
