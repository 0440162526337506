//! The file system as loading a configuration sees it.

use std::io;
use std::path::Path;

/// Where configuration files come from; tests and the injector pass their own.
pub trait Files {
    /// Whether `path` is a directory, symbolic links followed.
    ///
    /// # Errors
    /// When there is nothing at `path` or it cannot be looked at.
    fn is_directory(&self, path: &Path) -> io::Result<bool>;

    /// The names of what a directory holds, in any order.
    ///
    /// # Errors
    /// When the directory cannot be read.
    fn names(&self, directory: &Path) -> io::Result<Vec<String>>;

    /// The bytes of a file.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
}

/// The file system of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Files for Disk {
    fn is_directory(&self, path: &Path) -> io::Result<bool> {
        Ok(std::fs::metadata(path)?.is_dir())
    }

    fn names(&self, directory: &Path) -> io::Result<Vec<String>> {
        std::fs::read_dir(directory)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }
}
