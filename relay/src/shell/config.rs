//! `relay.toml`: everything that the operator decides. Unknown keys are errors, so that a typo is not a silence.

use super::desk;
use super::desk_store::{self, Desk};
use super::folder::{self, Folder};
use super::mail::{self, Mail};
use crate::core::{Allowance, Limits};
use anyhow::{Result, anyhow, bail};
use beistand_protocol::rendezvous::{DisplayName, Domain};
use beistand_protocol::resume::RESUME_WITHIN;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How long a used slot rests at least: a number that was read out late must not reach somebody else.
const MIN_REST_SECONDS: u64 = 600;

/// The whole configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The domain as customers and technicians type it. Port 0 stands for the one that was bound.
    pub domain: Domain,
    /// The company's name, as everybody sees it.
    pub company: DisplayName,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where misuse can be reported.
    pub abuse: Option<String>,
    /// The operator's own server certificate.
    pub certificate: Option<Certificate>,
    /// About the ticket desk.
    #[serde(default)]
    pub desk: Desk,
    /// The mail server by which customers are written to.
    pub mail: Option<Mail>,
    /// How to log.
    #[serde(default)]
    pub log: Log,
    /// About session numbers.
    #[serde(default)]
    pub numbers: Numbers,
    /// Against misuse and overload.
    #[serde(default)]
    pub limits: Caps,
    /// About stopping.
    #[serde(default)]
    pub stop: Stop,
}

/// A server certificate that every computer knows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The certificate and what it is issued by, as PEM.
    pub chain: PathBuf,
    /// Its key, as PEM.
    pub key: PathBuf,
}

/// How to log.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// For people or for machines.
    pub format: LogFormat,
    /// How much.
    pub level: LogLevel,
}

/// For people or for machines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One readable line each.
    #[default]
    Text,
    /// One JSON object each.
    Json,
}

/// How much is logged. Addresses appear at `debug` only, secrets never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What stops work.
    Error,
    /// What may need somebody.
    Warn,
    /// Milestones.
    #[default]
    Info,
    /// Deviations.
    Debug,
}

/// About session numbers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Numbers {
    /// How many digits the public part has: two serve some dozens of waiting numbers.
    pub slot_digits: u32,
    /// How long a number lives unless its issuer extends it.
    pub life_seconds: u64,
    /// How long a used slot is not given out again; at least ten minutes.
    pub rest_seconds: u64,
}

impl Default for Numbers {
    fn default() -> Self {
        Self { slot_digits: 2, life_seconds: 600, rest_seconds: 600 }
    }
}

/// Against misuse and overload. What is counted by network is counted by /24 of IPv4 and /56 of IPv6.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Caps {
    /// Connections in all.
    pub connections: usize,
    /// Connections of one network.
    pub connections_per_network: usize,
    /// Sessions in all.
    pub sessions: usize,
    /// Sessions of one technician.
    pub sessions_per_technician: usize,
    /// Numbers that wait in all.
    pub waiting: usize,
    /// Numbers of one network's customers that wait or rest.
    pub waiting_per_network: usize,
    /// Numbers of one technician that wait.
    pub waiting_per_technician: usize,
    /// Wrong numbers of one network within the window.
    pub failures_per_network: u32,
    /// Wrong numbers of one technician within the window.
    pub failures_per_technician: u32,
    /// Wrong numbers in all within the window before new ones get longer.
    pub failures_before_longer_numbers: u32,
    /// Sign-ins of one network within the window.
    pub sign_ins_per_network: u32,
    /// Sign-ins with one login within the window.
    pub sign_ins_per_login: u32,
    /// The window.
    pub window_seconds: u64,
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            connections: 2000,
            connections_per_network: 200,
            sessions: 500,
            sessions_per_technician: 10,
            waiting: 1000,
            waiting_per_network: 10,
            waiting_per_technician: 5,
            failures_per_network: 20,
            failures_per_technician: 20,
            failures_before_longer_numbers: 60,
            sign_ins_per_network: 100,
            sign_ins_per_login: 10,
            window_seconds: 600,
        }
    }
}

/// About stopping.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stop {
    /// How long running sessions have when the relay is told to stop.
    pub grace_seconds: u64,
}

impl Default for Stop {
    fn default() -> Self {
        Self { grace_seconds: 30 }
    }
}

