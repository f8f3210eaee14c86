//! Where this app keeps its things, and what it is called among other instances of itself.

use std::path::{Path, PathBuf};

/// What the identifier of the app begins with everywhere: data folder, bus name, keyring.
pub(crate) const IDENTIFIER: &str = "org.beistand.app";

/// One customer or technician on this computer. Two profiles share nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Profile {
    name: Option<String>,
    folder: PathBuf,
}

/// Why a text can't name a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProfileError {
    #[error("a profile's name has 1 to 32 small letters, digits and dashes")]
    Name,
    #[error("this computer names no folder for a program's data")]
    NoFolder,
}

impl Profile {
    /// The profile with this name, or the one without.
    pub(crate) fn named(name: Option<&str>) -> Result<Self, ProfileError> {
        let data = dirs::data_local_dir().ok_or(ProfileError::NoFolder)?;
        Self::within(&data, name)
    }

    fn within(data: &Path, name: Option<&str>) -> Result<Self, ProfileError> {
        let fits = |name: &str| {
            (1..=32).contains(&name.len())
                && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        if !name.is_none_or(fits) {
            return Err(ProfileError::Name);
        }
        let name = name.map(str::to_owned);
        let profile = Self { name, folder: PathBuf::new() };
        Ok(Self { folder: data.join(profile.identifier()), ..profile })
    }

    /// What tells this instance apart from those of other profiles.
    pub(crate) fn identifier(&self) -> String {
        match &self.name {
            // A bus name allows dashes in no element that begins with a digit.
            Some(name) => format!("{IDENTIFIER}.profile_{}", name.replace('-', "_")),
            None => IDENTIFIER.to_owned(),
        }
    }

    /// Where its data is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_share_nothing() {
        let of = |name| Profile::within(Path::new("/data"), name).unwrap();
        let (none, customer, technician) = (of(None), of(Some("customer")), of(Some("technician")));
        assert_ne!(customer.folder(), technician.folder());
        assert_ne!(none.identifier(), customer.identifier());
        assert!(customer.folder().starts_with("/data"));
    }

    #[test]
    fn a_profile_is_no_path() {
        for name in ["", "..", "a/b", "A", "ä", &"x".repeat(33)] {
            assert_eq!(Profile::within(Path::new("/data"), Some(name)), Err(ProfileError::Name), "{name}");
        }
    }
}
