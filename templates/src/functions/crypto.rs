//! sprig's password hashes, derived passwords and AES.

use aes::Aes256;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockDecryptMut, BlockEncryptMut, KeyIvInit};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::encoding;
use crate::call::Call;
use crate::function::{Arguments, Function, FunctionError};
use crate::value::{Type, Value};

const TEXT: Type = Type::String;

type Outcome = Result<Value, FunctionError>;

pub(super) static TABLE: &[Function] = &[
    Function::new("sprig_bcrypt", &[TEXT], TEXT, |call, arguments| {
        Ok(Value::string(bcrypt(call, arguments.text(0)?.as_bytes())?))
    }),
    Function::new("sprig_decryptAES", &[TEXT, TEXT], TEXT, decrypt),
    Function::new(
        "sprig_derivePassword",
        &[Type::UINT32, TEXT, TEXT, TEXT, TEXT],
        TEXT,
        derive_password,
    ),
    Function::new("sprig_encryptAES", &[TEXT, TEXT], TEXT, encrypt),
    Function::new("sprig_htpasswd", &[TEXT, TEXT], TEXT, |call, arguments| {
        let user = arguments.text(0)?.as_bytes();
        if user.contains(&b':') {
            return Ok(Value::string([b"invalid username: ", user].concat()));
        }
        let hash = bcrypt(call, arguments.text(1)?.as_bytes())?;
        Ok(Value::string([user, b":", hash.as_bytes()].concat()))
    }),
];

const BCRYPT_COST: u32 = 10;
const BCRYPT_MAX: usize = 72;
/// Steps that one of the slow functions counts for, so that a loop of them runs into the limit.
const SLOW: u64 = 100_000;

fn bcrypt(call: &mut Call<'_>, password: &[u8]) -> Result<String, FunctionError> {
    call.step(SLOW)?;
    if password.len() > BCRYPT_MAX {
        return Ok("failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes".to_owned());
    }
    let mut salt = [0; 16];
    call.source().random(&mut salt)?;
    let hash = bcrypt::hash_with_salt(password, BCRYPT_COST, salt).map_err(|error| error.to_string())?;
    Ok(hash.format_for_version(bcrypt::Version::TwoA))
}

/// The templates of the Master Password algorithm by the sort of password; each letter stands for a set of characters.
const PASSWORD_TEMPLATES: &[(&str, &[&str])] = &[
    ("maximum", &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"]),
    (
        "long",
        &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
    ),
    ("medium", &["CvcnoCvc", "CvcCvcno"]),
    ("short", &["Cvcn"]),
    ("basic", &["aaanaaan", "aannaaan", "aaannaaa"]),
    ("pin", &["nnnn"]),
];

fn password_characters(letter: u8) -> &'static [u8] {
    match letter {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'A' => b"AEIOUBCDFGHJKLMNPQRSTVWXYZ",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// The Master Password algorithm: the same arguments give the same password everywhere.
fn derive_password(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    const SEED: &[u8] = b"com.lyndir.masterpassword";
    call.step(SLOW)?;
    let sort = arguments.str_lossy(1)?;
    let Some((_, templates)) = PASSWORD_TEMPLATES.iter().find(|(name, _)| *name == sort) else {
        return Ok(Value::string(format!("cannot find password template {sort}")));
    };
    let (password, user, site) = (arguments.text(2)?, arguments.text(3)?, arguments.text(4)?);
    let counted = |text: &[u8]| {
        let size = u32::try_from(text.len()).unwrap_or(u32::MAX);
        [SEED, &size.to_be_bytes(), text].concat()
    };
    let mut key = Zeroizing::new([0; 64]);
    let settings = scrypt::Params::new(15, 8, 2, key.len()).map_err(|error| error.to_string())?;
    scrypt::scrypt(password.as_bytes(), &counted(user.as_bytes()), &settings, key.as_mut())
        .map_err(|error| error.to_string())?;
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_ref()).map_err(|error| error.to_string())?;
    mac.update(&counted(site.as_bytes()));
    mac.update(&(arguments.uint(0)? as u32).to_be_bytes());
    let seed = mac.finalize().into_bytes();
    let template = templates[usize::from(seed[0]) % templates.len()];
    let characters = template.bytes().zip(seed.iter().skip(1)).map(|(letter, byte)| {
        let characters = password_characters(letter);
        characters[usize::from(*byte) % characters.len()]
    });
    Ok(Value::string(characters.collect::<Vec<u8>>()))
}

const BLOCK: usize = 16;

/// The password, cut to 32 bytes or filled up with zeros.
fn aes_key(password: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    let size = password.len().min(key.len());
    key[..size].copy_from_slice(&password[..size]);
    key
}

fn encrypt(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let (password, text) = (arguments.text(0)?.as_bytes(), arguments.text(1)?.as_bytes());
    if text.is_empty() {
        return Ok(Value::string(""));
    }
    call.reserve(text.len().saturating_mul(3).saturating_add(64))?;
    let mut iv = [0; BLOCK];
    call.source().random(&mut iv)?;
    let fill = BLOCK - text.len() % BLOCK;
    let mut padded = Zeroizing::new(text.to_vec());
    padded.resize(text.len() + fill, u8::try_from(fill).unwrap_or(0));
    let cipher = cbc::Encryptor::<Aes256>::new((&*aes_key(password)).into(), &iv.into());
    let encrypted = cipher.encrypt_padded_vec_mut::<NoPadding>(&padded);
    Ok(Value::string(encoding::encode(&[iv.as_slice(), &encrypted].concat())))
}

fn decrypt(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let (password, text) = (arguments.text(0)?.as_bytes(), arguments.text(1)?.as_bytes());
    if text.is_empty() {
        return Ok(Value::string(""));
    }
    let bytes = encoding::decode_standard(text)?;
    let Some((iv, encrypted)) = bytes.split_first_chunk::<BLOCK>() else {
        let size = bytes.len();
        return Err(format!("runtime error: slice bounds out of range [:16] with capacity {size}").into());
    };
    if encrypted.len() % BLOCK != 0 {
        return Err("crypto/cipher: input not full blocks".into());
    }
    let cipher = cbc::Decryptor::<Aes256>::new((&*aes_key(password)).into(), iv.into());
    let mut padded = cipher
        .decrypt_padded_vec_mut::<NoPadding>(encrypted)
        .map_err(|error| error.to_string())?;
    let fill = usize::from(*padded.last().ok_or("runtime error: index out of range [-1]")?);
    match padded.len().checked_sub(fill) {
        Some(size) => padded.truncate(size),
        None => {
            let end = padded.len() as i64 - fill as i64;
            return Err(format!("runtime error: slice bounds out of range [:{end}]").into());
        }
    }
    Ok(Value::string(padded))
}
