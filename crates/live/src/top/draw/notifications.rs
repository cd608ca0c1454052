//! Notifications, the newest first.

use collectd_types::Severity;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::app::App;
use super::super::{local_time, text};
use super::{columns, line, put, title};
use crate::store::Notice;

pub(super) fn draw(app: &mut App, buffer: &mut Buffer, area: Rect) {
    let (header, list) = super::split_top(area, 1);
    app.regions.notifications = area;
    let shared = app.shared.clone();
    let store = shared.store();
    let all = store.notifications();
    app.first_notification = app.first_notification.min(all.len().saturating_sub(list.height.into()));
    title(app, buffer, header, &format!("notifications: the last {}, newest first", all.len()));
    if all.len() == 0 {
        put(buffer, columns(line(list, 0), 2, list.width.into()), "none has come yet", app.theme.quiet());
    }
    for (number, notice) in all.rev().skip(app.first_notification).take(list.height.into()).enumerate() {
        draw_one(app, buffer, line(list, number), notice);
    }
}

fn draw_one(app: &App, buffer: &mut Buffer, area: Rect, notice: &Notice) {
    let notification = &notice.notification;
    let width = usize::from(area.width);
    let style = match notification.severity {
        Severity::Failure => app.theme.bad(),
        Severity::Warning => app.theme.warning(),
        Severity::Okay => app.theme.good(),
    };
    let mut end = put(buffer, area, &format!("{} ", local_time(&app.zone, notification.time)), app.theme.quiet());
    end += put(buffer, columns(area, end, width), &format!("{:<8}", notification.severity), style);
    end += put(buffer, columns(area, end, width), &format!("{}  ", about(notice)), app.theme.plugin());
    put(buffer, columns(area, end, width), &text::message(&notification.message), Style::new());
}

/// What it is about: `host/plugin-instance/type-instance`, as far as it says.
fn about(notice: &Notice) -> String {
    let [host, plugin, plugin_instance, type_, type_instance] = notice.notification.identifier.view().names();
    let mut about = text::shown(host);
    for (separator, name) in [('/', plugin), ('-', plugin_instance), ('/', type_), ('-', type_instance)] {
        if !name.is_empty() {
            about.push(separator);
            text::push(&mut about, name);
        }
    }
    about
}
