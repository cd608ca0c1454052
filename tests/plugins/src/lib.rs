//! The plugins are in `examples`, the tests in `tests`.
