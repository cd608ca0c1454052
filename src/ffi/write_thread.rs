//! Which threads are the daemon's write threads.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::context::is_write_thread;

thread_local! {
    /// Its address is this thread's.
    static HERE: u8 = const { 0 };
}

/// The thread of each name that the daemon gives. More than any daemon has; others are taken for threads of others.
static OWNERS: [AtomicUsize; 64] = [const { AtomicUsize::new(0) }; 64];

/// Whether this thread is one.
#[inline]
pub(super) fn is_one() -> bool {
    is_write_thread(find_out)
}

/// The daemon names its threads, and whatever is started on one inherits the name: the first to come with a name is who has it
/// from the daemon, since what hands values on is started there later. Where no names can be seen, nobody is one.
#[cold]
fn find_out() -> bool {
    let name = fs::read_to_string("/proc/thread-self/comm").unwrap_or_default();
    HERE.with(|here| is_owner(&name, std::ptr::from_ref(here).addr()))
}

fn is_owner(name: &str, thread: usize) -> bool {
    let number = name.trim_end().strip_prefix("writer#").and_then(|number| number.parse::<usize>().ok());
    let Some(owner) = number.and_then(|number| OWNERS.get(number)) else { return false };
    match owner.compare_exchange(0, thread, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(_) => true,
        Err(owner) => owner == thread,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_with_a_name_has_it() {
        assert!(is_owner("writer#3\n", 1) && is_owner("writer#4\n", 2) && is_owner("writer#3\n", 1));
        assert!(!is_owner("writer#3\n", 3), "it has inherited the name");
        for name in ["", "collectd\n", "reader#0\n", "writer#\n", "writer#64\n", "writer#-1\n", "my writer#5\n"] {
            assert!(!is_owner(name, 4), "{name}");
        }
    }
}
