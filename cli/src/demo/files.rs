//! The rendered files: read where the container's paths are mapped, and compared byte for byte.

use std::collections::BTreeMap;
use std::fs;
use std::future::Future;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::time::Instant;

use super::mounts::Mounts;

/// How often a condition is looked at while it is waited for.
const LOOK: Duration = Duration::from_millis(20);

/// Waits until `condition` holds.
///
/// # Errors
/// The condition's own error, or after `limit` one that says what did not come.
pub async fn until<F, Fut>(what: &str, limit: Duration, mut condition: F) -> anyhow::Result<()>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = anyhow::Result<bool>>,
{
    let end = Instant::now() + limit;
    let mut looks = tokio::time::interval(LOOK);
    while Instant::now() < end {
        looks.tick().await;
        if condition().await? {
            return Ok(());
        }
    }
    bail!("{what} did not come within {} s", limit.as_secs())
}

/// The file at a container path.
///
/// # Errors
/// When no volume is mounted there or the file cannot be read.
pub fn read(mounts: &Mounts, path: &str) -> anyhow::Result<String> {
    let place = mounts
        .locate(path)
        .with_context(|| format!("{path} is in none of the container's volumes"))?;
    fs::read_to_string(&place).with_context(|| format!("reading {path}"))
}

/// Compares every expected file with what is there.
///
/// # Errors
/// Names the first file that differs and the first byte that does.
pub fn compare(mounts: &Mounts, expected: &BTreeMap<String, String>) -> anyhow::Result<usize> {
    for (path, content) in expected {
        let found = read(mounts, path)?;
        if let Some(at) = difference(&found, content) {
            bail!(
                "{path} differs from what is expected at byte {at} ({} bytes, expected {})",
                found.len(),
                content.len()
            );
        }
    }
    Ok(expected.values().map(String::len).sum())
}

fn difference(found: &str, expected: &str) -> Option<usize> {
    if found == expected {
        return None;
    }
    let same = found.bytes().zip(expected.bytes()).take_while(|(a, b)| a == b).count();
    Some(same)
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn the_first_differing_byte_is_named() {
        assert_eq!(difference("abc", "abc"), None);
        assert_eq!(difference("abc", "abd"), Some(2));
        assert_eq!(difference("abc", "ab"), Some(2));
    }
}
