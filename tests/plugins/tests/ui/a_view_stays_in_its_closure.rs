use collectd::prelude::*;

/// A closure is a callback like any other.
fn register(callbacks: &mut Callbacks) -> Result {
    callbacks.write("keeps", |values| {
        keep(values);
        Ok(())
    })?;
    callbacks.notify("keeps", |notification| {
        keep_notification(notification);
        Ok(())
    })?;
    Ok(())
}

fn keep(_for_ever: ValuesRef<'static>) {}

fn keep_notification(_for_ever: NotificationRef<'static>) {}

fn main() {}
