//! The outside world as one template sees it during one pass.

use std::fs::OpenOptions;
use std::io::Write;
use std::net::{IpAddr, ToSocketAddrs};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use coffret_templates::{Answer, FileWrite, Keys, Request, RingKeys, Source};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::account;
use crate::environment::Environment;
use crate::file::{self, Target};
use crate::random::{Random, SystemRandom};
use crate::stamp::Stamp;
use crate::store::{Name, Store};

/// A `plugin` may take this long.
const PLUGIN_TIMEOUT: Duration = Duration::from_secs(30);

/// What a pass may see and do.
pub struct View<'a> {
    /// Answers of the server.
    pub store: &'a Store,
    /// The agent's environment.
    pub environment: &'a Environment,
    /// Time of the pass.
    pub now: Timestamp,
    /// The only directory that `file` may read.
    pub sandbox: Option<&'a Path>,
    /// Where passwd and group are.
    pub etc: &'a Path,
    /// Files that `file` read, as they were just before.
    pub files: Vec<(PathBuf, Option<Stamp>)>,
    /// Requests asked about, also in a pass that fails.
    pub asked: Vec<Name>,
    /// Makes and uses keys, except that it makes none of RSA.
    pub keys: RingKeys,
}

impl View<'_> {
    fn allowed(&self, path: &Path) -> Result<PathBuf, String> {
        let Some(sandbox) = self.sandbox else {
            return Ok(path.to_owned());
        };
        let real =
            |path: &Path| std::fs::canonicalize(path).map_err(|error| format!("{}: {}", path.display(), error.kind()));
        let (sandbox, path) = (real(sandbox)?, real(path)?);
        if path.starts_with(&sandbox) {
            Ok(path)
        } else {
            Err("'file' path is outside of the sandbox".to_owned())
        }
    }
}

impl Source for View<'_> {
    fn answer(&mut self, request: &Request) -> Answer {
        let name = Name::new(request);
        let answer = self.store.answer(&name);
        self.asked.push(name);
        answer
    }

    fn env(&self, name: &str) -> Option<String> {
        self.environment.get(name).map(str::to_owned)
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn time_zone(&self) -> TimeZone {
        TimeZone::UTC
    }

    /// From the machine's database of zones; an image without one knows none.
    fn named_time_zone(&self, name: &str) -> Option<TimeZone> {
        TimeZone::get(name).ok()
    }

    fn file(&mut self, path: &str) -> Result<Vec<u8>, String> {
        self.files.push((PathBuf::from(path), Stamp::of(Path::new(path))));
        let allowed = self.allowed(Path::new(path))?;
        std::fs::read(allowed).map_err(|error| format!("{path}: {}", error.kind()))
    }

    fn write_file(&mut self, write: &FileWrite) -> Result<(), String> {
        let id = |name: &str, find: fn(&str, &Path) -> Result<u32, account::UnknownAccount>| match name {
            "" => Ok(None),
            name => find(name, self.etc).map(Some).map_err(|error| error.to_string()),
        };
        let target = Target {
            mode: Some(write.mode),
            user: id(&write.user, account::user)?,
            group: id(&write.group, account::group)?,
            ..Target::new(&write.path)
        };
        if write.append {
            return append(&target, &write.content).map_err(|error| format!("{}: {}", write.path, error.kind()));
        }
        file::write(&target, &write.content, &SystemRandom)
            .map(drop)
            .map_err(|error| error.to_string())
    }

    fn plugin(&mut self, command: &str, arguments: &[String]) -> Result<Vec<u8>, String> {
        let child = Command::new(command)
            .args(arguments)
            .env_remove("VAULT_TOKEN")
            .env_remove("BAO_TOKEN")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{command}: {}", error.kind()))?;
        let pid = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
        let (send, receive) = mpsc::channel();
        std::thread::spawn(move || send.send(child.wait_with_output()));
        match receive.recv_timeout(PLUGIN_TIMEOUT) {
            Ok(Ok(output)) if output.status.success() => Ok(output.stdout),
            Ok(Ok(output)) => Err(format!("{command}: {}", output.status)),
            Ok(Err(error)) => Err(format!("{command}: {}", error.kind())),
            Err(_) => {
                if let Some(pid) = pid {
                    // It may have ended in this moment.
                    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
                }
                Err(format!("{command}: did not finish in {PLUGIN_TIMEOUT:?}"))
            }
        }
    }

    fn random(&mut self, bytes: &mut [u8]) -> Result<(), String> {
        SystemRandom.fill(bytes);
        Ok(())
    }

    fn kernel_file(&mut self, path: &str) -> Result<String, String> {
        std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))
    }

    fn keys(&mut self) -> Option<&mut dyn Keys> {
        Some(&mut self.keys)
    }

    fn host_addresses(&mut self, name: &str) -> Result<Vec<IpAddr>, String> {
        let found = (name, 0)
            .to_socket_addrs()
            .map_err(|error| format!("{name}: {}", error.kind()))?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

fn append(target: &Target, content: &[u8]) -> std::io::Result<()> {
    let mode = target.mode.unwrap_or(0o644);
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(mode)
        .open(&target.path)?;
    file.write_all(content)?;
    if target.user.is_some() || target.group.is_some() {
        std::os::unix::fs::fchown(&file, target.user, target.group)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backoff::Pace;
    use crate::lease::Rules;

    fn store() -> Store {
        Store::new(
            Rules::default(),
            Pace {
                base: Duration::from_secs(1),
                ceiling: Duration::from_secs(1),
            },
        )
    }

    fn view<'a>(store: &'a Store, environment: &'a Environment, sandbox: Option<&'a Path>) -> View<'a> {
        View {
            store,
            environment,
            now: Timestamp::UNIX_EPOCH,
            sandbox,
            etc: Path::new("/etc"),
            files: Vec::new(),
            asked: Vec::new(),
            keys: RingKeys::default(),
        }
    }

    #[test]
    fn the_sandbox_holds_against_links_and_dots() {
        let place = tempfile::tempdir().unwrap();
        let inside = place.path().join("in");
        std::fs::create_dir(&inside).unwrap();
        std::fs::write(place.path().join("out"), "x").unwrap();
        std::fs::write(inside.join("a"), "y").unwrap();
        std::os::unix::fs::symlink(place.path().join("out"), inside.join("link")).unwrap();
        let (store, environment) = (store(), Environment::default());
        let mut view = view(&store, &environment, Some(&inside));
        let mut read = |name: &str| view.file(inside.join(name).to_str().unwrap());
        assert_eq!(read("a"), Ok(b"y".to_vec()));
        assert!(read("../out").is_err());
        assert!(read("link").is_err());
    }

    #[test]
    fn plugins_give_their_output_or_say_why_not() {
        let (store, environment) = (store(), Environment::default());
        let mut view = view(&store, &environment, None);
        assert_eq!(view.plugin("echo", &["a".into()]), Ok(b"a\n".to_vec()));
        assert!(view.plugin("false", &[]).unwrap_err().contains("exit status: 1"));
        assert!(view.plugin("/no/such", &[]).is_err());
    }

    #[test]
    fn files_are_written_and_added_to() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("f").to_str().unwrap().to_owned();
        let (store, environment) = (store(), Environment::default());
        let mut view = view(&store, &environment, None);
        let mut write = |content: &str, append| {
            let content = zeroize::Zeroizing::new(content.as_bytes().to_vec());
            view.write_file(&FileWrite {
                path: path.clone(),
                user: String::new(),
                group: String::new(),
                mode: 0o600,
                append,
                content,
            })
        };
        write("a", false).unwrap();
        write("b", true).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "ab");
    }
}
