//! The framework as its plugins and the daemon see it: sample plugins in the fake collectd and in the real one.

mod cache;
mod cache_events;
mod config;
mod contexts;
mod defaults;
mod failures;
mod filters;
mod flush;
mod leaks;
mod lifecycle;
mod lifetime;
mod log_plugins;
mod logging;
mod multi_value;
mod names;
mod notifications;
mod outside;
mod panics;
mod releases;
mod requests;
mod several;
mod support;
mod threads;
mod traces;
mod types;
mod values;
