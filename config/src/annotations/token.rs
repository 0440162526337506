//! Which service-account token the agent logs in with: one the pod already mounts, or one projected for the
//! agent alone.

use serde_json::Value;

use super::defaults::{Defaults, TokenSetting};
use super::flavor::Flavor;
use super::grammar;
use super::podspec::{application_mounts, list, text};
use super::refusal::{Refusal, Step};
use super::secrets::clean_join;
use super::table;
use super::values::Values;

/// The volume of a token projected for the agent.
const VOLUME: &str = "coffret-token";

/// The volume that holds the login token, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginToken {
    /// Name of the volume.
    pub volume: String,
    /// Where the agent mounts it.
    pub mount_path: String,
    /// The token's file name below the mount.
    pub file: String,
    /// Set when the volume has to be added: the token is for the agent alone.
    pub projected: Option<ProjectedToken>,
}

/// A token projected for the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectedToken {
    /// Who the token is for; empty is the API server's own audience.
    pub audience: String,
    /// Seconds it is valid; the kubelet renews it in time.
    pub expiration: u64,
}

impl LoginToken {
    /// Full path of the token file in the agent's container.
    #[must_use]
    pub fn path(&self) -> String {
        clean_join(&self.mount_path, &self.file)
    }
}

/// Finds the token by the rules of vault-k8s, then by ours.
///
/// # Errors
/// A volume named by annotation that is not there or holds no token, or no token at all where the setting
/// forbids to project one.
pub(super) fn discover(
    pod: &Value,
    values: &Values,
    flavor: Flavor,
    defaults: &Defaults,
) -> Result<LoginToken, Refusal> {
    let named = values.text(&table::SERVICE_ACCOUNT_VOLUME).unwrap_or_default();
    if !named.is_empty() {
        return named_volume(pod, named, flavor);
    }
    let audience = values.text(&table::TOKEN_AUDIENCE);
    let expiration = values.parse(&table::TOKEN_EXPIRATION, grammar::uint)?;
    // A pod that comes a second time goes on with the token its agent was given.
    let given = list(pod, "/spec/volumes")
        .iter()
        .any(|volume| text(volume, "/name") == VOLUME)
        || application_mounts(pod).any(|(volume, _)| volume == VOLUME);
    let asked = given || audience.is_some_and(|text| !text.is_empty()) || expiration.is_some();
    if !asked && defaults.token != TokenSetting::Projected {
        if let Some(token) = mounted(pod, defaults.token) {
            return Ok(token);
        }
        if defaults.token == TokenSetting::Existing {
            let hint = "the pod mounts no service-account token: drop automountServiceAccountToken: false, or let the injector project one";
            return Err(Refusal::new(Step::Parse, "failed to find service account volume mount").hint(hint));
        }
    }
    let projected = ProjectedToken {
        audience: audience.unwrap_or(&defaults.token_audience).to_owned(),
        expiration: expiration.unwrap_or(defaults.token_expiration),
    };
    if projected.expiration < 600 {
        let reason = format!(
            "{} must be at least 600 seconds, got {}",
            table::TOKEN_EXPIRATION.key,
            projected.expiration
        );
        return Err(Refusal::new(Step::Parse, reason));
    }
    Ok(LoginToken {
        volume: VOLUME.to_owned(),
        mount_path: "/var/run/secrets/coffret.dev/serviceaccount".to_owned(),
        file: "token".to_owned(),
        projected: Some(projected),
    })
}

/// The first application mount that looks like a service-account token. EKS mounts a token for AWS under a
/// similar path; it is no login token and counts only where vault-k8s' own rules are asked for.
fn mounted(pod: &Value, setting: TokenSetting) -> Option<LoginToken> {
    let looks_right = |path: &str| path.contains("serviceaccount");
    let found = application_mounts(pod)
        .find(|(_, path)| looks_right(path) && !path.contains("eks.amazonaws.com"))
        .or_else(|| application_mounts(pod).find(|(_, path)| setting == TokenSetting::Existing && looks_right(path)))?;
    Some(LoginToken {
        volume: found.0.to_owned(),
        mount_path: found.1.to_owned(),
        file: "token".to_owned(),
        projected: None,
    })
}

fn named_volume(pod: &Value, name: &str, flavor: Flavor) -> Result<LoginToken, Refusal> {
    let mount = application_mounts(pod).find(|(volume, _)| *volume == name);
    let volume = list(pod, "/spec/volumes")
        .iter()
        .find(|volume| text(volume, "/name") == name);
    let refuse = |reason: String| {
        Refusal::new(Step::Parse, reason).hint(format!(
            "{} must name a projected volume with a serviceAccountToken source",
            table::SERVICE_ACCOUNT_VOLUME.key
        ))
    };
    let mount_path = match (mount, volume) {
        (Some((_, path)), _) => path,
        (None, Some(_)) => flavor.token_mount(),
        (None, None) => {
            return Err(refuse(format!(
                "failed to find service account volume {}",
                grammar::quote(name)
            )));
        }
    };
    let Some(volume) = volume else {
        let pod_name = grammar::quote(text(pod, "/metadata/name"));
        return Err(refuse(format!(
            "failed to find volume {} in Pod {pod_name} volumes",
            grammar::quote(name)
        )));
    };
    let file = list(volume, "/projected/sources")
        .iter()
        .map(|source| text(source, "/serviceAccountToken/path"))
        .find(|path| !path.is_empty());
    let Some(file) = file else {
        return Err(refuse(format!(
            "failed to find tokenPath for projected volume {}",
            grammar::quote(name)
        )));
    };
    Ok(LoginToken {
        volume: name.to_owned(),
        mount_path: mount_path.to_owned(),
        file: file.to_owned(),
        projected: None,
    })
}
