use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;

use collectd_test_daemon::{stock_types_db, wait_until};
use collectd_types::Value;
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::PATIENCE;
use crate::list::List;
use crate::peers::stock;
use crate::program::Program;
use crate::sample;
use crate::security::Security;

/// A private InfluxDB 1.6 with its collectd input, and nothing else that leaves it.
#[derive(Debug)]
pub struct InfluxDb {
    program: Program,
    http: u16,
    /// Where it receives collectd's packets.
    pub port: u16,
    _dir: TempDir,
}

/// What tells points apart: measurement, host, plugin instance, type, type instance, and nanoseconds.
pub type Point = ([String; 5], u64);

const DATABASE: &str = "interop";

impl InfluxDb {
    /// Starts one whose input demands this level.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[must_use]
    pub fn start(security: &Security) -> InfluxDb {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (conf, types) = (dir.path().join("influxdb.conf"), dir.path().join("types.db"));
        let stock_types = fs::read_to_string(stock_types_db()).expect("types.db can be read");
        fs::write(&types, stock_types + &sample::types_db()).expect("a temporary directory is writable");
        fs::write(&conf, configuration(dir.path(), security)).expect("a temporary directory is writable");
        let mut command = stock("influxd", "influxdb");
        // No variable of the machine's own installation counts.
        let mut program = Program::start(command.env_clear().env("HOME", dir.path()).arg("-config").arg(conf));
        let http = wait_port(&mut program, "Listening on HTTP");
        let port = wait_port(&mut program, "Listening on UDP");
        InfluxDb { program, http, port, _dir: dir }
    }

    /// All points that are stored.
    ///
    /// # Panics
    ///
    /// When the answer is not what InfluxDB answers.
    #[must_use]
    pub fn points(&self) -> BTreeMap<Point, f64> {
        let answer = self.query("SELECT%20*%20FROM%20/.*/");
        let series = answer["results"][0]["series"].as_array().cloned().unwrap_or_default();
        series.iter().flat_map(|series| points_of(series).expect("a series of the collectd input")).collect()
    }

    /// Waits until so many points are stored.
    ///
    /// # Panics
    ///
    /// When they do not come.
    #[must_use]
    pub fn wait_points(&self, count: usize) -> BTreeMap<Point, f64> {
        let mut points = BTreeMap::new();
        wait_until(&format!("{count} points"), PATIENCE, || {
            points = self.points();
            (points.len() >= count).then_some(())
        });
        points
    }

    /// Stores lines of its own protocol.
    ///
    /// # Panics
    ///
    /// When it refuses one.
    pub fn write(&self, lines: &str) {
        let created = self.request(&format!("POST /query?q=CREATE%20DATABASE%20{DATABASE}"), "");
        assert!(created.starts_with("HTTP/1.0 200 "), "{created}");
        let written = self.request(&format!("POST /write?db={DATABASE}"), lines);
        assert!(written.starts_with("HTTP/1.0 204 "), "{written}");
    }

    /// What it logged.
    #[must_use]
    pub fn log(&self) -> String {
        self.program.output() + &self.program.complaints()
    }

    /// What it answers to a query.
    ///
    /// # Panics
    ///
    /// When that is not JSON.
    #[must_use]
    pub fn query(&self, query: &str) -> Json {
        let answer = self.request(&format!("GET /query?db={DATABASE}&epoch=ns&q={query}"), "");
        let (_, body) = answer.split_once("\r\n\r\n").expect("an answer has a body");
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    fn request(&self, what: &str, body: &str) -> String {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.http)).expect("InfluxDB listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket takes a timeout");
        // With 1.0 the answer comes in one piece.
        let request = format!("{what} HTTP/1.0\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(request.as_bytes()).expect("InfluxDB takes requests");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("InfluxDB answers");
        answer
    }
}

/// What it should store of a list: a measurement for each data source, of doubles.
///
/// # Panics
///
/// When the time is beyond what nanoseconds can express.
#[must_use]
pub fn points_of_list(list: &List, sources: &[String]) -> Vec<(Point, f64)> {
    let [host, plugin, plugin_instance, type_, type_instance] = &list.names;
    // 2⁻³⁰ s to nanoseconds; exact for what the sample has.
    let time = u64::try_from((u128::from(list.time) * 1_000_000_000) >> 30).expect("before 2554");
    let point = |source: &String| {
        let measurement = format!("{plugin}_{source}");
        ([&measurement, host, plugin_instance, type_, type_instance].map(String::clone), time)
    };
    sources.iter().map(point).zip(list.values().map(Value::as_f64)).collect()
}

fn points_of(series: &Json) -> Option<Vec<(Point, f64)>> {
    let measurement = series["name"].as_str()?;
    let columns: Vec<_> = series["columns"].as_array()?.iter().filter_map(Json::as_str).collect();
    let at = |name: &str| columns.iter().position(|&column| column == name);
    let rows = series["values"].as_array()?.iter().map(|row| {
        let tag = |name: &str| at(name).and_then(|at| row[at].as_str()).unwrap_or_default().to_owned();
        let names = [measurement.to_owned(), tag("host"), tag("instance"), tag("type"), tag("type_instance")];
        Some(((names, row[at("time")?].as_u64()?), row[at("value")?].as_f64()?))
    });
    rows.collect()
}

fn configuration(dir: &Path, security: &Security) -> String {
    let dir = dir.display();
    let level = security.name();
    let users = security.file();
    let users = users.display();
    format!(
        "reporting-disabled = true\nbind-address = \"127.0.0.1:0\"\n\
         [meta]\ndir = \"{dir}/meta\"\n[data]\ndir = \"{dir}/data\"\nwal-dir = \"{dir}/wal\"\nquery-log-enabled = false\n\
         [monitor]\nstore-enabled = false\n[subscriber]\nenabled = false\n[continuous_queries]\nenabled = false\n\
         [http]\nbind-address = \"127.0.0.1:0\"\nlog-enabled = false\n\
         [[collectd]]\nenabled = true\nbind-address = \"127.0.0.1:0\"\ndatabase = \"{DATABASE}\"\n\
         typesdb = \"{dir}/types.db\"\nsecurity-level = \"{level}\"\nauth-file = \"{users}\"\nbatch-timeout = \"50ms\"\n"
    )
}

/// It chooses free ports itself, and logs them.
fn wait_port(program: &mut Program, message: &str) -> u16 {
    program.wait(message, PATIENCE, |program| {
        let log = program.output() + &program.complaints();
        let line = log.lines().find(|line| line.contains(message))?;
        let addr = line.split("addr=127.0.0.1:").nth(1)?;
        Some(addr.split(' ').next()?.trim().parse().expect("a port"))
    })
}
