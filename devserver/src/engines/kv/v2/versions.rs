//! `delete/`, `undelete/` and `destroy/`.

use super::Versioned;
use crate::engine::{Call, Context};
use crate::json::Object;
use crate::logical::{Error, Reply};

fn numbers(call: &Call<'_>, missing: &str) -> Result<Vec<u64>, Error> {
    let texts = call.list("versions");
    if texts.is_empty() {
        return Err(Error::coded(400, missing));
    }
    texts
        .iter()
        .map(|text| {
            text.parse::<i64>().map(|number| u64::try_from(number).unwrap_or_default()).map_err(|_| {
                Error::response(format!(
                    "Field validation failed: error converting input for field \"versions\": 1 error(s) decoding:\n\n* cannot parse \
                     '[0]' as int: strconv.ParseInt: parsing {text:?}: invalid syntax"
                ))
            })
        })
        .collect()
}

impl Versioned {
    pub(super) fn delete(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let numbers = numbers(call, "No version number provided")?;
        let Some(entry) = self.entries.get_mut(call.text("path")) else {
            return Ok(None);
        };
        for number in numbers {
            if let Some(version) = entry
                .versions
                .get_mut(&number)
                .filter(|version| !version.gone(context.now))
            {
                version.deleted = Some(context.now);
            }
        }
        Ok(None)
    }

    pub(super) fn undelete(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let numbers = numbers(call, "No version number provided")?;
        let Some(entry) = self.entries.get_mut(call.text("path")) else {
            return Ok(None);
        };
        let deletion = entry.deletion(context.now, &self.config);
        for number in numbers {
            if let Some(version) = entry.versions.get_mut(&number).filter(|version| !version.destroyed) {
                version.deleted = deletion;
            }
        }
        Ok(None)
    }

    pub(super) fn destroy(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let numbers = numbers(call, "no version number provided")?;
        let Some(entry) = self.entries.get_mut(call.text("path")) else {
            return Ok(None);
        };
        for number in numbers {
            if let Some(version) = entry.versions.get_mut(&number) {
                version.destroyed = true;
                version.data = Object::new();
            }
        }
        Ok(None)
    }
}
