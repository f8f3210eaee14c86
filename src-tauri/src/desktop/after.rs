//! Looks for what may be left after a session: "nothing remains" is checked, not claimed.

use crate::controller::AfterFacts;
use beistand_session::pipe::WORKER_ARGUMENT;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Programs by which others could see or control this computer, by the name of their process, and how people
/// call them. The kernel cuts a process's name after fifteen bytes.
const REMOTE_TOOLS: [(&str, &str); 22] = [
    ("teamviewer", "TeamViewer"),
    ("teamviewerd", "TeamViewer"),
    ("anydesk", "AnyDesk"),
    ("rustdesk", "RustDesk"),
    ("x11vnc", "x11vnc"),
    ("x0vncserver", "TigerVNC"),
    ("Xvnc", "VNC"),
    ("Xtigervnc", "TigerVNC"),
    ("vino-server", "Vino"),
    ("wayvnc", "wayvnc"),
    ("krfb", "Krfb"),
    ("gnome-remote-de", "GNOME Remote Desktop"),
    ("xrdp", "xrdp"),
    ("nxserver.bin", "NoMachine"),
    ("nxnode.bin", "NoMachine"),
    ("dwagent", "DWAgent"),
    ("meshagent", "MeshCentral"),
    ("splashtop-strea", "Splashtop"),
    ("SRStreamer", "Splashtop"),
    ("parsecd", "Parsec"),
    ("sunshine", "Sunshine"),
    ("chrome-remote-d", "Chrome Remote Desktop"),
];

/// What listened in this process before a session; whatever else listens after it is left of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Before(BTreeSet<String>);

impl Before {
    /// Looks at our own sockets.
    pub(crate) fn look() -> Self {
        Self(listeners(Path::new("/proc/self")))
    }
}

/// Looks at the processes, our own sockets and the autostart folder.
pub(crate) fn look(before: &Before) -> AfterFacts {
    let processes = processes(Path::new("/proc"));
    let tools: BTreeSet<&str> = processes.iter().filter_map(|process| tool(&process.name)).collect();
    let worker = processes.iter().any(|process| process.is_worker_of(std::process::id()));
    let listener = listeners(Path::new("/proc/self")).difference(&before.0).next().is_some();
    AfterFacts {
        nothing_left: !worker && !listener && autostart().is_none(),
        other_remote_tools: tools.into_iter().map(str::to_owned).collect(),
    }
}

struct Process {
    name: String,
    parent: u32,
    arguments: Vec<u8>,
}

impl Process {
    fn is_worker_of(&self, guardian: u32) -> bool {
        let mut arguments = self.arguments.split(|byte| *byte == 0);
        self.parent == guardian && arguments.nth(1) == Some(WORKER_ARGUMENT.as_bytes())
    }
}

fn processes(root: &Path) -> Vec<Process> {
    let Ok(entries) = fs::read_dir(root) else { return Vec::new() };
    let process = |folder: PathBuf| {
        // The name stands in brackets and may hold brackets itself.
        let stat = fs::read_to_string(folder.join("stat")).ok()?;
        let (name, rest) = stat.split_once('(')?.1.rsplit_once(')')?;
        let parent = rest.split_whitespace().nth(1)?.parse().ok()?;
        let arguments = fs::read(folder.join("cmdline")).unwrap_or_default();
        Some(Process { name: name.to_owned(), parent, arguments })
    };
    let is_process =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().parse::<u32>().is_ok());
    entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_process).filter_map(process).collect()
}

fn tool(process: &str) -> Option<&'static str> {
    REMOTE_TOOLS.iter().find(|(name, _)| *name == process).map(|(_, tool)| *tool)
}

/// The TCP sockets of a process that listen.
fn listeners(process: &Path) -> BTreeSet<String> {
    let Ok(descriptors) = fs::read_dir(process.join("fd")) else { return BTreeSet::new() };
    let sockets: BTreeSet<String> = descriptors
        .filter_map(|entry| {
            let target = fs::read_link(entry.ok()?.path()).ok()?;
            Some(target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
        })
        .collect();
    let tables = ["net/tcp", "net/tcp6"].map(|table| fs::read_to_string(process.join(table)).unwrap_or_default());
    let listening = tables.iter().flat_map(|table| table.lines().skip(1)).filter_map(listener);
    listening.filter(|socket| sockets.contains(*socket)).map(str::to_owned).collect()
}

/// The socket of a line of the kernel's table, if it listens: the fourth column is the state, the tenth the socket.
fn listener(line: &str) -> Option<&str> {
    let mut columns = line.split_whitespace();
    (columns.nth(3)? == "0A").then(|| columns.nth(5)).flatten()
}

fn autostart() -> Option<PathBuf> {
    let folder = dirs::config_dir()?.join("autostart");
    let entries = fs::read_dir(folder).ok()?;
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().to_lowercase().contains("beistand")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_this_process_and_tells_a_worker_from_others() {
        let own = std::process::id();
        let parent = std::os::unix::process::parent_id();
        assert!(processes(Path::new("/proc")).iter().any(|process| process.parent == parent));
        let process =
            |arguments: &[u8]| Process { name: "beistand".into(), parent: own, arguments: arguments.to_vec() };
        assert!(process(b"/usr/bin/beistand\0worker\0").is_worker_of(own));
        assert!(!process(b"/usr/bin/beistand\0--profile\0worker\0").is_worker_of(own));
        assert!(!process(b"/usr/bin/beistand\0worker\0").is_worker_of(own + 1));
    }

    #[test]
    fn notices_a_listener_that_was_not_there_before() {
        let before = Before::look();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(!look(&before).nothing_left);
        assert_ne!(Before::look(), before);
        drop(listener);
        assert_eq!(Before::look(), before);
    }

    #[test]
    fn names_other_tools_as_people_do() {
        assert_eq!(tool("x11vnc"), Some("x11vnc"));
        assert_eq!(tool("gnome-remote-de"), Some("GNOME Remote Desktop"));
        assert_eq!(tool("bash"), None);
    }
}
