//! Flags over environment over files over defaults.

use std::collections::HashMap;
use std::time::Duration;

use coffret_vault::{CertificateSource, ConnectionOptions, Settings, SettingsError};

fn layered(
    flags: &ConnectionOptions,
    variables: &[(&str, &str)],
    files: &ConnectionOptions,
) -> Result<Settings, SettingsError> {
    let variables: HashMap<&str, &str> = variables.iter().copied().collect();
    Settings::layered(flags, &|name| variables.get(name).map(ToString::to_string), files)
}

fn none() -> ConnectionOptions {
    ConnectionOptions::default()
}

fn address(address: &str) -> ConnectionOptions {
    ConnectionOptions {
        address: Some(address.to_owned()),
        ..none()
    }
}

#[test]
fn flags_win_over_variables_over_files_over_defaults() {
    let variables = [("VAULT_ADDR", "https://variable")];
    let shown = |settings: Result<Settings, _>| settings.unwrap().address.to_string();
    assert_eq!(
        shown(layered(&address("https://flag"), &variables, &address("https://file"))),
        "https://flag"
    );
    assert_eq!(
        shown(layered(&none(), &variables, &address("https://file"))),
        "https://variable"
    );
    assert_eq!(shown(layered(&none(), &[], &address("https://file"))), "https://file");
    assert_eq!(shown(layered(&none(), &[], &none())), "https://127.0.0.1:8200");
}

#[test]
fn openbaos_names_win_and_hide_vaults() {
    let both = [
        ("BAO_ADDR", "http://bao"),
        ("VAULT_ADDR", "http://vault"),
        ("BAO_NAMESPACE", ""),
        ("VAULT_NAMESPACE", "v"),
    ];
    let settings = layered(&none(), &both, &none()).unwrap();
    assert_eq!(settings.address.to_string(), "http://bao");
    assert_eq!(settings.namespace, None, "set to nothing hides the other name");
}

#[test]
fn skip_verify_is_a_real_boolean() {
    let skips =
        |text: &str| layered(&none(), &[("VAULT_SKIP_VERIFY", text)], &none()).map(|settings| settings.tls.skip_verify);
    for (text, skip) in [
        ("false", false),
        ("0", false),
        ("F", false),
        ("", false),
        ("true", true),
        ("1", true),
        ("T", true),
    ] {
        assert_eq!(skips(text), Ok(skip), "{text:?}");
    }
    let error = skips("yes").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the variable VAULT_SKIP_VERIFY must be true or false"
    );
    let file = ConnectionOptions {
        tls_skip_verify: Some(true),
        ..none()
    };
    assert!(
        !layered(&none(), &[("VAULT_SKIP_VERIFY", "false")], &file)
            .unwrap()
            .tls
            .skip_verify
    );
    assert!(layered(&none(), &[], &file).unwrap().tls.skip_verify);
}

#[test]
fn the_authorities_file_wins_over_text_over_directory() {
    let all = [
        ("VAULT_CACERT", "/ca.pem"),
        ("VAULT_CACERT_BYTES", "PEM"),
        ("VAULT_CAPATH", "/ca"),
    ];
    let authorities = |variables: &[(&str, &str)]| layered(&none(), variables, &none()).unwrap().tls.authorities;
    assert_eq!(authorities(&all), [CertificateSource::File("/ca.pem".into())]);
    assert_eq!(authorities(&all[1..]), [CertificateSource::Pem(b"PEM".to_vec().into())]);
    assert_eq!(authorities(&all[2..]), [CertificateSource::Directory("/ca".into())]);
    assert_eq!(
        authorities(&[("SSL_CERT_FILE", "/s")]),
        [CertificateSource::File("/s".into())]
    );
    assert_eq!(authorities(&[]), []);
}

#[test]
fn timeouts_and_retries_come_from_the_environment() {
    let settings = layered(
        &none(),
        &[("VAULT_CLIENT_TIMEOUT", "1m30s"), ("VAULT_MAX_RETRIES", "0")],
        &none(),
    )
    .unwrap();
    assert_eq!(
        (settings.timeout, settings.max_retries),
        (Duration::from_secs(90), Some(0))
    );
    let seconds = layered(&none(), &[("VAULT_CLIENT_TIMEOUT", "5")], &none()).unwrap();
    assert_eq!((seconds.timeout, seconds.max_retries), (Duration::from_secs(5), None));
    for (name, value) in [
        ("VAULT_CLIENT_TIMEOUT", "soon"),
        ("BAO_MAX_RETRIES", "-1"),
        ("VAULT_DISABLE_REDIRECTS", "maybe"),
    ] {
        let error = layered(&none(), &[(name, value)], &none()).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn half_a_client_certificate_is_refused() {
    let error = layered(&none(), &[("VAULT_CLIENT_CERT", "/c")], &none()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the client certificate is set but its key is not; both are needed"
    );
    let pair = [("VAULT_CLIENT_CERT", "/c"), ("VAULT_CLIENT_KEY", "/k")];
    assert!(layered(&none(), &pair, &none()).unwrap().tls.client.is_some());
}

#[test]
fn addresses_that_are_none_are_refused_with_their_source() {
    for (text, reason) in [
        ("vault:8200", "must begin with https://"),
        ("vault", "is no address"),
        ("https://", "is no address"),
        ("ftp://vault", "must begin with"),
        ("https://user:secret@vault", "must not hold a user name or password"),
        ("https://vault?x", "must not hold '?'"),
        ("unix://relative", "unix:///absolute/path"),
    ] {
        let error = layered(&none(), &[("VAULT_ADDR", text)], &none())
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("VAULT_ADDR: ") && error.contains(reason) && !error.contains("secret"),
            "{text}: {error}"
        );
        let error = layered(&address(text), &[], &none()).unwrap_err().to_string();
        assert!(error.starts_with("-address: "), "{error}");
    }
}

#[test]
fn variables_without_effect_are_told() {
    let settings = layered(
        &none(),
        &[("VAULT_RATE_LIMIT", "5"), ("BAO_SRV_LOOKUP", "true")],
        &none(),
    )
    .unwrap();
    assert_eq!(settings.warnings.len(), 2);
    assert!(settings.warnings[0].starts_with("VAULT_RATE_LIMIT has no effect: "));
    assert!(settings.warnings[1].starts_with("BAO_SRV_LOOKUP has no effect: "));
}

#[test]
fn namespaces_lose_their_slashes() {
    let options = ConnectionOptions {
        namespace: Some("/team/a/".to_owned()),
        ..none()
    };
    assert_eq!(
        layered(&options, &[], &none()).unwrap().namespace.as_deref(),
        Some("team/a")
    );
}
