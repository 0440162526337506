//! The agent against the dev server, in one process: real requests over loopback, time moved by the test.

mod clock;
mod cluster;
mod relay;
mod scenario;

mod faults;
mod leases;
mod life;
mod secrets;
