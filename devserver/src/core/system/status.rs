//! What is answered without a token and also when sealed: health, seal, leader, init; and smaller `sys/` paths.

use crate::core::{Answer, Core};
use crate::engine::{Call, Context, Route, route, text};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Raw, Reply, Response};
use crate::object;

/// The version this server shows; the API it speaks is that one's.
pub(crate) const VERSION: &str = "2.6.2";

pub(super) fn routes() -> Vec<Route<Core>> {
    vec![
        route("(generate-root/(attempt|update)|rekey/(init|update|verify))")
            .on(Operation::Update, |_, _, _| Err(Error::unsupported_operation())),
        route("namespaces/?").on(Operation::List, Core::list_namespaces),
        route("namespaces/{path+}")
            .fields(vec![text("path"), crate::engine::pairs("custom_metadata")])
            .on(Operation::Read, Core::read_namespace)
            .on(Operation::Update, Core::write_namespace)
            .on(Operation::Delete, Core::delete_namespace),
    ]
}

fn json(status: u16, body: Object) -> Answer {
    let mut text = String::new();
    crate::json::write(&Value::Object(body), &mut text);
    text.push('\n');
    Answer::Raw(Raw {
        status,
        content_type: "application/json".to_owned(),
        body: text.into_bytes(),
    })
}

fn refused(status: u16, errors: &[&str]) -> Answer {
    let errors = errors.iter().map(|text| (*text).to_owned()).collect();
    Answer::Refused {
        status,
        errors,
        data: None,
    }
}

impl Core {
    /// Answers `sys/health` and its like; `None` for all other paths. `query` holds the parameters of the URL.
    pub(crate) fn status_answer(
        &mut self,
        method: &str,
        path: &str,
        query: &Object,
        body: &Object,
        token: &str,
    ) -> Option<Answer> {
        let answer = match (path, method) {
            ("sys/health", "GET" | "HEAD") => self.health(query),
            ("sys/seal-status", "GET") => json(200, self.seal_status()),
            ("sys/leader", "GET") => json(200, self.leader()),
            ("sys/init", "GET") => json(200, object! { "initialized" => true }),
            ("sys/init", "PUT" | "POST") => refused(400, &["Vault is already initialized"]),
            ("sys/unseal", "PUT" | "POST") => self.unseal(body),
            ("sys/seal", "PUT" | "POST") => self.seal(token),
            ("sys/step-down", "PUT" | "POST") => Answer::Empty,
            (
                "sys/health" | "sys/seal-status" | "sys/leader" | "sys/init" | "sys/unseal" | "sys/seal"
                | "sys/step-down",
                _,
            ) => refused(405, &[]),
            _ => return None,
        };
        Some(answer)
    }

    fn health(&self, query: &Object) -> Answer {
        let code = |name: &str, default: u16| match query.get(name).and_then(Value::as_str) {
            None => Some(default),
            Some(text) => text.parse().ok().filter(|code| (100..1000).contains(code)),
        };
        let (Some(active), Some(sealed), Some(_), Some(_)) = (
            code("activecode", 200),
            code("sealedcode", 503),
            code("standbycode", 429),
            code("uninitcode", 501),
        ) else {
            return refused(400, &[]);
        };
        let mut body = object! {
            "initialized" => true,
            "sealed" => self.sealed,
            "standby" => self.sealed,
            "replication_performance_mode" => if self.sealed { "unknown" } else { "disabled" },
            "replication_dr_mode" => if self.sealed { "unknown" } else { "disabled" },
            "server_time_utc" => self.clock.now().as_second(),
            "version" => VERSION,
        };
        if !self.sealed {
            body.insert("cluster_name".to_owned(), Value::from(self.cluster_name()));
            body.insert("cluster_id".to_owned(), Value::from(&self.cluster_id));
        }
        json(if self.sealed { sealed } else { active }, body)
    }

    fn cluster_name(&self) -> String {
        format!("vault-cluster-{}", self.cluster_id.get(..8).unwrap_or_default())
    }

    fn seal_status(&self) -> Object {
        let mut status = object! {
            "type" => "shamir",
            "initialized" => true,
            "sealed" => self.sealed,
            "t" => 1,
            "n" => 1,
            "progress" => 0,
            "nonce" => "",
            "version" => VERSION,
            "commit_date" => "",
            "migration" => false,
            "recovery_seal" => false,
            "storage_type" => "inmem",
        };
        if !self.sealed {
            status.insert("cluster_name".to_owned(), Value::from(self.cluster_name()));
            status.insert("cluster_id".to_owned(), Value::from(&self.cluster_id));
        }
        status
    }

    fn leader(&self) -> Object {
        object! { "ha_enabled" => false }
    }

    fn unseal(&mut self, body: &Object) -> Answer {
        let key = body.get("key").and_then(Value::as_str).unwrap_or_default();
        if body.get("reset").and_then(Value::as_bool) != Some(true) {
            if key.is_empty() {
                return refused(
                    400,
                    &["'key' must be specified in request body as JSON, or 'reset' set to true"],
                );
            }
            if key != self.unseal_key {
                return refused(400, &["'key' must be a valid hex or base64 string"]);
            }
            self.sealed = false;
        }
        json(200, self.seal_status())
    }

    fn seal(&mut self, token: &str) -> Answer {
        let Some(token) = self.valid_token(token, self.clock.now()) else {
            return refused(403, &["permission denied"]);
        };
        if !self.has_sudo(&token, "sys/seal") {
            return refused(403, &["1 error occurred:\n\t* permission denied\n\n"]);
        }
        self.sealed = true;
        Answer::Empty
    }

    fn list_namespaces(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let here = &call.request.namespace;
        let below = self
            .namespaces
            .iter()
            .filter_map(|path| path.strip_prefix(here.as_str()));
        let children: Vec<&str> = below
            .filter(|rest| !rest.is_empty() && rest.find('/') == Some(rest.len() - 1))
            .collect();
        let info: Object = children
            .iter()
            .map(|child| {
                (
                    (*child).to_owned(),
                    Value::Object(namespace_shown(&format!("{here}{child}"))),
                )
            })
            .collect();
        let mut response = Response::list(children);
        if let Some(data) = response.data.as_mut().filter(|data| !data.is_empty()) {
            data.insert("key_info".to_owned(), Value::Object(info));
        }
        response.reply()
    }

    fn read_namespace(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let path = format!("{}{}/", call.request.namespace, call.text("path").trim_matches('/'));
        if !self.namespaces.contains(&path) {
            return Ok(None);
        }
        Response::data(namespace_shown(&path)).reply()
    }

    fn write_namespace(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let path = format!("{}{}/", call.request.namespace, call.text("path").trim_matches('/'));
        if !self.namespaces.contains(&path) {
            self.add_namespace(&path);
        }
        Response::data(namespace_shown(&path)).reply()
    }

    fn delete_namespace(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let path = format!("{}{}/", call.request.namespace, call.text("path").trim_matches('/'));
        self.remove_namespace(&path);
        Ok(None)
    }
}

fn namespace_shown(path: &str) -> Object {
    let id = crate::core::lease_life::namespace_id(path);
    object! { "id" => &id, "path" => path, "uuid" => format!("{id}-namespace"), "custom_metadata" => Object::new(), "locked" => false, "tainted" => false }
}
