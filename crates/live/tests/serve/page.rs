//! The page in a real browser.

use collectd_types::{Notification, Values};
use serde_json::Value;

use crate::browser::{Browser, Page};
use crate::server::{Serve, ago, list};

/// A desk and a phone.
const DESK: (u32, u32) = (1280, 800);
const PHONE: (u32, u32) = (360, 740);

/// What the first graph draws, and what it says about it.
const LINE: &str = "document.querySelector('.drawing path.line').getAttribute('d')";
const TIP: &str = "document.querySelector('.tip').textContent";

/// A server that has taken in [`some_lists`].
fn serve_some_lists() -> Serve {
    let serve = Serve::start(&[]);
    let lists = some_lists();
    serve.send(&lists);
    serve.wait_received(lists.len() as u64);
    serve
}

/// Value lists of a few series, of a minute.
fn some_lists() -> Vec<Values> {
    let minute = |name: &'static str, base: f64| {
        (0..7).map(move |n| list(name, 60 - 10 * n).gauge(base + f64::from(u32::try_from(n).unwrap())))
    };
    let octets = (0..7)
        .map(|n: i64| list("web1/interface-eth0/if_octets", 60 - 10 * n.unsigned_abs()).derives([n * 5000, n * 70]));
    let cpus = (0..3)
        .flat_map(|cpu| ["idle", "user"].map(|state| list(&format!("web1/cpu-{cpu}/cpu-{state}"), 5).derive(cpu)));
    minute("web1/load/load", 0.25)
        .chain(minute("web1/memory/memory-used", 1e9))
        .chain(minute("web1/memory/memory-free", 3e9))
        .chain(minute("db1/memory/memory-used", 2e9))
        .chain(octets)
        .chain(cpus)
        .collect()
}

