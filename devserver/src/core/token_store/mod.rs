//! `auth/token/`: tokens made, looked up, renewed and revoked through the API.

mod create;
mod grants;
mod lookup;
mod renew;
mod revoke;
mod role_write;
mod roles;
mod terms;

pub(crate) use roles::Roles;

use super::Core;
use crate::engine::{
    Field, Router, SpecialPaths, boolean, comma_list, integer, pairs, route, seconds, text, text_list,
};
use crate::logical::Operation;
use std::sync::LazyLock;

pub(crate) const SPECIAL: SpecialPaths = SpecialPaths {
    unauthenticated: &[],
    root: &["revoke-orphan/*", "accessors/*"],
};

fn create_fields() -> Vec<Field> {
    vec![
        text("display_name").help("Shown in logs and as a part of the token's display name"),
        text("explicit_max_ttl").help("Ends the token whatever the renewals"),
        text("entity_alias").help("Ties the token to this alias's entity"),
        integer("num_uses").help("How many requests the token is good for; 0 is any number"),
        text("period").help("Renew period"),
        boolean("renewable")
            .or(true)
            .help("Whether the token can be renewed, within the limits of the mount"),
        text("ttl").help("How long the token lives before its first renewal"),
        text("lease").help("Use 'ttl' instead"),
        text("type").help("Token type"),
        boolean("no_default_policy").help("Leaves the 'default' policy out"),
        text("id").help("The token's text, for those who may choose it"),
        pairs("meta").help("Pairs of text that a look-up shows"),
        boolean("no_parent").help("Makes it outlive the token it is made with"),
        text_list("policies").help("The policies it carries"),
    ]
}

fn token_fields() -> Vec<Field> {
    vec![
        text("token").help("Token"),
        seconds("increment").or(0).help("How many seconds more are wished for"),
    ]
}

/// Only the token: what is not renewed has no increment.
fn token_only() -> Vec<Field> {
    vec![text("token").help("The token.")]
}

/// Only the accessor.
fn accessor_only() -> Vec<Field> {
    vec![text("accessor").help("The name the token can be managed by without knowing it")]
}

fn accessor_fields() -> Vec<Field> {
    vec![
        text("accessor").help("The name the token can be managed by without knowing it"),
        seconds("increment").or(0).help("How many seconds more are wished for"),
    ]
}

fn role_fields() -> Vec<Field> {
    let mut fields = vec![
        text("role_name").help("Name of the role"),
        comma_list("allowed_policies"),
        comma_list("disallowed_policies"),
        comma_list("allowed_policies_glob"),
        comma_list("disallowed_policies_glob"),
        boolean("orphan"),
        seconds("period"),
        text("path_suffix"),
        seconds("explicit_max_ttl"),
        boolean("renewable").or(true),
        comma_list("bound_cidrs"),
        comma_list("allowed_entity_aliases"),
    ];
    let own = ["token_ttl", "token_max_ttl", "token_policies", "token_strictly_bind_ip"];
    fields.extend(
        crate::auth::token_parameters::fields()
            .into_iter()
            .filter(|field| !own.contains(&field.name)),
    );
    fields
}

pub(crate) static ROUTER: LazyLock<Router<Core>> = LazyLock::new(|| {
    Router::new(
        "The token credential backend is always enabled and builtin to Vault.",
        vec![
            route("roles/?")
                .help("Names of the token roles.", "")
                .on(Operation::List, Core::list_token_roles),
            route("accessors/?")
                .help("Accessors of all tokens.", "")
                .on(Operation::List, Core::list_accessors),
            route("create-orphan")
                .help("Make a token without parent.", "")
                .fields(create_fields())
                .on(Operation::Update, Core::create_orphan),
            route("create/{role_name}")
                .help("Make a token by a role.", "")
                .fields([vec![text("role_name").help("Name of the role")], create_fields()].concat())
                .on(Operation::Update, Core::create_with_role),
            route("create")
                .help("Make a token below the own one.", "")
                .fields(create_fields())
                .on(Operation::Update, Core::create_child),
            route("lookup")
                .help("What is known of a token.", "")
                .fields(token_only())
                .on(Operation::Read, Core::lookup_token)
                .on(Operation::Update, Core::lookup_token),
            route("lookup-accessor")
                .help("What is known of a token, by its accessor.", "")
                .fields(accessor_only())
                .on(Operation::Update, Core::lookup_accessor),
            route("lookup-self")
                .help("What is known of the own token.", "")
                .fields(token_only())
                .on(Operation::Read, Core::lookup_self)
                .on(Operation::Update, Core::lookup_self),
            route("revoke-accessor")
                .help("End a token and those below it, by its accessor.", "")
                .fields(accessor_only())
                .on(Operation::Update, Core::revoke_accessor),
            route("revoke-self")
                .help("End the own token and those below it.", "")
                .on(Operation::Update, Core::revoke_self),
            route("revoke")
                .help("End a token and those below it.", "")
                .fields(token_only())
                .on(Operation::Update, Core::revoke_given),
            route("revoke-orphan")
                .help("End a token; those below it become orphans.", "")
                .fields(token_only())
                .on(Operation::Update, Core::revoke_orphan),
            route("renew-accessor")
                .help("Renew a token, by its accessor.", "")
                .fields(accessor_fields())
                .on(Operation::Update, Core::renew_accessor),
            route("renew-self")
                .help("Renew the own token.", "")
                .fields(token_fields())
                .on(Operation::Update, Core::renew_self),
            route("renew")
                .help("Renew a token.", "")
                .fields(token_fields())
                .on(Operation::Update, Core::renew_given),
            route("tidy")
                .help("Forget what belongs to no token.", "")
                .on(Operation::Update, Core::tidy_tokens),
            route("roles/{role_name}")
                .help("A token role: what tokens made by it are.", "")
                .fields(role_fields())
                .exists(Core::token_role_exists)
                .on(Operation::Read, Core::read_token_role)
                .write(Core::write_token_role)
                .on(Operation::Delete, Core::delete_token_role),
        ],
    )
});
