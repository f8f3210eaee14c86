//! Every route, once: what answers it, and how it is described.

use super::openapi::{Document, Lane, Op};
use super::{Desk, access, failure, held, intake, my, technician, technician_acts, uploads};
use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, delete, get, post, put};
use beistand_protocol::desk::api::access::{DeskInfo, LinkAnswer, LinkRequest, Profile, TokenAnswer, TokenRequest};
use beistand_protocol::desk::api::desk::{
    Answer, Assignment, Closing, DeskTicket, Link, Merge, Note, PhoneTicket, Presence, Present, Resolution, Resumption,
    Schedule, SeverityChange, Taking, TimeEntry, Unmerge, VisibilityChange, Waiting,
};
use beistand_protocol::desk::api::file::Upload;
use beistand_protocol::desk::api::intake::{IntakeAnswer, IntakeDiscard, IntakeLookup, IntakeRelease, PinSubmission};
use beistand_protocol::desk::api::my::{
    Confirmation, Filed, Filing, Message, MyFilter, MyPage, MyQuery, MySort, MyTicket, Posted, Reopening, UrgencyRaise,
    Withdrawal,
};
use beistand_protocol::desk::api::people::{CustomerPage, CustomerPageOne, CustomerQuery, Technicians};
use beistand_protocol::desk::api::problem::ProblemCode;
use beistand_protocol::desk::api::queue::{QueuePage, QueueQuery, QueueView, Tasks};
use beistand_protocol::desk::api::session::{SessionReport, SessionReported, SessionStarted};
use beistand_protocol::desk::api::{
    DESK_PATH, INTAKE_PATH, LINK_PATH, MY_PATH, OPENAPI_PATH, SearchText, TECHNICIAN_PATH, TOKEN_PATH, UPLOADS_PATH,
};
use beistand_protocol::desk::code::{CustomerNumber, IntakeReceipt};
use beistand_protocol::desk::form::RequestType;
use beistand_protocol::desk::ids::{AttachmentId, TaskId, TechnicianId, TicketSessionId};
use beistand_protocol::desk::number::TicketNumber;
use beistand_protocol::desk::ticket::Severity;
use std::sync::Arc;
use utoipa::ToSchema;

type Handler = MethodRouter<Arc<Desk>>;

/// The list as it grows: routes and their description together.
#[derive(Default)]
struct List {
    router: Router<Arc<Desk>>,
    document: Document,
}

impl List {
    fn with(mut self, op: Op, handler: Handler) -> Self {
        self.router = self.router.route(&op.path, handler);
        self.described(op)
    }

    /// Several operations may share a route.
    fn described(mut self, op: Op) -> Self {
        self.document.add(op);
        self
    }
}

/// All routes of the desk. The server adds a [`super::PeerAddress`] to each request.
pub fn router(desk: Arc<Desk>) -> Router {
    let list = technicians_tickets(technicians(mine(public(List::default()))));
    let document: Arc<str> = list.document.finish().into();
    let serve =
        move || async move { ([(header::CONTENT_TYPE, "application/json")], document.to_string()).into_response() };
    list.router
        .route(OPENAPI_PATH, get(serve))
        .method_not_allowed_fallback(failure::no_method)
        .route("/api/v1/{*rest}", axum::routing::any(failure::no_route))
        .with_state(desk)
}

fn public(list: List) -> List {
    let anybody = Lane::Public;
    list.with(
        Op::get(DESK_PATH, anybody, "desk", "What the forms need to know.").answers::<DeskInfo>(200, "The desk."),
        get(access::desk_info),
    )
    .with(
        Op::post(UPLOADS_PATH, Lane::Either, "upload", "Sends a file, before the form or message it belongs to.")
            .file()
            .answers::<Upload>(201, "The file as it is kept."),
        post(uploads::upload),
    )
    .with(
        Op::post(
            INTAKE_PATH,
            anybody,
            "fileWithPin",
            "Files with customer number and PIN; says the same whether right or wrong.",
        )
        .json::<PinSubmission>()
        .answers::<IntakeAnswer>(202, "The form arrived.")
        .refuses(&[ProblemCode::InvalidForm, ProblemCode::NotFound, ProblemCode::Throttled]),
        post(intake::intake),
    )
    .with(
        Op::post(LINK_PATH, anybody, "linkApp", "Links an app by a code, which works once.")
            .json::<LinkRequest>()
            .answers::<LinkAnswer>(200, "Linked.")
            .refuses(&[ProblemCode::LinkRefused, ProblemCode::Throttled]),
        post(access::link),
    )
    .with(Op::delete(LINK_PATH, Lane::App, "unlinkApp", "Unlinks this app.").answers_nothing(), delete(access::unlink))
    .with(
        Op::post_freely(TOKEN_PATH, anybody, "token", "Gives a technician's device a token for an hour.")
            .json::<TokenRequest>()
            .answers::<TokenAnswer>(200, "The token.")
            .refuses(&[ProblemCode::Unauthenticated]),
        post(access::token),
    )
}

