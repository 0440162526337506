//! Wrong words on the command line.

use crate::program::run;

#[test]
fn unknown_commands_and_flags_are_named() {
    for (arguments, word) in [
        (&["frobnicate"][..], "frobnicate"),
        (&["demo", "--fast"], "--fast"),
        (&["render", "-t", "x", "--syntax", "jinja"], "jinja"),
        (&["dev-server", "--listen", "nowhere"], "nowhere"),
        (&["inject", "-f", "x", "-o", "xml"], "xml"),
    ] {
        let finished = run(arguments);
        assert_eq!(finished.stdout, "", "{arguments:?}");
        let message = finished.failed();
        assert!(message.contains(word), "{arguments:?}: {message}");
    }
}

#[test]
fn a_mistyped_flag_gets_the_nearest_one() {
    let message = run(&["render", "--secret", "x", "-t", "y"]).failed();
    assert!(message.contains("--secrets"), "{message}");
}
