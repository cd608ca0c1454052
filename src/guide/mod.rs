//! Pages to read, rather than to look something up.

pub mod python;
