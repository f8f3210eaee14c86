//! The ticket desk as the relay serves it: its settings, its files, and who its technicians are.
//!
//! The desk itself is [`beistand_desk`]. Nothing here decides who may see or do what.

use super::desk_store;
use super::folder::Folder;
use super::server::Relay;
use anyhow::{Context, Result};
use axum::Router;
use beistand_desk::attachments::{Attachments, Limits};
use beistand_desk::http::{self, Failed, Found, Network, Proxies, Settings, Technicians};
use beistand_desk::store::Store;
use beistand_protocol::desk::api::access::{PhoneHours, TokenRequest};
use beistand_protocol::desk::ids::TechnicianId;
use beistand_protocol::desk::workdays::{Bundesland, WorkingDays};
use beistand_protocol::rendezvous::desk_token_message;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

const MIB: u64 = 1024 * 1024;

/// What customers without an account may do, and what everybody is told; in `[desk]` of `relay.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Public {
    /// The support line, as people write it.
    pub phone: Option<String>,
    /// When somebody answers there, in German.
    pub phone_hours_de: Option<String>,
    /// The same in English.
    pub phone_hours_en: Option<String>,
    /// Whose public holidays count for customers who are not known yet.
    pub bundesland: Bundesland,
    /// Which days are working days for them.
    pub working_days: WorkingDays,
    /// Whether forms with customer number and PIN are taken.
    pub pin_forms: bool,
    /// How long every answer to such a form takes at least.
    pub pin_floor_milliseconds: u64,
    /// Proxies before the relay, whose word about who asks is taken: addresses or ranges.
    pub trusted_proxies: Vec<String>,
    /// How long one file may be.
    pub max_file_mib: u64,
    /// How long all files of one form or message may be together.
    pub max_files_mib: u64,
}

impl Default for Public {
    fn default() -> Self {
        Self {
            phone: None,
            phone_hours_de: None,
            phone_hours_en: None,
            bundesland: Bundesland::NW,
            working_days: WorkingDays::default(),
            pin_forms: true,
            pin_floor_milliseconds: 800,
            trusted_proxies: Vec::new(),
            max_file_mib: 10,
            max_files_mib: 25,
        }
    }
}

impl Public {
    /// Checks what can't be checked while it is read.
    ///
    /// # Errors
    /// A sentence for the admin.
    pub fn check(&self) -> Result<()> {
        self.proxies()?;
        anyhow::ensure!(
            (1..=10).contains(&self.max_file_mib) && (self.max_file_mib..=100).contains(&self.max_files_mib),
            "desk.public.max_file_mib must be 1 to 10, and max_files_mib not less than it and at most 100."
        );
        anyhow::ensure!(
            (800..=10_000).contains(&self.pin_floor_milliseconds),
            "desk.public.pin_floor_milliseconds must be 800 to 10000: a quicker answer could tell a right PIN from a wrong one."
        );
        anyhow::ensure!(
            self.phone_hours_de.is_some() == self.phone_hours_en.is_some(),
            "desk.public.phone_hours_de and phone_hours_en belong together: give both or none."
        );
        Ok(())
    }

    fn proxies(&self) -> Result<Proxies> {
        let read = |text: &String| {
            let network: Result<Network, _> = text.parse();
            network.map_err(|error| anyhow::anyhow!("desk.public.trusted_proxies: \"{text}\": {error}."))
        };
        Ok(Proxies(self.trusted_proxies.iter().map(read).collect::<Result<_>>()?))
    }
}

/// The commented section that `init` writes.
pub(super) const TEMPLATE: &str = r#"
# What the desk tells everybody and takes from everybody; these are the defaults.
# [desk.public]
# phone = "+49 211 1234567"
# phone_hours_de = "Mo-Fr 8:30 bis 17 Uhr"
# phone_hours_en = "Mon-Fri 8:30 to 17:00"
# bundesland = "NW"              # whose public holidays count for customers who are not known yet
# working_days = "monFri"        # or "monSat"
# pin_forms = true               # whether customers may file with customer number and PIN
# pin_floor_milliseconds = 800   # how long every answer to such a form takes at least; never below 800
# trusted_proxies = []           # proxies before the relay, such as ["127.0.0.1", "10.0.0.0/8"]
# max_file_mib = 10
# max_files_mib = 25
"#;

