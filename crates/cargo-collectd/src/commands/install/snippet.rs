//! What belongs into collectd.conf.

use std::path::Path;

use crate::conf::{Conf, Entry};
use crate::private::quote;

/// The lines of the crate's own configuration that are about the plugin; or the one that loads it. The daemon looks into
/// the directory that was named last: if it is another one than for all others, that is said, and taken back.
pub(super) fn of(config: Option<&Path>, name: &str, dirs: Option<(&Path, &Path)>) -> String {
    let conf = config.map(Conf::read).unwrap_or_default();
    let named = |entry: &Entry| entry.arg().eq_ignore_ascii_case(name);
    let is_filter = |entry: &Entry| (entry.is("Match") || entry.is("Target")) && named(entry);
    let chains: Vec<usize> =
        conf.entries.iter().filter(|entry| is_filter(entry)).flat_map(|entry| entry.parents.clone()).collect();
    let belongs = |at: &usize| {
        let entry = &conf.entries[*at];
        let is_own = (entry.is("LoadPlugin") || entry.is("Plugin")) && named(entry);
        let is_chain =
            !chains.is_empty() && (chains.contains(at) || entry.is("PreCacheChain") || entry.is("PostCacheChain"));
        entry.parents.is_empty() && (is_own || is_chain)
    };
    let (loads, others): (Vec<usize>, Vec<usize>) =
        (0..conf.entries.len()).filter(belongs).partition(|&at| conf.entries[at].is("LoadPlugin"));
    let text = |places: &[usize]| places.iter().map(|&at| conf.text(at)).collect::<String>();
    let mut load = if loads.is_empty() { format!("LoadPlugin {name}\n") } else { text(&loads) };
    if let Some((dir, usual)) = dirs {
        load = format!("PluginDir {}\n{load}PluginDir {}\n", quote(dir), quote(usual));
    }
    load + &text(&others)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snippet(text: &str) -> String {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("a.conf");
        std::fs::write(&path, text).expect("it is writable");
        of(Some(&path), "mine", None)
    }

    #[test]
    fn what_is_of_others_is_left_out() {
        assert_eq!(of(None, "mine", None), "LoadPlugin mine\n");
        let dirs = Some((Path::new("/x"), Path::new("/usr")));
        assert_eq!(of(None, "mine", dirs), "PluginDir \"/x\"\nLoadPlugin mine\nPluginDir \"/usr\"\n");
        let text =
            "# x\nLoadPlugin load\n<Plugin load>\n</Plugin>\nInterval 1\n<Plugin Mine>\n  # K 2\n  K 1\n</Plugin>\n";
        assert_eq!(snippet(text), "LoadPlugin mine\n<Plugin Mine>\n  # K 2\n  K 1\n</Plugin>\n");
        let loaded = "<LoadPlugin mine>\n  Interval 60\n</LoadPlugin>\n";
        assert_eq!(snippet(loaded), loaded);
    }

    #[test]
    fn a_filter_comes_with_its_chain() {
        let chain = "LoadPlugin mine\n<Chain \"C\">\n  <Rule \"r\">\n    <Match \"mine\">\n    </Match>\n    Target \"stop\"\n  </Rule>\n</Chain>\n\
                     PreCacheChain \"C\"\n";
        assert_eq!(snippet(&format!("LoadPlugin load\n{chain}<Chain \"D\">\n</Chain>\n")), chain);
    }
}
