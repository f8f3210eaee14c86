//! What a technician writes for a ticket: kept as it is typed, until the desk has it.
//!
//! Its key is made when it is first sent and kept while that may have arrived: sent again, it is there once.

use super::desk::fresh_id;
use super::{Controller, Now, Platform};
use crate::desk::client::Failure;
use crate::desk::kept::chosen;
use crate::desk::upload::UploadNews;
use crate::desk::{Item, files};
use crate::technician_desk::{Account, Deed, NotDone, Piece, Work, Writing};
use crate::view::{CaseDraft, CaseText, DeskFault, ErrorCode, FileBytes, RefusedFile, Saved};
use beistand_protocol::desk::code::IdempotencyKey;
use beistand_protocol::desk::number::TicketNumber;

/// The longest text that is kept; the desk takes less.
const MOST_CHARACTERS: usize = 20_000;

/// What was sent and has not arrived yet.
pub(super) struct UnderWay {
    serial: u32,
    pub(super) number: TicketNumber,
    item: String,
    what: CaseText,
    pub(super) text: String,
    percent: u32,
}

/// What the page shows beside what is written.
#[derive(Default)]
pub(super) struct Beside {
    refused: Vec<(CaseText, RefusedFile)>,
    unsaved: bool,
}

fn is_text(item: &Item<Work>, wanted: CaseText) -> bool {
    matches!(item.content.piece, Piece::Text { what, .. } if what == wanted)
}

impl<P: Platform> Controller<P> {
    /// The account that is signed in.
    pub(super) fn technician_account(&self) -> Option<Account> {
        let saved = self.settings.technician.as_ref()?;
        Some(Account { domain: saved.company.domain.clone(), login: saved.login.clone() })
    }

    /// What the account that is signed in keeps here.
    pub(super) fn technicians_work(&self) -> impl Iterator<Item = &Item<Work>> {
        let account = self.technician_account();
        self.technician_desk.kept.items.iter().filter(move |item| Some(&item.content.of) == account.as_ref())
    }

    fn text_item(&self, number: TicketNumber, what: CaseText) -> Option<&Item<Work>> {
        self.technicians_work().find(|item| item.content.number == number && is_text(item, what))
    }

    /// The item of this text, made if there is none yet.
    fn own_text(&mut self, now: &Now, number: TicketNumber, what: CaseText) -> Option<String> {
        if let Some(item) = self.text_item(number, what) {
            return Some(item.id.clone());
        }
        let (of, piece) = (self.technician_account()?, Piece::Text { what, text: String::new() });
        let item = Item::new(fresh_id(now), now.wall.timestamp(), Work { of, number, piece });
        let id = item.id.clone();
        self.technician_desk.kept.items.push(item);
        Some(id)
    }

    /// Keeps what was typed so far.
    pub(super) fn write_text(&mut self, now: &Now, number: &str, what: CaseText, typed: &str) {
        let Ok(number) = number.parse::<TicketNumber>() else { return };
        let Some(id) = self.own_text(now, number, what) else { return };
        if self.technician_desk.sending.iter().any(|sent| sent.item == id) {
            return;
        }
        let kept = &mut self.technician_desk.kept;
        let Some(item) = kept.item_mut(&id) else { return };
        let Piece::Text { text, .. } = &mut item.content.piece else { return };
        *text = typed.chars().take(MOST_CHARACTERS).collect();
        item.changed_at = now.wall.timestamp();
        let nothing = text.is_empty() && item.files.is_empty() && item.key.is_none();
        let saved = if nothing { kept.remove(&id) } else { kept.save(&id) };
        if let Some(case) = self.technician_desk.case.as_mut().filter(|case| case.number == number) {
            case.beside.unsaved = !saved;
            self.present(now, !typed.trim().is_empty());
        }
    }

