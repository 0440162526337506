//! Names and paths that differ between the two families of injectors.

/// Whose names and paths a pod gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavor {
    /// vault-k8s.
    Vault,
    /// openbao-k8s.
    OpenBao,
}

impl Flavor {
    /// The sidecar's name; the init container's is this with `-init`.
    #[must_use]
    pub fn container(self) -> &'static str {
        match self {
            Flavor::Vault => "vault-agent",
            Flavor::OpenBao => "openbao-agent",
        }
    }

    /// What volume names begin with.
    #[must_use]
    pub fn volume_stem(self) -> &'static str {
        match self {
            Flavor::Vault => "vault",
            Flavor::OpenBao => "openbao",
        }
    }

    /// The agent's home directory.
    #[must_use]
    pub fn home(self) -> &'static str {
        match self {
            Flavor::Vault => "/home/vault",
            Flavor::OpenBao => "/home/openbao",
        }
    }

    /// The token's file name in the home directory.
    #[must_use]
    pub fn token_file(self) -> &'static str {
        match self {
            Flavor::Vault => ".vault-token",
            Flavor::OpenBao => ".openbao-token",
        }
    }

    /// The agent's command in images of that family.
    #[must_use]
    pub fn command(self) -> &'static str {
        match self {
            Flavor::Vault => "vault",
            Flavor::OpenBao => "bao",
        }
    }

    /// What the agent's environment variables begin with.
    #[must_use]
    pub fn env_prefix(self) -> &'static str {
        match self {
            Flavor::Vault => "VAULT",
            Flavor::OpenBao => "BAO",
        }
    }

    /// The product's name in messages.
    #[must_use]
    pub fn product(self) -> &'static str {
        match self {
            Flavor::Vault => "Vault",
            Flavor::OpenBao => "Openbao",
        }
    }

    /// Where a token volume no application container mounts is mounted in the agent.
    #[must_use]
    pub fn token_mount(self) -> &'static str {
        match self {
            Flavor::Vault => "/var/run/secrets/vault.hashicorp.com/serviceaccount",
            Flavor::OpenBao => "/var/run/secrets/openbao.openbao.org/serviceaccount",
        }
    }

    /// The image of the classic shape when the injector is not told one.
    #[must_use]
    pub fn default_image(self) -> &'static str {
        match self {
            Flavor::Vault => "hashicorp/vault:2.0.4",
            Flavor::OpenBao => "openbao/openbao:1.16.1",
        }
    }
}
