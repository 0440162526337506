//! Sinks: files that hold the current token, or a wrapping token for it.

use std::rc::Rc;

use coffret_config::agent::FileSink;
use coffret_vault::WrapInfo;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::backoff::{Backoff, Class};
use crate::clock::Moment;
use crate::exit::Code;
use crate::file::{self, Target};
use crate::server::Refusal;
use crate::store::Trouble;
use crate::token::Generation;
use crate::unit::LOCAL_PACE;

use super::{Engine, Event};

/// One sink, and what became of it.
pub(super) struct SinkState {
    pub(super) sink: FileSink,
    /// The token it holds; 0 for none.
    pub(super) written: Generation,
    pub(super) busy: bool,
    pub(super) due: Moment,
    failures: Backoff,
    pub(super) trouble: Option<Trouble>,
}

impl SinkState {
    pub(super) fn new(sink: FileSink, now: Moment) -> Self {
        Self {
            sink,
            written: 0,
            busy: false,
            due: now,
            failures: Backoff::new(LOCAL_PACE),
            trouble: None,
        }
    }
}

impl Engine {
    pub(super) fn write_sinks(&mut self, now: Moment) {
        let Some((token, generation)) = self.session.in_use(now) else {
            return;
        };
        for index in 0..self.sinks.len() {
            let sink = &self.sinks[index];
            if sink.busy || sink.written == generation || sink.due > now {
                continue;
            }
            match sink.sink.wrap_ttl {
                None => {
                    let bytes = Zeroizing::new(token.expose().as_bytes().to_vec());
                    self.write_sink(index, generation, &bytes, now);
                }
                Some(ttl) if self.allowance(now) > 0 => {
                    self.sinks[index].busy = true;
                    let (server, token) = (Rc::clone(&self.server), token.clone());
                    self.send(async move { Event::Wrapped(index, generation, server.wrap(&token, ttl).await) });
                }
                Some(_) => {}
            }
        }
    }

    pub(super) fn wrapped(
        &mut self,
        index: usize,
        generation: Generation,
        result: Result<WrapInfo, Refusal>,
        now: Moment,
    ) {
        self.note("wrap", result.as_ref().err(), now);
        let unit = self.unit();
        let Some(sink) = self.sinks.get_mut(index) else { return };
        sink.busy = false;
        match result {
            Ok(info) => self.write_sink(index, generation, &wrapping_document(&info), now),
            Err(refusal) => {
                sink.due = now.after(
                    sink.failures
                        .fail(refusal.trouble.class, refusal.trouble.retry_after, unit),
                );
                sink.trouble = Some(refusal.trouble);
            }
        }
    }

    fn write_sink(&mut self, index: usize, generation: Generation, bytes: &[u8], now: Moment) {
        let unit = self.unit();
        let Some(state) = self.sinks.get_mut(index) else { return };
        let target = Target {
            mode: Some(state.sink.mode),
            user: state.sink.owner,
            group: state.sink.group,
            create_directories: false,
            ..Target::new(&state.sink.path)
        };
        match file::write(&target, bytes, self.world.random.as_ref()) {
            Ok(_) => {
                tracing::info!(target: "agent.sink.file", event = "sink.written", path = %state.sink.path.display(), "token written");
                (state.written, state.trouble) = (generation, None);
                state.failures.reset();
                state.due = now;
            }
            Err(error) => {
                tracing::error!(target: "agent.sink.file", event = "sink.failed", path = %state.sink.path.display(), error = %error, "error returned by sink function, retrying");
                state.due = now.after(state.failures.fail(Class::Transient, None, unit));
                state.trouble = Some(Trouble {
                    class: Class::Transient,
                    code: Code::CannotWrite,
                    text: error.to_string(),
                    retry_after: None,
                });
            }
        }
    }

    /// A login that was to be wrapped: the one sink gets the wrapping token, and nothing is left for the agent to use.
    pub(super) fn write_wrapped_login(&mut self, info: &WrapInfo, now: Moment) {
        self.wrapped_login = true;
        self.login_trouble = None;
        self.session.set_aside();
        let document = wrapping_document(info);
        for index in 0..self.sinks.len() {
            self.write_sink(index, Generation::MAX, &document, now);
        }
        tracing::info!(target: "agent.auth.handler", event = "auth.success", "authentication successful, sending wrapped token to sinks and pausing");
    }
}

/// What sinks hold instead of a token: one line of JSON.
fn wrapping_document(info: &WrapInfo) -> Zeroizing<Vec<u8>> {
    #[derive(Serialize)]
    struct Document<'a> {
        token: &'a str,
        accessor: &'a str,
        ttl: u64,
        creation_time: &'a str,
        creation_path: &'a str,
        wrapped_accessor: &'a str,
    }
    let document = Document {
        token: info.token.expose(),
        accessor: &info.accessor,
        ttl: info.ttl.as_secs(),
        creation_time: &info.creation_time,
        creation_path: &info.creation_path,
        wrapped_accessor: &info.wrapped_accessor,
    };
    let mut bytes = serde_json::to_vec(&document).unwrap_or_default();
    bytes.push(b'\n');
    Zeroizing::new(bytes)
}
