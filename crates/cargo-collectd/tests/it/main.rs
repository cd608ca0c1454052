//! `cargo collectd` as a person runs it, from an empty directory outside of the repository.

mod arguments;
mod check;
mod doctor;
mod info;
mod new;
mod place;
mod run;
