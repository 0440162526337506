//! The reference pages say what the tables say. `COFFRET_BLESS=1` writes them anew.

use std::path::Path;

fn compare(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    if std::env::var_os("COFFRET_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let present = std::fs::read_to_string(&path).unwrap();
    assert!(
        present == text,
        "docs/{name} is not what the table says: run `COFFRET_BLESS=1 cargo test -p coffret-injector pages`"
    );
}

#[test]
fn the_annotation_page_is_the_table() {
    compare("annotations.md", &coffret_config::annotations::page());
}

#[test]
fn the_settings_page_is_the_table() {
    compare("injector-settings.md", &coffret_injector::settings::page());
}
