//! The desk's words and the page's words for the same things. Decides nothing.

use super::{Item, SavedLink};
use crate::view::{
    AttachmentLine, Field, FieldError, FieldProblem, FieldValues, FileKind, FilledField, FormField, RefusedReason,
    RequestKind, TicketAction, TicketDetails, TicketFilter, TicketLine, TicketLink, TicketSort, TicketState,
    TimelineBy, TimelineEntry, TimelineWhat,
};
use beistand_protocol::desk::api::entry::{Author, PublicEntry, PublicHappening};
use beistand_protocol::desk::api::file::{self, FileInfo, FileNote};
use beistand_protocol::desk::api::my::{MyFilter, MyListed, MySort, MyTicket};
use beistand_protocol::desk::api::problem::FileRefusal;
use beistand_protocol::desk::form::{self, Details, Draft, Duty, Mistake, PersonName, Request, RequestType};
use beistand_protocol::desk::ticket::{LinkKind, SessionEnd, Severity, State};
use jiff::Timestamp;

/// A field of the form; customer number and PIN are not the form's own.
const fn of_form(field: Field) -> Option<form::Field> {
    use form::Field as Form;
    Some(match field {
        Field::CustomerNumber | Field::Pin => return None,
        Field::Company => Form::Company,
        Field::ContactPerson => Form::ContactPerson,
        Field::Email => Form::Email,
        Field::Phone => Form::Phone,
        Field::PreferredContact => Form::PreferredContact,
        Field::RequestType => Form::RequestType,
        Field::Reference => Form::Reference,
        Field::Salutation => Form::Salutation,
        Field::FirstName => Form::FirstName,
        Field::LastName => Form::LastName,
        Field::Extension => Form::Extension,
        Field::CompanyMobile => Form::CompanyMobile,
        Field::WantedEmail => Form::WantedEmail,
        Field::Position => Form::Position,
        Field::StartDate => Form::StartDate,
        Field::Remarks => Form::Remarks,
        Field::DeviceName => Form::DeviceName,
        Field::SerialNumber => Form::SerialNumber,
        Field::OrderReference => Form::OrderReference,
        Field::Description => Form::Description,
        Field::Concern => Form::Concern,
        Field::WantedTime => Form::WantedTime,
        Field::Priority => Form::Priority,
        Field::Attachments => Form::Attachments,
    })
}

/// The page's word for a field of the form.
pub(crate) const fn field(field: form::Field) -> Field {
    use form::Field as Form;
    match field {
        Form::Company => Field::Company,
        Form::ContactPerson => Field::ContactPerson,
        Form::Email => Field::Email,
        Form::Phone => Field::Phone,
        Form::PreferredContact => Field::PreferredContact,
        Form::RequestType => Field::RequestType,
        Form::Reference => Field::Reference,
        Form::Description => Field::Description,
        Form::Concern => Field::Concern,
        Form::Priority => Field::Priority,
        Form::DeviceName => Field::DeviceName,
        Form::SerialNumber => Field::SerialNumber,
        Form::OrderReference => Field::OrderReference,
        Form::WantedTime => Field::WantedTime,
        Form::Salutation => Field::Salutation,
        Form::FirstName => Field::FirstName,
        Form::LastName => Field::LastName,
        Form::Extension => Field::Extension,
        Form::CompanyMobile => Field::CompanyMobile,
        Form::WantedEmail => Field::WantedEmail,
        Form::Position => Field::Position,
        Form::StartDate => Field::StartDate,
        Form::Remarks => Field::Remarks,
        Form::Attachments => Field::Attachments,
    }
}

/// Which fields the form asks for, the general ones first.
pub(crate) fn fields(draft: &Draft, with_pin: bool) -> (Vec<FormField>, Vec<FormField>) {
    let shown = |rule: form::Rule| FormField {
        field: field(rule.field),
        mandatory: rule.duty == Duty::Mandatory,
        max_chars: matches!(
            rule.field,
            form::Field::Description | form::Field::Concern | form::Field::Remarks | form::Field::Reference
        )
        .then_some(u32::from(rule.max_characters)),
    };
    let general_count = form::fields(None).count();
    let mut general: Vec<FormField> = form::fields(None).map(shown).collect();
    if with_pin {
        let own = |field| FormField { field, mandatory: true, max_chars: None };
        general.splice(0..0, [own(Field::CustomerNumber), own(Field::Pin)]);
    }
    let request = match draft.chosen_type() {
        Some(chosen) => form::fields(Some(chosen)).skip(general_count).map(shown).collect(),
        None => Vec::new(),
    };
    (general, request)
}

