//! The plugin's crate: finding it, building it.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use serde_json::Value;

use crate::plugin_file::PluginFile;
use crate::shell::Shell;

/// Options of all commands that are about a crate.
#[derive(clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Crate")]
pub(crate) struct Which {
    /// The plugin's package, in a workspace with several.
    #[arg(short, long, value_name = "NAME")]
    package: Option<String>,

    /// Its Cargo.toml [default: that of this directory, or of one above].
    #[arg(long, value_name = "FILE")]
    manifest_path: Option<PathBuf>,
}

/// Options of those that build it as they are told.
#[derive(clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Crate")]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,

    /// Build with optimisations.
    #[arg(long)]
    release: bool,
}

/// A package with a library that the daemon can load.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) package: String,
    /// Cargo's name for it, which no other has.
    id: String,
    /// Where its Cargo.toml is.
    pub(crate) dir: PathBuf,
    pub(crate) manifest: PathBuf,
    /// The root of the library's source.
    pub(crate) lib: PathBuf,
    pub(crate) library: String,
    pub(crate) target_dir: PathBuf,
    /// What `cargo metadata` says of the package.
    pub(crate) cargo: Value,
    release: bool,
}

/// What cargo made of it.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) so: PathBuf,
    /// The name after `LoadPlugin`: the file has to be called that.
    pub(crate) name: String,
}

impl Args {
    /// Finds the package that is meant.
    pub(crate) fn find(&self) -> anyhow::Result<Project> {
        Ok(Project { release: self.release, ..self.which.find()? })
    }

    /// The packages that may be meant by who is not asked for one: that of this directory, and the one that a file belongs
    /// to. What is asked for has to be there.
    pub(crate) fn find_for(&self, file: &Path) -> anyhow::Result<Vec<Project>> {
        if self.is_given() {
            return Ok(vec![self.find()?]);
        }
        let above = file.ancestors().skip(1).map(|dir| dir.join("Cargo.toml")).find(|manifest| manifest.is_file());
        let of_file = above.map(|manifest| Which { package: None, manifest_path: Some(manifest) });
        let mut found: Vec<Project> = [of_file.map(|which| which.find()), Some(self.which.find())]
            .into_iter()
            .flatten()
            .flatten()
            .map(|project| Project { release: self.release, ..project })
            .collect();
        found.dedup_by(|one, other| one.manifest == other.manifest);
        Ok(found)
    }

    /// Further plugins of the workspace here, unless one is asked for.
    pub(crate) fn others(&self, file: &Path) -> Vec<Project> {
        if self.is_given() {
            return Vec::new();
        }
        let Ok(metadata) = self.which.metadata() else { return Vec::new() };
        let meant = self.find_for(file).unwrap_or_default();
        let plugins = packages(&metadata).into_iter().filter(|package| library(package).is_some());
        let plugins = plugins.map(|package| Project { release: self.release, ..Project::of(package, &metadata) });
        plugins.filter(|plugin| meant.iter().all(|one| one.manifest != plugin.manifest)).collect()
    }

    fn is_given(&self) -> bool {
        self.which.package.is_some() || self.which.manifest_path.is_some()
    }
}

impl Which {
    /// Finds the package that is meant.
    pub(crate) fn find(&self) -> anyhow::Result<Project> {
        let metadata = self.metadata()?;
        let package = self.choose(&packages(&metadata))?;
        Ok(Project::of(package, &metadata))
    }

    fn metadata(&self) -> anyhow::Result<Value> {
        let mut command = cargo();
        command.args(["metadata", "--format-version", "1", "--no-deps"]);
        if let Some(path) = &self.manifest_path {
            command.arg("--manifest-path").arg(path);
        }
        let output = command.stdin(Stdio::null()).output().context("cannot run cargo")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("{}", said.trim_end().trim_start_matches("error: "));
        }
        serde_json::from_slice(&output.stdout).context("cargo metadata is not JSON")
    }

    fn choose<'a>(&self, packages: &[&'a Value]) -> anyhow::Result<&'a Value> {
        let names: Vec<_> = packages.iter().filter(|package| library(package).is_some()).map(|one| name(one)).collect();
        if let Some(wanted) = &self.package {
            let found = packages.iter().find(|package| name(package) == wanted).copied();
            let found = found.with_context(|| {
                let names = packages.iter().map(|package| name(package)).collect::<Vec<_>>();
                format!("--package: there is no `{wanted}` here, but {}", names.join(", "))
            })?;
            return check_plugin(found, &[]);
        }
        let here = match &self.manifest_path {
            Some(path) => path.canonicalize().context("--manifest-path")?.parent().unwrap_or(path).to_owned(),
            None => env::current_dir().context("cannot tell the current directory")?,
        };
        // Cargo leaves links in the paths that it was given.
        let dir = |package: &Value| Path::new(package["manifest_path"].as_str()?).parent()?.canonicalize().ok();
        // The nearest above; a virtual workspace has none of its own.
        let above =
            here.ancestors().find_map(|above| packages.iter().find(|package| dir(package).as_deref() == Some(above)));
        let mut plugins = packages.iter().filter(|package| library(package).is_some());
        match (above, plugins.next(), plugins.next()) {
            (Some(package), ..) => check_plugin(package, &names),
            (None, Some(one), None) => Ok(one),
            (None, None, _) => bail!("no package here is a plugin: none has a [lib] with crate-type = [\"cdylib\"]"),
            (None, ..) => bail!("there are several plugins here, name one with --package: {}", names.join(", ")),
        }
    }
}

