//! An in-memory server that speaks Vault's HTTP API, for trying and testing, with faults on demand.
