//! Keys of `auto_auth`, its method and its sinks.

use super::Kind::{Any, Bool, Duration, Integer, Mode, Path, Stanza as Block, Text, Word};
use super::{Key, Stanza, Unknown};

/// The reason why encrypted sinks are refused.
const NO_ENCRYPTION: &str = "sinks are written in clear to the pod's memory volume; a token that was meant to be \
    encrypted must not be written at all";

/// The reason why a service account's token and a role are passed over where a method has no use for them.
const FROM_INJECTORS: &str = "injectors write it for every method, and this one has no use for it";

/// Written by the injectors for every method.
const TOKEN_PATH: Key = Key::new("token_path", Path, "", "").redundant(FROM_INJECTORS);
/// Written by the injectors for every method when the pod names a role.
const ROLE: Key = Key::new("role", Text, "", "").redundant(FROM_INJECTORS);

/// Login types that exist but cannot be used, with the reason.
pub(crate) const REFUSED_METHODS: &[(&str, &str)] = &[
    ("alicloud", "signing Alibaba Cloud requests is not built in"),
    ("aws", "signing AWS requests is not built in"),
    ("azure", "reading Azure instance metadata is not built in"),
    ("cf", "signing with Cloud Foundry instance keys is not built in"),
    ("gcp", "reading Google instance metadata is not built in"),
    ("kerberos", "SPNEGO is not built in"),
    ("oci", "signing Oracle Cloud requests is not built in"),
    ("pcf", "signing with Cloud Foundry instance keys is not built in"),
];

/// Login types that can be used.
pub(crate) const METHODS: &[&str] = &["approle", "cert", "jwt", "kubernetes", "ldap", "token_file"];

pub(crate) const AUTO_AUTH: Stanza = Stanza {
    path: "auto_auth",
    help: "Logging in.",
    label: "",
    unknown: Unknown::Warned,
    keys: &[
        Key::new("method", Block("auto_auth.method"), "", "How to log in; exactly one."),
        Key::new(
            "sink",
            Block("auto_auth.sink"),
            "",
            "Where to write the token; repeatable.",
        ),
        Key::new(
            "sinks",
            Block("auto_auth.sinks"),
            "",
            "`sinks { sink … }` is the same as `sink`.",
        ),
        Key::new(
            "enable_reauth_on_new_credentials",
            Bool,
            "false",
            "Log in again when the credential on disk changes.",
        ),
    ],
};

pub(crate) const METHOD: Stanza = Stanza {
    path: "auto_auth.method",
    help: "The login.",
    label: "the type, unless `type` is given",
    unknown: Unknown::Warned,
    keys: &[
        Key::new(
            "type",
            Word(METHODS),
            "",
            "The kind of login; needed here or as the label.",
        ),
        Key::new(
            "mount_path",
            Text,
            "auth/<type>",
            "Where the method is mounted on the server.",
        ),
        Key::new(
            "namespace",
            Text,
            "",
            "Namespace of login, sinks and templates, unless a flag or variable names one.",
        ),
        Key::new(
            "wrap_ttl",
            Duration,
            "",
            "Have the token wrapped; needs exactly one sink, which does not wrap itself.",
        ),
        Key::new("min_backoff", Duration, "1s", "First pause after a failed login."),
        Key::new(
            "max_backoff",
            Duration,
            "5m",
            "Longest pause after failed logins; not below `min_backoff`.",
        ),
        Key::new("exit_on_err", Bool, "false", "End with an error when a login fails."),
        Key::new("config", Block("auto_auth.method.config"), "", "Settings of the type."),
    ],
};

pub(crate) const KUBERNETES: Stanza = Stanza {
    path: "auto_auth.method.config (kubernetes)",
    help: "Log in with the pod's service account. The token is read again at each login.",
    label: "",
    unknown: Unknown::Warned,
    keys: &[
        Key::new("role", Text, "", "Role to log in as; required."),
        Key::new(
            "token_path",
            Path,
            "/var/run/secrets/kubernetes.io/serviceaccount/token",
            "The service account's token.",
        ),
    ],
};

pub(crate) const APPROLE: Stanza = Stanza {
    path: "auto_auth.method.config (approle)",
    help: "Log in with a role id and a secret id from files.",
    label: "",
    unknown: Unknown::Warned,
    keys: &[
        Key::new("role_id_file_path", Path, "", "File with the role id; required."),
        Key::new(
            "secret_id_file_path",
            Path,
            "",
            "File with the secret id, for roles that need one.",
        ),
        Key::new(
            "remove_secret_id_file_after_reading",
            Bool,
            "true",
            "Delete the file once it is read.",
        ),
        Key::new(
            "secret_id_response_wrapping_path",
            Text,
            "",
            "The file holds a wrapping token that must come from this path.",
        ),
        ROLE,
        TOKEN_PATH,
    ],
};

