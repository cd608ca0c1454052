//! Configuration of a plugin: as a typed struct, as a tree, or as both.
//!
//! A typed configuration is any type that implements serde's `Deserialize`; [`from_block`] makes
//! it from the [`Block`] that holds what stands inside `<Plugin x>`:
//!
//! ```
//! # use collectd_test_host as _;
//! use collectd::config::{self, Block};
//! use serde::Deserialize;
//!
//! #[derive(Debug, Deserialize)]
//! #[serde(rename_all = "PascalCase", deny_unknown_fields)]
//! struct Config {
//!     #[serde(default)]
//!     report_relative: bool,
//!     #[serde(default)]
//!     server: Vec<Server>,
//! }
//!
//! #[derive(Debug, Deserialize)]
//! #[serde(rename_all = "PascalCase", deny_unknown_fields)]
//! struct Server {
//!     /// `Server "host"`, `Server "host" "port"`, or the same as a block.
//!     #[serde(rename = "$arguments")]
//!     address: (String, Option<String>),
//!     max_packet_size: Option<u16>,
//! }
//!
//! // <Plugin x>
//! //   ReportRelative true
//! //   Server "192.0.2.1"
//! //   <Server "example.org" "25826">
//! //     MaxPacketSize 1024
//! //   </Server>
//! // </Plugin>
//! let server = Block::new("Server").value("example.org").value("25826");
//! let block = Block::new("Plugin")
//!     .child(Block::new("ReportRelative").value(true))
//!     .child(Block::new("Server").value("192.0.2.1"))
//!     .child(server.clone().child(Block::new("MaxPacketSize").value(1024)));
//!
//! let config: Config = config::from_block(&block)?;
//! assert!(config.report_relative);
//! assert_eq!(config.server[0].address, ("192.0.2.1".to_owned(), None));
//! assert_eq!(config.server[1].max_packet_size, Some(1024));
//!
//! let block = Block::new("Plugin")
//!     .child(server.child(Block::new("MaxPacketSize").value(70000)));
//! assert_eq!(
//!     config::from_block::<Config>(&block).unwrap_err().to_string(),
//!     r#"<Server "example.org" "25826">: MaxPacketSize: 70000 does not fit, expected a number from 0 to 65535"#
//! );
//! # Ok::<(), config::Error>(())
//! ```
//!
//! # Rules
//!
//! The fields of a struct are keys, compared without ASCII case: with `rename_all = "PascalCase"`
//! they look like collectd's own. What a key gives depends on the type of the field:
//!
//! | type | in the configuration |
//! | --- | --- |
//! | `bool`, numbers, `String` | one line with one value |
//! | `Option<T>` | the key may be missing |
//! | `Vec<T>` and other lists | a line with several values, several lines or blocks, or a mixture |
//! | tuple, array, tuple struct | one line; `Option`s at the end of a tuple may be missing |
//! | struct | one block, which may be empty; or a line, which has arguments only |
//! | map | see below |
//! | enum | a word; see below |
//! | [`Seconds`] | a number of seconds, with a fraction if need be: `Timeout 2.5` |
//! | [`Port`] | a number, or in quotes the name of a service or a number: `Port "https"` |
//! | [`Regex`] | a POSIX extended expression: `Match "^eth[0-9]+$"` |
//! | [`Selection`] | a list of names and `/expressions/` for an [`IgnoreList`], see below |
//! | [`Block`], [`Scalar`] | one line or block, or one value, as it stands there |
//!
//! * **Once means once.** A key given twice for anything but a list or a map is an error.
//! * **Arguments.** `<Node "a">` and `Node "a"` show their arguments to a struct in a field that is
//!   renamed to `$argument` (exactly one, or none for an `Option`) or `$arguments` (all of them, as
//!   a list or tuple). A struct without such a field takes no arguments. The arguments of the
//!   whole configuration are those after the name of the plugin: `<Plugin x "a">`.
//! * **Lists of anything that is made of several values** (tuples, structs, lists, maps) take a line
//!   or block for each element; lists of anything else take a value for each.
//! * **Maps.** If the lines and blocks of the key have arguments, the first of these is the key in the
//!   map and the rest is the value: `Limit "cpu" 3`, or `<Node "a">…</Node>`; the struct of a
//!   `Node` then does not see that argument. If the key is a single block without arguments,
//!   its children are the entries. As whole configuration, a map has the keys of it.
//! * **Enums.** The first value or argument is the name of the variant, compared without case, and
//!   the rest is what the variant holds: `Mode "fast"`, `<Target "http">…</Target>`. In a block
//!   without arguments, the only key is the variant: `<Target> File "/a" </Target>`; a list takes
//!   several such keys, in their order, as does a list that is the whole configuration.
//!   A variant that holds nothing is then written `Stdout true`: a key never stands alone.
//! * **Integers are checked.** 300.7, 70000, −1 are no `u16`; nothing is rounded or clamped.
//!   All numbers are doubles, so that whole numbers above 2⁵³ are what the parser made of them.
//!   For narrower limits see [`in_range`].
//! * **Quotes count.** `"80"` is no number and `80` no string. Only booleans may be in quotes, as
//!   collectd has it (`"true"`, `"no"`, `"On"` …), with a warning in the log.
//! * **`()`** and unit structs take an empty configuration only.
//!
//! # What collectd's plugins share
//!
//! Spans of time, ports, regular expressions and ignore lists have types of their own. They stand wherever a
//! value can: in an `Option`, a list, a tuple or a map, as an argument, or by themselves in
//! [`Block::to`]. The keys are those that administrators know from collectd, and mean the same. A mistake in
//! one of them stops the start, as any other does.
//!
//! ```
//! # use collectd_test_host as _;
//! use collectd::config::{self, Block, IgnoreList, Port, Regex, Seconds, Selection};
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! #[serde(rename_all = "PascalCase", deny_unknown_fields)]
//! struct Config {
//!     timeout: Option<Seconds>,
//!     /// `Server "host" 25826`, `Server "host" "https"`
//!     #[serde(default)]
//!     server: Vec<(String, Port)>,
//!     #[serde(default)]
//!     r#match: Vec<Regex>,
//!     #[serde(default)]
//!     interface: Selection,
//!     #[serde(default)]
//!     ignore_selected: bool,
//! }
//!
//! // <Plugin x>
//! //   Timeout 2.5
//! //   Server "example.org" "https"
//! //   Match "^(cpu|df)$"
//! //   Interface "lo"
//! //   Interface "/^veth/"
//! //   IgnoreSelected true
//! // </Plugin>
//! let block = Block::new("Plugin")
//!     .child(Block::new("Timeout").value(2.5))
//!     .child(Block::new("Server").value("example.org").value("https"))
//!     .child(Block::new("Match").value("^(cpu|df)$"))
//!     .child(Block::new("Interface").value("lo"))
//!     .child(Block::new("Interface").value("/^veth/"))
//!     .child(Block::new("IgnoreSelected").value(true));
//! let config: Config = config::from_block(&block)?;
//! assert_eq!(config.timeout.unwrap().to_interval().as_secs_f64(), 2.5);
//! assert_eq!(config.server[0].1.number(), 443);
//! assert!(config.r#match[0].is_match("df"));
//! let interfaces: IgnoreList = config.interface.ignore_list(config.ignore_selected);
//! assert!(interfaces.is_ignored("veth0") && !interfaces.is_ignored("eth0"));
//!
//! let mistake = |line: Block| {
//!     let block = Block::new("Plugin").child(line);
//!     config::from_block::<Config>(&block).err().unwrap().to_string()
//! };
//! assert_eq!(
//!     mistake(Block::new("Server").value("example.org").value("htps")),
//!     r#"Server: this system knows no service "htps""#
//! );
//! assert_eq!(
//!     mistake(Block::new("Interface").value("/^(lo|veth/")),
//!     r#"Interface: "/^(lo|veth/": "(" is not closed, at "(lo|veth/""#
//! );
//! # Ok::<(), config::Error>(())
//! ```
//!
//! # Where serde is in the way
//!
//! With `flatten`, `untagged` and `tag`, serde first collects everything in a buffer of its own and
//! looks for keys there. In such a struct, and in all that is below an untagged or tagged enum:
//!
//! * keys are compared exactly, case included;
//! * booleans in quotes are refused;
//! * a list that is a single line with a single value is none, unless the field has [`list`] as its
//!   `deserialize_with`; a [`Selection`] is one in any case;
//! * the place of an error is found by the value or key that it is about. If several lines have it, all
//!   are named; if the error does not say which it is, it names the block around;
//! * below `untagged` and `tag`, one argument is `$argument` and several are `$arguments`;
//! * a [`Block`] has the key `""`.
//!
//! # What the framework takes
//!
//! `LogTraces true` or `LogTraces false`, directly in the block of a plugin, match or target, is a switch of the
//! framework's, see [`Error`](crate::Error). The configuration is read without that line. A key of that name with
//! anything but one boolean is the author's.
//!
//! # Unknown keys
//!
//! A struct with `deny_unknown_fields` refuses them, and the error names those that it knows, the closest
//! first. Without it they are ignored, with the same text as a warning in the log. serde does not support
//! `deny_unknown_fields` next to `flatten`; there they are ignored without a word.

mod block;
mod de;
mod error;
mod expression;
mod ignore_list;
mod port;
mod seconds;
mod show;
mod suggest;

pub use self::block::{Block, Scalar};
pub(crate) use self::de::boolean_word;
pub use self::de::{from_block, in_range, list};
pub use self::error::{Error, ErrorKind};
pub use self::expression::Regex;
pub use self::ignore_list::{IgnoreList, Selection};
pub use self::port::Port;
pub use self::seconds::Seconds;
