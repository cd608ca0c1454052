use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use crate::wait::wait_until;

/// The first line of an answer is a status and a text: how many lines follow, or a negative number.
pub(crate) fn command(socket: &Path, line: &str, patience: Duration) -> Result<Vec<String>, String> {
    // A thread of the plugin makes the socket some time after the daemon says it is ready.
    let mut stream = wait_until("the socket of unixsock", patience, || UnixStream::connect(socket).ok());
    stream.set_read_timeout(Some(patience)).expect("a socket takes a timeout");
    stream.write_all(format!("{line}\n").as_bytes()).expect("unixsock takes commands");
    let mut lines = BufReader::new(stream).lines().map(|line| line.expect("unixsock answers"));
    let head = lines.next().expect("unixsock answers");
    let status: i64 = head.split(' ').next().and_then(|status| status.parse().ok()).expect("a status");
    let count = usize::try_from(status).map_err(|_| head)?;
    Ok(lines.take(count).collect())
}

pub(crate) fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
