use super::*;
use rand_core_06::OsRng;

fn context(role: Role, issuer: Role) -> Context {
    Context { role, issuer, slot: Slot::new(47).unwrap(), domain: "help.example".into(), root: [7; 32] }
}

fn opened(context: Context, digits: [u8; 6], exporter: u8) -> (Opened, Opening) {
    open(context, Secret::new(digits), Secret::new([exporter; 32]), OsRng)
}

type End = (Opened, Opening);

/// Runs both ends against each other; gives what each of them came to.
fn run(
    technician: End,
    customer: End,
    issuer: Role,
) -> (Result<Proven, HandshakeError>, Result<Proven, HandshakeError>) {
    let (typer, typer_opening, issuing, issuer_opening) = match issuer {
        Role::Technician => (customer.0, customer.1, technician.0, technician.1),
        Role::Customer => (technician.0, technician.1, customer.0, customer.1),
    };
    let (typed, issued) = exchange(typer, &typer_opening, issuing, &issuer_opening);
    match issuer {
        Role::Technician => (issued, typed),
        Role::Customer => (typed, issued),
    }
}

fn exchange(
    typer: Opened,
    typer_opening: &Opening,
    issuer: Opened,
    issuer_opening: &Opening,
) -> (Result<Proven, HandshakeError>, Result<Proven, HandshakeError>) {
    let (typer, first) = match typer.opening(issuer_opening) {
        Ok(next) => next,
        Err(error) => return (Err(error), issuer.opening(typer_opening).and(Err(error))),
    };
    let (issuer, too_early) = match issuer.opening(typer_opening) {
        Ok(next) => next,
        Err(error) => return (Err(error), Err(error)),
    };
    assert!(too_early.is_none(), "whoever issued the number must not prove it first");
    let (issued, answer) = match issuer.confirmation(&first.expect("whoever typed the number begins")) {
        Ok(next) => next,
        Err(error) => return (Err(error), Err(error)),
    };
    match typer.confirmation(&answer.expect("the issuer answers")) {
        Ok((typed, None)) => (Ok(typed), Ok(issued)),
        Ok((_, Some(_))) => panic!("a second confirmation of the same end"),
        Err(error) => (Err(error), Ok(issued)),
    }
}

#[test]
fn both_ways_of_issuing_prove_the_number_and_give_the_same_digits() {
    for issuer in [Role::Technician, Role::Customer] {
        let technician = opened(context(Role::Technician, issuer), [1; 6], 9);
        let customer = opened(context(Role::Customer, issuer), [1; 6], 9);
        let (technician, customer) = run(technician, customer, issuer);
        let (technician, customer) = (technician.unwrap(), customer.unwrap());
        let (hers, theirs) = (Nonce::draw(&mut OsRng), Nonce::draw(&mut OsRng));
        let commitment = customer.commitment_to(&hers);
        assert_eq!(
            technician.signed_by_technician(&commitment, &theirs),
            customer.signed_by_technician(&commitment, &theirs)
        );
        let digits = technician.digits(&commitment, &hers, &theirs).unwrap();
        assert_eq!(digits, customer.digits(&commitment, &hers, &theirs).unwrap());
        assert!(digits < 10_000);
    }
}

#[test]
fn a_customer_can_not_choose_its_nonce_after_the_technicians() {
    let technician = opened(context(Role::Technician, Role::Customer), [1; 6], 9);
    let customer = opened(context(Role::Customer, Role::Customer), [1; 6], 9);
    let (technician, customer) = run(technician, customer, Role::Customer);
    let commitment = customer.unwrap().commitment_to(&Nonce([3; 32]));
    let theirs = Nonce([1; 32]);
    assert_eq!(technician.unwrap().digits(&commitment, &Nonce([2; 32]), &theirs), Err(HandshakeError::Commitment));
}

/// Whatever differs between the ends, neither believes the other; in particular a relay that splits the
/// inner channel has two exporters, and a right guess of the digits does not help a swapped domain or root.
#[test]
fn any_difference_between_the_ends_fails_the_confirmation() {
    for issuer in [Role::Technician, Role::Customer] {
        let base = context(Role::Customer, issuer);
        let different: [(Context, [u8; 6], u8); 6] = [
            (base.clone(), [1, 1, 1, 1, 1, 2], 9),
            (base.clone(), [1; 6], 10),
            (Context { slot: Slot::new(48).unwrap(), ..base.clone() }, [1; 6], 9),
            (Context { domain: "help.example.evil".into(), ..base.clone() }, [1; 6], 9),
            (Context { root: [8; 32], ..base.clone() }, [1; 6], 9),
            (Context { issuer: issuer.other(), ..base }, [1; 6], 9),
        ];
        for (context_of_customer, digits, exporter) in different {
            let one_begins = context_of_customer.issuer == issuer;
            let technician = opened(context(Role::Technician, issuer), [1; 6], 9);
            let customer = opened(context_of_customer, digits, exporter);
            if one_begins {
                let (technician, customer) = run(technician, customer, issuer);
                assert_eq!(technician.map(drop), Err(HandshakeError::Confirmation));
                assert_eq!(customer.map(drop), Err(HandshakeError::Confirmation));
            } else {
                // They do not agree on who begins: whatever is sent first is refused.
                let (confirming, _) = technician.0.opening(&customer.1).unwrap();
                let (other, _) = customer.0.opening(&technician.1).unwrap();
                let forged = other.proof_of(Role::Customer);
                assert_eq!(confirming.confirmation(&forged).map(drop), Err(HandshakeError::Confirmation));
            }
        }
    }
}

#[test]
fn an_ends_own_messages_do_not_convince_it() {
    let (technician, opening) = opened(context(Role::Technician, Role::Customer), [1; 6], 9);
    assert_eq!(technician.opening(&opening).map(drop), Err(HandshakeError::Role));
    let technician = opened(context(Role::Technician, Role::Customer), [1; 6], 9);
    let customer = opened(context(Role::Customer, Role::Customer), [1; 6], 9);
    let (confirming, first) = technician.0.opening(&customer.1).unwrap();
    assert_eq!(confirming.confirmation(&first.unwrap()).map(drop), Err(HandshakeError::Confirmation));
}

#[test]
fn versions_without_overlap_are_named() {
    let customer = opened(context(Role::Customer, Role::Technician), [1; 6], 9).0;
    let (_, mut opening) = opened(context(Role::Technician, Role::Technician), [1; 6], 9);
    (opening.oldest, opening.newest) = (VERSION + 1, VERSION + 3);
    let error = customer.opening(&opening).map(drop).unwrap_err();
    assert_eq!(CloseReason::from(error), CloseReason::VersionMismatch);
}

#[test]
fn an_openings_version_range_is_part_of_what_is_proven() {
    let technician = opened(context(Role::Technician, Role::Technician), [1; 6], 9);
    let customer = opened(context(Role::Customer, Role::Technician), [1; 6], 9);
    let mut seen_by_customer = technician.1.clone();
    seen_by_customer.newest += 1;
    let (_, first) = customer.0.opening(&seen_by_customer).unwrap();
    let (issuer, _) = technician.0.opening(&customer.1).unwrap();
    assert_eq!(issuer.confirmation(&first.unwrap()).map(drop), Err(HandshakeError::Confirmation));
}

#[test]
fn nothing_secret_is_printed() {
    let (state, opening) = opened(context(Role::Customer, Role::Customer), [1, 2, 3, 4, 5, 6], 0xab);
    let shown = format!("{state:?} {opening:?}");
    assert!(!shown.contains("171, 171") && !shown.contains("1, 2, 3, 4, 5, 6"), "{shown}");
}
