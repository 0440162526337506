//! A server over TLS that holds five secrets, and the configuration of an agent that renders ten files from them.

use std::fmt;
use std::path::{Path, PathBuf};

use coffret_devserver::{Options, Server, Tls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::Failure;

/// Distinct secrets behind the templates.
pub const SECRETS: u64 = 5;
/// One login, one look at each of the two mounts, one read of each secret.
pub const REQUESTS: u64 = 1 + 2 + SECRETS;

const ROLE_ID: &str = "5b3f1d6e-9a44-4a53-8a0e-0c7f4f3f9a10";
const SECRET_ID: &str = "0d1e7a52-35b4-4c83-9a6f-7ce0b4a2d911";

const SEED: &str = r#"
mounts:
  kv: { type: kv, options: { version: "2" } }
  database: { type: database }
auth:
  approle: { type: approle }
policies:
  web: |
    path "kv/data/*" { capabilities = ["read"] }
    path "database/creds/*" { capabilities = ["read"] }
write:
- path: auth/approle/role/web
  data: { token_policies: [web], token_ttl: 1h, role_id: ROLE_ID }
- path: auth/approle/role/web/custom-secret-id
  data: { secret_id: SECRET_ID }
- path: database/config/shop
  data: { plugin_name: postgresql-database-plugin, connection_url: 'postgresql://h/d', allowed_roles: ['*'] }
- path: database/roles/shop
  data: { db_name: shop, default_ttl: 1h, max_ttl: 24h }
secrets:
  kv/web/app: { greeting: hello, level: info, workers: "4" }
  kv/web/mail: { host: mail.example, port: "587", password: hunter2 }
  kv/web/queue: { url: "amqp://queue.example", password: correct-horse }
  kv/web/keys: { current: bfb1c2, former: 77aa01, oldest: 9e24d5 }
"#;

/// Two templates per secret, such as pods have them.
const GO: [&str; 10] = [
    r#"{{ with secret "kv/data/web/app" }}GREETING={{ .Data.data.greeting }}{{ end }}"#,
    r#"{{ with secret "kv/data/web/app" }}{{ range $k, $v := .Data.data }}{{ $k | toUpper }}={{ $v }}
{{ end }}{{ end }}"#,
    r#"{{ with secret "kv/data/web/mail" }}smtp://{{ .Data.data.host }}:{{ .Data.data.port }}{{ end }}"#,
    r#"{{ with secret "kv/data/web/mail" }}{{ .Data.data | toJSONPretty }}{{ end }}"#,
    r#"{{- with secret "kv/data/web/queue" -}}{{ .Data.data.url }}{{- end -}}"#,
    r#"{{ with secret "kv/data/web/queue" }}password: {{ .Data.data.password | sprig_quote }}{{ end }}"#,
    r#"{{ with secret "kv/data/web/keys" }}{{ printf "%s %s" .Data.data.current .Data.data.former }}{{ end }}"#,
    r#"{{ with secret "kv/data/web/keys" }}{{ .Data.data | toJSON | base64Encode }}{{ end }}"#,
    r#"{{ with secret "database/creds/shop" }}postgres://{{ .Data.username }}:{{ .Data.password }}@db/shop{{ end }}"#,
    r#"{{ with secret "database/creds/shop" }}{{ .Data.username }}{{ end }}"#,
];

const HANDLEBARS: [&str; 10] = [
    r#"{{#with (secret "kv/data/web/app")}}GREETING={{data.data.greeting}}{{/with}}"#,
    r#"{{#with (secret "kv/data/web/app")}}{{#each data.data}}{{toUpper @key}}={{this}}
{{/each}}{{/with}}"#,
    r#"{{#with (secret "kv/data/web/mail")}}smtp://{{data.data.host}}:{{data.data.port}}{{/with}}"#,
    r#"{{#with (secret "kv/data/web/mail")}}{{toJSONPretty data.data}}{{/with}}"#,
    r#"{{#with (secret "kv/data/web/queue")}}{{data.data.url}}{{/with}}"#,
    r#"{{#with (secret "kv/data/web/queue")}}password: {{sprig_quote data.data.password}}{{/with}}"#,
    r#"{{#with (secret "kv/data/web/keys")}}{{data.data.current}} {{data.data.former}}{{/with}}"#,
    r#"{{#with (secret "kv/data/web/keys")}}{{base64Encode (toJSON data.data)}}{{/with}}"#,
    r#"{{#with (secret "database/creds/shop")}}postgres://{{data.username}}:{{data.password}}@db/shop{{/with}}"#,
    r#"{{#with (secret "database/creds/shop")}}{{data.username}}{{/with}}"#,
];

/// The language of the templates.
#[derive(Clone, Copy)]
pub enum Kind {
    Go,
    Handlebars,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Go => "Go",
            Kind::Handlebars => "Handlebars",
        })
    }
}

