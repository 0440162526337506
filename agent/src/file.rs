//! Writing files that others read while they are written: beside, whole, then renamed over the old one.
//!
//! Follows consul-template's renderer (equal bytes are left alone, a symbolic link at the destination is replaced by a
//! file, `backup` keeps the former one) and differs where that loses: mode and owner are set before the rename, and a
//! changed mode is applied to unchanged bytes.

use std::borrow::Cow;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown, fchown};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::random::Random;

/// Mode of new files when nothing is asked for.
const NEW_FILE_MODE: u32 = 0o644;
/// Mode of the file while it is being written.
const PRIVATE_MODE: u32 = 0o600;
/// Mode of directories made for a destination.
const DIRECTORY_MODE: u32 = 0o755;

/// Where and how a file is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The file.
    pub path: PathBuf,
    /// Permission bits; none keeps the existing file's, or 0644 for a new one.
    pub mode: Option<u32>,
    /// Numeric user; none keeps the existing file's.
    pub user: Option<u32>,
    /// Numeric group; none keeps the existing file's.
    pub group: Option<u32>,
    /// Keep the former file as `PATH.bak`.
    pub backup: bool,
    /// Make missing parent directories.
    pub create_directories: bool,
}

impl Target {
    /// A target at `path` with nothing special asked for.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            mode: None,
            user: None,
            group: None,
            backup: false,
            create_directories: true,
        }
    }
}

/// What a write did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The file now has these bytes and had others, or was not there.
    Changed,
    /// The file had these bytes already.
    Unchanged,
}

/// A write that did not happen; the former file is untouched.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The parent is missing and may not be made.
    #[error("parent directory of {} is missing (set create_dest_dirs, or mount the volume)", .0.display())]
    NoParent(PathBuf),
    /// The path has no file name.
    #[error("{} is not a file name", .0.display())]
    NoName(PathBuf),
    /// An operating system call failed.
    #[error("{step} {}{}", path.display(), likely(source))]
    Io {
        /// What was being done.
        step: &'static str,
        /// To which file or directory.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

fn likely(error: &io::Error) -> Cow<'static, str> {
    let known = match error.kind() {
        ErrorKind::PermissionDenied => ": permission denied (check the volume's owner and fsGroup)",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ": no space left (raise the volume's sizeLimit)",
        ErrorKind::ReadOnlyFilesystem => ": read-only file system (mount a writable volume there)",
        ErrorKind::ResourceBusy => ": busy (a single mounted file cannot be replaced; mount its directory)",
        ErrorKind::IsADirectory | ErrorKind::DirectoryNotEmpty => ": there is a directory of that name",
        ErrorKind::NotADirectory => ": a parent is not a directory",
        other => return Cow::Owned(format!(": {other}")),
    };
    Cow::Borrowed(known)
}

fn failed<'a>(step: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> WriteError + 'a {
    move |source| WriteError::Io {
        step,
        path: path.to_owned(),
        source,
    }
}

/// Makes the target hold exactly `bytes`, or leaves everything as it was.
///
/// # Errors
/// The step that failed; the former file, if any, is still whole and in place.
pub fn write(target: &Target, bytes: &[u8], random: &dyn Random) -> Result<Written, WriteError> {
    let existing = Existing::look(&target.path)?;
    if existing
        .as_ref()
        .is_some_and(|existing| existing.holds(&target.path, bytes))
    {
        adjust(target)?;
        return Ok(Written::Unchanged);
    }
    let directory = parent_of(target)?;
    let beside = beside(&target.path, directory, random)?;
    let result =
        fill(&beside, target, existing.as_ref(), bytes).and_then(|()| replace(&beside, target, existing.as_ref()));
    if result.is_err() {
        // The name is random and ours; if removing fails there is nothing better to do.
        let _ = fs::remove_file(&beside);
    }
    result.map(|()| Written::Changed)
}

/// Makes sure that a file can be written at `path`, whose directory must be there: by a file that is removed again.
///
/// # Errors
/// The step that failed.
pub fn try_out(path: &Path, random: &dyn Random) -> Result<(), WriteError> {
    let target = Target {
        create_directories: false,
        ..Target::new(path)
    };
    let beside = beside(path, parent_of(&target)?, random)?;
    let made = new_file(&beside).map_err(failed("writing beside", path));
    made.and_then(|_| fs::remove_file(&beside).map_err(failed("writing beside", path)))
}

struct Existing {
    metadata: fs::Metadata,
}

impl Existing {
    fn look(path: &Path) -> Result<Option<Self>, WriteError> {
        match fs::symlink_metadata(path) {
            Ok(metadata) => Ok(Some(Self { metadata })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("looking at", path)(error)),
        }
    }

