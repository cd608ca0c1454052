//! The configuration as a tree, as collectd's parser yields it.

use std::fmt;

use serde::de::DeserializeOwned;

use super::error::{Error, ErrorKind};
use super::{de, show};

/// A line or a block of the configuration with all that is in it.
///
/// `Server "example.org" 25826` has the key `Server`, two values and no children;
/// `<Server "example.org">…</Server>` has one value, its argument, and what it encloses as
/// children. An empty block without arguments never arrives: collectd's parser drops it.
///
/// `Display` writes it as configuration text again.
///
/// ```
/// # use collectd_test_host as _;
/// use collectd::config::Block;
///
/// let block = Block::new("Plugin").child(
///     Block::new("Node")
///         .value("a")
///         .child(Block::new("Port").value(80))
///         .child(Block::new("Verbose").value(true)),
/// );
/// let node = block.find("node").expect("keys compare without case");
/// assert_eq!(node.string()?, "a");
/// assert_eq!(node.find("Port").unwrap().to::<u16>()?, 80);
/// assert_eq!(
///     node.to_string(),
///     "<Node \"a\">\n  Port 80\n  Verbose true\n</Node>"
/// );
/// # Ok::<(), collectd::config::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    key: String,
    values: Vec<Scalar>,
    children: Vec<Block>,
}

/// One value of a line or argument of a block.
///
/// These are the only types that a configuration has: every number is a double, `true`, `yes`
/// and `on` are the same boolean. `Display` writes it as configuration text.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// Text, with or without quotes.
    String(String),
    /// Any number.
    Number(f64),
    /// `true`, `false`, `yes`, `no`, `on`, `off` without quotes.
    Boolean(bool),
}

impl Block {
    /// A line or block without values and children, to be filled.
    pub fn new(key: impl Into<String>) -> Self {
        Block { key: key.into(), values: Vec::new(), children: Vec::new() }
    }

