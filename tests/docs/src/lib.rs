//! Builds the documentation site, and takes apart what tests hold the documentation to.
//!
//! rustdoc makes the pages about code, and those of the guide in `src/guide`, whose links lead to code. The pages for
//! those who do not write code are in `docs/`; they are put around rustdoc's. Why not mdBook: it would take longer to
//! build than all that is here, cannot link into rustdoc's pages with a check, and would want the guide to be written a
//! second time.

pub mod api;
pub mod html;
pub mod links;
pub mod markdown;
pub mod site;

/// The code blocks of these pages compile.
#[cfg(doctest)]
mod pages {
    macro_rules! pages {
        ($($name:ident: $file:literal;)+) => {$(
            #[doc = include_str!($file)]
            pub struct $name;
        )+};
    }
    pages! {
        Index: "../../../docs/index.md";
        Building: "../../../docs/building.md";
        CargoCollectd: "../../../docs/cargo-collectd.md";
        Examples: "../../../examples/README.md";
        Operating: "../../../docs/operating.md";
        RustNetwork: "../../../docs/rust_network.md";
        CollectdLive: "../../../docs/collectd-live.md";
        CollectdNet: "../../../crates/net/README.md";
        Contributing: "../../../CONTRIBUTING.md";
        Security: "../../../SECURITY.md";
    }
}
