//! The commands of the desk's pages. Each only sends a request; what comes of it shows in the next model.

use super::DeskRequest;
use crate::request::Request;
use crate::shell::Shell;
use crate::view::*;
use tauri::State;

type Answer = Result<(), CommandError>;

fn ask(shell: &Shell, request: DeskRequest) -> Answer {
    shell.request(Request::Desk(request))
}

/// Goes to a page of the desk.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_go(place: DeskPlace, shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::Go(place))
}

/// Begins a request.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_new(shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::New)
}

/// Goes on with a request that was begun.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_open_draft(id: String, shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::OpenDraft(id))
}

/// Keeps what was typed so far.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_save(values: FieldValues, pin: Option<Password>, shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::Save { values, pin })
}

/// Goes to another page of the form.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_step(step: FormStep, values: FieldValues, pin: Option<Password>, shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::Step { step, values, pin })
}

/// Sends the request off.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_submit(shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::Submit)
}

/// Attaches a file to what is being written.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_attach(name: String, bytes: FileBytes, shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::Attach { name, bytes })
}

/// Takes an attached file away.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_detach(id: String, shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::Detach(id))
}

/// Takes a picture of one's own screen, without our windows.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_take_picture(shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::TakePicture)
}

/// The picture that was taken, until it is kept or dropped.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_picture(shell: State<'_, Shell>) -> Option<FileBytes> {
    shell.desk_picture()
}

/// Attaches what was made of the picture.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_keep_picture(bytes: FileBytes, shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::KeepPicture(bytes))
}

/// Forgets the picture.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_drop_picture(shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::DropPicture)
}

/// Tries at once to send what waits.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_retry(id: String, shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::Retry(id))
}

/// Takes back what waits, to write on.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_recall(id: String, shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::Recall(id))
}

/// Sends what waits as a new one although an earlier version arrived.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_send_as_new(id: String, shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::SendAsNew(id))
}

/// The PIN for what waits for it.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_give_pin(id: String, pin: Password, shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::GivePin { id, pin })
}

/// Shows what arrived once more.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_open_sent(id: String, shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::OpenSent(id))
}

/// Begins a request with what an earlier one said.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_copy_sent(id: String, shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::CopySent(id))
}

/// Removes a draft, or what is kept of something that arrived.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_discard(id: String, shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::Discard(id))
}

/// Links this app with an account.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_link(code: Password, shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::Link { code })
}

/// Takes the link back.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_unlink(shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::Unlink)
}

/// Looks for tickets.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_query(query: TicketQuery, shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::Query(query))
}

/// Reads more of the list.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_more(shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::More)
}

/// Shows a ticket.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_open_ticket(number: String, shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::OpenTicket(number))
}

/// Reads what is shown anew.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_refresh(shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::Refresh)
}

/// Keeps what was typed of a message.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_write_comment(text: String, shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::WriteComment(text))
}

/// Sends a message off.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_send_comment(text: String, shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::SendComment(text))
}

/// Takes the ticket back.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_withdraw(shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::Withdraw)
}

/// Raises the ticket's urgency.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_raise(severity: u8, reason: String, shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::Raise { severity, reason })
}

/// Confirms that it is solved.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_confirm(shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::Confirm)
}

/// Says that it is not solved.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_reopen(reason: String, shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::Reopen(reason))
}

/// Saves a ticket's file where downloads go.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_save_attachment(id: String, shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::SaveAttachment(id))
}

/// Takes the message about a fault away.
#[tauri::command]
#[specta::specta]
pub(crate) fn desk_dismiss_fault(shell: State<'_, Shell>) -> Answer {
    ask(&shell, DeskRequest::DismissFault)
}
