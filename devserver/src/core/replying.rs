//! From an engine's reply to the answer.

use super::request::Passage;
use super::{Answer, Core, Envelope};
use crate::json::Object;
use crate::logical::{Error, ErrorKind, Operation, Request, Response};

/// Paths below `sys/` whose answers repeat the members of `data` beside it.
const INJECTED: [&str; 25] = [
    "sys/audit",
    "sys/audit/",
    "sys/audit-hash/",
    "sys/auth",
    "sys/auth/",
    "sys/config/cors",
    "sys/config/auditing/request-headers/",
    "sys/config/auditing/request-headers",
    "sys/capabilities",
    "sys/capabilities-accessor",
    "sys/capabilities-self",
    "sys/ha-status",
    "sys/key-status",
    "sys/mounts",
    "sys/mounts/",
    "sys/policy",
    "sys/policy/",
    "sys/rekey/backup",
    "sys/rekey/recovery-key-backup",
    "sys/rotate/root/backup",
    "sys/rotate/recovery/backup",
    "sys/remount",
    "sys/rotate",
    "sys/rotate/keyring",
    "sys/wrapping/wrap",
];

impl Core {
    /// The answer to a request: `operation` and `path` are those that were asked for.
    pub(super) fn answer(
        &self,
        operation: Operation,
        path: &str,
        request: &Request,
        passage: &Passage,
        reply: Option<Response>,
    ) -> Answer {
        // The original takes an empty list that should be wrapped for a path it does not know.
        let unlisted = operation == Operation::List && request.wrap_ttl.is_some();
        let nothing = Answer::Refused {
            status: 404,
            errors: unlisted.then(|| "unsupported path".to_owned()).into_iter().collect(),
            data: None,
        };
        let Some(response) = reply else {
            return match operation {
                Operation::Read | Operation::Header | Operation::List => nothing,
                _ => Answer::Empty,
            };
        };
        if let Some(raw) = response.raw {
            return Answer::Raw(raw);
        }
        if operation == Operation::List && response.wrap_info.is_none() && lists_nothing(&response) {
            return nothing;
        }
        let mut envelope = Envelope::of(response, &request.id);
        envelope.mount_type = passage
            .mount
            .as_ref()
            .map(|mount| mount.kind.clone())
            .unwrap_or_default();
        envelope.inject = envelope.wrap_info.is_none()
            && INJECTED
                .iter()
                .any(|known| path == *known || (known.ends_with('/') && path.starts_with(known)));
        Answer::Envelope(Box::new(envelope))
    }
}

/// Whether a list has nothing to show: no data at all, or no keys.
pub(super) fn lists_nothing(response: &Response) -> bool {
    let data = response.data.as_ref();
    if data.is_none_or(Object::is_empty) {
        return response.warnings.is_empty();
    }
    data.and_then(|data| data.get("keys"))
        .is_some_and(|keys| keys.as_array().is_none_or(<[_]>::is_empty))
}

/// A refusal; logins list no errors but say them bare.
pub(super) fn refuse(error: Error, passage: &Passage) -> Answer {
    let login = passage.login;
    let kind = passage.mount.as_ref().map(|mount| mount.kind.as_str());
    let looks_up_alias = matches!(kind, Some("approle" | "userpass"));
    if let ErrorKind::Outbound(question) = error.kind {
        return Answer::Outbound(question);
    }
    let mut status = error.status();
    if login && looks_up_alias && error.text.starts_with("Field validation failed") {
        // The original asks these methods first who logs in, and takes the failure of that for its own.
        status = 500;
    }
    let errors = match login && !error.text.is_empty() {
        true => vec![error.text],
        false => error.errors(),
    };
    Answer::Refused {
        status,
        errors,
        data: error.data,
    }
}
