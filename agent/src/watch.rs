//! Noticing changed files. Directories are watched, because a mounted volume changes by a swapped link beside the file;
//! and they are looked at regularly too, because the kubelet may be late and inotify may be used up.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::engine::Control;

/// Changes that come together are taken together.
const SETTLE: Duration = Duration::from_millis(200);
/// Files are looked at this often without any notice.
const REREAD: Duration = Duration::from_secs(60);

/// Watches until it is dropped.
#[derive(Debug)]
pub struct Watch {
    _watcher: Option<RecommendedWatcher>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Watch {
    /// Tells `controls` when one of the configuration `files`, or what lies beside them, may have changed.
    #[must_use]
    pub fn start(files: &[PathBuf], controls: UnboundedSender<Control>) -> Self {
        let (notices, received) = unbounded_channel();
        let watcher = watcher(&directories(files), notices);
        let files = files.to_vec();
        let task = tokio::spawn(follow(files, received, controls));
        Self {
            _watcher: watcher,
            task,
        }
    }
}

fn directories(files: &[PathBuf]) -> BTreeSet<PathBuf> {
    let parent = |file: &PathBuf| match file.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Some(PathBuf::from(".")),
        parent => parent.map(Path::to_owned),
    };
    files.iter().filter_map(parent).collect()
}

fn watcher(directories: &BTreeSet<PathBuf>, notices: UnboundedSender<()>) -> Option<RecommendedWatcher> {
    if directories.is_empty() {
        return None;
    }
    let made = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            // The receiver goes when the agent goes.
            let _ = notices.send(());
        }
    });
    let mut watcher = made.map_err(|error| unwatched(&error)).ok()?;
    for directory in directories {
        if let Err(error) = watcher.watch(directory, RecursiveMode::NonRecursive) {
            unwatched(&error);
        }
    }
    Some(watcher)
}

fn unwatched(error: &notify::Error) {
    tracing::warn!(target: "agent", event = "watch.failed", error = %error, "files are not watched, only looked at every minute");
}

async fn follow(files: Vec<PathBuf>, mut notices: UnboundedReceiver<()>, controls: UnboundedSender<Control>) {
    let mut seen = fingerprint(&files);
    loop {
        // A closed channel means that nothing is watched: only the clock is left.
        let notice = tokio::time::timeout(REREAD, notices.recv()).await;
        match notice {
            Ok(Some(())) => tokio::time::sleep(SETTLE).await,
            Ok(None) => tokio::time::sleep(REREAD).await,
            Err(_) => {}
        }
        while notices.try_recv().is_ok() {}
        let now = fingerprint(&files);
        if now != seen {
            seen = now;
            if controls.send(Control::Reload).is_err() {
                return;
            }
        }
    }
}

/// What files hold, without keeping it.
fn fingerprint(files: &[PathBuf]) -> Vec<u64> {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let one = |file: &PathBuf| {
        let mut hasher = DefaultHasher::new();
        let bytes = std::fs::read(file).ok().map(zeroize::Zeroizing::new);
        bytes.as_ref().map(|bytes| bytes.as_slice()).hash(&mut hasher);
        hasher.finish()
    };
    files.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_swapped_volume_is_noticed_once() {
        let place = tempfile::tempdir().unwrap();
        let (one, two) = (place.path().join("..one"), place.path().join("..two"));
        for (directory, text) in [(&one, "1"), (&two, "2")] {
            std::fs::create_dir(directory).unwrap();
            std::fs::write(directory.join("file"), text).unwrap();
        }
        let data = place.path().join("..data");
        std::os::unix::fs::symlink(&one, &data).unwrap();
        let file = place.path().join("file");
        std::os::unix::fs::symlink("..data/file", &file).unwrap();
        let (controls, mut received) = unbounded_channel();
        let _watch = Watch::start(std::slice::from_ref(&file), controls);
        tokio::task::yield_now().await;
        let fresh = place.path().join("..data_tmp");
        std::os::unix::fs::symlink(&two, &fresh).unwrap();
        std::fs::rename(&fresh, &data).unwrap();
        assert_eq!(received.recv().await, Some(Control::Reload));
        assert!(received.try_recv().is_err());
    }
}
