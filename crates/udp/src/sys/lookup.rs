//! `getaddrinfo`.

use std::ffi::CStr;
use std::io;
use std::mem;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::ptr;

/// What `getaddrinfo` failed with.
#[derive(Debug)]
pub(crate) enum LookupError {
    /// `EAI_SYSTEM`: a system call failed.
    System(io::Error),
    /// Another `EAI_…` code, and its text.
    Code(libc::c_int, String),
}

/// The UDP addresses of a host, in the resolver's order; of the wildcard if there is no host.
pub(crate) fn lookup(host: Option<&CStr>, service: &CStr) -> Result<Vec<SocketAddr>, LookupError> {
    let hints = hints(host.is_some());
    let host = host.map_or(ptr::null(), CStr::as_ptr);
    let mut list = List(ptr::null_mut());
    // SAFETY: host is NULL or NUL-terminated, service is NUL-terminated, hints is a whole struct
    // with zeroed pointers, and the result goes where `List` frees it.
    let code = unsafe { libc::getaddrinfo(host, service.as_ptr(), &raw const hints, &raw mut list.0) };
    match code {
        0 => Ok(list.addresses()),
        libc::EAI_SYSTEM => Err(LookupError::System(io::Error::last_os_error())),
        code => Err(LookupError::Code(code, text(code))),
    }
}

fn hints(named: bool) -> libc::addrinfo {
    // SAFETY: addrinfo is a C struct of integers and pointers: all zeros are a value of it, and
    // the one that getaddrinfo wants for the fields that are not hints.
    let mut hints: libc::addrinfo = unsafe { mem::zeroed() };
    hints.ai_family = libc::AF_UNSPEC;
    hints.ai_socktype = libc::SOCK_DGRAM;
    // No addresses of a family that this machine has none of. For the wildcard both, so that a
    // family that comes up later is listened on.
    hints.ai_flags = if named { libc::AI_ADDRCONFIG } else { libc::AI_PASSIVE };
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
    fn addresses(&self) -> Vec<SocketAddr> {
        let mut addresses = Vec::new();
        let mut next = self.0.cast_const();
        // SAFETY: getaddrinfo succeeded, so each pointer is NULL or an entry of the list, which
        // lives until `self` is dropped.
        while let Some(entry) = unsafe { next.as_ref() } {
            addresses.extend(address(entry));
            next = entry.ai_next;
        }
        addresses
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

fn address(entry: &libc::addrinfo) -> Option<SocketAddr> {
    let holds = |size: usize| entry.ai_addrlen as usize >= size && !entry.ai_addr.is_null();
    match entry.ai_family {
        libc::AF_INET if holds(mem::size_of::<libc::sockaddr_in>()) => {
            // SAFETY: the family says that this is a sockaddr_in, the length that it is whole.
            let v4 = unsafe { entry.ai_addr.cast::<libc::sockaddr_in>().read_unaligned() };
            let ip = Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr));
            Some(SocketAddrV4::new(ip, u16::from_be(v4.sin_port)).into())
        }
        libc::AF_INET6 if holds(mem::size_of::<libc::sockaddr_in6>()) => {
            // SAFETY: the family says that this is a sockaddr_in6, the length that it is whole.
            let v6 = unsafe { entry.ai_addr.cast::<libc::sockaddr_in6>().read_unaligned() };
            let ip = Ipv6Addr::from(v6.sin6_addr.s6_addr);
            Some(SocketAddrV6::new(ip, u16::from_be(v6.sin6_port), 0, v6.sin6_scope_id).into())
        }
        _ => None,
    }
}
