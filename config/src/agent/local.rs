//! The `cache`, `api_proxy`, `listener` and `telemetry` stanzas: what the agent offers on the machine it runs on.

mod listener;

pub(super) use listener::read as read_listener;
pub use listener::{Listener, ListenerAddress, ListenerTls, TlsVersion};

use std::path::PathBuf;

use coffret_hcl::ValueKind;

use super::auto_auth::SERVICE_ACCOUNT_TOKEN;
use super::diagnostic::{Report, Severity};
use super::fields::{Fields, Part};
use super::keys::{API_PROXY, CACHE, PERSIST, TELEMETRY};
use super::values::as_bool;

/// What happens with the token of a request through the listener.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UseToken {
    /// The request is passed on as it is.
    #[default]
    Never,
    /// A request without a token gets the agent's.
    WhenAbsent,
    /// Each request gets the agent's token in place of its own.
    Always,
}

/// The `cache` stanza.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cache {
    /// Older place of [`ApiProxy::use_token`]; `None` when the file does not say.
    pub use_token: Option<UseToken>,
    /// Older place of [`ApiProxy::consistency`].
    pub consistency: Consistency,
    /// Hand-over from the init container to the sidecar.
    pub persist: Option<Persist>,
}

/// Reading one's own writes from Vault Enterprise's standbys; `None` where the file does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consistency {
    /// Requests carry the states that former answers named.
    pub enforce: Option<bool>,
    /// What happens when a node does not know such a state yet.
    pub when_inconsistent: Option<WhenInconsistent>,
}

impl Consistency {
    /// What this says, and where it says nothing, what `older` says.
    #[must_use]
    pub fn or(self, older: Self) -> Self {
        Self {
            enforce: self.enforce.or(older.enforce),
            when_inconsistent: self.when_inconsistent.or(older.when_inconsistent),
        }
    }
}

/// What happens with a request that a node cannot answer consistently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenInconsistent {
    /// The node's answer, 412, is passed on.
    #[default]
    Fail,
    /// The request is repeated.
    Retry,
    /// The node passes it to the active one.
    Forward,
}

/// Hand-over from the init container to the sidecar.
#[derive(Clone, Debug, PartialEq)]
pub struct Persist {
    /// Directory shared by both containers.
    pub path: PathBuf,
    /// Keep the file once the sidecar has read it.
    pub keep_after_import: bool,
    /// End with an error when the file cannot be read.
    pub exit_on_err: bool,
    /// Token the file is bound to.
    pub service_account_token_file: PathBuf,
}

/// The `api_proxy` stanza.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ApiProxy {
    /// What happens with the token of a request; `None` when the file does not say.
    pub use_token: Option<UseToken>,
    /// Reading one's own writes.
    pub consistency: Consistency,
    /// Put the configured namespace before that of the request.
    pub prepend_namespace: bool,
}

/// The `telemetry` stanza: Prometheus output is on.
#[derive(Clone, Debug, PartialEq)]
pub struct Telemetry {
    /// First part of each metric's name.
    pub metrics_prefix: String,
}

pub(super) fn read_cache(part: &Part<'_>, report: &Report) -> Cache {
    let fields = Fields::open(&CACHE, part.object, report);
    let persist = fields
        .single("persist", true)
        .and_then(|part| read_persist(&part, report));
    Cache {
        use_token: use_token(&fields),
        consistency: consistency(&fields),
        persist,
    }
}

fn read_persist(part: &Part<'_>, report: &Report) -> Option<Persist> {
    let fields = Fields::open(&PERSIST, part.object, report);
    if fields.has("type") {
        fields.word("type")?;
    } else if part
        .label
        .is_none_or(|label| !label.text.eq_ignore_ascii_case("kubernetes"))
    {
        report.error(
            part.start(),
            "cache.persist.type",
            "must be kubernetes, here or as the label",
        );
        return None;
    }
    let path = fields.required_path("path");
    let (keep, exit) = (fields.bool("keep_after_import"), fields.bool("exit_on_err"));
    let token = fields.path("service_account_token_file");
    Some(Persist {
        path: path?,
        keep_after_import: keep.unwrap_or(false),
        exit_on_err: exit.unwrap_or(false),
        service_account_token_file: token.unwrap_or_else(|| SERVICE_ACCOUNT_TOKEN.into()),
    })
}

pub(super) fn read_api_proxy(part: &Part<'_>, report: &Report) -> ApiProxy {
    let fields = Fields::open(&API_PROXY, part.object, report);
    let prepend_namespace = fields.bool("prepend_configured_namespace").unwrap_or(false);
    ApiProxy {
        use_token: use_token(&fields),
        consistency: consistency(&fields),
        prepend_namespace,
    }
}

pub(super) fn read_telemetry(part: &Part<'_>, report: &Report) -> Telemetry {
    let fields = Fields::open(&TELEMETRY, part.object, report);
    Telemetry {
        metrics_prefix: fields.non_empty("metrics_prefix").unwrap_or_else(|| "vault".to_owned()),
    }
}

fn consistency(fields: &Fields<'_>) -> Consistency {
    let when_inconsistent = fields.word("when_inconsistent").map(|word| match word {
        "retry" => WhenInconsistent::Retry,
        "forward" => WhenInconsistent::Forward,
        _ => WhenInconsistent::Fail,
    });
    Consistency {
        enforce: fields.word("enforce_consistency").map(|word| word == "always"),
        when_inconsistent,
    }
}

fn use_token(fields: &Fields<'_>) -> Option<UseToken> {
    let name = "use_auto_auth_token";
    let value = fields.value(name)?;
    let read = match &value.kind {
        ValueKind::String(text) if text.eq_ignore_ascii_case("force") => Some(UseToken::Always),
        _ => as_bool(value).map(|add| if add { UseToken::WhenAbsent } else { UseToken::Never }),
    };
    if read.is_none() {
        let message = "must be true, false or \"force\"".to_owned();
        fields
            .report()
            .push(Severity::Error, fields.at(name), &fields.full(name), message, None);
    }
    read
}
