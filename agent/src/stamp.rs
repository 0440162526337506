//! Telling that a file changed without reading it.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// What differs once a file was written or exchanged. Symbolic links are followed, as mounted volumes need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    device: u64,
    inode: u64,
    length: u64,
    seconds: i64,
    nanoseconds: i64,
}

impl Stamp {
    /// The stamp of a file as it is now; none when it is not there.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let found = std::fs::metadata(path).ok()?;
        Some(Self {
            device: found.dev(),
            inode: found.ino(),
            length: found.size(),
            seconds: found.mtime(),
            nanoseconds: found.mtime_nsec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swapped_link_and_a_removed_file_are_noticed() {
        let place = tempfile::tempdir().unwrap();
        let (one, two, link) = (place.path().join("1"), place.path().join("2"), place.path().join("l"));
        std::fs::write(&one, "a").unwrap();
        std::fs::write(&two, "a").unwrap();
        std::os::unix::fs::symlink(&one, &link).unwrap();
        let before = Stamp::of(&link);
        assert_eq!(before, Stamp::of(&link));
        std::fs::remove_file(&link).unwrap();
        assert_eq!(Stamp::of(&link), None);
        std::os::unix::fs::symlink(&two, &link).unwrap();
        assert_ne!(before, Stamp::of(&link));
    }
}
