//! `install` where packages have put files: theirs are left alone.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use collectd_test_daemon::stock_plugin_dir;

use crate::install::{built, install};
use crate::place::Place;

/// A system below a directory, into which a package with this file is installed.
fn dpkg_root(place: &Place, file: &Path) -> PathBuf {
    let package = place.path("package");
    fs::create_dir_all(package.join("DEBIAN")).expect("a directory");
    fs::create_dir_all(package.join(file.parent().expect("it has one"))).expect("a directory");
    fs::write(package.join(file), "as it comes with the package").expect("it is writable");
    let control =
        "Package: owner\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: x\n";
    fs::write(package.join("DEBIAN/control"), control).expect("it is writable");
    let root = place.path("root");
    for dir in ["info", "updates", "triggers"] {
        fs::create_dir_all(root.join("var/lib/dpkg").join(dir)).expect("a directory");
    }
    fs::write(root.join("var/lib/dpkg/status"), "").expect("it is writable");
    run(Command::new("dpkg-deb").arg("--build").args([&package, &place.path("owner.deb")]));
    let mut dpkg = Command::new("dpkg");
    dpkg.arg(format!("--root={}", root.display())).args(["--force-not-root", "--log=/dev/null", "--install"]);
    run(dpkg.arg(place.path("owner.deb")));
    root
}

#[test]
fn a_file_of_a_debian_package_is_not_touched() {
    let place = Place::new();
    let so = built(&place, "i_owned", "notify");
    let root = dpkg_root(&place, Path::new("usr/lib/collectd/i_owned.so"));
    let file = root.join("usr/lib/collectd/i_owned.so");
    // The usual place, under a name that packages do not know it by.
    symlink("usr/lib", root.join("lib")).expect("a link");
    for dir in ["/usr/lib/collectd", "/lib/collectd", "usr/../usr/lib/collectd"] {
        for force in [&[][..], &["--force"]] {
            let args = [&["--root", "root", "--plugin-dir", dir, so.as_str()], force].concat();
            let done = install(&place, &args);
            assert_eq!((done.code, done.stdout.as_str()), (Some(1), ""), "{dir}: {}", done.text());
            if !dir.contains("..") {
                let wanted = "i_owned.so belongs to the package owner: the package manager would take it back. Give";
                assert!(done.stderr.contains(wanted), "{dir}: {}", done.text());
            }
        }
    }
    assert_eq!(fs::read_to_string(&file).ok().as_deref(), Some("as it comes with the package"));
    // It owns that file, and not the directory.
    fs::rename(&file, root.join("usr/lib/collectd/gone")).expect("the same directory");
    assert_eq!(install(&place, &["--root", "root", "--plugin-dir", "/usr/lib/collectd", &so]).code, Some(1));
    fs::create_dir(root.join("usr/lib/other")).expect("a directory");
    let done = install(&place, &["--root", "root", "--plugin-dir", "/usr/lib/other", &so]);
    assert_eq!(done.code, Some(0), "{}", done.text());

    // Debian's own.
    let load = place.path("load.so");
    fs::copy(stock_plugin_dir().join("load.so"), &load).expect("a copy");
    if Path::new("/var/lib/dpkg/info/collectd-core.list").exists() {
        let done = install(&place, &["--force", "load.so"]);
        assert_eq!(done.code, Some(1), "{}", done.text());
        assert!(done.stderr.contains("load.so belongs to the package collectd-core"), "{}", done.text());
    }
}

