//! Everything the injector is told from outside: typed once, then passed around as one struct.

mod page;
mod raw;
pub mod table;
mod typed;

pub use page::page;
pub use raw::{Environment, Raw, SettingsError};
pub use typed::{DiskFiles, LogFormat, ServeSettings, Settings, TlsSettings};
pub(crate) use typed::{knows_native, parse_version};
