//! `sys/loggers`: levels of what is logged; kept and shown, nothing is logged by them.

use crate::core::Core;
use crate::engine::{Call, Context, Route, route, text};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};

/// The level at the start.
const START: &str = "info";

/// Loggers of the server itself; each mount has one more.
const OWN: [&str; 23] = [
    "audit",
    "core",
    "core.cluster-listener",
    "core.cluster-listener.tcp",
    "core.router",
    "core.storagepacker.entities",
    "core.storagepacker.groups",
    "core.storagepacker.local-aliases",
    "expiration",
    "expiration.job-manager",
    "grpclogfaker",
    "identity",
    "mfa",
    "namespace",
    "policy",
    "quotas",
    "rollback",
    "seals",
    "storage.cache",
    "storage.inmem",
    "system",
    "token",
    "workflow",
];

pub(super) fn routes() -> Vec<Route<Core>> {
    use Operation::{Delete, Read, Update};
    let level = || text("level").help("trace, debug, info, warn or error.");
    vec![
        route("loggers")
            .fields(vec![level()])
            .help("Levels of all loggers.", "Kept and shown.")
            .on(Read, Core::read_levels)
            .on(Update, Core::write_levels)
            .on(Delete, Core::reset_levels),
        route("loggers/(?P<name>.*)")
            .fields(vec![text("name").help("Name of the logger."), level()])
            .help("Level of a logger.", "Kept and shown.")
            .on(Read, Core::read_level)
            .on(Update, Core::write_level)
            .on(Delete, Core::reset_level),
    ]
}

/// The level that was sent.
fn sent_level(call: &Call<'_>) -> Result<&'static str, Error> {
    let sent = call.string("level");
    match sent.to_lowercase().as_str() {
        "" => Err(Error::response("level is required")),
        "trace" => Ok("trace"),
        "debug" => Ok("debug"),
        "info" | "notice" => Ok("info"),
        "warn" | "warning" => Ok("warn"),
        "err" | "error" => Ok("error"),
        _ => Err(Error::response(format!(
            "invalid level provided: unknown log level: {sent}"
        ))),
    }
}

impl Core {
    fn loggers(&self) -> Vec<String> {
        let mounts = self.mounts.values().map(|mounted| {
            let info = &mounted.info;
            let kind = if info.path.starts_with("auth/") {
                "auth"
            } else {
                "secrets"
            };
            format!("{kind}.{}.{}", info.kind, info.accessor)
        });
        OWN.iter().map(|name| (*name).to_owned()).chain(mounts).collect()
    }

    fn level(&self, name: &str) -> &'static str {
        self.settings.levels.get(name).copied().unwrap_or(START)
    }

    fn read_levels(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let levels = self.loggers().into_iter().map(|name| {
            let level = Value::from(self.level(&name));
            (name, level)
        });
        Response::data(levels.collect()).reply()
    }

    fn write_levels(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let level = sent_level(call)?;
        self.settings.levels = self.loggers().into_iter().map(|name| (name, level)).collect();
        Ok(None)
    }

    fn reset_levels(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        self.settings.levels.clear();
        Ok(None)
    }

    fn read_level(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = named(call)?;
        let known = self.loggers().contains(&name);
        let shown = known.then(|| {
            let level = Value::from(self.level(&name));
            (name, level)
        });
        Response::data(shown.into_iter().collect::<Object>()).reply()
    }

    fn write_level(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (name, level) = (named(call)?, sent_level(call)?);
        self.check_logger(&name)?;
        self.settings.levels.insert(name, level);
        Ok(None)
    }

    fn reset_level(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = named(call)?;
        self.check_logger(&name)?;
        self.settings.levels.remove(&name);
        Ok(None)
    }

    fn check_logger(&self, name: &str) -> Result<(), Error> {
        match self.loggers().iter().any(|known| known == name) {
            true => Ok(()),
            false => Err(Error::response(format!("logger {name:?} not found"))),
        }
    }
}

fn named(call: &Call<'_>) -> Result<String, Error> {
    match call.string("name") {
        name if name.is_empty() => Err(Error::response("name is empty")),
        name => Ok(name),
    }
}
