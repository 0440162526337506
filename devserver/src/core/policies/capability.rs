//! What can be allowed on a path.

/// One thing that can be allowed on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// Nothing at all, whatever else is said.
    Deny,
    /// Write what is not there.
    Create,
    /// Read.
    Read,
    /// Write what is there.
    Update,
    /// Delete.
    Delete,
    /// List.
    List,
    /// Use paths that need special privileges.
    Sudo,
    /// Merge into what is there.
    Patch,
    /// List recursively (OpenBao).
    Scan,
}

/// All of them by their names.
pub(super) const CAPABILITIES: [(&str, Capability); 9] = [
    ("deny", Capability::Deny),
    ("create", Capability::Create),
    ("read", Capability::Read),
    ("update", Capability::Update),
    ("delete", Capability::Delete),
    ("list", Capability::List),
    ("sudo", Capability::Sudo),
    ("patch", Capability::Patch),
    ("scan", Capability::Scan),
];

/// A set of capabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(u16);

impl Capabilities {
    /// Whether the capability is in the set.
    pub fn has(self, capability: Capability) -> bool {
        self.0 & (1 << capability as u16) != 0
    }

    /// The set with one more.
    #[must_use]
    pub fn with(self, capability: Capability) -> Self {
        Self(self.0 | (1 << capability as u16))
    }

    /// Both sets together.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether nothing is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Only `deny`.
    pub fn deny() -> Self {
        Self::default().with(Capability::Deny)
    }

    /// Names, sorted.
    pub fn names(self) -> Vec<&'static str> {
        let mut names: Vec<_> = CAPABILITIES
            .iter()
            .filter(|(_, one)| self.has(*one))
            .map(|(name, _)| *name)
            .collect();
        names.sort_unstable();
        names
    }
}
