//! The agent against the dev server, in one process: real requests over loopback, time moved by the test.

mod clock;
mod relay;
mod scenario;

mod faults;
mod life;
mod secrets;