impl Config {
    /// Reads the configuration of `folder`.
    ///
    /// # Errors
    /// A sentence for the admin, with the line if it is a typo.
    pub fn load(folder: &Folder) -> Result<Self> {
        let path = folder.config();
        if !path.exists() {
            bail!(
                "There is no relay.toml in {}. Run `beistand-relay init` first, or say where it is with --dir.",
                folder.path().display()
            );
        }
        Self::parse(&folder::read(&path)?).map_err(|error| anyhow!("{} is not right:\n{error}", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let config: Self = toml::from_str(text)?;
        let limits = &config.limits;
        if !(2..=6).contains(&config.numbers.slot_digits) {
            bail!("numbers.slot_digits must be 2 to 6.");
        }
        if config.numbers.life_seconds == 0 {
            bail!("numbers.life_seconds must be above 0.");
        }
        if config.numbers.rest_seconds < MIN_REST_SECONDS {
            bail!(
                "numbers.rest_seconds must be at least {MIN_REST_SECONDS}: a number that is typed late must not reach \
                 somebody else."
            );
        }
        if limits.window_seconds == 0 {
            bail!("limits.window_seconds must be above 0.");
        }
        if config.stop.grace_seconds > 86_400 {
            bail!("stop.grace_seconds must be at most 86400.");
        }
        let counts = [limits.connections, limits.connections_per_network, limits.sessions, limits.waiting];
        if counts.contains(&0) || limits.sessions_per_technician == 0 || limits.waiting_per_technician == 0 {
            bail!("A limit of 0 would let nobody in; every limit must be above 0.");
        }
        config.desk.public.check()?;
        if let Some(mail) = &config.mail {
            mail.check()?;
        }
        Ok(config)
    }

    /// What the rooms need of it.
    pub fn room_limits(&self) -> Limits {
        let Caps { window_seconds, .. } = self.limits;
        let allowance = |count| Allowance { count, within: Duration::from_secs(window_seconds) };
        Limits {
            slot_digits: self.numbers.slot_digits,
            number_life: Duration::from_secs(self.numbers.life_seconds),
            slot_rest: Duration::from_secs(self.numbers.rest_seconds),
            waiting: self.limits.waiting,
            waiting_per_prefix: self.limits.waiting_per_network,
            waiting_per_technician: self.limits.waiting_per_technician,
            sessions: self.limits.sessions,
            sessions_per_technician: self.limits.sessions_per_technician,
            failures_per_prefix: allowance(self.limits.failures_per_network),
            failures_per_technician: allowance(self.limits.failures_per_technician),
            failures_before_longer: allowance(self.limits.failures_before_longer_numbers),
            short_session: Duration::from_secs(15),
            resume_life: RESUME_WITHIN,
            news_grace: Duration::from_secs(2),
        }
    }
}

/// The commented file that `init` writes.
pub fn template(domain: &Domain, company: &DisplayName, listen: SocketAddr) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let (numbers, caps, stop) = (Numbers::default(), Caps::default(), Stop::default());
    format!(
        r#"# The Beistand relay. Restart it after a change; a typo is named with its line.

# What customers and technicians type. Changing it changes it for everybody.
domain = {domain}
# What customers see beside the domain.
company = {company}
# One port for everything.
listen = {listen}
# Where customers can report misuse.
# abuse = "abuse@help.example"

# A server certificate that every computer knows, if you have one. Without it the relay issues its own and the
# beistand.toml beside the customers' program says how to know it. With it, add `public_certificate = true` there.
# [certificate]
# chain = "/etc/letsencrypt/live/help.example/fullchain.pem"
# key = "/etc/letsencrypt/live/help.example/privkey.pem"
{desk}{public}{mail}
[log]
format = "text" # or "json"
level = "info"  # error, warn, info, debug; addresses appear at debug only, secrets never

[numbers]
# Two serve some dozens of waiting numbers; three or four serve more. 2 to 6.
slot_digits = {slot_digits}
# How long a number can be used unless it is extended. Above 0.
life_seconds = {life}
# How long a used number's public part is not given out again, so that a number that is typed late reaches nobody
# else. At least {min_rest}.
rest_seconds = {rest}

# Against misuse and overload; these are the defaults. A network is a /24 of IPv4 or a /56 of IPv6.
# Those that count connections, sessions or waiting numbers must be above 0, and so must window_seconds.
[limits]
# connections = {connections}
# connections_per_network = {connections_per_network}
# sessions = {sessions}
# sessions_per_technician = {sessions_per_technician}
# waiting = {waiting}
# waiting_per_network = {waiting_per_network}
# waiting_per_technician = {waiting_per_technician}
# failures_per_network = {failures_per_network}
# failures_per_technician = {failures_per_technician}
# failures_before_longer_numbers = {failures_before_longer_numbers}
# sign_ins_per_network = {sign_ins_per_network}
# sign_ins_per_login = {sign_ins_per_login}
# window_seconds = {window_seconds}

[stop]
# How long running sessions have when the relay is told to stop. At most 86400.
grace_seconds = {grace}
"#,
        desk = desk_store::TEMPLATE,
        public = desk::TEMPLATE,
        mail = mail::TEMPLATE,
        domain = quoted(domain.as_str()),
        company = quoted(company.as_str()),
        listen = quoted(&listen.to_string()),
        slot_digits = numbers.slot_digits,
        life = numbers.life_seconds,
        rest = numbers.rest_seconds,
        min_rest = MIN_REST_SECONDS,
        connections = caps.connections,
        connections_per_network = caps.connections_per_network,
        sessions = caps.sessions,
        sessions_per_technician = caps.sessions_per_technician,
        waiting = caps.waiting,
        waiting_per_network = caps.waiting_per_network,
        waiting_per_technician = caps.waiting_per_technician,
        failures_per_network = caps.failures_per_network,
        failures_per_technician = caps.failures_per_technician,
        failures_before_longer_numbers = caps.failures_before_longer_numbers,
        sign_ins_per_network = caps.sign_ins_per_network,
        sign_ins_per_login = caps.sign_ins_per_login,
        window_seconds = caps.window_seconds,
        grace = stop.grace_seconds,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> String {
        template(
            &"help.example:8443".parse().unwrap(),
            &"Müller \"&\" Söhne".parse().unwrap(),
            "0.0.0.0:8443".parse().unwrap(),
        )
    }

    #[test]
    fn what_init_writes_can_be_read_with_every_line_in_use() {
        let config = Config::parse(&written()).unwrap();
        assert_eq!((config.domain.as_str(), config.company.as_str()), ("help.example:8443", "Müller \"&\" Söhne"));
        assert_eq!((config.limits.sessions, config.log.format), (500, LogFormat::Text));
        // What is commented out is right as well; prose has no " = ", and one line belongs to another file.
        let is_key = |line: &&str| line.contains(" = ") && !line.contains("public_certificate");
        let used = |line: &str| line.strip_prefix("# ").filter(|rest| is_key(rest)).unwrap_or(line).to_owned();
        let all: Vec<String> = written().lines().map(used).collect();
        let all = all
            .join("\n")
            .replace("# [certificate]", "[certificate]")
            .replace("# [mail]", "[mail]")
            .replace("# [desk", "[desk");
        let config = Config::parse(&all).unwrap();
        assert!(config.certificate.is_some() && config.abuse.is_some());
        assert!(config.mail.is_some() && config.desk.database_file.is_some());
    }

    #[test]
    fn a_typo_is_named_with_its_line() {
        let error = Config::parse(&written().replace("slot_digits = 2", "slot_digit = 3")).unwrap_err().to_string();
        assert!(error.contains("slot_digit") && error.contains("line"), "{error}");
        let error = Config::parse(&written().replace("help.example:8443\"", "help example\"")).unwrap_err().to_string();
        assert!(error.contains("help.example"), "{error}");
        assert!(Config::parse(&written().replace("slot_digits = 2", "slot_digits = 9")).is_err());
        assert!(Config::parse(&written().replace("[limits]", "[limits]\nsessions = 0")).is_err());
    }

    #[test]
    fn a_value_out_of_its_range_is_named() {
        for (right, wrong, named) in [
            ("life_seconds = 600", "life_seconds = 0", "numbers.life_seconds"),
            ("rest_seconds = 600", "rest_seconds = 599", "numbers.rest_seconds must be at least 600"),
            ("# window_seconds = 600", "window_seconds = 0", "limits.window_seconds"),
            ("grace_seconds = 30", "grace_seconds = 86401", "stop.grace_seconds"),
        ] {
            let text = written();
            assert!(text.contains(right), "{right}");
            let error = Config::parse(&text.replace(right, wrong)).unwrap_err().to_string();
            assert!(error.starts_with(named), "{error}");
        }
    }
}
