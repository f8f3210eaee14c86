//! What both ends and the relay really send, as a start for the fuzzer.

use crate::{pictures, pipes};
use anyhow::{Context as _, Result};
use beistand_protocol::channel::{Channel, ChannelError};
use beistand_protocol::close::CloseReason;
use beistand_protocol::handshake::Exporter;
use beistand_protocol::input::{Button, Dropped, Input, Key, NamedKey, Text};
use beistand_protocol::line::Line;
use beistand_protocol::message::{Answer, Message, Pause, Reason, ToCustomer, ToTechnician};
use beistand_protocol::number::{SessionNumber, Slot};
use beistand_protocol::permission::{Epoch, Grants, Permission, Setting};
use beistand_protocol::picture::{CursorPlace, CursorShape, Shown, Size, Update};
use beistand_protocol::rendezvous::api::{
    ApiReason, ApiRefusal, BurnRequest, Bytes, CertificateAnswer, CertificateRequest, ChallengeAnswer, CompanyFile,
    Farewell, Password, SignInAnswer, SignInRequest, WellKnown,
};
use beistand_protocol::rendezvous::{
    BurnToken, DeviceId, EndReason, Fingerprint, FromRelay, Hello, Intent, Nonce, Refusal, ResumeId, Role, SessionId,
    ToRelay,
};
use beistand_protocol::secret::Secret;
use beistand_protocol::showing::{self, Showing, View};
use beistand_relay::shell::authority::Authority;
use beistand_relay::shell::folder::Folder;
use beistand_session::channel::InnerTls;
use beistand_session::rendezvous::DeviceKey;
use beistand_tests::fuzz::{NOW, SIGNED};
use serde::Serialize;
use std::time::SystemTime;

/// Root, chain and signature.
pub(crate) type Identity = (Vec<u8>, Vec<Vec<u8>>, Vec<u8>);
type Seed = (&'static str, &'static str, Vec<u8>);

/// Target, name and bytes of every seed that comes out the same each time.
pub(crate) fn all() -> Result<Vec<Seed>> {
    let began = postcard::to_stdvec(&ToTechnician::Grants(grants()))?;
    let began_and_broke = [[8].as_slice(), &began, &[5, 0]].concat();
    let mut seeds = vec![
        ("number", "typed", number(47)?.into_bytes()),
        ("number", "link", format!("https://help.example/j#{}", number(4711)?.replace(' ', "")).into_bytes()),
        ("domain", "link", b" BEISTAND://Help.Example:8443/start?x#y ".to_vec()),
        ("domain", "international", "hilfe-müller.de".into()),
        ("domain", "address", b"127.0.0.1:8443".to_vec()),
        ("company_file", "pinned", toml::to_string(&company(false)?)?.into_bytes()),
        ("company_file", "public", toml::to_string(&company(true)?)?.into_bytes()),
        ("batch", "operations", pictures::operations()),
        ("batch", "streams", pictures::streams()),
        ("pipe", "commands", pipes::commands()?),
        ("pipe", "reports", pipes::reports()?),
        ("to_customer", "session", wire::<ToCustomer, ToTechnician>(&to_customer()?)?),
        ("to_technician", "session", wire::<ToTechnician, ToCustomer>(&to_technician()?)?),
        ("customer", "control", control()?),
        ("customer", "handshake", events(0, 12, &to_customer()?)?),
        // The line breaks, a channel is there, and somebody says everything that can be said.
        ("customer", "strangers", strangers(5, &[9, 0], &[13, 7], 12, &to_customer()?)?),
        ("technician", "strangers", strangers(4, &began_and_broke, &[9, 7], 8, &to_technician()?)?),
        ("customer", "comes_back", customer_comes_back()?),
        ("technician", "comes_back", technician_comes_back()?),
        ("technician", "session", events(4, 8, &to_technician()?)?),
        ("technician", "types", types()?),
    ];
    seeds.extend(relay_json()?);
    Ok(seeds)
}

