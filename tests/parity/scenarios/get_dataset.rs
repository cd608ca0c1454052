//! Logs what the daemon knows about types.

use collectd::data_set;
use collectd::prelude::*;

pub(crate) struct GetDataset;

impl Plugin for GetDataset {
    const NAME: &'static str = "get_dataset";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(GetDataset)
    }
}

impl Read for GetDataset {
    fn read(&self) -> Result {
        for name in ["load", "if_octets", "bitrate", "no_such_type"] {
            let Some(set) = data_set::find(name) else {
                log::info!("{name} is not there");
                continue;
            };
            let limit = |limit: Option<f64>| limit.map_or("None".to_owned(), |limit| format!("{limit:?}"));
            for source in set.sources() {
                let (min, max) = (limit(source.min), limit(source.max));
                log::info!("{name}: ('{}', '{}', {min}, {max})", source.name, source.kind);
            }
        }
        Ok(())
    }
}
