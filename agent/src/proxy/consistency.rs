//! Reading one's own writes from Vault Enterprise: answers name the state of the node that gave them
//! (`X-Vault-Index`), and later requests ask for a node that has reached it.
//!
//! A state is base64 of `v1:CLUSTER:LOCAL:REPLICATED:HMAC`, both numbers growing with each write.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// States that are remembered; there are never more than those of the few clusters that replicate to each other.
const MOST: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    text: String,
    cluster: String,
    local: u64,
    replicated: u64,
}

impl State {
    fn parse(text: &str) -> Option<Self> {
        let decoded = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
        let mut parts = decoded.split(':');
        let (version, cluster) = (parts.next()?, parts.next()?);
        let (local, replicated) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        (version == "v1").then(|| Self {
            text: text.to_owned(),
            cluster: cluster.to_owned(),
            local,
            replicated,
        })
    }

    /// Whether a node in this state knows all that one in the other state knows.
    fn covers(&self, other: &Self) -> bool {
        self.cluster == other.cluster && self.local >= other.local && self.replicated >= other.replicated
    }
}

/// The newest states that answers named.
#[derive(Clone, Debug, Default)]
pub struct States(Vec<State>);

impl States {
    /// Remembers the state that an answer named; one that is already covered adds nothing.
    pub fn record(&mut self, text: &str) {
        let Some(state) = State::parse(text) else { return };
        if self.0.iter().any(|known| known.covers(&state)) {
            return;
        }
        self.0.retain(|known| !state.covers(known));
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push(state);
    }

    /// The states to ask for.
    pub fn required(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|state| state.text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(cluster: &str, local: u64, replicated: u64) -> String {
        STANDARD.encode(format!("v1:{cluster}:{local}:{replicated}:mac"))
    }

    #[test]
    fn the_newest_state_of_each_cluster_is_asked_for() {
        let mut states = States::default();
        for text in [state("a", 1, 0), state("b", 5, 5), state("a", 3, 0), state("a", 2, 0)] {
            states.record(&text);
        }
        assert_eq!(
            states.required().collect::<Vec<_>>(),
            [state("b", 5, 5), state("a", 3, 0)]
        );
    }

    #[test]
    fn states_of_which_neither_is_newer_are_both_asked_for() {
        let mut states = States::default();
        states.record(&state("a", 1, 9));
        states.record(&state("a", 9, 1));
        assert_eq!(states.required().count(), 2);
        states.record(&state("a", 9, 9));
        assert_eq!(states.required().collect::<Vec<_>>(), [state("a", 9, 9)]);
    }

    #[test]
    fn what_is_no_state_is_passed_over() {
        let mut states = States::default();
        for text in [
            "",
            "x",
            "v1:a:1:1:mac",
            &STANDARD.encode("v2:a:1:1:m"),
            &STANDARD.encode("v1:a:x:1:m"),
        ] {
            states.record(text);
        }
        assert_eq!(states.required().count(), 0);
    }
}
