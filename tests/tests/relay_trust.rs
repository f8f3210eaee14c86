//! Whom the ends believe: the relay by its certificate, the technician by theirs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use anyhow::Result;
use beistand_protocol::rendezvous::api::Password;
use beistand_protocol::rendezvous::{DisplayName, Domain, Fingerprint, Hello, Intent, Refusal, Role};
use beistand_relay::shell::authority::{Authority, read_pem};
use beistand_relay::shell::folder::Folder;
use beistand_session::rendezvous::{
    ConnectError, DeviceKey, DomainTrust, IdentityError, TechnicianCertificate, TechnicianCredential, connect,
    fetch_certificate, fetch_company, sign_in, verify_technician,
};
use beistand_tests::relay::{COMPANY, LOGIN, PASSWORD, Relay, TECHNICIAN};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn only_the_pinned_root_makes_the_outer_tls() -> Result<()> {
    let relay = Relay::start()?;
    let trust = relay.trust()?;
    let company = fetch_company(&trust).await?;
    assert_eq!((company.name.as_str(), company.domain.as_str()), (COMPANY, relay.domain()));
    assert_eq!((Some(company.root_sha256), company.slot_digits), (trust.root, vec![2]));

    let wrong_pin = DomainTrust::pinned(trust.domain.clone(), Fingerprint::new([3; 32]));
    let no_pin = DomainTrust::public(trust.domain.clone(), None);
    let other_name = DomainTrust::pinned(format!("127.0.0.1:{}", trust.domain.port()).parse()?, trust.root.unwrap());
    for untrusted in [wrong_pin, no_pin, other_name] {
        let error = fetch_company(&untrusted).await.unwrap_err();
        assert!(matches!(error, ConnectError::Certificate(_)), "{untrusted:?}: {error:?}");
        let error = connect(&untrusted, Hello::new(Role::Customer, Intent::Issue), None).await.unwrap_err();
        assert!(matches!(error, ConnectError::Certificate(_)), "{untrusted:?}: {error:?}");
    }
    // A known root that the domain no longer names, whatever its certificate.
    let changed = DomainTrust { root: Some(Fingerprint::new([3; 32])), ..trust };
    assert!(matches!(fetch_company(&changed).await, Err(ConnectError::Root)));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_out_of_its_time_is_told_as_the_clock() -> Result<()> {
    for stale_by_days in [120_i64, -10] {
        let temp = TempDir::new()?;
        let made_elsewhere = Folder::new(temp.path().to_owned());
        let authority = Authority::create(&made_elsewhere, &COMPANY.parse()?)?;
        let shift = Duration::from_secs(86_400 * stale_by_days.unsigned_abs());
        let now = SystemTime::now();
        let issued_at = if stale_by_days > 0 { now - shift } else { now + shift };
        authority.server(&made_elsewhere, &"localhost".parse()?, issued_at)?;
        let relay = Relay::start_with(|config| {
            let paths = format!(
                "[certificate]\nchain = {:?}\nkey = {:?}\n#",
                made_elsewhere.server(),
                made_elsewhere.server_key()
            );
            config.replace("# [certificate]", &paths)
        })?;
        let trust = DomainTrust::pinned(relay.domain().parse()?, authority.fingerprint());
        let error = fetch_company(&trust).await.unwrap_err();
        assert!(matches!(error, ConnectError::Clock(_)), "{stale_by_days}: {error:?}");
    }
    Ok(())
}

#[test]
fn a_missing_own_certificate_is_named() -> Result<()> {
    let relay = Relay::start_with(|config| {
        config.replace("# [certificate]", "[certificate]\nchain = \"own.pem\"\nkey = \"own.key.pem\"\n#")
    });
    let said = format!("{:#}", relay.err().expect("it does not start"));
    assert!(said.contains("own.pem: it is not there"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_says_the_same_for_unknown_and_wrong() -> Result<()> {
    let relay = Relay::start_with(|config| config.replace("# sign_ins_per_login = 10", "sign_ins_per_login = 8"))?;
    let trust = relay.trust()?;
    let key = DeviceKey::generate()?;
    let attempt = async |login: &str, password: &str| {
        let before = relay.ticks().unwrap();
        let result = sign_in(&trust, login, Password::new(password.to_owned()), &key).await;
        (result.map(|signed_in| signed_in.name), relay.ticks().unwrap() - before)
    };
    assert!(matches!(fetch_certificate(&trust, &key).await, Err(ConnectError::NotAdmitted)));
    // By the relay's own work: the clock on the wall also counts what else the machine does.
    // What an unknown login is compared with is made in the background at the start.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (mut for_wrong, mut for_unknown) = (0, 0);
    for _ in 0..3 {
        for (login, password, work) in
            [(LOGIN, "not the password", &mut for_wrong), ("nobody", PASSWORD, &mut for_unknown)]
        {
            let (result, ticks) = attempt(login, password).await;
            assert!(matches!(result, Err(ConnectError::NotAdmitted)), "{result:?}");
            *work += ticks;
        }
    }
    assert!(for_wrong <= for_unknown * 2 + 5 && for_unknown <= for_wrong * 2 + 5, "{for_wrong} and {for_unknown}");
    assert!(matches!(fetch_certificate(&trust, &key).await, Err(ConnectError::NotAdmitted)));
    assert_eq!(attempt(LOGIN, PASSWORD).await.0?.as_str(), TECHNICIAN);
    assert_eq!(attempt(&LOGIN.to_uppercase(), PASSWORD).await.0?.as_str(), TECHNICIAN);
    fetch_certificate(&trust, &key).await?;
    for _ in 0..3 {
        let _ = attempt(LOGIN, "not the password").await;
    }
    assert!(matches!(attempt(LOGIN, PASSWORD).await.0, Err(ConnectError::Throttled)));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_technicians_side_is_for_known_devices_only() -> Result<()> {
    let relay = Relay::start()?;
    let trust = relay.trust()?;
    let stranger = TechnicianCredential {
        key: DeviceKey::generate()?,
        certificate: TechnicianCertificate { chain: Vec::new(), expires_in: Duration::ZERO },
    };
    let hello = Hello::new(Role::Technician, Intent::Issue);
    for credential in [Some(&stranger), None] {
        let error = connect(&trust, hello, credential).await.unwrap_err();
        assert!(matches!(error, ConnectError::Refused(Refusal::Technician)), "{error:?}");
    }
    let known = relay.technician().await?;
    connect(&trust, hello, Some(&known)).await?;
    let future = Hello { version: 99, ..hello };
    let error = connect(&trust, future, Some(&known)).await.unwrap_err();
    assert!(matches!(error, ConnectError::Refused(Refusal::Version)), "{error:?}");
    Ok(())
}

/// An organisation that names technicians.
struct Organisation {
    _temp: TempDir,
    folder: Folder,
    authority: Authority,
}

impl Organisation {
    fn new() -> Result<Self> {
        let temp = TempDir::new()?;
        let folder = Folder::new(temp.path().to_owned());
        let authority = Authority::create(&folder, &COMPANY.parse()?)?;
        Ok(Self { _temp: temp, folder, authority })
    }

    fn names(&self, key: &DeviceKey, at: SystemTime) -> Result<Vec<Vec<u8>>> {
        let (name, company): (DisplayName, DisplayName) = (TECHNICIAN.parse()?, COMPANY.parse()?);
        Ok(vec![self.authority.name_technician(&name, &company, key.public_key(), at)?])
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relays_certificate_names_the_technician() -> Result<()> {
    let relay = Relay::start()?;
    let company = fetch_company(&relay.trust()?).await?;
    let TechnicianCredential { key, certificate } = relay.technician().await?;
    assert!(certificate.expires_in <= Duration::from_secs(12 * 60 * 60));
    let message = b"this session";
    let now = SystemTime::now();
    let who = verify_technician(&company.root, &certificate.chain, now, message, &key.sign(message))?;
    assert_eq!((who.name.as_str(), who.company.as_str()), (TECHNICIAN, COMPANY));
    let late = now + Duration::from_secs(12 * 60 * 60);
    let refused = verify_technician(&company.root, &certificate.chain, late, message, &key.sign(message));
    assert_eq!(refused, Err(IdentityError::Expired));
    Ok(())
}

#[test]
fn foreign_expired_early_and_other_certificates_name_nobody() -> Result<()> {
    let (organisation, stranger) = (Organisation::new()?, Organisation::new()?);
    let key = DeviceKey::generate()?;
    let (message, now) = (b"this session".as_slice(), SystemTime::now());
    let signature = key.sign(message);
    let root = organisation.authority.root();
    let chain = organisation.names(&key, now)?;
    let verify = |chain: &[Vec<u8>], at: SystemTime| verify_technician(root, chain, at, message, &signature);
    let day = Duration::from_secs(86_400);

    assert_eq!(verify(&chain, now)?.name.as_str(), TECHNICIAN);
    assert_eq!(verify(&stranger.names(&key, now)?, now), Err(IdentityError::Foreign));
    assert_eq!(verify(&chain, now + day), Err(IdentityError::Expired));
    assert_eq!(verify(&chain, now - day), Err(IdentityError::Early));
    assert_eq!(verify(&[], now), Err(IdentityError::Missing));
    assert_eq!(verify(&[vec![1, 2, 3]], now), Err(IdentityError::Missing));
    // The stranger's root beside the stranger's certificate does not help.
    let mut with_root = stranger.names(&key, now)?;
    with_root.push(stranger.authority.root().to_vec());
    assert_eq!(verify(&with_root, now), Err(IdentityError::Foreign));

    // The relay's server certificate is of the same organisation, and for another purpose.
    let domain: Domain = "help.example".parse()?;
    organisation.authority.server(&organisation.folder, &domain, now)?;
    let server = read_pem(&organisation.folder.server(), &organisation.folder.server_key())?;
    assert_eq!(verify(&[server.chain[0].to_vec()], now), Err(IdentityError::Purpose));
    let root_alone = verify(&[root.to_vec()], now);
    assert!(root_alone.is_err(), "{root_alone:?}");

    // The right certificate in another's hands, or for another session.
    let thief = DeviceKey::generate()?.sign(message);
    assert_eq!(verify_technician(root, &chain, now, message, &thief), Err(IdentityError::Signature));
    assert_eq!(verify_technician(root, &chain, now, b"another session", &signature), Err(IdentityError::Signature));
    assert_eq!(verify_technician(root, &chain, now, message, b""), Err(IdentityError::Signature));
    Ok(())
}
