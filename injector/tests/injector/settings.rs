//! Flags and variables as the charts of the replaced injectors give them.

use coffret_config::annotations::{FlavorSetting, ModeSetting};
use coffret_injector::settings::{Settings, SettingsError};

fn read(args: &[&str], env: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    let find = |name: &str| {
        env.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| (*value).to_owned())
    };
    Settings::read(&args, &find)
}

const ADDRESS: (&str, &str) = ("AGENT_INJECT_VAULT_ADDR", "https://v:8200");

#[test]
fn a_variable_wins_over_a_flag_unless_it_is_empty() {
    let both = read(&["-vault-address=http://flag"], &[ADDRESS]).unwrap();
    assert_eq!(both.defaults.address, "https://v:8200");
    let empty = read(&["-vault-address=http://flag"], &[("AGENT_INJECT_VAULT_ADDR", "")]).unwrap();
    assert_eq!(empty.defaults.address, "http://flag");
}

#[test]
fn flags_are_gos_and_end_at_a_stray_argument() {
    let read = read(
        &[
            "--cpu-limit",
            "2",
            "-run-as-same-user",
            "-memory-limit=",
            "2>&1",
            "-nonsense",
        ],
        &[ADDRESS],
    )
    .unwrap();
    assert_eq!(read.defaults.resources.limit_cpu.as_deref(), Some("2"));
    assert_eq!(read.defaults.resources.limit_memory.as_deref(), Some(""));
    assert!(read.defaults.run_as_same_user);
}

#[test]
fn mistakes_are_named() {
    let text = |args: &[&str], env: &[(&str, &str)]| read(args, env).unwrap_err().to_string();
    assert_eq!(text(&["-nope"], &[ADDRESS]), "flag provided but not defined: -nope");
    assert_eq!(
        text(&["-vault-image"], &[ADDRESS]),
        "flag needs an argument: -vault-image"
    );
    assert_eq!(
        text(&["-run-as-same-user=maybe"], &[ADDRESS]),
        "invalid boolean value \"maybe\" for -run-as-same-user: parse error"
    );
    assert_eq!(
        text(&[], &[]),
        "No Vault service configured: set AGENT_INJECT_VAULT_ADDR or -vault-address"
    );
    for (name, value) in [
        ("AGENT_INJECT_LOG_LEVEL", "loud"),
        ("AGENT_INJECT_MODE", "sidecar"),
        ("AGENT_INJECT_DEFAULT_TEMPLATE", "JSON"),
        ("AGENT_INJECT_TLS_MIN_VERSION", "tls14"),
        ("AGENT_INJECT_AUTH_MIN_BACKOFF", "5"),
        ("AGENT_INJECT_TEMPLATE_MAX_CONNECTIONS_PER_HOST", "many"),
        ("AGENT_INJECT_KUBERNETES_VERSION", "latest"),
        ("AGENT_INJECT_SERVICE_ACCOUNT_TOKEN_EXPIRATION", "60"),
        ("AGENT_INJECT_REQUEST_TIMEOUT", "0s"),
    ] {
        assert!(text(&[], &[ADDRESS, (name, value)]).starts_with(name), "{name}");
    }
}

#[test]
fn openbao_names_set_openbao() {
    let read = read(&[], &[("AGENT_INJECT_BAO_ADDR", "https://bao:8200"), ADDRESS]).unwrap();
    assert_eq!(read.defaults.address, "https://bao:8200");
    assert_eq!(read.defaults.flavor, FlavorSetting::OpenBao);
}

#[test]
fn the_cluster_version_decides_auto() {
    let old = read(&[], &[ADDRESS, ("AGENT_INJECT_KUBERNETES_VERSION", "v1.31.4")]).unwrap();
    assert!(!old.defaults.native_supported && !old.serve.asks_version);
    let new = read(&[], &[ADDRESS, ("AGENT_INJECT_KUBERNETES_VERSION", "1.32+")]).unwrap();
    assert!(new.defaults.native_supported);
    let unknown = read(&[], &[ADDRESS]).unwrap();
    assert!(unknown.serve.asks_version && unknown.defaults.mode == ModeSetting::Auto);
}
