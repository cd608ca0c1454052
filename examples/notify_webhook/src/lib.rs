//! Sends notifications to web hooks: over HTTP or HTTPS, as a text that a template makes of them.
//!
//! Whoever dispatches a notification waits until all that hear it are done, so here it is only put into a queue. A thread
//! for each hook sends, tries again, and gives up in the end.
#![forbid(unsafe_code)]

mod config;
mod limiter;
mod outbox;
mod sender;
mod template;
mod tls;

use collectd::Complaint;
use collectd::prelude::*;
use collectd::thread::Worker;

use config::{Config, Webhook};
use outbox::Outbox;
use sender::Sender;

struct NotifyWebhook {
    hooks: Vec<Hook>,
}

/// A hook, with what waits for it.
struct Hook {
    config: Webhook,
    outbox: Arc<Outbox>,
    worker: Worker,
    overflow: Complaint,
}

impl Plugin for NotifyWebhook {
    const NAME: &'static str = "notify_webhook";
    type Config = Config;

    fn check(config: &Config) -> Result {
        config.check()
    }

    fn new(config: Config) -> Result<Self> {
        // What a client tells of its work has the address and lines of the request, which may be secret.
        log::set_max_level(log::LevelFilter::Info);
        if config.webhook.is_empty() {
            log::warn!("there is no <Webhook> block: notifications go nowhere");
        }
        let hooks = config.webhook.into_iter().map(Hook::start).collect::<Result<_>>()?;
        Ok(NotifyWebhook { hooks })
    }
}

impl Notify for NotifyWebhook {
    fn notify(&self, notification: NotificationRef<'_>) -> Result {
        self.hooks.iter().for_each(|hook| hook.offer(notification));
        Ok(())
    }
}

/// What waits is sent, if that takes no longer than `Timeout`.
impl Shutdown for NotifyWebhook {
    fn shutdown(&self) -> Result {
        // All at once, so that they do not wait for each other.
        self.hooks.iter().for_each(|hook| hook.outbox.close());
        self.hooks.iter().try_for_each(|hook| Ok(hook.worker.stop()?))
    }
}

impl Hook {
    fn start(config: Webhook) -> Result<Self> {
        let outbox = Arc::new(Outbox::new(config.queue_length, config.hold_back.to_duration()));
        let sender = Sender::new(&config)?;
        let takes = Arc::clone(&outbox);
        let worker = Worker::spawn(format!("webhook {}", config.name), move |_| sender.run(&takes))?;
        Ok(Hook { config, outbox, worker, overflow: Complaint::new() })
    }

    fn offer(&self, notification: NotificationRef<'_>) {
        if !self.config.wants(notification.severity) {
            return;
        }
        let name = &self.config.name;
        if self.outbox.offer(notification.to_notification()) {
            self.overflow.release(format_args!("webhook {name:?}: the queue has room again"));
        } else {
            let text = format_args!("webhook {name:?}: the queue is full, the oldest notification is dropped");
            self.overflow.complain(LogLevel::Error, text);
        }
    }
}

/// When another hook cannot be made, say: the thread would wait for ever, and who drops its worker for the thread.
impl Drop for Hook {
    fn drop(&mut self) {
        self.outbox.close();
    }
}

collectd::plugin!(NotifyWebhook: Notify, Shutdown);

#[cfg(test)]
mod tests;