/// Those that differ each time: they hold keys, or what the encoder thinks best.
pub(crate) fn varying() -> Result<Vec<Seed>> {
    let mut technician = InnerTls::new(Role::Technician)?;
    let mut customer = InnerTls::new(Role::Customer)?;
    let hello = technician.outgoing();
    customer.receive(&hello)?;
    // The first byte: which end, and that it arrives in pieces of 128 bytes.
    let answer = customer.outgoing();
    let (to_customer, to_technician) = ([[0xfe].as_slice(), &hello], [[0xff].as_slice(), &answer]);
    Ok(vec![
        ("channel", "to_customer", to_customer.concat()),
        ("channel", "to_technician", to_technician.concat()),
        ("identity", "technician", identity()?),
        ("picture", "screens", pictures::screens()?),
        ("picture", "film", pictures::film()?),
        ("picture", "coarse", pictures::coarse()?),
        ("batch", "videos", pictures::videos()?),
    ])
}

pub(crate) fn number(slot: u32) -> Result<String> {
    Ok(SessionNumber::new(Slot::new(slot)?, Secret::new([9, 1, 5, 3, 8, 4])).spoken().expose().clone())
}

fn company(public_certificate: bool) -> Result<CompanyFile> {
    let (domain, company) = ("help.example:8443".parse()?, "Müller & Söhne GmbH".parse()?);
    Ok(CompanyFile { domain, company, root_sha256: Fingerprint::new([7; 32]), public_certificate })
}

/// A technician's certificate of a fresh organisation.
fn identity() -> Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    let authority = Authority::create(&Folder::new(folder.path().to_owned()), &"Musterfirma GmbH".parse()?)?;
    let key = DeviceKey::generate()?;
    let now = SystemTime::UNIX_EPOCH + NOW;
    let own = authority.name_technician(&"Anna Weber".parse()?, &"Musterfirma GmbH".parse()?, key.public_key(), now)?;
    let identity: Identity = (authority.root().to_vec(), vec![own], key.sign(SIGNED));
    Ok(postcard::to_stdvec(&identity)?)
}

/// A channel that hides nothing.
#[derive(Default)]
struct Open(Vec<u8>);

impl Channel for Open {
    fn receive(&mut self, ciphertext: &[u8]) -> Result<Vec<u8>, ChannelError> {
        Ok(ciphertext.to_vec())
    }

    fn send(&mut self, plaintext: &[u8]) -> Result<(), ChannelError> {
        self.0.extend(plaintext);
        Ok(())
    }

    fn outgoing(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }

    fn exporter(&self) -> Option<Exporter> {
        None
    }
}

fn wire<Out: Message, In: Message>(messages: &[Out]) -> Result<Vec<u8>> {
    let mut line = Line::<Open, Out, In>::new(Open::default());
    let mut bytes = vec![0];
    for message in messages {
        line.send(message)?;
        while let Some(next) = line.next_transmit()? {
            bytes.extend(next);
        }
    }
    Ok(bytes)
}

/// Events for one of the machines: a message each.
fn events(start: u8, kind: u8, messages: &[impl Serialize]) -> Result<Vec<u8>> {
    let mut bytes = vec![start];
    for message in messages {
        bytes.push(kind);
        bytes.extend(postcard::to_stdvec(message)?);
    }
    Ok(bytes)
}

/// A new channel for each message.
fn strangers(start: u8, breaks: &[u8], opens: &[u8], kind: u8, messages: &[impl Serialize]) -> Result<Vec<u8>> {
    let mut bytes = vec![start];
    bytes.extend(breaks);
    for message in messages {
        bytes.extend(opens);
        bytes.push(kind);
        bytes.extend(postcard::to_stdvec(message)?);
    }
    Ok(bytes)
}

fn inputs() -> Result<Vec<Input>> {
    Ok(vec![
        Input::PointerTo { x: 700, y: 90 },
        Input::Button { button: Button::Left, pressed: true },
        Input::Wheel { vertical: 1, horizontal: -2 },
        Input::Key { key: Key::Character('ß'), pressed: true },
        Input::Key { key: Key::Named(NamedKey::ArrowUp), pressed: false },
        Input::Text(Text::new("Grüße\n")?),
        Input::ReleaseAll,
    ])
}

pub(crate) fn reason() -> Result<Reason> {
    Ok(Reason::try_from(String::from("Ich stelle den Drucker ein."))?)
}

