//! The files as an application sees them, held against what the server knows.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::Outcome;
use crate::server::{KINDS, OF_EACH, World};

/// A password that the server rotated may be in a file for so long.
const ROTATION: SignedDuration = SignedDuration::from_secs(30);
/// A value that changed may be in a file for so long: the interval, and the beats around it.
const CHANGE: SignedDuration = SignedDuration::from_secs(330);

/// What is watched.
pub struct Files {
    place: PathBuf,
    stale: BTreeMap<String, Timestamp>,
    versions: [u64; OF_EACH],
    requests: BTreeMap<String, u64>,
    looks: u64,
    most_leases: usize,
}

impl Files {
    pub fn new(place: &Path) -> Self {
        Self {
            place: place.to_owned(),
            stale: BTreeMap::new(),
            versions: [0; OF_EACH],
            requests: BTreeMap::new(),
            looks: 0,
            most_leases: 0,
        }
    }

    pub fn are_there(&self) -> bool {
        let names = KINDS
            .iter()
            .flat_map(|kind| (0..OF_EACH).map(move |index| format!("{kind}-{index}")));
        names.into_iter().all(|name| self.place.join(name).exists())
    }

    /// Changes a KV secret.
    pub async fn change(&mut self, world: &World, version: u64) -> Outcome<()> {
        let index = usize::try_from(version)? % OF_EACH;
        self.versions[index] = version;
        world.change(index, version).await
    }

    /// Everything an application might use must be good now.
    pub async fn look(&mut self, world: &World) -> Outcome<()> {
        self.looks += 1;
        self.count(world);
        let now = world.server.clock().now();
        for index in 0..OF_EACH {
            let lease = self.read("dynamic", index)?;
            if world.server.leases(&lease).is_empty() {
                return Err(format!("dynamic-{index}: its lease has ended while it is in use, at {now}").into());
            }
            if certificate_end(&self.read("certificate", index)?)? <= now {
                return Err(format!("certificate-{index}: it has expired while it is in use, at {now}").into());
            }
            let account = world.read(&format!("database/static-creds/static{index}")).await?;
            let good = account["password"].as_str() == Some(&self.read("password", index)?);
            self.fresh(&format!("password-{index}"), good, now, ROTATION)?;
            let current = self.read("kv", index)? == self.versions[index].to_string();
            self.fresh(&format!("kv-{index}"), current, now, CHANGE)?;
        }
        self.most_leases = self.most_leases.max(world.server.leases("database/creds/").len());
        // What the judge asked itself does not count.
        world.server.journal().clear();
        Ok(())
    }

    fn read(&self, kind: &str, index: usize) -> Outcome<String> {
        Ok(std::fs::read_to_string(self.place.join(format!("{kind}-{index}")))?)
    }

    fn fresh(&mut self, name: &str, good: bool, now: Timestamp, most: SignedDuration) -> Outcome<()> {
        if good {
            self.stale.remove(name);
            return Ok(());
        }
        let since = *self.stale.entry(name.to_owned()).or_insert(now);
        match now.duration_since(since) > most {
            true => Err(format!("{name}: stale since {since}, now it is {now}").into()),
            false => Ok(()),
        }
    }

    fn count(&mut self, world: &World) {
        for entry in world.server.journal().entries() {
            let path = entry.path.trim_end_matches(|c: char| c.is_ascii_digit());
            *self.requests.entry(format!("{} {path}", entry.method)).or_default() += 1;
        }
        world.server.journal().clear();
    }

    /// The end: nothing may be left of what the agent was lent.
    pub fn settle(&mut self, world: &World, passed: Duration) -> Outcome<String> {
        self.count(world);
        let left: Vec<String> = world.server.leases("").into_iter().map(|lease| lease.id).collect();
        let ours = |id: &&String| id.starts_with("database/") || id.starts_with("auth/approle/");
        let leaked: Vec<&String> = left.iter().filter(ours).collect();
        let accounts = world.server.accounts("database/").len();
        if !leaked.is_empty() || accounts != 0 {
            return Err(format!("{} leases and {accounts} accounts are left", leaked.len()).into());
        }
        let issued = self.requests.get("GET database/creds/").copied().unwrap_or(0);
        let each = issued as f64 / OF_EACH as f64;
        let requests: String = self
            .requests
            .iter()
            .map(|(name, count)| format!("  {count:>7} {name}\n"))
            .collect();
        Ok(format!(
            "{} looks at the files: every lease alive, every certificate valid, every password current\n\
             no lease, token or account is left; at most {} leases for {OF_EACH} files at a time\n\
             each credential lasted {:.2} h of 4 h on average\n{requests}",
            self.looks,
            self.most_leases,
            passed.as_secs_f64() / 3_600.0 / each,
        ))
    }
}

fn certificate_end(pem: &str) -> Outcome<Timestamp> {
    let (_, block) = x509_parser::pem::parse_x509_pem(pem.as_bytes())?;
    let certificate = block.parse_x509()?;
    Ok(Timestamp::from_second(certificate.validity().not_after.timestamp())?)
}
