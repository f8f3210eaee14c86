//! The demo for a person at a screen: both windows on it, and a sheet of what to do.

use std::process::Stdio;
use std::time::Duration;

use anyhow::Result;
use beistand_tests::call::install;
use beistand_tests::desk::{EMAIL, NUMBER, OnFile, put_on_file};
use beistand_tests::display::Display;
use beistand_tests::mail_sink::MailSink;
use beistand_tests::person::Person;
use beistand_tests::process::Guard;
use beistand_tests::relay::{LOGIN, PASSWORD, Relay};

/// Sets everything up on this display and waits until Ctrl-C or until both apps are closed.
pub(crate) async fn run(display: &str) -> Result<()> {
    let sink = MailSink::start()?;
    let relay = Relay::start_with(|config| config + &sink.relay_config())?;
    let OnFile { pin, link_code } = put_on_file(&relay)?;
    let mut desktop = Display::xephyr(display, 1280, 800)?;
    let customer = Person::settle(desktop.name())?;
    let technician = Person::settle(display)?;
    desktop.start_window_manager(customer.home())?;
    let mut programs = Vec::new();
    programs.push(start(&customer, "xterm", &["-title", "Terminal", "-geometry", "70x13+500+560"])?);
    for (program, arguments) in super::driven::PROGRAMS {
        programs.push(start(&customer, program, arguments)?);
    }
    let program = install(&customer, &relay)?.display().to_string();
    let mut customers = start(&customer, &program, &["--profile", "customer"])?;
    let program = install(&technician, &relay)?.display().to_string();
    let mut technicians = start(&technician, &program, &["--profile", "technician"])?;

    println!(
        "\nThe relay runs at {domain}. Two windows have opened:\n\
         \n  the customer's computer, a desktop in a window of its own, with Beistand on it;\
         \n  the technician's Beistand, on this desktop. They may lie over each other: move them apart. The technician's\
         \n  picture opens in a window of its own.\n\
         \nTechnician: click \"Für Techniker\", sign in as {LOGIN} with the password {PASSWORD}, click \"Neue Sitzung\".\
         \nCustomer:   click \"Ich habe angerufen\", confirm the address, click \"Ich habe eine Nummer\", type the number.\
         \n            Look who it is, click \"Bildschirm zeigen\".\
         \nTechnician: click \"Fragen\", give a reason, press Enter. Customer: click \"Erlauben\". Technician: type and click.\
         \nCustomer:   the big red NOTAUS ends everything. The session's record stays.\n\
         \nThe desk:   the customer clicks \"Ticket melden\": with customer number {NUMBER} and PIN {pin}, or linked by the\
         \n            code {link_code}. The technician finds the ticket under \"Tickets\" and answers. Mails to {EMAIL}\
         \n            are shown here.\n\
         \nCtrl-C here, or closing both, ends the demo; nothing of it stays on this computer.",
        domain = relay.domain()
    );
    let mut shown = 0;
    loop {
        for caught in sink.caught().iter().skip(shown) {
            println!("\n--- mail to {} ---\n{}", caught.to, String::from_utf8_lossy(&caught.mail));
            shown += 1;
        }
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => return Ok(interrupted?),
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
        }
        if !customers.is_running()? && !technicians.is_running()? {
            return Ok(());
        }
    }
}

fn start(person: &Person, program: &str, arguments: &[&str]) -> Result<Guard> {
    let mut command = person.command(program);
    if program == "xterm" {
        command.env("LC_ALL", "C.UTF-8"); // Every system has it, and the terminal then speaks UTF-8.
    }
    Guard::start(command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()))
}
