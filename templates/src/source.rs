//! The outside world, as the caller lets templates see it.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::keys::Keys;
use crate::request::Request;
use crate::secret::Secret;

/// What is known about a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The server's answer.
    Ready(Arc<Secret>),
    /// The server has nothing there. A list is then empty; reading it is an error once nothing else is missing.
    NotFound,
    /// No answer yet: the pass has no output and its errors are dropped.
    Pending,
}

/// What `writeToFile` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileWrite {
    /// The file.
    pub path: String,
    /// Owner by name or number; empty to leave it.
    pub user: String,
    /// Group by name or number; empty to leave it.
    pub group: String,
    /// Permission bits.
    pub mode: u32,
    /// Whether to add to the file instead of replacing it.
    pub append: bool,
    /// The bytes, with the final newline already added if the template asked for one.
    pub content: zeroize::Zeroizing<Vec<u8>>,
}

/// Everything a template can learn from or do to the outside. Only [`Source::answer`], [`Source::env`] and
/// [`Source::now`] must be there; whatever is left out fails with a text that says so.
///
/// Errors are texts for people, without the name of the function.
pub trait Source: Send {
    /// What is known about a request. Asked once per request and pass.
    fn answer(&mut self, request: &Request) -> Answer;

    /// An environment variable, or none if it is not set.
    fn env(&self, name: &str) -> Option<String>;

    /// The time.
    fn now(&self) -> Timestamp;

    /// The zone of `sprig_date` and its kin.
    fn time_zone(&self) -> TimeZone {
        TimeZone::UTC
    }

    /// The zone of a name like `Europe/Berlin`, for `sprig_dateInZone`. A name that is not known means UTC there.
    fn named_time_zone(&self, name: &str) -> Option<TimeZone> {
        let _ = name;
        None
    }

    /// The contents of a file, for `file`.
    ///
    /// # Errors
    /// When it cannot be read, or may not be.
    fn file(&mut self, path: &str) -> Result<Vec<u8>, String> {
        let _ = path;
        Err("files are not available here".to_owned())
    }

    /// Writes a file, for `writeToFile`. Called only in a pass in which nothing is missing.
    ///
    /// # Errors
    /// When it cannot be written, or may not be.
    fn write_file(&mut self, write: &FileWrite) -> Result<(), String> {
        let _ = write;
        Err("writing files is not available here".to_owned())
    }

    /// Runs a command without a shell and gives its standard output, for `plugin`.
    ///
    /// # Errors
    /// When it cannot be run, may not be, or fails.
    fn plugin(&mut self, command: &str, arguments: &[String]) -> Result<Vec<u8>, String> {
        let _ = (command, arguments);
        Err("running commands is not available here".to_owned())
    }

    /// Fills the bytes at random, for keys, salts and identifiers.
    ///
    /// # Errors
    /// When there is no source of randomness.
    fn random(&mut self, bytes: &mut [u8]) -> Result<(), String> {
        let _ = bytes;
        Err("randomness is not available here".to_owned())
    }

    /// The maker of keys and signatures, for sprig's certificates; none if there is none.
    fn keys(&mut self) -> Option<&mut dyn Keys> {
        None
    }

    /// A file of `/proc` or `/sys`, for the addresses that `sockaddr` tells.
    ///
    /// # Errors
    /// When it cannot be read.
    fn kernel_file(&mut self, path: &str) -> Result<String, String> {
        let _ = path;
        Err("the machine's addresses are not available here".to_owned())
    }

    /// The addresses of a host name, for `sprig_getHostByName`.
    ///
    /// # Errors
    /// When names cannot be looked up.
    fn host_addresses(&mut self, name: &str) -> Result<Vec<std::net::IpAddr>, String> {
        let _ = name;
        Err("looking up host names is not available here".to_owned())
    }

    /// Prints for `spew_dump` and `spew_printf`. Dropped unless the caller wants it: it may show secrets.
    fn print(&mut self, text: &[u8]) {
        let _ = text;
    }
}
