//! Text on its way to the daemon and back.

use std::ffi::{CStr, c_char};
use std::mem::offset_of;

use collectd_types::NameRef;
use smallvec::SmallVec;

use super::sys;

/// The bytes of a C string of the daemon's; nothing for NULL.
///
/// # Safety
///
/// `text` is NULL or a NUL-terminated string that outlives `'a`.
pub(crate) unsafe fn c_str<'a>(text: *const c_char) -> Option<&'a CStr> {
    if text.is_null() {
        return None;
    }
    // SAFETY: what the caller promises.
    Some(unsafe { CStr::from_ptr(text) })
}

/// Passes a text to C, with a NUL at its end: on the stack, unless it is long. `None` if it has a NUL in it.
#[inline]
pub(super) fn with_c_str<T>(text: &str, use_it: impl FnOnce(&CStr) -> T) -> Option<T> {
    let mut bytes: SmallVec<[u8; 256]> = SmallVec::from_slice(text.as_bytes());
    bytes.push(0);
    CStr::from_bytes_with_nul(&bytes).ok().map(use_it)
}

/// A name as the daemon's structures hold it: NUL-terminated in 128 characters.
pub(crate) fn name_field(name: NameRef<'_>) -> [c_char; 128] {
    let mut field = [0; 128];
    put_name(&mut field, name.as_bytes());
    field
}

/// Puts a name without NUL into a field of zeros; a longer one is cut. Names are short, nearly all of them: that is
/// faster in a few moves, which may overlap, than by a call of `memcpy`.
#[inline]
pub(super) fn put_name(field: &mut [c_char; 128], name: &[u8]) {
    let field = bytes_mut(field);
    match name.len() {
        0 => {}
        1..4 => name.iter().zip(field).for_each(|(&byte, place)| *place = byte),
        4..8 => put_ends::<4>(field, name),
        8..16 => put_ends::<8>(field, name),
        16..32 => put_ends::<16>(field, name),
        // A NUL always stays.
        len => field[..len.min(127)].copy_from_slice(&name[..len.min(127)]),
    }
}

/// Puts the first `N` bytes of a name into a field, and the last `N`: all of a name of `N` to `2 * N` bytes.
#[inline]
fn put_ends<const N: usize>(field: &mut [u8; 128], name: &[u8]) {
    let (Some(start), Some(end)) = (name.first_chunk::<N>(), name.last_chunk::<N>()) else { return };
    if let Some(place) = field.first_chunk_mut::<N>() {
        *place = *start;
    }
    if let Some(place) = field.get_mut(..name.len()).and_then(|field| field.last_chunk_mut::<N>()) {
        *place = *end;
    }
}

/// A structure of the daemon's that has host, plugin, plugin instance, type and type instance, one after the other.
pub(super) trait Named {
    const HOST: usize;
}

macro_rules! named {
    ($($structure:ty),*) => {$(
        impl Named for $structure {
            const HOST: usize = {
                let [first, second, third, fourth, fifth] = [
                    offset_of!($structure, host),
                    offset_of!($structure, plugin),
                    offset_of!($structure, plugin_instance),
                    offset_of!($structure, type_),
                    offset_of!($structure, type_instance),
                ];
                assert!(second == first + 128 && third == second + 128 && fourth == third + 128 && fifth == fourth + 128);
                first
            };
        }
    )*};
}

named!(sys::value_list_t, sys::notification_t);

/// The five names in a structure.
#[inline]
pub(super) fn name_fields<S: Named>(structure: &S) -> &[[u8; 128]; 5] {
    let start: *const S = structure;
    // SAFETY: the implementation of `Named` checks that five fields of 128 characters begin there. `c_char` is `i8` or
    // `u8`, of the same size and without invalid values.
    unsafe { &*start.wrapping_byte_add(S::HOST).cast() }
}

/// The characters of a name field as bytes.
#[inline]
pub(super) fn bytes(field: &[c_char; 128]) -> &[u8; 128] {
    let start: *const [c_char; 128] = field;
    // SAFETY: `c_char` is `i8` or `u8`, of the same size and without invalid values.
    unsafe { &*start.cast::<[u8; 128]>() }
}

/// The same to be changed.
#[inline]
pub(super) fn bytes_mut(field: &mut [c_char; 128]) -> &mut [u8; 128] {
    let start: *mut [c_char; 128] = field;
    // SAFETY: as for `bytes`.
    unsafe { &mut *start.cast::<[u8; 128]>() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use collectd_types::Name;

    #[test]
    fn names_of_any_length_are_put_whole_and_end_with_a_nul() {
        for len in 0..=127 {
            let text: Vec<u8> = (1..=len).collect();
            let expected: [u8; 128] = std::array::from_fn(|at| text.get(at).copied().unwrap_or_default());
            let mut field = [0; 128];
            put_name(&mut field, &text);
            assert_eq!(*bytes(&field), expected);
            assert_eq!(*bytes(&name_field(NameRef::new(&text).unwrap())), expected);
            let mut field = [0; 128];
            Name::new(&text).unwrap().put(bytes_mut(&mut field));
            assert_eq!(*bytes(&field), expected);
        }
        let mut field = [0; 128];
        put_name(&mut field, &[b'x'; 200]);
        assert_eq!(bytes(&field).iter().position(|&byte| byte == 0), Some(127));
    }

    #[test]
    fn text_for_c_has_no_nul_in_it() {
        for text in ["", "text", &"long".repeat(100)] {
            assert_eq!(with_c_str(text, |text| text.to_str().map(str::to_owned)), Some(Ok(text.to_owned())));
        }
        assert_eq!(with_c_str("a\0b", |_| ()), None);
    }
}
