//! `init`: a folder that can be served.

use crate::shell::authority::Authority;
use crate::shell::config::{Config, template};
use crate::shell::folder::{self, Folder};
use crate::shell::server::company_file;
use crate::shell::store::Store;
use anyhow::{Result, anyhow, bail};
use beistand_protocol::rendezvous::{DisplayName, Domain};
use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::SystemTime;

pub(super) async fn init(
    folder: &Folder,
    domain: Option<Domain>,
    company: Option<DisplayName>,
    listen: SocketAddr,
) -> Result<()> {
    if folder.config().exists() {
        bail!(
            "{} is there already. Nothing was changed. Choose another folder with --dir, or edit that file.",
            folder.config().display()
        );
    }
    let domain = match domain {
        Some(domain) => domain,
        None => ask("--domain", "Which domain will customers type (such as help.example)? ")?,
    };
    let company = match company {
        Some(company) => company,
        None => ask("--company", "What is the company's name, as customers shall see it? ")?,
    };
    // Behind 443 on another machine the admin writes the domain into relay.toml as it is seen from outside.
    let domain = if domain.port() == 443 { domain.with_port(listen.port()) } else { domain };

    folder.create()?;
    let authority =
        if folder.root_key().exists() { Authority::load(folder)? } else { Authority::create(folder, &company)? };
    Store::create(&folder.database()).await?.close().await;
    authority.server(folder, &domain, SystemTime::now())?;
    // Last, because its presence says that the folder is set up.
    folder::write(&folder.config(), &template(&domain, &company, listen))?;
    let customers_file = company_file(&Config::load(folder)?, &domain, &authority)?;
    folder::write_public(&folder.company_file(), &customers_file)?;

    let dir = folder.path().display();
    let mut out = io::stdout();
    writeln!(
        out,
        "The relay of {company} is set up in {dir}.\n\
         \n\
         Organisation root (SHA-256): {fingerprint}\n\
         Keep {key} safe and in your backup: whoever has it can name technicians.\n\
         \n\
         For your customers, beside the program ({file}):\n\
         \n\
         {customers_file}\n\
         Next:\n\
         1. beistand-relay --dir {dir} technician add anna --name \"Anna Weber\"\n\
         2. beistand-relay --dir {dir} serve\n\
         3. Let {domain} point to this machine, and let port {port} through.",
        fingerprint = authority.fingerprint(),
        key = folder.root_key().display(),
        file = folder.company_file().display(),
        port = listen.port(),
    )?;
    Ok(())
}

fn ask<T: FromStr<Err: std::fmt::Display>>(option: &str, question: &str) -> Result<T> {
    if !io::stdin().is_terminal() {
        bail!("{option} is missing. Give it, or run this on a terminal to be asked.");
    }
    let mut out = io::stdout();
    loop {
        write!(out, "{question}")?;
        out.flush()?;
        let mut line = String::new();
        if io::stdin().read_line(&mut line)? == 0 {
            return Err(anyhow!("{option} is missing."));
        }
        match line.trim().parse() {
            Ok(answer) => return Ok(answer),
            Err(error) => writeln!(out, "That does not work: {error}.")?,
        }
    }
}
