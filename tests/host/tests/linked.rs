//! The fake daemon in the same process: linked, called through its own symbols.

use std::ffi::{CStr, c_char, c_int, c_void};

use std::fs;
use std::path::Path;
use std::process::Command;

use collectd_test_host::{Host, Release, fake_collectd};

#[repr(C)]
struct UserData {
    data: *mut c_void,
    free_func: Option<unsafe extern "C" fn(*mut c_void)>,
}

type Flush = unsafe extern "C" fn(u64, *const c_char, *mut UserData) -> c_int;

unsafe extern "C" {
    fn plugin_log(level: c_int, format: *const c_char, ...);
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    fn plugin_register_flush(name: *const c_char, callback: Flush, data: *const UserData) -> c_int;
}

unsafe extern "C" fn free_box(data: *mut c_void) {
    // SAFETY: made by `Box::into_raw` below, and the daemon frees once.
    drop(unsafe { Box::from_raw(data.cast::<u32>()) });
}

unsafe extern "C" fn flush(_: u64, _: *const c_char, data: *mut UserData) -> c_int {
    // SAFETY: the daemon passes the registered data.
    let data = unsafe { (*data).data };
    // SAFETY: it points to the number registered below.
    unsafe { *data.cast::<c_int>() }
}

#[test]
fn log_lines_keep_format_and_text_apart() {
    let host = Host::lock();
    let text = "100% %s";
    let len = c_int::try_from(text.len()).expect("short");
    // SAFETY: the arguments are what the format wants.
    unsafe { plugin_log(4, c"%.*s".as_ptr(), len, text.as_ptr()) };
    let events = host.take();
    assert_eq!(events.len(), 1);
    assert!(events[0].is("log", &[("severity", "4"), ("format", "%.*s"), ("text", text), ("origin", "plugin")]));
    assert!(host.take().is_empty());
}

#[test]
fn callbacks_live_until_the_turn_ends() {
    let host = Host::lock();
    register(c"one", 7);
    let events = host.run("flush one");
    assert!(events.iter().any(|e| e.is("returned", &[("callback", "flush"), ("name", "one"), ("status", "7")])));
    drop(host);
    let host = Host::lock();
    assert!(host.run("flush").is_empty(), "left from the turn before");
    host.run("set Hostname here");
    host.run("fail flush 2 freed");
    register(c"one", 1);
    register(c"two", 2);
    let frees = host.take().into_iter().filter(|e| e.kind() == "free").count();
    assert_eq!(frees, 1);
}

#[test]
fn commands_that_make_no_sense_are_refused() {
    let host = Host::lock();
    for command in ["", "nonsense", "write", "write a/b 1 1 1", "unregister write nobody", "load /nonexistent.so"] {
        assert!(!host.try_run(command).0, "{command:?}");
    }
}

/// All names in `c"…"` in the framework that the fake daemon has. This test is linked without `-rdynamic`.
#[test]
fn what_the_framework_looks_up_is_found_in_a_test() {
    let output =
        Command::new("nm").args(["-D", "--defined-only"]).arg(fake_collectd(Release::V5_12)).output().expect("nm");
    let exported = String::from_utf8_lossy(&output.stdout).into_owned();
    let exported: Vec<&str> = exported.lines().filter_map(|line| line.split(' ').next_back()).collect();
    let sources = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src/ffi")).expect("the framework");
    let sources = sources.filter_map(|entry| fs::read_to_string(entry.expect("an entry").path()).ok());
    let text: String = sources.collect();
    let names = text.split("c\"").skip(1).filter_map(|rest| rest.split('"').next());
    let names: Vec<&str> = names.filter(|name| exported.contains(name)).collect();
    assert!(names.len() >= 12, "{names:?}");
    for name in names {
        let c_name = std::ffi::CString::new(name).expect("no NUL");
        // SAFETY: a NULL handle is RTLD_DEFAULT, and the name is terminated.
        let found = unsafe { dlsym(std::ptr::null_mut(), c_name.as_ptr()) };
        assert!(!found.is_null(), "{name} belongs into c/lookup.c");
    }
}

fn register(name: &CStr, value: u32) {
    let data = UserData { data: Box::into_raw(Box::new(value)).cast(), free_func: Some(free_box) };
    // SAFETY: the daemon copies both, and owns the box from here on.
    unsafe { plugin_register_flush(name.as_ptr(), flush, &data) };
}