/// What stands in the form.
pub(crate) fn values(customer_number: &str, draft: &Draft) -> FieldValues {
    let mut values = FieldValues::default();
    for (shown, text) in ALL_TEXTS.iter().filter_map(|shown| Some((*shown, draft.text(of_form(*shown)?)?))) {
        if !text.is_empty() {
            values.0.insert(shown, text.to_owned());
        }
    }
    if !customer_number.is_empty() {
        values.0.insert(Field::CustomerNumber, customer_number.to_owned());
    }
    values
}

/// Takes over what was typed; answers whether anything is different now.
pub(crate) fn take_over(values: &FieldValues, customer_number: &mut String, draft: &mut Draft) -> bool {
    let mut changed = false;
    let mut put = |place: &mut String, text: &str| {
        // As much as any field may have, and then some: nothing that a page sends fills the disk.
        let text: String = text.chars().take(20_000).collect();
        changed |= *place != text;
        *place = text;
    };
    put(customer_number, values.get(Field::CustomerNumber));
    for shown in ALL_TEXTS {
        if let Some(place) = of_form(shown).and_then(|field| draft.text_mut(field)) {
            put(place, values.get(shown));
        }
    }
    changed
}

const ALL_TEXTS: [Field; 23] = [
    Field::Company,
    Field::ContactPerson,
    Field::Email,
    Field::Phone,
    Field::PreferredContact,
    Field::RequestType,
    Field::Reference,
    Field::Salutation,
    Field::FirstName,
    Field::LastName,
    Field::Extension,
    Field::CompanyMobile,
    Field::WantedEmail,
    Field::Position,
    Field::StartDate,
    Field::Remarks,
    Field::DeviceName,
    Field::SerialNumber,
    Field::OrderReference,
    Field::Description,
    Field::Concern,
    Field::WantedTime,
    Field::Priority,
];

/// What is wrong with a field, for the page.
pub(crate) fn field_error(error: &form::FieldError) -> FieldError {
    let problem = match error.mistake {
        Mistake::Missing | Mistake::NotAChoice => FieldProblem::Missing,
        Mistake::TooShort { min } => FieldProblem::TooShort { min: min.into() },
        Mistake::TooLong { max } => FieldProblem::TooLong { max: max.into() },
        Mistake::FarDate => FieldProblem::FarDate,
        Mistake::NoEmail
        | Mistake::NoPhone
        | Mistake::NoDate
        | Mistake::NotAsked
        | Mistake::TooManyFiles { .. }
        | Mistake::UnknownFile => FieldProblem::Malformed,
    };
    FieldError { field: field(error.field), problem }
}

pub(crate) const fn request_kind(kind: RequestType) -> RequestKind {
    match kind {
        RequestType::Incident => RequestKind::Incident,
        RequestType::Warranty => RequestKind::Warranty,
        RequestType::NewEmployee => RequestKind::NewEmployee,
        RequestType::CallBack => RequestKind::CallBack,
        RequestType::Other => RequestKind::Other,
    }
}

/// Why the desk did not take a file.
pub(crate) const fn refused(refusal: FileRefusal) -> RefusedReason {
    match refusal {
        FileRefusal::Empty => RefusedReason::Empty,
        FileRefusal::TooLarge => RefusedReason::TooLarge,
        FileRefusal::NotAllowed => RefusedReason::Kind,
        FileRefusal::Heic => RefusedReason::Heic,
        FileRefusal::ActiveContent => RefusedReason::Active,
        FileRefusal::LiesAboutItsType => RefusedReason::Mismatch,
        FileRefusal::Broken => RefusedReason::Unreadable,
        FileRefusal::TooManyPixels => RefusedReason::TooManyPixels,
        FileRefusal::TooMany => RefusedReason::TooMany,
    }
}

pub(crate) const fn filter(filter: TicketFilter) -> MyFilter {
    match filter {
        TicketFilter::All => MyFilter::All,
        TicketFilter::Open => MyFilter::Open,
        TicketFilter::WaitingForMe => MyFilter::WaitingForMe,
        TicketFilter::Done => MyFilter::Done,
    }
}

pub(crate) const fn sort(sort: TicketSort) -> MySort {
    match sort {
        TicketSort::Changed => MySort::Changed,
        TicketSort::Newest => MySort::Filed,
        TicketSort::Oldest => MySort::Oldest,
        TicketSort::Urgent => MySort::Urgency,
    }
}

