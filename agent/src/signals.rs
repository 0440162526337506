//! Signals of the operating system, as what they tell the engine.

use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::UnboundedSender;

use crate::engine::Control;
use crate::exit::{Code, Failure};

/// Signals that are the agent's own.
const OWN_SIGNALS: [(SignalKind, Control); 4] = [
    (SignalKind::terminate(), Control::Stop),
    (SignalKind::interrupt(), Control::Stop),
    (SignalKind::hangup(), Control::Reload),
    (SignalKind::user_defined1(), Control::Dump),
];
/// Signals that a child process gets too.
const FORWARDED: [(SignalKind, Control); 6] = [
    (SignalKind::hangup(), Control::Forward(Signal::HUP)),
    (SignalKind::user_defined1(), Control::Forward(Signal::USR1)),
    (SignalKind::user_defined2(), Control::Forward(Signal::USR2)),
    (SignalKind::quit(), Control::Forward(Signal::QUIT)),
    (SignalKind::alarm(), Control::Forward(Signal::ALARM)),
    (SignalKind::window_change(), Control::Forward(Signal::WINCH)),
];

/// Passes signals on from now on; `supervises` says that there is a child process. The tasks end with the runtime.
///
/// # Errors
/// The operating system does not allow handlers.
pub fn pass_on(controls: &UnboundedSender<Control>, supervises: bool) -> Result<(), Failure> {
    let forwarded = FORWARDED.iter().filter(|_| supervises);
    for (kind, control) in OWN_SIGNALS.iter().chain(forwarded).copied() {
        let mut stream = signal(kind)
            .map_err(|error| Failure::new(Code::Internal, format!("cannot handle signals: {}", error.kind())))?;
        let controls = controls.clone();
        tokio::spawn(async move { while stream.recv().await.is_some() && controls.send(control).is_ok() {} });
    }
    Ok(())
}
