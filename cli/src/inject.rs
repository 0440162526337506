//! `coffret inject`: what the webhook would do to a manifest, with the same code and no cluster.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ValueEnum;
use coffret_injector::offline::{self, Injected, PodReport, Surroundings};
use coffret_injector::settings::Settings;
use serde_json::Value;

use crate::manifest;

/// What `coffret inject` can be told.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The manifest, YAML or JSON, one or more documents; `-` is standard input
    #[arg(short, long, value_name = "FILE|-")]
    file: PathBuf,
    /// The namespace of documents that name none
    #[arg(long, value_name = "NS", default_value = "default")]
    namespace: String,
    /// A setting of the injector, AGENT_INJECT_*; may be repeated
    #[arg(long = "env", value_name = "KEY=VALUE")]
    env: Vec<String>,
    /// What is printed: the manifest as yaml or json, or the JSON patch of a Pod
    #[arg(short, long, value_enum, default_value_t = Output::Yaml)]
    output: Output,
    /// Also tell, per pod, which settings come from the pod, its service account, its namespace and the injector.
    /// With --env AGENT_INJECT_INHERIT_DEFAULTS=true, Namespaces and ServiceAccounts of the manifest count
    #[arg(long)]
    origins: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    Yaml,
    Json,
    Patch,
}

/// The address that stands in where none is set: pods are shown, not run.
const ADDRESS: (&str, &str) = ("AGENT_INJECT_VAULT_ADDR", "https://vault.vault.svc:8200");

/// Prints what the webhook would make of every pod in the manifest; warnings go to standard error.
///
/// # Errors
/// Names the file that is no manifest, the setting that does not fit, or the pod that is refused and why; nothing is
/// printed to standard output then.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let text = read(&options.file)?;
    let documents = manifest::parse(&options.file.display().to_string(), &text)?;
    let settings = settings(&options.env)?;
    let around = if settings.serve.inherit {
        Surroundings::read(&documents, &options.namespace)
    } else {
        Surroundings::bare(&options.namespace)
    };
    let injected = documents
        .iter()
        .map(|document| inject(document, &around, &settings))
        .collect::<anyhow::Result<Vec<_>>>()?;
    for report in injected.iter().flat_map(|document| &document.pods) {
        tell(report, options.origins);
    }
    std::io::stdout()
        .write_all(print(options.output, &injected)?.as_bytes())
        .context("writing to standard output")
}

/// What a user would see beside the manifest; to standard error.
fn tell(report: &PodReport, origins: bool) {
    for warning in &report.warnings {
        eprintln!("Warning: {}: {warning}", report.name);
    }
    if let Some(reason) = report.skipped {
        eprintln!("{}: left as it is: {}", report.name, reason.explanation());
    }
    let places = report.origins.iter().filter(|(_, keys)| origins && !keys.is_empty());
    for (place, keys) in places {
        eprintln!("{}: from the {place}: {}", report.name, keys.join(", "));
    }
}

fn inject(document: &Value, around: &Surroundings, settings: &Settings) -> anyhow::Result<Injected> {
    offline::inject(document, around, &settings.defaults).map_err(|error| match error.hint() {
        Some(hint) => anyhow::anyhow!("{error} ({hint})"),
        None => anyhow::anyhow!("{error}"),
    })
}

fn settings(pairs: &[String]) -> anyhow::Result<Settings> {
    let mut variables = BTreeMap::from([(ADDRESS.0.to_owned(), ADDRESS.1.to_owned())]);
    for pair in pairs {
        let Some((key, value)) = pair.split_once('=') else {
            bail!("--env {pair:?}: expected KEY=VALUE");
        };
        if !key.starts_with("AGENT_INJECT_") {
            bail!("--env {key}: the injector's settings begin with AGENT_INJECT_");
        }
        variables.insert(key.to_owned(), value.to_owned());
    }
    Ok(Settings::lenient(&[], &|name| variables.get(name).cloned())?)
}

fn print(output: Output, injected: &[Injected]) -> anyhow::Result<String> {
    match output {
        Output::Yaml => {
            let documents: Vec<String> = injected
                .iter()
                .map(|one| yaml(&one.document))
                .collect::<Result<_, _>>()?;
            Ok(documents.join("---\n"))
        }
        Output::Json => match injected {
            [one] => Ok(format!("{}\n", serde_json::to_string_pretty(&one.document)?)),
            many => {
                let items: Vec<&Value> = many.iter().map(|one| &one.document).collect();
                let list = serde_json::json!({ "apiVersion": "v1", "kind": "List", "items": items });
                Ok(format!("{}\n", serde_json::to_string_pretty(&list)?))
            }
        },
        Output::Patch => match injected.iter().flat_map(|one| &one.pods).collect::<Vec<_>>().as_slice() {
            [pod] => Ok(format!("{}\n", serde_json::to_string_pretty(&pod.patch)?)),
            pods => bail!("-o patch prints the patch of one pod; the manifest has {}", pods.len()),
        },
    }
}

fn yaml(document: &Value) -> anyhow::Result<String> {
    serde_saphyr::to_string(document).context("writing YAML")
}

fn read(path: &Path) -> anyhow::Result<String> {
    if path.as_os_str() != "-" {
        return std::fs::read_to_string(path).with_context(|| format!("reading manifest {}", path.display()));
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .context("reading the manifest from standard input")?;
    Ok(text)
}
