//! Sending: from the daemon's write threads to servers.

mod buffer;
mod queue;
mod server;

use std::sync::Arc;
use std::time::{Duration, Instant};

use collectd::{Error, NotificationRef, Result, ValuesRef};
use collectd_wire::EncodeError;

use crate::config::Config;
use crate::receive::Shared;
use buffer::{Buffer, Outlet};
pub(crate) use server::Server;

/// All servers. Those that take packets of one size get the same ones, which are made once.
pub(crate) struct Senders(Vec<Group>);

struct Group {
    room: usize,
    buffer: Buffer,
    servers: Arc<[Server]>,
}

impl Senders {
    /// Starts a thread for each server.
    pub(crate) fn start(config: &Config, shared: &Arc<Shared>) -> Result<Senders> {
        let mut by_room: Vec<(usize, Vec<Server>)> = Vec::new();
        for server in config.servers() {
            let (server, room) = Server::start(config, server, shared)?;
            match by_room.iter_mut().find(|(other, _)| *other == room) {
                Some((_, servers)) => servers.push(server),
                None => by_room.push((room, vec![server])),
            }
        }
        let groups = by_room.into_iter().map(|(room, servers)| Group::start(room, servers.into(), config.linger()));
        Ok(Senders(groups.collect::<Result<_>>()?))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn servers(&self) -> impl Iterator<Item = &Server> {
        self.0.iter().flat_map(|group| group.servers.iter())
    }

    /// Packs a value list for all servers. Never waits for one.
    ///
    /// # Errors
    ///
    /// If no packet can take it: of the groups that it is too long for, the last one's.
    pub(crate) fn push(&self, values: ValuesRef<'_>) -> Result<(), EncodeError> {
        // Not a fold: an error that is moved along in each round costs as much as the lock.
        let mut result = Ok(());
        for group in &self.0 {
            if let Err(error) = group.buffer.push(values) {
                result = Err(error);
            }
        }
        result
    }

    /// Sends a notification to all servers, behind the value lists that came before it.
    ///
    /// # Errors
    ///
    /// As for [`push`](Self::push).
    pub(crate) fn notify(&self, notification: NotificationRef<'_>) -> Result<(), EncodeError> {
        let each = self.0.iter().map(|group| {
            let packet = collectd_wire::encode_notification(notification, group.room)?;
            group.buffer.push_alone(packet.into());
            Ok(())
        });
        each.fold(Ok(()), Result::and)
    }

    /// Sends what has waited for this long.
    pub(crate) fn flush(&self, older_than: Duration) {
        self.0.iter().for_each(|group| group.buffer.flush(older_than));
    }

    /// Sends everything, and ends the threads.
    pub(crate) fn close(&self, deadline: Instant) {
        self.0.iter().for_each(|group| group.buffer.close());
        self.servers().for_each(Server::close);
        self.servers().for_each(|server| server.join(deadline));
    }
}

impl Group {
    fn start(room: usize, servers: Arc<[Server]>, linger: Duration) -> Result<Group> {
        let (to, of) = (Arc::clone(&servers), Arc::clone(&servers));
        let send = move |packet: queue::Packet| to.iter().for_each(|server| server.send(Arc::clone(&packet)));
        let tell = move || of.iter().for_each(Server::tell);
        let outlet = Outlet { send: Box::new(send), tell: Box::new(tell) };
        let buffer = Buffer::start(room, linger, outlet).map_err(Error::from)?;
        Ok(Group { room, buffer, servers })
    }
}
