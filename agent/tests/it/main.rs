//! The agent against the dev server, in one process: real requests over loopback, time moved by the test.

mod clock;
mod scenario;

mod secrets;
