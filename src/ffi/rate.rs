//! Rates from the daemon's value cache.

use std::ops::Deref;
use std::ptr;

use collectd_types::IdentifierRef;

use super::cache::assert_usable;
use super::memory::CArray;
use super::sys;

/// One rate per data source, in units per second; NaN where the daemon cannot tell yet. A gauge is its own
/// rate.
pub struct Rates(CArray<f64>);

impl Rates {
    pub(crate) fn of(identifier: IdentifierRef<'_>) -> Option<Rates> {
        assert_usable();
        let name = cache_name(identifier);
        let (mut rates, mut count) = (ptr::null_mut(), 0);
        // SAFETY: a NUL-terminated name and two variables of ours; the cache has a lock of its own.
        let status = unsafe { sys::uc_get_rate_by_name(name.as_ptr(), &raw mut rates, &raw mut count) };
        // SAFETY: NULL or an array from `malloc` of that many numbers, which is the caller's.
        let rates = unsafe { CArray::take(rates, count) };
        rates.filter(|_| status == 0).map(Rates)
    }
}

impl Deref for Rates {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        &self.0
    }
}

impl std::fmt::Debug for Rates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Five names of at most 127 bytes, four separators and a NUL.
const CACHE_NAME_LEN: usize = 5 * 127 + 4 + 1;

/// The name under which the cache knows a metric, with its bytes as they are.
pub(super) fn cache_name(identifier: IdentifierRef<'_>) -> [libc::c_char; CACHE_NAME_LEN] {
    let mut name = [0; CACHE_NAME_LEN];
    let mut places = name.iter_mut();
    let [host, plugin, plugin_instance, type_, type_instance] = identifier.names();
    for (separator, part, is_optional) in [
        (&b""[..], host, false),
        (b"/", plugin, false),
        (b"-", plugin_instance, true),
        (b"/", type_, false),
        (b"-", type_instance, true),
    ] {
        if is_optional && part.is_empty() {
            continue;
        }
        for &byte in separator.iter().chain(part.as_bytes()) {
            if let Some(place) = places.next() {
                *place = libc::c_char::from_ne_bytes([byte]);
            }
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use collectd_types::NameRef;

    #[test]
    fn cache_names_are_the_daemons() {
        let text = |names: [&'static str; 5]| {
            let names = names.map(|name| NameRef::new(name.as_bytes()).unwrap());
            let name = cache_name(IdentifierRef::new(names)).map(|byte| byte.to_ne_bytes()[0]);
            String::from_utf8(name.into_iter().take_while(|&byte| byte != 0).collect()).unwrap()
        };
        assert_eq!(text(["h", "p", "", "t", ""]), "h/p/t");
        assert_eq!(text(["h", "p", "pi", "t", "ti"]), "h/p-pi/t-ti");
        let long = "x".repeat(127).leak();
        assert_eq!(text([long; 5]).len(), CACHE_NAME_LEN - 1);
    }
}
