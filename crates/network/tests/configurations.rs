//! Configurations of users of collectd's own `network` plugin, each in a daemon with that plugin and in one with ours:
//! the line that loads it is the only difference. The same comes in, and the same has to come out.

mod common;
mod scene;

use std::thread;

use collectd_test_daemon::cargo_build;
use collectd_test_interop::as_root;
use common::side::Side;
use scene::Scene;

#[test]
fn configurations_of_the_c_plugin_do_the_same_with_ours() {
    as_root("configurations_of_the_c_plugin_do_the_same_with_ours", || {
        // In the networks there is nobody to ask for anything.
        let _built = cargo_build::example("collectd-test-plugins", "recorder");
        let _built = cargo_build::cdylib("rust_network");
        let only = std::env::var("CONFIGURATION").unwrap_or_default();
        let scenes: Vec<_> = Scene::all().into_iter().filter(|scene| scene.name.contains(&only)).collect();
        assert!(scenes.len() >= 20 || !only.is_empty(), "{} configurations", scenes.len());
        // Daemons spend their time waiting.
        let mut troubles = Vec::new();
        thread::scope(|scope| {
            let parts: Vec<Vec<_>> = (0..6).map(|n| scenes.iter().skip(n).step_by(6).collect()).collect();
            let run = |part: Vec<&Scene>| part.into_iter().filter_map(check).collect::<Vec<_>>();
            let threads: Vec<_> = parts.into_iter().map(|part| scope.spawn(move || run(part))).collect();
            for thread in threads {
                troubles.extend(thread.join().expect("each tells its own troubles"));
            }
        });
        assert!(troubles.is_empty(), "{}", troubles.join("\n"));
    });
}

/// What is different, if anything is. One that fails does not hide the others.
fn check(scene: &Scene) -> Option<String> {
    let checked = std::panic::catch_unwind(|| compare(scene));
    checked.unwrap_or_else(|_| Some(format!("==== {}\nfailed, see above", scene.name)))
}

/// When a machine is very busy, what nothing more comes of for a moment is not over: what is different then is looked at
/// again, with more time.
fn compare(scene: &Scene) -> Option<String> {
    compare_within(scene, 1)?;
    compare_within(scene, 5)
}

fn compare_within(scene: &Scene, slowly: u32) -> Option<String> {
    let theirs = scene.play(Side::C, slowly, None);
    let ours = scene.play(Side::Ours, slowly, Some(&theirs));
    let difference = ours.difference(&theirs)?;
    Some(format!("==== {}\n{difference}\n---- our daemon's log:\n{}", scene.name, ours.log))
}

/// For the table to mean something.
#[test]
fn each_configuration_says_where_it_is_used() {
    for scene in Scene::all() {
        assert!(scene.text.starts_with("# Where: "), "{}", scene.name);
        assert!(scene.text.contains("LoadPlugin"), "{}", scene.name);
        assert!(!scene.feeds.is_empty() || !scene.sinks.is_empty(), "{}", scene.name);
    }
}
