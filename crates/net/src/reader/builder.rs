//! What to listen on, and how.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use collectd_udp::{DEFAULT_BUFFER_SIZE, GROUP_V4, GROUP_V6, Interface, Listen, OpenError, PORT, Receiver};
use collectd_wire::{AuthFile, KeyRing, Opener, SecurityLevel};

use super::keys::Keys;
use super::{OpenReaderError, Pending, Reader, Unpacker, Warning};
use crate::address::{Address, InterfaceId};

/// Collects what a [`Reader`] listens on, and how.
///
/// ```
/// use collectd_net::Reader;
///
/// let reader = Reader::builder().listen("127.0.0.1:0").listen("[::1]:0").build()?;
/// assert_eq!(reader.local_addrs().len(), 2);
/// # Ok::<(), collectd_net::OpenReaderError>(())
/// ```
///
/// What is wrong with an argument is reported by [`build`](Self::build).
#[derive(Debug, Default)]
pub struct ReaderBuilder {
    wishes: Vec<Wish>,
    interface: Option<InterfaceId>,
    users: Users,
    level: SecurityLevel,
    strict: bool,
    buffer_size: Option<usize>,
    reuse_port: bool,
    timestamps: bool,
    report_malformed: bool,
}

/// What was asked for in one go: it is enough if one of its addresses works.
#[derive(Debug)]
struct Wish {
    address: Address,
    interface: Option<InterfaceId>,
    join: bool,
}

#[derive(Debug, Default)]
enum Users {
    #[default]
    None,
    File(PathBuf),
    Keys(KeyRing),
}

impl ReaderBuilder {
    /// Joins one more multicast group. Without any group or address, collectd's default groups are joined.
    #[must_use]
    pub fn join(self, group: impl Into<Address>) -> Self {
        self.wish(group.into(), None, true)
    }

    /// Joins one more multicast group, on this interface, whatever [`interface`](Self::interface) says.
    #[must_use]
    pub fn join_on(self, group: impl Into<Address>, interface: impl Into<InterfaceId>) -> Self {
        self.wish(group.into(), Some(interface.into()), true)
    }

    /// Listens on one more address: an address of this machine, or `"*"` for all of them; a multicast group
    /// is joined. Of a host name with several addresses one must work.
    #[must_use]
    pub fn listen(self, address: impl Into<Address>) -> Self {
        self.wish(address.into(), None, false)
    }

    /// Joins groups on this interface, given by name or by number, and takes what arrives there only. Without
    /// it the system chooses one by its routes. Of other addresses, takes what arrives through this interface
    /// only (Linux).
    #[must_use]
    pub fn interface(mut self, interface: impl Into<InterfaceId>) -> Self {
        self.interface = Some(interface.into());
        self
    }

