//! The commands of the pages. Each only sends a request; what comes of it shows in the next model.
//!
//! The exception is the emergency stop, which goes straight to the guardian's stop thread and waits for nothing.
//! The others are not `async`: so they arrive in the order in which the page sent them.

use crate::controller::Event;
use crate::desk::commands as desk;
use crate::request::{ModelWanted, Request};
use crate::shell::Shell;
use crate::view::*;
use tauri::{AppHandle, Manager, State};
use tauri_specta::{Builder, collect_commands, collect_events};
use tokio::sync::oneshot;

type Answer = Result<(), CommandError>;

/// Every command and event, for the handler and for the generated bindings.
pub(crate) fn builder() -> Builder<tauri::Wry> {
    Builder::new()
        .disable_serde_phases()
        .commands(collect_commands![
            current_main_view,
            current_panel_view,
            current_viewer_view,
            current_cursor,
            check_domain,
            check_number,
            emergency_stop,
            mark_painted,
            input,
            set_language,
            go,
            set_hotkey,
            set_assistive_input,
            forget_everything,
            dismiss_notice,
            try_again,
            cancel,
            extend_number,
            dismiss_end,
            who_called,
            set_domain,
            confirm_domain,
            lift_stop,
            start_join,
            show_number,
            choose,
            list_sources,
            show_source,
            refuse,
            more_time,
            show_panel,
            move_panel,
            set_permission,
            answer,
            go_on,
            open_receipt,
            delete_receipt,
            show_receipt_file,
            print_receipt,
            sign_in,
            sign_out,
            new_session,
            type_number,
            show_viewer,
            end_session,
            ask,
            ask_to_show,
            special_key,
            grab_keyboard,
            desk::desk_go,
            desk::desk_new,
            desk::desk_open_draft,
            desk::desk_save,
            desk::desk_step,
            desk::desk_submit,
            desk::desk_attach,
            desk::desk_detach,
            desk::desk_take_picture,
            desk::desk_picture,
            desk::desk_keep_picture,
            desk::desk_drop_picture,
            desk::desk_retry,
            desk::desk_recall,
            desk::desk_send_as_new,
            desk::desk_give_pin,
            desk::desk_open_sent,
            desk::desk_copy_sent,
            desk::desk_discard,
            desk::desk_link,
            desk::desk_unlink,
            desk::desk_query,
            desk::desk_more,
            desk::desk_open_ticket,
            desk::desk_refresh,
            desk::desk_write_comment,
            desk::desk_send_comment,
            desk::desk_withdraw,
            desk::desk_raise,
            desk::desk_confirm,
            desk::desk_reopen,
            desk::desk_save_attachment,
            desk::desk_dismiss_fault,
            technician_desk,
        ])
        .events(collect_events![MainView, PanelView, ViewerView, Mark, CursorMoved, CursorShape, FilesFallen])
        .typ::<ContactMethod>()
        .typ::<Priority>()
        .typ::<Salutation>()
        .constant("REASON_CHARS", REASON_CHARS)
        .constant("DESK_FILES", DESK_FILES)
        .constant("DESK_FILE_BYTES", DESK_FILE_BYTES)
        .constant("DESK_FILES_BYTES", DESK_FILES_BYTES)
        .constant("MARK_OFFSET_CSS_PX", MARK_OFFSET_CSS_PX)
        .constant("MARK_SIDE_CSS_PX", MARK_SIDE_CSS_PX)
}

/// Asks the desk for something, as a technician.
#[tauri::command]
#[specta::specta]
fn technician_desk(ask: TechnicianDeskAsk, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::TechnicianDesk(ask))
}

/// What the main window shows.
#[tauri::command]
#[specta::specta]
async fn current_main_view(app: AppHandle) -> MainView {
    model(&app, ModelWanted::Main).await
}

/// What the panel shows.
#[tauri::command]
#[specta::specta]
async fn current_panel_view(app: AppHandle) -> PanelView {
    model(&app, ModelWanted::Panel).await
}

/// What the viewer shows.
#[tauri::command]
#[specta::specta]
async fn current_viewer_view(app: AppHandle) -> ViewerView {
    model(&app, ModelWanted::Viewer).await
}

/// What the customer's cursor looks like.
#[tauri::command]
#[specta::specta]
fn current_cursor(shell: State<'_, Shell>) -> Option<CursorShape> {
    shell.cursor()
}

