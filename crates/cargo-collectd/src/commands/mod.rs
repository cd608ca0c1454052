//! One module per command: its arguments and what it does.

pub(crate) mod check;
pub(crate) mod doctor;
pub(crate) mod info;
pub(crate) mod install;
pub(crate) mod new;
pub(crate) mod package;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod test;