    pub(super) fn attach_to_text(
        &mut self,
        now: &Now,
        (number, what): (&str, CaseText),
        name: &str,
        bytes: &FileBytes,
    ) {
        let Ok(number) = number.parse::<TicketNumber>() else { return };
        if what == CaseText::Resolution {
            return;
        }
        let Some(id) = self.own_text(now, number, what) else { return };
        let name = files::plain_name(name);
        let kept = &mut self.technician_desk.kept;
        let outcome = kept.attach((&id, fresh_id(now)), now.wall.timestamp(), &name, bytes);
        let Some(case) = self.technician_desk.case.as_mut().filter(|case| case.number == number) else { return };
        match outcome {
            Err(reason) => case.beside.refused.push((what, RefusedFile { name, reason })),
            Ok(saved) => case.beside.unsaved = !saved,
        }
    }

    pub(super) fn detach_from_text(&mut self, now: &Now, (number, what): (&str, CaseText), file: &str) {
        let Ok(number) = number.parse::<TicketNumber>() else { return };
        let Some(id) = self.text_item(number, what).map(|item| item.id.clone()) else { return };
        let saved = self.technician_desk.kept.detach(&id, file, now.wall.timestamp());
        if let Some(case) = self.technician_desk.case.as_mut().filter(|case| case.number == number) {
            case.beside.unsaved = !saved;
            case.beside.refused.clear();
        }
    }

    /// Sends what was written for the ticket that is open.
    pub(super) fn send_text(&mut self, now: &Now, what: CaseText, typed: &str, then_wait: bool) {
        let Some(case) = &self.technician_desk.case else { return };
        let (number, Some(version)) = (case.number, case.version()) else { return };
        if self.technician_desk.sending.iter().any(|sent| sent.number == number) {
            return;
        }
        self.write_text(now, &number.to_string(), what, typed);
        let ready = self.ready_to_send(number, what, typed, then_wait);
        let Some(case) = &mut self.technician_desk.case else { return };
        let (id, key, writing) = match ready {
            Ok(ready) => ready,
            Err(fault) => {
                case.fault = Some(fault);
                return;
            }
        };
        case.beside.refused.clear();
        let serial = self.do_to_case(now, (number, version), Deed::Write(writing), key);
        let sent = UnderWay { serial, number, item: id, what, text: typed.to_owned(), percent: 0 };
        self.technician_desk.sending.push(sent);
    }

    /// The question is answered: answers which text went with it.
    pub(super) fn not_under_way_any_more(&mut self, serial: u32) -> Option<UnderWay> {
        let sending = &mut self.technician_desk.sending;
        sending.iter().position(|sent| sent.serial == serial).map(|at| sending.remove(at))
    }

    /// Gives a text its key, and writes that down. Only then is it sent.
    fn ready_to_send(
        &mut self,
        number: TicketNumber,
        what: CaseText,
        typed: &str,
        then_wait: bool,
    ) -> Result<(String, IdempotencyKey, Writing), DeskFault> {
        let text = typed.parse().map_err(|_| DeskFault::NotAccepted)?;
        let id = self.text_item(number, what).map(|item| item.id.clone()).ok_or(DeskFault::NotAccepted)?;
        let kept = &mut self.technician_desk.kept;
        let item = kept.item_mut(&id).ok_or(DeskFault::Internal)?;
        let key = item.key.get_or_insert_with(|| IdempotencyKey::new(rand::random())).clone();
        if !kept.save(&id) {
            return Err(DeskFault::NotSaved);
        }
        let item = kept.item(&id).ok_or(DeskFault::Internal)?;
        let path = |file: &crate::desk::StoredFile| Some((file.clone(), kept.store.file(&id, &file.id).ok()?));
        let files = item.files.iter().filter_map(path).collect();
        Ok((id.clone(), key, Writing { what, text, then_wait, files }))
    }

    pub(super) fn text_gets_on(&mut self, serial: u32, news: UploadNews) {
        let desk = &mut self.technician_desk;
        let Some(under_way) = desk.sending.iter_mut().find(|sent| sent.serial == serial) else { return };
        match news {
            UploadNews::Percent(percent) => under_way.percent = percent,
            UploadNews::Arrived { file, id } => {
                if let Some(item) = desk.kept.item_mut(&under_way.item)
                    && let Some(file) = item.files.iter_mut().find(|one| one.id == file)
                {
                    file.uploaded = Some(id);
                }
                desk.kept.save(&under_way.item);
            }
        }
    }

