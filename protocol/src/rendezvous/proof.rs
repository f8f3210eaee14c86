//! What a technician's device key signs for the relay. Each purpose has its own label, so that no signature
//! can be used for another one; the domain is in it, so that no other relay can use it either.

use super::{Domain, Intent, Nonce, Role};

fn message(label: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    for part in core::iter::once(label.as_bytes()).chain(parts.iter().copied()) {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part);
    }
    bytes
}

/// What is signed to take a side on the WebSocket.
pub fn line_message(domain: &Domain, nonce: &Nonce, role: Role, intent: Intent) -> Vec<u8> {
    let role: &[u8] = match role {
        Role::Customer => b"customer",
        Role::Technician => b"technician",
    };
    let intent = match intent {
        Intent::Issue => String::from("issue"),
        Intent::Join { slot } => format!("join {slot}"),
        Intent::Resume { id } => {
            return message(
                "beistand relay line v1",
                &[domain.as_str().as_bytes(), nonce.as_bytes(), role, b"resume", id.as_bytes()],
            );
        }
    };
    message("beistand relay line v1", &[domain.as_str().as_bytes(), nonce.as_bytes(), role, intent.as_bytes()])
}

/// What is signed to get a certificate.
pub fn certificate_message(domain: &Domain, nonce: &Nonce) -> Vec<u8> {
    message("beistand relay certificate v1", &[domain.as_str().as_bytes(), nonce.as_bytes()])
}

/// What is signed to get a token for the ticket desk.
pub fn desk_token_message(domain: &Domain, nonce: &Nonce) -> Vec<u8> {
    message("beistand desk token v1", &[domain.as_str().as_bytes(), nonce.as_bytes()])
}

/// What is signed at sign-in, to show that the device holds the key that it registers.
pub fn sign_in_message(domain: &Domain, login: &str, public_key: &[u8]) -> Vec<u8> {
    message("beistand relay sign-in v1", &[domain.as_str().as_bytes(), login.as_bytes(), public_key])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Slot;
    use crate::rendezvous::ResumeId;

    #[test]
    fn every_purpose_and_part_changes_the_message() {
        let domain: Domain = "help.example".parse().unwrap();
        let other: Domain = "help.example:8443".parse().unwrap();
        let nonce = Nonce::new([7; 48]);
        let resume = |id| Intent::Resume { id: ResumeId::new([id; 32]) };
        let join = |slot| Intent::Join { slot: Slot::new(slot).unwrap() };
        let messages = [
            line_message(&domain, &nonce, Role::Technician, Intent::Issue),
            line_message(&other, &nonce, Role::Technician, Intent::Issue),
            line_message(&domain, &Nonce::new([8; 48]), Role::Technician, Intent::Issue),
            line_message(&domain, &nonce, Role::Customer, Intent::Issue),
            line_message(&domain, &nonce, Role::Technician, join(12)),
            line_message(&domain, &nonce, Role::Technician, join(123)),
            line_message(&domain, &nonce, Role::Technician, resume(1)),
            line_message(&domain, &nonce, Role::Technician, resume(2)),
            certificate_message(&domain, &nonce),
            desk_token_message(&domain, &nonce),
            sign_in_message(&domain, "anna", b"key"),
            sign_in_message(&domain, "annak", b"ey"),
        ];
        let distinct: std::collections::BTreeSet<_> = messages.iter().collect();
        assert_eq!(distinct.len(), messages.len());
    }
}
