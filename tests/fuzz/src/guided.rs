//! The target named in `FUZZ_TARGET`, guided by its coverage: libFuzzer, with its arguments.
#![no_main]

use std::env;
use std::sync::LazyLock;

use collectd_fuzz::Target;

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
    Target::named(&name).unwrap_or_else(|| panic!("there is no target {name}"))
});

libfuzzer_sys::fuzz_target!(|input: &[u8]| (TARGET.run)(input));
