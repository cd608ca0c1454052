//! Prints what is sent to the addresses given as arguments; without any, to collectd's groups.
//!
//!     cargo run --example reader -- '*'

use collectd_net::Reader;

fn main() -> anyhow::Result<()> {
    let mut builder = Reader::builder();
    for address in std::env::args().skip(1) {
        builder = builder.listen(address);
    }
    let reader = builder.build()?;
    for warning in reader.warnings() {
        eprintln!("warning: {warning}");
    }
    eprintln!("listening on {:?}", reader.local_addrs());

    for item in reader {
        println!("{}", item?);
    }
    Ok(())
}
