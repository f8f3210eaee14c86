//! Builds the models of the desk's pages from the state. Decides nothing.

use super::DeskPage;
use crate::controller::{Controller, Platform};
use crate::desk::kept::chosen;
use crate::desk::{Content, Item, Phase, SavedLink, Sent, convert};
use crate::view::{
    CommentForm, DeskHome, DeskScreen, DraftLine, Form, FormStep, Lane, Linked, RequestKind, SentBy, SentItem,
    TicketList, TicketPage, Waiting, WaitingWhat,
};
use beistand_protocol::desk::form::{Details, validate};
use beistand_protocol::desk::workdays::earliest_guaranteed;
use beistand_protocol::time::Moment;

impl<P: Platform> Controller<P> {
    pub(in crate::controller) fn desk_screen(&self, page: &DeskPage, now: Moment) -> DeskScreen {
        match page {
            DeskPage::Home => DeskScreen::Home(self.desk_home(now)),
            DeskPage::Form { id, step } => match self.desk.item(id) {
                Some(item) => self.form_screen(item, *step),
                None => DeskScreen::Home(self.desk_home(now)),
            },
            DeskPage::Picture { .. } => DeskScreen::Picture,
            DeskPage::Sending(id) | DeskPage::Sent(id) => {
                let item = self.desk.item(id);
                let waiting = item.and_then(|item| self.waiting(item, now)).map(|item| DeskScreen::Sending { item });
                let sent = || item.and_then(sent).map(|item| DeskScreen::Sent { item });
                waiting.or_else(sent).unwrap_or_else(|| DeskScreen::Home(self.desk_home(now)))
            }
            DeskPage::Link => DeskScreen::Link(self.desk.link.clone()),
            DeskPage::Tickets => DeskScreen::Tickets(self.ticket_list()),
            DeskPage::Ticket => match self.ticket_page() {
                Some(page) => DeskScreen::Ticket(Box::new(page)),
                None => DeskScreen::Tickets(self.ticket_list()),
            },
        }
    }

    fn desk_home(&self, now: Moment) -> DeskHome {
        let newest = |one: &&Item, other: &&Item| other.changed_at.cmp(&one.changed_at);
        let mut items: Vec<&Item> = self.desk.kept.items.iter().collect();
        items.sort_by(newest);
        let draft = |item: &&Item| match (&item.content, &item.phase) {
            (Content::Request { .. }, Phase::Draft) => Some(DraftLine {
                id: item.id.clone(),
                request: convert::item_kind(item),
                words: item.words(),
                changed_at: convert::moment(item.changed_at),
            }),
            (Content::Request { .. } | Content::Comment { .. }, _) => None,
        };
        DeskHome {
            linked: self.account().map(linked),
            drafts: items.iter().filter_map(draft).collect(),
            waiting: items.iter().filter_map(|item| self.waiting(item, now)).collect(),
            sent: items.iter().filter_map(|item| sent(item)).collect(),
            fault: self.desk.home_fault,
            unlinked: self.desk.unlinked.filter(|_| self.account().is_none()),
        }
    }

    fn waiting(&self, item: &Item, now: Moment) -> Option<Waiting> {
        let Phase::Sending { since, .. } = &item.phase else { return None };
        Some(Waiting {
            id: item.id.clone(),
            what: what(item),
            words: item.words(),
            since: convert::moment(*since),
            state: self.desk.outbox.state(&item.id, now),
        })
    }