fn mine(list: List) -> List {
    let app = Lane::App;
    let base = format!("{MY_PATH}/tickets");
    let one = format!("{base}/{{number}}");
    let at = |act: &str| format!("{one}/{act}");
    let changes = |act: &str, id: &str, what: &str| {
        let op = Op::post(&at(act), app, id, what).path::<TicketNumber>("number").version(true);
        op.answers::<MyTicket>(200, "The ticket as it is now.")
    };
    list.with(
        Op::get(&format!("{MY_PATH}/profile"), app, "myProfile", "Who this app belongs to.")
            .answers::<Profile>(200, "The person."),
        get(my::profile),
    )
    .with(
        Op::get(&base, app, "myTickets", "The tickets that I may see.")
            .query::<MyQuery>()
            .names::<SearchText>()
            .names::<MyFilter>()
            .names::<MySort>()
            .names::<RequestType>()
            .answers::<MyPage>(200, "A page."),
        get(my::tickets),
    )
    .with(
        Op::post(&base, app, "fileMyTicket", "Files a form.")
            .json::<Filing>()
            .answers::<Filed>(201, "The ticket is on disk.")
            .refuses(&[ProblemCode::InvalidForm, ProblemCode::NotFound]),
        post(my::file),
    )
    .with(
        Op::get(&one, app, "myTicket", "A ticket.")
            .path::<TicketNumber>("number")
            .answers::<MyTicket>(200, "The ticket."),
        get(my::ticket),
    )
    .with(
        Op::get(&at("files/{id}"), app, "myFile", "A file of a ticket.")
            .path::<TicketNumber>("number")
            .path::<AttachmentId>("id")
            .answers_file(),
        get(uploads::my_file),
    )
    .with(
        Op::post(&at("messages"), app, "writeInMyTicket", "Writes; in a ticket that is over, a new one is made.")
            .path::<TicketNumber>("number")
            .version(false)
            .json::<Message>()
            .answers::<Posted>(200, "Where it stands."),
        post(my::message),
    )
    .with(
        Op::post(&at("read"), app, "myTicketRead", "It is read up to now.")
            .path::<TicketNumber>("number")
            .answers_nothing(),
        post(my::read),
    )
    .with(changes("withdraw", "withdraw", "Takes it back.").json::<Withdrawal>(), post(my::withdraw))
    .with(changes("urgency", "raiseUrgency", "It is more urgent.").json::<UrgencyRaise>(), post(my::urgency))
    .with(changes("confirm", "confirm", "It is solved.").json::<Confirmation>(), post(my::confirm))
    .with(changes("reopen", "reopen", "It is not solved.").json::<Reopening>(), post(my::reopen))
}

fn technicians(list: List) -> List {
    let desk = Lane::Technician;
    let at = |path: &str| format!("{TECHNICIAN_PATH}/{path}");
    list.with(
        Op::get(&at("queue"), desk, "queue", "The queue, or what a search finds.")
            .query::<QueueQuery>()
            .names::<SearchText>()
            .names::<QueueView>()
            .names::<RequestType>()
            .names::<Severity>()
            .names::<CustomerNumber>()
            .names::<TechnicianId>()
            .answers::<QueuePage>(200, "A page."),
        get(technician::queue),
    )
    .with(
        Op::get(&at("tasks"), desk, "tasks", "What the desk asks somebody to do.")
            .answers::<Tasks>(200, "All of them."),
        get(technician::tasks),
    )
    .with(
        Op::post(&at("tasks/{id}/done"), desk, "taskDone", "It is done.")
            .path::<TaskId>("id")
            .answers_nothing()
            .refuses(&[ProblemCode::Refused]),
        post(technician::task_done),
    )
    .with(
        Op::get(&at("customers"), desk, "customers", "Customers, by name.")
            .query::<CustomerQuery>()
            .names::<SearchText>()
            .answers::<CustomerPage>(200, "A page."),
        get(technician::customers),
    )
    .with(
        Op::get(&at("customers/{number}"), desk, "customer", "A customer.")
            .path::<CustomerNumber>("number")
            .answers::<CustomerPageOne>(200, "The customer."),
        get(technician::customer),
    )
    .with(
        Op::get(&at("technicians"), desk, "technicians", "Who can take tickets.")
            .answers::<Technicians>(200, "All of them."),
        get(technician::technicians),
    )
    .with(
        Op::get(
            &at("intake/{receipt}"),
            desk,
            "lookUpReceipt",
            "What became of a form with a PIN, for 72 hours or while it is held.",
        )
        .path::<IntakeReceipt>("receipt")
        .answers::<IntakeLookup>(200, "What became of it."),
        get(held::look_up),
    )
    .with(
        on_held("release", "releaseIntake", "A held form was confirmed and becomes a ticket.").json::<IntakeRelease>(),
        post(held::release),
    )
    .with(
        on_held("discard", "discardIntake", "A held form was none of the customer's.").json::<IntakeDiscard>(),
        post(held::discard),
    )
}

