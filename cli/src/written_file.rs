//! What `writeToFile` writes on somebody's own machine.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use coffret_agent::account;
use coffret_templates::FileWrite;

/// Where names of users and groups are looked up.
const ETC: &str = "/etc";

/// Writes a file as consul-template does: directories are made, symbolic links are refused, and the owner is changed if
/// one is named. Names are looked up before anything is written.
///
/// # Errors
/// Names the file, user or group and what is wrong with it.
pub fn write(write: &FileWrite) -> Result<(), String> {
    let owner = owner(write)?;
    let path = checked(&write.path)?;
    let failed = |what: &str, error: &std::io::Error| format!("{what} {}: {error}", write.path);
    let mut file = opened(&path, write).map_err(|error| failed("open", &error))?;
    file.write_all(&write.content)
        .map_err(|error| failed("write", &error))?;
    if owner != (None, None) {
        fchown(&file, owner.0, owner.1).map_err(|error| failed("chown", &error))?;
    }
    file.set_permissions(Permissions::from_mode(write.mode))
        .map_err(|error| failed("chmod", &error))
}

fn owner(write: &FileWrite) -> Result<(Option<u32>, Option<u32>), String> {
    let user = (!write.user.is_empty()).then(|| account::user(&write.user, Path::new(ETC)));
    let user = user
        .transpose()
        .map_err(|_| format!("user: unknown user {}", write.user))?;
    let group = (!write.group.is_empty()).then(|| account::group(&write.group, Path::new(ETC)));
    let group = group
        .transpose()
        .map_err(|_| format!("group: unknown group {}", write.group))?;
    Ok((user, group))
}

/// The path, in a directory that is there then, with no symbolic link at its end or right before it.
fn checked(path: &str) -> Result<PathBuf, String> {
    let whole = PathBuf::from(path);
    let directory = match whole.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    if !directory.exists() {
        fs::create_dir_all(&directory).map_err(|error| format!("mkdir {}: {error}", directory.display()))?;
    }
    if directory.is_symlink() {
        return Err(format!(
            "writeToFile: refusing to write through symlinked directory in path {path:?}"
        ));
    }
    match whole.is_symlink() {
        true => Err(format!("writeToFile: refusing to write to symlink {path:?}")),
        false => Ok(whole),
    }
}

fn opened(path: &Path, write: &FileWrite) -> std::io::Result<File> {
    let no_follow = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    OpenOptions::new()
        .create(true)
        .write(true)
        .append(write.append)
        .truncate(!write.append)
        .mode(write.mode)
        .custom_flags(no_follow)
        .open(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, symlink};

    use super::*;

    fn file(path: &Path, user: &str, group: &str) -> FileWrite {
        FileWrite {
            path: path.display().to_string(),
            user: user.to_owned(),
            group: group.to_owned(),
            mode: 0o640,
            append: false,
            content: b"text".to_vec().into(),
        }
    }

    #[test]
    fn files_get_directories_mode_and_owner() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b");
        let (user, group) = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
        write(&file(&path, &user.to_string(), &group.to_string())).unwrap();
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"text");
        assert_eq!(
            (metadata.uid(), metadata.gid(), metadata.mode() & 0o777),
            (user, group, 0o640)
        );
    }

    #[test]
    fn unknown_owners_and_links_are_refused_before_anything_is_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x");
        let refused = |write: &FileWrite| super::write(write).unwrap_err();
        assert_eq!(
            refused(&file(&path, "nobody-has-this", "")),
            "user: unknown user nobody-has-this"
        );
        assert_eq!(
            refused(&file(&path, "", "no-such-group")),
            "group: unknown group no-such-group"
        );
        symlink("elsewhere", &path).unwrap();
        assert!(refused(&file(&path, "", "")).contains("refusing to write to symlink"));
        symlink(directory.path(), directory.path().join("link")).unwrap();
        let through = directory.path().join("link/y");
        assert!(refused(&file(&through, "", "")).contains("through symlinked directory"));
        assert!(!directory.path().join("y").exists() && !directory.path().join("elsewhere").exists());
    }
}
