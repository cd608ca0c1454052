//! Sends the load of this machine, once; encrypted if there is a user and a password.
//!
//!     cargo run --example writer -- collectd.example.org alice w0nderl4nd

use collectd_net::{Server, Values, Writer};

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let server = match &args[..] {
        [address] => Server::new(address),
        [address, user, password] => Server::new(address).encrypt(user, password),
        _ => anyhow::bail!("usage: writer ADDRESS [USER PASSWORD]"),
    };
    let mut writer = Writer::new(server)?;

    let text = std::fs::read_to_string("/proc/loadavg")?;
    let load = text.split(' ').take(3).map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    writer.send(&Values::new("load").plugin("load").gauges(load))?;
    writer.flush()?;
    Ok(())
}
