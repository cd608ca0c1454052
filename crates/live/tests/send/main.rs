//! `collectd-live send`.

#![cfg(target_os = "linux")]

#[path = "../common/mod.rs"]
mod common;

mod arguments;
mod delivery;
mod errors;
mod generate;
mod input;
mod run;
mod text_protocol;
mod to_print;
