//! One template and its file: parsed once, rendered when its secrets change, written when its bytes change.

mod output;
mod source;

pub use output::Output;

use std::path::{Path, PathBuf};
use std::time::Duration;

use coffret_config::agent::{self as config, Owner, Text};
use coffret_templates::{RingKeys, Template};
use zeroize::Zeroizing;

use crate::account;
use crate::backoff::{Backoff, Class, Pace};
use crate::child;
use crate::clock::Moment;
use crate::command::{ChildEnvironment, Command};
use crate::environment::Environment;
use crate::exit::Code;
use crate::file::{self, Target, Written};
use crate::random::Random;
use crate::stamp::Stamp;
use crate::store::{Name, Store, Trouble};
use crate::view::View;
use source::{parse, template_trouble};

/// Failing templates, files and commands are tried again at this pace: only this machine is asked.
pub const LOCAL_PACE: Pace = Pace {
    base: Duration::from_secs(1),
    ceiling: Duration::from_secs(60),
};

/// What everything around a pass provides.
pub struct Surroundings<'a> {
    /// Answers.
    pub store: &'a Store,
    /// The agent's environment.
    pub environment: &'a Environment,
    /// Where passwd and group are.
    pub etc: &'a Path,
    /// Names of temporary files.
    pub random: &'a dyn Random,
    /// Calendar time.
    pub wall: jiff::Timestamp,
    /// Agent time.
    pub now: Moment,
}

/// What a pass did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Answers are missing.
    Waiting,
    /// The result is in place and was before.
    Unchanged,
    /// The result is in place and is new.
    Changed,
    /// It failed; the former result is untouched.
    Failed,
}

/// A template at work.
#[derive(Debug)]
pub struct Unit {
    /// Where the result goes.
    pub output: Output,
    parsed: Result<Template, Trouble>,
    source: Option<Zeroizing<String>>,
    /// What the last pass asked for.
    pub used: Vec<Name>,
    /// What the last pass had no answer for.
    pub missing: Vec<Name>,
    /// It was rendered at least once.
    pub rendered: bool,
    /// The rendered value of a variable.
    pub value: Option<Zeroizing<Vec<u8>>>,
    /// Why the last pass failed.
    pub trouble: Option<Trouble>,
    /// Where the last pass printed `<no value>`, if it did.
    pub no_value: Option<String>,
    /// Files read by the `file` function, as they were when they were read.
    pub files: Vec<(PathBuf, Option<Stamp>)>,
    /// When the next pass is due, and when the first change behind it happened.
    due: Option<(Moment, Moment)>,
    failures: Backoff,
}

impl Unit {
    /// A template that is due for its first pass.
    #[must_use]
    pub fn new(output: Output, now: Moment) -> Self {
        let (parsed, source) = parse(&output);
        Self {
            output,
            parsed,
            source,
            used: Vec::new(),
            missing: Vec::new(),
            rendered: false,
            value: None,
            trouble: None,
            no_value: None,
            files: Vec::new(),
            due: Some((now, now)),
            failures: Backoff::new(LOCAL_PACE),
        }
    }

    /// When the next pass is due.
    #[must_use]
    pub fn next(&self) -> Option<Moment> {
        self.due.map(|(at, _)| at)
    }

    /// Something it depends on changed. `debounce` says whether its `wait` applies, which is after the first rendering.
    pub fn touch(&mut self, now: Moment, debounce: bool) {
        let wait = match &self.output {
            Output::File(template) => template.wait.filter(|_| debounce && self.rendered),
            Output::Variable(_) => None,
        };
        let first = self.due.map_or(now, |(_, first)| first);
        let at = wait.map_or(now, |wait| now.after(wait.min).min(first.after(wait.max)));
        self.due = Some((at, first));
    }

    /// Reads the template's source again; answers whether it changed.
    pub fn reread(&mut self, now: Moment) -> bool {
        let (parsed, source) = parse(&self.output);
        let changed = source.as_ref().map(|text| text.as_str()) != self.source.as_ref().map(|text| text.as_str());
        if changed {
            (self.parsed, self.source) = (parsed, source);
            self.failures.reset();
            self.touch(now, false);
        }
        changed
    }

    /// Whether a file that the last pass read is another one now.
    #[must_use]
    pub fn files_changed(&self) -> bool {
        self.files.iter().any(|(path, seen)| Stamp::of(path) != *seen)
    }

    /// The template's own file, if it has one.
    #[must_use]
    pub fn source_file(&self) -> Option<&Path> {
        match &self.output.body().text {
            Text::File(path) => Some(path),
            Text::Inline(_) => None,
        }
    }

    /// The file that is written, if it is a file.
    #[must_use]
    pub fn destination(&self) -> Option<&Path> {
        match &self.output {
            Output::File(template) => Some(&template.destination),
            Output::Variable(_) => None,
        }
    }

    /// How the source is called in logs.
    #[must_use]
    pub fn source_label(&self) -> String {
        self.source_file()
            .map_or_else(|| "(dynamic)".to_owned(), |path| path.display().to_string())
    }

    /// Whether the template can never be rendered as it stands.
    #[must_use]
    pub fn is_hopeless(&self) -> bool {
        self.parsed.is_err() && self.source_file().is_none()
    }

