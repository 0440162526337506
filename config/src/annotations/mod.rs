//! Pod annotations: the one table of keys, their grammars, and the plan they amount to.
//!
//! Pure: a pod as JSON, its namespace, inherited annotations and the injector's defaults go in; a plan, a
//! reason to leave the pod alone, or a refusal comes out.

mod agent_config;
mod build;
mod check;
mod connection;
mod decide;
mod defaults;
mod flavor;
mod go_json;
pub mod grammar;
mod mode;
mod page;
mod plan;
mod podspec;
pub mod quantity;
mod refusal;
mod resources;
mod secrets;
mod sections;
pub mod table;
mod telemetry;
mod token;
mod validate;
mod values;

pub use agent_config::{AgentConfig, CACHE_PATH, Role};
pub use decide::{Decision, Skip, Subject, again, plan};
pub use defaults::{Defaults, FlavorSetting, Inherited, ModeSetting, ResourceDefaults, TokenSetting};
pub use flavor::Flavor;
pub use mode::{Launch, Mode, is_own_image};
pub use page::page;
pub use plan::{Auth, CachePlan, Connection, Plan, Probe, Process, Rendering, Resources, Security};
pub use refusal::{Refusal, Step};
pub use secrets::{Body, SecretFile, Syntax, clean_join};
pub use token::{LoginToken, ProjectedToken};
pub use values::{Entry, Origin, Prefix, Values};
