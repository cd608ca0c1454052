//! Functions that not every supported daemon has, looked up at run time.

use std::ffi::{CStr, CString, OsStr, c_char, c_int, c_void};
use std::mem;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr::NonNull;

/// Where collectd's own plugins may be, besides the directory that ours is in.
const USUAL_DIRECTORIES: &[&str] =
    &["/usr/lib/collectd", "/usr/lib64/collectd", "/usr/local/lib/collectd", "/opt/collectd/lib/collectd"];

/// Whether the daemon is a collectd 6: it counts in metric families, and its callbacks have other
/// signatures, so that registering ours would crash it.
pub(crate) fn is_metric_family_daemon() -> bool {
    lookup(c"plugin_dispatch_metric_family").is_some()
}

/// Has the daemon hand out `<Plugin NAME>` blocks although the plugin was not asked for. From 5.10 on it skips
/// blocks of plugins that are not loaded, before it looks for who wants them. So the plugin is loaded; the
/// block goes to whoever registered for it first, and that is us. Returns whether it had to be loaded.
pub(crate) fn load_for_its_block(name: &str) -> Result<bool, NotLoaded> {
    let Some(is_loaded) = lookup(c"plugin_is_loaded") else { return Ok(false) };
    // SAFETY: the signature of every release that has the function.
    let is_loaded: unsafe extern "C" fn(*const c_char) -> bool = unsafe { mem::transmute(is_loaded) };
    let c_name = CString::new(name).map_err(|_| NotLoaded::NotFound)?;
    // SAFETY: a NUL-terminated name, in the configuration phase with its one thread.
    if unsafe { is_loaded(c_name.as_ptr()) } {
        return Ok(false);
    }
    let own = own_directory().ok_or(NotLoaded::NotFound)?;
    let file = format!("{name}.so");
    let mut directories = [own.as_path()].into_iter().chain(USUAL_DIRECTORIES.iter().map(Path::new));
    let directory = directories.find(|directory| directory.join(&file).is_file()).ok_or(NotLoaded::NotFound)?;
    load(&c_name, directory, &own).map(|()| true)
}

/// Why a plugin could not be loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotLoaded {
    #[error("there is no such file in the plugin directory")]
    NotFound,
    #[error("the daemon cannot load it")]
    Refused,
}

/// Loads a plugin from a directory, and leaves the daemon's own setting as it was.
fn load(name: &CStr, directory: &Path, own: &Path) -> Result<(), NotLoaded> {
    let set_directory = lookup(c"plugin_set_dir").ok_or(NotLoaded::Refused)?;
    // SAFETY: the signature of every release.
    let set_directory: unsafe extern "C" fn(*const c_char) = unsafe { mem::transmute(set_directory) };
    let load = lookup(c"plugin_load").ok_or(NotLoaded::Refused)?;
    // SAFETY: the signature of every release that hands us the first function of this module.
    let load: unsafe extern "C" fn(*const c_char, bool) -> c_int = unsafe { mem::transmute(load) };

    let c_path = |path: &Path| CString::new(path.as_os_str().as_bytes()).map_err(|_| NotLoaded::NotFound);
    let (directory, own) = (c_path(directory)?, c_path(own)?);
    // SAFETY: a NUL-terminated path, which is copied; there is one thread.
    unsafe { set_directory(directory.as_ptr()) };
    // SAFETY: a NUL-terminated name; loading from within `module_register` is what LoadPlugin does, once more.
    let status = unsafe { load(name.as_ptr(), false) };
    // SAFETY: as above.
    unsafe { set_directory(own.as_ptr()) };
    if status == 0 { Ok(()) } else { Err(NotLoaded::Refused) }
}

/// The directory of the file that this code was loaded from: the daemon's plugin directory at its
/// LoadPlugin line.
fn own_directory() -> Option<PathBuf> {
    let mut info = mem::MaybeUninit::<libc::Dl_info>::zeroed();
    let inside = own_directory as fn() -> Option<PathBuf>;
    // SAFETY: an address inside this file, and room for the answer.
    let found = unsafe { libc::dladdr(inside as *const c_void, info.as_mut_ptr()) };
    // SAFETY: zeroed, or filled in; every bit pattern of its pointers and numbers is valid.
    let info = unsafe { info.assume_init() };
    // SAFETY: NULL, or the path that the dynamic linker keeps as long as the file is loaded.
    let path = unsafe { super::c_str(info.dli_fname) }.filter(|_| found != 0)?;
    Path::new(OsStr::from_bytes(path.to_bytes())).parent().map(Path::to_owned)
}

/// The address of a function of the daemon's, if it has one of this name.
pub(super) fn lookup(name: &CStr) -> Option<NonNull<c_void>> {
    // SAFETY: a NUL-terminated name; RTLD_DEFAULT searches what the process has loaded.
    NonNull::new(unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) })
}