fn notification(severity: fn(&'static str) -> collectd_types::NotificationBuilder, text: &'static str) -> Vec<u8> {
    let notification = severity(text).host("web1").plugin("df").time(ago(3)).build().unwrap();
    collectd_wire::encode_notification(notification.view(), 1400).unwrap()
}

#[test]
fn a_graph_moves_when_values_come_and_tells_those_that_were_sent() {
    let serve = Serve::start(&[]);
    let mut browser = Browser::start();
    serve.send(&[list("h/p/gauge", 20).gauge(48_082_944.125), list("h/p/gauge", 10).gauge(1.5)]);
    serve.wait_received(2);
    let mut page = browser.open(&serve.url("/?c=h/p//gauge/&range=60"), DESK, "light");
    page.wait("there is a line", "document.querySelector('.drawing path.line')?.getAttribute('d').includes('L')");
    assert_eq!(page.text("document.querySelector('.chart h3').textContent"), "h / p / gauge");
    let before = page.text(LINE);
    page.wait("it moves with time", &format!("{LINE} !== {before:?}"));
    let points = "document.querySelector('.drawing path.line').getAttribute('d').match(/[ML]/g).length";
    assert_eq!(page.eval(points), 2);
    serve.send(&[list("h/p/gauge", 0).gauge(-2.75)]);
    page.wait("there is a third point", &format!("{points} === 3"));
    page.wait("the last value is in the legend", "document.querySelector('.legend .value').textContent === '-2.75'");
    // A third of the width is 20 seconds; the first value was sent for 20 seconds ago, give or take the test's time.
    let [x, y] = page.middle(".plot");
    let mut seen = String::new();
    for step in 0..60 {
        page.mouse("mouseMoved", x - 350.0 + 12.0 * f64::from(step), y);
        seen.push_str(&page.text(TIP));
    }
    for value in ["48082944.125", "1.5", "-2.75"] {
        assert!(seen.contains(value), "{value}: {seen}");
    }
    page.check_complaints();
}

#[test]
fn searching_filters_and_what_is_found_can_be_shown() {
    let serve = serve_some_lists();
    let mut browser = Browser::start();
    let mut page = browser.open(&serve.url("/"), DESK, "light");
    page.wait("the hosts are there", "document.querySelectorAll('.opener').length === 2");
    assert_eq!(
        page.eval("[...document.querySelectorAll('.opener')].map((e) => e.textContent)"),
        serde_json::json!(["db1", "web1"])
    );
    // The page's own key for it.
    page.press("/");
    page.write("USED mem");
    page.wait("two are found", "document.querySelectorAll('.pick').length === 2");
    assert_eq!(page.text("document.querySelector('#found').textContent"), "2 series");
    page.write(" web1");
    page.wait("one is found", "document.querySelectorAll('.pick').length === 1");
    assert_eq!(page.text("document.querySelector('.pick').textContent"), "memory-used");
    page.click(".pick");
    page.wait("it is shown", "document.querySelector('.drawing path.line')");
    assert_eq!(page.text("document.querySelector('.chart h3').textContent"), "web1 / memory / memory-used");
    page.click(".pick");
    page.wait("and not any more", "!document.querySelector('.chart')");
    page.write(" nowhere");
    page.wait("nothing is found", "document.querySelector('#found').textContent.startsWith('No series')");
    page.check_complaints();
}

/// What is shown, as far as the address tells it.
fn shown(page: &mut Page<'_>) -> Value {
    page.wait("lines are drawn", "document.querySelectorAll('.drawing path.line').length > 0");
    page.eval(
        "({ titles: [...document.querySelectorAll('.chart h3')].map((e) => e.textContent), \
            lines: [...document.querySelectorAll('.legend bdi')].map((e) => e.textContent), \
            range: document.querySelector('#range').value, theme: document.documentElement.dataset.theme ?? '', \
            search: document.querySelector('#search').value, \
            picked: [...document.querySelectorAll('.pick[aria-pressed=true]')].map((e) => e.textContent) })",
    )
}

#[test]
fn the_address_gives_the_same_view_again() {
    let serve = serve_some_lists();
    let mut browser = Browser::start();
    let mut page = browser.open(&serve.url("/"), DESK, "light");
    page.click("#search");
    page.write("web1");
    page.wait("they are found", "document.querySelectorAll('.pick').length === 10");
    page.click("button[aria-label='Graphs of all of memory']");
    page.click("button[aria-label='Graphs of all of cpu-1']");
    page.click(".chart button[aria-pressed]");
    page.click("[data-key='web1/load//load/']");
    let choose = |id: &str, value: &str| {
        format!(
            "(() => {{ const e = document.getElementById('{id}'); e.value = '{value}'; e.dispatchEvent(new Event('change', {{ bubbles: true }})); }})()"
        )
    };
    page.eval(&choose("range", "300"));
    page.eval(&choose("theme", "dark"));
    page.wait(
        "it is in the graph that was chosen",
        "document.querySelectorAll('.chart')[0].querySelectorAll('.legend bdi').length === 3",
    );
    page.wait("the tree knows it", "document.querySelectorAll('.pick[aria-pressed=true]').length === 5");
    let first = shown(&mut page);
    assert_eq!(first["titles"], serde_json::json!(["web1", "web1 / cpu-1 / cpu"]));
    assert_eq!(first["lines"], serde_json::json!(["memory free", "memory used", "load", "idle", "user"]));
    let address = page.text("location.href");
    page.check_complaints();
    // For somebody else: another browser has nothing but the address.
    let mut other = Browser::start();
    let mut again = other.open(&address, DESK, "light");
    again.wait("the tree is there", "document.querySelectorAll('.pick[aria-pressed=true]').length === 5");
    assert_eq!(shown(&mut again), first);
    again.check_complaints();
    // And a step back is one.
    page.click(".chart .close");
    page.wait("one graph is left", "document.querySelectorAll('.chart').length === 1");
    page.eval("history.back()");
    page.wait("both are back", "document.querySelectorAll('.chart').length === 2");
    page.wait("the tree knows it", "document.querySelectorAll('.pick[aria-pressed=true]').length === 5");
    assert_eq!(shown(&mut page), first);
}

#[test]
fn a_phone_scrolls_only_up_and_down() {
    let serve = Serve::start(&[]);
    let long = "W".repeat(120);
    let name = format!("{long}/{long}-{long}/{long}-{long}");
    serve.send(&some_lists());
    serve.send(&[list(&name, 20).gauge(1e300), list(&name, 10).gauge(-1e300)]);
    serve.send_packet(&notification(
        Notification::failure,
        "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww",
    ));
    let mut browser = Browser::start();
    let id = name.replacen('-', "/", 1).replacen('-', "/", 1);
    let mut page = browser.open(
        &serve.url(&format!("/?c={id}&c=web1/memory//memory/used,db1/memory//memory/used")),
        PHONE,
        "dark",
    );
    page.wait("there are lines", "document.querySelectorAll('.drawing path.line').length === 3");
    page.wait("there is a notification", "document.querySelectorAll('.notices li').length === 1");
    let fits = "document.documentElement.scrollWidth <= 360 && document.body.scrollWidth <= 360 && \
                [...document.querySelectorAll('.card, .bar, .panel, .chart h3, .legend, .tip, .notices, .statistics')] \
                  .every((e) => e.getBoundingClientRect().right <= 360 && e.scrollWidth <= Math.max(e.clientWidth, 1))";
    assert_eq!(page.eval("innerWidth"), 360);
    assert_eq!(page.eval(fits), true);
    let [x, y] = page.middle(".plot");
    page.mouse("mouseMoved", x + 60.0, y);
    page.wait("values are told", "!document.querySelector('.tip').hidden");
    assert_eq!(page.eval(fits), true);
    // The tree is behind a button there.
    assert_eq!(page.eval("getComputedStyle(document.querySelector('.panel')).display"), "none");
    page.click("#panel-button");
    page.click(&format!(".opener[data-key='{long}']"));
    page.wait("the host is open", "document.querySelectorAll('.opener').length > 3");
    page.click(&format!(".opener[data-key='{long}/{long}-{long}']"));
    page.wait("the plugin is open", "document.querySelectorAll('.pick').length === 1");
    assert_eq!(page.eval(fits), true);
    page.check_complaints();
}

#[test]
fn axe_finds_nothing_that_keeps_people_from_using_it() {
    let axe = concat!(env!("CARGO_TARGET_TMPDIR"), "/axe-4.12.1.min.js");
    let axe = std::fs::read_to_string(axe).unwrap_or_else(|error| panic!("{axe}: {error}; .make/axe fetches it"));
    let serve = Serve::start(&[]);
    serve.send(&some_lists());
    serve.send_packet(&notification(Notification::warning, "nearly full"));
    serve.send_packet(&notification(Notification::failure, "full"));
    serve.send_packet(&notification(Notification::okay, "room again"));
    let mut browser = Browser::start();
    for (size, colours) in [(DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark")] {
        let address =
            serve.url("/?c=web1/memory//memory/used,db1/memory//memory/used&c=web1/interface/eth0/if_octets/");
        let mut page = browser.open(&address, size, colours);
        page.wait("lines are drawn", "document.querySelectorAll('.drawing path.line').length === 4");
        page.wait("there are notifications", "document.querySelectorAll('.notices li').length === 3");
        if size == PHONE {
            page.click("#panel-button");
        }
        page.click(".opener[data-key='web1']");
        page.click(".opener[data-key='web1/memory']");
        page.wait("series are there", "document.querySelectorAll('.pick').length === 2");
        page.click(".legend button");
        let [x, y] = page.middle(".plot");
        page.mouse("mouseMoved", x, y);
        page.wait("values are told", "!document.querySelector('.tip').hidden");
        page.eval(&axe);
        let found = page.eval(
            "axe.run().then((found) => ({ passes: found.passes.length, violations: found.violations.map((v) => \
             [v.id, v.impact, v.help, v.nodes.map((n) => [n.html.slice(0, 200), n.failureSummary]).slice(0, 5)]) }))",
        );
        // That it looked at all.
        assert!(found["passes"].as_u64().unwrap() > 20, "{found}");
        assert_eq!(found["violations"], serde_json::json!([]), "{size:?} {colours}");
        page.check_complaints();
    }
}

#[test]
fn hostile_names_are_text() {
    let serve = Serve::start(&[]);
    let script = "<script>window.harmed=1</script>";
    let image = "<img src=x onerror='window.harmed=2'>";
    let odd = "a\u{1b}[2J\u{7}\r\n\u{202e}\"&amp;&#60;%41+?#";
    let hostile = Values::new(odd).host(script).plugin(image).plugin_instance("'\"><svg onload=window.harmed=3>");
    let hostile = hostile
        .type_instance("${window.harmed=4}{{harmed}}javascript:")
        .interval(collectd_types::Interval::from_secs(10));
    serve.send(&[hostile.clone().time(ago(20)).gauge(1.0), hostile.clone().time(ago(10)).gauge(2.0)]);
    let message =
        Notification::failure(format!("{script}{image}{odd}")).host(script).plugin(image).time(ago(1)).build().unwrap();
    serve.send_packet(&collectd_wire::encode_notification(message.view(), 1400).unwrap());
    serve.wait_received(3);
    let mut browser = Browser::start();
    let mut page = browser.open(&serve.url("/"), DESK, "light");
    page.wait("the only host is open", "document.querySelectorAll('.opener').length === 2");
    assert_eq!(page.text("document.querySelector('.opener').textContent"), script);
    page.click(".all");
    page.wait("a line is drawn", "document.querySelector('.drawing path.line')");
    let title = page.text("document.querySelector('.chart h3').textContent");
    assert!(
        title.starts_with(script)
            && title.contains(image)
            && title.contains("a\\x1b[2J\\x07\\x0d\\x0a\\xe2\\x80\\xae\"&amp;"),
        "{title}"
    );
    let [x, y] = page.middle(".plot");
    page.mouse("mouseMoved", x + 50.0, y);
    page.wait("values are told", "!document.querySelector('.tip').hidden");
    page.wait("the notification is there", "document.querySelectorAll('.notices li').length === 1");
    let notice = page.text("document.querySelector('.notices li').textContent");
    assert!(notice.contains(&format!("{script}{image}")) && !notice.contains(['\u{1b}', '\u{202e}', '\r']), "{notice}");
    // The same after the way through the address.
    let address = page.text("location.href");
    page.go(&address);
    page.wait("a line is drawn", "document.querySelector('.drawing path.line')");
    assert_eq!(page.text("document.querySelector('.chart h3').textContent"), title);
    page.press("/");
    page.write(script);
    page.wait("it is found", "document.querySelectorAll('.pick').length === 1");
    assert_eq!(page.eval("[window.harmed, document.querySelectorAll('main img, main script, nav img, nav script, svg [onload]').length]"), serde_json::json!([null, 0]));
    page.check_complaints();
}

#[test]
fn all_can_be_done_with_keys() {
    let serve = Serve::start(&[]);
    serve.send(&some_lists());
    let mut browser = Browser::start();
    let mut page = browser.open(&serve.url("/"), DESK, "light");
    page.wait("the hosts are there", "document.querySelectorAll('.opener').length === 2");
    let focus = "document.activeElement.dataset.key ?? document.activeElement.getAttribute('aria-label') ?? document.activeElement.id";
    let tab_to = |page: &mut Page<'_>, wanted: &str| {
        for _ in 0..60 {
            page.press("Tab");
            if page.eval(&format!("String({focus})")) == wanted {
                return;
            }
        }
        panic!("the key Tab does not lead to {wanted}");
    };
    page.press("/");
    assert_eq!(page.eval("document.activeElement.id"), "search");
    tab_to(&mut page, "db1");
    page.press("Enter");
    page.wait("the host is open", "document.querySelectorAll('.opener').length === 3");
    tab_to(&mut page, "db1/memory");
    page.press("Enter");
    page.wait("the plugin is open", "document.querySelectorAll('.pick').length === 1");
    tab_to(&mut page, "db1/memory//memory/used");
    page.press("Enter");
    page.wait("a line is drawn", "document.querySelector('.drawing path.line')?.getAttribute('d').length > 20");
    tab_to(&mut page, "Time in the graph of db1 / memory / memory-used");
    let told = |page: &mut Page<'_>| page.text("document.activeElement.getAttribute('aria-valuetext') ?? ''");
    page.press("End");
    assert!(told(&mut page).ends_with("; value: 2000000006 B"), "{}", told(&mut page));
    page.press("ArrowLeft");
    page.press("ArrowLeft");
    assert!(told(&mut page).ends_with("; value: 2000000004 B"), "{}", told(&mut page));
    page.press("ArrowRight");
    assert!(told(&mut page).ends_with("; value: 2000000005 B"), "{}", told(&mut page));
    page.press("Escape");
    page.wait("nothing is told", "document.querySelector('.tip').hidden");
    page.check_complaints();
}

#[test]
fn a_graph_can_be_saved() {
    let serve = Serve::start(&[]);
    serve.send(&some_lists());
    let mut browser = Browser::start();
    let directory = tempfile::tempdir().unwrap();
    browser.save_to(directory.path());
    let mut page = browser.open(&serve.url("/?c=web1/interface/eth0/if_octets/&range=60"), DESK, "dark");
    page.wait("lines are drawn", "document.querySelectorAll('.drawing path.line').length === 2");
    page.click("[aria-label='Save as SVG']");
    page.click("[aria-label='Save as PNG']");
    let saved = |ending: &str| {
        let path = directory.path().join(format!("web1_interface-eth0_if_octets.{ending}"));
        crate::common::until("it is saved", || std::fs::read(&path).ok().filter(|content| !content.is_empty()))
    };
    let drawing = String::from_utf8(saved("svg")).unwrap();
    let kinds = format!(
        "(() => {{ const d = new DOMParser().parseFromString({}, 'image/svg+xml'); return [d.documentElement.localName, \
         d.querySelectorAll('parsererror').length, d.querySelectorAll('path').length, \
         d.querySelector('path').getAttribute('stroke').startsWith('rgb'), d.querySelectorAll('[class]').length, \
         [...d.querySelectorAll('text')].some((t) => /^rx: .*B\\/s$/.test(t.textContent))]; }})()",
        serde_json::to_string(&drawing).unwrap()
    );
    assert_eq!(page.eval(&kinds), serde_json::json!(["svg", 0, 2, true, 0, true]), "{drawing}");
    let picture = saved("png");
    assert_eq!(picture[..8], *b"\x89PNG\r\n\x1a\n");
    // Twice as many pixels as on the screen, for those that are finer.
    let width = u32::from_be_bytes(picture[16..20].try_into().unwrap());
    let drawn = page.eval("document.querySelector('.drawing').viewBox.baseVal.width").as_f64().unwrap();
    assert!((f64::from(width) - 2.0 * drawn).abs() <= 2.0, "{width} {drawn}");
    assert!(picture.len() > 5000, "{} bytes are an empty picture", picture.len());
    page.check_complaints();
}

#[test]
fn a_page_outlives_the_program() {
    let serve = Serve::start(&[]);
    let port = serve.http.to_string();
    let mut browser = Browser::start();
    serve.send(&[list("h/p/gauge", 20).gauge(1.0)]);
    let mut page = browser.open(&serve.url("/?c=h/p//gauge/"), DESK, "light");
    page.wait(
        "it is live",
        "document.querySelector('#state').textContent === 'live' && document.querySelector('.line')",
    );
    drop(serve);
    page.wait("it says so", "document.querySelector('#state').textContent.startsWith('no connection')");
    let serve = Serve::start_as(&["--listen", "127.0.0.1:0", "--http", &port], &[]);
    page.wait("it is live again", "document.querySelector('#state').textContent === 'live'");
    page.wait("there is no such series any more", "!document.querySelector('.legend button')");
    serve.send(&[list("h/p/gauge", 10).gauge(7.0)]);
    page.wait("and there it is", "document.querySelector('.legend .value')?.textContent === '7'");
}
