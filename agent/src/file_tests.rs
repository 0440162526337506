use super::*;
use crate::random::SystemRandom;
use std::os::unix::fs::symlink;

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn target(&self, name: &str) -> Target {
        Target::new(self.path(name))
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn put(target: &Target, bytes: &[u8]) -> Result<Written, WriteError> {
    write(target, bytes, &SystemRandom)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn a_new_file_is_whole_and_readable() {
    let place = Place::new();
    assert_eq!(put(&place.target("a"), b"one").unwrap(), Written::Changed);
    assert_eq!(fs::read(place.path("a")).unwrap(), b"one");
    assert_eq!(mode(&place.path("a")), 0o644);
    assert_eq!(place.names(), ["a"]);
}

#[test]
fn equal_bytes_keep_the_inode() {
    let place = Place::new();
    put(&place.target("a"), b"one").unwrap();
    let before = fs::metadata(place.path("a")).unwrap().ino();
    assert_eq!(put(&place.target("a"), b"one").unwrap(), Written::Unchanged);
    assert_eq!(fs::metadata(place.path("a")).unwrap().ino(), before);
}

#[test]
fn a_changed_mode_is_applied_to_unchanged_bytes() {
    let place = Place::new();
    put(&place.target("a"), b"one").unwrap();
    let target = Target {
        mode: Some(0o600),
        ..place.target("a")
    };
    assert_eq!(put(&target, b"one").unwrap(), Written::Unchanged);
    assert_eq!(mode(&place.path("a")), 0o600);
}

#[test]
fn the_former_mode_is_kept_and_a_wanted_one_wins() {
    let place = Place::new();
    put(
        &Target {
            mode: Some(0o640),
            ..place.target("a")
        },
        b"one",
    )
    .unwrap();
    put(&place.target("a"), b"two").unwrap();
    assert_eq!(mode(&place.path("a")), 0o640);
    put(
        &Target {
            mode: Some(0o4755),
            ..place.target("a")
        },
        b"three",
    )
    .unwrap();
    assert_eq!(mode(&place.path("a")), 0o4755);
}

#[test]
fn directories_are_made_only_when_allowed() {
    let place = Place::new();
    put(&place.target("d/e/a"), b"one").unwrap();
    assert_eq!(mode(&place.path("d")), 0o755);
    let target = Target {
        create_directories: false,
        ..place.target("x/a")
    };
    assert!(matches!(put(&target, b"one"), Err(WriteError::NoParent(_))));
    assert!(!place.path("x").exists());
}

#[test]
fn a_symbolic_link_is_replaced_and_its_target_left_alone() {
    let place = Place::new();
    fs::write(place.path("precious"), b"keep").unwrap();
    symlink(place.path("precious"), place.path("a")).unwrap();
    put(&place.target("a"), b"one").unwrap();
    assert_eq!(fs::read(place.path("precious")).unwrap(), b"keep");
    assert!(fs::symlink_metadata(place.path("a")).unwrap().is_file());
}

#[test]
fn a_dangling_link_is_replaced_too() {
    let place = Place::new();
    symlink(place.path("nowhere"), place.path("a")).unwrap();
    put(&place.target("a"), b"one").unwrap();
    assert_eq!(place.names(), ["a"]);
}

#[test]
fn the_backup_is_the_last_version_only() {
    let place = Place::new();
    let target = Target {
        backup: true,
        ..place.target("a")
    };
    for version in [b"one".as_slice(), b"two", b"three"] {
        put(&target, version).unwrap();
    }
    assert_eq!(fs::read(place.path("a.bak")).unwrap(), b"two");
    assert_eq!(place.names(), ["a", "a.bak"]);
}

#[test]
fn a_failed_replacement_leaves_nothing_behind() {
    let place = Place::new();
    fs::create_dir(place.path("a")).unwrap();
    let error = put(&place.target("a"), b"one").unwrap_err();
    assert!(
        error.to_string().contains("there is a directory of that name"),
        "{error}"
    );
    assert_eq!(place.names(), ["a"]);
}

#[test]
fn a_parent_that_is_a_file_is_named() {
    let place = Place::new();
    fs::write(place.path("f"), b"x").unwrap();
    let error = put(&place.target("f/a"), b"one").unwrap_err();
    assert!(error.to_string().contains("a parent is not a directory"), "{error}");
}

#[test]
fn empty_output_is_an_empty_file_and_long_names_fit() {
    let place = Place::new();
    let name = "n".repeat(255);
    assert_eq!(put(&place.target(&name), b"").unwrap(), Written::Changed);
    assert_eq!(fs::metadata(place.path(&name)).unwrap().len(), 0);
}
