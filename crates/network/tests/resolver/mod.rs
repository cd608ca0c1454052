//! A resolver of our own, for one network: it knows one address for every name, or none, or says nothing.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use collectd_test_daemon::Builder;
use collectd_test_interop::Namespace;

/// What comes of a question.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    Address(Ipv4Addr),
    /// There is no such name.
    Unknown,
    /// The resolver has a problem of its own.
    Failure,
    /// Nothing at all.
    Silence,
}

/// Runs until it is dropped, on port 53 of the loopback interface of a network.
pub(crate) struct Resolver {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    answer: Mutex<Answer>,
    asked: AtomicUsize,
    is_over: AtomicBool,
}

impl Resolver {
    pub(crate) fn start(network: &Namespace, answer: Answer) -> Resolver {
        let socket = network.run(|| UdpSocket::bind("127.0.0.1:53")).expect("the network is new, and we are root");
        socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a socket takes a timeout");
        let shared = Shared { answer: Mutex::new(answer), asked: AtomicUsize::new(0), is_over: AtomicBool::new(false) };
        let shared = Arc::new(shared);
        let own = Arc::clone(&shared);
        Resolver { shared, thread: Some(std::thread::spawn(move || own.run(&socket))) }
    }

    /// Has a daemon ask here, and give up soon.
    pub(crate) fn asked_by(builder: Builder) -> Builder {
        let options = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n";
        builder.pretend("/etc/resolv.conf", options).pretend("/etc/nsswitch.conf", "hosts: files dns\n")
    }

    pub(crate) fn say(&self, answer: Answer) {
        *self.shared.answer.lock().expect("nobody panicked") = answer;
    }

    /// How many questions there were.
    pub(crate) fn asked(&self) -> usize {
        self.shared.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Resolver {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        drop(self.thread.take().map(JoinHandle::join));
    }
}

impl Shared {
    fn run(&self, socket: &UdpSocket) {
        let mut question = [0; 512];
        while !self.is_over.load(Ordering::SeqCst) {
            let Ok((len, from)) = socket.recv_from(&mut question) else { continue };
            self.asked.fetch_add(1, Ordering::SeqCst);
            let answer = *self.answer.lock().expect("nobody panicked");
            if let Some(reply) = reply(&question[..len], answer) {
                let _ = socket.send_to(&reply, from);
            }
        }
    }
}

/// The message that answers a question, see RFC 1035, section 4.1.
fn reply(question: &[u8], answer: Answer) -> Option<Vec<u8>> {
    const HEADER: usize = 12;
    const TYPE_A: [u8; 2] = [0, 1];
    let name_len = question.get(HEADER..)?.iter().position(|byte| *byte == 0)? + 1;
    let asked = question.get(HEADER..HEADER + name_len + 4)?;
    let (code, address) = match answer {
        Answer::Address(address) => (0, Some(address).filter(|_| asked[name_len..name_len + 2] == TYPE_A)),
        Answer::Unknown => (3, None),
        Answer::Failure => (2, None),
        Answer::Silence => return None,
    };
    let mut reply = question[..2].to_vec();
    // A response; recursion was desired and is available; one question; perhaps one answer.
    reply.extend([0x81, 0x80 | code, 0, 1, 0, u8::from(address.is_some()), 0, 0, 0, 0]);
    reply.extend(asked);
    if let Some(address) = address {
        // The name of the question, an address of the Internet, not to be kept, four bytes.
        reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
        reply.extend(address.octets());
    }
    Some(reply)
}
