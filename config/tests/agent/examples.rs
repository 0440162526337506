//! The files of `accepted/` and `refused/`.

use coffret_config::agent::{Diagnostic, parse};

fn lines(found: &[Diagnostic]) -> String {
    found
        .iter()
        .map(|finding| format!("{:?}: {finding}\n", finding.severity))
        .collect()
}

fn name(path: &std::path::Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn accepted_files_mean_what_the_snapshots_say() {
    insta::glob!("accepted/*", |path| {
        let loaded = match parse(&name(path), &std::fs::read(path).unwrap()) {
            Ok(loaded) => loaded,
            Err(found) => panic!("{}", lines(&found)),
        };
        insta::assert_snapshot!(format!("{}{:#?}", lines(&loaded.warnings), loaded.config));
    });
}

#[test]
fn refused_files_are_answered_as_the_snapshots_say() {
    insta::glob!("refused/*", |path| {
        let found = parse(&name(path), &std::fs::read(path).unwrap()).unwrap_err();
        insta::assert_snapshot!(lines(&found));
    });
}
