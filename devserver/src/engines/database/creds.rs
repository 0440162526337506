//! `creds/`: a user for a lease.

use super::connection::check_allowed;
use super::{Database, password};
use crate::engine::{Call, Context};
use crate::logical::{Error, Reply, Response, Secret};
use crate::object;
use crate::random;
use std::time::Duration;

/// The longest name PostgreSQL takes.
const LONGEST: usize = 63;

impl Database {
    pub(super) fn issue(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("name");
        let role = self
            .roles
            .get(name)
            .ok_or_else(|| Error::response(format!("unknown role: {name}")))?;
        check_allowed(&self.connections, &role.db_name, name)?;
        let display_name = call
            .request
            .token
            .as_ref()
            .map(|token| token.display_name.as_str())
            .unwrap_or_default();
        let part = |text: &str| text.chars().take(8).collect::<String>();
        let username = format!(
            "v-{}-{}-{}-{}",
            part(display_name),
            part(name),
            random::base62(20),
            context.now.as_second()
        );
        let username: String = username.chars().take(LONGEST).collect();
        let internal = object! { "username" => &username, "role" => name, "db_name" => &role.db_name };
        let some = |span: Duration| (!span.is_zero()).then_some(span);
        let secret = Secret {
            ttl: some(role.default_ttl),
            max_ttl: some(role.max_ttl),
            renewable: true,
            internal: Some(internal),
        };
        let password = password();
        let data = object! { "username" => &username, "password" => &password };
        self.users.insert(username, password);
        Response {
            secret: Some(secret),
            ..Response::data(data)
        }
        .reply()
    }
}