    fn form_screen(&self, item: &Item, step: FormStep) -> DeskScreen {
        let Content::Request { customer_number, draft, .. } = &item.content else {
            return DeskScreen::Home(DeskHome::default());
        };
        let account = self.account();
        let (general, request) = convert::fields(draft, account.is_none());
        let rules = self.rules();
        let writing = &self.desk.writing;
        let earliest = earliest_guaranteed(rules.today, rules.bundesland, rules.working_days);
        DeskScreen::Form(Box::new(Form {
            id: item.id.clone(),
            step,
            lane: account.map_or(Lane::Pin, |account| Lane::Linked {
                person: account.person.clone(),
                customer: account.customer.clone(),
                customer_number: account.customer_number.clone(),
            }),
            values: convert::values(customer_number, draft),
            pin_typed: self.desk.pins.contains_key(&item.id),
            general,
            request,
            attachments: chosen(item),
            refused: writing.refused.clone(),
            errors: writing.errors.clone(),
            attempt: writing.attempt,
            saved: self.saved_state(item),
            earliest_start: earliest.to_string(),
            start_guaranteed: match validate(&draft.only_asked(), rules) {
                Ok(checked) => match checked.request.details {
                    Details::NewEmployee { timely_guaranteed, .. } => Some(timely_guaranteed),
                    Details::Incident { .. }
                    | Details::Warranty { .. }
                    | Details::CallBack { .. }
                    | Details::Other { .. } => None,
                },
                Err(_) => convert::date(&draft.start_date).map(|day| day >= earliest),
            },
            fault: writing.fault,
        }))
    }

    fn ticket_list(&self) -> TicketList {
        let list = &self.desk.list;
        TicketList {
            query: list.query.clone(),
            tickets: list.tickets.iter().map(convert::line).collect(),
            more: list.next.is_some(),
            busy: list.reading.is_some(),
            fault: list.fault,
            sees_company: self.account().is_some_and(|account| account.sees_company),
            waiting: count(
                self.desk.kept.items.iter().filter(|item| matches!(item.phase, Phase::Sending { .. })).count(),
            ),
        }
    }

    fn ticket_page(&self) -> Option<TicketPage> {
        let reading = self.desk.reading.as_ref()?;
        let number = reading.number.to_string();
        let waits = |item: &&Item| {
            matches!(item.phase, Phase::Sending { .. })
                && matches!(&item.content, Content::Comment { number: of, .. } if *of == number)
        };
        let comment = self.desk.item(&reading.comment);
        Some(TicketPage {
            ticket: reading.ticket.as_ref().map(|ticket| convert::details(ticket, self.account())),
            busy: reading.serial.is_some(),
            fault: reading.fault,
            comment: CommentForm {
                id: reading.comment.clone(),
                text: match comment.map(|item| &item.content) {
                    Some(Content::Comment { text, .. }) => text.clone(),
                    Some(Content::Request { .. }) | None => String::new(),
                },
                attachments: comment.map(chosen).unwrap_or_default(),
                refused: reading.refused.clone(),
                empty: reading.empty,
                waiting: count(self.desk.kept.items.iter().filter(waits).count()),
            },
            saved_as: reading.saved_as.clone(),
            number,
        })
    }
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn linked(account: &SavedLink) -> Linked {
    Linked {
        person: account.person.clone(),
        customer: account.customer.clone(),
        customer_number: account.customer_number.clone(),
    }
}

fn what(item: &Item) -> WaitingWhat {
    match &item.content {
        Content::Comment { number, .. } => WaitingWhat::Comment { number: number.clone() },
        Content::Request { .. } => {
            WaitingWhat::Request { request: convert::item_kind(item).unwrap_or(RequestKind::Other) }
        }
    }
}

fn sent(item: &Item) -> Option<SentItem> {
    let Phase::Sent(Sent { at, receipt, ticket, follow_up_of, start_guaranteed, earliest_start, refused }) =
        &item.phase
    else {
        return None;
    };
    let by = match (receipt, ticket) {
        (_, Some(number)) => SentBy::Ticket { number: number.clone(), follow_up_of: follow_up_of.clone() },
        (receipt, None) => SentBy::Receipt { receipt: receipt.clone().unwrap_or_default() },
    };
    Some(SentItem {
        id: item.id.clone(),
        what: what(item),
        words: item.words(),
        at: convert::moment(*at),
        by,
        start_guaranteed: *start_guaranteed,
        earliest_start: earliest_start.map(|day| day.to_string()),
        refused: refused.clone(),
    })
}
