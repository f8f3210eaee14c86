//! A database comes up to date with a backup before, and is left alone by an older program.

use crate::desk::{Desk, start};
use crate::on_both;
use anyhow::Result;
use beistand_desk::store::{Backup, OpenError, Store};
use beistand_protocol::desk::api::queue::QueueQuery;
use beistand_protocol::desk::ids::TechnicianId;

on_both!(
    what_is_there_survives_a_restart,
    a_newer_database_is_left_alone,
    an_upgrade_makes_a_backup_first,
    without_a_backup_there_is_no_upgrade,
);

/// Takes the last migrations back, so that the database is as an older program left it.
async fn make_older(desk: &Desk) -> Result<()> {
    desk.store.close().await;
    desk.data.sql("DROP TABLE failed_pin; DROP INDEX task_by_receipt; DROP INDEX ticket_open_of_customer").await?;
    for column in ["held", "customer_id", "decided_at", "decided_by", "decided_why"] {
        desk.data.sql(&format!("ALTER TABLE intake DROP COLUMN {column}")).await?;
    }
    for column in ["receipt", "customer_id", "contact_id"] {
        desk.data.sql(&format!("ALTER TABLE task DROP COLUMN {column}")).await?;
    }
    desk.data.sql("DELETE FROM desk_schema WHERE version > 2").await
}

async fn what_is_there_survives_a_restart(desk: Desk) -> Result<()> {
    let number = desk.file(&desk.ada.employee, "Bleibt da.", start()).await?;
    desk.store.close().await;
    let store = Store::open(&desk.data.place(), &desk.data.backup(), start()).await?;
    let page = store.queue(TechnicianId(1), &QueueQuery::default(), start()).await?;
    assert_eq!(page.tickets[0].number, number);
    assert_eq!(backups(&desk)?.len(), 0, "nothing was upgraded");
    store.close().await;
    Ok(())
}

async fn a_newer_database_is_left_alone(desk: Desk) -> Result<()> {
    desk.store.close().await;
    desk.data.sql("INSERT INTO desk_schema (version, name, applied_at) VALUES (999, 'tomorrow', 0)").await?;
    let opened = Store::open(&desk.data.place(), &desk.data.backup(), start()).await;
    let Err(error @ OpenError::Newer { found: 999, .. }) = opened else { panic!("{opened:?}") };
    assert!(error.to_string().contains("Install the newer program"), "{error}");
    Ok(())
}

async fn an_upgrade_makes_a_backup_first(desk: Desk) -> Result<()> {
    let number = desk.file(&desk.ada.employee, "Aus der Zeit davor.", start()).await?;
    make_older(&desk).await?;
    let store = Store::open(&desk.data.place(), &desk.data.backup(), start()).await?;
    let page = store.queue(TechnicianId(1), &QueueQuery::default(), start()).await?;
    assert_eq!(page.tickets.iter().map(|item| item.number).collect::<Vec<_>>(), [number]);
    store.close().await;
    let backups = backups(&desk)?;
    assert_eq!(backups.len(), 1, "{backups:?}");
    assert!(backups[0].contains("desk-version-2-"), "{backups:?}");
    let path = desk.data.folder().join(&backups[0]);
    assert!(std::fs::metadata(&path)?.len() > 1000);
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path)?.permissions()) & 0o777, 0o600);
    Ok(())
}

async fn without_a_backup_there_is_no_upgrade(desk: Desk) -> Result<()> {
    make_older(&desk).await?;
    let nowhere = Backup::Into(desk.data.folder().join("not-there"));
    let opened = Store::open(&desk.data.place(), &nowhere, start()).await;
    let Err(error @ OpenError::Backup { .. }) = opened else { panic!("{opened:?}") };
    assert!(error.to_string().contains("it was not upgraded"), "{error}");
    let store = Store::open(&desk.data.place(), &Backup::AlreadyMade, start()).await?;
    store.close().await;
    Ok(())
}

fn backups(desk: &Desk) -> Result<Vec<String>> {
    let files = std::fs::read_dir(desk.data.folder())?;
    let names: Vec<String> =
        files.map(|file| Ok(file?.file_name().to_string_lossy().into_owned())).collect::<Result<_>>()?;
    Ok(names.into_iter().filter(|name| name.starts_with("desk-version-")).collect())
}
