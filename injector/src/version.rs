//! The API server's version, which decides what mode `auto` is.

use std::sync::Arc;
use std::time::Duration;

use coffret_config::annotations::Defaults;

use crate::settings::{knows_native, parse_version};
use crate::webhook::State;

/// How often the version is asked for: clusters are upgraded, and rolled back, while this runs.
const PERIOD: Duration = Duration::from_secs(600);
/// How soon it is asked for again after a failure.
const RETRY: Duration = Duration::from_secs(15);
/// Longest time for an answer.
const DEADLINE: Duration = Duration::from_secs(10);

/// Follows the API server's version for ever. Without an answer the last known one counts, and before the first
/// the shape that works everywhere.
pub async fn follow(client: kube::Client, state: Arc<State>) {
    loop {
        let asked = tokio::time::timeout(DEADLINE, client.apiserver_version()).await;
        let wait = match asked {
            Ok(Ok(info)) => {
                let known = parse_version(&format!("{}.{}", info.major, info.minor));
                apply(&state, known.is_some_and(knows_native), &info.git_version);
                PERIOD
            }
            Ok(Err(error)) => {
                let error = crate::tls::chain(&error);
                tracing::warn!(error = error.as_str(), "asking the API server's version");
                RETRY
            }
            Err(_) => {
                tracing::warn!("asking the API server's version: no answer");
                RETRY
            }
        };
        tokio::time::sleep(wait).await;
    }
}

fn apply(state: &State, native_supported: bool, server: &str) {
    let before = state.defaults.load_full();
    if before.native_supported == native_supported {
        return;
    }
    tracing::info!(native = native_supported, server, "mode auto");
    state.defaults.store(Arc::new(Defaults {
        native_supported,
        ..Defaults::clone(&before)
    }));
}
