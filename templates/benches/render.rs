//! What templates cost: parsing, rendering a file of 60 lines from four secrets, and growth with the output.
//!
//! Budgets: parse under 300 µs, render under 50 µs, and times that grow tenfold with ten times the output.

use std::sync::Arc;

use coffret_templates::{Answer, Options, Request, Secret, Source, Syntax, Template};
use divan::{AllocProfiler, Bencher};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Four secrets of ten fields each.
struct World(Vec<Arc<Secret>>);

impl World {
    fn new() -> Self {
        let secret = |name: usize| {
            let fields: Vec<String> = (0..10)
                .map(|field| format!(r#""field{field}":"value-{name}-{field}""#))
                .collect();
            let data = fields.join(",");
            let body = format!(
                r#"{{"lease_duration":0,"data":{{"data":{{{data},"port":5432}},"metadata":{{"version":1}}}}}}"#
            );
            Secret::from_response(body.as_bytes()).ok().map(Arc::new)
        };
        World((0..4).filter_map(secret).collect())
    }
}

impl Source for World {
    fn answer(&mut self, request: &Request) -> Answer {
        let index = request.path().bytes().last().map_or(0, |byte| usize::from(byte - b'0'));
        self.0
            .get(index)
            .map_or(Answer::Pending, |secret| Answer::Ready(Arc::clone(secret)))
    }

    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }
}

/// Sixty lines: a configuration file in four sections.
fn go_file() -> String {
    let section = |name: usize| {
        let fields: Vec<String> = (0..10)
            .map(|field| format!("  field{field}: {{{{ .Data.data.field{field} }}}}"))
            .collect();
        format!(
            "section{name}:\n{{{{- with secret \"kv/data/app{name}\" }}}}\n{}\n  port: {{{{ .Data.data.port }}}}\n  \
             name: {{{{ .Data.data.field0 | toUpper | printf \"%q\" }}}}\n{{{{- end }}}}\n",
            fields.join("\n")
        )
    };
    (0..4).map(section).collect()
}

fn handlebars_file() -> String {
    let section = |name: usize| {
        let fields: Vec<String> = (0..10)
            .map(|field| format!("  field{field}: {{{{data.data.field{field}}}}}"))
            .collect();
        format!(
            "section{name}:\n{{{{#with (secret \"kv/data/app{name}\")}}}}\n{}\n  port: {{{{data.data.port}}}}\n  \
             name: {{{{printf \"%q\" (toUpper data.data.field0)}}}}\n{{{{/with}}}}\n",
            fields.join("\n")
        )
    };
    (0..4).map(section).collect()
}

fn render(bencher: Bencher<'_, '_>, text: &str, syntax: Syntax) {
    let mut world = World::new();
    if let Ok(template) = Template::parse(text, syntax, Options::default()) {
        bencher.bench_local(move || template.render(&mut world));
    }
}

#[divan::bench]
fn parse_go(bencher: Bencher<'_, '_>) {
    let text = go_file();
    bencher.bench(|| Template::parse(&text, Syntax::Go, Options::default()));
}

#[divan::bench]
fn parse_handlebars(bencher: Bencher<'_, '_>) {
    let text = handlebars_file();
    bencher.bench(|| Template::parse(&text, Syntax::Handlebars, Options::default()));
}

#[divan::bench]
fn render_go(bencher: Bencher<'_, '_>) {
    render(bencher, &go_file(), Syntax::Go);
}

#[divan::bench]
fn render_handlebars(bencher: Bencher<'_, '_>) {
    render(bencher, &handlebars_file(), Syntax::Handlebars);
}

/// A loop with one line per round.
#[divan::bench(args = [1_000, 10_000, 100_000])]
fn grow_go(bencher: Bencher<'_, '_>, rounds: usize) {
    let text = format!("{{{{ range $i, $e := loop {rounds} }}}}line {{{{ $i }}}}={{{{ $e }}}}\n{{{{ end }}}}");
    render(bencher, &text, Syntax::Go);
}

#[divan::bench(args = [1_000, 10_000, 100_000])]
fn grow_handlebars(bencher: Bencher<'_, '_>, rounds: usize) {
    render(
        bencher,
        &format!("{{{{#each (loop {rounds})}}}}line {{{{@index}}}}={{{{this}}}}\n{{{{/each}}}}"),
        Syntax::Handlebars,
    );
}

/// The same file over and over in one text.
#[divan::bench(args = [1, 10, 100])]
fn parse_growing(bencher: Bencher<'_, '_>, copies: usize) {
    let text = go_file().repeat(copies);
    bencher.bench(|| Template::parse(&text, Syntax::Go, Options::default()));
}

#[divan::bench(args = [1, 10, 100])]
fn parse_growing_handlebars(bencher: Bencher<'_, '_>, copies: usize) {
    let text = handlebars_file().repeat(copies);
    bencher.bench(|| Template::parse(&text, Syntax::Handlebars, Options::default()));
}
