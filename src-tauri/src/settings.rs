//! What a person set, and which support companies this computer knows.

use crate::view::{ErrorCode, Language};
use beistand_protocol::rendezvous::api::Bytes;
use beistand_protocol::rendezvous::{DisplayName, Domain, Fingerprint};
use beistand_session::rendezvous::{Company, DomainTrust};
use serde::{Deserialize, Serialize};

/// The hotkey that leads to the panel: beside that of NOTAUS.
pub(crate) const PANEL_HOTKEY: &str = "Ctrl+Alt+Shift+F11";

/// The hotkey of NOTAUS until another one is chosen: no other program is likely to have it.
pub(crate) const DEFAULT_HOTKEY: &str = "Ctrl+Alt+Shift+F12";
/// How many failed confirmations within [`TROUBLE_SECONDS`] stop the pairing with a domain.
const TOO_MANY_TROUBLES: usize = 3;
const TROUBLE_SECONDS: i64 = 10 * 60;

/// The settings of one profile.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Settings {
    pub(crate) language: Language,
    pub(crate) hotkey: String,
    /// Clicks that are not from hardware count as the customer's.
    pub(crate) assistive_input: bool,
    /// The company whose number is typed.
    pub(crate) current: Option<Domain>,
    pub(crate) known: Vec<KnownCompany>,
    troubles: Vec<Trouble>,
    #[serde(skip_serializing_if = "is_for_this_run")]
    pub(crate) technician: Option<SavedTechnician>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: Language::default(),
            hotkey: DEFAULT_HOTKEY.to_owned(),
            assistive_input: false,
            current: None,
            known: Vec::new(),
            troubles: Vec::new(),
            technician: None,
        }
    }
}

/// A support company that the customer confirmed, with the root that was pinned then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KnownCompany {
    pub(crate) domain: Domain,
    pub(crate) name: DisplayName,
    pub(crate) root: Bytes,
    pub(crate) root_sha256: Fingerprint,
    /// Whether the relay's own certificate leads to that root, instead of a public one.
    pub(crate) root_is_pinned_for_tls: bool,
}

impl KnownCompany {
    /// Pins what was fetched under `trust`.
    pub(crate) fn pin(company: Company, trust: &DomainTrust) -> Self {
        let own_root = DomainTrust::pinned(company.domain.clone(), company.root_sha256);
        Self {
            root_is_pinned_for_tls: trust.outer == own_root.outer,
            domain: company.domain,
            name: company.name,
            root: Bytes(company.root),
            root_sha256: company.root_sha256,
        }
    }

    /// By what this company is known from now on.
    pub(crate) fn trust(&self) -> DomainTrust {
        if self.root_is_pinned_for_tls {
            DomainTrust::pinned(self.domain.clone(), self.root_sha256)
        } else {
            DomainTrust::public(self.domain.clone(), Some(self.root_sha256))
        }
    }
}

/// Who is signed in; the key is in the keyring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SavedTechnician {
    pub(crate) company: KnownCompany,
    pub(crate) login: String,
    pub(crate) name: DisplayName,
    /// Why the keyring does not have the key: then it is signed in for this run only.
    #[serde(skip)]
    pub(crate) unkept: Option<ErrorCode>,
}

fn is_for_this_run(technician: &Option<SavedTechnician>) -> bool {
    technician.as_ref().is_none_or(|technician| technician.unkept.is_some())
}

/// Failed confirmations with one domain, by the wall clock in seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trouble {
    domain: Domain,
    failed_at: Vec<i64>,
    stopped: bool,
}

impl Settings {
    /// Those of somebody new who speaks this language.
    pub(crate) fn of_new_user(language: Language) -> Self {
        Self { language, ..Self::default() }
    }

    pub(crate) fn known(&self, domain: &Domain) -> Option<&KnownCompany> {
        self.known.iter().find(|company| company.domain == *domain)
    }

    pub(crate) fn current(&self) -> Option<&KnownCompany> {
        self.known(self.current.as_ref()?)
    }

    /// Adds a company that the customer has confirmed, or refreshes its name. Its root never changes here.
    pub(crate) fn remember(&mut self, company: KnownCompany) {
        self.known.retain(|known| known.domain != company.domain);
        self.known.push(company);
    }

    /// Notes a failed confirmation. Answers whether pairing with this domain stops now.
    pub(crate) fn note_failed_confirmation(&mut self, domain: &Domain, now_seconds: i64) -> bool {
        let trouble = match self.troubles.iter().position(|trouble| trouble.domain == *domain) {
            Some(at) => self.troubles.get_mut(at),
            None => {
                self.troubles.push(Trouble { domain: domain.clone(), failed_at: Vec::new(), stopped: false });
                self.troubles.last_mut()
            }
        };
        let Some(trouble) = trouble else { return false };
        // A clock that was set back leaves times in the future: they count.
        trouble.failed_at.retain(|at| now_seconds - at < TROUBLE_SECONDS);
        trouble.failed_at.push(now_seconds);
        trouble.stopped |= trouble.failed_at.len() >= TOO_MANY_TROUBLES;
        trouble.stopped
    }

    pub(crate) fn is_stopped(&self, domain: &Domain) -> bool {
        self.troubles.iter().any(|trouble| trouble.domain == *domain && trouble.stopped)
    }

    /// The customer allows the domain again.
    pub(crate) fn lift_stop(&mut self, domain: &Domain) {
        self.troubles.retain(|trouble| trouble.domain != *domain);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain() -> Domain {
        "help.example".parse().unwrap()
    }

    #[test]
    fn three_failed_confirmations_in_ten_minutes_stop_a_domain() {
        let mut settings = Settings::default();
        assert!(!settings.note_failed_confirmation(&domain(), 0));
        assert!(!settings.note_failed_confirmation(&domain(), 300));
        // The first is ten minutes old.
        assert!(!settings.note_failed_confirmation(&domain(), 600));
        assert!(settings.note_failed_confirmation(&domain(), 899));
        assert!(settings.is_stopped(&domain()));
        assert!(!settings.is_stopped(&"other.example".parse().unwrap()));
    }

    #[test]
    fn only_the_customer_lifts_the_stop() {
        let mut settings = Settings::default();
        for _ in 0..3 {
            settings.note_failed_confirmation(&domain(), 0);
        }
        let saved = serde_json::to_string(&settings).unwrap();
        let mut settings: Settings = serde_json::from_str(&saved).unwrap();
        assert!(settings.note_failed_confirmation(&domain(), 1_000_000));
        assert!(settings.is_stopped(&domain()));
        settings.lift_stop(&domain());
        assert!(!settings.is_stopped(&domain()));
        assert!(!settings.note_failed_confirmation(&domain(), 1_000_000));
    }
}
