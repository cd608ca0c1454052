//! One module per command: its arguments and what it does.

pub(crate) mod doctor;
pub(crate) mod info;
pub(crate) mod new;
