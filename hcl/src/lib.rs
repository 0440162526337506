//! HCL 1, the language of Vault agent configuration and of policies: text in, a syntax tree with spans out.