/// A plugin is a library that the daemon loads; `names` are those of the plugins that there are.
fn check_plugin<'a>(package: &'a Value, names: &[&str]) -> anyhow::Result<&'a Value> {
    if library(package).is_none() {
        let manifest = package["manifest_path"].as_str().unwrap_or_default();
        let (name, others) = (name(package), others(names));
        bail!("`{name}` is no plugin: its [lib] needs crate-type = [\"cdylib\"] in {manifest}{others}");
    }
    Ok(package)
}

fn others(names: &[&str]) -> String {
    if names.is_empty() { String::new() } else { format!("; plugins here, for --package: {}", names.join(", ")) }
}

fn packages(metadata: &Value) -> Vec<&Value> {
    metadata["packages"].as_array().into_iter().flatten().collect()
}

fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap_or_default()
}

/// What the daemon can load of a package. Examples may be of that type, too.
fn library(package: &Value) -> Option<&Value> {
    let mut targets = package["targets"].as_array()?.iter();
    targets.find(|target| has(&target["crate_types"], "cdylib") && !has(&target["kind"], "example"))
}

impl Project {
    fn of(package: &Value, metadata: &Value) -> Self {
        let manifest = PathBuf::from(package["manifest_path"].as_str().unwrap_or_default());
        let text_of = |key: &str| library(package).and_then(|library| library[key].as_str()).unwrap_or_default();
        Project {
            package: name(package).to_owned(),
            id: package["id"].as_str().unwrap_or_default().to_owned(),
            dir: manifest.parent().unwrap_or(Path::new(".")).to_owned(),
            manifest,
            lib: text_of("src_path").into(),
            library: text_of("name").replace('-', "_"),
            target_dir: metadata["target_directory"].as_str().unwrap_or_default().into(),
            cargo: package.clone(),
            release: false,
        }
    }

    /// Builds it, while cargo speaks for itself on standard error. `None` if it does not compile.
    pub(crate) fn build(&self, shell: &Shell) -> anyhow::Result<Option<Built>> {
        self.build_with(if self.release { &["--release"] } else { &[] }, shell)
    }

    /// The same with these arguments.
    pub(crate) fn build_with(&self, arguments: &[&str], shell: &Shell) -> anyhow::Result<Option<Built>> {
        let mut command = cargo();
        command
            .args(["build", "--lib", "--message-format=json-render-diagnostics", "--color", shell.color_argument()])
            .arg("--manifest-path")
            .arg(&self.manifest)
            .args(["--package", &self.id])
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit());
        let output = command.output().context("cannot run cargo")?;
        if !output.status.success() {
            return Ok(None);
        }
        let messages = String::from_utf8_lossy(&output.stdout);
        let so = messages
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|message| message["reason"] == "compiler-artifact")
            .filter(|message| message["manifest_path"].as_str().is_some_and(|path| Path::new(path) == self.manifest))
            .find_map(|message| shared_object(&message))
            .with_context(|| format!("cargo made no shared object of `{}`", self.package))?;
        Built::from_file(&so).map(Some)
    }

    /// A command of cargo's for this package, with the same options as the build.
    pub(crate) fn command(&self, word: &str) -> Command {
        let mut command = cargo();
        command.arg(word).arg("--manifest-path").arg(&self.manifest).args(["--package", &self.id]);
        if self.release {
            command.arg("--release");
        }
        command
    }

    /// The configuration that it brings along for a plugin of this name.
    pub(crate) fn config(&self, name: &str) -> Option<PathBuf> {
        self.file("collectd.conf").or_else(|| self.file(&format!("{name}.conf")))
    }

    /// Where cargo puts it with `--release`, unless it is told otherwise.
    pub(crate) fn release_file(&self) -> PathBuf {
        self.target_dir.join(format!("release/lib{}.so", self.library))
    }

    pub(crate) fn version(&self) -> &str {
        self.cargo["version"].as_str().unwrap_or_default()
    }

    /// What the crate has beside its Cargo.toml, if it is there.
    pub(crate) fn file(&self, name: &str) -> Option<PathBuf> {
        Some(self.dir.join(name)).filter(|path| path.is_file())
    }
}

impl Built {
    /// A file that is there.
    pub(crate) fn from_file(so: &Path) -> anyhow::Result<Self> {
        let file = PluginFile::read(so)?;
        if !file.is_plugin() {
            bail!("{} has no collectd::plugin! or collectd::module!: the daemon could not load it", so.display());
        }
        let name = file.about.and_then(|about| about.name).unwrap_or_else(|| library_name(so));
        Ok(Built { so: so.to_owned(), name })
    }
}

/// The configuration that was named.
pub(crate) fn config_given(path: &Path) -> anyhow::Result<PathBuf> {
    let found = path.canonicalize().ok().filter(|path| path.is_file());
    found.with_context(|| format!("--config {}: there is no such file", path.display()))
}

/// `libx.so` without what cargo has added.
fn library_name(so: &Path) -> String {
    let stem = so.file_stem().unwrap_or_default().to_string_lossy();
    stem.strip_prefix("lib").unwrap_or(&stem).to_owned()
}

/// The cargo that runs us, or the one in `PATH`.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}

fn has(list: &Value, wanted: &str) -> bool {
    list.as_array().is_some_and(|all| all.iter().any(|item| item == wanted))
}

fn shared_object(message: &Value) -> Option<PathBuf> {
    let files = message["filenames"].as_array()?.iter().filter_map(Value::as_str);
    files.map(PathBuf::from).find(|file| file.extension().is_some_and(|ext| ext == "so" || ext == "dylib"))
}
