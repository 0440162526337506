//! The demo as a process: the whole main job, and what it says to wrong input.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::program::{Finished, build_agent, coffret, root, run};

/// Values of the example that must stand nowhere in the clear.
const SECRETS: [&str; 3] = [
    "s3cr3t-k3y-0f-the-shop",
    "Hello & welcome",
    "a-dev-server-connects-to-nothing",
];

#[test]
fn two_demos_at_once_pass_and_leave_nothing_behind() {
    build_agent();
    let places: Vec<_> = (0..2).map(|_| tempfile::tempdir().unwrap()).collect();
    let demos: Vec<_> = places
        .iter()
        .map(|place| {
            let mut demo = coffret(&["demo"]);
            demo.env("TMPDIR", place.path())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for (demo, place) in demos.into_iter().zip(&places) {
        let finished = Finished::from(demo.wait_with_output().unwrap());
        let printed = format!("{}{}", finished.stdout, finished.stderr);
        let steps = finished.succeeded();
        for step in [
            "admission",
            "start-up probe",
            "files",
            "secret changed",
            "lease renewed",
            "stop",
        ] {
            assert!(
                steps.lines().any(|line| line.starts_with("ok") && line.contains(step)),
                "{step}:\n{steps}"
            );
        }
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0, "files left behind");
        assert!(!steps.contains('\x1b'), "colour without a terminal");
        for secret in SECRETS {
            assert!(!printed.contains(secret), "a secret value is printed:\n{printed}");
        }
    }
}

#[test]
fn a_stopped_demo_leaves_nothing_behind() {
    let stopped = terminated(&["demo"], "ok     agent");
    let message = stopped.failed();
    assert_eq!(message, "coffret: interrupted; everything is stopped\n");
}

#[test]
fn a_kept_demo_ends_with_its_last_check_when_it_is_stopped() {
    let steps = terminated(&["demo", "--keep"], "volumes and the agent's log").succeeded();
    assert!(steps.contains("nothing is left running"), "{steps}");
}

/// Runs `coffret`, sends it SIGTERM once it has printed the text, and gives how it ended; nothing may be left behind.
fn terminated(arguments: &[&str], text: &str) -> Finished {
    build_agent();
    let place = tempfile::tempdir().unwrap();
    let mut demo = coffret(arguments);
    demo.env("TMPDIR", place.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut demo = demo.spawn().unwrap();
    let mut output = BufReader::new(demo.stdout.take().unwrap());
    let mut printed = String::new();
    while !printed.contains(text) {
        assert_ne!(
            output.read_line(&mut printed).unwrap(),
            0,
            "{text} was never printed:\n{printed}"
        );
    }
    kill_process(Pid::from_child(&demo), Signal::TERM).unwrap();
    output.read_to_string(&mut printed).unwrap();
    let mut finished = Finished::from(demo.wait_with_output().unwrap());
    finished.stdout = printed;
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0, "files left behind");
    finished
}

#[test]
fn a_taken_port_is_named() {
    build_agent();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for command in ["demo", "dev-server"] {
        let message = run(&[command, "--listen", &address]).failed();
        assert!(
            message.contains(&address) && message.contains("another program listens there"),
            "{message}"
        );
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn an_example_that_is_no_manifest_is_refused() {
    build_agent();
    let message = demo_with(|directory| fs::write(directory.join("deployment.yaml"), "hello: world\n").unwrap());
    assert!(
        message.contains("deployment.yaml") && message.contains("not a Kubernetes manifest"),
        "{message}"
    );
}

#[test]
fn a_manifest_without_annotations_is_refused() {
    build_agent();
    let message = demo_with(|directory| {
        edit(
            &directory.join("deployment.yaml"),
            "vault.hashicorp.com/agent-inject: \"true\"",
            "unrelated: \"true\"",
        );
    });
    assert!(message.contains("vault.hashicorp.com/agent-inject"), "{message}");
}

#[test]
fn a_template_with_a_syntax_error_names_file_and_line() {
    build_agent();
    let message = demo_with(|directory| {
        edit(
            &directory.join("deployment.yaml"),
            "{{- range $key,",
            "{{- range $key,,",
        );
    });
    assert!(message.contains("app.env"), "{message}");
    assert!(message.contains("line 4, column "), "{message}");
}

#[test]
fn a_role_that_does_not_exist_is_named_with_mount_and_address() {
    build_agent();
    let message = demo_with(|directory| {
        edit(
            &directory.join("deployment.yaml"),
            "vault.hashicorp.com/role: \"shop\"",
            "vault.hashicorp.com/role: \"nope\"",
        );
    });
    for part in ["nope", "auth/kubernetes", "http://127.0.0.1:"] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

/// Runs the demo with a changed copy of the web example, which must fail, and gives its message.
fn demo_with(change: impl FnOnce(&Path)) -> String {
    let (example, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for name in ["deployment.yaml", "seed.yaml", "demo.yaml"] {
        fs::copy(root().join("examples/web").join(name), example.path().join(name)).unwrap();
    }
    change(example.path());
    let mut demo = coffret(&["demo", "--example", example.path().to_str().unwrap()]);
    let finished = Finished::from(demo.env("TMPDIR", place.path()).output().unwrap());
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0, "files left behind");
    let message = finished.failed();
    assert_eq!(message.lines().count(), 1, "{message}");
    message
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from));
    fs::write(path, text.replace(from, to)).unwrap();
}
