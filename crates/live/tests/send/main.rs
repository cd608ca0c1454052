//! `collectd-live send`.

#![cfg(target_os = "linux")]

mod arguments;
mod delivery;
mod errors;
mod generate;
mod input;
mod run;
mod text_protocol;