fn to_customer() -> Result<Vec<ToCustomer>> {
    let mut messages = vec![
        // The handshake's messages have no constructors: their bytes are made here.
        postcard::from_bytes(&[[0, 2, 1, 1].as_slice(), &[5; 32], &[33], &[b'A'; 33]].concat())?,
        postcard::from_bytes(&[[1].as_slice(), &[5; 32]].concat())?,
        ToCustomer::Ask { permission: Permission::Control, reason: reason()? },
        ToCustomer::Shown(Shown { sequence: 300, stream: 2 }),
        ToCustomer::NeedWholeFrame,
        ToCustomer::Ping(7),
        ToCustomer::Pong(1),
    ];
    for (number, input) in (1..).zip(inputs()?) {
        messages.push(ToCustomer::Input { epoch: Epoch::new(1), number, input });
    }
    messages.push(ToCustomer::End);
    messages.push(postcard::from_bytes(&[[10].as_slice(), &[5; 32], &[0]].concat())?);
    messages.push(ToCustomer::Resumed);
    messages.push(ToCustomer::AskToShow { wish: showing::Wish::Monitor(2), reason: reason()? });
    Ok(messages)
}

pub(crate) fn grants() -> Grants {
    let mut grants = Grants::default();
    grants.set(Permission::SeeScreen, Setting::On);
    grants.set(Permission::Control, Setting::On);
    grants
}

fn to_technician() -> Result<Vec<ToTechnician>> {
    let size = Size::new(1920, 1080)?;
    let payload = vec![1, 2, 3];
    Ok(vec![
        ToTechnician::Grants(grants()),
        ToTechnician::Answer { permission: Permission::Control, answer: Answer::Allowed },
        ToTechnician::Picture(Update {
            sequence: 1,
            stream: 1,
            size,
            captured_ms: 9,
            answers_input: 3,
            payload,
            video: vec![0; 4],
        }),
        ToTechnician::CursorShape(CursorShape {
            id: 3,
            hotspot_x: 1,
            hotspot_y: 0,
            width: 2,
            height: 1,
            rgba: vec![9; 8],
        }),
        ToTechnician::CursorPlace(CursorPlace { x: -4, y: 900, visible: true, shape: 3 }),
        ToTechnician::Paused(Some(Pause::PanelHidden)),
        ToTechnician::Dropped { number: 4, why: Dropped::OwnWindow },
        ToTechnician::Ping(7),
        ToTechnician::Pong(1),
        ToTechnician::Ended(CloseReason::Stopped),
        postcard::from_bytes(&[[14].as_slice(), &[5; 32]].concat())?,
        ToTechnician::Showing(Showing { what: View::Monitor(1), monitors: 2 }),
        ToTechnician::ShowAnswered(Answer::TimedOut),
        ToTechnician::Dropped { number: 5, why: Dropped::OtherWindow },
    ])
}

/// The technician asks, the customer allows, pauses and takes back.
fn control() -> Result<Vec<u8>> {
    let mut messages = to_customer()?.into_iter().skip(2);
    let mut peer = || -> Result<Vec<u8>> {
        let message = messages.next().context("another message")?;
        Ok([[12].as_slice(), &postcard::to_stdvec(&message)?].concat())
    };
    let mut bytes = vec![5];
    bytes.extend(peer()?);
    bytes.extend([1, 1, 1]);
    for _ in 0..9 {
        bytes.extend(peer()?);
    }
    bytes.extend([3, 1]);
    bytes.extend(peer()?);
    bytes.extend([3, 0, 4, 3, 0, 5, 9, 9, 0, 2, 2, 0, 0, 1, 4, 0x10, 0x0e]);
    bytes.extend(peer()?);
    Ok(bytes)
}

/// The line breaks twice, and the technician's end comes back, asks for control again and uses it.
fn customer_comes_back() -> Result<Vec<u8>> {
    let mut bytes = vec![5];
    let ask = postcard::to_stdvec(&ToCustomer::Ask { permission: Permission::Control, reason: reason()? })?;
    for (question, channel) in [(1, 7), (2, 8)] {
        let click = Input::Button { button: Button::Left, pressed: true };
        let click = ToCustomer::Input { epoch: Epoch::new(question.into()), number: 1, input: click };
        bytes.push(12);
        bytes.extend(&ask);
        bytes.extend([1, question, 1, 12]);
        bytes.extend(postcard::to_stdvec(&click)?);
        // A stranger first.
        bytes.extend([9, 0, 13, 6, 12]);
        bytes.extend(&ask);
        bytes.extend([18, channel, 19, 19]);
    }
    bytes.extend([19, 5, 9, 9, 19]);
    Ok(bytes)
}