    /// Renders once and puts the result in place.
    pub fn pass(&mut self, around: &Surroundings<'_>) -> Pass {
        self.due = None;
        let rendered = match self.render(around) {
            Ok(Some(rendered)) => rendered,
            Ok(None) => return Pass::Waiting,
            Err(trouble) => return self.failed(trouble, around),
        };
        match self.put(rendered, around) {
            Ok(written) => {
                self.rendered = true;
                self.trouble = None;
                self.failures.reset();
                if written == Written::Changed {
                    Pass::Changed
                } else {
                    Pass::Unchanged
                }
            }
            Err(trouble) => self.failed(trouble, around),
        }
    }

    fn failed(&mut self, trouble: Trouble, around: &Surroundings<'_>) -> Pass {
        let wait = self.failures.fail(trouble.class, None, around.random.unit());
        self.due = Some((around.now.after(wait), around.now));
        self.trouble = Some(trouble);
        Pass::Failed
    }

    fn render(&mut self, around: &Surroundings<'_>) -> Result<Option<Zeroizing<Vec<u8>>>, Trouble> {
        let template = self.parsed.as_ref().map_err(Trouble::clone)?;
        let mut view = View {
            store: around.store,
            environment: around.environment,
            now: around.wall,
            sandbox: self.output.body().sandbox_path.as_deref(),
            etc: around.etc,
            files: Vec::new(),
            asked: Vec::new(),
            keys: RingKeys::default(),
        };
        let result = template.render(&mut view);
        self.files = view.files;
        let rendered = match result {
            Ok(rendered) => rendered,
            Err(error) => {
                // It may have failed before it asked for what it uses: that is not given up for a failure.
                self.used.extend(view.asked);
                self.used.sort_unstable();
                self.used.dedup();
                self.missing = Vec::new();
                return Err(self.explain(&error, around.store));
            }
        };
        self.used = rendered.used.iter().map(Name::new).collect();
        self.missing = rendered.missing.iter().map(Name::new).collect();
        self.no_value = rendered.no_value;
        Ok(rendered.output)
    }

    /// A template that fails because something is not there is not the template's fault.
    fn explain(&self, error: &coffret_templates::RenderError, store: &Store) -> Trouble {
        if let Some(trouble) = self
            .used
            .iter()
            .filter(|name| store.is_absent(name))
            .find_map(|name| store.trouble(name))
        {
            return trouble.clone();
        }
        self.template_trouble(&error.to_string())
    }

    fn template_trouble(&self, text: &str) -> Trouble {
        template_trouble(&self.output, text)
    }

    fn put(&mut self, bytes: Zeroizing<Vec<u8>>, around: &Surroundings<'_>) -> Result<Written, Trouble> {
        match &self.output {
            Output::Variable(template) => {
                if let Some(why) = child::unfit(&template.name, &bytes) {
                    return Err(self.template_trouble(why));
                }
                let changed = self.value.as_ref().is_none_or(|old| **old != *bytes);
                self.value = Some(bytes);
                Ok(if changed { Written::Changed } else { Written::Unchanged })
            }
            Output::File(template) => {
                let target = target(template, around.etc).map_err(|error| cannot_write(error.to_string()))?;
                file::write(&target, &bytes, around.random).map_err(|error| cannot_write(error.to_string()))
            }
        }
    }

    /// The command that follows a change, and its environment; `added` are the agent's own variables.
    #[must_use]
    pub fn command(&self, environment: &Environment, added: &[(String, String)]) -> Option<(Command, Environment)> {
        use secrecy::ExposeSecret as _;
        let Output::File(template) = &self.output else {
            return None;
        };
        let action = template.action.as_ref()?;
        let words = match &action.command {
            config::Command::Shell(line) => vec![line.clone()],
            config::Command::Program(words) => words.clone(),
        };
        let mut command = Command::new(&words)?;
        command.timeout = action.timeout;
        command.kill_timeout = action.kill_timeout;
        command.kill_signal = signal(action.kill_signal);
        let rules = ChildEnvironment {
            pristine: action.environment.pristine,
            custom: action
                .environment
                .custom
                .iter()
                .map(|(name, value)| format!("{name}={}", value.expose_secret()))
                .collect(),
            allow: action.environment.allow.clone(),
            deny: action.environment.deny.clone(),
        };
        Some((command, rules.apply(environment, added)))
    }
}

/// The configuration's signal as the operating system's.
#[must_use]
pub fn signal(signal: config::Signal) -> rustix::process::Signal {
    rustix::process::Signal::from_named_raw(signal.number()).unwrap_or(rustix::process::Signal::TERM)
}

fn cannot_write(text: String) -> Trouble {
    Trouble {
        class: Class::Transient,
        code: Code::CannotWrite,
        text,
        retry_after: None,
    }
}

fn target(template: &config::Template, etc: &Path) -> Result<Target, account::UnknownAccount> {
    let id = |owner: &Option<Owner>, find: fn(&str, &Path) -> Result<u32, account::UnknownAccount>| match owner {
        None => Ok(None),
        Some(Owner::Id(id)) => Ok(Some(*id)),
        Some(Owner::Name(name)) => find(name, etc).map(Some),
    };
    Ok(Target {
        path: template.destination.clone(),
        mode: template.mode,
        user: id(&template.user, account::user)?,
        group: id(&template.group, account::group)?,
        backup: template.backup,
        create_directories: template.create_dest_dirs,
    })
}
