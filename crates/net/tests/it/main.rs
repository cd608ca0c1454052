//! Readers and writers, on the loopback interface.

mod common;
mod examples;
mod groups;
mod load;
mod reader;
mod security;
mod writer;
