//! `cargo collectd` as a person runs it, from an empty directory outside of the repository.

mod arguments;
mod check;
mod debian;
mod doctor;
mod figures;
mod gallery;
mod info;
mod install;
mod new;
mod owner;
mod package;
mod place;
mod run;
mod schema;
mod target;
mod test;
mod tutorial;
mod workspace;
