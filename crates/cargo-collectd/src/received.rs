//! What the network plugin of the private daemon sends.

use std::time::{Duration, Instant};

use collectd_net::{ItemRef, Reader};

/// Takes what there is, waiting this long for the first.
pub(crate) fn each(reader: &mut Reader, wait: Duration, mut take: impl FnMut(ItemRef<'_>)) -> anyhow::Result<()> {
    let deadline = Instant::now() + wait;
    loop {
        let batch = reader.receive(Some(deadline.saturating_duration_since(Instant::now())))?;
        if batch.is_empty() {
            return Ok(());
        }
        batch.packets().for_each(|packet| packet.items().for_each(&mut take));
        if Instant::now() >= deadline && wait > Duration::ZERO {
            return Ok(());
        }
    }
}
