//! Every capability of the daemon for tests, with plugins as an author writes them.

mod capabilities;
mod failures;
mod filters;
mod life;
mod plugins;
mod time;
mod waiting;
