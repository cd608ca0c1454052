//! The files of a new plugin.

use super::Kind;
use super::framework::Framework;
use super::name::type_name;

/// A file to be written.
pub(super) struct File {
    pub(super) path: &'static str,
    pub(super) text: String,
}

/// What the manifest says of the release build.
pub(super) fn profile() -> &'static str {
    MANIFEST.find(PROFILE).map_or("", |at| &MANIFEST[at..])
}

/// The files of one kind.
struct Template {
    about: &'static str,
    lib: &'static str,
    conf: &'static str,
}

macro_rules! template {
    ($kind:literal) => {
        Template {
            about: include_str!(concat!("../../../templates/", $kind, "/about.txt")),
            lib: include_str!(concat!("../../../templates/", $kind, "/lib.rs")),
            conf: include_str!(concat!("../../../templates/", $kind, "/collectd.conf")),
        }
    };
}

const MANIFEST: &str = include_str!("../../../templates/common/manifest.toml");
const README: &str = include_str!("../../../templates/common/README.md");
const IGNORED: &str = include_str!("../../../templates/common/gitignore");

/// How the last part of the manifest begins.
const PROFILE: &str = "# Half the size;";

fn template(kind: Kind) -> Template {
    match kind {
        Kind::Read => template!("read"),
        Kind::Write => template!("write"),
        Kind::Notify => template!("notify"),
        Kind::Log => template!("log"),
        Kind::Match => template!("match"),
        Kind::Target => template!("target"),
        Kind::Full => template!("full"),
    }
}

/// Where the new crate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Surroundings {
    None,
    /// A directory above has a package or a workspace.
    Outside,
    /// That workspace has it as a member.
    Member,
}

pub(super) fn files(kind: Kind, name: &str, framework: &Framework, surroundings: Surroundings) -> Vec<File> {
    let Template { about, lib, conf } = template(kind);
    let fill = |text: &str| {
        text.replace("__about__", about.trim_end())
            .replace("__framework__", &framework.dependency())
            .replace("__testing__", &framework.testing())
            .replace("__msrv__", env!("CARGO_PKG_RUST_VERSION"))
            .replace("__Name__", &type_name(name))
            .replace("__name__", name)
    };
    let mut manifest = fill(MANIFEST);
    if !lib.contains("log::") {
        manifest = manifest.replace("log = \"0.4\"\n", "");
    }
    if !lib.contains("collectd_testing") {
        manifest = manifest.replace("# A daemon inside the tests.\n", "");
        manifest = manifest.replace(&format!("[dev-dependencies]\ncollectd-testing = {}\n\n", framework.testing()), "");
    }
    match surroundings {
        Surroundings::None => {}
        Surroundings::Outside => manifest += "\n# Not part of a workspace in a directory above.\n[workspace]\n",
        // Cargo takes profiles from the workspace only.
        Surroundings::Member => {
            let profile = manifest.find(PROFILE).unwrap_or(manifest.len());
            manifest.truncate(manifest[..profile].trim_end().len() + 1);
        }
    }
    vec![
        File { path: "Cargo.toml", text: manifest },
        File { path: "src/lib.rs", text: fill(lib) },
        File { path: "collectd.conf", text: fill(conf) },
        File { path: "README.md", text: fill(README) },
        File { path: ".gitignore", text: IGNORED.to_owned() },
    ]
}