/// Whether this can be a domain.
#[tauri::command]
#[specta::specta]
fn check_domain(text: String) -> DomainCheck {
    DomainCheck::of(&text)
}

/// Whether this can be a session number.
#[tauri::command]
#[specta::specta]
fn check_number(number: TypedNumber) -> NumberCheck {
    NumberCheck::of(&number)
}

/// NOTAUS. Not a request: it is done before anybody else hears of it.
#[tauri::command]
#[specta::specta]
async fn emergency_stop(shell: State<'_, Shell>) -> Answer {
    shell.emergency_stop()
}

/// The panel has drawn this mark.
#[tauri::command]
#[specta::specta]
async fn mark_painted(serial: u32, shell: State<'_, Shell>) -> Answer {
    shell.mark_painted(serial);
    Ok(())
}

/// The technician's mouse and keyboard.
#[tauri::command]
#[specta::specta]
fn input(events: InputBatch, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::Input(events))
}

/// Chooses the language of every text.
#[tauri::command]
#[specta::specta]
fn set_language(language: Language, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::SetLanguage(language))
}

/// Goes to another screen.
#[tauri::command]
#[specta::specta]
fn go(place: Place, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::Go(place))
}

/// Chooses the hotkey of NOTAUS.
#[tauri::command]
#[specta::specta]
fn set_hotkey(hotkey: String, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::SetHotkey(hotkey))
}

/// Says whether clicks that are not from hardware count as the customer's.
#[tauri::command]
#[specta::specta]
fn set_assistive_input(on: bool, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::SetAssistiveInput(on))
}

/// Removes all that Beistand keeps on this computer.
#[tauri::command]
#[specta::specta]
fn forget_everything(shell: State<'_, Shell>) -> Answer {
    shell.request(Request::ForgetEverything)
}

/// Takes the notice away.
#[tauri::command]
#[specta::specta]
fn dismiss_notice(shell: State<'_, Shell>) -> Answer {
    shell.request(Request::DismissNotice)
}

/// Does again what failed, as far as that helps.
#[tauri::command]
#[specta::specta]
fn try_again(shell: State<'_, Shell>) -> Answer {
    shell.request(Request::TryAgain)
}

/// Gives up what is under way.
#[tauri::command]
#[specta::specta]
fn cancel(shell: State<'_, Shell>) -> Answer {
    shell.request(Request::Cancel)
}

/// Gives the number its full time again.
#[tauri::command]
#[specta::specta]
fn extend_number(shell: State<'_, Shell>) -> Answer {
    shell.request(Request::ExtendNumber)
}

/// Leaves the screen that says how it ended.
#[tauri::command]
#[specta::specta]
fn dismiss_end(shell: State<'_, Shell>) -> Answer {
    shell.request(Request::DismissEnd)
}

/// Who called whom?
#[tauri::command]
#[specta::specta]
fn who_called(caller: Caller, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::WhoCalled(caller))
}

/// Names the support company by its domain.
#[tauri::command]
#[specta::specta]
fn set_domain(domain: String, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::SetDomain(domain))
}

/// Who gave you this address?
#[tauri::command]
#[specta::specta]
fn confirm_domain(source: DomainAnswer, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::ConfirmDomain(source))
}

/// Allows a domain again after three failed confirmations.
#[tauri::command]
#[specta::specta]
fn lift_stop(shell: State<'_, Shell>) -> Answer {
    shell.request(Request::LiftStop)
}

/// Connects by the number that the technician read out.
#[tauri::command]
#[specta::specta]
fn start_join(number: TypedNumber, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::StartJoin(number))
}

/// Gets a number to read out.
#[tauri::command]
#[specta::specta]
fn show_number(shell: State<'_, Shell>) -> Answer {
    shell.request(Request::ShowNumber)
}

/// Accepts who is there and shows them this.
#[tauri::command]
#[specta::specta]
fn choose(source_id: String, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::Choose(source_id))
}

/// Looks again what could be shown.
#[tauri::command]
#[specta::specta]
fn list_sources(shell: State<'_, Shell>) -> Answer {
    shell.request(Request::ListSources)
}

/// Shows this instead.
#[tauri::command]
#[specta::specta]
fn show_source(source_id: String, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::ShowSource(source_id))
}

