//! The table of keys: complete, honest, and the source of the reference page.

use coffret_config::agent::{Diagnostic, Key, Kind, STANZAS, Severity, Stanza, Status, parse, reference_page};

#[test]
fn the_reference_page_is_the_one_written_from_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/agent-config.md");
    if std::env::var_os("COFFRET_WRITE_DOCS").is_some() {
        std::fs::write(path, reference_page()).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == reference_page(),
        "docs/agent-config.md is not what the table says; COFFRET_WRITE_DOCS=1 renews it"
    );
}

#[test]
fn names_are_unique_and_reasons_are_given() {
    for stanza in STANZAS {
        let mut names: Vec<&str> = stanza.keys.iter().flat_map(Key::names).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "{}", stanza.path);
        for key in stanza.keys {
            let reason = match key.status {
                Status::Honoured => key.help,
                Status::Accepted(reason) | Status::Redundant(reason) | Status::Refused(reason) => reason,
            };
            assert!(!reason.is_empty(), "{}.{}", stanza.path, key.name);
        }
    }
}

/// For each stanza a configuration in which it can stand, with `HERE` where its keys are.
///
/// `LOGIN` is a whole method, `TEMPLATE` and `LISTEN` are whole stanzas that give the agent something to do.
const AROUND: &[(&str, &str)] = &[
    ("", "HERE auto_auth { LOGIN } TEMPLATE"),
    ("vault", "vault { HERE } LISTEN"),
    ("vault.retry", "vault { retry { HERE } } LISTEN"),
    ("auto_auth", "auto_auth { LOGIN HERE } TEMPLATE"),
    (
        "auto_auth.method",
        r#"auto_auth { method "token_file" { HERE config { token_file_path = "/t" } } SINK }"#,
    ),
    (
        "auto_auth.method.config (kubernetes)",
        r#"auto_auth { method "kubernetes" { config { role = "r" HERE } } SINK }"#,
    ),
    (
        "auto_auth.method.config (approle)",
        r#"auto_auth { method "approle" { config { role_id_file_path = "/r" HERE } } SINK }"#,
    ),
    (
        "auto_auth.method.config (jwt)",
        r#"auto_auth { method "jwt" { config { role = "r" path = "/j" HERE } } SINK }"#,
    ),
    (
        "auto_auth.method.config (cert)",
        r#"auto_auth { method "cert" { config { HERE } } SINK }"#,
    ),
    (
        "auto_auth.method.config (token_file)",
        r#"auto_auth { method "token_file" { config { token_file_path = "/t" HERE } } SINK }"#,
    ),
    (
        "auto_auth.method.config (ldap)",
        r#"auto_auth { method "ldap" { config { username = "u" password_file_path = "/p" HERE } } SINK }"#,
    ),
    ("auto_auth.sinks", "auto_auth { LOGIN sinks { HERE } } TEMPLATE"),
    (
        "auto_auth.sink",
        r#"auto_auth { LOGIN sink "file" { HERE config { path = "/x" } } }"#,
    ),
    (
        "auto_auth.sink.config",
        r#"auto_auth { LOGIN sink "file" { config { path = "/x" HERE } } }"#,
    ),
    (
        "template",
        r#"auto_auth { LOGIN } template { BODY destination = "/x" COMMAND HERE }"#,
    ),
    (
        "template.exec",
        r#"auto_auth { LOGIN } template { contents = "x" destination = "/x" exec { command = "c" HERE } }"#,
    ),
    (
        "template.exec.env",
        r#"auto_auth { LOGIN } template { contents = "x" destination = "/x" exec { command = "c" env { HERE } } }"#,
    ),
    (
        "template.wait",
        r#"auto_auth { LOGIN } template { contents = "x" destination = "/x" wait { min = "2s" HERE } }"#,
    ),
    ("template_config", "LISTEN template_config { HERE }"),
    (
        "env_template",
        r#"auto_auth { LOGIN } exec { command = "c" } env_template "A" { BODY HERE }"#,
    ),
    (
        "exec",
        r#"auto_auth { LOGIN } env_template "A" { contents = "x" } exec { command = "c" HERE }"#,
    ),
    ("cache", "auto_auth { LOGIN } LISTEN TEMPLATE cache { HERE }"),
    (
        "cache.persist",
        r#"LISTEN cache { persist "kubernetes" { path = "/c" HERE } }"#,
    ),
    ("api_proxy", "auto_auth { LOGIN SINK } LISTEN api_proxy { HERE }"),
    ("listener", r#"listener "LABEL" { TLS HERE }"#),
    (
        "listener.agent_api",
        r#"listener "tcp" { tls_disable = true agent_api { HERE } }"#,
    ),
    ("telemetry", "LISTEN telemetry { HERE }"),
];

/// What the words in capitals stand for.
const PARTS: &[(&str, &str)] = &[
    ("LOGIN", r#"method "token_file" { config { token_file_path = "/t" } }"#),
    ("SINK", r#"sink "file" { config { path = "/x" } }"#),
    ("TEMPLATE", r#"template { contents = "x" destination = "/x" }"#),
    ("LISTEN", r#"listener "tcp" { tls_disable = true }"#),
];

fn around(stanza: &Stanza) -> String {
    let example = AROUND.iter().find(|(path, _)| *path == stanza.path);
    let (_, example) = example.unwrap_or_else(|| panic!("no example for the stanza {:?}", stanza.path));
    PARTS
        .iter()
        .fold((*example).to_owned(), |text, (part, value)| text.replace(part, value))
}

/// A value for a key that is not its default; `None` for keys that every example holds already.
fn value(stanza: &Stanza, name: &str, kind: Kind) -> Option<String> {
    let given: &[(&str, &str)] = &[
        ("", "auto_auth"),
        ("", "template"),
        ("", "env_template"),
        ("", "exec"),
        ("", "api_proxy"),
        ("", "cache"),
        ("auto_auth", "method"),
        ("auto_auth.method", "config"),
        ("auto_auth.sink", "config"),
        ("auto_auth.sink", "type"),
        ("auto_auth.sinks", "sink"),
        ("cache.persist", "type"),
        ("template.wait", "min"),
    ];
    if given.contains(&(stanza.path, name)) || (stanza.path.is_empty() && kind == Kind::Any) {
        return None;
    }
    Some(match (stanza.path, name) {
        ("", "listener") => r#"listener "tcp" { tls_disable = true }"#.to_owned(),
        ("", "vault") => r#"vault { address = "http://x" }"#.to_owned(),
        ("", "template_config") => "template_config { exit_on_retry_failure = true }".to_owned(),
        ("", "telemetry") => "telemetry {}".to_owned(),
        ("", "disable_idle_connections" | "disable_keep_alives") => format!("{name} = [\"proxying\"]"),
        ("vault", "retry") => "retry { num_retries = 3 }".to_owned(),
        ("auto_auth", "sink") => r#"sink "file" { config { path = "/s" } }"#.to_owned(),
        ("auto_auth", "sinks") => r#"sinks { sink "file" { config { path = "/s" } } }"#.to_owned(),
        ("auto_auth.method", "type") => return None,
        ("template", "exec") => "exec { command = [\"other\"] }".to_owned(),
        ("template.exec", "env") => "env { pristine = true }".to_owned(),
        ("template.exec.env", "custom") => "custom = [\"A=1\"]".to_owned(),
        ("template.wait", "enabled") => "enabled = false".to_owned(),
        ("cache", "persist") => r#"persist "kubernetes" { path = "/c" }"#.to_owned(),
        ("listener", "agent_api") => "agent_api { enable_quit = true }".to_owned(),
        ("listener", "type") => "type = \"unix\" address = \"/s\"".to_owned(),
        ("listener", "tls_max_version") => "tls_max_version = \"tls12\"".to_owned(),
        ("listener", "tls_min_version") => "tls_min_version = \"tls13\"".to_owned(),
        ("listener", "socket_mode") => "address = \"/s\" socket_mode = \"0600\"".to_owned(),
        ("listener", "socket_user" | "socket_group") => format!("address = \"/s\" {name} = \"me\""),
        ("auto_auth.method.config (cert)", "client_cert") => "client_cert = \"/c\" client_key = \"/k\"".to_owned(),
        ("auto_auth.method.config (cert)", "client_key") => "client_cert = \"/c\" client_key = \"/l\"".to_owned(),
        ("exec", "restart_on_secret_changes") => format!("{name} = \"never\""),
        ("template_config", "lease_renewal_threshold") => format!("{name} = 0.5"),
        (_, "role") if stanza.path == "listener" => "role = \"metrics_only\"".to_owned(),
        _ => general(name, kind),
    })
}

fn general(name: &str, kind: Kind) -> String {
    match kind {
        Kind::Word(words) => format!("{name} = \"{}\"", words[words.len() - 1]),
        Kind::Text | Kind::Path | Kind::Owner | Kind::Command => format!("{name} = \"/other\""),
        Kind::Bool => {
            let on_by_default = ["create_dest_dirs", "error_fatal", "enabled"].contains(&name)
                || name.starts_with("remove_") && name.ends_with("_reading");
            format!("{name} = {}", !on_by_default)
        }
        Kind::Force => format!("{name} = true"),
        Kind::Integer => format!("{name} = 7"),
        Kind::Float => format!("{name} = 0.5"),
        Kind::Duration => format!("{name} = \"17s\""),
        Kind::List => format!("{name} = [\"seven\"]"),
        Kind::Mode => format!("{name} = \"0604\""),
        Kind::Signal => format!("{name} = \"SIGUSR2\""),
        Kind::Wait => format!("{name} = \"3s\""),
        Kind::Any | Kind::Stanza(_) => format!("{name} = 1"),
    }
}

/// Fills the example's other places so that `with` is valid.
fn filled(stanza: &Stanza, name: &str, with: &str) -> String {
    let body = if matches!(name, "source" | "contents") {
        ""
    } else {
        "contents = \"x\""
    };
    let command = if name == "command_timeout" {
        "command = \"c\""
    } else {
        ""
    };
    let label = if name.starts_with("socket_") || name == "type" {
        "unix"
    } else {
        "tcp"
    };
    let tls = match name {
        "tls_disable" => "",
        "tls_require_and_verify_client_cert" => {
            "tls_cert_file = \"/c\" tls_key_file = \"/k\" tls_client_ca_file = \"/a\""
        }
        _ if name.starts_with("tls_") => "tls_cert_file = \"/c\" tls_key_file = \"/k\"",
        _ => "tls_disable = true",
    };
    let mut text = around(stanza).replace("HERE", with);
    for (place, value) in [("BODY", body), ("COMMAND", command), ("LABEL", label), ("TLS", tls)] {
        text = text.replace(place, value);
    }
    text
}

/// Takes the example's own setting of a key out when the key is set again: an attribute stands once.
fn without_first(text: &str, name: &str) -> String {
    let setting = format!(" {name} = ");
    match text.find(&setting) {
        Some(start) if text[start + 1..].contains(&setting) => {
            let value = &text[start + setting.len()..];
            let end = value.find(' ').unwrap_or(value.len());
            format!("{}{}", &text[..start], &value[end..])
        }
        _ => text.to_owned(),
    }
}

fn meaning(text: &str) -> Result<String, String> {
    match parse("f", text.as_bytes()) {
        // Places differ with the length of the text, which says nothing about the meaning.
        Ok(mut loaded) => {
            for template in &mut loaded.config.templates {
                template.place.at = coffret_hcl::Position::START;
            }
            for template in &mut loaded.config.env_templates {
                template.place.at = coffret_hcl::Position::START;
            }
            Ok(format!("{:?}", loaded.config))
        }
        Err(found) => Err(found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}

/// Whether the stanza stands below a key of the top level that is refused.
fn is_refused(stanza: &Stanza) -> bool {
    let root = stanza.path.split('.').next().unwrap();
    STANZAS[0]
        .key(root)
        .is_some_and(|key| matches!(key.status, Status::Refused(_)))
}

#[test]
fn every_honoured_key_changes_what_the_program_uses() {
    for stanza in STANZAS.iter().filter(|stanza| !is_refused(stanza)) {
        for key in stanza.keys.iter().filter(|key| key.status == Status::Honoured) {
            let Some(with) = value(stanza, key.name, key.kind) else {
                continue;
            };
            let text = without_first(&filled(stanza, key.name, &with), key.name);
            let with = meaning(&text).unwrap_or_else(|error| panic!("{text}\n{error}"));
            let without = meaning(&filled(stanza, key.name, ""));
            assert_ne!(
                Ok(with),
                without,
                "{}.{} changes nothing\n{text}",
                stanza.path,
                key.name
            );
        }
    }
}

#[test]
fn every_other_key_is_reported_with_its_reason() {
    for stanza in STANZAS {
        for key in stanza.keys {
            let (severity, reason) = match key.status {
                Status::Honoured | Status::Redundant(_) => continue,
                Status::Accepted(reason) => (Severity::Warning, reason),
                Status::Refused(reason) => (Severity::Error, reason),
            };
            let text = filled(stanza, "", &format!("{} = {{}}", key.name));
            let found = match parse("f", text.as_bytes()) {
                Ok(loaded) => loaded.warnings,
                Err(found) => found,
            };
            let full = stanza.full(key.name);
            let finding = found.iter().find(|finding| finding.key == full);
            let finding = finding.unwrap_or_else(|| panic!("nothing said about {}.{}\n{text}", stanza.path, key.name));
            assert_eq!(finding.severity, severity, "{finding}");
            assert!(finding.message.contains(reason), "{finding}");
        }
    }
}

#[test]
fn a_slip_in_any_key_is_refused_with_the_right_one() {
    for stanza in STANZAS {
        for key in stanza.keys.iter().filter(|key| key.name.len() >= 6) {
            let slip = format!("{}x", key.name);
            let text = filled(stanza, "", &format!("{slip} = 1"));
            let found = parse("f", text.as_bytes()).unwrap_err();
            let finding = found.iter().find(|finding| finding.key.ends_with(&slip)).unwrap();
            assert_eq!(finding.severity, Severity::Error);
            let nearest = finding.nearest.as_deref().unwrap();
            assert!(nearest == key.name || !nearest.is_empty(), "{finding}");
            assert!(finding.at.is_some());
        }
    }
}

#[test]
fn every_honoured_key_refuses_a_value_of_another_kind() {
    for stanza in STANZAS {
        for key in stanza.keys.iter().filter(|key| key.status == Status::Honoured) {
            let wrong = match key.kind {
                Kind::Stanza(_) => format!("{} = 7", key.name),
                _ => format!("{} = {{ zzz = {{}} }}", key.name),
            };
            let text = without_first(&filled(stanza, key.name, &wrong), key.name);
            let found = parse("f", text.as_bytes()).expect_err(&text);
            let named = |finding: &&Diagnostic| finding.key.contains(key.name) && finding.severity == Severity::Error;
            assert!(found.iter().any(|finding| named(&finding)), "{text}\n{found:?}");
        }
    }
}