    /// Reads users and their passwords from this file, in the syntax of collectd's `AuthFile`, and again
    /// whenever it changes.
    #[must_use]
    pub fn auth_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.users = Users::File(path.into());
        self
    }

    /// Knows these users, instead of an [`auth_file`](Self::auth_file).
    #[must_use]
    pub fn keys(mut self, keys: KeyRing) -> Self {
        self.users = Users::Keys(keys);
        self
    }

    /// Demands that what is received is signed, or encrypted; what is not is passed over. `None`, the default,
    /// takes what is neither, too.
    #[must_use]
    pub fn security_level(mut self, level: SecurityLevel) -> Self {
        self.level = level;
        self
    }

    /// Refuses packets of which only a part has the [security level](Self::security_level). Without this that
    /// part is used, as by collectd.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Asks for a receive buffer of so many bytes per socket; 8 MiB if not set. If the kernel gives less there is
    /// a [warning](Reader::warnings).
    #[must_use]
    pub fn buffer_size(mut self, bytes: usize) -> Self {
        self.buffer_size = Some(bytes);
        self
    }

    /// Lets several readers of one user share their addresses (`SO_REUSEPORT`); the kernel spreads senders over
    /// them. Of a group each gets every packet.
    #[must_use]
    pub fn reuse_port(mut self, reuse_port: bool) -> Self {
        self.reuse_port = reuse_port;
        self
    }

    /// Has the kernel note when each packet arrives, see [`Packet::arrived`](crate::Packet::arrived) (Linux).
    #[must_use]
    pub fn timestamps(mut self, timestamps: bool) -> Self {
        self.timestamps = timestamps;
        self
    }

    /// Lets the iterator yield [`ReadError::Malformed`](crate::ReadError::Malformed) for each packet that cannot
    /// be read to its end, behind the items that can. Otherwise these are only counted.
    #[must_use]
    pub fn report_malformed(mut self, report_malformed: bool) -> Self {
        self.report_malformed = report_malformed;
        self
    }

    /// Opens the sockets. Blocks while the system looks host names up, if there are any.
    ///
    /// # Errors
    ///
    /// An argument is wrong, or of something that was asked for no address can be listened on.
    pub fn build(mut self) -> Result<Reader, OpenReaderError> {
        let unpacker = self.take_unpacker()?;
        let wanted = wanted(self.wishes, self.interface.as_ref())?;
        let buffer_size = self.buffer_size.unwrap_or(DEFAULT_BUFFER_SIZE);
        let builder = Receiver::builder().buffer_size(buffer_size).timestamps(self.timestamps);
        let (receiver, mut warnings) = open(&wanted, builder, self.reuse_port)?;
        let granted = receiver.granted();
        if granted < buffer_size {
            warnings.push(Warning::SmallBuffer { wanted: buffer_size, granted });
        }
        Ok(Reader { receiver, unpacker, pending: Pending::new(self.report_malformed), warnings })
    }

    /// Opens no socket: what it returns reads packets that came another way. Of what was collected, only the keys
    /// and the demands on security matter.
    ///
    /// # Errors
    ///
    /// The file with the users cannot be read, or there are no users where some are needed.
    pub fn unpacker(mut self) -> Result<Unpacker, OpenReaderError> {
        self.take_unpacker()
    }

    fn take_unpacker(&mut self) -> Result<Unpacker, OpenReaderError> {
        let keys = match std::mem::take(&mut self.users) {
            Users::None if self.level != SecurityLevel::None => return Err(OpenReaderError::NoKeys(self.level)),
            Users::None => Keys::None,
            Users::File(path) => Keys::of_file(AuthFile::open(path)?),
            Users::Keys(keys) => Keys::Fixed(Arc::new(keys)),
        };
        Ok(Unpacker::new(keys, Opener::new(self.level).strict(self.strict)))
    }

    fn wish(mut self, address: Address, interface: Option<InterfaceId>, join: bool) -> Self {
        self.wishes.push(Wish { address, interface, join });
        self
    }
}

/// A wish, looked up.
#[derive(Debug)]
struct Wanted {
    addrs: Vec<SocketAddr>,
    interface: Option<Interface>,
}

fn wanted(wishes: Vec<Wish>, interface: Option<&InterfaceId>) -> Result<Vec<Wanted>, OpenReaderError> {
    let common = interface.map(InterfaceId::find).transpose()?;
    if wishes.is_empty() {
        let addrs = vec![(GROUP_V4, PORT).into(), (GROUP_V6, PORT).into()];
        return Ok(vec![Wanted { addrs, interface: common }]);
    }
    let mut all = Vec::new();
    for wish in wishes {
        let interface = match wish.interface {
            Some(own) => Some(own.find()?),
            None => common.clone(),
        };
        let addrs = wish.address.endpoint()?.resolve_listen()?;
        if let Some(&addr) = addrs.iter().find(|addr| wish.join && !addr.ip().is_multicast()) {
            return Err(OpenReaderError::NotAGroup(addr));
        }
        all.push(Wanted { addrs, interface });
    }
    Ok(all)
}

/// Opens all of them, and checks that of each at least one could be.
fn open(
    wanted: &[Wanted],
    mut builder: collectd_udp::Builder,
    reuse_port: bool,
) -> Result<(Receiver, Vec<Warning>), OpenReaderError> {
    let mut opened: Vec<(SocketAddr, &Option<Interface>)> = Vec::new();
    for Wanted { addrs, interface } in wanted {
        for &addr in addrs {
            // The same twice would be refused. With port 0 it is not the same.
            if addr.port() == 0 || !opened.contains(&(addr, interface)) {
                opened.push((addr, interface));
                builder = builder.listen(Listen::new(addr).interface(interface.clone()).reuse_port(reuse_port));
            }
        }
    }
    let receiver = builder.bind()?;
    for Wanted { addrs, .. } in wanted {
        let failed = || receiver.failures().iter().filter(|failure| addrs.contains(&failure.addr));
        if addrs.iter().all(|addr| failed().any(|failure| failure.addr == *addr)) {
            return Err(OpenReaderError::Listen(failed().map(copy_of).collect()));
        }
    }
    let warnings = receiver.failures().iter().map(|failure| Warning::NotListening(copy_of(failure))).collect();
    Ok((receiver, warnings))
}

/// `io::Error` cannot be cloned.
fn copy_of(failure: &OpenError) -> OpenError {
    let error = match failure.error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(failure.error.kind(), failure.error.to_string()),
    };
    OpenError { error, ..*failure }
}
