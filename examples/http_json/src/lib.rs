//! Reads numbers from JSON that is served by HTTP, like collectd's `curl_json`.
#![forbid(unsafe_code)]

mod config;
mod http;
mod page;
mod path;
#[cfg(test)]
mod tests;
mod tls;

use collectd::prelude::*;

use crate::config::Config;
use crate::page::Page;

struct HttpJson {
    pages: Vec<Arc<Page>>,
}

impl Plugin for HttpJson {
    const NAME: &'static str = "http_json";
    type Config = Config;

    fn check(config: &Config) -> Result {
        Ok(config.check()?)
    }

    fn new(config: Config) -> Result<Self> {
        // What a client tells of its work has lines of the request, which may be secret.
        log::set_max_level(log::LevelFilter::Info);
        let pages = config.url.into_iter().map(|url| Ok(Arc::new(Page::new(url)?)));
        Ok(HttpJson { pages: pages.collect::<Result<_>>()? })
    }

    /// A read for each page, so that a slow one holds up no other, as long as the daemon has read threads.
    fn callbacks(self: &Arc<Self>, callbacks: &mut Callbacks) -> Result {
        for (number, page) in self.pages.iter().enumerate() {
            let options = ReadOptions::new(format!("{number} {}", page.label())).interval(page.interval());
            let page = Arc::clone(page);
            callbacks.read(options, move || page.read())?;
        }
        Ok(())
    }
}

collectd::plugin!(HttpJson);
