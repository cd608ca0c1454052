//! The plugin in the real daemon, with the real `nats-server`.
#![forbid(unsafe_code)]

mod certificates;
mod cluster;
mod common;
mod files;
mod lost_acks;
mod names;
mod secured;
mod servers;
mod single;
