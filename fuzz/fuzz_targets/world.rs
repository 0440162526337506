//! One secret at every path, and limits small enough for many runs per second.

use std::sync::{Arc, LazyLock};

use coffret_templates::{Answer, Limits, Options, RenderError, Rendered, Request, Secret, Source, Syntax, Template};

const BODY: &str = r#"{"request_id":"r","lease_id":"l","lease_duration":60,"renewable":true,"warnings":["w"],
    "auth":{"client_token":"t","policies":["a","b"],"metadata":{"k":"v"}},
    "data":{"s":"text é","n":42,"f":1.50,"t":true,"nil":null,"l":[1,"a",null,[2]],"m":{"a":1,"b":{"c":"d"}},"keys":["x","y/"]}}"#;

static DEFAULT: LazyLock<Option<Arc<Secret>>> =
    LazyLock::new(|| Secret::from_response(BODY.as_bytes()).ok().map(Arc::new));

/// The world of a run.
#[derive(Default)]
pub struct World {
    /// What every request is answered with instead of the default.
    pub secret: Option<Arc<Secret>>,
}

impl Source for World {
    fn answer(&mut self, _: &Request) -> Answer {
        match self.secret.as_ref().or(DEFAULT.as_ref()) {
            Some(secret) => Answer::Ready(Arc::clone(secret)),
            None => Answer::Pending,
        }
    }

    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }

    fn random(&mut self, bytes: &mut [u8]) -> Result<(), String> {
        bytes.fill(7);
        Ok(())
    }
}

/// Parses and renders; any error is fine, a panic or a hang is not.
pub fn render(text: &[u8], syntax: Syntax, world: &mut World) -> Option<Result<Rendered, RenderError>> {
    let limits = Limits {
        steps: 100_000,
        depth: 1_000,
        output: 1 << 20,
        memory: 8 << 20,
        ..Limits::default()
    };
    // Key generation is slow on purpose, and not what is looked at here.
    let function_denylist = vec![
        "sprig_gen*".to_owned(),
        "sprig_bcrypt".to_owned(),
        "sprig_htpasswd".to_owned(),
        "sprig_derivePassword".to_owned(),
    ];
    let options = Options {
        limits,
        function_denylist,
        ..Options::default()
    };
    let template = Template::parse(text, syntax, options).ok()?;
    Some(template.render(world))
}
