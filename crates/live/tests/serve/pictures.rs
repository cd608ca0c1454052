//! Pictures of the page, as they are in `screenshots/`.

use std::f64::consts::TAU;
use std::path::PathBuf;

use collectd_types::{Notification, Values};

use crate::browser::Browser;
use crate::server::{Serve, ago, list};

const STEP: u64 = 10;
const STEPS: u64 = 90;

/// What some machines could have sent so many steps ago.
fn machines(step: u64) -> Vec<Values> {
    let time = (STEPS - step) as f64;
    let wave = |length: f64, shift: f64| 0.5 + 0.5 * (TAU * time / length + shift).sin();
    // Not the same in every run would be noise, too.
    let noise = |seed: f64| ((time + seed) * 12.9898).sin().mul_add(43758.5453, 0.0).fract().abs();
    #[expect(clippy::cast_possible_truncation, reason = "a count of bytes")]
    let total = |rate: f64, seed: f64| (time * 10.0 * rate + 2000.0 * wave(45.0, seed) * rate / 100.0) as i64;
    let mut lists = Vec::new();
    for (number, host) in ["db-1", "db-2", "web-1", "web-2", "web-3"].into_iter().enumerate() {
        let shift = number as f64;
        let mut push = |name: &str, fill: &dyn Fn(Values) -> Values| {
            lists.push(fill(list(&format!("{host}.example.org/{name}"), step * STEP)));
        };
        let busy = 20.0 + 40.0 * wave(60.0, shift) + 15.0 * noise(shift);
        for cpu in 0..4 {
            let part = busy * (0.8 + 0.1 * f64::from(cpu));
            push(&format!("cpu-{cpu}/percent-user"), &|v| v.gauge(part * 0.7));
            push(&format!("cpu-{cpu}/percent-system"), &|v| v.gauge(part * 0.25));
            push(&format!("cpu-{cpu}/percent-wait"), &|v| v.gauge(3.0 * noise(shift + 7.0)));
            push(&format!("cpu-{cpu}/percent-idle"), &|v| v.gauge(97.0 - part * 0.95));
        }
        push("load/load", &|v| v.gauges([busy / 16.0, 1.4 + wave(90.0, shift) * 1.6, 1.9 + 0.5 * wave(200.0, shift)]));
        for (state, part) in [("used", 0.41), ("cached", 0.35), ("free", 0.19), ("buffered", 0.05)] {
            push(&format!("memory/memory-{state}"), &|v| {
                v.gauge(32e9 * part * (0.97 + 0.06 * wave(80.0, shift + part * 9.0)))
            });
        }
        for name in ["eth0", "lo"] {
            let scale = if name == "lo" { 3e4 } else { 2.4e6 };
            push(&format!("interface-{name}/if_octets"), &|v| {
                v.derives([total(scale, shift), total(scale * 2.6, shift + 1.0)])
            });
            push(&format!("interface-{name}/if_packets"), &|v| v.derives([total(2000.0, shift), total(2600.0, shift)]));
        }
        push("df-root/df_complex-free", &|v| v.gauge(4.1e11 - time * 2e7));
        push("df-root/df_complex-used", &|v| v.gauge(8.9e11 + time * 2e7));
        push("swap/swap-used", &|v| v.gauge(1.2e8));
    }
    lists
}

/// Puts them where `SERVE_PICTURES` says.
#[test]
fn pictures_of_a_desk_and_a_phone() {
    let serve = Serve::start(&[]);
    let steps: Vec<_> = (0..=STEPS).rev().collect();
    let mut count = 0;
    for steps in steps.chunks(10) {
        let lists: Vec<_> = steps.iter().flat_map(|&step| machines(step)).collect();
        count += lists.len() as u64;
        serve.send(&lists);
        serve.wait_received(count);
    }
    for (build, plugin, text) in [
        (
            Notification::warning as fn(&'static str) -> _,
            "df",
            "Host db-2.example.org, plugin df (instance root): 91 % used",
        ),
        (Notification::failure, "ping", "Host web-3.example.org: no answer of the gateway for 30 seconds"),
        (Notification::okay, "ping", "Host web-3.example.org: the gateway answers again"),
    ] {
        let host = text.split([' ', ',', ':']).nth(1).unwrap();
        let notification = build(text).host(host).plugin(plugin).time(ago(70)).build().unwrap();
        serve.send_packet(&collectd_wire::encode_notification(notification.view(), 1400).unwrap());
    }
    let mut browser = Browser::start();
    let cpu =
        ["user", "system", "wait", "idle"].map(|state| format!("web-1.example.org/cpu/0/percent/{state}")).join(",");
    let memory = ["used", "cached", "free", "buffered"]
        .map(|state| format!("db-1.example.org/memory//memory/{state}"))
        .join(",");
    let octets = "c=web-1.example.org/interface/eth0/if_octets/";
    let address = format!("/?c={cpu}&{octets}&c={memory}&c=web-1.example.org/load//load/");
    let mut page = browser.open(&serve.url(&address), (1360, 860), "dark");
    page.wait("all lines are drawn", "document.querySelectorAll('.drawing path.line').length === 13");
    page.click(".opener[data-key='web-1.example.org']");
    for plugin in ["cpu-0", "interface-eth0", "memory"] {
        page.click(&format!(".opener[data-key='web-1.example.org/{plugin}']"));
    }
    page.wait("series are there", "document.querySelectorAll('.pick').length === 10");
    page.eval("document.querySelector('.tree').scrollTo(0, 0); scrollTo(0, 0)");
    let [x, y] = page.middle(".plot");
    page.mouse("mouseMoved", x + 70.0, y);
    page.wait("values are told", "!document.querySelector('.tip').hidden");
    save("serve-dark.png", &page.screenshot());
    page.check_complaints();
    let mut page = browser.open(&serve.url(&address), (390, 760), "light");
    page.wait("all lines are drawn", "document.querySelectorAll('.drawing path.line').length === 13");
    save("serve-phone.png", &page.screenshot());
    page.check_complaints();
}

fn save(name: &str, picture: &[u8]) {
    // An empty page takes less.
    assert!(picture.starts_with(b"\x89PNG") && picture.len() > 20_000, "{name}: {} bytes", picture.len());
    if let Some(directory) = std::env::var_os("SERVE_PICTURES") {
        std::fs::write(PathBuf::from(directory).join(name), picture).unwrap();
    }
}
