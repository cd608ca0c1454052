//! Pages to read, rather than to look something up.

pub mod python;

#[doc = include_str!("capabilities.md")]
pub mod capabilities {}
