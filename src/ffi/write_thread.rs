//! Which threads are the daemon's write threads.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI32, Ordering};

use super::context::is_write_thread;

/// Which thread is taken for that of each name that the daemon gives, by its number in the system. More names than any daemon has;
/// others are taken for threads of others.
static OWNERS: [AtomicI32; 64] = [const { AtomicI32::new(0) }; 64];

/// Whether this thread is one.
#[inline]
pub(super) fn is_one() -> bool {
    is_write_thread(find_out)
}

/// Whether one of them is there still. To be asked when the daemon has ended them: then it was none, but a thread that one has
/// started, which has come before it. The number of an ended one may be seen for a moment, or be that of another thread.
pub(super) fn is_any_left() -> bool {
    let mut owners = OWNERS.iter().map(|owner| owner.load(Ordering::Relaxed)).filter(|thread| *thread != 0);
    owners.any(|thread| PathBuf::from(format!("/proc/self/task/{thread}")).exists())
}

/// The daemon names its threads, and whatever is started on one inherits the name: the first to come with a name is mostly who has
/// it from the daemon. Where no names can be seen, nobody is one.
#[cold]
fn find_out() -> bool {
    let name = fs::read_to_string("/proc/thread-self/comm").unwrap_or_default();
    // SAFETY: no conditions.
    is_owner(&name, unsafe { libc::gettid() })
}

fn is_owner(name: &str, thread: i32) -> bool {
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
        let [one, two, three] = [i32::MAX, i32::MAX - 1, i32::MAX - 2];
        assert!(is_owner("writer#3\n", one) && is_owner("writer#4\n", two) && is_owner("writer#3\n", one));
        assert!(!is_owner("writer#3\n", three), "it has inherited the name");
        for name in ["", "collectd\n", "reader#0\n", "writer#\n", "writer#64\n", "writer#-1\n", "my writer#5\n"] {
            assert!(!is_owner(name, three), "{name}");
        }
    }
}
