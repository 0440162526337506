//! `sys/generate-root-token`: a root token for those who have the unseal key, and `sys/decode-token`.

use super::status::{key_bytes, refused_key};
use crate::core::{Core, TokenEntry};
use crate::engine::{Call, Context, Route, route, text};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::{object, random};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;

/// A root token is hidden by as many letters as it has.
const OTP_LENGTH: usize = 26;

/// A root token that is being made.
#[derive(Clone, Debug)]
pub(super) struct RootGeneration {
    nonce: String,
    otp: String,
}

pub(super) fn routes() -> Vec<Route<Core>> {
    use Operation::{Delete, Read, Update};
    vec![
        route("generate-root-token/attempt")
            .fields(vec![
                text("otp").help("Letters that hide the token; made here if empty."),
                text("pgp_key").help("Not taken here."),
            ])
            .help("Begin to make a root token.", "Reads how far it is, and gives up.")
            .on(Read, Core::read_generation)
            .on(Update, Core::begin_generation)
            .on(Delete, |core: &mut Core, _, _| {
                core.settings.root_generation = None;
                Ok(None)
            }),
        route("generate-root-token/update")
            .fields(vec![
                text("key").help("The unseal key."),
                text("nonce").help("What the beginning was answered with."),
            ])
            .help("Make the root token.", "It is hidden by the letters agreed on.")
            .on(Update, Core::finish_generation),
        route("decode-token")
            .fields(vec![
                text("encoded_token").help("A hidden token."),
                text("otp").help("The letters that hide it."),
            ])
            .help("Show a hidden token.", "As it was made by generate-root-token.")
            .on(Update, Core::decode_token),
    ]
}

/// The same bytes changed by the others, or changed back.
fn combined(bytes: &[u8], others: &[u8]) -> Vec<u8> {
    bytes.iter().zip(others).map(|(one, other)| one ^ other).collect()
}

impl Core {
    fn generation_shown(&self) -> Object {
        let mut shown = object! {
            "complete" => false,
            "otp" => "",
            "otp_length" => OTP_LENGTH,
            "progress" => 0,
            "required" => 1,
            "started" => self.settings.root_generation.is_some(),
        };
        if let Some(generation) = &self.settings.root_generation {
            shown.insert("nonce".to_owned(), Value::from(&generation.nonce));
            shown.insert("pgp_fingerprint".to_owned(), Value::from(""));
        }
        shown
    }

    fn read_generation(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        Response::data(self.generation_shown()).reply()
    }

    fn begin_generation(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        if !call.string("pgp_key").is_empty() {
            return Err(Error::response("pgp_key is not supported by this development server"));
        }
        let sent = call.string("otp");
        if !sent.is_empty() && sent.len() != OTP_LENGTH {
            return Err(Error::response("OTP string has incorrect length"));
        }
        if self.settings.root_generation.is_some() {
            return Err(Error::response(
                "root generation already in progress for this namespace",
            ));
        }
        let made = sent.is_empty().then(|| random::base62(OTP_LENGTH));
        self.settings.root_generation = Some(RootGeneration {
            nonce: random::uuid(),
            otp: made.clone().unwrap_or(sent),
        });
        let mut shown = self.generation_shown();
        // Letters made here are told once.
        shown.extend(made.map(|otp| ("otp".to_owned(), Value::from(otp))));
        Response::data(shown).reply()
    }

    fn finish_generation(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (key, nonce) = (call.string("key"), call.string("nonce"));
        if nonce.is_empty() {
            return Err(Error::response("nonce is required"));
        }
        if key.is_empty() {
            return Err(Error::response("key is required"));
        }
        let key = key_bytes(&key).ok_or_else(|| Error::internal("'key' must be a valid hex or base64 string"))?;
        if !super::status::KEY_LENGTHS.contains(&key.len()) {
            return Err(Error::internal(refused_key(key.len())));
        }
        let generation = self.settings.root_generation.clone();
        let generation = generation.ok_or_else(|| Error::internal("no root generation in progress"))?;
        if nonce != generation.nonce {
            let right = &generation.nonce;
            return Err(Error::internal(format!(
                "incorrect nonce supplied; nonce for this root generation operation is {right:?}"
            )));
        }
        if key_bytes(&self.unseal_key).is_none_or(|right| right != key) {
            let why = refused_key(key.len());
            return Err(Error::internal(format!(
                "root generation aborted: unable to authenticate: {why}"
            )));
        }
        self.settings.root_generation = None;
        let token = TokenEntry {
            policies: vec!["root".to_owned()],
            path: "auth/token/root".to_owned(),
            display_name: "root".to_owned(),
            ..TokenEntry::default()
        };
        let token = self.create_token(token, false);
        let hidden = combined(token.id.as_bytes(), generation.otp.as_bytes());
        Response::data(object! {
            "complete" => true,
            "encoded_token" => BASE64_STANDARD_NO_PAD.encode(hidden),
            "nonce" => generation.nonce,
            "pgp_fingerprint" => "",
            "progress" => 1,
            "required" => 1,
            "started" => true,
        })
        .reply()
    }

    fn decode_token(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (hidden, otp) = (call.string("encoded_token"), call.string("otp"));
        if hidden.is_empty() || otp.is_empty() {
            return Err(Error::response("provided 'encoded_token' or 'otp' is empty"));
        }
        let hidden = BASE64_STANDARD_NO_PAD.decode(&hidden).map_err(|error| {
            let place = crate::auth::jws::wrong_byte(&error, &hidden);
            Error::response(format!(
                "error decoding base64'd token: illegal base64 data at input byte {place}"
            ))
        })?;
        if hidden.len() != otp.len() {
            return Err(Error::response(format!(
                "error xoring token: length of byte slices is not equivalent: {} != {}",
                hidden.len(),
                otp.len()
            )));
        }
        let token = combined(&hidden, otp.as_bytes());
        Response::data(object! { "token" => String::from_utf8_lossy(&token).into_owned() }).reply()
    }
}
