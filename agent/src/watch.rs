//! Noticing changed files. Directories are watched, because a mounted volume changes by a swapped link beside the file;
//! and they are looked at regularly too, because the kubelet may be late and inotify may be used up.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use zeroize::Zeroizing;

use crate::engine::Control;

/// Changes that come together are taken together.
const SETTLE: Duration = Duration::from_millis(200);
/// Files are looked at this often without any notice.
const REREAD: Duration = Duration::from_secs(60);

/// What is watched, with a digest of what it held when it was looked at last.
type Seen = Arc<Mutex<Vec<(PathBuf, u64)>>>;

/// Watches until it is dropped.
#[derive(Debug)]
pub struct Watch {
    watcher: Option<RecommendedWatcher>,
    directories: Vec<PathBuf>,
    seen: Seen,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Watch {
    /// Tells `controls` when one of the `files` may have changed, or what is in one that is a directory.
    #[must_use]
    pub fn start(files: &[PathBuf], controls: UnboundedSender<Control>) -> Self {
        let (notices, received) = unbounded_channel();
        let seen = Seen::default();
        let mut watch = Self {
            watcher: watcher(notices),
            directories: Vec::new(),
            task: tokio::spawn(follow(Arc::clone(&seen), received, controls)),
            seen,
        };
        watch.follow(files);
        watch
    }

    /// Watches these files from now on, and no others. Of those that were watched before no change is missed.
    pub fn follow(&mut self, files: &[PathBuf]) {
        let wanted = directories(files);
        if let Some(watcher) = &mut self.watcher {
            for directory in self.directories.iter().filter(|known| !wanted.contains(known)) {
                // It may be gone, and with it the watch.
                let _ = watcher.unwatch(directory);
            }
            for directory in wanted.iter().filter(|wanted| !self.directories.contains(wanted)) {
                if let Err(error) = watcher.watch(directory, RecursiveMode::NonRecursive) {
                    unwatched(&error);
                }
            }
        }
        self.directories = wanted;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for file in files {
            if seen.iter().all(|(known, _)| known != file) {
                seen.push((file.clone(), digest(file)));
            }
        }
        seen.retain(|(known, _)| files.contains(known));
    }
}

fn directories(files: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for file in files {
        let place = match file.parent() {
            _ if file.is_dir() => file,
            Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
            Some(parent) => parent,
            None => continue,
        };
        if !found.iter().any(|known| known == place) {
            found.push(place.to_owned());
        }
    }
    found
}

fn watcher(notices: UnboundedSender<()>) -> Option<RecommendedWatcher> {
    let made = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            // The receiver goes when the agent goes.
            let _ = notices.send(());
        }
    });
    made.map_err(|error| unwatched(&error)).ok()
}

fn unwatched(error: &notify::Error) {
    tracing::warn!(target: "agent", event = "watch.failed", error = %error, "files are not watched, only looked at every minute");
}

async fn follow(seen: Seen, mut notices: UnboundedReceiver<()>, controls: UnboundedSender<Control>) {
    loop {
        // A closed channel means that nothing is watched: only the clock is left.
        let notice = tokio::time::timeout(REREAD, notices.recv()).await;
        match notice {
            Ok(Some(())) => tokio::time::sleep(SETTLE).await,
            Ok(None) => tokio::time::sleep(REREAD).await,
            Err(_) => {}
        }
        while notices.try_recv().is_ok() {}
        if look(&seen) && controls.send(Control::Reload).is_err() {
            return;
        }
    }
}

/// Whether anything changed since the last look.
fn look(seen: &Seen) -> bool {
    let mut changed = false;
    for (file, held) in &mut *seen.lock().unwrap_or_else(PoisonError::into_inner) {
        let now = digest(file);
        changed |= std::mem::replace(held, now) != now;
    }
    changed
}

/// What a file holds, or the names in a directory in whatever order they come, without keeping them.
fn digest(path: &Path) -> u64 {
    let hash = |bytes: &[u8]| {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        hasher.finish()
    };
    match std::fs::read_dir(path) {
        Ok(entries) => entries.flatten().fold(1, |sum, entry| {
            sum.wrapping_add(hash(entry.file_name().as_encoded_bytes()))
        }),
        Err(_) => std::fs::read(path).map_or(0, |bytes| hash(&Zeroizing::new(bytes))),
    }
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
        let _watch = Watch::start(&[file], controls);
        let fresh = place.path().join("..data_tmp");
        std::os::unix::fs::symlink(&two, &fresh).unwrap();
        std::fs::rename(&fresh, &data).unwrap();
        assert_eq!(received.recv().await, Some(Control::Reload));
        assert!(received.try_recv().is_err());
    }
    #[tokio::test]
    async fn what_is_followed_later_is_noticed_too() {
        let (place, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (first, second) = (place.path().join("a"), other.path().join("b"));
        std::fs::write(&first, "1").unwrap();
        std::fs::write(&second, "1").unwrap();
        let (controls, mut received) = unbounded_channel();
        let mut watch = Watch::start(std::slice::from_ref(&first), controls);
        watch.follow(&[first, second.clone()]);
        std::fs::write(&second, "2").unwrap();
        assert_eq!(received.recv().await, Some(Control::Reload));
    }

    #[tokio::test]
    async fn a_file_that_is_new_in_a_directory_is_noticed() {
        let place = tempfile::tempdir().unwrap();
        let (controls, mut received) = unbounded_channel();
        let _watch = Watch::start(&[place.path().to_owned()], controls);
        std::fs::write(place.path().join("new.hcl"), "").unwrap();
        assert_eq!(received.recv().await, Some(Control::Reload));
    }
}
