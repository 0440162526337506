//! The server's side: what is mounted, who may log in, and twenty templates over it.

use std::path::Path;

use coffret_devserver::{Clock, Options, Server};
use coffret_vault::{Call, Client, Settings, Token};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::Outcome;

/// Of each kind of secret there are so many, each with a template of its own.
pub const OF_EACH: usize = 5;
/// The kinds, by the first part of the file's name.
pub const KINDS: [&str; 4] = ["kv", "dynamic", "certificate", "password"];

const POLICY: &str = r#"
path "secret/data/*" { capabilities = ["read"] }
path "database/creds/*" { capabilities = ["read"] }
path "database/static-creds/*" { capabilities = ["read"] }
path "pki/issue/*" { capabilities = ["update"] }
"#;

/// Short lives: a token ends 30 times in a week, a credential 42 times, a certificate 84 times.
const ROLES: [(&str, &str, &str); 2] = [("token", "1h", "6h"), ("credential", "1h", "4h")];

/// A server to judge by, and the right to change it.
pub struct World {
    pub server: Server,
    admin: Client,
}

impl World {
    pub async fn start(start: Timestamp) -> Outcome<Self> {
        let options = Options {
            root_token: Some("root".into()),
            clock: Clock::manual(start),
            ..Options::default()
        };
        let server = Server::start(options).await?;
        let address = server.url().to_owned();
        let environment = move |name: &str| (name == "VAULT_ADDR").then(|| address.clone());
        let admin = Client::new(Settings::layered(
            &Default::default(),
            &environment,
            &Default::default(),
        )?)?;
        Ok(Self { server, admin })
    }

    pub async fn write(&self, path: &str, body: &Value) -> Outcome<Value> {
        let call = Call::write(path, body)?.token(&Token::new("root")?);
        let response = self.admin.send(&call).await?;
        match response.body().is_empty() {
            true => Ok(Value::Null),
            false => Ok(serde_json::from_slice(response.body().bytes())?),
        }
    }

    /// The data at a path.
    pub async fn read(&self, path: &str) -> Outcome<Value> {
        let call = Call::read(path).token(&Token::new("root")?);
        Ok(self.admin.send(&call).await?.data()?)
    }

    /// Mounts everything and answers the configuration of an agent that works in `place`.
    pub async fn furnish(&self, place: &Path) -> Outcome<Value> {
        for (path, body) in [
            ("sys/mounts/secret", json!({"type": "kv", "options": {"version": "2"}})),
            ("sys/mounts/database", json!({"type": "database"})),
            ("sys/mounts/pki", json!({"type": "pki"})),
            ("sys/auth/approle", json!({"type": "approle"})),
            ("sys/policies/acl/soak", json!({"policy": POLICY})),
        ] {
            self.write(path, &body).await?;
        }
        self.furnish_certificates().await?;
        self.furnish_database().await?;
        for index in 0..OF_EACH {
            self.change(index, 0).await?;
        }
        self.furnish_login(place).await?;
        self.server.journal().clear();
        Ok(self.config(place))
    }

    /// Another version of a KV secret.
    pub async fn change(&self, index: usize, version: u64) -> Outcome<()> {
        let body = json!({"data": {"value": version.to_string()}});
        self.write(&format!("secret/data/{index}"), &body).await.map(drop)
    }

    async fn furnish_certificates(&self) -> Outcome<()> {
        let authority = json!({"common_name": "soak", "ttl": "87600h", "key_type": "ec"});
        self.write("pki/root/generate/internal", &authority).await?;
        let role = json!({"allow_any_name": true, "key_type": "ec", "max_ttl": "24h"});
        self.write("pki/roles/web", &role).await.map(drop)
    }

    async fn furnish_database(&self) -> Outcome<()> {
        let connection = json!({
            "plugin_name": "postgresql-database-plugin", "allowed_roles": ["*"], "username": "u", "password": "p",
            "connection_url": "postgresql://{{username}}:{{password}}@db.example:5432/app",
        });
        self.write("database/config/db", &connection).await?;
        let [_, (_, ttl, max)] = ROLES;
        for index in 0..OF_EACH {
            let statements = json!(["CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}'"]);
            let role = json!({"db_name": "db", "creation_statements": statements, "default_ttl": ttl, "max_ttl": max});
            self.write(&format!("database/roles/{index}"), &role).await?;
            let role = json!({"db_name": "db", "username": format!("user{index}"), "rotation_period": "1h"});
            self.write(&format!("database/static-roles/static{index}"), &role)
                .await?;
        }
        Ok(())
    }

    async fn furnish_login(&self, place: &Path) -> Outcome<()> {
        let [(_, ttl, max), _] = ROLES;
        let role = json!({"token_policies": ["soak"], "token_ttl": ttl, "token_max_ttl": max});
        self.write("auth/approle/role/web", &role).await?;
        let role_id = self.read("auth/approle/role/web/role-id").await?;
        let secret_id = self.write("auth/approle/role/web/secret-id", &json!({})).await?;
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or("no id");
        std::fs::write(place.join("role-id"), text(&role_id["role_id"])?)?;
        std::fs::write(place.join("secret-id"), text(&secret_id["data"]["secret_id"])?)?;
        Ok(())
    }

    fn config(&self, place: &Path) -> Value {
        let templates: Vec<Value> = KINDS
            .iter()
            .flat_map(|kind| (0..OF_EACH).map(move |index| (kind, index)))
            .map(|(kind, index)| {
                json!({"destination": place.join(format!("{kind}-{index}")), "contents": contents(kind, index)})
            })
            .collect();
        let ids = json!({
            "role_id_file_path": place.join("role-id"), "secret_id_file_path": place.join("secret-id"),
            "remove_secret_id_file_after_reading": false,
        });
        json!({
            "vault": {"address": self.server.url()},
            "auto_auth": {
                "method": {"type": "approle", "config": ids},
                "sink": [{"type": "file", "config": {"path": place.join("token")}}],
            },
            "template": templates,
        })
    }
}

fn contents(kind: &str, index: usize) -> String {
    let (request, value) = match kind {
        "kv" => (format!(r#"secret "secret/{index}""#), "{{ .Data.data.value }}"),
        "dynamic" => (format!(r#"secret "database/creds/{index}""#), "{{ .LeaseID }}"),
        "password" => (
            format!(r#"secret "database/static-creds/static{index}""#),
            "{{ .Data.password }}",
        ),
        _ if index.is_multiple_of(2) => (
            format!(r#"secret "pki/issue/web" "common_name=web{index}.example" "ttl=2h""#),
            "{{ .Data.certificate }}",
        ),
        _ => (
            format!(r#"pkiCert "pki/issue/web" "common_name=web{index}.example" "ttl=2h""#),
            "{{ .Data.Cert }}{{ .Data.Key }}",
        ),
    };
    format!("{{{{ with {request} }}}}{value}{{{{ end }}}}")
}
