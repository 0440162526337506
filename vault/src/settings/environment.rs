//! The layers of settings: flags over environment over configuration files over defaults.

use std::path::PathBuf;
use std::time::Duration;

use crate::proxy::ProxyRule;
use crate::tls::{CertificateSource, ClientCertificate, TlsSettings};

use super::address::DEFAULT;
use super::{Address, ConnectionOptions, Settings, SettingsError, duration_from};

/// Variables of Vault's that have no effect here, with the reason.
const WITHOUT_EFFECT: &[(&str, &str)] = &[
    ("RATE_LIMIT", "requests are already kept few; limit them on the server"),
    (
        "SRV_LOOKUP",
        "service records are not looked up; name the server in the address",
    ),
    ("MFA", "an agent cannot answer a second factor"),
    (
        "WRAP_TTL",
        "wrapping every answer would make them unreadable; use wrap_ttl in the configuration",
    ),
];

impl Settings {
    /// Lays command-line `flags` over the variables of `environment` over the options of `files` over the defaults.
    ///
    /// `environment` is asked for `BAO_NAME` and, where that is not set, for `VAULT_NAME`. A variable that is set
    /// to nothing counts as not set.
    ///
    /// # Errors
    /// The first setting that cannot be used.
    pub fn layered(
        flags: &ConnectionOptions,
        environment: &dyn Fn(&str) -> Option<String>,
        files: &ConnectionOptions,
    ) -> Result<Settings, SettingsError> {
        let variables = Variables { environment };
        let defaults = Settings::new(layered_address(flags, &variables, files)?);
        let namespace = flags
            .namespace
            .clone()
            .or_else(|| variables.text("NAMESPACE"))
            .or_else(|| files.namespace.clone());
        let namespace = namespace
            .as_deref()
            .map(|text| text.trim_matches('/').to_owned())
            .filter(|text| !text.is_empty());
        Ok(Settings {
            tls: layered_tls(flags, &variables, files)?,
            proxy: ProxyRule::from_environment(variables.proxy_address(), environment)?,
            timeout: variables.duration("CLIENT_TIMEOUT")?.unwrap_or(defaults.timeout),
            max_retries: variables.number("MAX_RETRIES")?,
            disable_redirects: variables.bool("DISABLE_REDIRECTS")?.unwrap_or(false),
            warnings: variables.warnings(),
            namespace,
            ..defaults
        })
    }
}

fn layered_address(
    flags: &ConnectionOptions,
    variables: &Variables<'_>,
    files: &ConnectionOptions,
) -> Result<Address, SettingsError> {
    if let Some(address) = &flags.address {
        return Address::parse(address, "-address");
    }
    if let Some((name, address)) = variables.named("ADDR") {
        return Address::parse(&address, &name);
    }
    match &files.address {
        Some(address) => Address::parse(address, "vault.address"),
        None => Address::parse(DEFAULT, "the default address"),
    }
}

fn layered_tls(
    flags: &ConnectionOptions,
    variables: &Variables<'_>,
    files: &ConnectionOptions,
) -> Result<TlsSettings, SettingsError> {
    let skip_verify = match flags.tls_skip_verify {
        Some(skip) => Some(skip),
        None => variables.bool("SKIP_VERIFY")?,
    };
    Ok(TlsSettings {
        authorities: authorities(flags, variables, files),
        client: client_certificate(flags, variables, files)?,
        server_name: flags
            .tls_server_name
            .clone()
            .or_else(|| variables.text("TLS_SERVER_NAME"))
            .or_else(|| files.tls_server_name.clone()),
        skip_verify: skip_verify.or(files.tls_skip_verify).unwrap_or(false),
    })
}

/// The certificates that are trusted: one file, else one text, else a directory, else those of the system.
fn authorities(
    flags: &ConnectionOptions,
    variables: &Variables<'_>,
    files: &ConnectionOptions,
) -> Vec<CertificateSource> {
    if let Some(file) = variables.path(&flags.ca_cert, "CACERT", &files.ca_cert) {
        return vec![CertificateSource::File(file)];
    }
    if let Some(pem) = variables.pem("CACERT_BYTES") {
        return vec![pem];
    }
    match variables.path(&flags.ca_path, "CAPATH", &files.ca_path) {
        Some(directory) => vec![CertificateSource::Directory(directory)],
        None => variables.system_authorities(),
    }
}