/// The line breaks twice, and the customer's end comes back.
fn technician_comes_back() -> Result<Vec<u8>> {
    let mut bytes = vec![5];
    let input = postcard::to_stdvec(inputs()?.first().context("an input")?)?;
    for channel in [7, 8] {
        // A stranger first.
        bytes.extend([5, 0, 9, 6, 8]);
        bytes.extend(postcard::to_stdvec(&ToTechnician::Grants(grants()))?);
        bytes.extend([12, channel, 13, 13, 13, 8]);
        bytes.extend(postcard::to_stdvec(&ToTechnician::Grants(grants()))?);
        bytes.push(0);
        bytes.extend(&input);
    }
    Ok(bytes)
}

/// The technician types, before and after it is allowed.
fn types() -> Result<Vec<u8>> {
    let mut bytes = vec![4];
    for input in inputs()?.iter().take(3) {
        bytes.push(0);
        bytes.extend(postcard::to_stdvec(input)?);
    }
    bytes.push(8);
    bytes.extend(postcard::to_stdvec(&ToTechnician::Grants(grants()))?);
    for input in inputs()? {
        bytes.push(0);
        bytes.extend(postcard::to_stdvec(&input)?);
    }
    bytes.extend([6, 3, 6, 30]);
    Ok(bytes)
}

fn relay_json() -> Result<Vec<Seed>> {
    fn json(name: &'static str, value: &impl Serialize) -> Result<Seed> {
        Ok(("relay_json", name, serde_json::to_vec(value)?))
    }
    let (slot, nonce, device) = (Slot::new(47)?, Nonce::new([4; 48]), DeviceId::new([5; 32]));
    let (burn_token, session_id) = (BurnToken::new([6; 32]), SessionId::new([8; 16]));
    let resume = ResumeId::new([9; 32]);
    Ok(vec![
        json("hello", &ToRelay::Hello(Hello::new(Role::Technician, Intent::Issue)))?,
        json("join", &ToRelay::Hello(Hello::new(Role::Customer, Intent::Join { slot })))?,
        json("resume", &ToRelay::Hello(Hello::new(Role::Customer, Intent::Resume { id: resume })))?,
        json("resumed", &ToRelay::Resumed)?,
        json("awaiting", &FromRelay::Awaiting { for_seconds: 120 })?,
        json("stopped", &FromRelay::Ended { reason: EndReason::Stopped })?,
        json("proof", &ToRelay::Proof { device, signature: Bytes(vec![1, 2]) })?,
        json("extend", &ToRelay::Extend)?,
        json("challenge", &FromRelay::Challenge { nonce })?,
        json("waiting", &FromRelay::Waiting { slot, burn_token: burn_token.clone(), expires_in_seconds: 600 })?,
        json("paired", &FromRelay::Paired { session_id, burn_token: burn_token.clone(), slot: Some(slot), resume })?,
        json("refused", &FromRelay::Refused { reason: Refusal::Number })?,
        json("burn", &BurnRequest { token: burn_token, farewell: Farewell::Stopped })?,
        json("api_challenge", &ChallengeAnswer { nonce })?,
        json("api_refusal", &ApiRefusal { reason: ApiReason::Throttled })?,
        json("certificate", &CertificateRequest { device, nonce, signature: Bytes(vec![3; 5]) })?,
        json("certificates", &CertificateAnswer { chain: vec![Bytes(vec![0x30; 7])], expires_in_seconds: 42_300 })?,
        json("signed_in", &SignInAnswer { device, name: "Anna Weber".parse()? })?,
        json(
            "sign_in",
            &SignInRequest {
                login: String::from("anna"),
                password: Password::new(String::from("correct horse")),
                public_key: Bytes(vec![1; 9]),
                signature: Bytes(vec![2; 9]),
            },
        )?,
        json(
            "well_known",
            &WellKnown {
                domain: "help.example:8443".parse()?,
                company: "Musterfirma GmbH".parse()?,
                root: Bytes(vec![0x30; 9]),
                root_sha256: Fingerprint::new([7; 32]),
                slot_digits: vec![2, 3],
                versions: vec![1],
                session_path: String::from("/v1/session"),
                abuse: Some(String::from("mailto:abuse@help.example")),
            },
        )?,
    ])
}
