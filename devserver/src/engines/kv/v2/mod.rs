//! KV version 2: versions of objects, with metadata.

mod config;
mod data;
mod metadata;
mod store;
mod versions;

use crate::engine::{
    Backend, Call, Context, Route, Router, boolean, integer, integer_list, map, route, seconds, signed_seconds, text,
};
use crate::json::Object;
use crate::logical::{Operation, Reply, Response};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use store::{Config, Entry};

/// What a version 2 mount holds.
#[derive(Default)]
pub(super) struct Versioned {
    entries: BTreeMap<String, Entry>,
    config: Config,
}

static ROUTER: LazyLock<Router<Versioned>> = LazyLock::new(|| {
    let path = || text("path").help("Where the secret is.");
    let versions = || vec![path(), integer_list("versions").help("The versions to act on.")];
    let exists = |engine: &Versioned, call: &Call<'_>| engine.entries.contains_key(call.text("path"));
    let routes = vec![
        route("config")
            .fields(vec![
                integer("max_versions"),
                boolean("cas_required"),
                boolean("metadata_cas_required"),
                signed_seconds("delete_version_after"),
            ])
            .on(Operation::Read, Versioned::read_config)
            .write(Versioned::write_config)
            .help("How many versions are kept, and whether writes must name theirs", ""),
        route("data/{path*}")
            .fields(vec![path(), integer("version"), map("options"), map("data")])
            .exists(exists)
            .on(Operation::Read, Versioned::read)
            .write(Versioned::write)
            .on(Operation::Patch, Versioned::patch)
            .on(Operation::Delete, Versioned::delete_latest)
            .help(
                "The data of a secret: any version is read, the next one written or patched, the newest deleted.",
                "",
            ),
        route("metadata/{path*}")
            .fields(vec![
                path(),
                boolean("cas_required"),
                boolean("metadata_cas_required"),
                integer("max_versions"),
                seconds("delete_version_after"),
                map("custom_metadata"),
                integer("metadata_cas"),
                text("after"),
                integer("limit"),
            ])
            .exists(exists)
            .on(Operation::Read, Versioned::read_metadata)
            .write(Versioned::write_metadata)
            .on(Operation::Patch, Versioned::patch_metadata)
            .on(Operation::Delete, Versioned::delete_metadata)
            .on(Operation::List, Versioned::list)
            .on(Operation::Scan, Versioned::scan)
            .help("What is known about a secret and its versions.", ""),
        route("detailed-metadata/{path*}")
            .help("Names of a folder with their metadata.", "")
            .fields(vec![path(), text("after"), integer("limit")])
            .on(Operation::List, Versioned::list_detailed)
            .on(Operation::Scan, Versioned::scan_detailed),
        route("destroy/{path*}")
            .help("Remove versions for good.", "")
            .fields(versions())
            .write(Versioned::destroy),
        route("subkeys/{path*}")
            .help("The keys of a version without its values.", "")
            .fields(vec![path(), integer("depth"), integer("version")])
            .on(Operation::Read, Versioned::subkeys),
        route("delete/{path*}")
            .help("Delete versions; they can be brought back.", "")
            .fields(versions())
            .write(Versioned::delete),
        route("undelete/{path*}")
            .help("Bring deleted versions back.", "")
            .fields(versions())
            .write(Versioned::undelete),
        invalid(),
    ];
    Router::new("Keeps values at any path, with their former versions.", routes)
});

/// Every path that is none.
fn invalid() -> Route<Versioned> {
    let operations = [
        Operation::Create,
        Operation::Update,
        Operation::Patch,
        Operation::Read,
        Operation::Delete,
        Operation::List,
        Operation::Scan,
    ];
    operations
        .into_iter()
        .fold(route(".*").arbitrary(), |route, operation| {
            route.on(operation, Versioned::invalid_path)
        })
}

impl Backend for Versioned {
    fn router() -> &'static Router<Self> {
        &ROUTER
    }
}

impl Versioned {
    /// A mount that was version 1: each object becomes the first version.
    pub(super) fn upgraded(plain: BTreeMap<String, Object>, now: Timestamp) -> Self {
        let mut upgraded = Self::default();
        for (path, data) in plain {
            let mut entry = Entry::new(now);
            entry.add(Some(data), now, &upgraded.config);
            upgraded.entries.insert(path, entry);
        }
        upgraded
    }

    /// The entry of a path. The original finds one also by its path with a `/` behind it.
    fn entry(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path.strip_suffix('/').unwrap_or(path))
    }

    fn invalid_path(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let text = match call.request.path.as_str() {
            "metadata" | "data" | "delete" | "undelete" | "destroy" => {
                "Non-listing operations on the root of a K/V v2 mount are not supported.".to_owned()
            }
            _ => {
                let command = match call.request.operation {
                    Operation::Create | Operation::Update => "put",
                    Operation::Patch => "patch",
                    Operation::List => "list",
                    Operation::Scan => "scan",
                    Operation::Delete => "delete",
                    Operation::Read | Operation::Header | Operation::Help => "get",
                };
                format!(
                    "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. \
                     If using the OpenBao CLI, use 'bao kv {command}' for this operation."
                )
            }
        };
        Response {
            status: Some(404),
            ..Response::default().warn(text)
        }
        .reply()
    }
}
