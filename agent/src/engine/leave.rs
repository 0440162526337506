//! Leaving: what was started is ended, what was borrowed is given back, within the grace period.

use std::time::Duration;

use coffret_config::agent::MethodKind;
use coffret_vault::Token;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::exit::{Code, Failure};

use super::{Control, Engine};

/// All revocations together take no longer.
const REVOCATION: Duration = Duration::from_secs(5);

impl Engine {
    pub(super) async fn leave(
        mut self,
        end: Result<(), Failure>,
        controls: UnboundedReceiver<Control>,
    ) -> Result<(), Failure> {
        self.report(true);
        let reserved = if self.must_revoke(&end) {
            REVOCATION
        } else {
            Duration::ZERO
        };
        self.run_down(self.plan.grace_period.saturating_sub(reserved), controls)
            .await;
        if end.is_ok() && self.plan.exit_after_auth && self.started {
            self.hand_over();
        }
        if self.must_revoke(&end) {
            self.revoke().await;
        }
        if let Some(path) = &self.plan.state_file {
            // A probe then says "not started", which is true.
            let _ = std::fs::remove_file(path);
        }
        end
    }

    /// Asked to, or failed before anybody could use what the token gave. A token that was there before is not ours.
    fn must_revoke(&self, end: &Result<(), Failure>) -> bool {
        let ours = self
            .plan
            .method
            .as_ref()
            .is_some_and(|method| !matches!(method.kind, MethodKind::TokenFile(_)));
        let finished = end.is_ok() && self.plan.exit_after_auth && self.started;
        let failed = matches!(end, Err(failure) if !matches!(failure.code(), Code::Child(_)));
        !finished && ((failed && ours) || self.plan.revoke_on_exit)
    }

    async fn revoke(&self) {
        let tokens: Vec<Token> = self.session.living(self.now()).map(|held| held.token.clone()).collect();
        let all = async {
            for token in &tokens {
                match self.server.revoke_self(token).await {
                    Ok(()) => tracing::info!(target: "agent.auth.handler", event = "auth.revoked", "token revoked"),
                    Err(refusal) => {
                        tracing::warn!(target: "agent.auth.handler", event = "auth.revocation_failed", error = %refusal.trouble.text, "error revoking token");
                    }
                }
            }
        };
        if tokio::time::timeout(REVOCATION, all).await.is_err() {
            tracing::warn!(target: "agent.auth.handler", event = "auth.revocation_failed", "the server did not answer in time: the token ends by itself");
        }
    }
}
