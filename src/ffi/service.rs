//! Names of services to port numbers, through `getaddrinfo`.

use std::ffi::CStr;
use std::io;
use std::mem;
use std::ptr;

/// The port of a service that this machine knows by that name, whatever its protocol; `None` if it knows none.
///
/// # Errors
///
/// What the system says if it cannot look.
pub(crate) fn port(service: &CStr) -> Result<Option<u16>, String> {
    let hints = hints();
    let mut list = List(ptr::null_mut());
    // SAFETY: no host, a NUL-terminated service, hints as a whole struct with zeroed pointers, and the result
    // goes where `List` frees it.
    let code = unsafe { libc::getaddrinfo(ptr::null(), service.as_ptr(), &raw const hints, &raw mut list.0) };
    match code {
        0 => Ok(list.ports().find(|&port| port != 0)),
        // "no such service", and what the C library of some systems calls it.
        libc::EAI_SERVICE | libc::EAI_NONAME => Ok(None),
        libc::EAI_SYSTEM => Err(io::Error::last_os_error().to_string()),
        code => Err(text(code)),
    }
}

/// Those of the daemon: any protocol, any family.
fn hints() -> libc::addrinfo {
    // SAFETY: addrinfo is a C struct of integers and pointers: all zeros are a value of it, and the one that
    // getaddrinfo wants for the fields that are not hints.
    let mut hints: libc::addrinfo = unsafe { mem::zeroed() };
    hints.ai_family = libc::AF_UNSPEC;
    hints
}

fn text(code: libc::c_int) -> String {
    // SAFETY: takes any integer.
    let text = unsafe { libc::gai_strerror(code) };
    // SAFETY: gai_strerror returns a static, NUL-terminated string for every code.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_string_lossy().into_owned()
}

/// The list that `getaddrinfo` made, or NULL; freed on drop.
struct List(*mut libc::addrinfo);

impl List {
    fn ports(&self) -> impl Iterator<Item = u16> {
        let mut next = self.0.cast_const();
        std::iter::from_fn(move || {
            // SAFETY: getaddrinfo succeeded, so each pointer is NULL or an entry of the list, which lives until
            // `self` is dropped.
            let entry = unsafe { next.as_ref() }?;
            next = entry.ai_next;
            Some(port_of(entry).unwrap_or(0))
        })
    }
}

impl Drop for List {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: a list of getaddrinfo, freed once: this is its only owner.
            unsafe { libc::freeaddrinfo(self.0) };
        }
    }
}

fn port_of(entry: &libc::addrinfo) -> Option<u16> {
    let holds = |size: usize| entry.ai_addrlen as usize >= size && !entry.ai_addr.is_null();
    match entry.ai_family {
        libc::AF_INET if holds(mem::size_of::<libc::sockaddr_in>()) => {
            // SAFETY: the family says that this is a sockaddr_in, the length that it is whole.
            let v4 = unsafe { entry.ai_addr.cast::<libc::sockaddr_in>().read_unaligned() };
            Some(u16::from_be(v4.sin_port))
        }
        libc::AF_INET6 if holds(mem::size_of::<libc::sockaddr_in6>()) => {
            // SAFETY: the family says that this is a sockaddr_in6, the length that it is whole.
            let v6 = unsafe { entry.ai_addr.cast::<libc::sockaddr_in6>().read_unaligned() };
            Some(u16::from_be(v6.sin6_port))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_have_their_ports() {
        assert_eq!(port(c"https"), Ok(Some(443)));
        assert_eq!(port(c"8080"), Ok(Some(8080)));
        assert_eq!(port(c"no-such-service"), Ok(None));
        assert_eq!(port(c"0"), Ok(None));
    }

    #[test]
    fn other_failures_have_the_systems_words() {
        assert!(text(libc::EAI_AGAIN).contains("emporary"), "{}", text(libc::EAI_AGAIN));
    }
}
