//! Wrong words on the command line.

use crate::program::run;

#[test]
fn unknown_commands_and_flags_are_named() {
    for (arguments, word) in [
        (&["frobnicate"][..], "frobnicate"),
        (&["demo", "--fast"], "--fast"),
        (&["render", "-t", "x", "--syntax", "jinja"], "jinja"),
        (&["dev-server", "--listen", "nowhere"], "127.0.0.1:8200"),
        (&["dev-server", "--root-token", "a b"], "without blanks"),
        (&["dev-server", "--tls-cert", "cert.pem"], "--tls-key"),
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

#[test]
fn a_dev_server_that_cannot_start_says_what_is_wrong_and_where() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().expect("its address").to_string();
    let no_mapping = file("list.yaml", "mounts: 5\n");
    let no_policy = file(
        "policy.yaml",
        "policies:\n  web: |\n    path \"a\" { capabilities = [\"fly\"] }\n",
    );
    let no_section = file("section.yaml", "secret:\n  a: 1\n");
    let no_certificate = file("cert.pem", "not a certificate\n");
    for (arguments, words) in [
        (
            vec!["--listen", &taken],
            vec!["listening on", &taken, "127.0.0.1:0 takes any free port"],
        ),
        (vec!["--seed", &no_mapping], vec!["list.yaml", "line 1", "a mapping"]),
        (vec!["--seed", &no_policy], vec!["policy.yaml", "policies.web", "fly"]),
        (vec!["--seed", &no_section], vec!["section.yaml", "`secret`", "secrets"]),
        (vec!["--seed", "nowhere.yaml"], vec!["nowhere.yaml"]),
        (
            vec!["--tls-cert", "nowhere.pem", "--tls-key", "nowhere.key"],
            vec!["TLS", "nowhere.pem"],
        ),
        (
            vec!["--tls-cert", &no_certificate, "--tls-key", &no_certificate],
            vec!["TLS", "private key", &no_certificate],
        ),
    ] {
        let arguments = [vec!["dev-server"], arguments].concat();
        let arguments: Vec<&str> = match arguments.contains(&"--listen") {
            true => arguments,
            false => [arguments, vec!["--listen", "127.0.0.1:0"]].concat(),
        };
        let finished = run(&arguments);
        assert_eq!(finished.stdout, "", "{arguments:?}");
        let message = finished.failed();
        for word in words {
            assert!(message.contains(word), "{arguments:?}: {message}");
        }
    }
}
