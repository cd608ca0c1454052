//! `collectd-live serve`: over HTTP, and in a browser.

mod api;
mod browser;
#[path = "../common/mod.rs"]
mod common;
mod daemon;
mod files;
mod http;
mod load;
mod page;
mod pictures;
mod programs;
mod server;
