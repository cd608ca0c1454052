use collectd::ffi::NativeValues;
use collectd::ffi::sys::value_list_t;

fn main() {}
