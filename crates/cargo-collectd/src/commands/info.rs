//! `cargo collectd info`: what a plugin file is.

use std::path::PathBuf;

use serde_json::json;

use crate::Verdict;
use crate::plugin_file::PluginFile;
use crate::releases;
use crate::shell::Shell;

/// Say what a plugin file is: its name, what made it, its callbacks, the collectd releases that can load it.
///
/// The file is read and not loaded. What the framework has put in is said of plugins that were made with it; of others,
/// as those in C, what their symbols tell. Exit status 1 if it is not a plugin, or no release of collectd can load it.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The plugin, as target/release/libNAME.so or /usr/lib/collectd/NAME.so.
    #[arg(value_name = "FILE.so")]
    file: PathBuf,
}

pub(crate) fn run(args: &Args, shell: &Shell) -> anyhow::Result<Verdict> {
    let file = PluginFile::read(&args.file)?;
    if !file.is_plugin() {
        anyhow::bail!("{} is not a collectd plugin: it does not export module_register", args.file.display());
    }
    let loads = releases::loads(&file.imports);
    let registers = registers(&file.imports);
    let about = file.about.as_ref();
    let name = about.and_then(|about| about.name.clone()).or_else(|| stem(&args.file));
    let name = name.unwrap_or_default();
    let framework = about.map(|about| format!("collectd-rust {}", about.framework));
    let callbacks = about.map(|about| about.callbacks.join(" ")).filter(|text| !text.is_empty());

    let mut lines = vec![("name", name.clone())];
    if let Some(about) = about {
        lines.push(("package", about.package.clone()));
    }
    lines.push(("framework", framework.clone().unwrap_or_else(|| "none".to_owned())));
    lines.push(("compiler", file.compilers.join("; ")));
    if about.is_some() {
        lines.push(("callbacks", callbacks.unwrap_or_else(|| "registered in code".to_owned())));
    }
    lines.push(("registers", registers.join(" ")));
    lines.push(("loads on", loads.describe()));
    if !loads.rare.is_empty() {
        lines.push(("because of", loads.rare.join(" ")));
    }
    lines.push(("needs", file.libraries.join(" ")));
    if !loads.unknown.is_empty() {
        lines.push(("other names", loads.unknown.join(" ")));
    }
    lines.push(("file", format!("{}, {} bytes", file.format, file.size)));
    for (key, value) in lines.iter().filter(|(_, value)| !value.is_empty()) {
        // What is in the file must not look like a line of ours.
        let value = value.replace('\n', "\\n");
        shell.print(format_args!("{key:<12}{value}"));
    }
    shell.message("info", || {
        json!({
            "file": args.file.to_string_lossy(), "name": name, "package": about.map(|about| &about.package), "framework": framework,
            "compilers": file.compilers, "callbacks": about.map(|about| &about.callbacks), "registers": registers,
            "releases": loads.releases, "libraries": file.libraries, "other_names": loads.unknown,
            "format": file.format, "size": file.size,
        })
    });
    if loads.releases.is_empty() && !loads.is_6 {
        shell.error("no release of collectd has all that it needs");
        return Ok(Verdict::Bad);
    }
    Ok(Verdict::Good)
}

fn stem(file: &std::path::Path) -> Option<String> {
    Some(file.file_stem()?.to_string_lossy().into_owned())
}

/// What it registers, by the functions of the daemon that it needs.
fn registers(imports: &[String]) -> Vec<&str> {
    let plugin = imports.iter().filter_map(|name| name.strip_prefix("plugin_register_"));
    plugin.chain(imports.iter().filter_map(|name| name.strip_prefix("fc_register_"))).collect()
}
