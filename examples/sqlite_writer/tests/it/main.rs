//! The plugin in the real daemon.
#![forbid(unsafe_code)]

mod common;
mod crash;
mod files;
mod full_disk;
mod values;