    /// It is in its ticket.
    pub(super) fn text_arrived(&mut self, serial: u32, sent: &UnderWay) {
        // If this can't be removed, it is sent again under its key, and there it is once.
        let removed = self.technician_desk.kept.remove(&sent.item);
        let Some(case) = self.technician_desk.case.as_mut().filter(|case| case.number == sent.number) else { return };
        if !removed {
            case.fault = Some(DeskFault::NotSaved);
        }
        // Left and opened again meanwhile: what is shown may be from before.
        if case.asked != serial {
            self.read_case();
        }
    }

    /// It may be written on.
    pub(super) fn text_not_sent(&mut self, under_way: &UnderWay, not_done: &NotDone) {
        let Failure { fault, may_have_arrived, .. } = &not_done.failure;
        let kept = &mut self.technician_desk.kept;
        let Some(item) = kept.item_mut(&under_way.item) else { return };
        item.may_have_arrived |= may_have_arrived;
        if *fault == DeskFault::AlreadySent {
            // What is in the ticket is read again; whether this is sent as well is for its author to say.
            item.may_have_arrived = false;
            item.files.iter_mut().for_each(|file| file.uploaded = None);
        }
        if !item.may_have_arrived {
            item.key = None;
        }
        if let Some((file, reason)) = &not_done.file {
            let name = item.files.iter().find(|one| one.id == *file).map(|one| one.name.clone()).unwrap_or_default();
            item.files.retain(|one| one.id != *file);
            if let Some(case) = self.technician_desk.case.as_mut().filter(|case| case.number == under_way.number) {
                case.beside.refused.push((under_way.what, RefusedFile { name, reason: *reason }));
            }
        }
        self.technician_desk.kept.save(&under_way.item);
    }

    /// A text as the page shows it.
    pub(super) fn case_draft(&self, number: TicketNumber, what: CaseText) -> CaseDraft {
        let item = self.text_item(number, what);
        let case = self.technician_desk.case.as_ref();
        let beside = case.map(|case| &case.beside);
        let refused = beside.map(|beside| beside.refused.as_slice()).unwrap_or_default();
        let is_it = |sent: &&UnderWay| sent.number == number && sent.what == what;
        let under_way = self.technician_desk.sending.iter().find(is_it);
        CaseDraft {
            text: match item.map(|item| &item.content.piece) {
                Some(Piece::Text { text, .. }) => text.clone(),
                Some(Piece::Session { .. }) | None => String::new(),
            },
            attachments: item.map(chosen).unwrap_or_default(),
            refused: refused.iter().filter(|(of, _)| *of == what).map(|(_, file)| file.clone()).collect(),
            saved: match item {
                None => Saved::Empty,
                Some(_) if beside.is_some_and(|beside| beside.unsaved) => Saved::Failed,
                Some(item) if self.technician_desk.kept.is_on_disk(&item.id) => Saved::OnDisk,
                Some(_) => Saved::Empty,
            },
            sending: under_way.map(|under_way| under_way.percent),
        }
    }

    /// Tickets for which something is half written.
    pub(super) fn case_drafts(&self) -> Vec<String> {
        let written = |item: &&Item<Work>| match &item.content.piece {
            Piece::Text { text, .. } => !text.trim().is_empty() || !item.files.is_empty(),
            Piece::Session { .. } => false,
        };
        self.numbers_of(written)
    }

    /// Removes everything that technicians keep here.
    pub(super) fn forget_work(&mut self) {
        let store = self.technician_desk.kept.store.clone();
        if store.forget().is_err() {
            self.notice = Some(ErrorCode::NotSaved);
        }
        self.technician_desk = super::technician_desk::TechnicianDesk::new(store);
    }

    /// The tickets of some of the work, each once.
    pub(super) fn numbers_of(&self, wanted: impl Fn(&&Item<Work>) -> bool) -> Vec<String> {
        let mut numbers: Vec<String> =
            self.technicians_work().filter(wanted).map(|item| item.content.number.to_string()).collect();
        numbers.sort();
        numbers.dedup();
        numbers
    }
}
