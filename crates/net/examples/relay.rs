//! Passes on what it receives. With an `AuthFile` it takes in only what is signed or encrypted, and passes
//! that on as plain packets.
//!
//!     cargo run --example relay -- '*:25826' collectd.example.org /etc/collectd/passwd

use std::time::Duration;

use collectd_net::{Reader, SecurityLevel, Writer};

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (listen, server, auth_file) = match &args[..] {
        [listen, server] => (listen, server, None),
        [listen, server, auth_file] => (listen, server, Some(auth_file)),
        _ => anyhow::bail!("usage: relay LISTEN SERVER [AUTH_FILE]"),
    };
    let mut reader = Reader::builder().listen(listen);
    if let Some(path) = auth_file {
        reader = reader.auth_file(path).security_level(SecurityLevel::Sign);
    }
    let mut reader = reader.build()?;
    let mut writer = Writer::builder().server(server).linger(Duration::from_millis(100)).build()?;
    eprintln!("listening on {:?}", reader.local_addrs());

    loop {
        let batch = reader.receive(writer.due())?;
        for item in batch.items() {
            // Loops, and servers that are away, are for a real relay to care about.
            if let Err(error) = writer.send(item) {
                eprintln!("{error}");
            }
        }
        if writer.due() == Some(Duration::ZERO)
            && let Err(error) = writer.flush()
        {
            eprintln!("{error}");
        }
    }
}
