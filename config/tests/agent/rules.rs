//! Rules that concern several stanzas.

use coffret_config::agent::{Severity, parse};

const LOGIN: &str = r#"auto_auth { method "token_file" { config { token_file_path = "/t" } } "#;

/// The keys about which an error is reported.
fn errors(text: &str) -> Vec<String> {
    match parse("f", text.as_bytes()) {
        Ok(_) => Vec::new(),
        Err(found) => {
            let errors = found.into_iter().filter(|finding| finding.severity == Severity::Error);
            errors.map(|finding| finding.key).collect()
        }
    }
}

#[test]
fn stanzas_need_each_other() {
    let sink = r#"sink "file" { config { path = "/x" } } }"#;
    let template = r#" template { contents = "x" destination = "/x" }"#;
    let env_template = r#" env_template "A" { contents = "x" }"#;
    let exec = r#" exec { command = "x" }"#;
    let listener = r#" listener "tcp" { tls_disable = true }"#;
    for (text, expected) in [
        (String::new(), vec!["auto_auth"]),
        (format!("{LOGIN}}}"), vec!["auto_auth"]),
        (format!("{LOGIN}{sink}"), vec![]),
        (format!("{LOGIN}}}{template}"), vec![]),
        (template.to_owned(), vec!["auto_auth", "template"]),
        (listener.to_owned(), vec![]),
        (format!("cache {{}}{listener}"), vec![]),
        ("cache {}".to_owned(), vec!["cache"]),
        (format!("{LOGIN}}}{template} cache {{}}"), vec![]),
        (format!("{LOGIN}{sink} api_proxy {{}}"), vec!["api_proxy"]),
        (
            format!("{LOGIN}}} api_proxy {{ use_auto_auth_token = true }}{listener}"),
            vec![],
        ),
        (
            format!("api_proxy {{ use_auto_auth_token = true }}{listener}"),
            vec!["api_proxy.use_auto_auth_token"],
        ),
        (
            format!(
                "{LOGIN}}}{template} api_proxy {{ use_auto_auth_token = true }} cache {{ use_auto_auth_token = true }}{listener}"
            ),
            vec!["cache.use_auto_auth_token"],
        ),
        (format!("{LOGIN}}}{env_template}{exec}"), vec![]),
        (format!("{LOGIN}}}{env_template}{exec}{listener}"), vec![]),
        (format!("{LOGIN}}}{env_template}{exec} cache {{}}"), vec![]),
        (format!("{LOGIN}}}{env_template}"), vec!["env_template"]),
        (format!("{LOGIN}{sink}{exec}"), vec!["exec"]),
        (format!("{LOGIN}}}{env_template}{exec}{template}"), vec!["template"]),
        (
            format!("{LOGIN}}}{env_template}{exec}{listener} api_proxy {{}}"),
            vec!["api_proxy"],
        ),
        (
            format!("{LOGIN}}}{env_template}{exec}{listener} cache {{ use_auto_auth_token = true }}"),
            vec!["api_proxy"],
        ),
        (
            format!("{LOGIN}}}{env_template}{env_template}{exec}"),
            vec!["env_template"],
        ),
        (
            format!("{LOGIN}}}{env_template}{exec} exit_after_auth = true"),
            vec!["exit_after_auth"],
        ),
        (format!("{env_template}{exec}{listener}"), vec!["env_template"]),
    ] {
        assert_eq!(errors(&text), expected, "{text}");
    }
}

#[test]
fn a_wrapped_login_goes_to_one_sink_and_nowhere_else() {
    let text = |wrap: &str, sinks: &str, more: &str| {
        format!(
            r#"auto_auth {{ method "kubernetes" {{ wrap_ttl = "{wrap}" config {{ role = "x" }} }} {sinks} }} {more}"#
        )
    };
    let sink = r#"sink "file" { config { path = "/x" } }"#;
    let wrapping = r#"sink "file" { wrap_ttl = "1m" config { path = "/x" } }"#;
    let proxy = r#"listener "tcp" { tls_disable = true } api_proxy { use_auto_auth_token = true }"#;
    assert_eq!(errors(&text("5m", sink, "")), Vec::<String>::new());
    assert_eq!(errors(&text("5m", "", "")), ["auto_auth.method"]);
    assert_eq!(errors(&text("5m", &format!("{sink} {sink}"), "")), ["auto_auth.method"]);
    assert_eq!(errors(&text("5m", wrapping, "")), ["auto_auth.method"]);
    assert_eq!(errors(&text("5m", sink, proxy)), ["api_proxy.use_auto_auth_token"]);
    assert_eq!(errors(&text("0", wrapping, "")), Vec::<String>::new());
}

#[test]
fn what_may_be_secret_is_never_printed() {
    let text = format!(
        r#"{LOGIN}}} template {{ contents = "hunter2" destination = "/x"
           exec {{ command = "c" env {{ custom = ["A=hunter2"] }} }} }}"#
    );
    let loaded = parse("f", text.as_bytes()).unwrap();
    let printed = format!("{loaded:?} {loaded:#?}");
    assert!(printed.contains("/x") && !printed.contains("hunter2"), "{printed}");
}

/// Keys that Vault's and OpenBao's shared parsers know and no agent uses.
const SERVER_KEYS: &str = "purpose cluster_address proxy_protocol_behavior proxy_protocol_authorized_addrs \
    x_forwarded_for_authorized_addrs x_forwarded_for_hop_skips x_forwarded_for_reject_not_present \
    x_forwarded_for_reject_not_authorized x_forwarded_for_client_cert_header inflight_requests_logging cors_enabled \
    cors_allowed_origins cors_allowed_headers cors_allow_credentials chroot_namespace redact_addresses \
    redact_cluster_name redact_version disable_replication_status_endpoints disable_request_limiter max_json_depth \
    max_json_string_value_length max_json_object_entry_count max_json_array_element_count max_json_token \
    max_token_header_size metrics_only metrics_path disallow_metrics max_request_json_memory max_request_json_strings \
    tls_key_exchange_preferences disable_unauthed_rekey_endpoints disable_unauthed_generate_root_endpoints";

#[test]
fn keys_of_servers_are_warned_about_and_not_taken_for_slips() {
    for key in SERVER_KEYS.split_whitespace() {
        let text = format!(r#"listener "tcp" {{ tls_disable = true {key} = 1 }}"#);
        let loaded = parse("f", text.as_bytes()).unwrap();
        assert!(
            loaded.warnings.iter().any(|finding| finding.key.ends_with(key)),
            "{key}"
        );
    }
    for key in [
        "storage",
        "seal",
        "ui",
        "api_addr",
        "cluster_addr",
        "plugin_directory",
        "max_lease_ttl",
        "raw_storage_endpoint",
    ] {
        let text = format!(r#"{key} = "x" listener "tcp" {{ tls_disable = true }}"#);
        let loaded = parse("f", text.as_bytes()).unwrap();
        assert!(loaded.warnings.iter().any(|finding| finding.key == key), "{key}");
    }
}