    fn holds(&self, path: &Path, bytes: &[u8]) -> bool {
        let same_length = self.metadata.file_type().is_symlink() || self.metadata.len() == bytes.len() as u64;
        same_length && fs::read(path).is_ok_and(|old| zeroize::Zeroizing::new(old).as_slice() == bytes)
    }

    fn is_file(&self) -> bool {
        self.metadata.is_file()
    }
}

/// Applies a wanted mode and owner to a file whose bytes are already right.
fn adjust(target: &Target) -> Result<(), WriteError> {
    let metadata = fs::metadata(&target.path).map_err(failed("looking at", &target.path))?;
    if let Some(mode) = target.mode.filter(|mode| metadata.mode() & 0o7777 != *mode) {
        fs::set_permissions(&target.path, Permissions::from_mode(mode))
            .map_err(failed("setting the mode of", &target.path))?;
    }
    let wrong = |wanted: Option<u32>, is: u32| wanted.is_some_and(|wanted| wanted != is);
    if wrong(target.user, metadata.uid()) || wrong(target.group, metadata.gid()) {
        chown(&target.path, target.user, target.group).map_err(failed("setting the owner of", &target.path))?;
    }
    Ok(())
}

fn parent_of(target: &Target) -> Result<&Path, WriteError> {
    let parent = target
        .path
        .parent()
        .ok_or_else(|| WriteError::NoName(target.path.clone()))?;
    let parent = if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    };
    if !parent.exists() {
        if !target.create_directories {
            return Err(WriteError::NoParent(target.path.clone()));
        }
        make_directories(parent).map_err(failed("making directory", parent))?;
    }
    Ok(parent)
}

fn make_directories(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(path)
}

fn beside(path: &Path, directory: &Path, random: &dyn Random) -> Result<PathBuf, WriteError> {
    let name = path.file_name().ok_or_else(|| WriteError::NoName(path.to_owned()))?;
    let mut salt = [0_u8; 6];
    random.fill(&mut salt);
    // Long names leave no room for a suffix; the salt alone is enough to be unique.
    let name: String = name.to_string_lossy().chars().take(40).collect();
    let salt: String = salt.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(directory.join(format!(".{name}.{salt}")))
}

fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(PRIVATE_MODE)
        .open(path)
}

fn fill(beside: &Path, target: &Target, existing: Option<&Existing>, bytes: &[u8]) -> Result<(), WriteError> {
    let mut file = new_file(beside).map_err(failed("writing beside", &target.path))?;
    file.write_all(bytes).map_err(failed("writing beside", &target.path))?;
    let file_before = existing
        .filter(|existing| existing.is_file())
        .map(|existing| &existing.metadata);
    own(&file, target, file_before)?;
    let mode = target
        .mode
        .or_else(|| file_before.map(|before| before.mode() & 0o7777))
        .unwrap_or(NEW_FILE_MODE);
    file.set_permissions(Permissions::from_mode(mode))
        .map_err(failed("setting the mode of", &target.path))?;
    file.sync_all().map_err(failed("flushing", &target.path))
}

/// Asked-for owners must be reached; the former file's owner is kept where the process may do so.
fn own(file: &File, target: &Target, before: Option<&fs::Metadata>) -> Result<(), WriteError> {
    if let Some(before) = before {
        let now = file.metadata().map_err(failed("looking at", &target.path))?;
        if (now.uid(), now.gid()) != (before.uid(), before.gid())
            && fchown(file, Some(before.uid()), Some(before.gid())).is_err()
        {
            tracing::debug!(target: "agent.template.server", destination = %target.path.display(), "the former owner cannot be kept");
        }
    }
    if target.user.is_none() && target.group.is_none() {
        return Ok(());
    }
    fchown(file, target.user, target.group).map_err(failed("setting the owner of", &target.path))
}

fn replace(beside: &Path, target: &Target, existing: Option<&Existing>) -> Result<(), WriteError> {
    if target.backup
        && existing.is_some_and(Existing::is_file)
        && let Err(error) = back_up(&target.path)
    {
        tracing::warn!(target: "agent.template.server", destination = %target.path.display(), error = %error, "no backup was made");
    }
    fs::rename(beside, &target.path).map_err(failed("replacing", &target.path))
}

fn back_up(path: &Path) -> io::Result<()> {
    let backup = suffixed(path, ".bak");
    let older = suffixed(path, ".old.bak");
    let had_backup = match fs::rename(&backup, &older) {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(error) => return Err(error),
    };
    fs::hard_link(path, &backup)?;
    if had_backup { fs::remove_file(&older) } else { Ok(()) }
}

fn suffixed(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
