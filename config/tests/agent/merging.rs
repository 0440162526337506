//! Several files and directories become one configuration.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use coffret_config::agent::{Disk, Files, Loaded, Severity, Text, load};

/// A file system of these files; directories are what stands before a slash.
struct Held(BTreeMap<PathBuf, &'static str>);

impl Held {
    fn new(files: &[(&str, &'static str)]) -> Held {
        Held(files.iter().map(|(path, text)| (PathBuf::from(path), *text)).collect())
    }
}

impl Files for Held {
    fn is_directory(&self, path: &Path) -> io::Result<bool> {
        let below = self.0.keys().any(|file| file.parent() == Some(path));
        if below || self.0.contains_key(path) {
            Ok(below)
        } else {
            Err(io::ErrorKind::NotFound.into())
        }
    }

    /// In reverse, because a file system promises no order.
    fn names(&self, directory: &Path) -> io::Result<Vec<String>> {
        let files = self.0.keys().rev().filter(|file| file.parent() == Some(directory));
        Ok(files
            .map(|file| file.file_name().unwrap().to_string_lossy().into_owned())
            .collect())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0
            .get(path)
            .map(|text| text.as_bytes().to_vec())
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

const LOGIN: &str = r#"auto_auth { method "token_file" { config { token_file_path = "/t" } } }"#;

fn loaded(paths: &[&str], files: &[(&str, &'static str)]) -> Loaded {
    let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
    load(&paths, &Held::new(files)).unwrap()
}

fn destinations(loaded: &Loaded) -> Vec<String> {
    loaded
        .config
        .templates
        .iter()
        .map(|template| template.destination.display().to_string())
        .collect()
}

#[test]
fn a_directory_is_read_in_the_order_of_its_names() {
    let files = [
        ("d/20.hcl", r#"template { contents = "b" destination = "/b" }"#),
        ("d/10.json", r#"{"template": {"contents": "a", "destination": "/a"}}"#),
        ("d/30.hcl", LOGIN),
        ("d/readme.txt", "not = configuration ="),
        ("d/15.hcl~", "an editor's"),
        ("d/.#20.hcl", "an editor's"),
        ("d/sub.hcl/x.hcl", "in a sub-directory"),
    ];
    let loaded = loaded(&["d"], &files);
    assert_eq!(destinations(&loaded), ["/a", "/b"]);
    assert_eq!(
        loaded.files,
        [PathBuf::from("d/10.json"), "d/20.hcl".into(), "d/30.hcl".into()]
    );
}

#[test]
fn later_files_replace_whole_stanzas_and_add_to_lists() {
    let files = [
        (
            "a.hcl",
            r#"vault { address = "https://a" ca_cert = "/ca" } exit_after_auth = true pid_file = "/a"
                     template { contents = "a" destination = "/a" } log_level = "warn" disable_keep_alives = ["templating"]"#,
        ),
        (
            "b.hcl",
            r#"vault { address = "https://b" } exit_after_auth = false pid_file = "/b"
                     template { contents = "b" destination = "/b" } disable_keep_alives = ["auto-auth"]"#,
        ),
        ("c.hcl", LOGIN),
    ];
    let loaded = loaded(&["a.hcl", "b.hcl", "c.hcl"], &files);
    let config = &loaded.config;
    let vault = config.vault.as_ref().unwrap();
    assert_eq!(
        (vault.address.as_deref(), &vault.ca_cert),
        (Some("https://b"), &None),
        "as a whole"
    );
    assert!(config.exit_after_auth, "what one file turns on no other turns off");
    assert_eq!(config.pid_file.as_deref(), Some(Path::new("/b")));
    assert!(config.log_level.is_some());
    assert!(config.disable_keep_alives.templating && config.disable_keep_alives.auto_auth);
    assert_eq!(destinations(&loaded), ["/a", "/b"]);
    assert_eq!(config.templates[1].place.to_string(), "b.hcl:2:22");
}

#[test]
fn problems_of_all_files_are_reported_together() {
    let files = [("a.hcl", "vault {"), ("b.hcl", "pid_fil = 1"), ("c.hcl", LOGIN)];
    let paths = ["a.hcl".into(), "b.hcl".into(), "missing.hcl".into(), "c.hcl".into()];
    let found = load(&paths, &Held::new(&files)).unwrap_err();
    let files: Vec<&str> = found.iter().map(|finding| finding.file.as_str()).collect();
    assert_eq!(files, ["a.hcl", "b.hcl", "missing.hcl"]);
    assert!(found.iter().all(|finding| finding.severity == Severity::Error));
}

#[test]
fn links_of_config_map_volumes_are_followed() {
    let volume = tempfile::tempdir().unwrap();
    let data = volume.path().join("..2026_01_01");
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("agent.hcl"), LOGIN).unwrap();
    std::fs::write(
        data.join("template.hcl"),
        r#"template { contents = "x" destination = "/x" }"#,
    )
    .unwrap();
    std::os::unix::fs::symlink("..2026_01_01", volume.path().join("..data")).unwrap();
    for name in ["agent.hcl", "template.hcl"] {
        std::os::unix::fs::symlink(Path::new("..data").join(name), volume.path().join(name)).unwrap();
    }
    let loaded = load(&[volume.path().to_owned()], &Disk).unwrap();
    assert_eq!(loaded.files.len(), 2);
    assert_eq!(loaded.config.templates[0].body.text, Text::Inline("x".to_owned()));
}

#[test]
fn a_cached_token_use_moves_to_the_proxy_once_all_files_are_read() {
    let files = [
        ("a.hcl", r#"cache { use_auto_auth_token = "force" }"#),
        (
            "b.hcl",
            r#"listener "tcp" { tls_disable = true } auto_auth { method "token_file" { config { token_file_path = "/t" } } }"#,
        ),
    ];
    let loaded = loaded(&["a.hcl", "b.hcl"], &files);
    let proxy = loaded.config.api_proxy.unwrap();
    assert_eq!(proxy.use_token, Some(coffret_config::agent::UseToken::Always));
}
