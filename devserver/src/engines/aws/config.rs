//! Root and lease configuration.

use super::Aws;
use super::credentials::{access_key, secret_key};
use crate::duration;
use crate::engine::{Call, Context, Route, integer, route, text};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use std::time::Duration;

/// The credentials with which the original would ask the cloud.
pub(super) struct RootConfig {
    access_key: String,
    secret_key: String,
    region: String,
    iam_endpoint: String,
    sts_endpoint: String,
    max_retries: i64,
    username_template: String,
}

/// Lifetimes of credentials.
pub(super) struct LeaseConfig {
    pub(super) lease: Duration,
    pub(super) max: Duration,
}

pub(super) fn routes() -> Vec<Route<Aws>> {
    vec![
        route("config/root")
            .fields(vec![
                text("access_key"),
                text("secret_key"),
                text("region"),
                text("iam_endpoint"),
                text("sts_endpoint"),
                integer("max_retries").or(-1),
                text("username_template"),
            ])
            .on(Operation::Read, Aws::read_root)
            .on(Operation::Update, Aws::write_root)
            .help("Configure the root credentials", "Kept and shown, never used."),
        route("config/rotate-root")
            .on(Operation::Update, Aws::rotate_root)
            .help("Rotate the root credentials", "Replaces the access key by a new one."),
        route("config/lease")
            .fields(vec![text("lease"), text("lease_max")])
            .on(Operation::Read, Aws::read_lease)
            .on(Operation::Update, Aws::write_lease)
            .help("Configure the lifetimes of credentials", "Default and longest."),
    ]
}

impl Aws {
    fn read_root(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let Some(root) = &self.root else { return Ok(None) };
        Response::data(object! {
            "access_key" => &root.access_key,
            "region" => &root.region,
            "iam_endpoint" => &root.iam_endpoint,
            "sts_endpoint" => &root.sts_endpoint,
            "max_retries" => root.max_retries,
            "username_template" => &root.username_template,
        })
        .reply()
    }

    fn write_root(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.root = Some(RootConfig {
            access_key: call.string("access_key"),
            secret_key: call.string("secret_key"),
            region: call.string("region"),
            iam_endpoint: call.string("iam_endpoint"),
            sts_endpoint: call.string("sts_endpoint"),
            max_retries: call.int("max_retries"),
            username_template: call.string("username_template"),
        });
        Ok(None)
    }

    fn rotate_root(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let root = self
            .root
            .as_mut()
            .ok_or_else(|| Error::internal("no configuration found for config/root"))?;
        if root.access_key.is_empty() || root.secret_key.is_empty() {
            return Err(Error::response(
                "Cannot call config/rotate-root when either access_key or secret_key is empty",
            ));
        }
        root.access_key = access_key("AKIA");
        root.secret_key = secret_key();
        Response::data(object! { "access_key" => &root.access_key }).reply()
    }

    fn read_lease(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let Some(lease) = &self.lease else { return Ok(None) };
        Response::data(object! {
            "lease" => duration::format_go(lease.lease),
            "lease_max" => duration::format_go(lease.max),
        })
        .reply()
    }

    fn write_lease(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let read = |field: &str| {
            let text = call.string(field);
            if text.is_empty() {
                return Err(Error::response(format!("'{field}' is a required parameter")));
            }
            let seconds = duration::parse(&text).map_err(|why| Error::response(format!("Invalid {field}: {why}")))?;
            Ok(Duration::from_secs(seconds.max(0).unsigned_abs()))
        };
        self.lease = Some(LeaseConfig {
            lease: read("lease")?,
            max: read("lease_max")?,
        });
        Ok(None)
    }
}
