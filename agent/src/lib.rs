//! The agent in the pod: login, leases, renders, files, commands and probes.