pub(crate) const JWT: Stanza = Stanza {
    path: "auto_auth.method.config (jwt)",
    help: "Log in with a JSON web token from a file.",
    label: "",
    unknown: Unknown::Warned,
    keys: &[
        Key::new("path", Path, "", "File with the token; required."),
        Key::new("role", Text, "", "Role to log in as; required."),
        Key::new(
            "remove_jwt_after_reading",
            Bool,
            "true",
            "Delete the file once it is read.",
        ),
        Key::new(
            "remove_jwt_follows_symlinks",
            Bool,
            "false",
            "Delete what a symbolic link points to, not the link.",
        ),
        Key::new(
            "jwt_read_period",
            Duration,
            "0.5s, 1m when the file stays",
            "How often to look for a new one, with `enable_reauth_on_new_credentials`.",
        ),
        TOKEN_PATH,
    ],
};

pub(crate) const CERT: Stanza = Stanza {
    path: "auto_auth.method.config (cert)",
    help: "Log in with a client certificate. Without one here, that of the `vault` stanza is used.",
    label: "",
    unknown: Unknown::Warned,
    keys: &[
        Key::new("name", Text, "", "Certificate role; any that matches when empty."),
        Key::new(
            "ca_cert",
            Path,
            "",
            "PEM file with the certificate authorities to trust for the login.",
        ),
        Key::new("client_cert", Path, "", "PEM file with the certificate."),
        Key::new("client_key", Path, "", "PEM file with its private key."),
        Key::new(
            "reload",
            Bool,
            "false",
            "Log in again when the files change; they are read at each login in any case.",
        ),
        Key::new(
            "reload_period",
            Duration,
            "1m",
            "How often to look for changed files, with `reload`.",
        )
        .since("Vault"),
        ROLE,
        TOKEN_PATH,
    ],
};

pub(crate) const TOKEN_FILE: Stanza = Stanza {
    path: "auto_auth.method.config (token_file)",
    help: "Use a token that is already in a file.",
    label: "",
    unknown: Unknown::Warned,
    keys: &[
        Key::new("token_file_path", Path, "", "File with the token; required."),
        ROLE,
        TOKEN_PATH,
    ],
};

pub(crate) const LDAP: Stanza = Stanza {
    path: "auto_auth.method.config (ldap)",
    help: "Log in with a user name and a password from a file.",
    label: "",
    unknown: Unknown::Warned,
    keys: &[
        Key::new("username", Text, "", "User to log in as; required.").since("Vault"),
        Key::new("password_file_path", Path, "", "File with the password; required.").since("Vault"),
        Key::new(
            "remove_password_after_reading",
            Bool,
            "true",
            "Delete the file once it is read.",
        )
        .since("Vault"),
        Key::new(
            "remove_password_follows_symlinks",
            Bool,
            "false",
            "Delete what a symbolic link points to.",
        )
        .since("Vault"),
        Key::new(
            "password_read_period",
            Duration,
            "0.5s, 1m when the file stays",
            "How often to look for a new one, with `enable_reauth_on_new_credentials`.",
        )
        .since("Vault"),
        ROLE,
        TOKEN_PATH,
    ],
};

pub(crate) const SINKS: Stanza = Stanza {
    path: "auto_auth.sinks",
    help: "Another way to write `sink` stanzas.",
    label: "",
    unknown: Unknown::Warned,
    keys: &[Key::new(
        "sink",
        Block("auto_auth.sink"),
        "",
        "Where to write the token; repeatable.",
    )],
};

pub(crate) const SINK: Stanza = Stanza {
    path: "auto_auth.sink",
    help: "A place the token is written to.",
    label: "the type, unless `type` is given",
    unknown: Unknown::Warned,
    keys: &[
        Key::new(
            "type",
            Word(&["file"]),
            "",
            "The kind of sink; needed here or as the label.",
        ),
        Key::new(
            "wrap_ttl",
            Duration,
            "",
            "Write a wrapping token of this life instead of the token.",
        ),
        Key::new("dh_type", Any, "", "Encrypt the token.").refused(NO_ENCRYPTION),
        Key::new("dh_path", Any, "", "The receiver's public key.").refused(NO_ENCRYPTION),
        Key::new("derive_key", Any, "", "Derive the encryption key.").refused(NO_ENCRYPTION),
        Key::new("aad", Any, "", "Additional data of the encryption.").refused(NO_ENCRYPTION),
        Key::new("aad_env_var", Any, "", "Variable with the additional data.").refused(NO_ENCRYPTION),
        Key::new("config", Block("auto_auth.sink.config"), "", "Settings of the type."),
    ],
};

pub(crate) const SINK_FILE: Stanza = Stanza {
    path: "auto_auth.sink.config",
    help: "A sink of type `file`.",
    label: "",
    unknown: Unknown::Warned,
    keys: &[
        Key::new("path", Path, "", "The file; required. Its directory must exist."),
        Key::new(
            "mode",
            Mode,
            "0640",
            "Its mode. In JSON a number is decimal: 416 is 0640.",
        ),
        Key::new("owner", Integer, "", "User id of the file.").aliases(&["uid"]),
        Key::new("group", Integer, "", "Group id of the file.").aliases(&["gid"]),
    ],
};