/// The page's word for a ticket's state; the technician's pages use it, too.
pub(crate) const fn state(state: State) -> TicketState {
    match state {
        State::New => TicketState::New,
        State::Open => TicketState::Open,
        State::WaitingCustomer => TicketState::WaitingCustomer,
        State::WaitingVendor => TicketState::WaitingVendor,
        State::Scheduled => TicketState::Scheduled,
        State::Resolved => TicketState::Resolved,
        State::Closed => TicketState::Closed,
        State::Withdrawn => TicketState::Withdrawn,
        State::Merged => TicketState::Merged,
    }
}

/// A moment as people here read it, with the offset that it has here.
pub(crate) fn moment(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

pub(crate) fn line(listed: &MyListed) -> TicketLine {
    TicketLine {
        number: listed.number.to_string(),
        title: listed.title.clone(),
        request: request_kind(listed.request_type),
        state: state(listed.state),
        severity: listed.severity.number(),
        changed_at: moment(listed.changed_at),
        colleague: (!listed.mine).then(|| listed.requester.clone()),
        reference: listed.reference.clone(),
        unread: listed.unread,
    }
}

pub(crate) fn details(ticket: &MyTicket, link: Option<&SavedLink>) -> TicketDetails {
    let rights = &ticket.rights;
    let may = [
        (rights.write && !rights.writing_makes_new, TicketAction::Comment),
        (rights.write && rights.writing_makes_new, TicketAction::FollowUp),
        (rights.withdraw, TicketAction::Withdraw),
        (rights.raise, TicketAction::Raise),
        (rights.confirm, TicketAction::Confirm),
        (rights.reopen, TicketAction::Reopen),
    ];
    let me = link.map_or("", |link| link.person.as_str());
    let mut sources = ticket.timeline.iter().map(|entry| timeline(entry, me)).collect::<Vec<_>>();
    sources.sort_by_key(|(at, _)| *at);
    let worse = |severity: &&Severity| severity.is_worse_than(ticket.listed.severity);
    TicketDetails {
        title: ticket.listed.title.clone(),
        request: request_kind(ticket.listed.request_type),
        state: state(ticket.listed.state),
        severity: ticket.listed.severity.number(),
        created_at: moment(ticket.listed.filed_at),
        colleague: (!ticket.listed.mine).then(|| ticket.listed.requester.clone()),
        technician: ticket.technician.clone(),
        due_on: ticket.due_on.map(|day| day.to_string()),
        reopen_until: ticket.reopen_until.map(moment),
        fields: filled(&ticket.request),
        files: ticket.files.iter().map(attachment).collect(),
        timeline: sources.into_iter().map(|(_, entry)| entry).collect(),
        may: may.into_iter().filter_map(|(may, action)| may.then_some(action)).collect(),
        raise_to: if rights.raise {
            Severity::ALL.iter().filter(worse).map(|severity| severity.number()).collect()
        } else {
            Vec::new()
        },
        raise_again_at: rights.raise_again_at.map(moment),
    }
}

/// A file of a ticket.
pub(crate) fn attachment(info: &FileInfo) -> AttachmentLine {
    AttachmentLine {
        id: info.id.to_string(),
        name: info.name.clone(),
        kind: match info.kind {
            file::FileKind::Png | file::FileKind::Jpeg => FileKind::Image,
            file::FileKind::Pdf => FileKind::Pdf,
            file::FileKind::Text => FileKind::Text,
        },
        size_bytes: info.size_bytes,
        careful: info.notes.contains(&FileNote::MayBeActive),
    }
}

/// The page's word for how two tickets belong together.
pub(crate) const fn ticket_link(link: LinkKind) -> TicketLink {
    match link {
        LinkKind::Related => TicketLink::Related,
        LinkKind::FollowUpOf => TicketLink::FollowUpOf,
        LinkKind::FollowedUpBy => TicketLink::FollowedUpBy,
        LinkKind::MergedInto => TicketLink::MergedInto,
        LinkKind::MergedFrom => TicketLink::MergedFrom,
    }
}

pub(crate) fn timeline(entry: &PublicEntry, me: &str) -> (Timestamp, TimelineEntry) {
    let by = match &entry.author {
        Author::Customer { name } if name == me => TimelineBy::Me,
        Author::Customer { name } => TimelineBy::Customer { name: name.clone() },
        Author::Technician { name } => TimelineBy::Technician { name: name.clone() },
        Author::System => TimelineBy::Desk,
    };
    let mut attachments = Vec::new();
    let what = match &entry.what {
        PublicHappening::Filed { .. } => TimelineWhat::Created,
        PublicHappening::Message { text, files } => {
            attachments.extend(files.iter().map(attachment));
            TimelineWhat::Comment { text: text.clone() }
        }
        PublicHappening::StateChanged { to, text, on, .. } => {
            TimelineWhat::State { to: state(*to), reason: text.clone(), on: on.map(|day| day.to_string()) }
        }
        PublicHappening::SeverityChanged { to, reason, .. } => {
            TimelineWhat::Severity { to: to.number(), reason: Some(reason.clone()) }
        }
        PublicHappening::Assigned { to } => TimelineWhat::Assigned { to: to.clone() },
        PublicHappening::Linked { link, other } => {
            TimelineWhat::Linked { link: ticket_link(*link), number: other.map(|number| number.to_string()) }
        }
        PublicHappening::Unlinked { link, other } => {
            TimelineWhat::Unlinked { link: ticket_link(*link), number: other.map(|number| number.to_string()) }
        }
        PublicHappening::Session { session } => session_of(session),
    };
    (entry.at, TimelineEntry { id: entry.id.to_string(), at: moment(entry.at), by, what, attachments })
}

fn session_of(session: &beistand_protocol::desk::api::session::PublicSession) -> TimelineWhat {
    TimelineWhat::Session {
        seconds: session.duration_seconds.unwrap_or_default(),
        stopped: session.ended_by == Some(SessionEnd::Stop),
    }
}

/// What was filled in, as it was filed.
pub(crate) fn filled(request: &Request) -> Vec<FilledField> {
    let contact = &request.contact;
    let mut list: Vec<(Field, String)> = vec![
        (Field::Company, contact.company.clone()),
        (Field::ContactPerson, contact.person.clone()),
        (Field::Email, contact.email.to_string()),
        (Field::Phone, contact.phone.written.clone()),
        (Field::PreferredContact, contact.preferred.key().to_owned()),
    ];
    let mut add = |field: Field, value: Option<String>| list.push((field, value.unwrap_or_default()));
    add(Field::Reference, request.reference.clone());
    match &request.details {
        Details::Incident { description } => add(Field::Description, Some(description.clone())),
        Details::Warranty { device_name, serial_number, order_reference, description } => {
            add(Field::DeviceName, Some(device_name.clone()));
            add(Field::SerialNumber, serial_number.clone());
            add(Field::OrderReference, order_reference.clone());
            add(Field::Description, Some(description.clone()));
        }
        Details::NewEmployee {
            name: PersonName { first, last, .. },
            extension,
            company_mobile,
            mailbox,
            position,
            start_date,
            remarks,
            ..
        } => {
            add(Field::FirstName, Some(first.clone()));
            add(Field::LastName, Some(last.clone()));
            add(Field::Extension, extension.as_ref().map(|phone| phone.written.clone()));
            add(Field::CompanyMobile, company_mobile.as_ref().map(|phone| phone.written.clone()));
            add(Field::WantedEmail, mailbox.as_ref().map(ToString::to_string));
            add(Field::Position, Some(position.clone()));
            add(Field::StartDate, Some(start_date.to_string()));
            add(Field::Remarks, remarks.clone());
        }
        Details::CallBack { concern, wanted_time } => {
            add(Field::Concern, Some(concern.clone()));
            add(Field::WantedTime, wanted_time.clone());
        }
        Details::Other { concern } => add(Field::Concern, Some(concern.clone())),
    }
    add(Field::Priority, request.priority.map(|priority| priority.key().to_owned()));
    list.into_iter()
        .filter(|(field, value)| !value.is_empty() || *field == Field::WantedEmail)
        .map(|(field, value)| FilledField { field, value })
        .collect()
}

/// What kind of request an item is, once it is chosen.
pub(crate) fn item_kind(item: &Item) -> Option<RequestKind> {
    item.draft().and_then(Draft::chosen_type).map(request_kind)
}

/// A day as the form takes it: `2027-03-31` or `31.3.2027`.
pub(crate) fn date(text: &str) -> Option<jiff::civil::Date> {
    let text = text.trim();
    text.parse().ok().or_else(|| jiff::civil::Date::strptime("%d.%m.%Y", text).ok())
}