fn on_held(act: &str, id: &str, what: &str) -> Op {
    Op::post(&format!("{TECHNICIAN_PATH}/intake/{{receipt}}/{act}"), Lane::Technician, id, what)
        .path::<IntakeReceipt>("receipt")
        .version(true)
        .answers::<IntakeLookup>(200, "What became of it.")
}

fn technicians_tickets(list: List) -> List {
    let desk = Lane::Technician;
    let base = format!("{TECHNICIAN_PATH}/tickets");
    let one = format!("{base}/{{number}}");
    let at = |path: &str| format!("{one}/{path}");
    let list = list
        .with(
            Op::post(&base, desk, "fileForCaller", "Files what a customer says on the phone.")
                .json::<PhoneTicket>()
                .answers::<Filed>(201, "The ticket is on disk.")
                .refuses(&[ProblemCode::InvalidForm, ProblemCode::NotFound, ProblemCode::Refused]),
            post(technician::file),
        )
        .with(
            Op::get(&one, desk, "ticket", "A ticket.")
                .path::<TicketNumber>("number")
                .answers::<DeskTicket>(200, "The ticket."),
            get(technician::ticket),
        )
        .with(
            Op::get(&at("files/{id}"), desk, "file", "A file of a ticket.")
                .path::<TicketNumber>("number")
                .path::<AttachmentId>("id")
                .answers_file(),
            get(uploads::technicians_file),
        )
        .with(
            Op::post(&at("read"), desk, "ticketRead", "It is read up to now.")
                .path::<TicketNumber>("number")
                .answers_nothing(),
            post(technician::read),
        )
        .with(
            Op::put(&at("presence"), desk, "presence", "I have it open.")
                .path::<TicketNumber>("number")
                .json::<Presence>()
                .answers::<Present>(200, "Who else."),
            put(technician::presence),
        )
        .with(
            Op::post(&at("sessions"), desk, "startSession", "A session is about to start from it.")
                .path::<TicketNumber>("number")
                .answers::<SessionStarted>(200, "Its id.")
                .refuses(&[ProblemCode::Refused]),
            post(technician::start_session),
        )
        .with(
            Op::put(&at("sessions/{session}"), desk, "reportSession", "How the session was.")
                .path::<TicketNumber>("number")
                .path::<TicketSessionId>("session")
                .json::<SessionReport>()
                .answers::<SessionReported>(200, "The time to log.")
                .refuses(&[ProblemCode::Refused]),
            put(technician::report_session),
        )
        .with(
            Op::delete(&at("links/{other}"), desk, "unlink", "The two have nothing to do with each other.")
                .path::<TicketNumber>("number")
                .path::<TicketNumber>("other")
                .answers::<DeskTicket>(200, "The ticket as it is now."),
            delete(technician::unlink),
        );
    let mut list = list;
    list.router = list.router.route(&at("{act}"), post(technician_acts::act));
    let adds = |act: &str, id: &str, what: &str| act_on::<Answer>(&at(act), id, what, false);
    list.described(adds("answers", "answer", "Answers; the customer reads it and gets it by mail."))
        .described(act_on::<Note>(&at("notes"), "note", "Notes; only technicians read it.", false))
        .described(act_on::<Link>(&at("links"), "link", "Another ticket has to do with it.", false))
        .described(act_on::<TimeEntry>(&at("time"), "logTime", "Logs time.", false))
        .described(act_on::<Taking>(&at("take"), "take", "It is mine.", true))
        .described(act_on::<Assignment>(&at("assign"), "assign", "It is somebody's, or nobody's.", true))
        .described(act_on::<Waiting>(&at("wait"), "wait", "It waits.", true))
        .described(act_on::<Schedule>(&at("schedule"), "schedule", "It waits for a day.", true))
        .described(act_on::<Resumption>(&at("resume"), "resume", "It is being worked on again.", true))
        .described(act_on::<Resolution>(&at("resolve"), "resolve", "It is solved.", true))
        .described(act_on::<Closing>(&at("close"), "close", "It is over before its grace is.", true))
        .described(act_on::<SeverityChange>(&at("severity"), "changeSeverity", "How bad it is.", true))
        .described(act_on::<VisibilityChange>(&at("visibility"), "changeVisibility", "Who may see it.", true))
        .described(act_on::<Merge>(&at("merge"), "merge", "It goes on in another ticket.", true))
        .described(act_on::<Unmerge>(&at("unmerge"), "unmerge", "It is parted from that again.", true))
}

fn act_on<Body: ToSchema>(path: &str, id: &str, what: &str, needs_version: bool) -> Op {
    Op::post(path, Lane::Technician, id, what)
        .path::<TicketNumber>("number")
        .version(needs_version)
        .json::<Body>()
        .answers::<DeskTicket>(200, "The ticket as it is now.")
}
