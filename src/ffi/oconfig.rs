//! The daemon's configuration tree, copied into ours.

use std::ffi::c_int;
use std::ptr::NonNull;
use std::slice;

use super::{c_str, sys};
use crate::config::{Block, Scalar};

/// What cannot be taken over from the daemon's tree.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {problem}")]
pub(crate) struct TreeError {
    path: String,
    problem: &'static str,
}

/// The plugin that a `<Plugin NAME>` block is for.
///
/// # Safety
///
/// `item` is NULL or the item that the daemon passed to a config callback.
pub(crate) unsafe fn plugin_of(item: *mut sys::oconfig_item_t) -> Option<String> {
    // SAFETY: what the caller promises.
    let item = unsafe { item.as_ref() }?;
    match scalar(values(item).first()?) {
        Ok(Scalar::String(name)) => Some(name),
        _ => None,
    }
}

/// Copies a `<Plugin NAME …>` block; its values are the arguments after the name.
///
/// # Safety
///
/// As for [`plugin_of`].
pub(crate) unsafe fn block(item: *mut sys::oconfig_item_t) -> Result<Block, TreeError> {
    // SAFETY: what the caller promises.
    match unsafe { item.as_ref() } {
        Some(item) => copy(item, 1, ""),
        None => Err(TreeError { path: "Plugin".to_owned(), problem: "the daemon passed no block" }),
    }
}

fn copy(item: &sys::oconfig_item_t, skip: usize, parent: &str) -> Result<Block, TreeError> {
    // SAFETY: the parser gives each item a NUL-terminated key, which lives as long as the item.
    let key = unsafe { c_str(item.key) };
    let error = |problem| TreeError {
        path: key.map_or_else(String::new, |key| format!("{parent}{}", key.to_string_lossy())),
        problem,
    };
    let text = key.and_then(|key| key.to_str().ok()).ok_or_else(|| error("the key is not UTF-8"))?;
    let mut block = Block::new(text);
    for value in values(item).iter().skip(skip) {
        block = block.value(scalar(value).map_err(error)?);
    }
    let path = if skip > 0 { String::new() } else { format!("{parent}{}: ", block.block_place()) };
    for child in children(item) {
        block = block.child(copy(child, 0, &path)?);
    }
    Ok(block)
}

fn scalar(value: &sys::oconfig_value_t) -> Result<Scalar, &'static str> {
    match value.type_ {
        sys::OCONFIG_TYPE_STRING => {
            // SAFETY: the type says which member of the union is set.
            let text = unsafe { value.value.string };
            // SAFETY: the parser makes NUL-terminated strings, which live as long as the tree.
            let text = unsafe { c_str(text) }.ok_or("the daemon passed no string")?;
            Ok(Scalar::String(text.to_str().map_err(|_| "the text is not UTF-8")?.to_owned()))
        }
        sys::OCONFIG_TYPE_NUMBER => {
            // SAFETY: the type says which member of the union is set.
            Ok(Scalar::Number(unsafe { value.value.number }))
        }
        sys::OCONFIG_TYPE_BOOLEAN => {
            // SAFETY: the type says which member of the union is set.
            Ok(Scalar::Boolean(unsafe { value.value.boolean } != 0))
        }
        _ => Err("a value of a type that this version does not know"),
    }
}

fn values(item: &sys::oconfig_item_t) -> &[sys::oconfig_value_t] {
    // SAFETY: the daemon's tree keeps pointer and number together.
    unsafe { array(item.values, item.values_num) }
}

fn children(item: &sys::oconfig_item_t) -> &[sys::oconfig_item_t] {
    // SAFETY: the daemon's tree keeps pointer and number together.
    unsafe { array(item.children, item.children_num) }
}

/// # Safety
///
/// `start` is NULL or points to `len` initialised elements, which live and do not change during `'a`.
unsafe fn array<'a, T>(start: *mut T, len: c_int) -> &'a [T] {
    match (NonNull::new(start), usize::try_from(len)) {
        // SAFETY: what the caller promises.
        (Some(start), Ok(len)) => unsafe { slice::from_raw_parts(start.as_ptr(), len) },
        _ => &[],
    }
}
