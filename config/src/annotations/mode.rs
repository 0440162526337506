//! Which containers a pod gets, from its annotations, the injector's setting, the cluster and the image.

use super::defaults::{Defaults, ModeSetting};
use super::refusal::{Refusal, Step};
use super::table;
use super::values::{Values, blame};

/// The containers a pod gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// One restartable init container.
    Native,
    /// An init container and a sidecar.
    Classic,
    /// An init container only.
    Init,
}

/// How the agent is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Launch {
    /// Through `/bin/sh -ec SCRIPT`, as vault-k8s does: works with every agent image, ours included.
    Shell,
    /// Our agent's own binary, without a shell.
    Direct,
}

/// The outcome: what to build, and what the user should know about the choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    pub mode: Mode,
    pub launch: Launch,
    pub warning: Option<String>,
}

/// Whether an image is this project's agent: the last part of its name is `coffret-agent`.
#[must_use]
pub fn is_own_image(image: &str) -> bool {
    let name = image.split('@').next().unwrap_or_default();
    let last = name.rsplit('/').next().unwrap_or_default();
    last.split(':').next() == Some("coffret-agent")
}

/// Decides mode and launch. `agent-pre-populate-only` always means the init container alone.
///
/// # Errors
/// An unknown word in `agent-mode`.
pub(super) fn choose(values: &Values, defaults: &Defaults, pre_populate_only: bool) -> Result<Choice, Refusal> {
    let asked = match values.entry(&table::MODE) {
        Some(entry) => Some(ModeSetting::parse(&entry.value).ok_or_else(|| {
            let reason = format!("invalid agent mode: {}", entry.value);
            Refusal::new(Step::Parse, reason).hint(blame(table::MODE.key, entry, table::MODE.grammar))
        })?),
        None => None,
    };
    let setting = asked.unwrap_or(defaults.mode);
    let own_image = values
        .text(&table::IMAGE)
        .or(defaults.image.as_deref())
        .is_none_or(is_own_image);
    let pod_brings_image = values.text(&table::IMAGE).is_some() && !own_image;
    let native = match setting {
        ModeSetting::Native => asked.is_some() || !pod_brings_image,
        ModeSetting::Auto => defaults.native_supported && own_image,
        ModeSetting::Classic | ModeSetting::Init => false,
    };
    let fell_back = pod_brings_image
        && !native
        && (setting == ModeSetting::Native || (setting == ModeSetting::Auto && defaults.native_supported));
    let warning =
        fell_back.then(|| "agent-image is not coffret-agent: using classic mode; set agent-mode to choose".to_owned());
    let init = setting == ModeSetting::Init || pre_populate_only;
    let direct = native || (setting == ModeSetting::Init && own_image);
    Ok(Choice {
        mode: if init {
            Mode::Init
        } else if native {
            Mode::Native
        } else {
            Mode::Classic
        },
        launch: if direct { Launch::Direct } else { Launch::Shell },
        warning,
    })
}