    /// Adds a value of the line, or an argument of the block.
    #[must_use]
    pub fn value(mut self, value: impl Into<Scalar>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Adds a line or block inside.
    #[must_use]
    pub fn child(mut self, child: Block) -> Self {
        self.children.push(child);
        self
    }

    /// Adds values and children of a further block of the same meaning, as when a configuration
    /// has two `<Plugin x>` blocks.
    pub fn append(&mut self, other: Block) {
        self.values.extend(other.values);
        self.children.extend(other.children);
    }

    /// The name of the line or block, spelled as in the configuration.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The values of the line, or the arguments of the block.
    pub fn values(&self) -> &[Scalar] {
        &self.values
    }

    /// The lines and blocks inside, in their order.
    pub fn children(&self) -> &[Block] {
        &self.children
    }

    /// The first child of that name, without regard to ASCII case.
    pub fn find(&self, key: &str) -> Option<&Block> {
        self.children.iter().find(|child| child.key.eq_ignore_ascii_case(key))
    }

    /// All children of that name, without regard to ASCII case.
    pub fn find_all<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a Block> {
        self.children.iter().filter(move |child| child.key.eq_ignore_ascii_case(key))
    }

    /// Removes the lines of that name that are one boolean, and returns the last one's. Whatever else has the name
    /// stays.
    pub(crate) fn take_flag(&mut self, key: &str) -> Option<bool> {
        let mut flag = None;
        self.children.retain(|child| {
            let is_flag = child.key.eq_ignore_ascii_case(key) && child.children.is_empty();
            let value = is_flag.then(|| child.boolean().ok()).flatten();
            flag = value.or(flag);
            value.is_none()
        });
        flag
    }

    /// The only value, a string.
    ///
    /// # Errors
    ///
    /// If there is not exactly one value, or it is not a string.
    pub fn string(&self) -> Result<&str, Error> {
        match self.values.as_slice() {
            [Scalar::String(string)] => Ok(string),
            [other] => Err(self.error_of(
                ErrorKind::WrongType,
                format!("{} is {}, expected a string (write it in quotes)", show::scalar(other), other.sort()),
            )),
            _ => Err(self.wrong_count()),
        }
    }

    /// The only value, a number.
    ///
    /// # Errors
    ///
    /// If there is not exactly one value, or it is not a number.
    pub fn number(&self) -> Result<f64, Error> {
        self.single()?.to()
    }

    /// The only value, a boolean. As in collectd, a quoted `"true"`, `"no"` … is taken, with a warning.
    ///
    /// # Errors
    ///
    /// If there is not exactly one value, or it is not a boolean.
    pub fn boolean(&self) -> Result<bool, Error> {
        self.single()?.to()
    }

    /// The line or block as a value of any type, by the rules that hold for a field of
    /// that type in a typed configuration: `line.to::<u16>()?`.
    ///
    /// # Errors
    ///
    /// If it does not deserialize; the message names the key.
    pub fn to<T: DeserializeOwned>(&self) -> Result<T, Error> {
        de::from_item(self)
    }

    /// An error about this line or block, for checks of one's own; the message names the key.
    ///
    /// ```
    /// # use collectd_test_host as _;
    /// use collectd::config::Block;
    ///
    /// let line = Block::new("Port").value(0);
    /// assert_eq!(line.error("0 is no port").to_string(), "Port: 0 is no port");
    /// ```
    #[must_use]
    pub fn error(&self, problem: impl fmt::Display) -> Error {
        self.error_of(ErrorKind::Other, show::message(&problem.to_string()))
    }

    fn error_of(&self, kind: ErrorKind, problem: String) -> Error {
        Error::new(kind, problem).or_at(|| self.place())
    }

    /// The arguments of a block count here, its children do not.
    fn single(&self) -> Result<Block, Error> {
        match self.values.as_slice() {
            [value] => Ok(Block::new(self.key.clone()).value(value.clone())),
            _ => Err(self.wrong_count()),
        }
    }

    fn wrong_count(&self) -> Error {
        let problem = match self.values.as_slice() {
            [] => "one value expected, none given".to_owned(),
            many => format!("one value expected, {} given: {}", many.len(), show::scalars(many)),
        };
        self.error_of(ErrorKind::WrongCount, problem)
    }

    /// How a path names it: `Port`, `<Server "example.org">`.
    pub(super) fn place(&self) -> String {
        match self.children.is_empty() && !self.values.is_empty() {
            true => show::key(&self.key),
            false => self.block_place(),
        }
    }

    /// The same where it is known to be a block.
    pub(crate) fn block_place(&self) -> String {
        let key = show::key(&self.key);
        match self.values.as_slice() {
            [] => format!("<{key}>"),
            values => format!("<{key} {}>", show::scalars(values)),
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let indent = depth * 2;
        let is_line = self.children.is_empty() && !self.values.is_empty();
        write!(f, "{:indent$}", "")?;
        if !is_line {
            f.write_str("<")?;
        }
        f.write_str(&self.key)?;
        for value in &self.values {
            write!(f, " {value}")?;
        }
        if is_line {
            return Ok(());
        }
        f.write_str(">\n")?;
        for child in &self.children {
            child.write(f, depth + 1)?;
            f.write_str("\n")?;
        }
        write!(f, "{:indent$}</{}>", "", self.key)
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}

impl Scalar {
    /// The noun of messages.
    pub(super) fn sort(&self) -> &'static str {
        match self {
            Scalar::String(_) => "a string",
            Scalar::Number(_) => "a number",
            Scalar::Boolean(_) => "a boolean",
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::String(string) => {
                let escaped = string.replace('\\', "\\\\").replace('"', "\\\"");
                write!(f, "\"{escaped}\"")
            }
            // The scanner has no word for infinity, but strtod gets there.
            Scalar::Number(number) if number.is_infinite() => {
                f.write_str(if *number > 0.0 { "1.0e+999" } else { "-1.0e+999" })
            }
            Scalar::Number(number) => write!(f, "{number}"),
            Scalar::Boolean(value) => write!(f, "{value}"),
        }
    }
}

impl From<&str> for Scalar {
    fn from(string: &str) -> Self {
        Scalar::String(string.to_owned())
    }
}

impl From<String> for Scalar {
    fn from(string: String) -> Self {
        Scalar::String(string)
    }
}

impl From<f64> for Scalar {
    fn from(number: f64) -> Self {
        Scalar::Number(number)
    }
}

impl From<i32> for Scalar {
    fn from(number: i32) -> Self {
        Scalar::Number(number.into())
    }
}

impl From<u16> for Scalar {
    fn from(number: u16) -> Self {
        Scalar::Number(number.into())
    }
}

impl From<u32> for Scalar {
    fn from(number: u32) -> Self {
        Scalar::Number(number.into())
    }
}

impl From<bool> for Scalar {
    fn from(value: bool) -> Self {
        Scalar::Boolean(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node() -> Block {
        Block::new("Node")
            .value("a")
            .child(Block::new("Port").value(80))
            .child(Block::new("port").value(81))
            .child(Block::new("Empty"))
    }

    #[test]
    fn is_what_threads_can_share() {
        fn check<T: Clone + fmt::Debug + PartialEq + Send + Sync + 'static>() {}
        check::<Block>();
        check::<Scalar>();
    }

    #[test]
    fn keys_compare_without_ascii_case() {
        let node = node();
        assert_eq!(node.find("PORT").unwrap().number(), Ok(80.0));
        assert_eq!(node.find_all("Port").count(), 2);
        assert!(node.find("Ports").is_none());
    }

    #[test]
    fn accessors_name_the_key() {
        let text = |error: Error| error.to_string();
        let port = Block::new("Port").value(80);
        assert_eq!(port.number(), Ok(80.0));
        assert_eq!(port.to::<u16>(), Ok(80));
        assert_eq!(text(port.string().unwrap_err()), "Port: 80 is a number, expected a string (write it in quotes)");
        assert_eq!(text(port.boolean().unwrap_err()), "Port: 80 is a number, expected a boolean");
        assert_eq!(
            text(port.to::<u8>().and(Block::new("Port").value(300).to::<u8>()).unwrap_err()),
            "Port: 300 does not fit, expected a number from 0 to 255"
        );
        assert_eq!(
            text(Block::new("Port").value("80").number().unwrap_err()),
            "Port: \"80\" is a string, expected a number (write it without quotes)"
        );
        let two = Block::new("Host").value("a").value("b");
        assert_eq!(text(two.string().unwrap_err()), "Host: one value expected, 2 given: \"a\" \"b\"");
        assert_eq!(text(Block::new("Host").boolean().unwrap_err()), "<Host>: one value expected, none given");
        assert_eq!(node().string(), Ok("a"));
        assert_eq!(text(node().number().unwrap_err()), "Node: \"a\" is a string, expected a number");
    }

    #[test]
    fn further_blocks_are_appended() {
        let mut first = Block::new("Plugin").value("x").child(Block::new("A").value(1));
        first.append(Block::new("Plugin").value("y").child(Block::new("B").value(2)));
        let whole =
            Block::new("Plugin").value("x").value("y").child(Block::new("A").value(1)).child(Block::new("B").value(2));
        assert_eq!(first, whole);
    }

    #[test]
    fn displays_as_configuration() {
        let block = Block::new("Plugin").value("x").child(node());
        let text =
            "<Plugin \"x\">\n  <Node \"a\">\n    Port 80\n    port 81\n    <Empty>\n    </Empty>\n  </Node>\n</Plugin>";
        assert_eq!(block.to_string(), text);
    }

    #[test]
    fn displays_values_as_the_parser_reads_them() {
        let text = |value: Scalar| value.to_string();
        assert_eq!(text(r#"a "b" \c"#.into()), r#""a \"b\" \\c""#);
        assert_eq!(text("two\nlines".into()), "\"two\nlines\"");
        assert_eq!(text("".into()), "\"\"");
        assert_eq!(text(0.5.into()), "0.5");
        assert_eq!(text((-3).into()), "-3");
        assert_eq!(text(1e21.into()), "1000000000000000000000");
        assert_eq!(text(f64::NEG_INFINITY.into()), "-1.0e+999");
        assert_eq!(text(false.into()), "false");
    }
}