fn client_certificate(
    flags: &ConnectionOptions,
    variables: &Variables<'_>,
    files: &ConnectionOptions,
) -> Result<Option<ClientCertificate>, SettingsError> {
    let source = |flag: &Option<PathBuf>, [path, bytes]: [&str; 2], file: &Option<PathBuf>| {
        let file = variables.path(flag, path, file).map(CertificateSource::File);
        file.or_else(|| variables.pem(bytes))
    };
    let certificate = source(
        &flags.client_cert,
        ["CLIENT_CERT", "CLIENT_CERT_BYTES"],
        &files.client_cert,
    );
    let key = source(&flags.client_key, ["CLIENT_KEY", "CLIENT_KEY_BYTES"], &files.client_key);
    let half = |given, missing| Err(SettingsError::Pair { given, missing });
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Some(ClientCertificate { certificate, key })),
        (None, None) => Ok(None),
        (Some(_), None) => half("the client certificate", "its key"),
        (None, Some(_)) => half("the client key", "its certificate"),
    }
}

/// The environment, asked as OpenBao asks it: `BAO_NAME` first, even when it is set to nothing.
struct Variables<'a> {
    environment: &'a dyn Fn(&str) -> Option<String>,
}

impl Variables<'_> {
    /// The name that is set and its value, unless that is empty.
    fn named(&self, name: &str) -> Option<(String, String)> {
        let found = ["BAO_", "VAULT_"].iter().find_map(|prefix| {
            let name = format!("{prefix}{name}");
            (self.environment)(&name).map(|value| (name, value))
        });
        found.filter(|(_, value)| !value.trim().is_empty())
    }

    fn text(&self, name: &str) -> Option<String> {
        self.named(name).map(|(_, value)| value)
    }

    /// A path: of the flag, else of the variable, else of the file.
    fn path(&self, flag: &Option<PathBuf>, name: &str, file: &Option<PathBuf>) -> Option<PathBuf> {
        flag.clone()
            .or_else(|| self.text(name).map(PathBuf::from))
            .or_else(|| file.clone())
    }

    /// A certificate or key that is itself in the variable.
    fn pem(&self, name: &str) -> Option<CertificateSource> {
        let pem = self.text(name)?;
        Some(CertificateSource::Pem(pem.into_bytes().into()))
    }

    /// A truth value as Go's `strconv.ParseBool` reads it: `VAULT_SKIP_VERIFY=false` means false.
    fn bool(&self, name: &str) -> Result<Option<bool>, SettingsError> {
        let Some((name, value)) = self.named(name) else {
            return Ok(None);
        };
        match value.trim() {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(Some(true)),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(Some(false)),
            _ => Err(SettingsError::Variable {
                name,
                wanted: "true or false",
            }),
        }
    }

    fn duration(&self, name: &str) -> Result<Option<Duration>, SettingsError> {
        let Some((name, value)) = self.named(name) else {
            return Ok(None);
        };
        match duration_from(&value).filter(|duration| !duration.is_zero()) {
            Some(duration) => Ok(Some(duration)),
            None => Err(SettingsError::Variable {
                name,
                wanted: "seconds or a duration such as 90s",
            }),
        }
    }

    fn number(&self, name: &str) -> Result<Option<u32>, SettingsError> {
        let Some((name, value)) = self.named(name) else {
            return Ok(None);
        };
        match value.trim().parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(SettingsError::Variable {
                name,
                wanted: "a whole number",
            }),
        }
    }

    /// The proxy for the server, whatever the general variables say.
    fn proxy_address(&self) -> Option<(String, String)> {
        self.named("PROXY_ADDR").or_else(|| self.named("HTTP_PROXY"))
    }

    /// Where Go looks for the system's authorities instead of the usual places.
    fn system_authorities(&self) -> Vec<CertificateSource> {
        let path = |name: &str| {
            (self.environment)(name)
                .filter(|path| !path.is_empty())
                .map(PathBuf::from)
        };
        let file = path("SSL_CERT_FILE").map(CertificateSource::File);
        file.into_iter()
            .chain(path("SSL_CERT_DIR").map(CertificateSource::Directory))
            .collect()
    }

    fn warnings(&self) -> Vec<String> {
        let set = WITHOUT_EFFECT
            .iter()
            .filter_map(|(name, reason)| self.named(name).map(|(name, _)| (name, reason)));
        set.map(|(name, reason)| format!("{name} has no effect: {reason}"))
            .collect()
    }
}
