//! `config`: settings of the mount.

use super::Versioned;
use super::store::version_limit;
use crate::duration::format_go;
use crate::engine::{Call, Context};
use crate::logical::{Reply, Response};
use crate::object;
use std::time::Duration;

impl Versioned {
    pub(super) fn read_config(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let after = match self.config.delete_version_after {
            // How the original keeps "turned off".
            ..0 => "-1s".to_owned(),
            seconds => format_go(Duration::from_secs(seconds.unsigned_abs())),
        };
        Response::data(object! {
            "max_versions" => self.config.max_versions,
            "cas_required" => self.config.cas_required,
            "metadata_cas_required" => self.config.metadata_cas_required,
            "delete_version_after" => after,
        })
        .reply()
    }

    pub(super) fn write_config(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        if call.has("max_versions") {
            self.config.max_versions = version_limit(call.int("max_versions"));
        }
        if call.has("cas_required") {
            self.config.cas_required = call.flag("cas_required");
        }
        if call.has("metadata_cas_required") {
            self.config.metadata_cas_required = call.flag("metadata_cas_required");
        }
        if call.has("delete_version_after") {
            self.config.delete_version_after = call.seconds("delete_version_after");
        }
        Ok(None)
    }
}
