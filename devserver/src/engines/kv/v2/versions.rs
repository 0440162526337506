//! `delete/`, `undelete/` and `destroy/`.

use super::Versioned;
use crate::engine::{Call, Context};
use crate::logical::{Error, Reply};

fn numbers(call: &Call<'_>, missing: &str) -> Result<Vec<u64>, Error> {
    match call.integers("versions") {
        none if none.is_empty() => Err(Error::coded(400, missing)),
        asked => Ok(asked
            .into_iter()
            .map(|number| u64::try_from(number).unwrap_or_default())
            .collect()),
    }
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
                version.data = None;
            }
        }
        Ok(None)
    }
}