/// The desk, ready to be served: its routes, and what it does by itself until it is dropped.
pub(super) fn open(
    folder: &Folder,
    relay: &Arc<Relay>,
    store: &Store,
) -> Result<(Router, impl Future<Output = ()> + Send + 'static)> {
    let public = &relay.config.desk.public;
    let limits =
        Limits { bytes: public.max_file_mib * MIB, bytes_together: public.max_files_mib * MIB, ..Limits::default() };
    let files = folder.desk_files();
    let attachments = Attachments::open(&files, limits, own_program()?)
        .with_context(|| format!("The folder {} can't be used.", files.display()))?;
    let hours = public.phone_hours_de.clone().zip(public.phone_hours_en.clone());
    let settings = Settings {
        company: relay.config.company.as_str().to_owned(),
        phone: public.phone.clone(),
        phone_hours: hours.map(|(de, en)| PhoneHours { de, en }),
        bundesland: public.bundesland,
        working_days: public.working_days,
        takes_pin_forms: public.pin_forms,
        proxies: public.proxies()?,
        pin_floor: Duration::from_millis(public.pin_floor_milliseconds),
    };
    let (pepper, secret) = (desk_store::pepper(folder)?, desk_store::secret(folder)?);
    let accounts = Arc::new(Accounts(Arc::clone(relay)));
    let desk = http::Desk::new(store.clone(), attachments, pepper, &secret, settings, accounts);
    Ok((http::router(Arc::clone(&desk)), desk.work()))
}

/// The program that also makes images anew: this very file, even if a newer one has taken its name meanwhile.
fn own_program() -> Result<std::path::PathBuf> {
    if cfg!(target_os = "linux") {
        return Ok("/proc/self/exe".into());
    }
    std::env::current_exe().context("The program does not find itself.")
}

/// The relay's technicians, as the desk asks for them.
#[derive(Debug)]
struct Accounts(Arc<Relay>);

fn failed(error: anyhow::Error) -> Failed {
    error.into()
}

impl Technicians for Accounts {
    fn of_device<'a>(&'a self, request: &'a TokenRequest) -> Found<'a, Option<(TechnicianId, String)>> {
        Box::pin(async move {
            let Self(relay) = self;
            if !relay.desk.is_fresh(relay.hall.now(), &request.nonce) {
                return Ok(None);
            }
            let known = relay.store.device(request.device).await.map_err(failed)?;
            let message = desk_token_message(&relay.domain, &request.nonce);
            let found = known.filter(|(_, _, key)| key.signed(&message, &request.signature.0));
            Ok(found
                .and_then(|(id, name, _)| Some((TechnicianId(u32::try_from(id.0).ok()?), name.as_str().to_owned()))))
        })
    }

    fn name(&self, technician: TechnicianId) -> Found<'_, Option<String>> {
        Box::pin(async move {
            let id = crate::core::TechnicianId(i64::from(technician.0));
            self.0.store.active_name(id).await.map_err(failed)
        })
    }

    fn all(&self) -> Found<'_, Vec<(TechnicianId, String)>> {
        Box::pin(async move {
            let all = self.0.store.technicians().await.map_err(failed)?;
            let active = all.into_iter().filter(|technician| technician.disabled_at.is_none());
            let mut listed: Vec<_> = active
                .filter_map(|one| Some((TechnicianId(u32::try_from(one.id.0).ok()?), one.name.as_str().to_owned())))
                .collect();
            listed.sort_by(|one, other| one.1.cmp(&other.1));
            Ok(listed)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_is_named() {
        assert!(Public::default().check().is_ok());
        let proxies = Public { trusted_proxies: vec![String::from("10.0.0.0/40")], ..Public::default() };
        assert!(proxies.check().unwrap_err().to_string().contains("10.0.0.0/40"));
        let quick = Public { pin_floor_milliseconds: 10, ..Public::default() };
        assert!(quick.check().unwrap_err().to_string().contains("800"));
        let large = Public { max_file_mib: 11, ..Public::default() };
        assert!(large.check().unwrap_err().to_string().contains("max_file_mib"));
        let half = Public { phone_hours_de: Some(String::new()), ..Public::default() };
        assert!(half.check().unwrap_err().to_string().contains("phone_hours_en"));
    }
}