/// What package managers are run with.
#[track_caller]
fn run(command: &mut Command) {
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let output = command.env("PATH", path).output().expect("it runs: install dpkg and rpm");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

const SPEC: &str = "\
Name: owner
Version: 1
Release: 2
Summary: x
License: none
BuildArch: noarch
%description
x
%install
mkdir -p %{buildroot}/usr/lib64/collectd
touch %{buildroot}/usr/lib64/collectd/i_rpm.so
%files
/usr/lib64/collectd/i_rpm.so
";

/// A package with that file.
fn rpm_package(place: &Place) -> PathBuf {
    let spec = place.write("owner.spec", SPEC);
    let dir = |name: &str| place.path(name).display().to_string();
    let mut rpmbuild = Command::new("rpmbuild");
    rpmbuild.args(["--quiet", "-bb", "--define", &format!("_topdir {}", dir("top"))]);
    rpmbuild.args(["--define", &format!("_tmppath {}", dir("top")), "--dbpath", &dir("db")]);
    run(rpmbuild.arg(spec));
    place.path("top/RPMS/noarch/owner-1-2.noarch.rpm")
}

/// A system below a directory, with its database there, into which the package is installed.
fn rpm_root(place: &Place, name: &str, database: &str) -> PathBuf {
    let root = place.path(name);
    fs::create_dir_all(root.join(database)).expect("a directory");
    let rpm = || {
        let mut rpm = Command::new("rpm");
        rpm.arg("--root").arg(&root).args(["--dbpath", &format!("/{database}")]);
        rpm
    };
    run(rpm().arg("--initdb"));
    // Only root may have files put below another root; this is the rest of it.
    run(rpm().args(["--install", "--justdb", "--nodeps"]).arg(rpm_package(place)));
    fs::create_dir_all(root.join("usr/lib64/collectd")).expect("a directory");
    fs::write(root.join("usr/lib64/collectd/i_rpm.so"), "as it comes with the package").expect("it is writable");
    root
}

#[test]
fn a_file_of_an_rpm_package_is_not_touched() {
    let place = Place::new();
    let so = built(&place, "i_rpm", "notify");
    for (name, database) in [("fedora", "usr/lib/sysimage/rpm"), ("older", "var/lib/rpm")] {
        let root = rpm_root(&place, name, database);
        let install = |dir: &str, more: &[&str]| {
            install(&place, &[&["--root", name, "--plugin-dir", dir, so.as_str()], more].concat())
        };
        // Another packages' tool that is there, too, knows nothing of it.
        if name == "older" {
            fs::create_dir_all(root.join("var/lib/dpkg/info")).expect("a directory");
            fs::write(root.join("var/lib/dpkg/status"), "").expect("it is writable");
        }
        for force in [&[][..], &["--force"]] {
            let done = install("/usr/lib64/collectd", force);
            assert_eq!((done.code, done.stdout.as_str()), (Some(1), ""), "{name}: {}", done.text());
            let wanted = "error: /usr/lib64/collectd/i_rpm.so belongs to the package owner-1-2.noarch: the package";
            assert!(done.stderr.starts_with(wanted), "{name}: {}", done.text());
        }
        let file = root.join("usr/lib64/collectd/i_rpm.so");
        assert_eq!(fs::read_to_string(&file).ok().as_deref(), Some("as it comes with the package"));
        // It is the package's when it is gone, too.
        fs::remove_file(&file).expect("it is there");
        assert_eq!(install("/usr/lib64/collectd", &[]).code, Some(1));
        fs::create_dir(root.join("usr/lib64/other")).expect("a directory");
        let done = install("/usr/lib64/other", &[]);
        assert_eq!(done.code, Some(0), "{name}: {}", done.text());
        // One that was put there by hand is nobody's.
        let done = install("/usr/lib64/other", &[]);
        assert!(done.stderr.starts_with("    Replaced "), "{name}: {}", done.text());

        fs::write(root.join(database).join("rpmdb.sqlite"), "damaged").expect("it is writable");
        let done = install("/usr/lib64/other", &["--force"]);
        assert_eq!(done.code, Some(1), "{name}: {}", done.text());
        let wanted = "error: rpm cannot say whose /usr/lib64/other/i_rpm.so is: error: ";
        assert!(done.stderr.starts_with(wanted), "{name}: {}", done.text());
    }
}

/// Of a directory without a database rpm would make one with nothing in it.
#[test]
fn nobody_is_asked_where_there_is_no_database() {
    let place = Place::new();
    let so = built(&place, "i_nobody", "notify");
    for dir in ["usr/lib64/collectd", "var/lib/rpm"] {
        fs::create_dir_all(place.path("root").join(dir)).expect("a directory");
    }
    let done = install(&place, &["--root", "root", "--plugin-dir", "/usr/lib64/collectd", &so]);
    assert_eq!(done.code, Some(0), "{}", done.text());
    let entries = |dir: &str| fs::read_dir(place.path(dir)).expect("it is there").count();
    assert_eq!([entries("root"), entries("root/var/lib/rpm")], [2, 0]);
}
