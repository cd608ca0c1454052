//! Values go to one writer, or to all, past everything else.

use collectd::prelude::*;

pub(crate) struct WrittenTo;

impl Plugin for WrittenTo {
    const NAME: &'static str = "written_to";
    type Config = ();

    fn new((): ()) -> Result<Self> {
        Ok(WrittenTo)
    }
}

impl Read for WrittenTo {
    fn read(&self) -> Result {
        let values = Values::new("gauge").gauge(1.5);
        values.clone().type_instance("one").meta("of", "it").write_to("recorder")?;
        values.clone().type_instance("two").write_to("CSV")?;
        if let Err(error) = values.write_to("no_such_writer") {
            log::info!("nobody: {error}");
        }
        values.type_instance("three").write_to_all()?;
        Ok(())
    }
}