/// Does not accept who is there.
#[tauri::command]
#[specta::specta]
fn refuse(shell: State<'_, Shell>) -> Answer {
    shell.request(Request::Refuse)
}

/// More time for the question that stands.
#[tauri::command]
#[specta::specta]
fn more_time(shell: State<'_, Shell>) -> Answer {
    shell.request(Request::MoreTime)
}

/// Brings the panel to the front.
#[tauri::command]
#[specta::specta]
fn show_panel(shell: State<'_, Shell>) -> Answer {
    shell.request(Request::ShowPanel)
}

/// Moves the panel into a corner.
#[tauri::command]
#[specta::specta]
fn move_panel(corner: Corner, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::MovePanel(corner))
}

/// Sets a permission.
#[tauri::command]
#[specta::specta]
fn set_permission(permission: Permission, setting: Setting, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::SetPermission(permission, setting))
}

/// Answers the technician's question.
#[tauri::command]
#[specta::specta]
fn answer(question_id: u32, allow: bool, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::Answer { question: question_id, allow })
}

/// Answers whether the session goes on after its longest time.
#[tauri::command]
#[specta::specta]
fn go_on(allow: bool, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::GoOn { allow })
}

/// Shows one receipt.
#[tauri::command]
#[specta::specta]
fn open_receipt(id: String, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::OpenReceipt(id))
}

/// Removes one receipt.
#[tauri::command]
#[specta::specta]
fn delete_receipt(id: String, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::DeleteReceipt(id))
}

/// Opens the folder of a receipt.
#[tauri::command]
#[specta::specta]
fn show_receipt_file(id: String, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::ShowReceiptFile(id))
}

/// Prints the page that is shown.
#[tauri::command]
#[specta::specta]
fn print_receipt(shell: State<'_, Shell>) -> Answer {
    shell.request(Request::PrintReceipt)
}

/// Signs a technician in.
#[tauri::command]
#[specta::specta]
fn sign_in(domain: String, login: String, password: Password, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::SignIn { domain, login, password })
}

/// Signs the technician out and forgets the key.
#[tauri::command]
#[specta::specta]
fn sign_out(shell: State<'_, Shell>) -> Answer {
    shell.request(Request::SignOut)
}

/// Gets a number for the technician to read out.
#[tauri::command]
#[specta::specta]
fn new_session(shell: State<'_, Shell>) -> Answer {
    shell.request(Request::NewSession)
}

/// Connects by the number that the customer read out.
#[tauri::command]
#[specta::specta]
fn type_number(number: TypedNumber, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::TypeNumber(number))
}

/// Brings the viewer to the front.
#[tauri::command]
#[specta::specta]
fn show_viewer(shell: State<'_, Shell>) -> Answer {
    shell.request(Request::ShowViewer)
}

/// The technician ends the session.
#[tauri::command]
#[specta::specta]
fn end_session(shell: State<'_, Shell>) -> Answer {
    shell.request(Request::EndSession)
}

/// The technician asks for a permission.
#[tauri::command]
#[specta::specta]
fn ask(permission: Permission, reason: String, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::Ask(permission, reason))
}

/// The technician asks to be shown something else.
#[tauri::command]
#[specta::specta]
fn ask_to_show(wish: WishedSource, reason: String, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::AskToShow(wish, reason))
}

/// Sends keys that the technician's own desktop keeps for itself.
#[tauri::command]
#[specta::specta]
fn special_key(key: SpecialKey, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::SpecialKey(key))
}

/// Has the viewer get every key, also those that the technician's own desktop uses, or gives them back.
#[tauri::command]
#[specta::specta]
fn grab_keyboard(on: bool, shell: State<'_, Shell>) -> Answer {
    shell.request(Request::GrabKeyboard(on))
}

/// Asks the controller for a whole model. Once it is gone, the app is closing, and so is the page.
async fn model<T>(app: &AppHandle, wanted: impl FnOnce(oneshot::Sender<T>) -> ModelWanted) -> T {
    let (reply, model) = oneshot::channel();
    app.state::<Shell>().tell(Event::ModelWanted(wanted(reply)));
    match model.await {
        Ok(model) => model,
        Err(_) => std::future::pending().await,
    }
}

/// The controller is gone: the app is closing.
pub(crate) fn gone() -> CommandError {
    CommandError { code: ErrorCode::NotNow, message: "the app is closing".to_owned() }
}

#[cfg(test)]
mod tests;