/// The server and what an agent needs to reach it.
pub struct World {
    pub server: Server,
    directory: TempDir,
}

/// Where one agent works.
pub struct Place {
    /// Its configuration.
    pub config: PathBuf,
    /// What it writes to standard error.
    pub log: PathBuf,
    /// The directory of its files; gone with this.
    pub files: PathBuf,
    _directory: TempDir,
}

impl Place {
    fn file(files: &Path, index: usize) -> PathBuf {
        files.join(format!("{index}.txt"))
    }

    /// Whether all files are there.
    pub fn is_complete(&self) -> bool {
        (0..GO.len()).all(|index| Self::file(&self.files, index).exists())
    }
}

impl World {
    /// Starts the server.
    pub async fn start() -> Result<World, Failure> {
        let directory = on_memory()?;
        let (authority, tls) = certificates()?;
        std::fs::write(directory.path().join("ca.pem"), authority)?;
        std::fs::write(directory.path().join("role-id"), ROLE_ID)?;
        std::fs::write(directory.path().join("secret-id"), SECRET_ID)?;
        let seed = SEED.replace("ROLE_ID", ROLE_ID).replace("SECRET_ID", SECRET_ID);
        let options = Options {
            seed: Some(seed),
            tls: Some(tls),
            ..Options::default()
        };
        let server = Server::start(options).await?;
        Ok(World { server, directory })
    }

    /// A place for an agent that has not run yet.
    pub fn place(&self, kind: Kind) -> Result<Place, Failure> {
        let directory = on_memory()?;
        let files = directory.path().join("files");
        std::fs::create_dir(&files)?;
        let config = directory.path().join("agent.json");
        std::fs::write(&config, self.config(kind, &files).to_string())?;
        Ok(Place {
            config,
            log: directory.path().join("log"),
            files,
            _directory: directory,
        })
    }

    fn config(&self, kind: Kind, files: &Path) -> Value {
        let (texts, syntax) = match kind {
            Kind::Go => (&GO, "go"),
            Kind::Handlebars => (&HANDLEBARS, "handlebars"),
        };
        let template = |(index, text): (usize, &&str)| json!({"contents": text, "destination": Place::file(files, index), "syntax": syntax});
        let own = |name: &str| self.directory.path().join(name);
        json!({
            "vault": {"address": format!("https://localhost:{}", self.server.address().port()), "ca_cert": own("ca.pem")},
            "pid_file": files.join("pid"),
            "auto_auth": {
                "method": {"type": "approle", "config": {
                    "role_id_file_path": own("role-id"),
                    "secret_id_file_path": own("secret-id"),
                    "remove_secret_id_file_after_reading": false,
                }},
                "sink": [{"type": "file", "config": {"path": files.join("token")}}],
            },
            "template": texts.iter().enumerate().map(template).collect::<Vec<_>>(),
        })
    }
}

/// A directory on a memory file system, as a pod's volumes are, where there is one.
fn on_memory() -> Result<TempDir, Failure> {
    let memory = Path::new("/dev/shm");
    Ok(if memory.is_dir() {
        tempfile::tempdir_in(memory)?
    } else {
        tempfile::tempdir()?
    })
}

/// An authority in PEM, and a server's certificate of it.
fn certificates() -> Result<(String, Tls), Failure> {
    let mut parameters = CertificateParams::new(vec![])?;
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(parameters, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(vec!["localhost".to_owned()])?.signed_by(&key, &authority)?;
    let tls = Tls {
        certificate_chain: certificate.pem(),
        private_key: key.serialize_pem(),
        ask_client: false,
    };
    Ok((authority.pem(), tls))
}
