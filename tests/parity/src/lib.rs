//! The scenarios are in `scenarios`, what runs and compares them in `tests`.
